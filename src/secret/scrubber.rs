//! Finds secrets in texts, in every form in which they travel, and puts three stars in their place.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use super::Secret;
use super::forms::Forms;
use super::spelling::{forms_of, without_escapes};

/// Replaces secrets in texts. Clones share one list: an access token that is fetched during the run is hidden
/// everywhere from then on.
///
/// Bitbucket masks secured variables in the log by exact match only, so the base64 of an `Authorization` header and
/// an encoded query would pass.
#[derive(Clone, Default)]
pub struct Scrubber {
    known: Arc<RwLock<Known>>,
}

struct Known {
    /// Long forms of what a service receives and may repeat.
    credentials: Forms,
    /// All other forms.
    others: Forms,
}

impl Default for Known {
    fn default() -> Self {
        // A host name in a URL is changed to small letters.
        Self { credentials: Forms::in_any_case(true), others: Forms::in_any_case(false) }
    }
}

/// Which way a text goes.
#[derive(Clone, Copy)]
enum Direction {
    /// From a service to us.
    In,
    /// From us to streams and files.
    Out,
}

/// Which strings of JSON are scrubbed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    /// Names of members too.
    All,
    /// Names are ours, and others read by them.
    Values,
}

/// No token of Atlassian's is shorter, and no ordinary text holds so much of one by chance.
const LONG: usize = 16;

/// A shorter secret may be an ordinary word, such as `page`, so only what is sent of it is hidden.
const SHORT: usize = 8;

impl Scrubber {
    /// Hides a credential of a service from now on.
    pub fn hide(&self, secret: &Secret) {
        self.add(secret.expose(), &format!("Bearer {}", secret.expose()));
    }

    /// Hides a credential of a service and what Basic authentication makes of it and its user.
    pub fn hide_pair(&self, user: &str, secret: &Secret) {
        let pair = format!("{user}:{}", secret.expose());
        self.add(&pair, &basic(&pair));
        self.add(secret.expose(), &format!("client_secret={}", secret.expose()));
    }

    /// Hides the password of a proxy on streams and in files. A service that says the same says it by chance.
    pub fn hide_from_people(&self, user: &str, password: &Secret) {
        let pair = format!("{user}:{}", password.expose());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (plain, sent) in [(pair.as_str(), basic(&pair)), (password.expose(), basic(&pair))] {
            forms(plain, &sent).for_each(|form| known.others.insert(form));
        }
    }

    /// The text with three stars for every secret.
    pub fn scrub(&self, text: &str) -> String {
        self.without(text, Direction::Out).unwrap_or_else(|| text.to_owned())
    }

    /// JSON of ours, or lines of it, with three stars for every secret in its strings. Names, numbers and literals stay:
    /// whatever the secret is, this is JSON of the same shape.
    pub fn scrub_json(&self, json: &str) -> String {
        self.without_in_strings(json, Strings::Values, Direction::Out).unwrap_or_else(|| json.to_owned())
    }

    /// A service's answer with three stars for every long credential in its strings: what a server repeats of one
    /// neither is shown, nor enters what is written to it or to the other service, nor is looked for there. Short
    /// ones stay: they could be a part of an id.
    ///
    /// Takes time and memory in proportion to the answer, whatever is in it.
    pub fn scrub_answer(&self, body: Vec<u8>) -> Vec<u8> {
        let text = str::from_utf8(&body).map_or_else(|_| String::from_utf8_lossy(&body), Cow::Borrowed);
        // Almost every answer ends here. Its strings are searched all at once.
        let Some(without) = self.without(&text, Direction::In) else { return body };
        let without = match serde_json::from_slice(&body) {
            Ok(IgnoredAny) => {
                self.without_in_strings(&text, Strings::All, Direction::In).unwrap_or_else(|| text.into())
            }
            Err(_) => without,
        };
        without.into_bytes()
    }

    /// JSON without secrets in its strings, when it holds one. Each string is taken by itself: a value of the whole
    /// would be a hundred times as large as some texts.
    fn without_in_strings(&self, json: &str, strings: Strings, direction: Direction) -> Option<String> {
        let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
        while let Some(literal) = next_literal(json, at) {
            at = literal.end;
            let rest = json.get(literal.end..).unwrap_or_default();
            if strings == Strings::Values && rest.trim_start().starts_with(':') {
                continue;
            }
            let value = json.get(literal.clone()).and_then(|text| serde_json::from_str::<String>(text).ok());
            if let Some(without) = value.and_then(|value| self.without(&value, direction)) {
                clean.push_str(json.get(copied..literal.start).unwrap_or_default());
                clean.push_str(&serde_json::Value::from(without).to_string());
                copied = literal.end;
            }
        }
        (copied > 0).then(|| clean + json.get(copied..).unwrap_or_default())
    }

    /// The text without secrets, when it holds one. A text in which a secret was escaped as in JSON stays as it reads
    /// without escapes.
    fn without(&self, text: &str, direction: Direction) -> Option<String> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = known.credentials.replaced(text);
        let plain = without_escapes(clean.as_deref().unwrap_or(text));
        clean = plain.and_then(|plain| known.credentials.replaced(&plain)).or(clean);
        match direction {
            Direction::In => clean,
            Direction::Out => known.others.replaced(clean.as_deref().unwrap_or(text)).or(clean),
        }
    }

    fn add(&self, plain: &str, sent: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms(plain, sent) {
            let list = if form.len() < LONG { &mut known.others } else { &mut known.credentials };
            list.insert(form);
        }
    }
}

/// The forms of a secret that are hidden. Of a short one these are the long ones, and what is sent of it.
fn forms(plain: &str, sent: &str) -> impl Iterator<Item = String> {
    let all = if plain.len() < SHORT { forms_of(sent) } else { forms_of(plain) };
    all.into_iter().filter(|form| form.len() >= SHORT)
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
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
        scrubber.hide(&secret("abcdefgh"));
        scrubber.hide(&secret("abcdefghijk"));
        assert_eq!(scrubber.scrub("abcdefghijk abcdefghi abcdefgh"), "*** ***i ***");
    }

    #[test]
    fn short_secrets_are_hidden_only_as_they_are_sent() {
        let scrubber = Scrubber::default();
        scrubber.hide(&secret("page"));
        scrubber.hide_pair("me", &secret("1"));
        scrubber.hide_pair("robot", &secret("table"));
        scrubber.hide_from_people("build", &secret("td"));
        let table = [
            ("page:102, 1 table, <td>, *, build", "page:102, 1 table, <td>, *, build"),
            ("Authorization: Bearer page", "Authorization: ***"),
            ("Basic bWU6MQ== robot:table cm9ib3Q6dGFibGU=", "*** *** ***"),
            ("http://build:td@proxy YnVpbGQ6dGQ", "http://***@proxy ***"),
            ("client_secret=table&x=1", "***&x=1"),
        ];
        for (text, clean) in table {
            assert_eq!(scrubber.scrub(text), clean);
        }
        assert_eq!(scrubber.scrub_json(r#"{"page":"page:102"}"#), r#"{"page":"page:102"}"#);
    }

    const TOKEN: &str = "ATATT3xFf_GF0-9E4D51C8";

    fn with_token() -> Scrubber {
        let scrubber = Scrubber::default();
        scrubber.hide(&secret(TOKEN));
        scrubber.hide(&secret("101"));
        scrubber
    }

    #[test]
    fn long_secrets_are_hidden_in_any_case_and_with_escapes() {
        let escape = |c: char| format!("\\u{:04x}", u32::from(c));
        let all: String = TOKEN.chars().map(escape).collect();
        let some = TOKEN.replace('F', "\\u0046");
        let table = [
            (format!("https://{}.example", TOKEN.to_lowercase()), "https://***.example"),
            (format!("a {all} b"), "a *** b"),
            (format!("a {some} b"), "a *** b"),
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
    fn every_form_in_one_text_is_hidden() {
        let ways = [
            TOKEN.to_owned(),
            TOKEN.replace('A', "\\u0041"),
            TOKEN.replace('F', "\\u0046").to_lowercase(),
            STANDARD.encode(TOKEN),
        ];
        for (first, second) in ways.iter().flat_map(|first| ways.iter().map(move |second| (first, second))) {
            assert_eq!(with_token().scrub(&format!("{first} {second}")), "*** ***");
            let body = format!(r#"["{first} {second}",1,"{second}","%41"]"#);
            let clean = String::from_utf8(with_token().scrub_answer(body.into())).unwrap();
            assert_eq!(clean, r#"["*** ***",1,"***","%41"]"#, "{first} {second}");
        }
    }

    #[test]
    fn proxy_passwords_stay_in_answers() {
        let scrubber = Scrubber::default();
        scrubber.hide_from_people("me", &secret(TOKEN));
        assert_eq!(scrubber.scrub(TOKEN), "***");
        assert_eq!(scrubber.scrub_answer(TOKEN.into()), TOKEN.as_bytes());
        scrubber.hide(&secret(TOKEN));
        assert_eq!(scrubber.scrub_answer(TOKEN.into()), b"***");
    }

    #[test]
    fn json_keeps_its_shape_whatever_the_secret_is() {
        let json = "{\n  \"elements\" : \"two\\\\\\\"elements\",\n  \"true\": true, \"n\": [1, \"12345678\", null]\n}\n{\"a\": \"\"}\n";
        let table = [
            ("elements", r#"{ "elements" : "two\\\"***", "true": true, "n": [1, "12345678", null] } {"a": ""}"#),
            (r#"two\"elem"#, r#"{ "elements" : "***ents", "true": true, "n": [1, "12345678", null] } {"a": ""}"#),
            ("12345678", r#"{ "elements" : "two\\\"elements", "true": true, "n": [1, "***", null] } {"a": ""}"#),
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
