//! An answer that says that all went well.

use serde::de::DeserializeOwned;

use super::error::{About, Failure, HttpError};

/// A 2xx answer, read whole, and not a page for people.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) about: About,
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
        serde_json::from_slice(&self.body).map_err(|error| {
            let failure = if error.is_data() {
                Failure::WrongShape {
                    status: self.status,
                    expected: short_name::<T>(),
                    line: error.line(),
                    column: error.column(),
                }
            } else {
                let shape = if self.body.is_empty() { "nothing" } else { "something else" };
                Failure::NotJson { status: self.status, shape }
            };
            HttpError::new(self.about.clone(), self.attempts, self.request_id.clone(), failure)
        })
    }
}

impl Answer {
    /// The error for a body that is JSON, and lacks what it must hold.
    pub fn wrong_shape(&self, expected: &'static str) -> HttpError {
        let failure = Failure::WrongShape { status: self.status, expected, line: 1, column: 1 };
        HttpError::new(self.about.clone(), self.attempts, self.request_id.clone(), failure)
    }
}

/// `Page<Comment>` for `crate::wire::Page<crate::wire::Comment>`: as people name it, the first path gone.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let end = name.find('<').unwrap_or(name.len());
    let begin = name.get(..end).and_then(|head| head.rfind("::")).map_or(0, |colons| colons + 2);
    name.get(begin..).unwrap_or(name)
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
        Answer { about, attempts: 1, status: 200, body: body.into(), request_id: Some("r-1".to_owned()) }
    }

    #[test]
    fn a_wrong_shape_names_the_type_and_quotes_nothing() {
        let table = [
            (r#"{"id":"s3cret"}"#, "answered 200 with JSON that is no Comment (line 1, column 14)"),
            ("[]", "answered 200 with JSON that is no Comment (line 1, column 2)"),
            ("", "answered 200 with nothing instead of JSON"),
            ("s3cret", "answered 200 with something else instead of JSON"),
            (r#"{"id":1"#, "answered 200 with something else instead of JSON"),
        ];
        for (body, words) in table {
            let error = answer(body).json::<Comment>().unwrap_err();
            assert_eq!(error.failure().to_string(), words);
            assert!(error.in_doubt() && error.request_id() == Some("r-1"));
        }
        assert!(answer(r#"{"id":1,"more":2}"#).json::<Comment>().is_ok());
    }

    #[test]
    fn type_names_are_short() {
        assert_eq!(short_name::<Comment>(), "Comment");
        assert_eq!(short_name::<u8>(), "u8");
        assert!(short_name::<Vec<Comment>>().starts_with("Vec<"));
    }
}
