//! A push says which pull requests it merged, whatever the strategy and the message.

mod unsure;

use std::collections::BTreeMap;

use crate::bed::{Bed, Ran};
use fake::{Account, Happening, PullRequestState, State};

/// A repository with one page for each of four pull requests to come.
fn repository() -> State {
    let mut state = State::default();
    for id in 1..=4 {
        state.add_page(100 + id, "ENG", &format!("ENG-{id} Page"));
    }
    state
}

/// A pull request with two commits, linked by its own pipeline.
fn linked(bed: &mut Bed, number: u64) -> u64 {
    let (branch, title) = (format!("work-{number}"), format!("ENG-{number} work"));
    let id = bed.fake.state().open_pull_request(&branch, &title, "", &["begin", "end"]);
    run_its_pipeline(bed, id);
    id
}

fn run_its_pipeline(bed: &mut Bed, id: u64) {
    bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
    bed.at_tip(id);
    assert_eq!(bed.run().exit.code(), 0);
}

fn pushed(bed: &mut Bed, branch: &str, commit: &str) -> Ran {
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.variables.insert("BITBUCKET_BRANCH".to_owned(), branch.to_owned());
    bed.variables.insert("BITBUCKET_COMMIT".to_owned(), commit.to_owned());
    bed.run_twice()
}

/// The state that the page of each pull request shows.
fn states(bed: &Bed) -> BTreeMap<String, String> {
    let rows = (101..=104).flat_map(|page| bed.rows(page)).flatten();
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        (cells[0].split(' ').nth(1).unwrap().to_owned(), cells[1].to_owned())
    })
    .collect()
}

fn shown(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, state)| ((*id).to_owned(), (*state).to_owned())).collect()
}

const STRATEGIES: [&str; 5] = ["merge_commit", "squash", "fast_forward", "rebase_fast_forward", "rebase_merge"];

fn merge(state: &mut State, id: u64, strategy: &str, delete_branch: bool) -> String {
    match strategy {
        "merge_commit" => state.merge(id, delete_branch),
        "squash" => state.squash(id, delete_branch),
        "fast_forward" => state.fast_forward(id, delete_branch),
        "rebase_fast_forward" => state.rebase(id, true, delete_branch),
        "rebase_merge" => state.rebase(id, false, delete_branch),
        other => panic!("{other}"),
    }
}

#[test]
fn push_ends_its_pull_request_with_every_strategy_and_message() {
    for strategy in STRATEGIES {
        for (message, indexed) in [(None, false), (Some("feat: checkout (#1)"), false), (Some("checkout"), true)] {
            let mut bed = Bed::new(repository(), 1);
            linked(&mut bed, 1);
            linked(&mut bed, 2);
            let commit = {
                let mut state = bed.fake.state();
                state.bitbucket.pr_commit_links = indexed;
                let commit = merge(&mut state, 1, strategy, true);
                if let Some(message) = message {
                    state.reword(&commit, message);
                }
                commit
            };
            let ran = pushed(&mut bed, "main", &commit);
            assert_eq!(ran.exit.code(), 0, "{}", ran.log);
            assert_eq!(states(&bed), shown(&[("#1", "merged"), ("#2", "open")]), "{strategy} {message:?}: {}", ran.log);
        }
    }
}

#[test]
fn push_ends_every_pull_request_that_it_merged() {
    // Two merges are made on one machine and pushed at once; Bitbucket ends both pull requests then. The destination is its
    // tip before the push or after it.
    for is_before in [true, false] {
        let mut bed = Bed::new(repository(), 1);
        linked(&mut bed, 1);
        linked(&mut bed, 2);
        linked(&mut bed, 3);
        let last = {
            let mut state = bed.fake.state();
            let State { bitbucket, clock, .. } = &mut *state;
            let begin = bitbucket.repositories[0].branches["main"].clone();
            let mut last = begin.clone();
            let mut merges = Vec::new();
            for id in [1, 2] {
                let tip = bitbucket.pull_request(id).source_commit.clone();
                last = bitbucket.repositories[0].commit_with_parents(clock, "main", "one of two", vec![last, tip]);
                merges.push((id, last.clone()));
            }
            clock.tick();
            for (id, merge) in merges {
                state.end(id, PullRequestState::Merged, Some(merge), false);
                let destination = if is_before { &begin } else { &last };
                state.bitbucket.pull_request_mut(id).destination_commit.clone_from(destination);
            }
            last
        };
        pushed(&mut bed, "main", &last);
        assert_eq!(states(&bed), shown(&[("#1", "merged"), ("#2", "merged"), ("#3", "open")]));
    }
}

#[test]
fn push_ends_a_pull_request_whose_commits_another_one_contains() {
    // Bitbucket names the same merge for both.
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    let second = bed.fake.state().open_stacked_pull_request("work-2", "work-1", "ENG-2 more", &["more"]);
    bed.fake.state().bitbucket.pull_request_mut(second).destination_branch = "main".to_owned();
    run_its_pipeline(&mut bed, second);
    let merge = {
        let mut state = bed.fake.state();
        let merge = state.merge(second, true);
        state.end(1, PullRequestState::Merged, Some(merge.clone()), true);
        merge
    };
    pushed(&mut bed, "main", &merge);
    assert_eq!(states(&bed), shown(&[("#1", "merged"), ("#2", "merged")]));
}

#[test]
fn push_ends_stacked_pull_requests_that_no_pipeline_saw() {
    let long_ago = "2026-10-01T00:00:00Z".parse().unwrap();
    for strategy in STRATEGIES {
        let mut bed = Bed::new(repository(), 1);
        linked(&mut bed, 1);
        let second = bed.fake.state().open_stacked_pull_request("work-2", "work-1", "ENG-2 below", &["below"]);
        run_its_pipeline(&mut bed, second);
        let third = bed.fake.state().open_stacked_pull_request("work-3", "work-2", "ENG-3 deepest", &["deepest"]);
        run_its_pipeline(&mut bed, third);
        linked(&mut bed, 4);
        let commit = {
            let mut state = bed.fake.state();
            state.squash(third, false);
            let below = state.bitbucket.repositories[0].branches["work-2"].clone();
            state.bitbucket.pull_request_mut(second).source_commit = below;
            state.squash(second, false);
            let first = state.bitbucket.repositories[0].branches["work-1"].clone();
            state.bitbucket.pull_request_mut(1).source_commit = first;
            for id in [second, third] {
                state.bitbucket.pull_request_mut(id).updated_on = long_ago;
            }
            merge(&mut state, 1, strategy, false)
        };
        pushed(&mut bed, "main", &commit);
        let all = [("#1", "merged"), ("#2", "merged"), ("#3", "merged"), ("#4", "open")];
        assert_eq!(states(&bed), shown(&all), "{strategy}");
    }
}

#[test]
fn twenty_stacked_pull_requests_are_read() {
    let mut bed = Bed::new(repository(), 1);
    // The branch was merged before.
    let before = bed.fake.state().open_pull_request("work-1", "An earlier part", "", &["begin"]);
    bed.fake.state().squash(before, false);
    bed.fake.state().bitbucket.pull_request_mut(before).updated_on = "2026-10-01T00:00:00Z".parse().unwrap();
    let id = linked(&mut bed, 1);
    for number in 0..25 {
        let id = bed.fake.state().open_stacked_pull_request(&format!("below-{number}"), "work-1", "Part", &["part"]);
        bed.fake.state().squash(id, true);
    }
    let merge = bed.fake.state().merge(id, false);
    pushed(&mut bed, "main", &merge);
    let requests = bed.fake.requests().into_iter();
    let numbers = requests.filter_map(|one| one.request.path.split_once("/pullrequests/")?.1.parse::<u64>().ok());
    let numbers: std::collections::BTreeSet<u64> = numbers.collect();
    assert_eq!((numbers.len(), numbers.contains(&before)), (21, false));
}

#[test]
fn push_reads_no_pull_requests_of_earlier_pushes() {
    let mut bed = Bed::new(repository(), 1);
    for number in 1..=3 {
        linked(&mut bed, number);
        let merge = bed.fake.state().merge(number, true);
        pushed(&mut bed, "main", &merge);
    }
    // Somebody comments later on, which changes the pull request.
    {
        let mut state = bed.fake.state();
        state.comment(1, Account::somebody_else(), "Nice.");
        let now = state.clock.now();
        state.bitbucket.pull_request_mut(1).updated_on = now;
    }
    let about = |bed: &Bed| {
        let requests = bed.fake.requests();
        [1, 2, 3].map(|id| requests.iter().any(|one| one.request.path.contains(&format!("/pullrequests/{id}"))))
    };
    bed.run();
    assert_eq!(about(&bed), [false, false, true]);
    let asks_for_open_ones = |one: &fake::Recorded| {
        let is_it = |value: &str| value.contains("destination.branch.name") && value.contains("OPEN");
        one.request.query.iter().any(|(name, value)| name == "q" && is_it(value))
    };
    assert!(!bed.fake.requests().iter().any(asks_for_open_ones), "a merge that is known explains the push");

    for is_picked in [false, true] {
        let direct = {
            let mut state = bed.fake.state();
            let State { bitbucket, clock, .. } = &mut *state;
            bitbucket.repositories[0].commit(clock, "main", "straight to main")
        };
        if is_picked {
            // A picked commit keeps the date of its origin.
            unsure::date(&bed, &direct, "2026-01-01T00:00:00Z");
        }
        pushed(&mut bed, "main", &direct);
        assert_eq!(about(&bed), [false, false, false]);
    }

    // A fork's branch has a name of ours.
    let fork = bed.fake.state().open_pull_request("main-of-a-fork", "ENG-4 theirs", "", &["work"]);
    let merge = {
        let mut state = bed.fake.state();
        let merge = state.merge(fork, true);
        let request = state.bitbucket.pull_request_mut(fork);
        request.source_branch = "main".to_owned();
        request.source_repository = Some("somebody/shop".to_owned());
        merge
    };
    pushed(&mut bed, "main", &merge);
    assert_eq!(about(&bed), [false, false, false]);
}

#[test]
fn push_without_merge_says_so_only_when_that_is_known() {
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    let direct = {
        let mut state = bed.fake.state();
        let State { bitbucket, clock, .. } = &mut *state;
        bitbucket.repositories[0].commit(clock, "main", "straight to main")
    };
    let ran = pushed(&mut bed, "main", &direct);
    assert!(ran.log.contains("the branch `main` has no open pull request, and this commit merged none"), "{}", ran.log);

    // The merge is pushed, and Bitbucket's workers have not come to the pull request.
    let late = {
        let mut state = bed.fake.state();
        let State { bitbucket, clock, .. } = &mut *state;
        let tips = vec![direct, bitbucket.pull_request(1).source_commit.clone()];
        bitbucket.repositories[0].commit_with_parents(clock, "main", "any words", tips)
    };
    let ran = pushed(&mut bed, "main", &late);
    assert!(!ran.log.contains("merged none"), "{}", ran.log);
    assert!(
        ran.log.contains(
            "WARNING: Can't find out which pull requests this commit merged: Bitbucket still shows #1 as open"
        ),
        "{}",
        ran.log
    );
    assert_eq!(ran.exit.code(), 0);

    // The same after a squash: only its message names the pull request.
    let squash = {
        let mut state = bed.fake.state();
        let State { bitbucket, clock, .. } = &mut *state;
        bitbucket.repositories[0].commit(clock, "main", "Merged in work-1 (pull request #1)\n\nENG-1 work")
    };
    let ran = pushed(&mut bed, "main", &squash);
    assert!(ran.log.contains("Bitbucket still shows #1 as open"), "{}", ran.log);

    // The same after a push that moved the branch forward.
    let tip = {
        let mut state = bed.fake.state();
        let tip = state.bitbucket.pull_request(1).source_commit.clone();
        state.bitbucket.repositories[0].branches.insert("main".to_owned(), tip.clone());
        tip
    };
    let ran = pushed(&mut bed, "main", &tip);
    assert!(ran.log.contains("Bitbucket still shows #1 as open"), "{}", ran.log);

    let merge = late.clone();
    let ends = move |state: &mut State| state.end(1, PullRequestState::Merged, Some(merge.clone()), true);
    bed.fake.state().happenings.push(Happening::after(|request| request.path.ends_with("/pullrequests/1"), ends));
    let ran = pushed(&mut bed, "main", &late);
    assert_eq!(states(&bed), shown(&[("#1", "merged")]), "{}", ran.log);
}

#[test]
fn push_of_an_unknown_commit_does_not_claim_no_merge() {
    let mut bed = Bed::new(repository(), 1);
    let ran = pushed(&mut bed, "main", &"0".repeat(40));
    assert!(
        ran.log.contains("Can't find out which pull requests this commit merged: Bitbucket doesn't know the commit"),
        "{}",
        ran.log
    );
    bed.variables.remove("BITBUCKET_COMMIT");
    let ran = bed.run_twice();
    assert!(
        ran.log.contains("Can't find out which pull requests this commit merged: BITBUCKET_COMMIT is missing"),
        "{}",
        ran.log
    );
    assert!(!ran.log.contains("merged none"), "{}", ran.log);
}

#[test]
fn pipeline_of_a_trigger_knows_the_pull_request_by_its_branch() {
    for strategy in STRATEGIES {
        let mut bed = Bed::new(repository(), 1);
        linked(&mut bed, 1);
        let tip = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
        merge(&mut bed.fake.state(), 1, strategy, false);
        let ran = pushed(&mut bed, "work-1", &tip);
        assert_eq!(states(&bed), shown(&[("#1", "merged")]), "{}", ran.log);
    }
    // The branch is gone, and its commit with it.
    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    bed.fake.state().squash(1, true);
    let ran = pushed(&mut bed, "work-1", &"0".repeat(40));
    assert_eq!(states(&bed), shown(&[("#1", "merged")]), "{}", ran.log);
    assert!(!ran.log.contains("Can't find out"), "{}", ran.log);

    let mut bed = Bed::new(repository(), 1);
    linked(&mut bed, 1);
    bed.fake.state().decline(1);
    let tip = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
    let ran = pushed(&mut bed, "work-1", &tip);
    assert_eq!((states(&bed), bed.comments(1).len()), (BTreeMap::new(), 0), "{}", ran.log);
}

#[test]
fn three_newest_ended_pull_requests_are_read() {
    let mut bed = Bed::new(repository(), 1);
    for number in 1..=5 {
        bed.fake.state().open_pull_request("work", &format!("Attempt {number}"), "", &["ENG-1"]);
        bed.fake.state().decline(number);
    }
    bed.fake.state().bitbucket.pull_request_mut(5).updated_on = "2026-11-20T00:00:00Z".parse().unwrap();
    let tip = bed.fake.state().bitbucket.repositories[0].branches["work"].clone();
    pushed(&mut bed, "work", &tip);
    let looked_at = |id: u64| {
        let path = format!("/pullrequests/{id}");
        bed.fake.requests().iter().any(|recorded| recorded.request.path.ends_with(&path))
    };
    assert_eq!([1, 2, 3, 4, 5].map(looked_at), [false, true, true, true, false]);
    // Those that ended more than a day ago are no business of this run.
    for id in 1..=4 {
        bed.fake.state().bitbucket.pull_request_mut(id).updated_on = "2026-11-21T09:29:00Z".parse().unwrap();
    }
    bed.run();
    assert_eq!([1, 2, 3, 4, 5].map(looked_at), [false; 5]);
}
