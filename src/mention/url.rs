//! The URLs and mail addresses of a text. No key is read inside one, on whatever host it is.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr3_iter;

use super::ignored::Regions;
use super::token::is_word;

/// Finds the addresses in the parts of `text` that are read, in order: URLs of any scheme, `www.`, mail, `git@host:path`.
/// They are cut clean of the punctuation and Markdown around them.
pub(super) fn find(text: &str, ignored: &Regions) -> Vec<Range<usize>> {
    let mut addresses = Vec::new();
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
            addresses.push(start..end);
        }
        floor = end.unwrap_or(position);
        position = floor;
    }
    addresses
}

/// The next `://`, `@` or `www.` (a candidate). Full stops are rarer than the letter that begins `www.`.
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
    let local = |c: char| is_word(c) || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let before = text.get(floor..at)?;
    let head = before.trim_end_matches(local);
    (head.len() < before.len() || head.ends_with(char::is_alphanumeric)).then(|| floor + head.len())
}

/// Where `user@host` ends: after a host with a dot, or after the path of `user@host:path/name`. `ENG-12@1.2.3` is a version.
fn mail_end(text: &str, at: usize) -> Option<usize> {
    let host_start = at + 1;
    let rest = text.get(host_start..)?;
    let host = rest.split(|c: char| !(is_word(c) || matches!(c, '.' | '-'))).next()?;
    let host = host.trim_end_matches(['.', '-']);
    let host_end = host_start + host.len();
    let directory = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-');
    let path = text.get(host_end..).and_then(|rest| rest.strip_prefix(':'));
    if !host.is_empty() && path.is_some_and(|path| path.trim_start_matches(directory).starts_with('/')) {
        return Some(url_end(text, at, host_end + 1));
    }
    let (_, domain) = host.rsplit_once('.')?;
    domain.starts_with(char::is_alphabetic).then_some(host_end)
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
    let mut after_ascii = true;
    while let Some((offset, character)) = characters.next() {
        let stops = match character {
            // A script without spaces puts its words between two URLs.
            'h' | 'H' if !after_ascii => starts_web(rest.get(offset..).unwrap_or_default()),
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
        after_ascii = character.is_ascii();
    }
    trimmed_end(text, start, from + length)
}

/// The end of the URL at `start..end` without the punctuation and emphasis around it.
pub(super) fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    let mut url = text.get(start..end).unwrap_or_default();
    // An emphasis that began before a bracket ends behind it.
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let around = before.zip(text.get(end..).and_then(|behind| behind.chars().next()));
    let mut open = matches!(around, Some(('(', ')') | ('[', ']') | ('<', '>') | ('"', '"'))).then_some(0);
    loop {
        url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '~']);
        // A short link may end in `_`, so only the emphasis that began before the URL is cut.
        let Some(inner) = url.strip_suffix('_').filter(|inner| !inner.ends_with('\\')) else { break };
        let open = open.get_or_insert_with(|| open_underscores(text.get(..start).unwrap_or_default()));
        if *open == 0 {
            break;
        }
        *open -= 1;
        url = inner;
    }
    start + url.len()
}

/// How many `_` of an emphasis are open at the end of `before`. Those within words and URLs open none.
fn open_underscores(before: &str) -> usize {
    // An emphasis that is longer was not meant to be one; the window keeps many URLs in one long text cheap.
    const WINDOW: usize = 256;
    let window = before.get(before.floor_char_boundary(before.len().saturating_sub(WINDOW))..).unwrap_or_default();
    let paragraph = window.rsplit("\n\n").next().unwrap_or_default();
    let (mut open, mut previous, mut rest) = (0_usize, ' ', paragraph);
    while let Some((head, tail)) = rest.find('_').and_then(|at| rest.split_at_checked(at)) {
        let before = head.chars().next_back().unwrap_or(previous);
        let behind = tail.trim_start_matches('_');
        let run = tail.len() - behind.len();
        let next = behind.chars().next();
        let closes = !before.is_whitespace() && before != '\\' && next.is_some_and(|c| !is_word(c));
        let opens = before.is_whitespace() || matches!(before, '(' | '[' | '{' | '"' | '\'' | '*' | '~' | '>' | '|');
        if closes && open > 0 {
            open = open.saturating_sub(run);
        } else if opens && next.is_none_or(|c| !c.is_whitespace()) {
            open += run;
        }
        (previous, rest) = ('_', behind);
    }
    open
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
        // Full stops, commas and question marks of Hebrew, Arabic, the scripts of India, Thai, Myanmar, Ethiopic and Khmer.
        '\u{05be}' | '\u{05c3}' | '\u{060c}' | '\u{061b}' | '\u{061f}' | '\u{06d4}' | '\u{0964}' | '\u{0965}' => true,
        '\u{0e5a}' | '\u{0e5b}' | '\u{104a}' | '\u{104b}' | '\u{1361}'..='\u{1368}' | '\u{17d4}'..='\u{17d6}' => true,
        _ => character.is_whitespace() || character.is_control(),
    }
}

/// Whether an address is a URL with an `http` or `https` scheme.
pub(super) fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// Whether `text` begins with a web URL, the white space aside.
fn starts_web(text: &str) -> bool {
    ["http://", "https://"].iter().any(|web| text.get(..web.len()).is_some_and(|head| head.eq_ignore_ascii_case(web)))
}

/// A URL without Markdown's escapes: Bitbucket's editor writes `_` as `\_`.
pub(super) fn unescaped(url: &str) -> Cow<'_, str> {
    if url.contains('\\') { Cow::Owned(url.replace('\\', "")) } else { Cow::Borrowed(url) }
}
