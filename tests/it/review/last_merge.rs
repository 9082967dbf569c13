//! The versions of a page since the last merge of one of its pull requests.

use serde_json::{Value, json};

use super::{Reviewed, month, review, reviewing};
use crate::bed::Bed;
use fake::{Fault, FaultKind, Service, State};

const DAY: i64 = 86_400;

fn since_merge(reviewed: &Reviewed) -> Value {
    reviewed.line("page:101")["versions_since_merge"].clone()
}

fn fails(bed: &Bed, service: Service, path: &str) -> Reviewed {
    bed.fake.state().faults = vec![Fault::always(FaultKind::status(500)).at(service).path(path)];
    let reviewed = review(bed);
    assert_eq!(reviewed.json["complete"], false, "{}", reviewed.ran.log);
    assert!(reviewed.html.contains("Not read: "), "{}", reviewed.html);
    reviewed
}

/// Page 101 with two pull requests that a backfill linked while both were open.
fn two_open() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("first", "ENG-1", "", &["x"]);
    state.open_pull_request("second", "ENG-1 again", "", &["x"]);
    let linking = Bed::new(state, 1).with("ACTION", "backfill");
    assert_eq!(linking.run().exit.code(), 0);
    reviewing(linking)
}

#[test]
fn missing_page_is_not_blamed_for_its_open_pull_requests() {
    let bed = two_open();
    let of_merges = |reviewed: &Reviewed| reviewed.findings().iter().any(|one| one.contains("None of the page's"));
    assert!(of_merges(&review(&bed)));
    bed.fake.state().confluence.contents.retain(|content| content.id != 101);
    let reviewed = review(&bed);
    assert!(reviewed.counts().contains_key("page-missing") && !of_merges(&reviewed), "{:?}", reviewed.findings());
}

#[test]
fn merge_without_its_row_counts_if_the_page_is_unchanged() {
    let bed = two_open();
    bed.fake.state().merge(1, true);
    assert_eq!(since_merge(&review(&bed)), 0);
    // Which version the page had then is in no row.
    bed.fake.state().edit_page(101, "<p>Changed.</p>");
    assert_eq!(since_merge(&review(&bed)), Value::Null);
}

#[test]
fn merge_without_a_version_may_be_the_last_one() {
    let bed = two_open().with("ACTION", "backfill");
    bed.fake.state().merge(1, true);
    assert_eq!(bed.run().exit.code(), 0);
    bed.fake.state().edit_page(101, "<p>Changed.</p>");
    bed.fake.state().merge(2, true);
    bed.fake.state().edit_page(101, "<p>Changed again.</p>");
    assert_eq!(since_merge(&review(&reviewing(bed))), Value::Null, "the row of #1 has version 1, and #2 is unknown");
}

#[test]
fn last_merge_is_the_one_with_the_highest_version() {
    let bed = two_open();
    for id in [2, 1] {
        bed.fake.state().merge(id, true);
        bed.fake.state().edit_page(101, "<p>Changed.</p>");
    }
    let bed = bed.with("ACTION", "backfill");
    assert_eq!(bed.run().exit.code(), 0);
    let reviewed = review(&reviewing(bed));
    let line = reviewed.line("page:101");
    assert_eq!(
        (&line["merged_version"], &line["page_version"], since_merge(&reviewed)),
        (&json!(2), &json!(3), json!(1))
    );
}

#[test]
fn pull_request_that_a_broken_list_lacks_may_be_merged() {
    let bed = two_open();
    bed.fake.state().edit_page(101, "<p>Changed.</p>");
    bed.fake.state().merge(1, true);
    let reviewed = fails(&bed, Service::Bitbucket, "state=MERGED");
    assert_eq!(since_merge(&reviewed), Value::Null);
    assert_eq!(reviewed.findings(), Vec::<String>::new(), "nor is it a page without a merged pull request");
}

#[test]
fn page_with_unread_rows_may_have_a_merge() {
    let bed = month();
    let of_page =
        |reviewed: &Reviewed| reviewed.findings().iter().any(|one| one.contains("page:105: None of the page's"));
    assert!(of_page(&review(&bed)));
    assert!(!of_page(&fails(&bed, Service::Confluence, "/105/footer-comments")));
    assert_eq!(since_merge(&fails(&bed, Service::Confluence, "/101/footer-comments")), 0, "it is unchanged since #6");
}

#[test]
fn change_after_merge_is_a_finding_once_older_than_days() {
    let bed = two_open();
    bed.fake.state().merge(1, true);
    let bed = bed.with("ACTION", "backfill").with("DAYS", "90");
    assert_eq!(bed.run().exit.code(), 0);
    bed.fake.state().edit_page(101, "<p>Changed.</p>");
    let bed = reviewing(bed).with("DAYS", "30");
    for (days, found) in [(29, false), (31, true)] {
        {
            let mut state = bed.fake.state();
            let at = state.clock.ago(days * DAY);
            state.confluence.content_mut(101).versions.last_mut().unwrap().at = at;
        }
        let reviewed = review(&bed);
        assert_eq!(since_merge(&reviewed), 1);
        let is_found = reviewed.counts().contains_key("changed-after-merge");
        assert_eq!(is_found, found, "{:?}", reviewed.findings());
    }
}
