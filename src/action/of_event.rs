//! Which pull requests does the pipeline's event mean?
//!
//! A pull request's pipeline means that one. A push to a branch means the open ones that come from it, and the one that
//! was merged by the pushed commit: a merge starts no pipeline of the pull request itself.

use crate::audit::Event;
use crate::bitbucket::{PullRequest, PullRequestState, Reading};
use crate::event::Event as Occasion;
use crate::finish::Ended;
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PullRequestId};
use crate::link::{self, Held, Run};
use crate::plan::gate;
use crate::report::Failure;

pub(super) fn link(run: Run<'_>) -> Ended {
    let ended = Ended::new("link");
    let run = Run { requirements: Some(&run.config.requirements), ..run };
    match subjects(run) {
        Subjects::Unknown(failures) => unknown(run, Ended { failures, ..ended }),
        Subjects::Known(ids, failures) => {
            if ids.len() > 1 {
                run.audit.tell_apart();
            }
            Ended { stories: ids.into_iter().map(|id| link::link(run, id)).collect(), failures, ..ended }
        }
    }
}

/// What could not be looked up could not be verified.
fn unknown(run: Run<'_>, ended: Ended) -> Ended {
    if run.config.requirements.is_empty() {
        return ended;
    }
    let verdict = gate::unverified(&run.config.requirements);
    let told = "The gate is not met: the pull requests of this pipeline could not be looked up".to_owned();
    let unmet = verdict.reasons().iter().map(|reason| reason.requirement.to_string()).collect();
    let event = Event::Gate { verdict: "unmet", unmet, held: true, waived_in: None, told: told.clone() };
    run.audit.note(None, &event);
    Ended { held: Held::Yes, outcome: Some(told), ..ended }
}

/// Which pull requests the event means.
enum Subjects {
    /// These, and what else could not be looked up.
    Known(Vec<PullRequestId>, Vec<Failure>),
    /// The open ones could not be listed, for these failures; for none, where nobody may ask.
    Unknown(Vec<Failure>),
}

fn subjects(run: Run<'_>) -> Subjects {
    match &run.pipeline.event {
        Occasion::PullRequest(id) => Subjects::Known(vec![*id], Vec::new()),
        Occasion::Tag(_) => {
            run.audit.note(None, &Event::Tag);
            Subjects::Known(Vec::new(), Vec::new())
        }
        Occasion::Branch(branch) => of_branch(run, branch),
        Occasion::Commit => {
            run.audit.note(None, &Event::Commit);
            Subjects::Unknown(Vec::new())
        }
    }
}

fn of_branch(run: Run<'_>, branch: &str) -> Subjects {
    if run.reading == Reading::FromEnvironment {
        run.audit.note(None, &Event::NotListed);
        return Subjects::Unknown(Vec::new());
    }
    let (open, merged) = http::both(|| run.bitbucket.open_pull_requests(branch), || merged(run));
    // Who is asked for something is among those that could not be listed, as far as anybody knows.
    let unverified = !run.config.requirements.is_empty() && open.is_err();
    let mut failures = Vec::new();
    let mut ids = Vec::new();
    let mut gave_way = false;
    let mut take = |what: &str, found: Result<Vec<PullRequestId>, HttpError>| match found {
        Ok(found) => ids.extend(found),
        Err(error) if run.reading.gives_way(&error) => gave_way = true,
        Err(error) => {
            let failure = Failure::of_service(&error);
            run.audit.note_failure(None, what, &failure);
            failures.push(failure);
        }
    };
    take("look for the pull requests of this branch", open);
    take("look for the pull request that this commit merged", merged.map(|id| id.into_iter().collect()));
    ids.sort();
    ids.dedup();
    if ids.is_empty() && failures.is_empty() {
        let nothing = if gave_way { Event::NotListed } else { Event::NoPullRequest { branch: branch.to_owned() } };
        run.audit.note(None, &nothing);
    }
    if unverified { Subjects::Unknown(failures) } else { Subjects::Known(ids, failures) }
}

/// The pull request that the pipeline's commit merged. Who is named in a commit's message is believed only when Bitbucket
/// says that this is its merge; Bitbucket's own index of commits is asked second, as a workspace may not have it.
fn merged(run: Run<'_>) -> Result<Option<PullRequestId>, HttpError> {
    let Some(commit) = &run.pipeline.commit else { return Ok(None) };
    let message = match run.bitbucket.commit(commit) {
        Ok(facts) => facts.message,
        Err(error) if error.status() == Some(404) && run.reading == Reading::WithCredential => return Ok(None),
        Err(error) => return Err(error),
    };
    for id in named(&message).into_iter().take(MAX_NAMED) {
        match run.bitbucket.pull_request(id) {
            Ok(pull_request) if is_merge_of(&pull_request, commit) => return Ok(Some(id)),
            Ok(_) => {}
            Err(error) if error.status() == Some(404) => {}
            Err(error) => return Err(error),
        }
    }
    let indexed = run.bitbucket.pull_requests_of(commit)?;
    Ok(indexed.iter().find(|pull_request| is_merge_of(pull_request, commit)).map(|pull_request| pull_request.id))
}

/// A message that quotes others may name several; each costs a request.
const MAX_NAMED: usize = 3;

fn is_merge_of(pull_request: &PullRequest, commit: &CommitHash) -> bool {
    let by = pull_request.merge_commit.as_ref();
    pull_request.state == PullRequestState::Merged && by.is_some_and(|merge| merge.same_commit(commit))
}

/// The numbers behind `(pull request #`, as Bitbucket writes them into the message of a merge, the first first.
fn named(message: &str) -> Vec<PullRequestId> {
    let each = message.split("(pull request #").skip(1);
    let mut ids: Vec<PullRequestId> = each.filter_map(|rest| PullRequestId::parse(rest.split_once(')')?.0)).collect();
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_names_its_pull_request() {
        let table: [(&str, &[u64]); 6] = [
            ("Merged in feature/x (pull request #12)\n\nTitle", &[12]),
            ("Title (pull request #12)", &[12]),
            ("Revert \"A (pull request #3)\" (pull request #12)\n(pull request #3)", &[3, 12]),
            ("(pull request #)", &[]),
            ("(pull request #12", &[]),
            ("pull request #12, (#12)", &[]),
        ];
        for (message, ids) in table {
            let named: Vec<u64> = named(message).into_iter().map(PullRequestId::get).collect();
            assert_eq!(named, ids, "{message}");
        }
    }
}
