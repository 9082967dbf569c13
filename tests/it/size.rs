//! A pull request and pages of a size that nobody wants: few requests, caps said out loud, nothing lost.

use std::collections::BTreeSet;

use crate::bed::Bed;
use crate::fake::{BOT, SOMEBODY_ELSE, State};

/// How many pull requests of others have a row on page 101.
const ROWS: u64 = 400;

/// A pull request with 5,000 commits, of which the newest 1,000 name 300 keys, one with a message of 1 MiB, and a
/// description of 250 kB. So many keys have a page, from 101 on; page 101 has 1,000 comments and among them ours with
/// 400 rows. Page 900 was linked when the pull request was small, and now only what is not read names it.
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

fn grow(state: &mut State, id: u64, pages: u64) {
    for number in 1..=pages {
        state.add_page(100 + number, "ENG", &format!("ENG-{number} One of many pages"));
    }
    let theirs = format!("<p>{}</p>", "What somebody thinks of this page. ".repeat(60));
    for number in 0..1_000 {
        if number == 500 {
            state.add_page_comment(101, BOT, &rows_of_others());
        }
        state.add_page_comment(101, SOMEBODY_ELSE, &theirs);
    }
    state.push(id, "ENG-900 in a commit that is too old to be read");
    for number in 0..5_000_u32 {
        let key = number % 300 + 1;
        let long = if number == 4_500 { format!("{} ENG-900", "x".repeat(1_024 * 1_024)) } else { String::new() };
        state.push(id, &format!("ENG-{key} step {number}\n\nWhy this was done, in a line or two.\n{long}"));
    }
    let pull_request = state.bitbucket.pull_request_mut(id);
    pull_request.title = "Everything at once".to_owned();
    pull_request.description = "Some `code`, a [link](https://example.com/a) and *words*.\n".repeat(4_400);
    assert!(pull_request.description.len() > 250_000);
}

fn rows_of_others() -> String {
    let row = |id: u64| {
        let link = format!("<a href=\"https://bitbucket.org/acme/web/pull-requests/{id}\">acme/web #{id}</a>");
        format!(
            "<tr><td><p>{link} Title {id}</p></td><td><p>merged</p></td><td><p>{id}</p></td><td><p>1.{id}.0</p></td></tr>"
        )
    };
    let rows: String = (1..=ROWS).map(row).collect();
    let marker = "https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1";
    format!("<table><tbody>{rows}</tbody></table><p><a href=\"{marker}\">confluence-pr-link</a></p>")
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
    let table = regex::Regex::new(r"acme/web #(\d+) Title (\d+) merged (\d+) 1\.(\d+)\.0").unwrap();
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

/// What looking once costs beside the comments of pages: pull request, comments, report, account, cloud id; 10 pages of 100
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
fn a_huge_pull_request_and_a_crowded_page_are_linked_with_few_requests_and_nothing_is_lost() {
    let bed = large(15);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_said(
        &ran.log,
        &[
            "WARNING: There are more commits than the 1000 that are read; nothing is unlinked in this run",
            "WARNING: 1 commit messages are longer than is read; nothing is unlinked in this run",
            "and 265 more: nothing to do if these are another tool's keys",
            "page:900 stays linked: not everything could be read",
            "Done: link the pull request on page:101 as open",
        ],
    );
    // The 15 rows, the record of their pages, the report; after each row the page's comments again.
    assert_eq!(ran.writes.len(), 15 + 1 + 1, "{:#?}", ran.writes);
    // Page 101 has five pages of 250 comments; page 900 is read once, the others before and after.
    assert_eq!(asked(&bed, "/footer-comments?"), 2 * (14 + 5) + 1);
    assert_eq!(bed.fake.requests().len(), LOOKING + 39 + 17 + LOOKING_AGAIN);
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
            "WARNING: There are more commits than the 1000 that are read; nothing is unlinked in this run",
            "WARNING: 250 more pages are named: a pull request is linked to 50 at most",
            "page:900 stays linked: not everything could be read",
        ],
    );
    let comment = bed.comments(1).remove(0);
    assert!(comment.len() <= 30_000 && comment.contains("250 pages more are named; the limit is 50"), "{comment}");
    assert!(comment.contains("none of them gets a comment: the limit is 20"), "{comment}");
    assert!(comment.ends_with("pages=page:900)"), "{comment}");
    assert_eq!(ran.writes.len(), 2, "the comment and the report: {:#?}", ran.writes);
    // Page 900 is the only one to look at; there are two writes, one after the other.
    // What the ledger names is known as ours when the comment took its change; then the report follows.
    assert_eq!(bed.fake.requests().len(), LOOKING + 1 + (1 + LOOKING_AGAIN) + 2);
    assert_eq!(bed.fake.page_comments(101), before);
    assert_eq!(bed.only_rows(900).len(), 1);
    bed.nothing_is_left_to_do();
    assert_eq!(bed.fake.requests().len(), LOOKING + 1);
}
