//! `REQUIRE` fails the step until the pull request meets it, and the log says what to do.

mod exceptions;
mod forged_markers;
mod spaces;
mod unverified;

use serde_json::Value;

use crate::bed::{Bed, REPORT_OF_1, Ran};
use crate::faults::{self, Faults, Words};
use fake::{Fault, FaultKind, Kind, Service, State, Status};

/// Pull request 1 with this title, in a step that asks for `requires`; pages 101 and 102 are named ENG-1 and ENG-2.
pub(crate) fn asking(requires: &str, title: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    let id = state.open_pull_request("work", title, "", &["start"]);
    Bed::new(state, id).with("REQUIRE", requires)
}

/// The report on the tip: title, result, details, and its annotations as `id: summary; details`.
pub(crate) fn report(bed: &Bed) -> Vec<String> {
    let id = REPORT_OF_1;
    let commit = &bed.variables["BITBUCKET_COMMIT"];
    let Some(report) = bed.fake.report(commit, id) else { return Vec::new() };
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let head = format!("{} {}: {}", text(&report, "result"), text(&report, "title"), text(&report, "details"));
    let note = |note: &Value| {
        let id = text(note, "external_id").replace(&format!("{id}-"), "");
        format!("{id}: {}; {}", text(note, "summary"), text(note, "details"))
    };
    let mut notes: Vec<String> = bed.fake.annotations(commit, id).iter().map(note).collect();
    notes.sort();
    std::iter::once(head).chain(notes).collect()
}

/// What the comment says about requirements: a line and a list.
pub(crate) fn note(bed: &Bed) -> Option<String> {
    let comments = bed.comments(1);
    let comment = comments.iter().find(|comment| comment.contains("**Requirements "))?;
    let lines = comment.lines().skip_while(|line| !line.starts_with("**Requirements "));
    let mut lines: Vec<&str> =
        lines.filter(|line| line.starts_with("**Requirements ") || line.starts_with("- ")).collect();
    lines.dedup();
    Some(lines.join("\n"))
}

pub(crate) fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

fn reads(bed: &Bed, part: &str) -> usize {
    bed.fake.requests().iter().filter(|recorded| recorded.request.path.contains(part)).count()
}

fn ends(ran: &Ran, code: u8) {
    assert_eq!(ran.exit.code(), code, "{}", ran.log);
}

#[test]
fn pull_request_without_a_page_fails_with_a_remedy() {
    let bed = asking("link", "no page at all");
    let ran = bed.run_twice();
    ends(&ran, 5);
    insta::assert_snapshot!(bed.placed(&ran.log), @r"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    ERROR: Requirements not met (1). Fix them and rerun the pipeline step
    ERROR: No page is linked. Write a page's URL into the title, the description or a new commit, or a key into the title or a new commit.
    ✖ Requirements not met, see above: https://bitbucket.org/acme/shop/pull-requests/1
    ");
    insta::assert_snapshot!(bed.comments(1).join("\n---\n"), @r"
    ### Confluence pages

    **Requirements not met** (1). Fix it and rerun the pipeline step.

    - `link`: No page is linked. Write a page's URL into the title, the description or a new commit, or a key into the title or a new commit.

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=)
    ");
    insta::assert_snapshot!(report(&bed).join("\n"), @r"
    FAILED Confluence pages: requirements not met: No page is linked to pull request #1. Requirements not met: No page is linked.
    link: REQUIRE link: No page is linked; Write a page's URL into the title, the description or a new commit, or a key into the title or a new commit. Then rerun the pipeline step.
    ");
    ends(&bed.run(), 5);
}

#[test]
fn key_in_a_description_meets_nothing_and_gets_advice() {
    let why = "In the description a key counts only if KEY_PREFIXES has its prefix.";
    for (title, description, is_explained) in
        [("no page", "ENG-1", true), ("no page", "no key", false), ("ENG-9", "ENG-1", true)]
    {
        let bed = asking("link", title);
        bed.fake.state().bitbucket.pull_request_mut(1).description = description.to_owned();
        let ran = bed.run_twice();
        ends(&ran, 5);
        assert_eq!(ran.log.contains(why), is_explained, "{}", ran.log);
        // With the prefix, it counts.
        ends(&bed.with("KEY_PREFIXES", "ENG").run_twice(), if is_explained { 0 } else { 5 });
    }
}

#[test]
fn naming_a_page_and_rerunning_the_step_lifts_it() {
    let bed = asking("link", "no page at all");
    ends(&bed.run(), 5);
    retitle(&bed, "ENG-1");
    ends(&bed.run_twice(), 0);
    assert_eq!(note(&bed), None);
    assert_eq!(report(&bed), ["PASSED Confluence pages: 1 page linked to pull request #1. All requirements are met."]);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 | open"]);
    retitle(&bed, "nothing");
    ends(&bed.run_twice(), 5);
    assert!(note(&bed).is_some());
}

#[test]
fn a_page_put_away_holds_until_another_takes_its_place() {
    for (status, word) in [(Status::Archived, "archived"), (Status::Draft, "draft"), (Status::Trashed, "in the trash")]
    {
        let bed = asking("link, current", "");
        bed.fake.state().confluence.content_mut(101).status = status;
        let link = format!("{}/wiki/spaces/ENG/pages/101 and ENG-2", bed.fake.confluence_url());
        retitle(&bed, &link);
        let ran = bed.run_twice();
        ends(&ran, 5);
        let found = format!(
            "current: REQUIRE current: Not current: ENG-1 First ({word}); Publish or restore it, or link another page. Then rerun the pipeline step."
        );
        assert_eq!(report(&bed)[1..], [found], "{}", ran.log);
        bed.fake.state().confluence.content_mut(101).status = Status::Current;
        ends(&bed.run_twice(), 0);
        assert_eq!(report(&bed).len(), 1);
    }
}

#[test]
fn archived_page_isnt_current_although_search_lags() {
    let bed = asking("current", "ENG-1");
    bed.fake.state().confluence.freeze_index();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    ends(&bed.run(), 5);
}

#[test]
fn one_labeled_page_is_enough_and_labels_are_read_fresh() {
    let bed = asking("label:Approved", "ENG-1 and ENG-2");
    bed.fake.state().confluence.freeze_index();
    ends(&bed.run_twice(), 5);
    assert_eq!(
        report(&bed)[1..],
        [
            "label_3aapproved: REQUIRE label:approved: No linked page has the label \"approved\"; Add the label to a linked page, or link a page that has it. Then rerun the pipeline step."
        ]
    );
    // Set a moment ago: search does not know it yet.
    bed.fake.state().confluence.content_mut(102).labels.push("approved".to_owned());
    ends(&bed.run_twice(), 0);
    // And taken off a moment ago, when search still shows it.
    bed.fake.state().confluence.freeze_index();
    bed.fake.state().confluence.content_mut(102).labels.clear();
    ends(&bed.run_twice(), 5);
}

#[test]
fn one_page_in_the_state_is_enough_in_any_case() {
    let bed = asking("state:in Review", "ENG-1 and ENG-2");
    bed.fake.state().confluence.content_mut(101).state = Some("Rough draft".to_owned());
    ends(&bed.run_twice(), 5);
    assert_eq!(
        report(&bed)[1..],
        [
            "state_3ain_20review: REQUIRE state:in Review: No linked page has the state \"in Review\"; Set the state on a linked page, or link a page that has it. Then rerun the pipeline step."
        ]
    );
    bed.fake.state().confluence.content_mut(102).state = Some("In review".to_owned());
    ends(&bed.run_twice(), 0);
}

#[test]
fn states_and_labels_are_read_only_when_they_are_asked_for() {
    for (requires, states, labels) in [("link", 0, 0), ("link,current", 0, 0), ("state:x", 2, 0), ("label:x", 0, 2)] {
        let bed = asking(requires, "ENG-1 and ENG-2");
        bed.run();
        assert_eq!((reads(&bed, "/state"), reads(&bed, "/labels")), (states, labels), "{requires}");
    }
    let off = asking("", "ENG-1");
    off.run_twice();
    assert_eq!(report(&off), ["PASSED Confluence pages: 1 page linked to pull request #1."]);
    assert_eq!(reads(&off, "/annotations"), 0);
}

#[test]
fn each_reason_has_its_annotation() {
    let bed = asking("label:approved,link,state:Done", "nothing");
    ends(&bed.run_twice(), 5);
    let ids = |bed: &Bed| {
        let ids = report(bed)[1..].iter().map(|note| note.split(": ").next().unwrap().to_owned()).collect::<Vec<_>>();
        ids.join(" ")
    };
    assert_eq!(ids(&bed), "label_3aapproved link state_3adone");
    retitle(&bed, "ENG-1");
    ends(&bed.run_twice(), 5);
    assert_eq!(ids(&bed), "label_3aapproved state_3adone");
    bed.fake.state().confluence.content_mut(101).labels.push("approved".to_owned());
    ends(&bed.run_twice(), 5);
    assert_eq!(ids(&bed), "state_3adone");
    bed.fake.state().confluence.content_mut(101).state = Some("done".to_owned());
    ends(&bed.run_twice(), 0);
    assert_eq!(ids(&bed), "");
}

#[test]
fn what_others_note_in_the_report_stays() {
    let bed = asking("link", "nothing");
    ends(&bed.run(), 5);
    {
        let mut state = bed.fake.state();
        let report = &mut state.bitbucket.repositories[0].reports[0];
        let mut other = report.annotations[0].clone();
        other["external_id"] = "another-tool-1".into();
        report.annotations.push(other);
    }
    bed.nothing_is_left_to_do();
    retitle(&bed, "ENG-1");
    ends(&bed.run_twice(), 0);
    assert!(report(&bed)[1].starts_with("another-tool-1: "), "{:#?}", report(&bed));
}

#[test]
fn without_require_what_an_earlier_run_noted_goes() {
    let bed = asking("link", "nothing");
    ends(&bed.run(), 5);
    let bed = bed.with("REQUIRE", "");
    ends(&bed.run_twice(), 0);
    assert_eq!((note(&bed), report(&bed)), (None, Vec::new()));

    let bed = asking("label:x", "ENG-1");
    ends(&bed.run(), 5);
    let bed = bed.with("REQUIRE", "");
    ends(&bed.run_twice(), 0);
    assert_eq!(report(&bed), ["PASSED Confluence pages: 1 page linked to pull request #1."]);
}

#[test]
fn a_dry_run_judges_and_writes_nothing() {
    let bed = asking("link", "nothing").with("DRY_RUN", "true");
    let ran = bed.run();
    ends(&ran, 5);
    assert_eq!(ran.writes, Vec::<String>::new());
    assert!(ran.log.contains("Would add 1 annotation to the report on the commit"), "{}", ran.log);
}

#[test]
fn failed_write_keeps_the_exit_code() {
    let refusal = || FaultKind::refused(403);
    for path in ["/reports/", "/annotations", "/comments"] {
        for on_error in ["warn", "fail"] {
            let bed = asking("link", "nothing").with("ON_ERROR", on_error);
            bed.fake.state().faults.push(Fault::always(refusal()).at(Service::Bitbucket).path(path));
            ends(&bed.run(), 5);
        }
    }
    for output in ["none", "report", "comment"] {
        let bed = asking("link", "nothing").with("PULL_REQUEST_OUTPUT", output);
        ends(&bed.run_twice(), 5);
        assert_eq!((note(&bed).is_some(), !report(&bed).is_empty()), (output == "comment", output == "report"));
    }
}

#[test]
fn a_board_is_shown_and_is_no_page() {
    let bed = asking("link", "");
    bed.fake.state().add_content(107, Kind::Whiteboard, "ENG", "Board");
    let link = format!("{}/wiki/spaces/ENG/whiteboard/107", bed.fake.confluence_url());
    retitle(&bed, &link);
    ends(&bed.run_twice(), 5);
}

#[test]
fn a_draft_that_may_not_be_shown_is_not_current_either() {
    let bed = asking("current", "").with("SPACES", "OPS");
    bed.fake.state().confluence.content_mut(101).status = Status::Draft;
    retitle(&bed, &format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url()));
    let ran = bed.run_twice();
    ends(&ran, 5);
    assert!(report(&bed)[1].starts_with("current: REQUIRE current: Not current: page 101; "), "{:?}", report(&bed));
    assert!(!ran.log.contains("draft"), "{}", ran.log);
}

#[test]
fn hidden_page_counts_and_its_status_stays_hidden() {
    let bed = asking("link,current", "").with("BITBUCKET_REPO_IS_PRIVATE", "false");
    bed.fake.state().bitbucket.repositories[0].is_private = false;
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    retitle(&bed, &format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url()));
    let ran = bed.run_twice();
    ends(&ran, 5);
    assert!(!format!("{}{:?}{:?}", ran.log, report(&bed), note(&bed)).contains("archived"), "{}", ran.log);
    assert_eq!(report(&bed)[1..].len(), 1);
    assert!(report(&bed)[1].starts_with("current: REQUIRE current: Not current: page 101; "), "{:?}", report(&bed));
}

/// A pull request that is held, changes, and is held for another reason.
fn held_for_another_reason() -> Bed {
    let bed = asking("link,label:approved", "nothing");
    bed.run();
    retitle(&bed, "ENG-1");
    bed
}

/// A pull request that is held and names what is asked.
fn no_longer_held() -> Bed {
    let bed = asking("link", "nothing");
    bed.run();
    retitle(&bed, "ENG-1");
    bed
}

#[test]
fn requirements_that_stay_unmet_survive_every_single_fault() {
    faults::sweep(held_for_another_reason, Words::Aside, Faults::Distinct);
}

#[test]
fn requirements_that_come_to_be_met_survive_every_single_fault() {
    faults::sweep(no_longer_held, Words::Aside, Faults::Distinct);
}
