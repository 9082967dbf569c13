//! A merge completes the tasks that the pull request closes, once. People may open them again.

mod left_open;

use std::thread;

use crate::bed::{Bed, Ran, run_with};
use crate::faults::{self, Faults, PACE, Words};
use crate::identity::WAYS_IN;
use fake::{BOT, CONFLUENCE_SCOPED_TOKEN, Fault, FaultKind, IdOrder, Service, State, Who};

const NUMBER: &str = "4";

/// Page 101 with the tasks 4 and 7, page 102 with a task 4, and a pull request of this title.
fn world(title: &str) -> (State, u64) {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Checkout");
    state.add_page(102, "ENG", "ENG-2 Cart");
    state.add_task(101, NUMBER, "Rename the field");
    state.add_task(101, "7", "Tell support");
    state.add_task(102, NUMBER, "Count twice");
    let id = state.open_pull_request("work", title, "", &["start"]);
    (state, id)
}

pub(crate) fn bed(title: &str) -> Bed {
    let (state, id) = world(title);
    Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks")
}

/// The same, linked while it was open, and merged since.
pub(crate) fn merged(title: &str) -> Bed {
    let bed = bed(title);
    bed.run_twice();
    merge(&bed);
    bed
}

fn merge(bed: &Bed) {
    bed.fake.state().merge(1, false);
}

/// Whether each task is complete, `101#4` first.
fn tasks(bed: &Bed) -> Vec<(String, bool)> {
    let state = bed.fake.state();
    let all = state.confluence.tasks.iter();
    all.map(|task| (format!("{}#{}", task.content, task.local_id), task.complete)).collect()
}

fn complete(bed: &Bed) -> Vec<String> {
    tasks(bed).into_iter().filter(|(_, complete)| *complete).map(|(name, _)| name).collect()
}

fn set(bed: &Bed, place: usize, complete: bool) {
    bed.fake.state().confluence.tasks[place].complete = complete;
}

/// How often a task was written.
fn ticked(ran: &Ran) -> usize {
    ran.writes.iter().filter(|line| line.contains("/tasks/")).count()
}

/// The lines of our comment that are about tasks.
fn lines(bed: &Bed) -> Vec<String> {
    let comment = bed.comments(1).join("\n");
    comment.lines().filter(|line| line.contains(" Task ")).map(str::to_owned).collect()
}

/// The row of the pull request on page 101.
fn row(bed: &Bed) -> String {
    bed.only_rows(101).join("\n")
}

#[test]
fn merge_completes_the_closed_task_and_the_comment_shows_it() {
    let bed = bed("ENG-1: rename, closes ENG-1#4, see ENG-1#7");
    let ran = bed.run_twice();
    assert_eq!((complete(&bed), ticked(&ran)), (vec![], 0), "an open pull request completes nothing: {}", ran.log);
    assert!(!ran.log.contains("Skipped: "), "{}", ran.log);
    merge(&bed);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed), ticked(&ran)), (vec!["101#4".to_owned()], 1), "{}", ran.log);
    assert!(ran.details.contains("DEBUG: Done: complete task 4 of page:101"), "{}", ran.details);
    let page = "[ENG-1 Checkout](https://acme.example/wiki/pages/viewpage.action?pageId=101)";
    let expected = [format!("- ☑ Task 4 of {page}: Rename the field"), format!("- ☐ Task 7 of {page}: Tell support")];
    assert_eq!(lines(&bed), expected);
    assert!(row(&bed).ends_with(" | merged | 1"), "{}", row(&bed));
    assert!(bed.fake.state().confluence.content(101).body.contains("<ac:task-status>complete"));
}

#[test]
fn a_first_run_after_the_merge_links_and_completes_in_one() {
    let bed = bed("ENG-1, fixes ENG-1#4");
    merge(&bed);
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1, fixes ENG-1#4 | merged | 1"]);
}

#[test]
fn the_task_is_completed_before_its_row_says_merged() {
    let bed = merged("closes ENG-1#4");
    let ran = bed.run();
    let place = |part: &str| ran.writes.iter().position(|line| line.contains(part)).unwrap();
    assert!(place("/tasks/") < place("/footer-comments/"), "{:#?}", ran.writes);
}

#[test]
fn task_that_a_person_opens_again_stays_open() {
    let bed = merged("closes ENG-1#4");
    bed.run_twice();
    set(&bed, 0, false);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{}", ran.log);
    assert!(lines(&bed)[0].starts_with("- ☐ Task 4 of "), "{:?}", lines(&bed));
    assert!(!ran.log.contains("Skipped: "), "{}", ran.log);
    // Also where the mention went meanwhile and came back.
    bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
    bed.run_twice();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "closes ENG-1#4".to_owned();
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{}", ran.log);
    // And where the comment on the pull request is gone: the row remembers.
    let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, ours);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{}", ran.log);
}

#[test]
fn task_completed_before_is_not_completed_again() {
    let bed = merged("closes ENG-1#4");
    set(&bed, 0, true);
    let ran = bed.run_twice();
    assert_eq!(ticked(&ran), 0, "{}", ran.log);
    assert!(lines(&bed)[0].starts_with("- ☑ Task 4 of "), "{:?}", lines(&bed));
    set(&bed, 0, false);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{}", ran.log);
}

#[test]
fn every_task_of_a_list_is_completed_on_each_its_own_page() {
    let bed = merged("closes ENG-1#4, ENG-1#7 and ENG-2#4");
    let ran = bed.run_twice();
    assert_eq!(complete(&bed), ["101#4", "101#7", "102#4"], "{}", ran.log);
    assert_eq!(ticked(&ran), 3);
}

#[test]
fn nothing_is_completed_by_default_nor_by_a_mention() {
    for (variable, value, title) in [
        ("PAGE_OUTPUT", "", "closes ENG-1#4"),
        ("PAGE_OUTPUT", "comment", "closes ENG-1#4"),
        ("DEBUG", "", "ENG-1#4"),
        ("DEBUG", "", "closes ENG-1#4 [skip confluence]"),
    ] {
        let bed = bed(title).with(variable, value);
        merge(&bed);
        let ran = bed.run_twice();
        assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{title}: {}", ran.log);
        assert!(!ran.log.contains("Skipped: "), "{title}: {}", ran.log);
    }
}

#[test]
fn a_task_that_is_in_doubt_is_left_and_the_log_says_why() {
    for (title, why) in [
        ("Revert \"closes ENG-1#4\"", "a revert mentions it"),
        ("ENG-1: Revert \"closes ENG-1#4\"", "a revert mentions it"),
        ("Does not close ENG-1#4", "a text says that it isn't closed"),
    ] {
        let bed = merged(title);
        let ran = bed.run_twice();
        assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{title}: {}", ran.log);
        let left = ran.log.lines().find(|line| line.contains("complete task 4 of ENG-1"));
        assert!(left.is_some_and(|line| line.contains(why)), "{title}: {}", ran.log);
    }
}

#[test]
fn commit_that_another_one_reverts_completes_nothing() {
    for (names_it, done) in [(true, 0), (false, 1)] {
        let bed = bed("Add the form");
        let hash = bed.fake.state().push(1, "Add it\n\ncloses ENG-1#4");
        let named = if names_it { hash } else { hash.chars().rev().collect() };
        bed.fake.state().push(1, &format!("Revert \"Add it\"\n\nThis reverts commit {named}."));
        merge(&bed);
        let ran = bed.run_twice();
        assert_eq!(complete(&bed).len(), done, "{names_it}: {}", ran.log);
        assert_eq!(ran.log.contains("a revert mentions it"), names_it, "{}", ran.log);
    }
}

#[test]
fn a_declined_pull_request_completes_nothing() {
    let bed = bed("closes ENG-1#4");
    bed.run_twice();
    bed.fake.state().decline(1);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{}", ran.log);
    assert_eq!(bed.comments(1), Vec::<String>::new());
}

#[test]
fn page_that_takes_no_comment_keeps_its_tasks() {
    let bed = bed("closes ENG-1#4");
    bed.fake.state().confluence.content_mut(101).comment = Who::Nobody;
    merge(&bed);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "without a row there is no memory: {}", ran.log);
    let said = "WARNING: Skipped: complete task 4 of page:101: its page accepts no changes";
    assert_eq!(ran.log.matches(said).count(), 1, "{}", ran.log);
    bed.fake.state().confluence.content_mut(101).comment = Who::Everyone;
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
}

#[test]
fn a_task_of_a_newer_page_is_named_by_its_uuid() {
    const UUID: &str = "3f2b8c1e-0a4d-4f6b-9c7e-1d2e3f4a5b6c";
    let (mut state, id) = world(&format!("closes ENG-1#{UUID}"));
    state.add_task(101, UUID, "Rename the table");
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    merge(&bed);
    bed.run_twice();
    assert_eq!(complete(&bed), [format!("101#{UUID}")]);
}

#[test]
fn tasks_of_a_hidden_page_stay_hidden() {
    let bed = bed("closes ENG-1#4");
    bed.fake.state().confluence.content_mut(101).read_users = vec![BOT.to_owned()];
    merge(&bed);
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
    let [line] = &lines(&bed)[..] else { panic!("one line: {:?}", lines(&bed)) };
    assert!(line.starts_with("- ? Task 4 of [ENG-1](") && line.ends_with("pageId=101)"), "{line}");
}

#[test]
fn pull_request_completes_forty_tasks_at_most() {
    let (mut state, id) = world("many");
    let numbers: Vec<String> = (100..145).map(|number| number.to_string()).collect();
    for number in &numbers {
        state.add_task(101, number, "One more");
    }
    let closes: Vec<String> = numbers.iter().map(|number| format!("closes ENG-1#{number}")).collect();
    state.bitbucket.pull_request_mut(id).title = closes.join("; ");
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    merge(&bed);
    let ran = bed.run_twice();
    assert_eq!((complete(&bed).len(), ticked(&ran)), (40, 40), "{}", ran.log);
    assert_eq!(ran.log.matches("the limit is 40 tasks").count(), 5, "{}", ran.log);
}

#[test]
fn a_dry_run_names_the_tasks_and_completes_none() {
    let bed = merged("closes ENG-1#4").with("DRY_RUN", "true");
    let ran = bed.run();
    assert_eq!((complete(&bed), ran.writes), (vec![], vec![]));
    let page =
        |log: &str| log.contains("INFO: Would update \"ENG-1 Checkout") && log.contains("(merged, task 4 completed");
    assert!(page(&ran.log), "{}", ran.log);
    let plan: Vec<&str> = ran.log.lines().filter(|line| line.starts_with("INFO: Would ")).collect();
    assert!(plan.iter().any(|line| line.starts_with("INFO: Would update comment ")), "{plan:#?}");
    // With no comment that remembers the task yet, one is added, and changed once the task is complete.
    let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, ours);
    let ran = bed.run();
    assert_eq!(ran.log.matches("Would add a comment to the pull request").count(), 1, "{}", ran.log);
    assert!(page(&ran.log), "{}", ran.log);
}

#[test]
fn without_its_scope_the_step_fails_and_the_row_waits() {
    let bed = WAYS_IN[1].of(bed("closes ENG-1#4 and see ENG-2"));
    let scope = "write:task:confluence".to_owned();
    bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.remove(&scope);
    merge(&bed);
    let ran = bed.run();
    assert_eq!((ran.exit.code(), complete(&bed).len()), (3, 0), "{}", ran.log);
    assert!(ran.log.contains("lacks the scope `write:task:confluence`"), "{}", ran.log);
    assert!(ran.log.contains("Couldn't complete task 4 of page:101"), "{}", ran.log);
    // The row would say that the task is done.
    assert_eq!((bed.rows(101).len(), bed.only_rows(102).len()), (0, 1));
    bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.insert(scope);
    bed.run_twice();
    assert_eq!((complete(&bed), bed.only_rows(101).len()), (vec!["101#4".to_owned()], 1));
}

#[test]
fn a_comment_that_cannot_be_written_first_leaves_the_task() {
    let bed = bed("closes ENG-1#4").with("PULL_REQUEST_OUTPUT", "comment");
    merge(&bed);
    let refusal = FaultKind::refused(400);
    bed.fake.state().faults.push(Fault::always(refusal).at(Service::Bitbucket).method("POST"));
    let ran = bed.run();
    assert_eq!((ran.exit.code(), complete(&bed).len(), ticked(&ran)), (1, 0, 0), "{}", ran.log);
    assert!(ran.log.contains("Couldn't complete task 4 of page:101: the comment on the pull request must"));
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
}

#[test]
fn two_runs_at_once_complete_each_task() {
    for seed in 1..=5 {
        let (mut state, id) = world("closes ENG-1#4, ENG-2#4");
        state.confluence.numbers.order = IdOrder::Random;
        state.confluence.numbers.seed(seed);
        state.jitter = std::time::Duration::from_millis(3);
        let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
        merge(&bed);
        thread::scope(|scope| {
            let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| run_with(&bed.variables))).collect();
            for run in runs {
                let (exit, log) = run.join().unwrap();
                assert_eq!(exit.code(), 0, "{log}");
            }
        });
        bed.run();
        bed.nothing_is_left_to_do();
        assert_eq!((complete(&bed), bed.comments(1).len()), (vec!["101#4".to_owned(), "102#4".to_owned()], 1));
        assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1));
    }
}

#[test]
fn merge_during_a_run_completes_the_task() {
    let bed = bed("closes ENG-1#4");
    let mut first = true;
    bed.run_and_when("Done: link the pull request on page:101", |fake| {
        if std::mem::take(&mut first) {
            fake.state().merge(1, false);
        }
    });
    assert_eq!(complete(&bed), ["101#4"]);
    bed.nothing_is_left_to_do();
}

/// A linked pull request that is merged: three tasks on two pages, one of them ticked off by a person already.
fn closing() -> Bed {
    let (mut state, id) = world("closes ENG-1#4, ENG-1#7 and ENG-2#4");
    state.second = std::time::Duration::from_secs(1) / PACE;
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    bed.run();
    merge(&bed);
    set(&bed, 1, true);
    bed
}

#[test]
fn completing_tasks_survives_every_single_fault() {
    faults::sweep(closing, Words::Matter, Faults::Distinct);
}
