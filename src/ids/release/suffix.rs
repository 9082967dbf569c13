//! The text after a version: a pre-release, a fix of a release, an edition.

use std::cmp::Ordering;

const BEFORE: [&str; 24] = [
    "alpha",
    "beta",
    "candidate",
    "canary",
    "cr",
    "dev",
    "devel",
    "develop",
    "development",
    "ea",
    "eap",
    "exp",
    "experimental",
    "insider",
    "insiders",
    "milestone",
    "next",
    "nightly",
    "pre",
    "prerelease",
    "preview",
    "rc",
    "snapshot",
    "unstable",
];

/// Letters that mean a pre-release when a number follows, as in `1.4.0b2`.
const BEFORE_A_NUMBER: [&str; 4] = ["a", "b", "c", "m"];

/// Words of releases that follow the final one.
const AFTER: [&str; 9] = ["build", "fix", "hotfix", "patch", "post", "rev", "revision", "sp", "update"];

/// Letters that mean the same when a number follows, as in `1.4.0-p1`.
const AFTER_A_NUMBER: [&str; 3] = ["p", "r", "u"];

/// Words that say nothing else than the version alone.
const FINAL: [&str; 4] = ["final", "ga", "release", "stable"];

/// The text after a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suffix {
    pub(super) stage: Stage,
    /// The words that mean nothing to us, such as `ee`.
    pub(super) edition: Vec<String>,
    counts: Vec<Number>,
}

/// Whether a release is the final one of its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Before(Vec<Token>),
    Final,
    /// A later one, as `1.4.0-hotfix1` is.
    After(Vec<Token>),
}

/// A word or a number of the text after a version. Numbers come before words, as in semantic versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    Number(Number),
    Word(String),
}

/// A number of any length, ordered by value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    length: usize,
    digits: String,
}

impl Number {
    /// The number that these digits write, with or without leading zeros.
    pub(super) fn of(digits: &str) -> Self {
        let digits = digits.trim_start_matches('0').to_owned();
        Self { length: digits.len(), digits }
    }
}

impl Suffix {
    /// Reads the text after a version. The text after a `+` is build metadata, which has no order.
    pub(super) fn of(text: &str) -> Self {
        let text = text.split('+').next().unwrap_or_default().to_lowercase();
        let tokens = tokens(&text);
        let mut suffix = Self { stage: Stage::Final, edition: Vec::new(), counts: Vec::new() };
        let mut rest = tokens.as_slice();
        while let Some((token, following)) = rest.split_first() {
            let is_first = rest.len() == tokens.len();
            let meaning = meaning(token, following, &text, is_first);
            let counted = following.iter().take_while(|next| has_same_meaning(next, meaning)).count();
            let all = || rest.iter().take(counted + 1).cloned().collect();
            match (meaning, token) {
                (Meaning::Before, _) if suffix.stage == Stage::Final => suffix.stage = Stage::Before(all()),
                (Meaning::After, _) if suffix.stage == Stage::Final => suffix.stage = Stage::After(all()),
                (Meaning::Before | Meaning::After | Meaning::Final, _) => {}
                (Meaning::None, Token::Word(word)) => suffix.edition.push(word.clone()),
                (Meaning::None, Token::Number(number)) => suffix.counts.push(number.clone()),
            }
            let taken = if matches!(meaning, Meaning::Before | Meaning::After) { counted } else { 0 };
            rest = following.get(taken..).unwrap_or_default();
        }
        suffix
    }

    /// Which comes first. Editions have no order among each other.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let of_counts = if self.edition == other.edition { self.counts.cmp(&other.counts) } else { Ordering::Equal };
        self.stage.cmp(&other.stage).then(of_counts)
    }
}

/// What a token says of a release.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Before,
    Final,
    After,
    None,
}

fn meaning(token: &Token, following: &[Token], text: &str, is_first: bool) -> Meaning {
    let Token::Word(word) = token else {
        // By semantic versions, `1.4.0-1` comes before `1.4.0`.
        return if is_first && text.starts_with('-') { Meaning::Before } else { Meaning::None };
    };
    let word = word.as_str();
    let is_numbered = matches!(following.first(), Some(Token::Number(_)));
    let is_letter_of_the_version = is_first && word.len() == 1 && text.starts_with(word) && !is_numbered;
    if BEFORE.contains(&word) || is_numbered && BEFORE_A_NUMBER.contains(&word) {
        Meaning::Before
    } else if AFTER.contains(&word) || is_numbered && AFTER_A_NUMBER.contains(&word) || is_letter_of_the_version {
        Meaning::After
    } else if FINAL.contains(&word) {
        Meaning::Final
    } else {
        Meaning::None
    }
}

/// Whether a token carries on what the one before it says, as the `1` in `rc.1` does.
fn has_same_meaning(token: &Token, meaning: Meaning) -> bool {
    match token {
        Token::Number(_) => true,
        Token::Word(word) => meaning == Meaning::Before && BEFORE.contains(&word.as_str()),
    }
}

/// The words and numbers of a text in small letters.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (token, following) = rest.split_at_checked(end).unwrap_or((rest, ""));
            tokens.push(if is_number { Token::Number(Number::of(token)) } else { Token::Word(token.to_owned()) });
            rest = following;
        }
    }
    tokens
}
