//! Short links, `/wiki/x/TINY`, from ids and back.
//!
//! Confluence's documents give the algorithm: the id as little-endian bytes, in Base64 with `-` for `/` and `_` for
//! `+` (the reverse of the URL-safe alphabet of RFC 4648), the zeros at the end left out. So no request is needed.

use base64::Engine;
use base64::alphabet::{Alphabet, ParseAlphabetError};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use std::sync::LazyLock;

use crate::ids::ContentId;

/// Eight bytes make eleven digits of six bits: the longest short link.
const DIGITS: usize = 11;

static CODE: LazyLock<Result<GeneralPurpose, ParseAlphabetError>> = LazyLock::new(|| {
    let alphabet = Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")?;
    Ok(GeneralPurpose::new(&alphabet, NO_PAD))
});

/// The content that `tiny` names; `None` for what no id would be written as.
pub fn decode(tiny: &str) -> Option<ContentId> {
    let bytes = CODE.as_ref().ok()?.decode(format!("{tiny:A<DIGITS$}")).ok()?;
    ContentId::new(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The short link's last part for `id`, as Confluence writes it.
pub fn encode(id: ContentId) -> String {
    let digits = CODE.as_ref().map(|code| code.encode(id.get().to_le_bytes())).unwrap_or_default();
    digits.trim_end_matches('A').to_owned()
}
