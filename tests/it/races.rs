//! Many runs at once leave one comment and the right rows.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, quick_clock, run_with};
use fake::{BITBUCKET_TOKEN, Barrier, IdOrder, Numbers, State};

/// The step of one pull request.
#[derive(Clone)]
struct Step {
    repository: String,
    id: u64,
    variables: BTreeMap<String, String>,
}

impl Step {
    /// As rows name it.
    fn name(&self) -> String {
        format!("{} #{}", self.repository, self.id)
    }
}

/// So many pull requests that name page 101, spread over three repositories whose numbers overlap.
fn crowd(size: usize, order: IdOrder, seed: u64) -> (Bed, Vec<Step>) {
    let mut state = State::default();
    for numbers in [&mut state.confluence.numbers, &mut state.bitbucket.numbers] {
        numbers.order = order;
        numbers.seed(seed);
    }
    state.add_page(101, "ENG", "ENG-1 Everybody's page");
    let tokens = [
        ("acme/shop", BITBUCKET_TOKEN.to_owned()),
        ("acme/web", state.add_repository("acme/web")),
        ("acme/api", state.add_repository("acme/api")),
    ];
    let opened: Vec<(&str, &str, u64)> = tokens
        .iter()
        .cycle()
        .take(size)
        .enumerate()
        .map(|(n, (name, token))| {
            let id = state.open_pull_request_in(name, &format!("b{n}"), "ENG-1", "", &["x"]);
            (*name, token.as_str(), id)
        })
        .collect();
    let bed = Bed::new(state, 1);
    let step = |(name, token, id): &(&str, &str, u64)| {
        let fake = bed.fake.state();
        let mut requests = fake.bitbucket.repository(name).pull_requests.iter();
        let tip = requests.find(|request| request.id == *id).unwrap().source_commit.clone();
        let mut variables = bed.variables.clone();
        variables.insert("BITBUCKET_REPO_FULL_NAME".to_owned(), (*name).to_owned());
        variables.insert("BITBUCKET_REPO_UUID".to_owned(), fake.bitbucket.repository(name).uuid.clone());
        variables.insert("BITBUCKET_ACCESS_TOKEN".to_owned(), (*token).to_owned());
        variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        variables.insert("BITBUCKET_COMMIT".to_owned(), tip);
        Step { repository: (*name).to_owned(), id: *id, variables }
    };
    let steps = opened.iter().map(step).collect();
    (bed, steps)
}

fn retitle(bed: &Bed, step: &Step, title: &str) {
    let mut state = bed.fake.state();
    let requests = &mut state.bitbucket.repository_mut(&step.repository).pull_requests;
    requests.iter_mut().find(|request| request.id == step.id).unwrap().title = title.to_owned();
}

/// Runs them all, each beginning a little later than another by chance.
fn all_at_once(steps: &[Step], dice: &mut Numbers) {
    let delays: Vec<Duration> = steps.iter().map(|_| Duration::from_millis(dice.random() % 1_000)).collect();
    thread::scope(|scope| {
        let run = |(step, delay): (&Step, Duration)| {
            quick_clock().sleep(delay);
            run_with(&step.variables)
        };
        let runs: Vec<_> = steps.iter().zip(delays).map(|job| scope.spawn(move || run(job))).collect();
        for run in runs {
            let (exit, log) = run.join().unwrap();
            assert_eq!(exit.code(), 0, "{log}");
        }
    });
}

/// The pull requests that have a row on the page, in order.
fn rows(bed: &Bed) -> Vec<String> {
    let rows = bed.only_rows(101);
    let name = |row: &String| row.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    let mut names: Vec<String> = rows.iter().map(name).collect();
    names.sort_unstable();
    names
}

fn names<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<String> {
    let mut names: Vec<String> = steps.into_iter().map(Step::name).collect();
    names.sort_unstable();
    names
}

/// Our comments on a step's pull request.
fn comments(bed: &Bed, step: &Step) -> usize {
    let state = bed.fake.state();
    let mut requests = state.bitbucket.repository(&step.repository).pull_requests.iter();
    let request = requests.find(|request| request.id == step.id).unwrap();
    request.comments.iter().filter(|comment| !comment.deleted).count()
}

/// Everybody runs once more, all at once.
fn nobody_writes(bed: &Bed, steps: &[Step], dice: &mut Numbers) {
    bed.fake.state().jitter = Duration::ZERO;
    bed.fake.clear_requests();
    all_at_once(steps, dice);
    let writes: Vec<String> = bed.fake.writes().iter().map(|recorded| recorded.line()).collect();
    assert_eq!(writes, Vec::<String>::new());
}

/// Fifty pipes link and unlink at once. One comment is left, with exactly the right rows.
fn fifty_pipes(order: IdOrder, seed: u64) {
    let (bed, steps) = crowd(50, order, seed);
    let mut dice = Numbers::from(seed);
    bed.fake.state().jitter = Duration::from_millis(3);
    // Every other one is linked already, and leaves while the others come.
    let stay: Vec<Step> = steps.iter().step_by(2).cloned().collect();
    let leave: Vec<Step> = steps.iter().skip(1).step_by(2).cloned().collect();
    all_at_once(&leave, &mut dice);
    assert_eq!(rows(&bed), names(&leave), "ids {order:?}");
    for step in &leave {
        retitle(&bed, step, "gone");
    }
    all_at_once(&steps, &mut dice);
    assert_eq!(rows(&bed), names(&stay), "ids {order:?}");
    let said: Vec<usize> = steps.iter().map(|step| comments(&bed, step)).collect();
    assert_eq!(said, [1, 0].repeat(25), "ids {order:?}");
    nobody_writes(&bed, &steps, &mut dice);
}

#[test]
fn fifty_pipes_at_once_leave_the_right_rows_when_ids_rise() {
    fifty_pipes(IdOrder::Up, 1);
}

#[test]
fn fifty_pipes_at_once_leave_the_right_rows_when_ids_fall() {
    fifty_pipes(IdOrder::Down, 2);
}

#[test]
fn fifty_pipes_at_once_leave_the_right_rows_when_ids_are_random() {
    fifty_pipes(IdOrder::Random, 3);
}

#[test]
fn simultaneous_first_runs_end_with_one_comment() {
    for (order, creators) in [(IdOrder::Up, 2), (IdOrder::Down, 2), (IdOrder::Up, 3), (IdOrder::Down, 3)] {
        let (bed, steps) = crowd(creators, order, 1);
        bed.fake.state().barriers.push(Barrier::new("POST", "/footer-comments", creators));
        let mut dice = Numbers::from(5);
        all_at_once(&steps, &mut dice);
        let added = bed.fake.writes().iter().filter(|it| it.line().starts_with("POST /wiki")).count();
        assert_eq!(added, creators, "each saw a page without a comment");
        assert_eq!(rows(&bed), names(&steps), "ids {order:?}");
        nobody_writes(&bed, &steps, &mut dice);
    }
}

#[test]
fn simultaneous_pipes_end_with_one_comment() {
    for (order, pipes) in [(IdOrder::Up, 2), (IdOrder::Down, 2), (IdOrder::Up, 3), (IdOrder::Down, 3)] {
        let (bed, steps) = crowd(1, order, 1);
        let steps = vec![steps[0].clone(); pipes];
        bed.fake.state().barriers.push(Barrier::new("POST", "/pullrequests/1/comments", pipes));
        let mut dice = Numbers::from(6);
        all_at_once(&steps, &mut dice);
        let added = bed.fake.writes().iter().filter(|it| it.line().ends_with("/pullrequests/1/comments")).count();
        assert!(added >= pipes, "each saw a pull request without a comment");
        assert_eq!(comments(&bed, &steps[0]), 1, "ids {order:?}: {:#?}", bed.comments(1));
        assert_eq!(rows(&bed), ["acme/shop #1"]);
        nobody_writes(&bed, &steps[..1], &mut dice);
    }
}

#[test]
fn mixed_concurrent_runs_leave_every_row() {
    let (bed, knowing) = crowd(12, IdOrder::Random, 1);
    bed.fake.state().jitter = Duration::from_millis(3);
    let mut dice = Numbers::from(7);
    // Every second pull request is linked by two runs, one that knows it and one that does not.
    let unknowing = knowing.iter().step_by(2).cloned().map(|mut step| {
        step.variables.insert("BITBUCKET_BRANCH".to_owned(), format!("ENG-1-{}x", step.id));
        step.variables.insert("BITBUCKET_AUTH_PROXY".to_owned(), bed.fake.proxy_url());
        step.variables.remove("BITBUCKET_ACCESS_TOKEN");
        step
    });
    let all: Vec<Step> = knowing.iter().cloned().chain(unknowing).collect();
    all_at_once(&all, &mut dice);
    assert_eq!(rows(&bed), names(&knowing));
    // Who knows a pull request gives its row the title that who does not could not give.
    all_at_once(&knowing, &mut dice);
    assert!(bed.only_rows(101).iter().all(|row| row.contains("ENG-1")), "{:#?}", bed.only_rows(101));
    nobody_writes(&bed, &all, &mut dice);
}
