//! The task that a key names: `ENG-123#4`.

use std::sync::LazyLock;

use regex::Regex;

use super::Origin;
use super::token::{continues_number, is_word, split_digits};
use crate::ids::TaskId;

/// The task named behind a key, `#4` or in a branch's name `-task-4`, and the length of that text.
pub(super) fn after_key(rest: &str, origin: Origin) -> Option<(TaskId, usize)> {
    let id = match rest.strip_prefix('#') {
        Some(id) => id,
        None if origin == Origin::Branch => after_task_word(rest)?,
        None => return None,
    };
    let (digits, behind) = split_digits(id)?;
    let is_number =
        !digits.is_empty() && !behind.starts_with(is_word) && (origin == Origin::Branch || !continues_number(behind));
    let written = if is_number { digits } else { leading_uuid(id)? };
    let length = rest.len() - id.len() + written.len();
    TaskId::parse(written).map(|task| (task, length))
}

/// What follows `-task-`, in any case, as hyphens or underscores.
fn after_task_word(rest: &str) -> Option<&str> {
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)^[-_]task[-_]").ok());
    let id = rest.get(WORD.as_ref()?.find(rest)?.end()..)?;
    id.starts_with(|c: char| c.is_ascii_digit()).then_some(id)
}

/// Newer pages number their tasks with UUIDs.
fn leading_uuid(text: &str) -> Option<&str> {
    static UUID: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i-u)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").ok());
    let (uuid, behind) = text.split_at_checked(UUID.as_ref()?.find(text)?.end())?;
    (!behind.starts_with(is_word)).then_some(uuid)
}
