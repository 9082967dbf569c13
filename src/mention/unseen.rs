//! The parts of a description that its readers don't see: link reference definitions, and where links and images lead.

use memchr::memchr3_iter;

use super::ignored::Regions;

/// The unseen parts of a document in Bitbucket's Markdown. URLs in them still name pages.
pub(super) fn unseen(text: &str) -> Regions {
    let mut regions = Vec::new();
    let mut position = 0;
    while position < text.len() {
        let end = line_end(text, position);
        match definition_end(text, position) {
            Some(end) => {
                regions.push(position..end);
                position = end;
            }
            None => {
                destinations(text, position, end, &mut regions);
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

/// The end of the definition that begins with the line at `start`: `[label]: destination "title"`. Destination and title
/// may each stand on a line of their own.
fn definition_end(text: &str, start: usize) -> Option<usize> {
    const LONGEST_LABEL: usize = 999;
    let line = text.get(start..)?.trim_start_matches(' ');
    let label = line.strip_prefix('[')?;
    let length = label.bytes().take(LONGEST_LABEL).position(|b| matches!(b, b'[' | b']' | b'\n'))?;
    let rest = label.get(length..)?.strip_prefix("]:")?;
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
        return Some(end(rest));
    }
    ends_line(behind).then(|| end(behind))
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

/// Where the links and images of a line lead: the parentheses behind a link's text, and an image as a whole.
fn destinations(text: &str, start: usize, end: usize, regions: &mut Vec<std::ops::Range<usize>>) {
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
                let opened = open.pop();
                if let Some(opened) = opened
                    && bytes.get(position) == Some(&b'(')
                {
                    let image = opened.checked_sub(1).filter(|at| bytes.get(*at) == Some(&b'!'));
                    let begin = image.filter(|at| *at >= start).unwrap_or(found + 1);
                    while regions.last().is_some_and(|region| region.start >= begin) {
                        regions.pop();
                    }
                    position = parentheses_end(bytes, position);
                    regions.push(begin..position);
                }
            }
        }
    }
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
            ("é![é](é)é", "é.......é"),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }
}
