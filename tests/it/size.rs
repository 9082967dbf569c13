//! A very large pull request with many pages: few requests, reported limits, nothing lost.

mod large;

use std::collections::BTreeSet;

use crate::bed::Bed;
use fake::State;
use large::{ROWS, grow};

/// A pull request that has grown as large as they get, with so many pages. Page 900 was linked when it was small, and now
/// only what is not read names it.
pub(crate) fn large(pages: u64) -> Bed {
    let mut state = State::default();
    state.add_page(900, "ENG", "ENG-900 Linked when all was small");
    let id = state.open_pull_request("work", "ENG-900", "", &["start"]);
    let mut bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!(bed.only_rows(900).len(), 1);
    grow(&mut bed.fake.state(), id, pages);
    bed.at_tip(id);
    bed
}

/// The pull requests of others in our comment on page 101, in the table or after it, with what it says of each.
pub(crate) fn of_others(bed: &Bed) -> BTreeSet<u64> {
    let ours: Vec<String> =
        bed.fake.page_comments(101).into_iter().filter(|body| body.contains("#confluence-pr-link-v1")).collect();
    assert_eq!(ours.len(), 1);
    let tags = regex::Regex::new("<[^>]*>").unwrap();
    let text = tags.replace_all(&ours[0], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let all = words.join(" ");
    let table = regex::Regex::new(r"Title (\d+) acme/web #(\d+) merged (\d+) 1\.(\d+)\.0").unwrap();
    let short = regex::Regex::new(r"acme/web #(\d+) \(merged; (\d+); 1\.(\d+)\.0\)").unwrap();
    let mut numbers = BTreeSet::new();
    for captures in table.captures_iter(&all).chain(short.captures_iter(&all)) {
        let parts: BTreeSet<&str> = captures.iter().skip(1).flatten().map(|part| part.as_str()).collect();
        assert_eq!(parts.len(), 1, "{captures:?}");
        numbers.insert(captures[1].parse().unwrap());
    }
    numbers
}

/// How often the run asked for something.
fn asked(bed: &Bed, part: &str) -> usize {
    bed.fake.requests().iter().filter(|recorded| recorded.line().contains(part)).count()
}

/// What looking once costs next to the comments of pages: pull request, comments, report, account, cloud id; 10 pages of 100
/// commits; 15 queries, since an address holds 20 keys or so; all remembered pages at once; the home page, which
/// is above all.
const LOOKING: usize = 5 + 10 + 15 + 1 + 1;

/// What looking again costs after something was written: pull request and comments.
const LOOKING_AGAIN: usize = 2;

fn assert_said(log: &str, sentences: &[&str]) {
    let missing: Vec<_> = sentences.iter().filter(|sentence| log.matches(*sentence).count() != 1).collect();
    assert!(missing.is_empty(), "once each: {missing:#?}\n{log}");
}

#[test]
fn huge_pull_request_takes_few_requests() {
    let bed = large(15);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_said(
        &ran.log,
        &[
            "WARNING: The pull request has more than 1000 commits, and the others weren't read. No link is removed in this run",
            "WARNING: 1 commit message is too long to be read completely. No link is removed in this run",
            "No page found for ",
        ],
    );
    // The 15 rows, the record of their pages, the report; after each row the page's comments again.
    assert_eq!(ran.writes.len(), 15 + 1 + 1, "{:#?}", ran.writes);
    // Page 101 has five pages of 250 comments; page 900 is read once, the others before and after.
    assert_eq!(asked(&bed, "/footer-comments?"), 2 * (14 + 5) + 1);
    // Each of the 15 pages is also asked whether the account may comment there.
    assert_eq!(bed.fake.requests().len(), LOOKING + 39 + 15 + 17 + LOOKING_AGAIN);
    assert_eq!(of_others(&bed), (1..=ROWS).collect());
    assert!((102..=115).chain([900]).all(|page| bed.only_rows(page).len() == 1), "{}", ran.log);
    bed.nothing_is_left_to_do();
    assert_eq!(bed.fake.requests().len(), LOOKING + 14 + 5 + 1);
    assert_eq!(of_others(&bed), (1..=ROWS).collect());
}

#[test]
fn three_hundred_pages_are_fifty_shown_and_none_written() {
    let bed = large(300);
    let before = bed.fake.page_comments(101);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_said(
        &ran.log,
        &[
            "WARNING: The pull request has more than 1000 commits, and the others weren't read. No link is removed in this run",
            "WARNING: 250 more pages are mentioned. A pull request has at most 50 links",
        ],
    );
    let comment = bed.comments(1).remove(0);
    assert!(comment.len() <= 30_000 && comment.contains("250 more pages are mentioned. The limit is 50."), "{comment}");
    assert!(comment.contains("No page gets a comment, because more than 20 pages are mentioned"), "{comment}");
    assert!(comment.ends_with("pages=page:900)"), "{comment}");
    assert_eq!(ran.writes.len(), 2, "the comment and the report: {:#?}", ran.writes);
    // Page 900 is the only one to look at; there are two writes, one after the other.
    // What the index names is known as ours when the comment took its change; then the report follows.
    assert_eq!(bed.fake.requests().len(), LOOKING + 1 + (1 + LOOKING_AGAIN) + (1 + LOOKING_AGAIN));
    assert_eq!(bed.fake.page_comments(101), before);
    assert_eq!(bed.only_rows(900).len(), 1);
    bed.nothing_is_left_to_do();
    assert_eq!(bed.fake.requests().len(), LOOKING + 1);
}
