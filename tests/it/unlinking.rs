//! A row goes when nothing mentions its page any more.

use serde_json::json;

use crate::bed::{Bed, REPORT_OF_1};
use fake::{Fault, FaultKind, Service, State, Status};

/// A pull request linked to pages 101 (by key) and 102 (by key), after a run.
fn linked() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1));
    bed
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

/// Both pages still hold their row, and the index names both.
fn nothing_is_unlinked(bed: &Bed) {
    let ran = bed.run();
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1), "{}", ran.log);
    let comment = bed.comments(1).join("");
    assert!(comment.contains("pages=page:101,page:102)"), "{comment}\n{}", ran.log);
}

#[test]
fn edited_title_unlinks_in_order() {
    let bed = linked();
    retitle(&bed, "ENG-1 only");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(102), Vec::<String>::new());
    assert_eq!(bed.only_rows(101).len(), 1);
    assert!(bed.comments(1).join("").contains("pages=page:101)"));
    insta::assert_snapshot!(bed.placed(&ran.log), @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    INFO: Unlinked "ENG-2 Second" https://acme.example/wiki/pages/viewpage.action?pageId=102 (no longer mentioned)
    ✔ 1 page linked, 1 unlinked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    let kinds: Vec<&str> =
        ran.writes.iter().map(|line| if line.contains("/wiki/") { "page" } else { "bitbucket" }).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "page").count(), 1);
    assert!(ran.writes.last().unwrap().contains("/comments/"), "the index forgets last: {:#?}", ran.writes);
}

#[test]
fn a_force_push_takes_the_row_away() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    let id = state.open_pull_request("work", "Work", "", &["ENG-1 start"]);
    let mut bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1);
    {
        let mut state = bed.fake.state();
        state.bitbucket.pull_request_mut(id).commits.clear();
        state.push(id, "start again");
    }
    bed.at_tip(id);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), Vec::<String>::new(), "{}", ran.log);
    assert_eq!(bed.comments(id), Vec::<String>::new(), "nothing to say, no comment");
}

#[test]
fn comment_without_rows_keeps_one_sentence() {
    let bed = linked();
    retitle(&bed, "nothing");
    bed.run_twice();
    insta::assert_snapshot!(bed.placed(&bed.fake.page_comments(101).join("\n")), @r#"<p local-id="00000001-10ca-4000-8000-000000000000">No pull requests link to this page anymore. Updated by <a href="https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1">confluence-pr-link</a>.</p>"#);
    assert_eq!(bed.comments(1), Vec::<String>::new());
    let tip = bed.variables["BITBUCKET_COMMIT"].clone();
    assert!(bed.fake.report(&tip, REPORT_OF_1).is_none(), "no page, no report");
}

#[test]
fn what_comes_back_is_linked_again_in_the_same_comment() {
    let bed = linked();
    retitle(&bed, "nothing");
    bed.run_twice();
    retitle(&bed, "ENG-1 again");
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 again | open"]);
}

#[test]
fn a_declined_pull_request_is_unlinked_and_says_so() {
    let bed = linked();
    bed.fake.state().decline(1);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), Vec::<String>::new());
    assert!(ran.log.contains("declined"), "{}", ran.log);
}

#[test]
fn the_skip_word_takes_all_links_away() {
    let bed = linked();
    retitle(&bed, "ENG-1 and ENG-2 [skip confluence]");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), Vec::<String>::new());
    assert!(ran.log.contains("[skip confluence]"), "{}", ran.log);
}

#[test]
fn merged_pull_request_without_commits_keeps_its_pages() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    let id = state.open_pull_request("work", "Work", "", &["ENG-1 start"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    bed.fake.state().merge(id, true);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"], "{}", ran.log);
    assert!(bed.comments(id)[0].contains("pages=page:101)"), "{}", ran.log);
}

#[test]
fn a_failed_page_of_commits_unlinks_nothing() {
    let bed = linked();
    retitle(&bed, "ENG-1 only");
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/commits"));
    nothing_is_unlinked(&bed);
}

#[test]
fn search_without_an_answer_unlinks_nothing_and_looks_up_no_key() {
    let odd = |body| FaultKind::malformed(200, &body);
    let kinds = [
        FaultKind::status(500),
        FaultKind::removed(),
        odd(json!({})),
        odd(json!({"results": null})),
        odd(json!({"size": 0, "_links": {}})),
    ];
    for kind in kinds {
        let bed = linked();
        // The page of ENG-1 is read by its number, as the index names it.
        retitle(&bed, "ENG-1 and ENG-9");
        let said = format!("{kind:?}");
        bed.fake.state().faults.push(Fault::always(kind).at(Service::Confluence).path("/rest/api/search"));
        nothing_is_unlinked(&bed);
        let log = bed.run().log;
        assert!(log.contains("Couldn't look up in this run: ENG-9\n"), "{said}: {log}");
    }
}

#[test]
fn a_search_that_lags_unlinks_nothing() {
    let bed = linked();
    {
        let mut state = bed.fake.state();
        state.confluence.index = Some(Vec::new());
    }
    nothing_is_unlinked(&bed);
}

#[test]
fn a_page_archived_renamed_or_moved_after_linking_stays_linked() {
    let bed = linked();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    bed.fake.state().confluence.content_mut(102).title = "Renamed".to_owned();
    nothing_is_unlinked(&bed);
    bed.nothing_is_left_to_do();
    let bed = linked();
    bed.fake.state().confluence.content_mut(102).space = 65_538;
    nothing_is_unlinked(&bed);
}

#[test]
fn unreadable_page_stays_in_the_index() {
    let bed = linked();
    bed.fake.state().confluence.content_mut(102).view = fake::Who::Nobody;
    retitle(&bed, "ENG-1 only");
    let ran = bed.run_twice();
    assert!(bed.comments(1)[0].contains("pages=page:101,page:102)"), "{}", ran.log);
    assert_eq!(ran.log.matches("link to page:102").count(), 1, "{}", ran.log);
    assert_eq!(ran.exit.code(), 0);
}

#[test]
fn deleted_index_unlinks_nothing() {
    let bed = linked();
    let comment = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, comment);
    retitle(&bed, "ENG-1 only");
    bed.run_twice();
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1));
    assert_eq!(bed.comments(1).len(), 1);
}

#[test]
fn our_page_comment_deleted_by_a_person_is_restored() {
    let bed = linked();
    let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 101).unwrap().id;
    bed.fake.state().delete_page_comment(comment);
    assert_eq!(bed.rows(101).len(), 0);
    bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn a_page_labelled_later_keeps_its_row_and_is_not_written() {
    let bed = linked();
    bed.fake.state().confluence.content_mut(101).labels.push("no-pr-links".to_owned());
    bed.fake.state().merge(1, false);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 and ENG-2 | open"], "{}", ran.log);
    assert_eq!(bed.only_rows(102), ["acme/shop #1 ENG-1 and ENG-2 | merged | 1"]);
}

#[test]
fn disabled_output_stays_and_the_index_is_updated() {
    let bed = linked().with("PULL_REQUEST_OUTPUT", "report");
    let before = bed.comments(1)[0].clone();
    retitle(&bed, "ENG-1 only");
    bed.run_twice();
    let after = bed.comments(1)[0].clone();
    let visible = |comment: &str| comment.split("[//]").next().unwrap().to_owned();
    assert_eq!(visible(&after), visible(&before));
    assert!(after.contains("pages=page:101)"), "{after}");
    assert_eq!(bed.only_rows(102), Vec::<String>::new());
}
