//! The tasks that a text closes.

use std::cell::LazyCell;
use std::sync::LazyLock;

use regex::Regex;

use super::negation::{self, is_negated};
use super::token::is_word;
use super::{Closing, Doubt, Occurrence};

/// Whether a text is that of a revert, so that its closing words repeat what is taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Revert {
    Yes,
    No,
}

/// Marks the tasks that a closing word stands before, each one of a list. `unread` returns whether the text
/// there is no text for readers.
pub(super) fn mark(body: &str, unread: impl Fn(usize) -> bool, revert: Revert, occurrences: &mut [Occurrence]) {
    let negations = LazyCell::new(|| negation::candidates(body));
    let may_be_negated = |at: usize| {
        let after = negations.partition_point(|negation| *negation < at);
        let last = after.checked_sub(1).and_then(|last| negations.get(last));
        last.is_some_and(|last| at - last <= negation::WINDOW)
    };
    let text = Text { body, unread, may_be_negated, revert };
    let (mut last_end, mut inline, mut list) = (0, None, None);
    for Occurrence { range, task, .. } in occurrences {
        let start = body.get(..range.start).map_or(range.start, item_start);
        let gap = body.get(last_end..start).unwrap_or_default();
        let item = gap.rfind('\n').map(|newline| last_end + newline + 1).or((last_end == 0).then_some(0));
        let mut at_head = None;
        if let Some(line) = item {
            let marker = body.get(line..start).and_then(Marker::of);
            let goes_on = marker.is_some() || body.get(line..start).is_some_and(is_indented);
            list = if goes_on { text.list_above(last_end, line, list) } else { None };
            at_head = list.zip(marker.filter(|marker| marker.is_head));
        }
        // The text and the target of one link are one item of a list.
        let joins = |end: usize| start < end || body.get(end..start).is_some_and(joins);
        let listed = inline.filter(|(end, _)| joins(*end)).map(|(_, closing)| closing);
        let of_list = |(closing, marker): (Closing, Marker)| {
            if marker.is_unticked { Closing::Withheld(Doubt::Unticked) } else { closing }
        };
        let closing = listed.or(at_head.map(of_list)).or_else(|| text.closing_before(start));
        if let (Some(closing), Some((_, known))) = (closing, task) {
            *known = closing;
        }
        inline = closing.map(|closing| (range.end, closing));
        last_end = last_end.max(range.end);
    }
}

struct Text<'a, F, N> {
    body: &'a str,
    unread: F,
    /// Whether a word that negates may stand close before this place.
    may_be_negated: N,
    revert: Revert,
}

impl<F: Fn(usize) -> bool, N: Fn(usize) -> bool> Text<'_, F, N> {
    /// What the closing word says that ends the text up to `end`.
    fn closing_before(&self, end: usize) -> Option<Closing> {
        let (before, rest) = self.body.split_at_checked(closing_word(self.body.get(..end)?)?)?;
        if (self.unread)(before.len()) {
            return None;
        }
        Some(if self.revert == Revert::Yes {
            Closing::Withheld(Doubt::Reverted)
        } else if (self.may_be_negated)(before.len()) && is_negated(before, rest) {
            Closing::Withheld(Doubt::Negated)
        } else {
            Closing::Closes
        })
    }

    /// The closing word before the list that contains the line at `line`. `known` is the word of the list whose last line
    /// ends at `from` or later. Each line is read once.
    fn list_above(&self, from: usize, line: usize, known: Option<Closing>) -> Option<Closing> {
        let above = self.body.get(from..line)?.strip_suffix('\n')?;
        let mut blank = false;
        let mut end = line - 1;
        for text in above.rsplit('\n') {
            let start = end - text.len();
            let whole = start > from || from == 0;
            if text.trim().is_empty() && whole {
                blank = true;
            } else if let Some(closing) = self.header(start, end, blank) {
                return Some(closing);
            } else if !whole {
                return known;
            } else if Marker::of(text).is_none() && !is_indented(text) {
                return None;
            }
            end = start.saturating_sub(1);
        }
        None
    }

    /// What a line says of the list below it: it ends in a closing word and a colon, or is nothing but the word. Below a
    /// line without a mark, a blank line begins something else.
    fn header(&self, start: usize, end: usize, blank_below: bool) -> Option<Closing> {
        let line = self.body.get(start..end)?;
        let line = line.trim_end_matches(['*', '_', ' ', '\t', '\r']);
        let only_word = || line.trim_start_matches(['#', '*', '_', ' ', '\t']).bytes().all(|b| b.is_ascii_alphabetic());
        let is_heading = line.starts_with(['#', '*', '_']);
        let introduces = line.ends_with([':', '：']) || ((is_heading || !blank_below) && only_word());
        if introduces { self.closing_before(start + line.len()) } else { None }
    }
}

/// The mark at the beginning of a list's item.
#[derive(Clone, Copy, Debug)]
struct Marker {
    /// Whether what follows stands directly behind it.
    is_head: bool,
    /// Whether it has an empty box: `- [ ]`.
    is_unticked: bool,
}

impl Marker {
    /// The mark that begins a line.
    fn of(line: &str) -> Option<Self> {
        let line = line.trim_start_matches([' ', '\t']);
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let rest = line.get(digits..)?;
        let text =
            if digits == 0 { rest.strip_prefix(['-', '*', '+', '•', '・']) } else { rest.strip_prefix(['.', ')']) }?;
        if !text.starts_with([' ', '\t']) && !line.starts_with(['•', '・']) {
            return None;
        }
        let text = text.trim_start_matches([' ', '\t']);
        let is_unticked = text.starts_with("[ ]");
        let boxed = ["[ ]", "[x]", "[X]"].iter().find_map(|ticks| text.strip_prefix(*ticks));
        let behind = boxed.unwrap_or(text).trim_start_matches([' ', '\t', '[', '<', '*', '_', '#']);
        Some(Self { is_head: behind.is_empty(), is_unticked })
    }
}

/// Whether a line goes on with the item above it.
fn is_indented(line: &str) -> bool {
    line.starts_with("  ") || line.starts_with('\t')
}

/// Where the mention that begins at the end of `before` begins for a reader: a Markdown link's text stands before its URL.
fn item_start(before: &str) -> usize {
    const LONGEST_LINK_TEXT: usize = 300;
    let text = before.strip_suffix("](").map(str::as_bytes);
    let open = text.and_then(|text| text.iter().rev().take(LONGEST_LINK_TEXT).position(|b| matches!(b, b'[' | b'\n')));
    let start = text.zip(open).map(|(text, open)| text.len() - open - 1);
    start.filter(|start| before.as_bytes().get(*start) == Some(&b'[')).unwrap_or(before.len())
}

/// Where the closing word is that ends `before`, the text before a task: `closes`, `fixed:`, `Resolves [`. Not `fix(`:
/// that is the type and scope of a conventional commit.
fn closing_word(before: &str) -> Option<usize> {
    static CLOSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = "close[sd]?|fix(?:es|ed)?|complete[sd]?|resolve[sd]?";
        Regex::new(&format!(r"(?i-u)(?:{words})[*_]*(?:\s*(?::|：))?([\s\[<*_]*)$")).ok()
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

/// Whether `between`, the text between two mentions, only lists them: `, `, ` and `, ` / `. Mere white space is no list:
/// `closes ENG-1#2` at the end of a line says nothing about the next.
fn joins(between: &str) -> bool {
    const LONGEST: usize = 24;
    const SEPARATORS: [char; 6] = [',', '&', '/', '+', '、', '，'];
    if between.len() > LONGEST {
        return false;
    }
    let inner = between.trim_start_matches([')', ']', '>', '*', '_', '"', '\'']);
    let Some(inner) = trim_in_paragraph(inner) else { return false };
    let mut joined = false;
    for part in inner.split_inclusive(SEPARATORS) {
        let word = part.trim_end_matches(SEPARATORS);
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
