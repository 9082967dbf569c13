//! The parts of a description that its readers don't see: link reference definitions, and where links and images lead.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memchr3_iter;

use super::ignored::Regions;

/// The unseen parts of a document in Bitbucket's Markdown. URLs in them still name pages.
pub(super) fn unseen(text: &str) -> Regions {
    let mut definitions = Vec::new();
    let mut position = 0;
    while position < text.len() {
        let definition = definition(text, position);
        let end = definition.map_or_else(|| line_end(text, position), |(_, end)| end);
        definitions.extend(definition.map(|(label, _)| (position..end, label)));
        position = end;
    }
    let labels: LazyCell<BTreeSet<String>, _> =
        LazyCell::new(|| definitions.iter().map(|(_, label)| normal(label)).collect());
    let is_label =
        |label: &str| !definitions.is_empty() && label.len() <= LONGEST_LABEL && labels.contains(&normal(label));
    let mut regions = Vec::new();
    let mut unseen = definitions.iter().map(|(range, _)| range).peekable();
    position = 0;
    while position < text.len() {
        match unseen.next_if(|definition| definition.start == position) {
            Some(definition) => {
                position = definition.end;
                regions.push(definition.clone());
            }
            None => {
                let end = line_end(text, position);
                destinations(text, position..end, &is_label, &mut regions);
                position = end;
            }
        }
    }
    let mut ordered = Regions::default();
    regions.into_iter().for_each(|region| ordered.push(region));
    ordered
}

fn line_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |newline| start + newline + 1)
}

/// The longest label of a definition.
const LONGEST_LABEL: usize = 999;

/// The definition that begins with the line at `start`, or the item of a list in it: `[label]: destination "title"`. Its
/// label and its end. Destination and title may each stand on a line of their own.
fn definition(text: &str, start: usize) -> Option<(&str, usize)> {
    let label = behind_markers(text.get(start..)?).strip_prefix('[')?;
    let length = label.bytes().take(LONGEST_LABEL).position(|b| matches!(b, b'[' | b']' | b'\n'))?;
    let (label, rest) = label.split_at_checked(length)?;
    let rest = rest.strip_prefix("]:")?;
    let destination = skip_white(rest);
    let behind = match destination.strip_prefix('<') {
        Some(inner) => inner.split_once(['>', '\n'])?.1,
        None => destination.trim_start_matches(|c: char| !c.is_whitespace()),
    };
    if behind.len() == destination.len() {
        return None;
    }
    let title = skip_white(behind);
    let end = |rest: &str| line_end(text, text.len() - rest.len());
    let ends_line = |rest: &str| rest.split('\n').next().is_some_and(|line| line.trim().is_empty());
    if title.len() < behind.len()
        && let Some(rest) = after_title(title)
        && ends_line(rest)
    {
        return Some((label, end(rest)));
    }
    ends_line(behind).then(|| (label, end(behind)))
}

/// The line without the marks of the list items that it begins.
fn behind_markers(line: &str) -> &str {
    let mut rest = line.trim_start_matches([' ', '\t']);
    loop {
        let numbered = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let marked = if numbered.len() < rest.len() {
            numbered.strip_prefix(['.', ')'])
        } else {
            rest.strip_prefix(['-', '*', '+'])
        };
        match marked.filter(|item| item.starts_with([' ', '\t'])) {
            Some(item) => rest = item.trim_start_matches([' ', '\t']),
            None => return rest,
        }
    }
}

/// A label as labels are compared.
fn normal(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The text without the white space at its beginning, of which one line break may be part.
fn skip_white(text: &str) -> &str {
    let blank = [' ', '\t', '\r'];
    let rest = text.trim_start_matches(blank);
    rest.strip_prefix('\n').map_or(rest, |line| line.trim_start_matches(blank))
}

/// What follows a title in quotes or brackets, which may have several lines and no blank one.
fn after_title(text: &str) -> Option<&str> {
    const LONGEST: usize = 1_000;
    let close = match text.chars().next()? {
        '"' => b'"',
        '\'' => b'\'',
        '(' => b')',
        _ => return None,
    };
    let length = text.bytes().take(LONGEST).skip(1).position(|b| b == close)?;
    let (title, rest) = text.split_at_checked(length + 2)?;
    let blank = title.lines().skip(1).any(|line| line.trim().is_empty());
    (!blank).then_some(rest)
}

/// Where the links and images of a line lead: the parentheses or the label behind a link's text, and an image as a whole.
fn destinations(text: &str, line: Range<usize>, is_label: &impl Fn(&str) -> bool, regions: &mut Vec<Range<usize>>) {
    let Range { start, end } = line;
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    let mut open = Vec::new();
    let mut position = start;
    for found in memchr3_iter(b'[', b']', b'\\', bytes.get(start..).unwrap_or_default()) {
        let found = start + found;
        if found < position {
            continue;
        }
        position = found + 1;
        match bytes.get(found) {
            Some(b'\\') => position = found + 2,
            Some(b'[') => open.push(found),
            _ => {
                let Some(opened) = open.pop() else { continue };
                let image = opened.checked_sub(1).filter(|at| *at >= start && bytes.get(*at) == Some(&b'!'));
                let is_label = |range: Range<usize>| text.get(range).is_some_and(is_label);
                let label_end = reference_end(bytes, position);
                let unseen_end = match label_end {
                    _ if bytes.get(position) == Some(&b'(') => parentheses_end(bytes, position),
                    Some(label_end) if is_label(position + 1..label_end - 1) => label_end,
                    _ if image.is_some() && is_label(opened + 1..found) => position,
                    _ => continue,
                };
                let begin = image.unwrap_or(found + 1);
                while regions.last().is_some_and(|region| region.start >= begin) {
                    regions.pop();
                }
                position = unseen_end;
                regions.push(begin..position);
            }
        }
    }
}

/// The end of the label in brackets that begins at `open`.
fn reference_end(bytes: &[u8], open: usize) -> Option<usize> {
    let label = bytes.get(open..)?.strip_prefix(b"[")?;
    let length = label.iter().take(LONGEST_LABEL).position(|b| matches!(b, b'[' | b']'))?;
    (label.get(length) == Some(&b']')).then_some(open + length + 2)
}

/// The end of the parentheses that open at `open`, or of the line.
fn parentheses_end(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::unseen;

    /// The text with each unseen part as dots.
    fn shown(text: &str) -> String {
        let regions = unseen(text);
        text.char_indices().map(|(at, c)| if regions.hold(at) && c != '\n' { '.' } else { c }).collect()
    }

    #[test]
    fn definitions_and_destinations_are_unseen() {
        let rows = [
            ("[//]: # (x)", "..........."),
            ("[x]: http://y", "............."),
            ("a\n[x]: y\nb", "a\n......\nb"),
            ("[x]: y 'z'\nb", "..........\nb"),
            ("[x]:\n  y\n\"z\"\nb", "....\n...\n...\nb"),
            ("[x]: <y z> (a\nb)\nc", ".............\n..\nc"),
            ("[x]: y z", "[x]: y z"),
            ("[x]: y\nz", "......\nz"),
            ("[x]:", "[x]:"),
            ("[[x]]: y", "[[x]]: y"),
            ("[x] y", "[x] y"),
            ("[a](b) c", "[a]... c"),
            ("![a](b) c", "....... c"),
            ("![[a]](b) c", "......... c"),
            ("![[a](b)](c) d", "............ d"),
            ("[![a](b)](c) d", "[.......]... d"),
            ("[a](b (c) d) e", "[a]......... e"),
            ("![a] (b)", "![a] (b)"),
            ("!\\[a](b)", "!\\[a](b)"),
            ("[a](b", "[a].."),
            ("- [x]: y", "........"),
            ("1. * [x]: y 'z'", "..............."),
            ("-[x]: y", "-[x]: y"),
            ("[a][B  b] c\n[b b]: y", "[a]...... c\n........"),
            ("![a][b] c\n[b]: y", "....... c\n......"),
            ("![b] ![b][] c\n[b]: y", ".... ....[] c\n......"),
            ("[b] [a][c] ![c]\n[b]: y", "[b] [a][c] ![c]\n......"),
            ("é![é](é)é", "é.......é"),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }
}
