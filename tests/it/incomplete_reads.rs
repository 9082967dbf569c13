//! Failed and incomplete reads unlink nothing.

use std::thread;

use crate::bed::{Bed, Ran, run_with};
use crate::pull_request_states::on_branch;
use crate::rows::{indexes, linked, nothing_is_taken, retitle, row_text};
use fake::{Barrier, Fault, FaultKind, Happening, Latch, Request, Service, State, Wait};

/// A pull request whose commits alone mention page 101.
fn by_commit() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let id = state.open_pull_request("work", "Work", "", &["ENG-1 start"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!(linked(&bed, 101), ["acme/shop#1"]);
    bed
}

fn keeps_everything(bed: &Bed, ran: &Ran) {
    assert_eq!(linked(bed, 101), ["acme/shop#1"], "{}", ran.log);
    assert_eq!(indexes(bed, 1), [[101]], "{}", ran.log);
    assert!(ran.writes.iter().all(|line| !line.starts_with("DELETE")), "{:#?}\n{}", ran.writes, ran.log);
}

fn is_pull_request(request: &Request) -> bool {
    request.method == "GET" && request.path.ends_with("/pullrequests/1")
}

fn is_commits(request: &Request) -> bool {
    request.method == "GET" && request.path.ends_with("/pullrequests/1/commits")
}

#[test]
fn deleted_branch_of_an_open_pull_request_keeps_its_links() {
    for action in ["link", "reconcile", "backfill"] {
        let mut bed = by_commit().with("ACTION", action);
        bed.fake.state().delete_branch(1);
        if action != "link" {
            on_branch(&mut bed, "main");
        }
        let ran = bed.run();
        keeps_everything(&bed, &ran);
        bed.nothing_is_left_to_do();
        retitle(&bed, 1, "Another title");
        let ran = bed.run();
        keeps_everything(&bed, &ran);
    }
}

#[test]
fn deleted_branch_of_a_draft_keeps_its_links() {
    let bed = by_commit();
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    bed.fake.state().delete_branch(1);
    let ran = bed.run();
    keeps_everything(&bed, &ran);
}

type End = fn(&mut State);

/// The pull request ends between the two reads of the first round trip: open in one, without commits in the other.
fn ends_between_the_reads(bed: &Bed, end: End) {
    let latch = Latch::default();
    let mut state = bed.fake.state();
    state.waits.push(Wait::at(&latch, is_commits));
    state.happenings.push(Happening::after(is_pull_request, move |state| {
        end(state);
        latch.open();
    }));
}

#[test]
fn merge_between_the_two_reads_takes_no_row_away() {
    let ends: [(&str, End); 3] = [
        ("merge", |state| drop(state.merge(1, true))),
        ("squash", |state| drop(state.squash(1, true))),
        ("fast-forward", |state| drop(state.fast_forward(1, true))),
    ];
    for (name, end) in ends {
        let bed = by_commit();
        ends_between_the_reads(&bed, end);
        let ran = bed.run();
        keeps_everything(&bed, &ran);
        bed.fake.state().waits.clear();
        let ran = bed.run();
        keeps_everything(&bed, &ran);
        assert!(row_text(&bed, 101, 1).contains("merged"), "{name}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn mention_that_comes_back_during_the_run_keeps_its_row() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    retitle(&bed, 1, "nothing");
    bed.fake.state().happenings.push(Happening::after(is_pull_request, |state| {
        state.bitbucket.pull_request_mut(1).title = "ENG-1 again".to_owned();
    }));
    let ran = bed.run();
    keeps_everything(&bed, &ran);
    let touched = ran.writes.iter().filter(|line| line.contains("/footer-comments"));
    assert_eq!(touched.count(), 0, "{:#?}\n{}", ran.writes, ran.log);
}

#[test]
fn unread_commits_keep_the_links() {
    let bed = by_commit();
    let fault = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/pullrequests/1/commits");
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    keeps_everything(&bed, &ran);
}

#[test]
fn fast_forward_with_a_closed_branch_reports_what_was_not_read() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "ENG", "ENG-2 Page");
    state.add_task(101, "4", "Do it");
    let id = state.open_pull_request("work", "ENG-1", "", &["Closes ENG-1#4", "ENG-2 more", "the last one"]);
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("gaps-fast-forward");
    drop(std::fs::remove_dir_all(&directory));
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    bed.run_twice();
    bed.fake.state().fast_forward(id, true);
    let bed = bed.with("OUTPUT_DIR", directory.to_str().unwrap());
    let ran = bed.run();
    let receipt = std::fs::read_to_string(directory.join("receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["subjects"][0]["complete"], false, "{receipt:#}\n{}", ran.log);
    assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 1], "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn only_comment_that_names_a_row_is_never_deleted() {
    for status in [400, 403, 500] {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 Page");
        state.add_page(102, "ENG", "ENG-2 Page");
        let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
        let bed = Bed::new(state, id).with("SOURCES", "title");
        // Two first runs: each adds its comment before it sees the other's, and they read different titles.
        bed.fake.state().barriers.push(Barrier::new("POST", "/pullrequests/1/comments", 2));
        bed.fake.state().happenings.push(Happening::after(is_pull_request, |state| {
            state.bitbucket.pull_request_mut(1).title = "ENG-2".to_owned();
        }));
        let fault = Fault::always(FaultKind::refused(status)).at(Service::Bitbucket).method("PUT").path("/comments/");
        bed.fake.state().faults.push(fault);
        let logs = thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| run_with(&bed.variables).1));
            runs.map(|run| run.join().unwrap()).concat()
        });
        let named = indexes(&bed, 1).concat();
        for page in [101, 102] {
            let has_row = !linked(&bed, page).is_empty();
            assert!(!has_row || named.contains(&page), "{status}: {page} of {named:?}: {logs}");
        }
        bed.fake.state().faults.clear();
        retitle(&bed, 1, "nothing");
        bed.run();
        let ran = bed.run();
        assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [0, 0], "{status}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn four_thousand_closing_tasks_end_within_the_budget() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let tasks: Vec<String> = (1..=4_000).map(|task| format!("closes ENG-1#{task}")).collect();
    let id = state.open_pull_request("work", "ENG-1", &tasks.join("\n"), &["x"]);
    state.merge(id, false);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks").with("KEY_PREFIXES", "ENG");
    let bed = bed.with("TIMEOUT_SECONDS", "10");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log.lines().last().unwrap_or_default());
    assert_eq!(linked(&bed, 101), ["acme/shop#1"]);
}

#[test]
fn tasks_are_cut_before_rows() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "ENG", "ENG-2 Page");
    for task in 1..=100 {
        state.add_task(101, &task.to_string(), &format!("{task} {}", "a long task ".repeat(24)));
    }
    let tasks: Vec<String> = (1..=100).map(|task| format!("ENG-1#{task}")).collect();
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", &tasks.join("\n"), &["x"]);
    let bed = Bed::new(state, id).with("KEY_PREFIXES", "ENG");
    let ran = bed.run_twice();
    let comment = bed.comments(id).concat();
    assert!(comment.contains("pageId=101") && comment.contains("pageId=102"), "{comment}\n{}", ran.log);
}

#[test]
fn failed_read_is_reported_as_what_it_was() {
    let bed = by_commit();
    let merge = bed.fake.state().merge(1, true);
    let missing = Fault::always(FaultKind::refused_with(404, "Commit not found")).at(Service::Bitbucket);
    bed.fake.state().faults.push(missing.path(&format!("/commit/{}", merge.get(..12).unwrap())));
    let ran = bed.run();
    assert!(!ran.log.to_lowercase().contains("look up page"), "{}", ran.log);
    assert!(ran.log.contains("commit"), "{}", ran.log);
    assert_eq!(linked(&bed, 101), ["acme/shop#1"], "{}", ran.log);
}
