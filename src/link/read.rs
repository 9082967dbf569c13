//! Reads of a pull request: its texts, the comments that may be ours, and our report.
//!
//! Without a credential a public repository is read anonymously. A reader who is refused there, or reads a private
//! repository, knows what the pipeline's variables say. Only a credential reads or writes comments.

use crate::apply::comments;
use crate::audit::{Event, Why};
use crate::bitbucket::{CommitFacts, Commits, ListEnd, PullRequest, PullRequestState, Reading};
use crate::confluence::Endpoint;
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PullRequestId, RepositoryUuid, UserUuid};
use crate::mention::{Source, Sources};
use crate::plan::{KnownReport, Operation, Output};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_row::{PullRequestName, RowKey};
use crate::surface::pull_request_comment::Writer;
use crate::surface::report;
use crate::texts::{self, Gap, NotRead, Texts};

use super::{Progress, words};

/// Reads everything that the pull request itself holds, in one round trip; one more for the commits of a deleted branch.
pub(super) fn texts(run: Run<'_>, id: PullRequestId, progress: &mut Progress) -> Result<Texts, Vec<Failure>> {
    let comments = || http::both(|| comments(run, id), || our_account(run));
    let (read, ((comments, account), resolved)) =
        http::both(|| pull_request(run, id), || http::both(comments, || run.confluence.resolve_endpoint()));
    let mut failures = Vec::new();
    let read = keep(read, &mut failures);
    let resolved = keep(resolved.map_err(|error| Failure::of_service(&error)), &mut failures);
    if resolved.flatten() == Some(Endpoint::Gateway) {
        let (site, credential) = (run.config.site.url.clone(), run.config.confluence.credential);
        run.audit.note(None, &Event::Gateway { site, credential });
    }
    let mut comment_failures = Vec::new();
    let comments = keep(comments, &mut comment_failures);
    // A credential that fails for the one fails for the other.
    if read.is_some() {
        failures.append(&mut comment_failures);
    }
    let (Some(read), Some(_), Some(comments)) = (read, resolved, comments) else { return Err(failures) };
    let PullRequestRead { pull_request, commits, merge, gap } = read;
    let name = name(run, &pull_request);
    let hashes = commits.commits.iter().filter_map(|commit| commit.hash.clone()).collect();
    let sources = match run.intent.operation {
        Operation::Remove => Sources { commits: Source::Ignored, ..run.config.sources },
        Operation::Link => run.config.sources,
    };
    let (found, mut gaps) = texts::find(Some(&pull_request), commits, sources, &run.config.grammar);
    gaps.extend(gap);
    let site = run.site();
    let mut comments = progress.comment.candidates(run, id, comments);
    if progress.comment.authorship.ours.is_none() {
        progress.comment.authorship.ours = account;
    }
    if let Some(ours) = &progress.comment.authorship.ours {
        comments.retain(|comment| comment.author.as_ref().is_none_or(|author| author == ours));
    }
    let row = repository(run, &pull_request).map(|repository| RowKey { repository, id });
    Ok(Texts { name, row, pull_request, found, gaps, hashes, merge, comments, site })
}

fn keep<T>(read: Result<T, Failure>, failures: &mut Vec<Failure>) -> Option<T> {
    read.map_err(|failure| failures.push(failure)).ok()
}

/// The pull request under its repository's name at this moment; the pipeline may still have an old one.
fn name(run: Run<'_>, pull_request: &PullRequest) -> PullRequestName {
    let now = pull_request.destination_repository.as_ref().and_then(|repository| repository.name.clone());
    PullRequestName { repository: now.unwrap_or_else(|| run.pipeline.repository.clone()), id: pull_request.id }
}

fn repository(run: Run<'_>, pull_request: &PullRequest) -> Option<RepositoryUuid> {
    let of_answer = pull_request.destination_repository.as_ref().and_then(|repository| repository.uuid.clone());
    of_answer.or_else(|| run.pipeline.repository_uuid.clone())
}

/// The account that comments are written with, if it may be asked for: access tokens may not.
fn our_account(run: Run<'_>) -> Option<UserUuid> {
    match (run.reading, run.writer()) {
        (Reading::WithCredential, Writer::Person) => run.bitbucket.current_user().ok().flatten(),
        (Reading::WithCredential | Reading::Anonymous | Reading::FromEnvironment, _) => None,
    }
}

/// A pull request as it was read, or as the variables have it.
struct PullRequestRead {
    pull_request: PullRequest,
    commits: Commits,
    /// The merge, as far as it had to be read for the commits.
    merge: Option<CommitFacts>,
    gap: Option<Gap>,
}

/// Reads a pull request and its commits in the way that is open to this run.
fn pull_request(run: Run<'_>, id: PullRequestId) -> Result<PullRequestRead, Failure> {
    let (pull_request, commits) = match run.reading {
        Reading::WithCredential => http::both(|| run.bitbucket.pull_request(id), || commits(run, id)),
        // One after the other, so that of sixty requests an hour none is wasted.
        Reading::Anonymous => match run.bitbucket.pull_request(id) {
            Ok(pull_request) => (Ok(pull_request), commits(run, id)),
            Err(error) => (Err(error), Commits::none()),
        },
        Reading::FromEnvironment => {
            let unknown = || Failure::other(words::OTHER_PULL_REQUEST.to_owned());
            return from_environment(run, id, NotRead::NoCredential).ok_or_else(unknown);
        }
    };
    let failed = pull_request.as_ref().err().or(commits.end.failure());
    let denied = failed.filter(|error| run.reading.falls_back_on(error)).and_then(HttpError::status);
    if let Some(read) = denied.and_then(|status| from_environment(run, id, NotRead::AccessDenied(status))) {
        return Ok(read);
    }
    let pull_request = pull_request.map_err(|error| match denied {
        Some(status) => found_by_its_branch(status),
        None => Failure::of_service(&error),
    })?;
    let (commits, merge, gap) = merged_commits(run, &pull_request, commits);
    Ok(PullRequestRead { pull_request, commits, merge, gap })
}

/// Reads a pull request's commits, unless SOURCES leaves them out or everything is removed anyway.
pub(crate) fn commits(run: Run<'_>, id: PullRequestId) -> Commits {
    match (run.config.sources.commits, run.intent.operation) {
        (Source::Ignored, _) | (_, Operation::Remove) => Commits::none(),
        (Source::Read, Operation::Link) => run.bitbucket.commits(id, texts::MAX_COMMITS),
    }
}

/// The commits of a pull request. Once its branch is deleted Bitbucket lists none, so those of a merged one are what its
/// merge brought along. A fast-forward leaves no trace of where it began: then all but the last commit are missing.
pub(crate) fn merged_commits(
    run: Run<'_>,
    pull_request: &PullRequest,
    commits: Commits,
) -> (Commits, Option<CommitFacts>, Option<Gap>) {
    let gone = commits.commits.is_empty() && !matches!(commits.end, ListEnd::Failed(_));
    let reads = run.config.sources.commits == Source::Read
        && run.intent.operation != Operation::Remove
        && pull_request.state == PullRequestState::Merged;
    let Some(merge) = pull_request.merge_commit.as_ref().filter(|_| gone && reads) else {
        return (commits, None, None);
    };
    let facts = match run.bitbucket.commit(merge) {
        Ok(facts) => facts,
        Err(error) => return (Commits { end: ListEnd::Failed(error), ..commits }, None, None),
    };
    // Bitbucket names the pull request in the message of a merge commit and of a squash.
    let is_whole = facts.parents.len() > 1 || facts.message.contains(&format!("(pull request #{})", pull_request.id));
    let gap = (!is_whole).then_some(Gap::CommitsOfMerge);
    let brought = facts.parents.first().map(|before| run.bitbucket.commits_between(before, merge, texts::MAX_COMMITS));
    (brought.unwrap_or(commits), Some(facts), gap)
}

/// Its number came from a list in which forks stand next to the repository's own.
fn found_by_its_branch(status: u16) -> Failure {
    Failure::other(words::may_be_a_fork(status))
}

fn from_environment(run: Run<'_>, id: PullRequestId, why: NotRead) -> Option<PullRequestRead> {
    let pull_request = run.pipeline.pull_request(id)?;
    Some(PullRequestRead { pull_request, commits: Commits::none(), merge: None, gap: Some(Gap::NotRead(why)) })
}

/// What a pull request says now, after it was written to; `None` when it can't be read.
pub(super) fn again(run: Run<'_>, before: &PullRequest) -> Option<Result<PullRequest, HttpError>> {
    if before.state == PullRequestState::Unknown {
        return None;
    }
    let now = run.bitbucket.pull_request(before.id);
    Some(now).filter(|now| !now.as_ref().is_err_and(|error| run.reading.falls_back_on(error)))
}

/// Why nothing is known of the report.
pub(super) struct ReportUnknown {
    /// Why, and what to do.
    pub(super) why: Why,
    /// The service's id of the request.
    pub(super) request_id: Option<String>,
}

impl From<HttpError> for ReportUnknown {
    fn from(error: HttpError) -> Self {
        Self { why: Why::from(&Failure::of(&error)), request_id: error.request_id().map(str::to_owned) }
    }
}

/// Our report on the commit of this pipeline, if that is the tip of the pull request and this run writes reports. It is
/// addressed by the whole hash: a pull request pipeline has twelve digits of it, a branch pipeline forty.
pub(super) fn report(run: Run<'_>, texts: &Texts) -> Result<Option<KnownReport>, ReportUnknown> {
    let tip = texts.pull_request.source_commit.as_ref();
    let commit = match run.intent.operation {
        // The newest report goes with everything else.
        Operation::Remove => tip,
        Operation::Link => run.pipeline.commit.as_ref().filter(|commit| tip.is_some_and(|tip| tip.same_commit(commit))),
    };
    let (Some(commit), Output::On) = (commit, run.intent.outputs.report) else {
        return Ok(None);
    };
    let Some(id) = report::id(texts.pull_request.id, &texts.site) else {
        return Err(ReportUnknown { why: Why::from(words::NO_CLOUD_ID.to_owned()), request_id: None });
    };
    let commit = whole_hash(run, texts, commit)?;
    let Some(wire) = run.bitbucket.report(&commit, &id)? else {
        return Ok(Some(KnownReport { commit, id, report: None }));
    };
    // Only a failed one should have any; a report that seemed not to be there may have left some.
    let asked = run.requirements.is_some_and(|requirements| !requirements.is_empty());
    let annotations =
        if asked || wire.result == "FAILED" { run.bitbucket.annotations(&commit, &id)? } else { Vec::new() };
    let report = Some(report::Report::of(wire, annotations, &id));
    Ok(Some(KnownReport { commit, id, report }))
}

fn whole_hash(run: Run<'_>, texts: &Texts, commit: &CommitHash) -> Result<CommitHash, HttpError> {
    if commit.is_whole() || run.reading == Reading::FromEnvironment {
        return Ok(commit.clone());
    }
    if let Some(whole) = texts.hashes.iter().find(|hash| hash.same_commit(commit)) {
        return Ok(whole.clone());
    }
    match run.bitbucket.commit(commit) {
        Ok(facts) => Ok(facts.hash.unwrap_or_else(|| commit.clone())),
        Err(error) if run.reading.falls_back_on(&error) => Ok(commit.clone()),
        Err(error) => Err(error),
    }
}
