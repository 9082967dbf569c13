//! Negations in a text. When in doubt there is one, and nothing is completed.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Words that negate what follows them in the same clause, sorted. Those with `n't` are recognized by their end.
const NEGATIONS: &[&str] = &[
    "aint",
    "almost",
    "arent",
    "barely",
    "cannot",
    "cant",
    "couldnt",
    "didnt",
    "doesnt",
    "dont",
    "hadnt",
    "hardly",
    "hasnt",
    "havent",
    "incompletely",
    "isnt",
    "mustnt",
    "nearly",
    "neednt",
    "neither",
    "never",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "partial",
    "partially",
    "partly",
    "scarcely",
    "shouldnt",
    "wasnt",
    "werent",
    "without",
    "wont",
    "wouldnt",
];

/// After these, `not` says more rather than less: `not only fixes`.
const NOT_ONLY: &[&str] = &["just", "merely", "only", "simply"];

/// Two words directly before the closing word that negate it: `fails to close`, `unable to fully close`.
const PAIRS: [(&str, &str); 7] = [
    ("fail", "to"),
    ("failed", "to"),
    ("fails", "to"),
    ("instead", "of"),
    ("rather", "than"),
    ("unable", "to"),
    ("yet", "to"),
];

/// What people type for the apostrophe of `doesn't`.
const APOSTROPHES: [char; 8] = ['\'', '’', '‘', 'ʼ', '＇', '´', '`', '′'];

/// Where words begin that may negate. Most texts hold none, and one look at the text is cheaper than one for each task.
pub(super) fn candidates(text: &str) -> Vec<usize> {
    static CANDIDATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let pairs = PAIRS.map(|(first, last)| format!(r"{first}\s+{last}"));
        let words = NEGATIONS.iter().copied().chain(pairs.iter().map(String::as_str)).collect::<Vec<_>>().join("|");
        let apostrophes = APOSTROPHES.map(String::from).join("|");
        // To the pattern, an underscore belongs to a word.
        Regex::new(&format!(r"(?i-u)n(?:{apostrophes})t(?:\b|_)|(?:\b|_)(?:{words})(?:\b|_)")).ok()
    });
    let Some(candidate) = CANDIDATE.as_ref() else { return Vec::new() };
    candidate.find_iter(text).map(|found| found.start()).collect()
}

/// A window keeps many closing words in one long text cheap. A clause that is longer was not written by a person.
pub(super) const WINDOW: usize = 200;

/// Whether the word that begins at the end of `before` is negated there; `rest` is the text from that word on.
pub(super) fn is_negated(before: &str, rest: &str) -> bool {
    let window = before.get(before.floor_char_boundary(before.len().saturating_sub(WINDOW))..).unwrap_or_default();
    let window = without_asides(window);
    let words: Vec<&str> = words(clause(&window, rest)).collect();
    let says_more = |at: usize| words.get(at + 1).is_some_and(|next| NOT_ONLY.iter().any(|more| is(next, more)));
    let adverb = usize::from(words.last().is_some_and(|last| last.ends_with("ly")));
    let pair = words.get(..words.len() - adverb).and_then(<[&str]>::last_chunk::<2>);
    words.iter().enumerate().any(|(at, word)| is_negation(word) && !(is(word, "not") && says_more(at)))
        || pair.is_some_and(|[first, last]| PAIRS.iter().any(|pair| is(first, pair.0) && is(last, pair.1)))
}

fn is(word: &str, other: &str) -> bool {
    word.eq_ignore_ascii_case(other)
}

fn is_negation(word: &str) -> bool {
    let body = word.strip_suffix(['t', 'T']).and_then(|word| word.strip_suffix(APOSTROPHES));
    let lower = || word.bytes().map(|byte| byte.to_ascii_lowercase());
    body.is_some_and(|body| body.ends_with(['n', 'N']))
        || NEGATIONS.binary_search_by(|negation| negation.bytes().cmp(lower())).is_ok()
}

/// The words of a text. Emphasis and quotes are no part of a word, and a hyphen is.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let of_word = |c: char| c.is_alphanumeric() || c == '-' || APOSTROPHES.contains(&c);
    let words = text.split(move |c: char| !of_word(c)).map(|word| word.trim_matches(APOSTROPHES));
    words.filter(|word| !word.is_empty())
}

/// The text without what stands in brackets or quotes, except for single words: `does not (yet) close`. A bracket that
/// stays open ends a clause.
fn without_asides(text: &str) -> Cow<'_, str> {
    const DEEPEST: usize = 8;
    const CLOSING: [char; 6] = [')', ']', '}', '”', '»', '"'];
    if !text.contains(CLOSING) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut open: Vec<(char, usize)> = Vec::new();
    for character in text.chars() {
        let opened = open.iter().rposition(|(closing, _)| *closing == character);
        if let Some(opened) = opened.and_then(|at| open.drain(at..).next()) {
            let aside = plain.split_off(opened.1);
            plain.push(' ');
            let mut inside = words(&aside);
            if let (Some(word), None) = (inside.next(), inside.next()) {
                plain.push_str(word);
                plain.push(' ');
            }
            continue;
        }
        let closing = match character {
            '(' => Some(')'),
            '[' => Some(']'),
            '{' => Some('}'),
            '“' => Some('”'),
            '«' => Some('»'),
            '"' => Some('"'),
            _ => None,
        };
        open.extend(closing.filter(|_| open.len() < DEEPEST).map(|closing| (closing, plain.len())));
        plain.push(character);
    }
    Cow::Owned(plain)
}

/// The end of `before` from where the last clause begins.
fn clause<'a>(before: &'a str, rest: &str) -> &'a str {
    let start = before.char_indices().rev().find_map(|(at, character)| {
        let behind = before.get(at + character.len_utf8()..).unwrap_or_default();
        let ahead = before.get(..at).unwrap_or_default();
        ends_clause(character, ahead, behind, rest).then_some(before.len() - behind.len())
    });
    let clause = before.get(start.unwrap_or(0)..).unwrap_or_default();
    let clause = after_commas(clause, is_plain(rest));
    clause.rsplit_once(" but ").map_or(clause, |(_, clause)| clause)
}

/// Whether a character between these texts ends a clause.
fn ends_clause(character: char, ahead: &str, behind: &str, rest: &str) -> bool {
    match character {
        ';' | ':' | '!' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '"' | '“' | '”' | '«' | '»' | '—' | '–'
        | '→' | '。' | '！' | '？' | '：' | '；' | '…' => true,
        '.' => behind.is_empty() || behind.starts_with(char::is_whitespace),
        '-' => ahead.ends_with(char::is_whitespace) && behind.starts_with(char::is_whitespace),
        '\n' => begins_anew(behind, rest),
        _ => false,
    }
}

/// Whether a line that begins with `behind` and goes on with the closing word begins a sentence of its own. Wrapped text
/// goes on in lower case with a verb in its plain form: `does not` / `close ENG-1#2`.
fn begins_anew(behind: &str, rest: &str) -> bool {
    let line = behind.trim_start_matches([' ', '\t', '\r', '*', '_']);
    let own_line = |word: &str| {
        let word = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let after = rest.get(word.len()..).unwrap_or_default().trim_start_matches(['*', '_', ' ']);
        word.ends_with('s') || after.starts_with(':')
    };
    match line.chars().next() {
        None => rest.starts_with(char::is_uppercase) || own_line(rest),
        Some(first) => first.is_uppercase() || first == '\n' || matches!(first, '-' | '+' | '#' | '>' | '0'..='9'),
    }
}

/// Whether a closing word has the form that follows `does not`: `close`, and neither `closes` nor `closed`.
fn is_plain(rest: &str) -> bool {
    rest.split(|c: char| !c.is_ascii_alphabetic()).next().is_some_and(|word| !word.ends_with(['s', 'd', 'S', 'D']))
}

/// The clause after its last comma. A comma within `does not, however, close` or `not fix, close or resolve` ends none.
fn after_commas(clause: &str, before_plain: bool) -> &str {
    const LONGEST_ASIDE: usize = 3;
    let mut end = clause.len();
    while let Some(comma) = clause.get(..end).and_then(|head| head.rfind(',')) {
        let behind = clause.get(comma + 1..).unwrap_or_default();
        if words(behind).last().is_some_and(|last| is(last, "or") || is(last, "nor")) {
            end = comma;
            continue;
        }
        let head = clause.get(..comma).unwrap_or_default();
        match head.rfind(',') {
            Some(first) if behind.trim().is_empty() => {
                let aside = head.get(first + 1..).unwrap_or_default();
                if words(aside).count() > LONGEST_ASIDE && !before_plain {
                    return behind;
                }
                return after_commas(head.get(..first).unwrap_or_default(), before_plain);
            }
            _ => return behind,
        }
    }
    clause
}

#[cfg(test)]
mod tests {
    use super::{NEGATIONS, candidates, is_negated};

    /// The text up to a bar stands before the closing word.
    fn negated(text: &str) -> bool {
        let (before, rest) = text.split_once('|').unwrap();
        is_negated(before, rest)
    }

    #[test]
    fn negations_are_sorted() {
        assert!(NEGATIONS.is_sorted());
    }

    #[test]
    fn negations_of_the_same_clause_count() {
        let rows = [
            "Does not |close ENG-1#2",
            "does NOT |close ENG-1#2",
            "does **not** |close ENG-1#2",
            "doesn't |close ENG-1#2",
            "doesn’t yet |close ENG-1#2",
            "don't |close ENG-1#2",
            "dont |close ENG-1#2",
            "won't |fix ENG-1#2",
            "can't |fix ENG-1#2",
            "cannot |fix ENG-1#2",
            "never |closes ENG-1#2",
            "no longer |closes ENG-1#2",
            "This change on its own does not really |fix ENG-1#2",
            "It does not, however, |close ENG-1#2",
            "It does not, as far as we can tell, |close ENG-1#2",
            "does not fix, close or |resolve ENG-1#2",
            "does not fix or |close ENG-1#2",
            "does not\n|close ENG-1#2",
            "does not\nreally |close ENG-1#2",
            "Done. Does not |close ENG-1#2",
            "Works, but doesn't |close ENG-1#2",
            "Note: never |closes ENG-1#2",
            "fails to |close ENG-1#2",
            "has yet to |fix ENG-1#2",
            "partially |fixes ENG-1#2",
            "cleans up without a |fix ENG-1#2",
            "neither fixes nor |closes ENG-1#2",
            "Is not |closed: ENG-1#2",
            "does _not_ |close ENG-1#2",
            "does 'not' |close ENG-1#2",
            "does (not) |close ENG-1#2",
            "does \"not\" |close ENG-1#2",
            "does not (yet) |close ENG-1#2",
            "does not (as of this change) |close ENG-1#2",
            "does not [yet] |close ENG-1#2",
            "does not “really” |close ENG-1#2",
            "doesn‘t |close ENG-1#2",
            "doesn´t |close ENG-1#2",
            "doesn`t |close ENG-1#2",
            "_doesn't_ |close ENG-1#2",
            "hadnt |closed ENG-1#2",
            "fails to fully |close ENG-1#2",
            "incompletely |fixes ENG-1#2",
        ];
        for row in rows {
            assert!(negated(row), "{row:?}");
            assert!(!candidates(row).is_empty(), "{row:?}");
        }
    }

    #[test]
    fn negations_of_other_clauses_do_not_count() {
        let rows = [
            "|closes ENG-1#2",
            "This |closes ENG-1#2",
            "Fix login when not signed in, |closes ENG-1#2",
            "Refactor, not tested, |closes ENG-1#2",
            "Do not retry. |Closes ENG-1#2",
            "Do not retry.|Closes ENG-1#2",
            "Do not retry, keep all rows as they are, |closes ENG-1#2",
            "Do not retry; |closes ENG-1#2",
            "Do not retry: |closes ENG-1#2",
            "Do not retry - |closes ENG-1#2",
            "Do not retry — |closes ENG-1#2",
            "Do not retry (|closes ENG-1#2)",
            "Do not retry\n|Closes ENG-1#2",
            "Do not retry\r\n\r\n|close ENG-1#2",
            "do not retry\n|closes ENG-1#2",
            "do not retry\n|fix: ENG-1#2",
            "Do not retry\nThis will |close ENG-1#2",
            "Does not open it but |closes ENG-1#2",
            "not only opens but also |closes ENG-1#2",
            "Not only |fixes ENG-1#2",
            "A no-op that |closes ENG-1#2",
            "Notes: this |closes ENG-1#2",
            "Knot |closes ENG-1#2",
            "Refactor (not tested) |closes ENG-1#2",
            "Show \"do not retry\" and |close ENG-1#2",
            "Do not retry (see below\n|Closes ENG-1#2)",
            "It fails to start lately. |Closes ENG-1#2",
            "It's what the users' team |closes ENG-1#2",
        ];
        for row in rows {
            assert!(!negated(row), "{row:?}");
        }
    }
}
