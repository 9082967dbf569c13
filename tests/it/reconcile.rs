//! `ACTION: reconcile` repairs links that no pipeline updated. It creates none in a repository without links.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use confluence_pr_link::clock::Clock;

use crate::bed::{Bed, Ran, run_by};
use crate::pull_request_states::{linked, on_branch};
use fake::{Fault, FaultKind, PullRequestState, Service, State};

fn reconciling(bed: Bed) -> Bed {
    let mut bed = bed.with("ACTION", "reconcile");
    on_branch(&mut bed, "main");
    bed
}

/// Three pull requests of three pages, each linked by its own pipeline.
pub(crate) fn three() -> Bed {
    let mut state = State::default();
    for n in 1..=3 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
        state.open_pull_request(&format!("work-{n}"), &format!("Work {n}"), "", &[&format!("ENG-{n}")]);
    }
    let mut bed = Bed::new(state, 1);
    for id in 1..=3 {
        bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        bed.at_tip(id);
        bed.run_twice();
    }
    reconciling(bed)
}

#[test]
fn what_is_right_is_left_alone() {
    let bed = three();
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 0), "{}", ran.log);
    insta::assert_snapshot!(bed.placed(&ran.log), @r"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop, branch main, https://acme.example
    INFO: Pull requests updated in the last 30 days: 3
    ✔ 3 of 3 pull requests checked, 0 changed
    ");
}

#[test]
fn reconcile_repairs_states_and_restores_no_comment() {
    let bed = three();
    {
        let mut state = bed.fake.state();
        state.decline(1);
        state.merge(2, true);
        let of_page = state.confluence.comments.iter().find(|comment| comment.content == 103).unwrap().id;
        state.delete_page_comment(of_page);
        let of_second = state.bitbucket.pull_request(2).comments[0].id;
        state.delete_comment(2, of_second);
    }
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(bed.rows(101), [Vec::<String>::new()], "{}", ran.log);
    assert_eq!(bed.only_rows(102), ["acme/shop #2 Work 2 | merged | 1"], "{}", ran.log);
    assert_eq!(bed.rows(103).len(), 0, "reconcile adds no comments: {}", ran.log);
    assert_eq!([1, 2, 3].map(|id| bed.comments(id).len()), [0, 1, 1], "{}", ran.log);
    assert!(!ran.writes.iter().any(|write| write.contains("/reports/")), "it writes no reports: {:?}", ran.writes);
}

#[test]
fn an_old_repository_is_adopted_only_when_that_is_asked_for() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("work", "Work", "", &["ENG-1"]);
    state.open_pull_request("old", "Old", "", &["ENG-1 too"]);
    state.merge(2, true);
    let bed = reconciling(Bed::new(state, 1));
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 0), "{}", ran.log);
    let bed = bed.with("ACTION", "backfill");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | open", "acme/shop #2 Old | merged | 1"], "{}", ran.log);
    assert_eq!([1, 2].map(|id| bed.comments(id).len()), [1, 1]);
}

#[test]
fn a_row_is_added_to_a_comment_that_is_there_already() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let first = state.open_pull_request("work", "Work", "", &["ENG-1"]);
    let bed = Bed::new(state, first);
    bed.run_twice();
    // Its own pipeline never got through.
    bed.fake.state().open_pull_request("lost", "Lost", "", &["ENG-1"]);
    let bed = reconciling(bed);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #2 Lost | open", "acme/shop #1 Work | open"], "{}", ran.log);
    assert_eq!(bed.comments(2).len(), 1, "a row that is there is remembered");
}

#[test]
fn a_comment_is_added_in_one_write_and_a_dry_run_says_so_once() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "ENG", "ENG-2 Never linked");
    let first = state.open_pull_request("work", "Work", "", &["ENG-1"]);
    let bed = Bed::new(state, first);
    bed.run_twice();
    bed.fake.state().open_pull_request("lost", "Lost", "", &["ENG-1 and ENG-2"]);
    let bed = reconciling(bed).with("DRY_RUN", "true");
    let planned = bed.run();
    let count = |log: &str, words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(count(&planned.log, "#2: Would add a comment to the pull request"), 1, "{}", planned.log);
    let bed = bed.with("DRY_RUN", "false");
    let ran = bed.run_twice();
    assert_eq!(count(&ran.details, "#2: Done: "), 2, "{}", ran.details);
    assert_eq!(bed.only_rows(101).len(), 2, "{}", ran.log);
}

#[test]
fn old_pull_request_is_found_by_its_row() {
    let bed = three();
    bed.fake.state().decline(1);
    {
        let mut state = bed.fake.state();
        let long_ago = state.clock.ago(8 * 86_400);
        state.bitbucket.pull_request_mut(1).updated_on = long_ago;
    }
    let bed = bed.with("DAYS", "7");
    let ran = bed.run_twice();
    assert!(ran.log.contains("Pull requests updated in the last 7 days: 2"), "{}", ran.log);
    assert_eq!(bed.rows(101), [Vec::<String>::new()], "its row says open: {}", ran.log);
}

#[test]
fn sweep_of_more_than_one_answer_shows_its_progress() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    for n in 1..=55 {
        let title = if n <= 3 { "ENG-1" } else { "Nothing named" };
        state.open_pull_request(&format!("work-{n}"), title, "", &["x"]);
    }
    let bed = reconciling(Bed::new(state, 1)).with("ACTION", "backfill").with("PULL_REQUEST_OUTPUT", "none");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 3, "{}", ran.log);
    assert!(ran.log.contains("Checked 25 of 55 pull requests"), "{}", ran.log);
    assert!(ran.log.contains("55 of 55 pull requests checked, 3 changed"), "{}", ran.log);
}

#[test]
fn one_pull_request_that_fails_does_not_stop_the_others() {
    let bed = three();
    for id in 1..=3 {
        bed.fake.state().decline(id);
    }
    let path = "/repositories/acme/shop/pullrequests/2/comments";
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).method("GET").path(path));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!([101, 102, 103].map(|page| bed.only_rows(page).len()), [0, 1, 0], "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert_eq!(bed.only_rows(102).len(), 0);
}

/// A clock by which so much time passes whenever somebody looks at it, however fast the machine is.
fn clock_of_readings(step: Duration) -> Clock {
    let readings = AtomicU32::new(0);
    let now = move || step * readings.fetch_add(1, Ordering::Relaxed);
    Clock::new(now, || "2026-11-22T09:30:00Z".parse().unwrap(), |_| {}, || 0.5)
}

#[test]
fn what_the_budget_left_is_counted() {
    let mut state = State::default();
    for n in 1..=40 {
        state.open_pull_request(&format!("work-{n}"), "Nothing named", "", &["x"]);
    }
    let bed = reconciling(Bed::new(state, 1)).with("TIMEOUT_SECONDS", "60");
    let (exit, log) = run_by(&clock_of_readings(Duration::from_millis(100)), &bed.variables);
    let ran = Ran { exit, details: log.clone(), log, writes: Vec::new() };
    assert_eq!(ran.exit.code(), 4, "{}", ran.log);
    let left = ran.log.lines().find_map(|line| line.split("Out of time: ").nth(1));
    let left: usize = left.and_then(|line| line.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0);
    assert!((1..40).contains(&left), "{left}: {}", ran.log);
    assert!(ran.log.contains(&format!("{left} of 40 pull requests left")), "{}", ran.log);
}

#[test]
fn reconcile_of_a_private_repository_needs_a_credential() {
    let mut bed = three();
    bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{}", ran.log);
    assert!(ran.log.contains("Set BITBUCKET_ACCESS_TOKEN"), "{}", ran.log);
    assert!(ran.log.contains("✖ Not everything could be done, see above: no pull request was checked"), "{}", ran.log);
}

#[test]
fn a_fork_is_passed_over() {
    let bed = linked();
    bed.fake.state().bitbucket.pull_request_mut(1).source_repository = Some("somebody/shop".to_owned());
    bed.fake.state().bitbucket.pull_request_mut(1).state = PullRequestState::Declined;
    let bed = reconciling(bed);
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 0), "{}", ran.log);
}

#[test]
fn rate_limit_stops_the_run_and_is_said_once() {
    let bed = three();
    (1..=3).for_each(|id| bed.fake.state().decline(id));
    let limited = FaultKind::too_many_requests("3600");
    bed.fake.state().faults.push(Fault::always(limited).at(Service::Confluence).method("PUT"));
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 1), "{:?}: {}", ran.writes, ran.log);
    let said = "rate limited with 2 of 3 pull requests left";
    assert_eq!(ran.log.matches(said).count(), 1, "{}", ran.log);
    bed.fake.state().faults.clear();
    assert_eq!(bed.run_twice().exit.code(), 0);
    assert!((101..=103).all(|page| bed.rows(page).concat().is_empty()), "{:?}", bed.rows(101));
}
