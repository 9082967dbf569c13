//! What does the pull request itself say, as far as it may be read?
//!
//! Without a credential a public repository is read in nobody's name, and whoever is turned away there, or reads a private
//! one, knows what the pipeline's variables say. Nobody but a credential reads or writes comments: what a comment
//! remembers is of use only to those who may change it.

use crate::apply;
use crate::bitbucket::{CommitFacts, Commits, ListEnd, PullRequest, PullRequestState, Reading};
use crate::context::{self, Gap, NotRead};
use crate::http::{self, HttpError};
use crate::ids::PullRequestId;
use crate::mention::Source;
use crate::report::Failure;
use crate::surface::pull_request_comment::Candidate;

use super::Run;

/// A pull request as it was read, or as the variables have it.
pub(super) struct Read {
    pub(super) pull_request: PullRequest,
    pub(super) commits: Commits,
    /// The merge, as far as it had to be read for the commits.
    pub(super) merge: Option<CommitFacts>,
    /// Why it is only the variables' word.
    pub(super) gap: Option<Gap>,
}

/// Reads a pull request and its commits in the way that is open to this run.
pub(super) fn pull_request(run: Run<'_>, id: PullRequestId) -> Result<Read, Failure> {
    let read_commits = || context::commits(run.bitbucket, id, run.config.sources);
    let (pull_request, commits) = match run.reading {
        Reading::WithCredential => http::both(|| run.bitbucket.pull_request(id), read_commits),
        // One after the other, so that of sixty requests an hour none is spent in vain.
        Reading::Anonymous => match run.bitbucket.pull_request(id) {
            Ok(pull_request) => (Ok(pull_request), read_commits()),
            Err(error) => (Err(error), Commits::none()),
        },
        Reading::FromEnvironment => {
            let unknown = "only the pipeline's own pull request can be linked without a Bitbucket credential";
            return known(run, id, NotRead::NoCredential).ok_or_else(|| Failure::other(unknown.to_owned()));
        }
    };
    let failed = pull_request.as_ref().err().or(commits.end.failure());
    let turned_away = failed.filter(|error| run.reading.gives_way(error)).and_then(HttpError::status);
    if let Some(read) = turned_away.and_then(|status| known(run, id, NotRead::TurnedAway(status))) {
        return Ok(read);
    }
    let pull_request = pull_request.map_err(|error| match turned_away {
        Some(status) => found_by_its_branch(status),
        None => Failure::of_service(&error),
    })?;
    let (commits, merge) = merged_commits(run, &pull_request, commits);
    Ok(Read { pull_request, commits, merge, gap: None })
}

/// The commits of a pull request. Once its branch is gone Bitbucket lists none, so those of a merged one are what its merge
/// brought along.
pub fn merged_commits(run: Run<'_>, pull_request: &PullRequest, commits: Commits) -> (Commits, Option<CommitFacts>) {
    let gone = commits.commits.is_empty() && !matches!(commits.end, ListEnd::Failed(_));
    let Some(merge) = pull_request.merge_commit.as_ref().filter(|_| gone && run.config.sources.commits == Source::Read)
    else {
        return (commits, None);
    };
    let facts = match run.bitbucket.commit(merge) {
        Ok(facts) => facts,
        Err(error) => return (Commits { end: ListEnd::Failed(error), ..commits }, None),
    };
    let brought =
        facts.parents.first().map(|before| run.bitbucket.commits_between(before, merge, context::MAX_COMMITS));
    (brought.unwrap_or(commits), Some(facts))
}

/// Its number came from a list in which forks stand beside the repository's own.
fn found_by_its_branch(status: u16) -> Failure {
    Failure::other(format!(
        "Bitbucket answered {status} to a reader without a credential, and a pull request that was found by its branch may be \
         a fork's; use a `pull-requests` pipeline, or set BITBUCKET_ACCESS_TOKEN"
    ))
}

fn known(run: Run<'_>, id: PullRequestId, why: NotRead) -> Option<Read> {
    let pull_request = run.pipeline.pull_request(id)?;
    Some(Read { pull_request, commits: Commits::none(), merge: None, gap: Some(Gap::NotRead(why)) })
}

/// The comments that carry our marker; for those who may not write them there are none.
pub fn candidates(run: Run<'_>, id: PullRequestId) -> Result<Vec<Candidate>, Failure> {
    match run.reading {
        Reading::WithCredential => apply::read_candidates(run.bitbucket, id, &run.config.site.host),
        Reading::Anonymous | Reading::FromEnvironment => Ok(Vec::new()),
    }
}

/// What a pull request says now, after it was written to; `None` when nobody can tell.
pub(super) fn again(run: Run<'_>, before: &PullRequest) -> Option<Result<PullRequest, HttpError>> {
    if before.state == PullRequestState::Unknown {
        return None;
    }
    let now = run.bitbucket.pull_request(before.id);
    Some(now).filter(|now| !now.as_ref().is_err_and(|error| run.reading.gives_way(error)))
}
