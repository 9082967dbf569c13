//! Reverts of earlier changes.

use super::token::is_word;
use crate::ids::CommitHash;

/// The words that begin the subject of a revert.
const REVERTS: [&str; 4] = ["revert", "reverts", "reverted", "reverting"];

/// The word that begins the subject of a revert of a revert, as git writes it.
const REAPPLY: [&str; 1] = ["reapply"];

/// Git writes this line into the body, whatever the subject became.
const BODY: &str = "This reverts commit ";

/// Whether a title or message is that of a revert. Its other words repeat what is taken back.
pub(super) fn is_revert(text: &str) -> bool {
    const LONGEST_SUBJECT: usize = 256;
    let head = text.trim_start();
    let head = head.get(..head.floor_char_boundary(LONGEST_SUBJECT)).unwrap_or_default();
    let subject = head.lines().next().unwrap_or_default();
    begins_with(subject, &REVERTS) || (text.contains(BODY) && !begins_with(subject, &REAPPLY))
}

/// The hashes of the commits that a message says are reverted.
pub fn reverted(message: &str) -> impl Iterator<Item = CommitHash> {
    // A squash can have several. More were not written by git.
    const MOST: usize = 20;
    message.split(BODY).skip(1).take(MOST).filter_map(|behind| {
        let length = behind.bytes().take_while(u8::is_ascii_hexdigit).count();
        CommitHash::parse(behind.get(..length)?)
    })
}

/// Whether one of these words stands at the head of the subject. Teams that must put something first write it after a key, a
/// number, a type, an emoji or brackets.
fn begins_with(subject: &str, words: &[&str]) -> bool {
    // What stands first is short: a subject that begins with more has another head.
    const MOST: usize = 12;
    let mut rest = subject;
    for _ in 0..MOST {
        let head = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let skipped = rest.get(..rest.len() - head.len()).unwrap_or_default();
        // A word of one script ends where the next begins.
        let first = head.starts_with(is_word);
        let length = head.find(|c: char| !c.is_alphanumeric() || is_word(c) != first).unwrap_or(head.len());
        let (word, behind) = head.split_at(length);
        if words.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)) && !is_compound(behind) {
            return true;
        }
        let closing = closing_bracket(skipped);
        let next = match closing.and_then(|closing| head.split_once(closing)) {
            Some((_, behind)) => Some(behind),
            None => after_number(word, behind).or_else(|| after_type(behind)),
        };
        match next {
            Some(next) if !word.is_empty() => rest = next,
            _ => return false,
        }
    }
    false
}

/// Whether a hyphen continues the word, as in `Revert-safe`. What follows it in `revert-ENG-12` is a key.
fn is_compound(behind: &str) -> bool {
    let Some(second) = behind.strip_prefix(['-', '\u{2010}', '\u{2011}']) else { return false };
    let begins = second.starts_with(|c: char| is_word(c) && c.is_alphabetic());
    begins && after_number("", second.trim_start_matches(is_word)).is_none()
}

/// The bracket that closes the one at the end of `skipped`.
fn closing_bracket(skipped: &str) -> Option<char> {
    match skipped.chars().next_back()? {
        '[' => Some(']'),
        '(' => Some(')'),
        '{' => Some('}'),
        '【' => Some('】'),
        '「' => Some('」'),
        _ => None,
    }
}

/// What follows a number, or a key: `12`, `ENG-12`, `eng-12`.
fn after_number<'a>(word: &str, behind: &'a str) -> Option<&'a str> {
    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
        return Some(behind);
    }
    let number = behind.strip_prefix('-')?;
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < number.len() && !rest.starts_with(is_word)).then_some(rest)
}

/// What follows a type and its scope, `chore:`, `fix(api)!:`, or the first part of a branch's name, `feature/`.
fn after_type(behind: &str) -> Option<&str> {
    let behind = match behind.strip_prefix('(') {
        Some(scope) => scope.split_once(')')?.1,
        None => behind,
    };
    match behind.strip_prefix('!') {
        // `fixup! Revert "…"`: git writes that.
        Some(rest) if rest.starts_with(' ') => Some(rest),
        rest => rest.unwrap_or(behind).strip_prefix([':', '：', '/']),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_revert, reverted};

    #[test]
    fn reverts_are_recognized_at_the_head_of_the_subject() {
        let rows = [
            "Revert \"closes ENG-1#2\"",
            "revert: feat: closes ENG-1#2",
            "REVERT closes ENG-1#2",
            "Reverts the fix",
            "Reverted the fix",
            "ENG-12: Revert \"closes ENG-1#2\"",
            "ENG-12 Revert x",
            "eng-12 - revert x",
            "ENG-12, ENG-13 | Revert x",
            "[ENG-12] Revert x",
            "[ENG-12][api] Revert x",
            "(hotfix 2) Revert x",
            "[Revert] x",
            "(revert) x",
            "【修复】Revert x",
            "修复：Revert x",
            "chore: revert x",
            "fix(api)!: Revert x",
            "Draft: ENG-12: Revert x",
            "fixup! Revert \"closes ENG-1#2\"",
            "squash! ENG-12: revert x",
            "⏪ Revert x",
            "⏪️Revert x",
            "👩‍💻 Revert x",
            ":rewind: Revert x",
            "#12 Revert x",
            "\n  Revert x",
            "Revert \"Revert \"closes ENG-1#2\"\"",
            "Feature/ENG-12 revert x",
            "revert(api): x",
            "Undo it\n\nThis reverts commit 1234abc.",
            "Revert - x",
            "Revert -x",
            "revert-12 x",
            "revert-ENG-12",
            "revert-pr-12 closes ENG-1#2",
            "Revert-A2-12: x",
            "Revert-修复",
        ];
        let others = [
            "Revertible change, closes ENG-1#2",
            "Reversal of the cache",
            "Reverter: closes ENG-1#2",
            "Do not revert: closes ENG-1#2",
            "Add a revert button",
            "ENG-12: Add revert",
            "fix: do not revert",
            "[ENG-12] Add revert",
            "closes ENG-1#2 (revert later)",
            "Fix\n\nRevert later",
            "",
            "[[[[",
            "🚀",
            "Irreverted",
            "ENG-12a Revert",
            "Revert-safe migration, closes ENG-1#2",
            "ENG-12: revert\u{2011}only fix",
            "revert-bot: closes ENG-1#2",
            "Revert-ENG migration",
            "fixup! Add revert",
            "Reapply \"closes ENG-1#2\"\n\nThis reverts commit 1234abc.",
            "ENG-1: Reapply \"closes ENG-1#2\"\n\nThis reverts commit 1234abc.",
        ];
        for row in rows {
            assert!(is_revert(row), "{row:?}");
        }
        for row in others {
            assert!(!is_revert(row), "{row:?}");
        }
    }

    #[test]
    fn hashes_of_reverted_commits_are_found() {
        let hashes = |text: &str| reverted(text).map(|hash| hash.to_string()).collect::<Vec<_>>().join(" ");
        let rows = [
            ("Revert \"x\"\n\nThis reverts commit 1234abc.", "1234abc"),
            ("x\n\nThis reverts commit 1234abc, reversing\nchanges made to 99.", "1234abc"),
            ("This reverts commit 1234abc.\nThis reverts commit 5678def.", "1234abc 5678def"),
            ("This reverts commit é, 1234abc", ""),
            ("This reverts commit ", ""),
            ("Revert 1234abc", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(hashes(text), expected, "{text:?}");
        }
    }
}
