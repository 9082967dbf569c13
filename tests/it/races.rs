//! Many pipes at once: one comment at the end, and exactly the right rows.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, run_with};
use crate::fake::{IdOrder, State};

/// The variables of each pull request's step.
fn steps(bed: &Bed, ids: &[u64]) -> Vec<BTreeMap<String, String>> {
    let step = |id: &u64| {
        let mut variables = bed.variables.clone();
        variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        let tip = bed.fake.state().bitbucket.pull_request(*id).source_commit.clone();
        variables.insert("BITBUCKET_COMMIT".to_owned(), tip);
        variables
    };
    ids.iter().map(step).collect()
}

fn all_at_once(steps: &[BTreeMap<String, String>]) {
    thread::scope(|scope| {
        let runs: Vec<_> = steps.iter().map(|variables| scope.spawn(|| run_with(variables))).collect();
        for run in runs {
            let (exit, log) = run.join().unwrap();
            assert_eq!(exit.code(), 0, "{log}");
        }
    });
}

fn numbers(rows: &[String]) -> Vec<u64> {
    let number = |row: &String| row.split('#').nth(1)?.split(' ').next()?.parse().ok();
    let mut numbers: Vec<u64> = rows.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn linking_and_unlinking_at_once_leaves_one_comment_with_exactly_the_right_rows() {
    for (order, seed) in [(IdOrder::Up, 1), (IdOrder::Down, 2), (IdOrder::Random, 3), (IdOrder::Random, 4)] {
        let mut state = State::default();
        state.confluence.numbers.order = order;
        state.confluence.numbers.seed(seed);
        state.bitbucket.numbers.order = order;
        state.add_page(101, "ENG", "ENG-1 Everybody's page");
        let ids: Vec<u64> = (0..16).map(|n| state.open_pull_request(&format!("b{n}"), "ENG-1", "", &["x"])).collect();
        let bed = Bed::new(state, ids[0]);
        let (stay, leave) = ids.split_at(8);
        // Half are linked, and leave while the others come.
        for variables in steps(&bed, leave) {
            run_with(&variables);
        }
        for id in leave {
            bed.fake.state().bitbucket.pull_request_mut(*id).title = "gone".to_owned();
        }
        bed.fake.state().jitter = Duration::from_millis(3);
        all_at_once(&steps(&bed, &ids));
        assert_eq!(numbers(&bed.only_rows(101)), stay, "ids {order:?}");
        bed.fake.state().jitter = Duration::ZERO;
        for variables in steps(&bed, &ids) {
            bed.fake.clear_requests();
            let (_, log) = run_with(&variables);
            assert!(bed.fake.writes().is_empty(), "{log}");
        }
    }
}

#[test]
fn the_first_two_creators_at_the_same_moment_end_with_one_comment() {
    for order in [IdOrder::Up, IdOrder::Down] {
        let mut state = State::default();
        state.confluence.numbers.order = order;
        state.add_page(101, "ENG", "ENG-1 Page");
        let ids: Vec<u64> = (0..2).map(|n| state.open_pull_request(&format!("b{n}"), "ENG-1", "", &["x"])).collect();
        // Everybody reads for so long that both see an empty page.
        state.confluence_latency = Duration::from_millis(15);
        let bed = Bed::new(state, ids[0]);
        all_at_once(&steps(&bed, &ids));
        assert_eq!(numbers(&bed.only_rows(101)), ids);
    }
}

#[test]
fn two_pipes_of_one_pull_request_end_with_one_comment() {
    for order in [IdOrder::Up, IdOrder::Down] {
        let mut state = State::default();
        state.bitbucket.numbers.order = order;
        state.add_page(101, "ENG", "ENG-1 Page");
        let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
        state.bitbucket_latency = Duration::from_millis(10);
        let bed = Bed::new(state, id);
        all_at_once(&steps(&bed, &[id, id, id]));
        assert_eq!(bed.comments(id).len(), 1, "{:#?}", bed.comments(id));
        assert_eq!(bed.only_rows(101).len(), 1);
        bed.fake.state().bitbucket_latency = Duration::ZERO;
        bed.nothing_is_left_to_do();
    }
}
