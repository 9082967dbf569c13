//! The name of a release, as its tag has it.

mod suffix;

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

use suffix::{Number, Stage, Suffix};

/// A release: a text with one version of two to four numbers, such as `1.4.0`, `v1.4`, `@acme/web@1.4.0-rc.1` or
/// `2026.01.05`.
#[derive(Clone, PartialEq, Eq)]
pub struct ReleaseName {
    name: String,
    scheme: Scheme,
    numbers: Vec<Number>,
    suffix: Suffix,
}

/// What the tags of one product have in common: the text before their versions, without case, separators and a final `v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme(String);

/// The longest name of a release, in characters: every row shows it.
const LONGEST: usize = 100;

impl ReleaseName {
    /// Takes a tag's name. It has no comma, because a row lists its releases with commas.
    pub fn parse(tag: &str) -> Option<Self> {
        let breaks_a_row =
            |c: char| c == ',' || c.is_whitespace() || c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
        if tag.chars().count() > LONGEST || tag.contains(breaks_a_row) {
            return None;
        }
        let (before, version, after) = split(tag)?;
        let numbers: Vec<Number> = version.split('.').map(Number::of).collect();
        if numbers.len() > 4 {
            return None;
        }
        let name = if before.eq_ignore_ascii_case("v") { tag.get(before.len()..)? } else { tag };
        Some(Self { name: name.to_owned(), scheme: Scheme::of(before), numbers, suffix: Suffix::of(after) })
    }

    /// The name that people read: the tag, without a single `v` before its version.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The scheme of its tag.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Whether it comes before the final release of its version, as `1.4.0-rc.1` does.
    pub fn is_pre_release(&self) -> bool {
        matches!(self.suffix.stage, Stage::Before(_))
    }

    /// Whether both are releases of one product.
    pub fn has_scheme_of(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }

    /// Whether both have the same words after their versions, such as `-ee`.
    pub fn is_same_edition(&self, other: &Self) -> bool {
        self.suffix.edition == other.suffix.edition
    }

    /// Whether it comes before another one. Two editions of one version have no order.
    pub fn precedes(&self, other: &Self) -> bool {
        let order = self.compare_numbers(other).then_with(|| self.suffix.compare(&other.suffix));
        order == Ordering::Less
    }

    /// Whether it is a pre-release of the version whose final release the other one is.
    pub fn leads_to(&self, other: &Self) -> bool {
        let same_version = self.has_scheme_of(other) && self.compare_numbers(other) == Ordering::Equal;
        same_version && self.is_same_edition(other) && self.is_pre_release() && other.suffix.stage == Stage::Final
    }

    /// Whether it is the short form of a longer version, as `v1.4` is of `v1.4.2`: people move such a tag along.
    pub fn abbreviates(&self, longer: &Self) -> bool {
        let is_short = self.numbers.len() == 2 && longer.numbers.len() > 2;
        is_short && self.has_scheme_of(longer) && longer.numbers.starts_with(&self.numbers)
    }

    /// Missing numbers count as zero.
    fn compare_numbers(&self, other: &Self) -> Ordering {
        let padded = |numbers: &[Number]| -> Vec<Number> {
            (0..4).map(|place| numbers.get(place).cloned().unwrap_or_else(|| Number::of("0"))).collect()
        };
        padded(&self.numbers).cmp(&padded(&other.numbers))
    }
}

impl Scheme {
    /// Whether a tag that may have no version begins as the tags of this scheme do. A product's name may have digits.
    pub fn begins(&self, tag: &str) -> bool {
        let numbers = tag.char_indices().filter(|(_, c)| c.is_ascii_digit());
        numbers.filter_map(|(at, _)| tag.get(..at)).any(|before| Self::of(before) == *self)
    }

    fn of(before: &str) -> Self {
        let text = before.to_lowercase();
        let words = text.trim_end_matches(|c: char| !c.is_alphanumeric());
        let without_v =
            words.strip_suffix('v').filter(|rest| words.len() == text.len() || !rest.ends_with(char::is_alphanumeric));
        Self(without_v.unwrap_or(words).chars().filter(|c| c.is_alphanumeric()).collect())
    }
}

/// The text before the version, the version, and the text after it.
fn split(tag: &str) -> Option<(&str, &str, &str)> {
    let found = runs(tag);
    let first = found.first()?;
    // In `py3.11-1.4.0` the first numbers belong to a word.
    let belongs_to_a_word = !starts_a_word(tag, first.0) && tag.get(first.0..first.1)?.split('.').count() == 2;
    let whole = found.iter().find(|run| starts_a_word(tag, run.0)).filter(|_| belongs_to_a_word);
    let (begin, end) = *whole.unwrap_or(first);
    Some((tag.get(..begin)?, tag.get(begin..end)?, tag.get(end..)?))
}

/// Where two or more numbers stand with a full stop between them.
fn runs(tag: &str) -> Vec<(usize, usize)> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(begin) =
        tag.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())).map(|found| at + found)
    {
        let rest = tag.get(begin..).unwrap_or_default();
        let run = rest.split(|c| !is_part(c)).next().unwrap_or_default().trim_end_matches('.');
        at = begin + run.len();
        if run.contains('.') {
            runs.push((begin, at));
        }
    }
    runs
}

/// Whether no letter stands before a place, but for a `v` of its own.
fn starts_a_word(tag: &str, place: usize) -> bool {
    let before = tag.get(..place).unwrap_or_default();
    let before = before.strip_suffix(['v', 'V']).unwrap_or(before);
    !before.ends_with(char::is_alphanumeric)
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleaseName({})", self.name)
    }
}

impl Serialize for ReleaseName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests;
