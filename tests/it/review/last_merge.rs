//! A page beside its last merge: unknown, where it is not known which pull request of the page was merged last.

use super::page::Page;
use super::{Reviewed, month, review, reviewing};
use crate::bed::Bed;
use fake::{Fault, FaultKind, Service, State};

/// What the three files say of the page beside its last merge.
fn freshness(reviewed: &Reviewed, page: &str) -> String {
    let said = reviewed.line(page)["freshness"].as_str().unwrap().to_owned();
    let shown = Page::read(&reviewed.html);
    let row = shown.rows.iter().find(|row| row.get("page").is_some_and(|it| *it == [page])).unwrap();
    assert_eq!(row["freshness"], [said.as_str()], "review.html");
    let mut table = csv::Reader::from_reader(reviewed.csv.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "freshness").unwrap();
    let record = table.records().map(Result::unwrap).find(|record| &record[0] == page).unwrap();
    assert_eq!(&record[column], said, "review.csv");
    said
}

fn fails(bed: &Bed, service: Service, path: &str) -> Reviewed {
    bed.fake.state().faults = vec![Fault::always(FaultKind::status(500)).at(service).path(path)];
    let reviewed = review(bed);
    assert_eq!(reviewed.json["complete"], false, "{}", reviewed.ran.log);
    reviewed
}

#[test]
fn a_page_whose_last_merge_cannot_be_read_is_not_said_to_be_in_step() {
    let bed = month();
    assert_eq!(freshness(&review(&bed), "page:101"), "not-changed-with-code");
    // The page changed while the first one was open. Whether the one that cannot be read was merged later is not known.
    for id in [6, 1] {
        let merge = bed.fake.state().bitbucket.pull_request(id).merge_commit.clone().unwrap();
        let reviewed = fails(&bed, Service::Bitbucket, &format!("/commit/{merge:.12}"));
        assert_eq!(freshness(&reviewed, "page:101"), "unknown", "#{id}");
        assert!(!reviewed.findings().iter().any(|says| says.contains("page:101")), "{:?}", reviewed.findings());
        assert_eq!(freshness(&reviewed, "page:103"), "not-changed-with-code", "it is another pull request's page");
    }
}

/// Page 101 of two merged pull requests, among more merged ones than one answer lists; the first was touched last.
fn more_than_one_answer() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("first", "ENG-1", "", &["x"]);
    state.edit_page(101, "<p>Changed with the first one.</p>");
    state.merge(1, true);
    state.open_pull_request("second", "ENG-1 again", "", &["x"]);
    state.merge(2, true);
    let linking = Bed::new(state, 1).with("ACTION", "backfill");
    assert_eq!(linking.run().exit.code(), 0);
    {
        let mut state = linking.fake.state();
        for number in 3..=52 {
            state.open_pull_request(&format!("other-{number}"), "nothing", "", &["x"]);
            state.merge(number, true);
        }
        let now = state.clock.tick();
        state.bitbucket.pull_request_mut(1).updated_on = now;
    }
    reviewing(linking)
}

#[test]
fn a_merged_pull_request_that_a_broken_list_lacks_is_not_taken_for_an_older_one() {
    let bed = more_than_one_answer();
    assert_eq!(freshness(&review(&bed), "page:101"), "not-changed-with-code");
    let reviewed = fails(&bed, Service::Bitbucket, "page=2");
    assert_eq!(reviewed.json["counts"]["pull_requests"], 50, "the second one is not among them");
    assert_eq!(freshness(&reviewed, "page:101"), "unknown");
}

#[test]
fn a_pull_request_that_a_broken_list_lacks_may_have_been_merged_since_its_row_was_written() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("first", "ENG-1", "", &["x"]);
    state.open_pull_request("second", "ENG-1 again", "", &["x"]);
    let linking = Bed::new(state, 1).with("ACTION", "backfill");
    assert_eq!(linking.run().exit.code(), 0);
    linking.fake.state().merge(1, true);
    let bed = reviewing(linking);
    let reviewed = fails(&bed, Service::Bitbucket, "state=MERGED");
    assert_eq!(freshness(&reviewed, "page:101"), "unknown");
    assert_eq!(reviewed.findings(), Vec::<&str>::new(), "it is not said to have no merged pull request");
}

#[test]
fn a_page_whose_rows_cannot_be_read_is_not_said_to_have_no_merge() {
    let bed = month();
    assert_eq!(freshness(&review(&bed), "page:105"), "no-merge");
    let reviewed = fails(&bed, Service::Confluence, "/105/footer-comments");
    assert_eq!(freshness(&reviewed, "page:105"), "unknown");
    let reviewed = fails(&bed, Service::Confluence, "/101/footer-comments");
    assert_eq!(
        freshness(&reviewed, "page:101"),
        "not-changed-with-code",
        "an older one than these days is no later one"
    );
}
