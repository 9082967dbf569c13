//! An older run never overwrites a newer one, wherever it is overtaken.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bed::{Bed, run_with};
use crate::sweep::{self, Ground};
use fake::{Latch, PausePoint, PausedRequest, State, until};

/// What happens to the pull request while the older run is under way.
#[derive(Clone, Copy, Debug)]
enum Change {
    Merged,
    Declined,
    NamesAnotherPage,
    NoDraftAnyMore,
    AsksToBeSkipped,
}

impl Change {
    fn happen(self, bed: &Bed) {
        let mut state = bed.fake.state();
        match self {
            Self::Merged => drop(state.merge(1, true)),
            Self::Declined => state.decline(1),
            Self::NamesAnotherPage => {
                state.bitbucket.pull_request_mut(1).description = links(bed, &[101, 102]);
            }
            Self::NoDraftAnyMore => state.bitbucket.pull_request_mut(1).draft = false,
            Self::AsksToBeSkipped => state.bitbucket.pull_request_mut(1).title = "[skip confluence]".to_owned(),
        }
    }
}

fn links(bed: &Bed, pages: &[u64]) -> String {
    let site = bed.fake.confluence_url();
    pages.iter().map(|page| format!("{site}/wiki/spaces/ENG/pages/{page}\n\n")).collect()
}

/// A pull request that is linked to page 101 and now names page 103 too; page 101 has another row.
fn bed(change: Change) -> Bed {
    let mut state = State::default();
    for page in [101, 102, 103] {
        state.add_page(page, "ENG", &format!("Page {page}"));
    }
    let id = state.open_pull_request("work", "Work", "", &["start"]);
    let other = state.open_pull_request("other", "Other", "", &["start"]);
    let mut bed = Bed::new(state, other);
    let first = links(&bed, &[101]);
    for id in [id, other] {
        bed.fake.state().bitbucket.pull_request_mut(id).description.clone_from(&first);
        bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        bed.at_tip(id);
        bed.run();
    }
    bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
    bed.at_tip(id);
    bed.fake.state().bitbucket.pull_request_mut(id).description = links(&bed, &[101, 103]);
    bed.fake.state().bitbucket.pull_request_mut(id).draft = matches!(change, Change::NoDraftAnyMore);
    bed
}

/// What both sides say. A page without a comment of ours says what one with an emptied comment says, and a row keeps
/// the title it was written with.
fn truth(bed: &Bed) -> Value {
    let rows = |page| bed.rows(page).concat();
    let comments: Vec<String> = bed.comments(1);
    let reports = bed.fake.what_people_see()["reports"].to_string();
    json!({"101": rows(101), "102": rows(102), "103": rows(103), "comments": comments, "reports": bed.placed(&reports)})
}

/// The same when the index does not name page 103.
fn forgotten(mut truth: Value) -> Value {
    for comment in truth["comments"].as_array_mut().unwrap() {
        *comment = comment.as_str().unwrap().replace(",page:103)", ")").into();
    }
    truth
}

/// The requests of a run, counted in a world of its own.
fn count(bed: &Bed) -> usize {
    bed.fake.clear_requests();
    run_with(&bed.variables);
    bed.fake.requests().len()
}

/// The older run is overtaken at one request, or the two take turns.
#[derive(Clone, Copy, Debug)]
struct Case {
    change: Change,
    older: (usize, PausePoint),
    /// Where the newer run waits for the older one to end, if it does.
    newer: Option<usize>,
}

fn pause(bed: &Bed, number: usize, at: PausePoint) -> Latch {
    let latch = Latch::default();
    bed.fake.state().paused.push(PausedRequest { number, at, latch: latch.clone() });
    latch
}

/// Both runs, overlapping as the case says.
fn overtake(bed: &Bed, case: Case) -> String {
    bed.fake.clear_requests();
    let latch = pause(bed, case.older.0, case.older.1);
    let variables = &bed.variables;
    thread::scope(|scope| {
        let older = scope.spawn(|| run_with(variables).1);
        latch.is_reached(|| older.is_finished());
        bed.fake.rest();
        case.change.happen(bed);
        let next = bed.fake.requests().last().map_or(0, |last| last.number);
        let second = case.newer.map(|number| pause(bed, next + number, PausePoint::Arrival));
        let newer = scope.spawn(|| run_with(variables).1);
        match &second {
            Some(second) => {
                second.is_reached(|| newer.is_finished());
                bed.fake.state().paused.clear();
                latch.open();
                // Should it be the older one that waits there, neither would ever end.
                until(Duration::from_secs(1), || older.is_finished());
                second.open();
                let older = older.join().unwrap();
                format!("older:\n{older}\nnewer:\n{}", newer.join().unwrap())
            }
            None => {
                let newer = newer.join().unwrap();
                latch.open();
                format!("newer:\n{newer}\nolder:\n{}", older.join().unwrap())
            }
        }
    })
}

fn sweep(cases: &[Case], change: Change) {
    let alone = bed(change);
    change.happen(&alone);
    run_with(&alone.variables);
    let wanted = truth(&alone);
    sweep::sweep(
        cases,
        || Ground::new(bed(change)),
        |ground, case| {
            let bed = ground.reset();
            let logs = overtake(bed, *case);
            bed.fake.state().paused.clear();
            // What two runs of one pull request recorded at the same time may be named until the next one looks.
            let remembered = |text: &Value| text["comments"].to_string().contains("page:103");
            let now = truth(bed);
            let (now, more) = match case.newer {
                Some(_) if remembered(&now) && !remembered(&wanted) => (forgotten(now), bed.run().writes.len() != 1),
                Some(_) | None => (now, false),
            };
            let again = bed.run().writes;
            if !more && now == wanted && again.is_empty() {
                return Ok(());
            }
            Err(format!("left to write {again:?}\n{now:#}\nwanted {wanted:#}\n{logs}"))
        },
    );
}

fn overtaken_anywhere(change: Change) {
    let requests = count(&bed(change));
    let at_each =
        |number| [PausePoint::Arrival, PausePoint::Answer].map(|at| Case { change, older: (number, at), newer: None });
    let cases: Vec<Case> = (1..=requests).flat_map(at_each).collect();
    sweep(&cases, change);
}

#[test]
fn overtaken_run_does_not_undo_a_merge() {
    overtaken_anywhere(Change::Merged);
}

#[test]
fn overtaken_run_leaves_no_row_after_a_decline() {
    overtaken_anywhere(Change::Declined);
}

#[test]
fn run_with_an_old_description_restores_no_page() {
    overtaken_anywhere(Change::NamesAnotherPage);
}

#[test]
fn a_run_that_saw_a_draft_does_not_make_it_one_again() {
    overtaken_anywhere(Change::NoDraftAnyMore);
}

#[test]
fn a_run_that_did_not_see_the_skip_word_leaves_no_row() {
    overtaken_anywhere(Change::AsksToBeSkipped);
}

#[test]
fn whichever_of_two_runs_ends_first_the_newer_truth_stands() {
    for change in [Change::Merged, Change::NamesAnotherPage] {
        let old = bed(change);
        let older = count(&old);
        // Before its first write a run that waits has done nothing yet.
        let first_write = old.fake.writes()[0].number;
        let changed = bed(change);
        change.happen(&changed);
        let newer = count(&changed);
        let pairs = (first_write..=older).flat_map(|first| (1..=newer).map(move |second| (first, second)));
        let case = |(first, second)| Case { change, older: (first, PausePoint::Arrival), newer: Some(second) };
        let cases: Vec<Case> = pairs.map(case).collect();
        sweep(&cases, change);
    }
}
