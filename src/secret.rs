//! Secrets: values that can't be printed.

mod forms;
mod scrubber;
mod spelling;

use std::fmt;

pub use scrubber::Scrubber;

/// What stands where a secret was.
const STARS: &str = "***";

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
    #[error("is empty")]
    Empty,
    /// A line break, tab or other control character.
    #[error("contains a line break or another control character")]
    ControlCharacter,
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
}
