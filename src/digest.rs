//! Digests of texts.

use ring::digest::{SHA256, digest};
use serde::Serialize;

/// The SHA-256 of a text in UTF-8, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sha256(String);

impl Sha256 {
    pub(crate) fn of(text: &str) -> Self {
        let bytes = digest(&SHA256, text.as_bytes());
        Self(bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The first twelve digits: enough to distinguish two texts of one comment.
    pub(crate) fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_every_tool_computes() {
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256::of("abc").0, of_abc);
        assert_ne!(Sha256::of("abd").0, of_abc);
    }
}
