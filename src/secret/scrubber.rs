//! Which texts hold a secret, in whatever form, and how do they read without it?

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use serde::de::IgnoredAny;

use super::spelling::{forms_of, layers, of_json};
use super::{STARS, Secret};

/// Replaces secrets in texts, in every form in which they travel. Clones share one list: an access token that is
/// fetched during the run is hidden everywhere from then on.
///
/// Bitbucket masks secured variables in the log by exact match only, so the base64 of an `Authorization` header and
/// an encoded query would pass.
#[derive(Clone, Default)]
pub struct Scrubber {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// What a service was told and may repeat.
    credentials: Forms,
    /// These, and what no service is told.
    all: Forms,
}

/// Which way a text goes.
#[derive(Clone, Copy)]
enum Door {
    /// From a service to us.
    In,
    /// From us to streams and files.
    Out,
}

/// Which strings of JSON are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    /// Names of members too.
    All,
    /// Names are ours, and others read by them.
    Values,
}

/// No token of Atlassian's is shorter, and no ordinary text holds so much of one by chance.
const LONG: usize = 16;

impl Scrubber {
    /// Hides a credential of a service from now on.
    pub fn hide(&self, secret: &Secret) {
        self.add(secret.expose());
    }

    /// Hides a credential of a service and what Basic authentication makes of it and its user.
    pub fn hide_pair(&self, user: &str, secret: &Secret) {
        self.add(&format!("{user}:{}", secret.expose()));
        self.add(secret.expose());
    }

    /// Hides what no service is told, on streams and in files. A service that says the same says it by chance.
    pub fn hide_from_people(&self, secret: &Secret) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).all.add(secret.expose());
    }

    /// The text with three stars for every secret.
    pub fn scrub(&self, text: &str) -> String {
        self.without(text, Door::Out).unwrap_or_else(|| text.to_owned())
    }

    /// JSON of ours, or lines of it, with three stars for every secret in its strings. Names, numbers and literals stay:
    /// whatever the secret is, this is JSON of the same shape.
    pub fn scrub_json(&self, json: &str) -> String {
        self.without_in_strings(json, Strings::Values, Door::Out).unwrap_or_else(|| json.to_owned())
    }

    /// A service's answer with three stars for every long credential in its strings: what a server repeats of one
    /// neither is shown, nor enters what is written to it or to the other service, nor is looked for there. Short
    /// ones stay: they could be a part of an id.
    ///
    /// Takes time and memory in proportion to the answer, whatever is in it.
    pub fn scrub_answer(&self, body: Vec<u8>) -> Vec<u8> {
        let text = String::from_utf8_lossy(&body);
        // Almost every answer ends here. What its strings say is looked for in all of it at once.
        let said = of_json(&text);
        let clean = [Some(text.as_ref()), said.as_deref()].into_iter().flatten().all(|text| self.is_clean(text));
        drop(said);
        if clean {
            return body;
        }
        let without = match serde_json::from_slice(&body) {
            Ok(IgnoredAny) => self.without_in_strings(&text, Strings::All, Door::In),
            Err(_) => self.without(&text, Door::In),
        };
        without.map_or_else(|| body.clone(), String::into_bytes)
    }

    fn is_clean(&self, text: &str) -> bool {
        self.without(text, Door::In).is_none()
    }

    /// JSON without secrets in its strings, when one holds any. Each string is taken by itself: a value of the whole
    /// would be a hundred times as large as some texts.
    fn without_in_strings(&self, json: &str, strings: Strings, door: Door) -> Option<String> {
        let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
        while let Some(literal) = next_literal(json, at) {
            at = literal.end;
            let rest = json.get(literal.end..).unwrap_or_default();
            if strings == Strings::Values && rest.trim_start().starts_with(':') {
                continue;
            }
            let said = json.get(literal.clone()).and_then(|text| serde_json::from_str::<String>(text).ok());
            if let Some(without) = said.and_then(|said| self.without(&said, door)) {
                clean.push_str(json.get(copied..literal.start).unwrap_or_default());
                clean.push_str(&serde_json::Value::from(without).to_string());
                copied = literal.end;
            }
        }
        (copied > 0).then(|| clean + json.get(copied..).unwrap_or_default())
    }

    /// The text without secrets, when it holds one. One spelling after the other is taken off, and from each what it
    /// hid: a secret may stand in a text in several ways at once. A text that hid one stays as it was read there.
    fn without(&self, text: &str, door: Door) -> Option<String> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (forms, least) = match door {
            Door::In => (&known.credentials, LONG),
            Door::Out => (&known.all, 0),
        };
        let mut clean = forms.without(text, least);
        // What was read since the last secret, if anything was spelled in another way.
        let mut read: Option<String> = None;
        for unspell in layers() {
            let Some(plain) = unspell(read.as_deref().or(clean.as_deref()).unwrap_or(text)) else { continue };
            match forms.without(&plain, LONG) {
                Some(without) => (clean, read) = (Some(without), None),
                None => read = Some(plain),
            }
        }
        clean
    }

    fn add(&self, plain: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.credentials.add(plain);
        known.all.add(plain);
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

/// Every form to hide, by the byte that it begins with in either case: an answer has millions of bytes, and most begin
/// none. The longest come first, so that a secret that begins with another one is hidden whole.
#[derive(Default)]
struct Forms(Vec<Vec<String>>);

impl Forms {
    fn add(&mut self, plain: &str) {
        self.0.resize_with(usize::from(u8::MAX) + 1, Vec::new);
        for form in forms_of(plain) {
            let first = form.bytes().next().unwrap_or_default();
            for byte in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
                let Some(forms) = self.0.get_mut(usize::from(byte)) else { continue };
                forms.push(form.clone());
                forms.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
                forms.dedup();
            }
        }
    }

    /// The text without forms of at least this length, when it holds one. Long ones are found in any case: a host name
    /// in a URL is changed to small letters.
    fn without(&self, text: &str, least: usize) -> Option<String> {
        let begins = |rest: &str, form: &str| {
            let head = rest.get(..form.len());
            head.is_some_and(|head| head == form || (form.len() >= LONG && head.eq_ignore_ascii_case(form)))
        };
        let (mut clean, mut copied) = (String::new(), 0);
        for (at, byte) in text.bytes().enumerate() {
            let Some(forms) = self.0.get(usize::from(byte)).filter(|forms| !forms.is_empty()) else { continue };
            // Inside a character that has several bytes no form begins.
            let Some(rest) = text.get(at..).filter(|_| at >= copied) else { continue };
            if let Some(form) = forms.iter().find(|form| form.len() >= least && begins(rest, form)) {
                clean.push_str(text.get(copied..at).unwrap_or_default());
                clean.push_str(STARS);
                copied = at + form.len();
            }
        }
        (copied > 0).then(|| clean + text.get(copied..).unwrap_or_default())
    }
}

/// Where the next string of JSON is, its quotes with it: outside of strings there are no quotes.
fn next_literal(json: &str, from: usize) -> Option<Range<usize>> {
    let begin = from + json.get(from..)?.find('"')?;
    let mut escaped = false;
    let close = json.get(begin + 1..)?.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(begin..begin + close + 2)
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
    fn a_secret_that_stands_in_a_text_in_several_ways_is_hidden_in_each() {
        let ways = [
            TOKEN.to_owned(),
            TOKEN.replace('A', "\\u0041"),
            TOKEN.replace('F', "&#70;"),
            TOKEN.replace('T', "%54"),
            TOKEN.replace('T', "%2554"),
            TOKEN.replace('T', "%26%2384;"),
        ];
        for (first, second) in ways.iter().flat_map(|first| ways.iter().map(move |second| (first, second))) {
            assert_eq!(with_token().scrub(&format!("{first} {second}")), "*** ***");
            let body = format!(r#"["{first} {second}",1,"{second}","%41"]"#);
            let clean = String::from_utf8(with_token().scrub_answer(body.into())).unwrap();
            assert_eq!(clean, r#"["*** ***",1,"***","%41"]"#, "{first} {second}");
        }
    }

    #[test]
    fn what_no_service_is_told_stays_in_answers() {
        let scrubber = Scrubber::default();
        scrubber.hide_from_people(&secret(TOKEN));
        assert_eq!(scrubber.scrub(TOKEN), "***");
        assert_eq!(scrubber.scrub_answer(TOKEN.into()), TOKEN.as_bytes());
        scrubber.hide(&secret(TOKEN));
        assert_eq!(scrubber.scrub_answer(TOKEN.into()), b"***");
    }

    #[test]
    fn json_of_ours_keeps_its_shape_whatever_the_secret_is() {
        let json = "{\n  \"a\" : \"a\\\\\\\"a\",\n  \"true\": true, \"n\": [1, \"1a\", null]\n}\n{\"a\": \"\"}\n";
        let table = [
            ("a", r#"{ "a" : "***\\\"***", "true": true, "n": [1, "1***", null] } {"a": ""}"#),
            ("\"", r#"{ "a" : "a***a", "true": true, "n": [1, "1a", null] } {"a": ""}"#),
            ("\\", r#"{ "a" : "a***\"a", "true": true, "n": [1, "1a", null] } {"a": ""}"#),
            ("1", r#"{ "a" : "a\\\"a", "true": true, "n": [1, "***a", null] } {"a": ""}"#),
        ];
        for (hidden, clean) in table {
            let scrubber = Scrubber::default();
            scrubber.hide(&secret(hidden));
            let scrubbed = scrubber.scrub_json(json);
            assert_eq!(scrubbed.split_whitespace().collect::<Vec<_>>().join(" "), clean, "{hidden}");
        }
        assert_eq!(with_token().scrub_json("{\"a\": \"101"), "{\"a\": \"101");
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
