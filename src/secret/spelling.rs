//! The forms in which a secret travels, and a text without the escapes of JSON. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 leaves these as they are; other encoders (`encodeURIComponent`, forms) leave more or fewer.
const KEEP_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const LIKE_JAVASCRIPT: &AsciiSet = &KEEP_UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
const LIKE_A_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

/// What a text says without the escapes of JSON, when it holds any; also of a text that is no JSON.
pub(super) fn without_escapes(text: &str) -> Option<String> {
    let (mut plain, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let begin = at + found;
        at = begin + 1;
        if let Some((c, length)) = text.get(begin..).and_then(escape) {
            plain.push_str(text.get(copied..begin).unwrap_or_default());
            plain.push(c);
            copied = begin + length;
            at = copied;
        }
    }
    (copied > 0).then(|| plain + text.get(copied..).unwrap_or_default())
}

/// The character that an escape stands for, and how long the escape is.
fn escape(code: &str) -> Option<(char, usize)> {
    match code.as_bytes().get(1)? {
        b'u' => Some((u32::from_str_radix(code.get(2..6)?, 16).ok().and_then(char::from_u32)?, 6)),
        c @ (b'/' | b'"' | b'\\') => Some((char::from(*c), 2)),
        _ => None,
    }
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
