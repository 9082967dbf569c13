//! Many pull requests, one after the other: those of the repository that changed in the last days, and those whose rows a
//! search finds on pages.
//!
//! All of them are listed before the first write, because a write makes a pull request the newest. One that fails does not
//! stop the others, and what the budget left is counted.

use crate::audit::{Event, Scope};
use crate::bitbucket::{PullRequestState, Reading};
use crate::config::Mode;
use crate::finish::RunResult;
use crate::http;
use crate::ids::PullRequestId;
use crate::link::{self, PullRequestResult};
use crate::page::CreatePolicy;
use crate::plan::{Intent, Operation, Output, Outputs};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_row::RowState;

use super::found_rows::{self, FoundRows};
use super::words;

/// How often progress is shown.
const STEP: usize = 25;

/// What is done with each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep {
    /// The action's word in the receipt.
    pub(super) action: &'static str,
    /// Whether pages without a comment of ours get one.
    pub(super) creates: CreatePolicy,
    /// What is stated of each.
    pub(super) operation: Operation,
}

pub(super) fn sweep(run: Run<'_>, sweep: Sweep) -> RunResult {
    let nothing = |failure| {
        let outcome = Some(words::NOTHING_CHECKED.to_owned());
        RunResult { failures: vec![failure], outcome, ..RunResult::new(sweep.action) }
    };
    if run.reading == Reading::FromEnvironment {
        return nothing(Failure::other(words::NO_CREDENTIAL.to_owned()));
    }
    let since = run.config.days.before(run.clock.utc_now());
    let days = (sweep.operation != Operation::Remove).then(|| run.config.days.count());
    let (listed, mut found) = http::both(
        || run.bitbucket.updated_pull_requests(since),
        || found_rows::search(run, run.pipeline.repository_uuid.as_ref(), days),
    );
    let mut ids = match listed {
        Ok(ids) => ids,
        Err(error) => return nothing(Failure::of_service(&error)),
    };
    run.audit.set_scope(Scope::Sweep);
    run.audit.note(None, &Event::Selected { count: ids.len(), days: run.config.days.count() });
    ids.extend(not_listed(run, sweep.operation, &ids, &mut found));
    let report = if sweep.operation == Operation::Remove { Output::On } else { Output::Off };
    let outputs = Outputs { report, ..run.config.outputs };
    let intent = Intent { outputs, creates: sweep.creates, operation: sweep.operation };
    let failures = std::mem::take(&mut found.failures);
    link_each(Run { intent, ..run }, &ids, &found, RunResult { failures, ..RunResult::new(sweep.action) })
}

/// The pull requests of rows that the list does not hold: all of them when rows are removed, else those whose state is not
/// what their rows say.
fn not_listed(
    run: Run<'_>,
    operation: Operation,
    listed: &[PullRequestId],
    found: &mut FoundRows,
) -> Vec<PullRequestId> {
    let others = found.ids().into_iter().filter(|id| !listed.contains(id));
    if operation == Operation::Remove {
        return others.collect();
    }
    let ids: Vec<PullRequestId> =
        others.filter(|id| found.states(*id).any(|state| *state != RowState::Merged)).collect();
    if ids.is_empty() {
        return ids;
    }
    match run.bitbucket.states(&ids) {
        Ok(states) => {
            let differs = |id: &PullRequestId| {
                states.get(id).is_some_and(|state| found.states(*id).any(|row| !says(row, *state)))
            };
            ids.into_iter().filter(differs).collect()
        }
        Err(error) => {
            let failure = Failure::of(&error);
            run.audit.note_failure(None, words::LIST_STATES, &failure);
            found.failures.push(failure);
            Vec::new()
        }
    }
}

fn says(row: &RowState, state: PullRequestState) -> bool {
    match state {
        PullRequestState::Open => *row == RowState::Open,
        PullRequestState::Draft => *row == RowState::Draft,
        PullRequestState::Merged => *row == RowState::Merged,
        PullRequestState::Declined | PullRequestState::Superseded => false,
        PullRequestState::Unknown => true,
    }
}

/// Links each as the run intends, in the order of the list, looking also at the pages where a search found its rows.
pub(super) fn link_each(run: Run<'_>, ids: &[PullRequestId], found: &FoundRows, ended: RunResult) -> RunResult {
    let RunResult { mut results, mut failures, .. } = ended;
    for (done, id) in ids.iter().enumerate() {
        let left = ids.len() - done;
        if run.deadline.remaining(run.clock).is_zero() {
            run.audit.note(None, &Event::LeftForNextRun { count: left });
            failures.push(Failure::out_of_time(words::out_of_time(left, ids.len())));
            break;
        }
        if results.last().is_some_and(PullRequestResult::is_rate_limited) {
            failures.push(Failure::other(words::rate_limited(left, ids.len())));
            break;
        }
        if done > 0 && done % STEP == 0 {
            run.audit.note(None, &Event::Progress { done, of: ids.len() });
        }
        results.push(link::link_with(run, *id, found.pages(|row| row.name.id == *id)));
    }
    let (done, of) = (results.len(), ids.len());
    let outcome = match run.mode {
        Mode::Apply => {
            let changed = results.iter().filter(|result| result.writes > 0).count();
            words::checked(done, of, changed, run.intent.operation)
        }
        Mode::DryRun => {
            let planned = results.iter().filter(|result| result.subject.outcome == "planned").count();
            words::planned(done, of, planned)
        }
    };
    RunResult { results, failures, outcome: Some(outcome), ..ended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_says_the_state_of_an_open_or_merged_pull_request() {
        let rows = [RowState::Open, RowState::Draft, RowState::Merged];
        for (state, expected) in [
            (PullRequestState::Open, [true, false, false]),
            (PullRequestState::Draft, [false, true, false]),
            (PullRequestState::Merged, [false, false, true]),
            (PullRequestState::Declined, [false; 3]),
            (PullRequestState::Superseded, [false; 3]),
            (PullRequestState::Unknown, [true; 3]),
        ] {
            assert_eq!(rows.each_ref().map(|row| says(row, state)), expected, "{state:?}");
        }
    }
}
