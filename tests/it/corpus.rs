//! Real histories go through the pipe: what they plainly name is linked, what they do not name is not, and the second
//! run writes nothing.
//!
//! The texts stay out of the repository; without them these tests say so and pass. Two readers that know nothing of
//! the program frame it: a strict one (plain lines, plain words) finds what must be found, a generous one (any word
//! that looks like a key, wherever it stands) what may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::bed::Bed;
use fake::State;

/// The history of a product that has lived on Bitbucket Cloud and names issues in most of its commits.
const WITH_KEYS: &str = "bitbucket-history.jsonl";

/// The history of a product that names no issues by key.
const WITHOUT_KEYS: &str = "no-keys-history.jsonl";

/// Of so many keys a pull request's pages exist: below the cap of what is linked, above the cap of what is written.
const KEYS_WITH_PAGE: usize = 40;

/// A pull request that names more pages is written on its own side only.
const WRITTEN_AT_MOST: usize = 20;

#[test]
fn pull_request_of_a_thousand_commits_is_linked() {
    let Some(history) = history(WITH_KEYS) else { return };
    let world = World::of(&history[..1_000]);
    assert!(world.pages.len() > WRITTEN_AT_MOST, "this history names many pages");
    world.is_linked();
}

#[test]
fn everyday_pull_requests_link_both_sides() {
    let Some(history) = history(WITH_KEYS) else { return };
    let branches = (0..history.len()).filter(|at| history[*at].branch.is_some());
    for (at, size) in branches.step_by(150).zip([1, 8, 20, 4]) {
        World::of(&history[at..at + size]).is_linked();
    }
}

#[test]
fn a_history_without_keys_makes_no_comment() {
    let Some(mut history) = history(WITHOUT_KEYS) else { return };
    // As if every merge had been a squash, so that its message is read: the few words that look like keys are there.
    history.iter_mut().for_each(|record| record.parents = 1);
    let word = history.iter().position(|record| record.message.contains("UTF-8")).unwrap();
    for records in [&history[..1_000], &history[word..word + 20]] {
        let mut world = World::of(records);
        world.pages_live_in("ENG");
        let (bed, id) = world.bed();
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.log.contains("No page found for"), "a word was taken for a key:\n{}", ran.log);
        assert_eq!(bed.fake.pull_request_comments(id), Vec::<String>::new(), "{}", ran.log);
        assert_eq!(bed.fake.state().confluence.comments.len(), 0, "{}", ran.log);
        assert_eq!(ran.writes, Vec::<String>::new());
    }
}

/// A commit of a history.
struct Record {
    message: String,
    branch: Option<String>,
    parents: u64,
}

/// The commits of a file, newest first; none without the file.
#[expect(clippy::disallowed_methods, reason = "a test asks where its data is")]
fn history(file: &str) -> Option<Vec<Record>> {
    let sibling = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let path = std::env::var_os("CONFLUENCE_PR_LINK_CORPUS").map_or_else(sibling, PathBuf::from).join(file);
    let Ok(lines) = std::fs::read_to_string(&path) else {
        println!("skipped: no corpus at {}", path.display());
        return None;
    };
    let record = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Record {
            message: text("message").unwrap(),
            branch: text("branch"),
            parents: value["parents"].as_u64().unwrap(),
        }
    };
    Some(lines.lines().map(record).collect())
}

/// A pull request of these commits, and the pages that its keys may stand for.
struct World<'a> {
    records: &'a [Record],
    branch: &'a str,
    /// What the pull request must name, and what it may.
    plain: BTreeSet<String>,
    /// Title and space of each page, by the key in its title.
    pages: BTreeMap<String, (String, String)>,
}

impl<'a> World<'a> {
    fn of(records: &'a [Record]) -> Self {
        let branch = records[0].branch.as_deref().unwrap_or("release");
        let read = || records.iter().filter(|record| record.parents < 2).map(|record| record.message.as_str());
        let plain = read().flat_map(plainly_named).chain(named_by_branch(branch)).collect();
        let mut pages = BTreeMap::new();
        for key in named_by_branch(branch).into_iter().chain(read().flat_map(perhaps_named)) {
            if pages.len() < KEYS_WITH_PAGE {
                let space = key.split('-').next().unwrap_or_default().to_owned();
                pages.insert(key.clone(), (format!("{key} some title"), space));
            }
        }
        Self { records, branch, plain, pages }
    }

    /// The same pages, all in one space.
    fn pages_live_in(&mut self, space: &str) {
        self.pages.values_mut().for_each(|(_, home)| space.clone_into(home));
    }

    /// The services with all this, and the pull request's number.
    fn bed(&self) -> (Bed, u64) {
        let mut state = State::default();
        let prefixes: BTreeSet<&str> = self.pages.keys().filter_map(|key| key.split('-').next()).collect();
        for (number, prefix) in prefixes.into_iter().filter(|prefix| !["ENG", "OPS"].contains(prefix)).enumerate() {
            state.confluence.add_space(&state.clock, 5_000 + number as u64, prefix, prefix);
        }
        for (number, (title, space)) in self.pages.values().enumerate() {
            state.add_page(FIRST_PAGE + number as u64, space, title);
        }
        let messages: Vec<&str> = self.records.iter().rev().map(|record| record.message.as_str()).collect();
        let id = state.open_pull_request(self.branch, "Everything since the last time", "", &messages);
        let commits = state.bitbucket.pull_request(id).commits.clone();
        let repository = &mut state.bitbucket.repositories[0];
        let main = repository.branches["main"].clone();
        for (hash, record) in commits.iter().zip(self.records) {
            let commit = repository.commits.iter_mut().find(|commit| commit.hash == *hash).unwrap();
            commit.parents.extend((1..record.parents).map(|_| main.clone()));
        }
        (Bed::new(state, id), id)
    }

    /// Runs the pipe twice and compares both sides with what the readers say.
    fn is_linked(&self) {
        let (bed, id) = self.bed();
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        let comment = bed.fake.pull_request_comments(id).concat();
        let keys: Vec<&String> = self.pages.keys().collect();
        let shown = comment.split("pageId=").skip(1).map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().unwrap()
        });
        let linked: BTreeSet<&str> = shown.map(|page| keys[(page - FIRST_PAGE) as usize].as_str()).collect();
        for key in self.plain.iter().filter(|key| self.pages.contains_key(*key)) {
            assert!(linked.contains(key.as_str()), "{key} is plainly named and not linked: {linked:?}\n{}", ran.log);
        }
        for (number, key) in keys.iter().enumerate() {
            let on_page = bed.fake.page_comments(FIRST_PAGE + number as u64).len();
            let wanted = linked.contains(key.as_str()) && linked.len() <= WRITTEN_AT_MOST;
            assert_eq!(on_page, usize::from(wanted), "{key}\n{}", ran.log);
        }
        println!(
            "{} commits, {} requests, {} pages linked",
            self.records.len(),
            bed.fake.requests().len(),
            linked.len()
        );
    }
}

/// The pages' ids count from here, in the order of their keys.
const FIRST_PAGE: u64 = 10_000;

/// The generous reader: two neighbours between hyphens, capitals and digits, in a word of letters, digits and hyphens.
fn perhaps_named(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let pairs = words.flat_map(|word| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.windows(2).filter_map(|pair| key(pair[0], pair[1])).collect::<Vec<_>>()
    });
    pairs.collect()
}

/// The strict reader: words between spaces and brackets, in lines without Markdown's signs and addresses, that are a
/// key and nothing else but punctuation at the end.
fn plainly_named(text: &str) -> Vec<String> {
    let mut plain = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced |= line.trim_start().starts_with(['`', '~']);
        let marked = line.contains(['`', '~', '<', '>', '\\', '@']) || line.contains("://");
        if fenced || marked || line.starts_with(char::is_whitespace) {
            continue;
        }
        for word in line.split(|c: char| c.is_whitespace() || "()[],".contains(c)) {
            let word = word.trim_end_matches(['.', ':', ';', '!', '?']);
            plain.extend(word.split_once('-').and_then(|(prefix, number)| key(prefix, number)));
        }
    }
    plain
}

/// The key right after the kind: `feature/ENG-12-words`.
fn named_by_branch(branch: &str) -> Option<String> {
    let mut parts = branch.rsplit('/').next()?.split('-');
    key(&parts.next()?.to_ascii_uppercase(), parts.next()?)
}

fn key(prefix: &str, number: &str) -> Option<String> {
    let capitals = prefix.len() > 1
        && prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let number = match number.trim_start_matches('0') {
        "" => "0",
        number => number,
    };
    (capitals && digits).then(|| format!("{prefix}-{number}"))
}
