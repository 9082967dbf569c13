//! Which task does a key name (`ENG-123#4`), and is it said that the pull request closes it?

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

/// Where the mention that begins at the end of `before` begins for a reader: a Markdown link's text stands before
/// its URL.
pub(super) fn item_start(before: &str) -> usize {
    const LONGEST_LINK_TEXT: usize = 300;
    let text = before.strip_suffix("](").map(str::as_bytes);
    let open = text.and_then(|text| text.iter().rev().take(LONGEST_LINK_TEXT).position(|b| matches!(b, b'[' | b'\n')));
    let start = text.zip(open).map(|(text, open)| text.len() - open - 1);
    start.filter(|start| before.as_bytes().get(*start) == Some(&b'[')).unwrap_or(before.len())
}

/// Where the closing word is that ends `before`, the text before a task: `closes`, `fixed:`, `Resolves [`. Not `fix(`:
/// that is the type and scope of a conventional commit.
pub(super) fn closing_word(before: &str) -> Option<usize> {
    static CLOSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = "close[sd]?|fix(?:es|ed)?|complete[sd]?|resolve[sd]?";
        Regex::new(&format!(r"(?i-u)(?:{words})[*_]*(?:\s*:)?([\s\[<*_]*)$")).ok()
    });
    // Whatever stands further back is not before the task; a window keeps many tasks in one long text cheap.
    const WINDOW: usize = 64;
    let window = before.get(before.floor_char_boundary(before.len().saturating_sub(WINDOW))..)?;
    let found = CLOSING.as_ref()?.captures(window)?;
    let start = before.len() - window.len() + found.get(0)?.start();
    let ends_paragraph = found.get(1)?.as_str().matches('\n').count() > 1;
    let inside_word = before.get(..start)?.ends_with(|c: char| is_word(c) || matches!(c, '-' | '_' | '\'' | '’'));
    (!ends_paragraph && !inside_word).then_some(start)
}

/// Whether `between`, the text between two mentions, only lists them: `, `, ` and `, ` / `. Mere white space is
/// no list: `closes ENG-1#2` at the end of a line says nothing about the next.
pub(super) fn joins(between: &str) -> bool {
    const LONGEST: usize = 24;
    if between.len() > LONGEST {
        return false;
    }
    let inner = between.trim_start_matches([')', ']', '>', '*', '_', '"', '\'']);
    let Some(inner) = trim_in_paragraph(inner) else { return false };
    let mut joined = false;
    for part in inner.split_inclusive([',', '&', '/']) {
        let word = part.trim_end_matches([',', '&', '/']);
        joined |= word.len() < part.len();
        match word.trim() {
            "" => {}
            word if word.eq_ignore_ascii_case("and") => joined = true,
            _ => return false,
        }
    }
    joined
}

/// The text without the white space and opening brackets at its end; `None` where a paragraph ended.
fn trim_in_paragraph(text: &str) -> Option<&str> {
    let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '[' | '<' | '*' | '_'));
    let white = text.get(trimmed.len()..)?;
    (white.matches('\n').count() < 2).then_some(trimmed)
}
