//! Wrong dates, and lists of merged pull requests that are cut.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use confluence_pr_link::clock::Clock;
use serde_json::json;

use super::{STRATEGIES, linked, merge, pushed, repository, shown, states};
use crate::bed::{Bed, run_by};
use fake::{Fault, FaultKind, PullRequest, PullRequestState, Service, State, hash};

/// The date that a commit carries is that of the machine where it was made.
pub(super) fn date(bed: &Bed, commit: &str, at: &str) {
    let mut state = bed.fake.state();
    let commits = &mut state.bitbucket.repositories[0].commits;
    commits.iter_mut().find(|one| one.hash == commit).unwrap().date = at.parse().unwrap();
}

#[test]
fn push_ends_its_pull_request_whatever_the_date_of_its_commit() {
    let dates = ["2026-11-22T09:29:59Z", "2026-11-25T00:00:00Z", "2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"];
    for at in dates.into_iter().chain(["1901-01-01T00:00:00Z"]) {
        for strategy in STRATEGIES {
            let mut bed = Bed::new(repository(), 1);
            linked(&mut bed, 1);
            linked(&mut bed, 2);
            let commit = merge(&mut bed.fake.state(), 1, strategy, true);
            date(&bed, &commit, at);
            let ran = pushed(&mut bed, "main", &commit);
            assert_eq!(states(&bed), shown(&[("#1", "merged"), ("#2", "open")]), "{at} {strategy}: {}", ran.log);
            assert!(!ran.log.contains("merged none"), "{}", ran.log);
        }
    }
}

/// A merged pull request, and 150 others that changed after it.
fn busy() -> (Bed, String) {
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    linked(&mut bed, 2);
    let before = bed.fake.state().merge(1, true);
    pushed(&mut bed, "main", &before);
    let commit = bed.fake.state().merge(2, true);
    let mut state = bed.fake.state();
    let others = state.bitbucket.pull_request(1).clone();
    for id in 10..160 {
        let updated_on = state.clock.tick();
        let merge_commit = Some(hash(id + 1_000));
        let other = PullRequest { id, updated_on, merge_commit, ..others.clone() };
        state.bitbucket.repositories[0].pull_requests.push(other);
    }
    drop(state);
    (bed, commit)
}

#[test]
fn earlier_merge_in_a_cut_list_is_not_taken_for_the_pushed_one() {
    for indexed in [false, true] {
        let (mut bed, commit) = busy();
        bed.fake.state().bitbucket.pr_commit_links = indexed;
        // Somebody comments on the earlier one, so that it is among those that changed last.
        let now = bed.fake.state().clock.tick();
        bed.fake.state().bitbucket.pull_request_mut(1).updated_on = now;
        let ran = pushed(&mut bed, "main", &commit);
        let second = if indexed { "merged" } else { "open" };
        assert_eq!(states(&bed), shown(&[("#1", "merged"), ("#2", second)]), "{}", ran.log);
        assert_eq!(ran.log.contains("too many pull requests changed"), !indexed, "{}", ran.log);
    }
}

/// Where more pull requests changed than are read, one was merged by the pushed commit.
fn crowded() -> (Bed, String) {
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    let commit = bed.fake.state().squash(1, true);
    bed.fake.state().reword(&commit, "any words");
    let next = format!("{}/repositories/acme/shop/pullrequests?page=2", bed.fake.bitbucket_api_url());
    let other = json!({"id": 77, "state": "MERGED", "merge_commit": {"hash": "0123456789ab"}});
    let endless = FaultKind::json(200, &json!({"values": [other], "next": next}));
    let fault = Fault::always(endless).at(Service::Bitbucket).path("/pullrequests?q=state");
    let rest = FaultKind::json(200, &json!({"values": [other], "next": next}));
    let mut state = bed.fake.state();
    state.faults.push(fault);
    state.faults.push(Fault::always(rest).at(Service::Bitbucket).path("/pullrequests?page=2"));
    drop(state);
    (bed, commit)
}

#[test]
fn list_that_fails_does_not_claim_no_merge() {
    // The lists are of merged pull requests, and of open ones into the branch.
    for list in ["/pullrequests?q=state", "/pullrequests?q=destination"] {
        let mut bed = Bed::new(repository(), 1);
        linked(&mut bed, 1);
        let commit = bed.fake.state().merge(1, true);
        bed.fake.state().end(1, PullRequestState::Open, None, false);
        let fault = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path(list);
        bed.fake.state().faults.push(fault);
        let ran = pushed(&mut bed, "main", &commit);
        assert_eq!(ran.exit.code(), 1, "{}", ran.log);
        assert!(!ran.log.contains("merged none"), "{}", ran.log);
    }
}

#[test]
fn stacked_pull_requests_that_cannot_be_listed_are_reported() {
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    let commit = bed.fake.state().merge(1, true);
    let fault = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("destination.branch.name =");
    bed.fake.state().faults.push(fault);
    assert_eq!(pushed(&mut bed, "main", &commit).exit.code(), 1);
}

#[test]
fn index_of_commits_answers_where_the_list_is_cut() {
    let (mut bed, commit) = crowded();
    // Another one was merged into another branch, and has the commit too.
    let other = bed.fake.state().open_pull_request("work-2", "ENG-2 goes elsewhere", "", &["work"]);
    bed.fake.state().bitbucket.pull_request_mut(other).destination_branch = "release/1.3".to_owned();
    bed.fake.state().bitbucket.pull_request_mut(other).commits.push(commit.clone());
    bed.fake.state().end(other, PullRequestState::Merged, Some(hash(9_999)), false);
    bed.fake.state().bitbucket.pr_commit_links = true;
    pushed(&mut bed, "main", &commit);
    assert_eq!(states(&bed), shown(&[("#1", "merged")]));

    let (mut bed, commit) = crowded();
    let ran = pushed(&mut bed, "main", &commit);
    assert_eq!(states(&bed), shown(&[("#1", "open")]));
    let said = "Can't find out which pull requests this commit merged: too many pull requests changed";
    assert!(ran.log.contains(said) && !ran.log.contains("merged none"), "{}", ran.log);
}

#[test]
fn unfinished_commit_index_is_asked_again() {
    let (mut bed, commit) = crowded();
    let answer = FaultKind::json(202, &json!({"values": []}));
    let still = Fault::always(answer).at(Service::Bitbucket).path(&format!("/commit/{commit}/pullrequests"));
    bed.fake.state().bitbucket.pr_commit_links = true;
    bed.fake.state().faults.push(still.clone());
    let ran = pushed(&mut bed, "main", &commit);
    assert!(ran.log.contains("Bitbucket is still indexing the repository's pull requests"), "{}", ran.log);
    assert!(!ran.log.contains("merged none"), "{}", ran.log);
    assert_eq!(bed.fake.requests().iter().filter(|one| one.request.path.contains("/commit/")).count(), 4);

    bed.fake.state().faults.pop();
    bed.fake.state().faults.push(Fault { times: Some(2), ..still });
    pushed(&mut bed, "main", &commit);
    assert_eq!(states(&bed), shown(&[("#1", "merged")]));
}

/// A clock that stands still but for sleeps.
fn clock_of_sleeps(begin: Duration) -> Clock {
    let time = Arc::new(Mutex::new(begin));
    let now = Arc::clone(&time);
    let sleep = move |duration| *time.lock().unwrap() += duration;
    Clock::new(move || *now.lock().unwrap(), || "2026-11-22T09:30:00Z".parse().unwrap(), sleep, || 0.5)
}

#[test]
fn wait_for_a_late_merge_ends_with_the_budget() {
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    let squash = {
        let mut state = bed.fake.state();
        let State { bitbucket, clock, .. } = &mut *state;
        bitbucket.repositories[0].commit(clock, "main", "Merged in work-1 (pull request #1)")
    };
    bed.variables.remove("BITBUCKET_PR_ID");
    let bed = bed.with("BITBUCKET_BRANCH", "main").with("BITBUCKET_COMMIT", &squash).with("TIMEOUT_SECONDS", "3");
    let clock = clock_of_sleeps(Duration::from_millis(500));
    let (exit, log) = run_by(&clock, &bed.variables);
    assert_eq!((exit.code(), clock.now()), (4, Duration::from_secs(3)), "{log}");
}
