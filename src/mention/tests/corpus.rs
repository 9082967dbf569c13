//! Real histories: what is found in them is compared with a naive reader, and with the text itself.
//!
//! The corpus stays out of the repository; without it these tests say so and pass.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::grammar;
use crate::mention::{Found, KeyRule, Origin, Target, Text, detect};

const HISTORY: &str = "bitbucket-history.jsonl";
const HISTORY_WITHOUT_KEYS: &str = "no-keys-history.jsonl";

struct Commit {
    message: String,
    branch: Option<String>,
}

/// The commits of a file of the corpus: in `CONFLUENCE_PR_LINK_CORPUS`, else next to the repository.
#[expect(clippy::disallowed_methods, reason = "a test asks where its data is")]
fn commits(file: &str) -> Vec<Commit> {
    let sibling = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let path = std::env::var_os("CONFLUENCE_PR_LINK_CORPUS").map_or_else(sibling, PathBuf::from).join(file);
    let Ok(lines) = std::fs::read_to_string(&path) else {
        println!("no corpus at {}: not compared", path.display());
        return Vec::new();
    };
    let commit = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Commit { message: text("message").unwrap(), branch: text("branch") }
    };
    lines.lines().map(commit).collect()
}

fn keys(found: &Found) -> BTreeSet<String> {
    let key = |target: &Target| match target {
        Target::Key { key, .. } => Some(key.to_string()),
        _ => None,
    };
    found.mentions.iter().filter_map(|mention| key(&mention.target)).collect()
}

fn read(origin: Origin, body: &str) -> Found {
    detect(&[Text { origin, body }], &grammar(KeyRule::Any))
}

/// The naive reader: words between white space and brackets, no addresses, then cut at whatever is no letter, digit,
/// hyphen or dot.
fn naive_keys(line: &str) -> BTreeSet<String> {
    let domain = |host: &str| host.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_alphabetic));
    let mail = |word: &str| {
        word.split_once('@').is_some_and(|(user, host)| user.ends_with(char::is_alphanumeric) && domain(host))
    };
    let address = |word: &str| word.contains("://") || word.contains("www.") || mail(word);
    line.split(|c: char| c.is_whitespace() || "()[]".contains(c))
        .filter(|word| !address(word))
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '.'))
        .flat_map(naive_keys_of_piece)
        .collect()
}

/// Every two neighbours between hyphens, where the first is capitals and the second digits up to a dot or the end.
fn naive_keys_of_piece(piece: &str) -> Vec<String> {
    let parts: Vec<&str> = piece.split('-').collect();
    let mut keys = Vec::new();
    for (at, pair) in parts.windows(2).enumerate() {
        let prefix = pair[0].rsplit('.').next().unwrap();
        let mut dotted = pair[1].split('.');
        let number = dotted.next().unwrap();
        let after_dot = dotted.next().unwrap_or("");
        let after_hyphen = if pair[1] == number { parts.get(at + 2).copied().unwrap_or("") } else { "" };
        let goes_on = [after_dot, after_hyphen].iter().any(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        let capitals = prefix.len() > 1
            && prefix.starts_with(|c: char| c.is_ascii_uppercase())
            && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if capitals && digits && !goes_on {
            let number = number.trim_start_matches('0');
            keys.push(format!("{prefix}-{}", if number.is_empty() { "0" } else { number }));
        }
    }
    keys
}

#[test]
fn a_naive_reader_finds_the_same_keys_in_plain_lines() {
    let mut compared = 0;
    for commit in [HISTORY, HISTORY_WITHOUT_KEYS].iter().flat_map(|file| commits(file)) {
        // Line by line and without Markdown's signs, both readers see the same text.
        for line in commit.message.lines().filter(|line| !line.contains(['`', '~', '<', '>', '\\'])) {
            assert_eq!(keys(&read(Origin::Commit(0), line)), naive_keys(line), "{line:?}");
            compared += 1;
        }
    }
    println!("{compared} lines compared");
}

#[test]
fn every_key_found_in_a_history_stands_in_its_text() {
    for file in [HISTORY, HISTORY_WITHOUT_KEYS] {
        for Commit { message, branch } in commits(file) {
            for (origin, body) in [(Origin::Commit(0), Some(message)), (Origin::Branch, branch)] {
                let Some(body) = body else { continue };
                let upper = body.to_ascii_uppercase();
                for key in keys(&read(origin, &body)) {
                    let (prefix, number) = key.split_once('-').unwrap();
                    let number = number.trim_start_matches('0');
                    let prefix = format!("{prefix}-");
                    let stands =
                        upper.split(&prefix).skip(1).any(|after| after.trim_start_matches('0').starts_with(number));
                    assert!(stands, "{prefix}{number} in {body:?}");
                }
            }
        }
    }
}

#[test]
fn a_history_read_at_once_names_what_its_messages_name() {
    for file in [HISTORY, HISTORY_WITHOUT_KEYS] {
        let commits = commits(file);
        let texts: Vec<Text<'_>> = commits
            .iter()
            .enumerate()
            .map(|(at, commit)| Text { origin: Origin::Commit(at), body: &commit.message })
            .collect();
        let grammar = grammar(KeyRule::Any);
        let at_once = detect(&texts, &grammar);
        let one_by_one: BTreeSet<String> = texts.iter().flat_map(|text| keys(&detect(&[*text], &grammar))).collect();
        assert_eq!(keys(&at_once), one_by_one);
        assert_eq!(detect(&[texts.clone(), texts].concat(), &grammar), at_once, "reading twice finds nothing new");
    }
}

/// The branch names of this history carry the key right after the kind, if at all.
#[test]
fn a_branch_that_begins_with_a_key_names_it() {
    let mut with_key = 0;
    for branch in commits(HISTORY).into_iter().filter_map(|commit| commit.branch) {
        let last = branch.rsplit('/').next().unwrap();
        let mut parts = last.split('-');
        let (prefix, number) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let named = prefix.len() > 1
            && prefix.chars().all(|c| c.is_ascii_alphabetic())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit());
        let expected = format!("{}-{}", prefix.to_ascii_uppercase(), number.trim_start_matches('0'));
        let found = keys(&read(Origin::Branch, &branch));
        assert_eq!(found.contains(&expected), named, "{branch}: {found:?}");
        with_key += usize::from(named);
    }
    println!("{with_key} branches with a key");
}
