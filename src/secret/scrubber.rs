//! Which texts hold a secret, in whatever form, and how do they read without it?

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::{STARS, Secret};

/// Replaces secrets in texts, in every form in which they travel. Clones share one list: an access token that is
/// fetched during the run is hidden everywhere from then on.
///
/// Bitbucket masks secured variables in the log by exact match only, so the base64 of an `Authorization` header and
/// an encoded query would pass.
#[derive(Clone, Default)]
pub struct Scrubber {
    forms: Arc<RwLock<Forms>>,
}

#[derive(Default)]
struct Forms {
    /// Every form to hide, longest first, so that a secret that begins with another one is hidden whole.
    all: Vec<String>,
    /// Whether a form begins with this byte, in either case: most bytes begin none, and an answer has millions.
    firsts: Vec<bool>,
}

/// No token of Atlassian's is shorter, and no ordinary text holds so much of one by chance.
const LONG: usize = 16;

/// What begins a character that is written in another way, in JSON, a URL or a page.
const SPELLINGS: [&str; 4] = ["\\u", "\\/", "%", "&"];

/// RFC 3986 leaves these as they are; other encoders (`encodeURIComponent`, forms) leave more or fewer.
const KEEP_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const LIKE_JAVASCRIPT: &AsciiSet = &KEEP_UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
const LIKE_A_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

impl Scrubber {
    /// Hides a secret from now on.
    pub fn hide(&self, secret: &Secret) {
        self.add(secret.expose());
    }

    /// Hides a secret and what Basic authentication makes of it and its user.
    pub fn hide_pair(&self, user: &str, secret: &Secret) {
        self.add(&format!("{user}:{}", secret.expose()));
        self.add(secret.expose());
    }

    /// The text with three stars for every secret.
    pub fn scrub(&self, text: &str) -> String {
        let clean = self.without(text, 0).unwrap_or_else(|| text.to_owned());
        self.without_disguise(&clean).unwrap_or(clean)
    }

    /// A service's answer with three stars for every long secret in its strings: what a server repeats of a credential
    /// neither is shown, nor enters what is written to it or to the other service, nor is looked for there. Short
    /// secrets, as the password of a proxy may be, stay: they could be a part of an id.
    pub fn scrub_answer(&self, body: Vec<u8>) -> Vec<u8> {
        // Almost every answer ends here: it holds no secret, and nothing that could spell one in another way.
        if let Ok(text) = std::str::from_utf8(&body)
            && !SPELLINGS.iter().any(|spelling| text.contains(spelling))
            && self.without(text, LONG).is_none()
        {
            return body;
        }
        let dirty = |text: &str| self.without(text, LONG).or_else(|| self.without_disguise(text));
        match serde_json::from_slice(&body) {
            Ok(mut value) => {
                if scrub_value(&mut value, &dirty) {
                    value.to_string().into_bytes()
                } else {
                    body
                }
            }
            Err(_) => dirty(&String::from_utf8_lossy(&body)).map_or(body, String::into_bytes),
        }
    }

    /// The text without forms of at least this length, when it holds one. Long ones are found in any case: a host name
    /// in a URL is changed to small letters.
    fn without(&self, text: &str, least: usize) -> Option<String> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let begins = |rest: &str, form: &str| {
            let head = rest.get(..form.len());
            head.is_some_and(|head| head == form || (form.len() >= LONG && head.eq_ignore_ascii_case(form)))
        };
        let (mut clean, mut copied) = (String::new(), 0);
        for (at, _) in text.bytes().enumerate().filter(|(_, byte)| forms.firsts.get(usize::from(*byte)) == Some(&true))
        {
            // Inside a character that has several bytes no form begins.
            let Some(rest) = text.get(at..).filter(|_| at >= copied) else { continue };
            if let Some(form) = forms.all.iter().find(|form| form.len() >= least && begins(rest, form)) {
                clean.push_str(text.get(copied..at).unwrap_or_default());
                clean.push_str(STARS);
                copied = at + form.len();
            }
        }
        (copied > 0).then(|| clean + text.get(copied..).unwrap_or_default())
    }

    /// The text decoded and without long secrets, when it holds one that is not written in the usual form: any
    /// character may be `%41` in a URL, `\u0041` in JSON and `&#65;` in a page.
    fn without_disguise(&self, text: &str) -> Option<String> {
        if !text.contains(['%', '&']) && !text.contains("\\u") {
            return None;
        }
        let of_json = decoded(text, "\\u", |code| {
            let digits = code.get(..4)?;
            let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
            Some((c.to_string(), 4))
        });
        let of_page = decoded(&of_json, "&", |entity| {
            let end = entity.char_indices().take(10).find(|(_, c)| *c == ';')?.0 + 1;
            let text = quick_xml::escape::unescape(&format!("&{}", entity.get(..end)?)).ok()?.into_owned();
            Some((text, end))
        });
        let of_url = percent_decode_str(&of_page).decode_utf8_lossy();
        [of_json.as_str(), &of_page, &of_url].iter().find_map(|text| self.without(text, LONG))
    }

    fn add(&self, plain: &str) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.all.extend(forms_of(plain));
        forms.all.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        forms.all.dedup();
        let firsts: Vec<u8> = forms.all.iter().filter_map(|form| form.bytes().next()).collect();
        forms.firsts = (0..=u8::MAX).map(|byte| firsts.iter().any(|first| first.eq_ignore_ascii_case(&byte))).collect();
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

/// Scrubs every string of a JSON value, names of members too; says whether there was anything to scrub.
fn scrub_value(value: &mut Value, dirty: &impl Fn(&str) -> Option<String>) -> bool {
    match value {
        Value::String(text) => dirty(text).map(|clean| *text = clean).is_some(),
        Value::Array(items) => each(items.iter_mut(), dirty),
        Value::Object(members) => {
            let names: Vec<(String, String)> =
                members.keys().filter_map(|name| Some((name.clone(), dirty(name)?))).collect();
            for (name, clean) in &names {
                let member = members.remove(name).unwrap_or_default();
                members.insert(clean.clone(), member);
            }
            each(members.values_mut(), dirty) || !names.is_empty()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same for each of them, all the way to the last.
fn each<'a>(values: impl Iterator<Item = &'a mut Value>, dirty: &impl Fn(&str) -> Option<String>) -> bool {
    values.filter_map(|value| scrub_value(value, dirty).then_some(())).count() > 0
}

/// The text with what follows each `mark` decoded: `decode` gives what it stands for and how long it was, or nothing
/// when it is no code.
fn decoded(text: &str, mark: &str, decode: impl Fn(&str) -> Option<(String, usize)>) -> String {
    let mut parts = text.split(mark);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match decode(part) {
            Some((decoded, length)) => {
                plain.push_str(&decoded);
                plain.push_str(part.get(length..).unwrap_or_default());
            }
            None => {
                plain.push_str(mark);
                plain.push_str(part);
            }
        }
    }
    plain
}

fn forms_of(plain: &str) -> Vec<String> {
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
    forms.push(json.trim_matches('"').to_owned());
    // The base64 of a header is itself put into URLs and JSON by proxies that echo it.
    forms.push(utf8_percent_encode(&STANDARD.encode(plain), NON_ALPHANUMERIC).to_string());
    for form in [plain, json.trim_matches('"')] {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    #[test]
    fn debug_shows_stars() {
        assert_eq!(format!("{:?} {:?}", secret("hunter2"), Some(secret("x"))), "*** Some(***)");
        let scrubber = Scrubber::default();
        scrubber.hide(&secret("hunter2"));
        assert!(!format!("{scrubber:?}").contains("hunter2"));
    }

    #[test]
    fn every_form_of_a_secret_becomes_stars() {
        let scrubber = Scrubber::default();
        scrubber.hide_pair("me@acme.example", &secret("p?s+s/w>rd \"é"));
        let hidden = [
            "p?s+s/w>rd \"é",
            "cD9zK3Mvdz5yZCAiw6k=",
            "cD9zK3Mvdz5yZCAiw6k",
            "bWVAYWNtZS5leGFtcGxlOnA/cytzL3c+cmQgIsOp",
            "bWVAYWNtZS5leGFtcGxlOnA_cytzL3c-cmQgIsOp",
            "bWVAYWNtZS5leGFtcGxlOnA%2FcytzL3c%2BcmQgIsOp",
            "p%3Fs%2Bs%2Fw%3Erd%20%22%C3%A9",
            "p%3fs%2bs%2fw%3erd%20%22%c3%a9",
            "p%3Fs%2Bs%2Fw%3Erd+%22%C3%A9",
            r#"p?s+s/w>rd \"é"#,
            "me@acme.example:p?s+s/w>rd \"é",
        ];
        for form in hidden {
            assert_eq!(scrubber.scrub(&format!("é[{form}]")), "é[***]", "{form}");
        }
    }

    #[test]
    fn a_secret_that_begins_with_another_is_hidden_whole() {
        let scrubber = Scrubber::default();
        scrubber.hide(&secret("abc"));
        scrubber.hide(&secret("abcdef"));
        assert_eq!(scrubber.scrub("abcdef abcd abc"), "*** ***d ***");
    }

    #[test]
    fn a_short_secret_is_hidden_and_stars_are_not_hidden_again() {
        let scrubber = Scrubber::default();
        scrubber.hide(&secret("*"));
        scrubber.hide(&secret("x7"));
        assert_eq!(scrubber.scrub("x7*"), "******");
    }

    const TOKEN: &str = "ATATT3xFf_GF0-9E4D51C8";

    fn with_token() -> Scrubber {
        let scrubber = Scrubber::default();
        scrubber.hide(&secret(TOKEN));
        scrubber.hide(&secret("101"));
        scrubber
    }

    #[test]
    fn a_long_secret_is_hidden_in_any_case_and_any_encoding() {
        let escape = |c: char| format!("\\u{:04x}", u32::from(c));
        let all: String = TOKEN.chars().map(escape).collect();
        let some = TOKEN.replace('A', "%41").replace('F', "\\u0046");
        let table = [
            (format!("https://{}.example", TOKEN.to_lowercase()), "https://***.example"),
            (format!("a {all} b"), "a *** b"),
            (format!("a {some} b"), "a *** b"),
            (TOKEN.replace('T', "%54").replace('%', "\\u0025"), "***"),
            (format!("R&D &{}", some.replace('T', "&#x54;").replace('9', "&#57;")), "R&D &***"),
            ("100 % of \\u and \\u00zz, C:\\users, %4".to_owned(), "100 % of \\u and \\u00zz, C:\\users, %4"),
        ];
        for (text, clean) in table {
            assert_eq!(with_token().scrub(&text), clean, "{text}");
        }
    }

    #[test]
    fn an_answer_loses_long_secrets_and_nothing_else() {
        let scrub = |body: &str| String::from_utf8(with_token().scrub_answer(body.into())).unwrap();
        let same = r#"{ "id": "101", "b": [1.50, null, "\u0041TATT3 \/"], "n": 12345678901234567890 }"#;
        assert_eq!(scrub(same), same);
        let escaped = TOKEN.replace('A', "\\u0041");
        let table = [
            (format!(r#"{{"id":"101","title":"x {TOKEN}"}}"#), r#"{"id":"101","title":"x ***"}"#),
            (format!(r#"[{{"a":["{escaped}"]}},7]"#), r#"[{"a":["***"]},7]"#),
            (format!(r#"{{"{escaped}":{{"b":"{TOKEN}{TOKEN}"}}}}"#), r#"{"***":{"b":"******"}}"#),
            (format!(r#"{{"half": "{escaped}"#), r#"{"half": "***"#),
            (format!("<p>101 {TOKEN}"), "<p>101 ***"),
        ];
        for (body, clean) in table {
            assert_eq!(scrub(&body), clean, "{body}");
        }
        assert_eq!(with_token().scrub_answer(vec![0xff, 0x00]), [0xff, 0x00]);
    }

    #[test]
    fn clones_share_what_is_hidden_later() {
        let scrubber = Scrubber::default();
        let clone = scrubber.clone();
        assert_eq!(clone.scrub("late-token"), "late-token");
        scrubber.hide(&secret("late-token"));
        assert_eq!(clone.scrub("late-token"), "***");
    }
}
