//! An answer that reports success.

use memchr::memchr;
use serde::de::DeserializeOwned;

use super::base::Base;
use super::error::{About, Failure, HttpError};
use super::next;
use super::request::Path;

/// A 2xx answer, read whole, and not a page for people.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) about: About,
    pub(crate) base: Base,
    pub(crate) attempts: u32,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
}

impl Answer {
    /// The status, 200 to 299.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body as it came; may be empty.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The service's name for this answer, for a support request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The body as a value. Fails like the request itself: a write whose answer cannot be read is in doubt.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let read = serde_json::from_slice(&self.body);
        // One string that is no text must not hide the others.
        let read = read.or_else(|error| match repaired(&self.body) {
            Some(body) if !error.is_data() => serde_json::from_slice(&body),
            _ => Err(error),
        });
        read.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.error(if error.is_data() {
                Failure::WrongShape { status: self.status, expected: "what the documents describe", line, column }
            } else {
                let shape = if self.body.is_empty() { "nothing" } else { "something else" };
                Failure::NotJson { status: self.status, shape }
            })
        })
    }

    /// The error for a body that is JSON, and lacks what it must hold.
    pub fn wrong_shape(&self, expected: &'static str) -> HttpError {
        self.error(Failure::WrongShape { status: self.status, expected, line: 1, column: 1 })
    }

    /// The error for an answer to somebody without an account, who was not meant to ask.
    pub fn anonymous(&self) -> HttpError {
        self.error(Failure::Anonymous { status: self.status })
    }

    /// The path behind a `next` link in this answer, or an error when it leads anywhere else; decided here so that no
    /// token is ever attached to a foreign address.
    pub fn follow(&self, next: &str) -> Result<Path, HttpError> {
        next::path_of(self.about.service, &self.base, next).ok_or_else(|| {
            let why = format!("the answer's `next` link leaves {}", self.base);
            self.error(Failure::NotSent(why.into()))
        })
    }

    fn error(&self, failure: Failure) -> HttpError {
        HttpError::new(self.about.clone(), self.attempts, self.request_id.clone(), failure)
    }
}

/// The body with U+FFFD for each half of a surrogate pair and each byte that is no UTF-8; `None` if there is none.
///
/// Bitbucket's commit messages may come from tools that write anything.
fn repaired(body: &[u8]) -> Option<Vec<u8>> {
    const REPLACEMENT: &[u8] = br"\ufffd";
    let mut repaired = String::from_utf8_lossy(body).into_owned().into_bytes();
    let mut changed = repaired != body;
    let mut position = 0;
    while let Some(found) = repaired.get(position..).and_then(|rest| memchr(b'\\', rest)) {
        position += found;
        position += match (surrogate(&repaired, position), surrogate(&repaired, position + 6)) {
            (Some(Half::First), Some(Half::Second)) => 12,
            (Some(_), _) => {
                let escape = repaired.get_mut(position..position + REPLACEMENT.len())?;
                escape.copy_from_slice(REPLACEMENT);
                changed = true;
                6
            }
            (None, _) => 2,
        };
    }
    changed.then_some(repaired)
}

/// Half of a surrogate pair.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// Which half is escaped at this place, `\ud83d`, if any.
fn surrogate(json: &[u8], at: usize) -> Option<Half> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    match u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()? {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::http::{Effect, Method, ServiceName};

    #[derive(Debug, Deserialize)]
    struct Comment {
        #[serde(rename = "id")]
        _id: u64,
    }

    fn answer(body: &str) -> Answer {
        let about = About {
            service: ServiceName::Confluence,
            method: Method::Post,
            path: "/wiki/api/v2/footer-comments".to_owned(),
            effect: Effect::Writes,
            origin: "https://acme.example".to_owned(),
        };
        let base = Base::parse("https://acme.example").unwrap();
        Answer { about, base, attempts: 1, status: 200, body: body.into(), request_id: Some("r-1".to_owned()) }
    }

    #[test]
    fn a_wrong_shape_is_in_doubt_and_quotes_nothing() {
        let shape = "answered 200 with JSON that isn't what the documents describe";
        let table = [
            (r#"{"id":"s3cret"}"#, format!("{shape} (line 1, column 14)")),
            ("[]", format!("{shape} (line 1, column 2)")),
            ("", "answered 200 with nothing instead of JSON".to_owned()),
            ("s3cret", "answered 200 with something else instead of JSON".to_owned()),
            (r#"{"id":1"#, "answered 200 with something else instead of JSON".to_owned()),
        ];
        for (body, words) in table {
            let error = answer(body).json::<Comment>().unwrap_err();
            assert_eq!(error.failure().to_string(), words);
            assert!(error.is_ambiguous() && error.request_id() == Some("r-1"));
        }
        assert!(answer(r#"{"id":1,"more":2}"#).json::<Comment>().is_ok());
    }

    #[test]
    fn half_a_surrogate_pair_spoils_its_own_character_only() {
        let table = [
            (r#"["na\udcefve", "b"]"#, ["na\u{fffd}ve", "b"]),
            (r#"["a\uD83D", "b"]"#, ["a\u{fffd}", "b"]),
            (r#"["\ud83d\ud83d\ude80", "b"]"#, ["\u{fffd}\u{1f680}", "b"]),
            (r#"["\ude80\ud83d", "b"]"#, ["\u{fffd}\u{fffd}", "b"]),
            (r#"["\ud83dx\ude80", "\n"]"#, ["\u{fffd}x\u{fffd}", "\n"]),
            (r#"["\ud83d\n", "\\udcef"]"#, ["\u{fffd}\n", r"\udcef"]),
            (r#"["\ud83d\ude80", "b"]"#, ["\u{1f680}", "b"]),
        ];
        for (body, expected) in table {
            assert_eq!(answer(body).json::<Vec<String>>().unwrap(), expected, "{body}");
        }
        let bytes = Answer { body: b"[\"\xff\", \"b\"]".to_vec(), ..answer("") };
        assert_eq!(bytes.json::<Vec<String>>().unwrap(), ["\u{fffd}", "b"]);
        for body in [r#"["\ud83d""#, r#"["\ud8"]"#, r#"["\u+83d"]"#, "\\ud83d", r#"["\"#] {
            let error = answer(body).json::<Vec<String>>().unwrap_err();
            assert_eq!(error.failure().to_string(), "answered 200 with something else instead of JSON", "{body}");
        }
    }
}
