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
    let Subjects { ids, nothing, failures, are_known } = subjects(run);
    let ended = RunResult { failures, outcome: nothing.as_ref().map(ToString::to_string), ..RunResult::new("link") };
    nothing.iter().for_each(|why| run.audit.note(None, why));
    if !are_known {
        return unknown(run, ended);
    }
    if ids.len() > 1 {
        run.audit.set_scope(Scope::Event);
    }
    RunResult { results: ids.into_iter().map(|id| link::link(run, id)).collect(), ..ended }
}

/// What could not be looked up could not be verified.
fn unknown(run: Run<'_>, ended: RunResult) -> RunResult {
    if run.config.requirements.is_empty() {
        return ended;
    }
    let verdict = requirements::unverified(&run.config.requirements);
    let sentence = words::NOT_VERIFIED.to_owned();
    let unmet = verdict.reasons().iter().map(|reason| reason.requirement.to_string()).collect();
    let event = Event::Requirements {
        verdict: "unmet",
        unmet,
        fails_step: true,
        waived_in: None,
        sentences: vec![sentence.clone()],
    };
    run.audit.note(None, &event);
    RunResult { enforcement: Enforcement::Blocks, outcome: Some(sentence), ..ended }
}

/// Which pull requests the event means.
struct Subjects {
    ids: BTreeSet<PullRequestId>,
    /// Why there is none.
    nothing: Option<Event>,
    /// What could not be looked up.
    failures: Vec<Failure>,
    /// Whether these are all that are judged.
    are_known: bool,
}

fn subjects(run: Run<'_>) -> Subjects {
    match &run.pipeline.event {
        Occasion::PullRequest(id) => Subjects { ids: BTreeSet::from([*id]), ..none(None, true) },
        Occasion::Tag(_) => none(Some(Event::Tag), true),
        Occasion::Branch(_) if run.reading == Reading::FromEnvironment => none(Some(Event::BranchNotLookedUp), false),
        Occasion::Branch(branch) => of_branch(run, branch),
        Occasion::Commit => none(Some(Event::Commit), false),
    }
}

fn none(nothing: Option<Event>, are_known: bool) -> Subjects {
    Subjects { ids: BTreeSet::new(), nothing, failures: Vec::new(), are_known }
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
    let unverified = !run.config.requirements.is_empty() && of_branch.is_err();
    let mut found = Found::default();
    let (open, ended): (Vec<_>, Vec<_>) =
        found.take(run, words::LOOK_UP_BRANCH, of_branch).into_iter().partition(|one| !one.state.has_ended());
    let has_ended = !ended.is_empty();
    let merges = found.take(run, words::LOOK_UP_MERGES, merged);
    let of_branch = open.into_iter().chain(ended.into_iter().take(MAX_ENDED)).map(|one| one.id);
    let ids: BTreeSet<PullRequestId> = of_branch.chain(merges.ids).collect();
    // In a pipeline of a pull request that has ended, the commit is that of a branch that may be gone.
    let doubt = merges.doubt.filter(|_| !has_ended);
    let nothing = match doubt {
        Some(why) => {
            run.audit.note(None, &Event::MergesUnknown { why });
            None
        }
        None if !ids.is_empty() => None,
        None if found.fell_back => Some(Event::BranchNotLookedUp),
        None if found.failures.is_empty() => Some(Event::NoPullRequest { branch: branch.to_owned() }),
        None => None,
    };
    Subjects { ids, nothing, failures: found.failures, are_known: !unverified }
}

/// How looking for pull requests went.
#[derive(Default)]
struct Found {
    failures: Vec<Failure>,
    /// Whether Bitbucket turned away a reader without a credential.
    fell_back: bool,
}

impl Found {
    fn take<T: Default>(&mut self, run: Run<'_>, what: &str, found: Result<T, HttpError>) -> T {
        match found {
            Ok(found) => return found,
            Err(error) if run.reading.falls_back_on(&error) => self.fell_back = true,
            Err(error) => {
                let failure = Failure::of_service(&error);
                run.audit.note_failure(None, what, &failure);
                self.failures.push(failure);
            }
        }
        T::default()
    }
}
