//! In which other ways is a text written, and what does a text say that is written in one of them? (pure)

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// RFC 3986 leaves these as they are; other encoders (`encodeURIComponent`, forms) leave more or fewer.
const KEEP_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const LIKE_JAVASCRIPT: &AsciiSet = &KEEP_UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
const LIKE_A_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

/// How often each spelling is taken off: a URL in a page in JSON is three, and no reader of ours takes off more.
const ROUNDS: usize = 3;

/// Takes one spelling off a text; nothing when nothing in the text is written in it.
pub(super) type Unspell = fn(&str) -> Option<String>;

/// The spellings in the order in which they are taken off: any character may be `\u0041` in JSON, `&#65;` in a page
/// and `%41` in a URL. Each is one pass over the text.
pub(super) fn layers() -> impl Iterator<Item = Unspell> {
    let each: [Unspell; 3] = [of_json, of_page, of_url];
    each.into_iter().cycle().take(3 * ROUNDS)
}

/// What the strings in JSON say; also of a text that is none.
pub(super) fn of_json(text: &str) -> Option<String> {
    decoded(text, '\\', |code| match code.as_bytes().get(1)? {
        b'u' => {
            let c = u32::from_str_radix(code.get(2..6)?, 16).ok().and_then(char::from_u32)?;
            Some((c.to_string(), 6))
        }
        c @ (b'/' | b'"' | b'\\') => Some((char::from(*c).to_string(), 2)),
        _ => None,
    })
}

/// The longest name or number of a character in a page, with some of the zeros that may begin it.
const LONGEST_ENTITY: usize = 16;

fn of_page(text: &str) -> Option<String> {
    decoded(text, '&', |entity| {
        let end = entity.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')? + 1;
        Some((quick_xml::escape::unescape(entity.get(..end)?).ok()?.into_owned(), end))
    })
}

fn of_url(text: &str) -> Option<String> {
    match percent_decode_str(text).decode_utf8_lossy() {
        Cow::Borrowed(_) => None,
        Cow::Owned(plain) => Some(plain),
    }
}

/// The text with what begins at each `mark` decoded: `decode` gives what it stands for and how long it was, or nothing
/// when it is no code.
fn decoded(text: &str, mark: char, decode: impl Fn(&str) -> Option<(String, usize)>) -> Option<String> {
    let (mut plain, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(mark)) {
        let begin = at + found;
        at = begin + mark.len_utf8();
        if let Some((said, length)) = text.get(begin..).and_then(&decode) {
            plain.push_str(text.get(copied..begin).unwrap_or_default());
            plain.push_str(&said);
            copied = begin + length;
            at = copied;
        }
    }
    (copied > 0).then(|| plain + text.get(copied..).unwrap_or_default())
}

/// A text in every form in which it travels.
pub(super) fn forms_of(plain: &str) -> Vec<String> {
    let mut forms = vec![plain.to_owned()];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(plain));
    }
    for set in [NON_ALPHANUMERIC, KEEP_UNRESERVED, LIKE_JAVASCRIPT, LIKE_A_PATH] {
        let encoded = utf8_percent_encode(plain, set).to_string();
        forms.push(encoded.replace("%20", "+"));
        forms.push(lower_case_escapes(&encoded));
        forms.push(encoded);
    }
    let json = serde_json::Value::from(plain).to_string();
    let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or_default();
    forms.push(json.to_owned());
    // The base64 of a header is itself put into URLs and JSON by proxies that echo it.
    forms.push(utf8_percent_encode(&STANDARD.encode(plain), NON_ALPHANUMERIC).to_string());
    for form in [plain, json] {
        let html = form.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        forms.push(html.replace('"', "&quot;"));
        forms.push(html);
    }
    forms.retain(|form| !form.is_empty());
    forms
}

/// `%2B` as `%2b`; what is not an escape stays in its case.
fn lower_case_escapes(encoded: &str) -> String {
    let mut after_percent = 0;
    encoded
        .chars()
        .map(|c| {
            let lower = after_percent > 0;
            after_percent = if c == '%' { 2 } else { usize::saturating_sub(after_percent, 1) };
            if lower { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}
