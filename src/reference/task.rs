//! Which task does a key name (`ENG-123#4`), and is it said that the pull request closes it?

use super::Origin;
use super::key::{goes_on, is_word, split_digits};
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
        !digits.is_empty() && !behind.starts_with(is_word) && (origin == Origin::Branch || !goes_on(behind));
    let written = if is_number { digits } else { leading_uuid(id)? };
    let length = rest.len() - id.len() + written.len();
    TaskId::parse(written).map(|task| (task, length))
}

/// What follows `-task-`, in any case, as hyphens or underscores.
fn after_task_word(rest: &str) -> Option<&str> {
    let (word, id) = rest.split_at_checked("-task-".len())?;
    let word = word.strip_prefix(['-', '_'])?.strip_suffix(['-', '_'])?;
    (word.eq_ignore_ascii_case("task") && id.starts_with(|c: char| c.is_ascii_digit())).then_some(id)
}

/// Newer pages number their tasks with UUIDs.
fn leading_uuid(text: &str) -> Option<&str> {
    let (uuid, behind) = text.split_at_checked(36)?;
    let mut groups = uuid.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    let valid = [8, 4, 4, 4, 12].iter().all(|length| groups.next() == Some(Some(*length)));
    (valid && !behind.starts_with(is_word)).then_some(uuid)
}

/// Where the reference that begins at the end of `before` begins for a reader: a Markdown link's text stands before
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
    const WORDS: [&str; 12] = [
        "close",
        "closes",
        "closed",
        "fix",
        "fixes",
        "fixed",
        "complete",
        "completes",
        "completed",
        "resolve",
        "resolves",
        "resolved",
    ];
    let before = trim_in_paragraph(before)?;
    let before = before.strip_suffix(':').map_or(before, str::trim_end);
    let before = before.trim_end_matches(['*', '_']);
    let letters = before.bytes().rev().take(10).take_while(u8::is_ascii_alphabetic).count();
    let (head, word) = before.split_at_checked(before.len() - letters)?;
    let known = WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    let inside_word = head.ends_with(|c: char| is_word(c) || matches!(c, '-' | '_' | '\'' | '’'));
    (known && !inside_word).then_some(head.len())
}

/// Whether `between`, the text between two references, only lists them: `, `, ` and `, ` / `. Mere white space is
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
