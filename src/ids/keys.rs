//! Space keys, key prefixes and keys: the words people write.

use std::fmt;

use serde::Serialize;

/// A Confluence space's key. ASCII letters and digits, at most 255, a personal space's begins with `~`; equal in any
/// case (lookup ignores case), so it is kept in upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceKey(String);

impl SpaceKey {
    /// Takes the text when it can be a space's key.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('~').unwrap_or(text);
        let valid = !body.is_empty()
            && text.len() <= 255
            && body
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || (text.starts_with('~') && matches!(b, b'_' | b'-' | b'.')));
        valid.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The key in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is somebody's personal space.
    pub fn is_personal(&self) -> bool {
        self.0.starts_with('~')
    }
}

impl fmt::Display for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpaceKey({})", self.0)
    }
}

impl Serialize for SpaceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The letters before a key's hyphen, in upper case: two or more characters, the first a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// Takes ASCII letters and digits that begin with a letter, two or more, at most 32; any case.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (2..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        valid.then(|| {
            // Most become a key, which needs room for a number.
            let mut letters = String::with_capacity(text.len() + 8);
            letters.push_str(text);
            letters.make_ascii_uppercase();
            Self(letters)
        })
    }

    /// The prefix in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPrefix({})", self.0)
    }
}

/// A key, `ENG-123`. Leading zeros of the number do not count (`ADR-0012` is `ADR-12`), and a number of any length is
/// kept as digits, so none overflows. They sort by prefix, as a hyphen comes before letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The longest number read, in digits as written: longer ones are noise.
    pub const MAX_DIGITS: usize = 40;

    /// The key of a prefix and a run of ASCII digits.
    pub fn new(prefix: KeyPrefix, digits: &str) -> Option<Self> {
        let valid = (1..=Self::MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !valid {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        let KeyPrefix(mut text) = prefix;
        text.push('-');
        text.push_str(if significant.is_empty() { "0" } else { significant });
        Some(Self(text))
    }

    /// Parses `ENG-123` in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('-')?;
        Self::new(KeyPrefix::parse(prefix)?, digits)
    }

    /// The key as it is written, `ENG-123`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The letters before the hyphen, in upper case.
    pub fn prefix(&self) -> &str {
        self.parts().0
    }

    /// The digits after the hyphen, without leading zeros.
    pub fn number(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once('-').unwrap_or((&self.0, ""))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
