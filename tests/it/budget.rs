//! Services that stop answering: the run ends in time, reports what is left, and the next run does it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::bed::{Bed, fast_clock, run_by};
use crate::binary::Place;
use crate::faults::{PACE, change_of_mind, linking, seen, unlinking_everything};
use crate::sweep::{self, Ground};
use fake::{Fault, FaultKind};

/// What a run may take: its budget, and two seconds of the machine's for threads that wait for a busy core. Four tries of
/// one request that is never answered take eighty.
const BUDGET: Duration = Duration::from_secs(10 + 2 * PACE as u64);

/// A run during which the services stop answering, with what it left behind.
struct Left {
    exit: u8,
    log: String,
    took: Duration,
    receipt: Value,
}

fn run_until(bed: &Bed, last: usize, kind: &FaultKind, directory: &Path) -> Left {
    bed.fake.clear_requests();
    bed.fake.state().faults.push(Fault { skip: last, ..Fault::always(kind.clone()) });
    let mut variables = bed.variables.clone();
    variables.insert("TIMEOUT_SECONDS".to_owned(), "10".to_owned());
    variables.insert("OUTPUT_DIR".to_owned(), directory.to_str().unwrap().to_owned());
    let clock = fast_clock(PACE);
    let (exit, log) = run_by(&clock, &variables);
    let took = clock.now();
    bed.fake.state().faults.clear();
    let receipt = std::fs::read(directory.join("receipt.json")).unwrap();
    Left { exit: exit.code(), log, took, receipt: serde_json::from_slice(&receipt).unwrap() }
}

/// What is wrong with the words of a run that was cut off.
fn ill_words(left: &Left, bed: &Bed, linked: &[u64], kind: &FaultKind) -> Option<String> {
    let Left { exit, log, took, receipt } = left;
    // A service that says when it answers again is not waited for beyond the budget: that is a failure, and not a timeout.
    let (exits, names_the_time): (&[u8], _) = match kind {
        FaultKind::Silence => (&[4], log.contains("TIMEOUT_SECONDS")),
        _ => (&[1, 4], log.contains("TIMEOUT_SECONDS") || log.contains("429") || log.contains("503")),
    };
    if !exits.contains(exit) || receipt["exit_code"] != *exit || *took > BUDGET {
        return Some(format!("exit code {exit} after {took:?}"));
    }
    let failures = receipt["failures"].as_array().unwrap();
    if !names_the_time || failures.is_empty() || !log.lines().any(|line| line.starts_with("ERROR")) {
        return Some(format!("nothing says that the time was up: {failures:#?}"));
    }
    let subject = &receipt["subjects"][0];
    if subject["outcome"] == "failed" {
        // It never came to a plan.
        return (!log.contains("Couldn't link the pull request"))
            .then(|| "nothing says that nothing is linked".to_owned());
    }
    // A page that says something else than it should is named, in the log and in the receipt, or its mention is.
    let entries = receipt["pages"].as_array().unwrap();
    let mentions = receipt["mentions"].as_array().unwrap();
    let not_read = mentions.iter().any(|entry| entry["outcome"] == "not-read");
    let unsaid = [101, 102, 103, 104].into_iter().find(|page| {
        let holds = bed.rows(*page).concat().iter().any(|row| row.contains(&format!("#{} ", subject["pull_request"])));
        let named = |line: &str| line.contains(&format!("page:{page}")) && !line.ends_with(" in title)");
        let entry = entries.iter().find(|entry| entry["id"] == *page.to_string());
        // What is not known of a page counts as not allowed there.
        let not_known = ["read-only", "outside-spaces"];
        let of_time = ["out-of-time", "failed", "not-recorded", "not-read", "unread", "incomplete"];
        let reasons = [&of_time[..], &not_known[..]].concat();
        let of_failure = |entry: &Value| entry["reason"].as_str().is_some_and(|reason| reasons.contains(&reason));
        let said = entry.is_some_and(of_failure) && log.lines().any(named);
        holds != linked.contains(page) && !said && !(not_read && log.contains("Couldn't look up in this run"))
    });
    unsaid.map(|page| format!("page {page} is not as it should be, and nothing says so"))
}

/// After how many requests the services stop answering, and how.
struct Case {
    last: usize,
    kind: FaultKind,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.30} after {}", format!("{:?}", self.kind), self.last)
    }
}

fn sweep(scenario: fn() -> Bed, linked: &[u64]) {
    let clean = scenario();
    clean.run();
    let requests = clean.fake.requests().len();
    let wanted = seen(&clean);
    // So a run that ends like this has nothing left to do.
    clean.nothing_is_left_to_do();
    let kinds = || [FaultKind::Silence, FaultKind::too_many_requests("3600"), FaultKind::unavailable("4")];
    let cases: Vec<Case> =
        (0..requests).flat_map(|last| kinds().into_iter().map(move |kind| Case { last, kind })).collect();
    sweep::sweep(
        &cases,
        || (Ground::new(scenario()), Place::new()),
        |(ground, place), case| {
            let bed = ground.reset();
            let left = run_until(bed, case.last, &case.kind, &place.join("out"));
            let ill = ill_words(&left, bed, linked, &case.kind);
            let repair = bed.run();
            let now = seen(bed);
            let lost = (now != wanted).then(|| format!("{now}\nwanted {wanted}"));
            let Some(why) = ill.or(lost) else { return Ok(()) };
            Err(format!("{why}\n{}\n{:#}\nrepair: {}", left.log, left.receipt, repair.log))
        },
    );
}

#[test]
fn interrupted_first_link_is_finished_by_the_next_run() {
    sweep(linking, &[101, 102, 103]);
}

#[test]
fn interrupted_change_is_finished_by_the_next_run() {
    sweep(change_of_mind, &[101, 103, 104]);
}

#[test]
fn interrupted_unlinking_is_finished_by_the_next_run() {
    sweep(unlinking_everything, &[]);
}

#[test]
fn out_of_time_is_a_warning_by_default() {
    let bed = linking().with("ON_ERROR", "warn");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("budget-warn");
    let left = run_until(&bed, 9, &FaultKind::Silence, &directory);
    assert_eq!((left.exit, left.receipt["exit_code"].as_u64()), (0, Some(0)), "{}", left.log);
    assert!(left.log.contains("✖ Out of time, not everything could be done"), "{}", left.log);
    assert!(left.log.contains("the step passes, because ON_ERROR is `warn`"), "{}", left.log);
    let not_done = left.receipt["subjects"][0]["skipped_writes"].as_array().unwrap();
    assert!(!not_done.is_empty(), "{:#}", left.receipt);
    bed.run();
    bed.nothing_is_left_to_do();
}
