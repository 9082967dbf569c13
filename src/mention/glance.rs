//! A fast filter: whether a commit message can contain a mention at all.
//!
//! It may say yes where there is none, never no where there is one: reading decides.

use memchr::{memchr2_iter, memchr3_iter};

use super::{Grammar, Origin, form, key};

/// Whether a text has to be read: it holds something like a key, a URL of the site, or `[skip`.
pub(super) fn is_worth_reading(body: &str, origin: Origin, grammar: &Grammar) -> bool {
    let bytes = body.as_bytes();
    let worth = |at: usize| match bytes.get(at) {
        Some(b'-') => key::may_stand_around(bytes, at, origin),
        Some(b':') => {
            let behind = body.get(at..).and_then(|rest| rest.strip_prefix("://"));
            behind.is_some_and(|rest| form::host_may_be_known(authority(rest), grammar))
        }
        _ => begins_skip(bytes, at),
    };
    if key::are_read(origin, &grammar.keys) {
        memchr3_iter(b'-', b':', b'[', bytes).any(worth)
    } else {
        memchr2_iter(b':', b'[', bytes).any(worth)
    }
}

/// Whether `[skip` stands here, in any case.
pub(super) fn begins_skip(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 5).is_some_and(|head| head.eq_ignore_ascii_case(b"[skip"))
}

/// What stands between `://` and the path. Each `://` holds a slash, so that no byte is looked at twice.
fn authority(rest: &str) -> &str {
    let ends = |byte: &u8| matches!(byte, b'/' | b'?' | b'#') || byte.is_ascii_whitespace();
    let end = rest.as_bytes().iter().position(ends).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest)
}
