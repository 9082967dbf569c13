//! The pull requests that the pipeline's event is about.
//!
//! A pull request's pipeline is about that one, in any state. A push is about the pull requests of its branch, and about
//! those that the pushed commit merged. A pipeline of `triggers:` may know the branch alone.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::audit::{Event, Scope};
use crate::bitbucket::Reading;
use crate::event::Event as Occasion;
use crate::finish::RunResult;
use crate::http::{self, HttpError};
use crate::ids::PullRequestId;
use crate::link::{self, Enforcement};
use crate::plan::requirements::{self, Caveat};
use crate::report::Failure;
use crate::run::Run;

use super::{merges, words};

pub(super) fn link(run: Run<'_>) -> RunResult {
    let run = Run { requirements: Some(&run.config.requirements), ..run };
    let caveat = run.config.requirements.caveat(&run.config.spaces, run.pipeline.visibility);
    if let Some(Caveat { requirements, why }) = caveat {
        run.audit.note_once(&Event::WeakRequirements { requirements, why });
    }
    let Subjects { ids, nothing, failures, are_all } = subjects(run);
    let ended = RunResult { failures, outcome: nothing.as_ref().map(ToString::to_string), ..RunResult::new("link") };
    nothing.iter().for_each(|why| run.audit.note(None, why));
    if !are_all && !run.config.requirements.is_empty() {
        return unverified(run, ended);
    }
    if ids.len() > 1 {
        run.audit.set_scope(Scope::Event);
    }
    RunResult { results: ids.into_iter().map(|id| link::link(run, id)).collect(), ..ended }
}

/// What could not be looked up could not be verified.
fn unverified(run: Run<'_>, ended: RunResult) -> RunResult {
    let verdict = requirements::unverified(&run.config.requirements);
    let sentence = words::NOT_VERIFIED.to_owned();
    let unmet = verdict.reasons().iter().map(|reason| reason.requirement.to_string()).collect();
    let sentences = vec![sentence.clone()];
    let event = Event::Requirements { verdict: "unmet", unmet, fails_step: true, waived_in: None, sentences };
    run.audit.note(None, &event);
    RunResult { enforcement: Enforcement::Blocks, outcome: Some(sentence), ..ended }
}

/// The pull requests that the event means.
struct Subjects {
    ids: BTreeSet<PullRequestId>,
    /// Why there is none.
    nothing: Option<Event>,
    /// What could not be looked up.
    failures: Vec<Failure>,
    /// Whether these are all that are judged.
    are_all: bool,
}

fn subjects(run: Run<'_>) -> Subjects {
    let none = |why, are_all| Subjects { ids: BTreeSet::new(), nothing: Some(why), failures: Vec::new(), are_all };
    match &run.pipeline.event {
        Occasion::PullRequest(id) => {
            Subjects { ids: BTreeSet::from([*id]), nothing: None, failures: Vec::new(), are_all: true }
        }
        Occasion::Tag(_) => none(Event::Tag, true),
        Occasion::Branch(_) if run.reading == Reading::FromEnvironment => none(Event::BranchNotLookedUp, false),
        Occasion::Branch(branch) => of_branch(run, branch),
        Occasion::Commit => none(Event::Commit, false),
    }
}

/// A pull request that ended in this time is looked at from its own branch.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// At most so many of those.
const MAX_ENDED: usize = 3;

fn of_branch(run: Run<'_>, branch: &str) -> Subjects {
    let since = run.clock.utc_now().checked_sub(LATELY).unwrap_or(Timestamp::UNIX_EPOCH);
    let (of_branch, merged) =
        http::both(|| run.bitbucket.pull_requests_from(branch, since), || merges::of_push(run, branch));
    // A pull request that is judged is among those that could not be listed, as far as is known.
    let are_all = of_branch.is_ok();
    let (mut nothing, mut failures) = (None, Vec::new());
    let mut failed = |what: &str, error: HttpError| {
        // Bitbucket turned away a reader without a credential.
        if run.reading.falls_back_on(&error) {
            nothing = Some(Event::BranchNotLookedUp);
            return;
        }
        let failure = Failure::of_service(&error);
        run.audit.note_failure(None, what, &failure);
        failures.push(failure);
    };
    let of_branch = of_branch.map_err(|error| failed(words::LOOK_UP_BRANCH, error));
    let (ended, open): (Vec<_>, Vec<_>) =
        of_branch.unwrap_or_default().into_iter().partition(|one| one.state.has_ended());
    let merged = merged.map_err(|error| failed(words::LOOK_UP_MERGES, error));
    let merges = merged.unwrap_or_default();
    // In a pipeline of a pull request that has ended, the commit is that of a branch that may be gone.
    let doubt = merges.doubt.filter(|_| ended.is_empty());
    let of_branch = open.into_iter().chain(ended.into_iter().take(MAX_ENDED)).map(|one| one.id);
    let ids: BTreeSet<PullRequestId> = of_branch.chain(merges.ids).collect();
    match doubt {
        Some(why) => {
            run.audit.note(None, &Event::MergesUnknown { why });
            nothing = None;
        }
        None if !ids.is_empty() => nothing = None,
        None if nothing.is_none() && failures.is_empty() => {
            nothing = Some(Event::NoPullRequest { branch: branch.to_owned() });
        }
        None => {}
    }
    Subjects { ids, nothing, failures, are_all }
}
