//! Many pull requests, one after the other: those of the repository that changed in the last days.
//!
//! All of them are listed before the first write, because a write makes a pull request the newest. One that fails does not
//! stop the others, and what the budget left is counted.

use crate::audit::Event;
use crate::bitbucket::Reading;
use crate::config::Mode;
use crate::finish::Ended;
use crate::ids::PullRequestId;
use crate::link::{self, Run};
use crate::plan::{Creates, Intent, Output, Outputs, Stated};
use crate::report::Failure;

/// How often progress is shown.
const STEP: usize = 25;

/// What is done with each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep<'a> {
    /// The action's word in the receipt.
    pub(super) action: &'static str,
    /// Whether pages that were never linked get a comment.
    pub(super) creates: Creates,
    /// What is stated of each.
    pub(super) stated: Stated<'a>,
}

pub(super) fn sweep(run: Run<'_>, sweep: Sweep<'_>) -> Ended {
    let nothing = |failure| {
        let outcome = Some("no pull request was looked at".to_owned());
        Ended { failures: vec![failure], outcome, ..Ended::new(sweep.action) }
    };
    if run.reading == Reading::FromEnvironment {
        return nothing(Failure::other(NO_CREDENTIAL.to_owned()));
    }
    let since = run.config.days.before(run.clock.wall());
    let ids = match run.bitbucket.updated_pull_requests(since) {
        Ok(ids) => ids,
        Err(error) => return nothing(Failure::of_service(&error)),
    };
    run.audit.tell_apart();
    run.audit.note(None, &Event::Selected { count: ids.len(), days: run.config.days.count() });
    let outputs = Outputs { report: Output::Off, ..run.config.outputs };
    let intent = Intent { outputs, creates: sweep.creates, stated: sweep.stated };
    settle(Run { intent, ..run }, &ids, Ended::new(sweep.action))
}

pub(super) const NO_CREDENTIAL: &str = "the pull requests of a private repository are listed to a Bitbucket credential only: set \
                             BITBUCKET_ACCESS_TOKEN";

/// Settles each as the run intends, in the order of the list.
pub(super) fn settle(run: Run<'_>, ids: &[PullRequestId], ended: Ended) -> Ended {
    let Ended { mut stories, mut failures, .. } = ended;
    for (done, id) in ids.iter().enumerate() {
        if run.deadline.remaining(run.clock).is_zero() {
            let left = ids.len() - done;
            run.audit.note(None, &Event::LeftForNextRun { count: left });
            let sentence = format!("{left} of {} pull requests were left when the time budget was used up", ids.len());
            failures.push(Failure::out_of_time(sentence));
            break;
        }
        if done > 0 && done % STEP == 0 {
            run.audit.note(None, &Event::Progress { done, of: ids.len() });
        }
        stories.push(link::link(run, *id));
    }
    let (done, of) = (stories.len(), ids.len());
    let outcome = match run.mode {
        Mode::Apply => {
            let changed = stories.iter().filter(|story| story.writes > 0).count();
            format!("{done} of {of} pull requests settled, {changed} changed")
        }
        Mode::DryRun => {
            let planned = stories.iter().filter(|story| story.subject.outcome == "planned").count();
            format!("Dry run, nothing was written: {done} of {of} pull requests looked at, {planned} would change")
        }
    };
    Ended { stories, failures, outcome: Some(outcome), ..ended }
}
