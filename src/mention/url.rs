//! Where are the URLs and mail addresses of a text? No key is read inside one, on whatever host it is.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr3_iter;

use super::ignored::Regions;

/// A URL with an `http` or `https` scheme, cut clean of the punctuation and Markdown around it.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) range: Range<usize>,
    /// The URL without Markdown's escapes (Bitbucket's editor writes `_` as `\_`).
    pub(super) url: Cow<'a, str>,
}

/// What `find` saw.
#[derive(Debug, Default)]
pub(super) struct Addresses<'a> {
    /// The `http` and `https` URLs in order.
    pub(super) urls: Vec<Found<'a>>,
    /// The extents of everything that is an address: those URLs, other schemes, `www.`, mail, `git@host:path`.
    pub(super) opaque: Regions,
}

/// Finds the addresses in the parts of `text` that are read.
pub(super) fn find<'a>(text: &'a str, ignored: &Regions) -> Addresses<'a> {
    let mut addresses = Addresses::default();
    let bytes = text.as_bytes();
    // No address begins before this byte: each byte is walked back over once.
    let mut floor = 0;
    let mut position = 0;
    while let Some(found) = next_anchor(bytes, position) {
        position = found + 1;
        if found < floor {
            position = floor;
            continue;
        }
        if let Some(end) = ignored.end_around(found) {
            (floor, position) = (end, end.max(position));
            continue;
        }
        let start = match bytes.get(found) {
            Some(b':') => scheme_start(bytes, floor, found),
            Some(b'@') => mail_start(text, floor, found),
            _ => www_start(bytes, floor, found),
        };
        let Some(start) = start else {
            if bytes.get(found) == Some(&b'@') {
                floor = position;
            }
            continue;
        };
        let end = match bytes.get(found) {
            Some(b'@') => mail_end(text, found),
            Some(b':') => Some(url_end(text, start, found + 3)),
            _ => Some(url_end(text, start, found)),
        };
        if let Some(end) = end {
            addresses.opaque.push(start..end);
            if let Some(url) = text.get(start..end).filter(|url| is_web(url)) {
                addresses.urls.push(Found { range: start..end, url: unescaped(url) });
            }
        }
        floor = end.unwrap_or(position);
        position = floor;
    }
    addresses
}

/// The next `://`, `@` or `www.` (which may turn out to be none). Full stops are rarer than the letter that begins `www.`.
fn next_anchor(bytes: &[u8], from: usize) -> Option<usize> {
    const WWW: &[u8] = b"www";
    let candidates = memchr3_iter(b'@', b':', b'.', bytes.get(from..)?).map(|offset| from + offset);
    let anchor = |at: usize| match bytes.get(at..)? {
        [b'@', ..] | [b':', b'/', b'/', ..] => Some(at),
        [b'.', ..] => {
            let start = at.checked_sub(WWW.len()).filter(|start| *start >= from)?;
            bytes.get(start..at).filter(|head| head.eq_ignore_ascii_case(WWW)).map(|_| start)
        }
        _ => None,
    };
    candidates.filter_map(anchor).next()
}

/// Where the scheme before `://` begins: letters, digits, `+`, `-` and `.` after a letter. `see ENG-1.https://…` is
/// still `https`, and so is a scheme that follows a letter of a script without spaces.
fn scheme_start(bytes: &[u8], floor: usize, colon: usize) -> Option<usize> {
    const LONGEST: usize = 32;
    let before = bytes.get(floor..colon)?;
    for web in [b"https".as_slice(), b"http"] {
        let split = before.len().checked_sub(web.len()).and_then(|at| before.split_at_checked(at));
        if let Some((head, scheme)) = split
            && scheme.eq_ignore_ascii_case(web)
            && !head.last().is_some_and(u8::is_ascii_alphanumeric)
        {
            return Some(colon - web.len());
        }
    }
    let allowed = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let length = before.iter().rev().take(LONGEST).take_while(allowed).count();
    (length > 0).then(|| colon - length)
}

/// Where the part before `@` begins.
fn mail_start(text: &str, floor: usize, at: usize) -> Option<usize> {
    let local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let before = text.get(floor..at)?;
    let head = before.trim_end_matches(local);
    (head.len() < before.len()).then(|| floor + head.len())
}

/// Where `user@host` ends: after a host with a dot, or after the path of `user@host:path/name`.
fn mail_end(text: &str, at: usize) -> Option<usize> {
    let host_start = at + 1;
    let rest = text.get(host_start..)?;
    let host = rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).next()?;
    let host = host.trim_end_matches(['.', '-']);
    let host_end = host_start + host.len();
    let directory = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-');
    let path = text.get(host_end..).and_then(|rest| rest.strip_prefix(':'));
    if !host.is_empty() && path.is_some_and(|path| path.trim_start_matches(directory).starts_with('/')) {
        return Some(url_end(text, at, host_end + 1));
    }
    host.contains('.').then_some(host_end)
}

fn www_start(bytes: &[u8], floor: usize, found: usize) -> Option<usize> {
    let before = bytes.get(floor..found).and_then(<[u8]>::last);
    let after = bytes.get(found + 4);
    let inside_word = before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    (!inside_word && after.is_some_and(u8::is_ascii_alphanumeric)).then_some(found)
}

/// Where the URL that begins at `start` ends, read on from `from`.
fn url_end(text: &str, start: usize, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let (mut round, mut square) = (0_usize, 0_usize);
    let mut length = rest.len();
    let mut characters = rest.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let stops = match character {
            '(' => bump(&mut round),
            '[' => bump(&mut square),
            // Balanced brackets belong to the URL; the others close what is around it.
            ')' => drop_or_stop(&mut round),
            ']' => drop_or_stop(&mut square),
            '\\' => characters.next_if(|(_, next)| next.is_ascii_punctuation() && !ends_url(*next)).is_none(),
            ',' | ';' => starts_web(rest.get(offset + 1..).unwrap_or_default()),
            _ => ends_url(character),
        };
        if stops {
            length = offset;
            break;
        }
    }
    let url = rest.get(..length).unwrap_or_default();
    let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '~']);
    // A short link may end in `_`, so only the emphasis that began before the URL is cut.
    let emphasis = text.get(..start).is_some_and(|before| before.ends_with('_'));
    let url = if emphasis { url.trim_end_matches('_') } else { url };
    from + url.len()
}

fn bump(depth: &mut usize) -> bool {
    *depth += 1;
    false
}

fn drop_or_stop(depth: &mut usize) -> bool {
    let stops = *depth == 0;
    *depth = depth.saturating_sub(1);
    stops
}

/// Characters that no URL in running text goes on after: white space, delimiters of Markdown and wiki links, and
/// punctuation outside ASCII (scripts without spaces write `。` directly after; Bitbucket's editor puts an invisible
/// character there).
fn ends_url(character: char) -> bool {
    match character {
        'a'..='z' | '0'..='9' | 'A'..='Z' => false,
        '<' | '>' | '"' | '`' | '|' | '\\' | '{' | '}' | '^' | '«' | '»' | '\u{feff}' => true,
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' => true,
        '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}' => true,
        _ => character.is_whitespace() || character.is_control(),
    }
}

fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// Whether `text` begins with a web URL, the white space aside.
fn starts_web(text: &str) -> bool {
    ["http://", "https://"].iter().any(|web| text.get(..web.len()).is_some_and(|head| head.eq_ignore_ascii_case(web)))
}

fn unescaped(url: &str) -> Cow<'_, str> {
    if url.contains('\\') { Cow::Owned(url.replace('\\', "")) } else { Cow::Borrowed(url) }
}
