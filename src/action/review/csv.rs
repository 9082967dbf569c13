//! The lines as `review.csv` (RFC 4180). No cell begins like a formula, because spreadsheets would run it. Pure.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::line::Line;

pub(super) fn text(lines: &[Line]) -> String {
    let mut writer =
        WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Always).from_writer(Vec::new());
    // Writing to memory does not fail, and every record has as many fields.
    let _ = writer.write_record(Line::COLUMNS);
    for line in lines {
        let _ = writer.write_record(line.cells().iter().map(|cell| harmless(cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The cell with `'` before whatever a spreadsheet would take for a formula: at its beginning, and after a semicolon, where
/// some countries' spreadsheets begin a new cell.
fn harmless(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for c in cell.chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') {
            safe.push('\'');
        }
        // No line of ours holds such a character; whatever brings one in is shown as a blank.
        let c = if matches!(c, '\t' | '\r' | '\n') { ' ' } else { c };
        safe.push(c);
        begins = c == ';' || (begins && (c.is_whitespace() || c == '"'));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        let table = [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", " '=1"),
            ("\r=1", " '=1"),
            (" =1", " '=1"),
            ("\"=1", "\"'=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff20}x", "'\u{ff20}x"),
            ("a;=1", "a;'=1"),
            ("a; -b", "a; '-b"),
            ("a=b, c-d", "a=b, c-d"),
            ("", ""),
        ];
        for (cell, safe) in table {
            assert_eq!(harmless(cell), safe, "{cell:?}");
        }
    }
}
