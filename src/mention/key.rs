//! Keys, `ENG-123`, in a text.
//!
//! Tools that look for keys find them within other keys (`XENG-12`), identifiers (`CVE-2021-44228`) and versions;
//! the boundaries here are what their users asked for.

use std::ops::Range;

use memchr::memchr_iter;

use super::task;
use super::token::{continues_number, is_word, split_digits};
use super::{KeyRule, Origin};
use crate::ids::{Key, KeyPrefix, SpaceKey, TaskId};

/// Identifiers whose number has two parts, so that a key is never their first half, not even in a branch's name.
const TWO_PART: [&str; 3] = ["CVE", "CWE", "GHSA"];

/// The longest prefix that `KeyPrefix` takes.
const LONGEST_PREFIX: usize = 32;

/// A key where it stands.
#[derive(Debug)]
pub(super) struct Found {
    /// The key and its task, if it names one.
    pub(super) range: Range<usize>,
    pub(super) key: Key,
    pub(super) space: SpaceKey,
    pub(super) task: Option<TaskId>,
}

/// Finds the keys in order. `opaque` returns whether a position isn't read.
pub(super) fn find(
    text: &str,
    origin: Origin,
    rule: &KeyRule,
    opaque: impl Fn(usize) -> bool,
) -> impl Iterator<Item = Found> {
    let read = if are_read(origin, rule) { text } else { "" };
    let mut last_end = 0;
    memchr_iter(b'-', read.as_bytes()).filter_map(move |hyphen| {
        let inside_last = hyphen < last_end;
        let found = if inside_last { None } else { around(text, hyphen, origin, rule) };
        let found = found.filter(|key| !opaque(key.range.start))?;
        last_end = found.range.end;
        Some(found)
    })
}

/// Whether keys count in such a text. In a description anybody may mention anything: there one needs a configured prefix.
pub(super) fn are_read(origin: Origin, rule: &KeyRule) -> bool {
    match rule {
        KeyRule::None => false,
        KeyRule::Any => origin != Origin::Description,
        KeyRule::Configured(_) => true,
    }
}

/// Whether a key may stand around the hyphen at this place: letters and a digit do. Only a branch's name has keys in lower
/// case, so most words with a hyphen are none, and most numbers begin with a digit.
pub(super) fn may_stand_around(bytes: &[u8], hyphen: usize, origin: Origin) -> bool {
    if !bytes.get(hyphen + 1).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let of_prefix =
        |byte: &&u8| byte.is_ascii_alphanumeric() && (origin == Origin::Branch || !byte.is_ascii_lowercase());
    let before = bytes.get(..hyphen).unwrap_or_default().iter().rev();
    before.take(LONGEST_PREFIX).take_while(of_prefix).last().is_some_and(u8::is_ascii_alphabetic)
}

/// The key around a hyphen.
fn around(text: &str, hyphen: usize, origin: Origin, rule: &KeyRule) -> Option<Found> {
    let (before, after) = (text.get(..hyphen)?, text.get(hyphen + 1..)?);
    if !after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let letters = before.bytes().rev().take(LONGEST_PREFIX + 1).take_while(u8::is_ascii_alphanumeric).count();
    let start = hyphen - letters;
    let (head, letters) = before.split_at_checked(start)?;
    let prefix = KeyPrefix::parse(letters)?;
    if head.ends_with(is_word) {
        return None;
    }
    let (digits, rest) = split_digits(after)?;
    if rest.starts_with(is_word) {
        return None;
    }
    let branch = origin == Origin::Branch;
    if !branch && continues_name(head) {
        return None;
    }
    let second_part = !branch || TWO_PART.contains(&prefix.as_str());
    if second_part && continues_number(rest) {
        return None;
    }
    let lower = letters.bytes().any(|b| b.is_ascii_lowercase());
    let space = match rule {
        KeyRule::None => return None,
        KeyRule::Any if lower && !(branch && (head.is_empty() || head.ends_with('/'))) => return None,
        KeyRule::Any => SpaceKey::parse(prefix.as_str())?,
        KeyRule::Configured(_) if lower && !branch => return None,
        KeyRule::Configured(spaces) => spaces.get(&prefix)?.clone(),
    };
    let key = Key::new(prefix, digits)?;
    let end = hyphen + 1 + digits.len();
    let (task, length) = task::after_key(rest, origin).unzip();
    Some(Found { range: start..end + length.unwrap_or(0), key, space, task })
}

/// Whether a name in capitals goes on after `head`: `MY_ENG-12` holds another prefix.
fn continues_name(head: &str) -> bool {
    head.strip_suffix('_').is_some_and(|name| name.ends_with(|c: char| c.is_ascii_uppercase()))
}
