//! What must never be shown, and the last look over a text before it leaves.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// A token, password or client secret. Has no `Display` and no `Serialize`; `Debug` shows three stars.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text that can stand in a header: not empty, no control characters (a line break would add a header).
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(SecretError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text itself, for a header or a request body; nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STARS)
    }
}

/// Why a text is not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// A line break, tab or other control character.
    #[error("contains a line break or another control character")]
    ControlCharacter,
}

/// Replaces secrets in texts, in every form in which they travel. Clones share one list: an access token that is
/// fetched during the run is hidden everywhere from then on.
///
/// Bitbucket masks secured variables in the log by exact match only, so the base64 of an `Authorization` header and
/// an encoded query would pass.
#[derive(Clone, Default)]
pub struct Scrubber {
    /// Every form to hide, longest first, so that a secret that begins with another one is hidden whole.
    forms: Arc<RwLock<Vec<String>>>,
}

const STARS: &str = "***";

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
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(after) = forms.iter().find_map(|form| rest.strip_prefix(form.as_str())) {
                clean.push_str(STARS);
                rest = after;
            } else {
                clean.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        clean
    }

    fn add(&self, plain: &str) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.extend(forms_of(plain));
        forms.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        forms.dedup();
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
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
    fn a_secret_is_refused_when_it_could_not_be_one() {
        assert_eq!(Secret::parse("").unwrap_err(), SecretError::Empty);
        for text in ["a\nb", "a\rb", "token\n", "a\u{0}b", "\u{85}x", "a\tb"] {
            assert_eq!(Secret::parse(text).unwrap_err(), SecretError::ControlCharacter, "{text:?}");
        }
        assert_eq!(secret("ATATT3x=1").expose(), "ATATT3x=1");
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

    #[test]
    fn clones_share_what_is_hidden_later() {
        let scrubber = Scrubber::default();
        let clone = scrubber.clone();
        assert_eq!(clone.scrub("late-token"), "late-token");
        scrubber.hide(&secret("late-token"));
        assert_eq!(clone.scrub("late-token"), "***");
    }
}
