//! Foreign text in Bitbucket's Markdown that doesn't become markup.
//!
//! Bitbucket renders Python-Markdown in safe mode with tables. Its backslash escapes cover a fixed list of characters;
//! for the others (`<`, `|`, `&`, `~`, `:`) a character reference shows the same sign and means nothing.

/// One line of text that shows as itself: no link, table cell, code span, mention or heading can come out of it, as long
/// as it does not begin a line (`1.` and `-` are lists there).
///
/// Line breaks and other white space become one blank; control characters and direction overrides vanish. After `@` a
/// zero-width space keeps a mention from notifying people.
pub fn text(foreign: &str) -> String {
    let mut safe = String::with_capacity(foreign.len() + 8);
    let line = one_line(foreign);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' => safe.push_str("&#124;"),
            '~' => safe.push_str("&#126;"),
            // Before a blank it is punctuation; else it may begin a URL or a `:smile:`.
            ':' if chars.peek().is_some_and(|next| *next != ' ') => safe.push_str("&#58;"),
            '@' => safe.push_str("@\u{200b}"),
            _ => safe.push(c),
        }
    }
    safe
}

/// A link whose text is foreign and whose target is ours: built from validated parts, so it holds no blank or bracket.
pub fn link(foreign: &str, url: &str) -> String {
    let shown = text(foreign);
    let shown = if shown.is_empty() { "untitled".to_owned() } else { shown };
    format!("[{shown}]({})", target(url))
}

/// A code span of a validated word, such as a key: Bitbucket makes no Jira link inside one. It shows the word on one line,
/// without backticks and pipes, which would end the span or the cell; nothing when nothing is left.
pub fn code(word: &str) -> String {
    let kept = one_line(&word.replace(['`', '|'], ""));
    if kept.is_empty() { kept } else { format!("`{kept}`") }
}

fn target(url: &str) -> String {
    url.chars()
        .map(|c| match c {
            '(' => "%28".to_owned(),
            ')' => "%29".to_owned(),
            ' ' => "%20".to_owned(),
            '|' => "%7C".to_owned(),
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            _ => c.to_string(),
        })
        .collect()
}

/// The text on one line, at most 300 characters: white space folded, invisible and control characters left out.
pub(crate) fn one_line(foreign: &str) -> String {
    const LONGEST: usize = 300;
    let visible = foreign.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c));
    let mut line = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in visible {
        // A space counts when something follows it: what ends with one is not cut there.
        if c == ' ' {
            gap = !line.is_empty();
            continue;
        }
        for c in std::mem::take(&mut gap).then_some(' ').into_iter().chain([c]) {
            if length == LONGEST {
                line.push('…');
                return line;
            }
            line.push(c);
            length += 1;
        }
    }
    line
}

/// Control characters, direction overrides and isolates, zero-width characters: nothing a reader could see.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{code, link, one_line, text};

    #[test]
    fn a_text_is_cut_where_something_to_read_is_left_out() {
        let (full, shorter) = ("x".repeat(300), "x".repeat(299));
        let table = [
            (format!("{full}\n\u{1} \u{7f}"), full.clone()),
            (format!(" {full} y"), format!("{full}…")),
            (format!("{shorter} y"), format!("{shorter} …")),
            (" a \t\n b\u{202e} ".to_owned(), "a b".to_owned()),
            ("a\u{61c}p\u{ad}p\u{180e}r\u{e0041}\u{e007f}".to_owned(), "appr".to_owned()),
            (" \n".to_owned(), String::new()),
        ];
        for (text, line) in table {
            assert_eq!(one_line(&text), line, "{text:?}");
        }
    }

    #[test]
    fn a_hostile_title_stays_text() {
        let table = [
            ("plain words", "plain words"),
            ("a | b", "a &#124; b"),
            ("](https://evil.example)", "\\](https&#58;//evil.example)"),
            ("ENG-1: done :smile:", "ENG-1: done &#58;smile:"),
            ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
            ("line\r\nbreak\u{2028}x", "line break x"),
            ("@team {x}", "@\u{200b}team \\{x\\}"),
            ("`code` ~~gone~~", "\\`code\\` &#126;&#126;gone&#126;&#126;"),
            ("\u{202e}drow\u{1b}[31m", "drow\\[31m"),
        ];
        for (foreign, safe) in table {
            assert_eq!(text(foreign), safe, "{foreign:?}");
        }
    }

    #[test]
    fn a_link_always_has_a_text_and_a_target_without_brackets() {
        assert_eq!(link(" \u{0} ", "https://x/(a)"), "[untitled](https://x/%28a%29)");
    }

    #[test]
    fn a_code_span_cannot_be_left() {
        let table = [("EN`G|-1\n2", "`ENG-1 2`"), ("`` a | b `", "`a b`"), ("a\\", "`a\\`"), ("` |\n", ""), ("", "")];
        for (word, span) in table {
            assert_eq!(code(word), span, "{word:?}");
        }
    }
}
