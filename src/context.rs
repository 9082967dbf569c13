//! Pull request → its texts with their origins, and whether they are all there.

use crate::bitbucket::{Bitbucket, Commit, Commits, ListEnd, PullRequest};
use crate::http::HttpError;
use crate::ids::PullRequestId;
use crate::mention::{self, Found, Grammar, Origin, Source, Sources, Text};

/// The most commits whose messages are read.
pub const MAX_COMMITS: usize = 1_000;

/// The most mentions that are followed: more were not written by a person.
pub const MAX_MENTIONS: usize = 500;

/// What a pull request says.
#[derive(Debug)]
pub struct Context {
    /// The pull request itself.
    pub pull_request: PullRequest,
    /// The mentions in its texts.
    pub found: Found,
    /// How many commits were read.
    pub commits_read: usize,
    /// What was not read; nothing is unlinked unless this is empty.
    pub gaps: Vec<Gap>,
}

/// A part of the texts that was not read.
#[derive(Debug)]
pub enum Gap {
    /// There are more commits than are read.
    MoreCommits,
    /// A page of commits could not be read.
    CommitsFailed(HttpError),
    /// So many messages are longer than is read.
    LongMessages(usize),
    /// So many mentions were not followed.
    MoreReferences(usize),
    /// Nothing but what the pipeline's variables say.
    NotRead(NotRead),
}

/// Why a pull request was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// There is no credential for its private repository.
    NoCredential,
    /// Nobody in particular asked, and was refused with this status.
    TurnedAway(u16),
}

/// Reads a pull request's commits, if anybody wants them.
pub fn commits(bitbucket: &Bitbucket, id: PullRequestId, sources: Sources) -> Commits {
    match sources.commits {
        Source::Ignored => Commits::none(),
        Source::Read => bitbucket.commits(id, MAX_COMMITS),
    }
}

/// Puts a pull request and its commits together and finds the mentions in their texts.
pub fn context(pull_request: PullRequest, commits: Commits, sources: Sources, grammar: &Grammar) -> Context {
    let mut found = mention::detect(&texts(&pull_request, &commits.commits, sources), grammar);
    let more = found.mentions.len().saturating_sub(MAX_MENTIONS);
    found.mentions.truncate(MAX_MENTIONS);
    let more = (more > 0).then_some(Gap::MoreReferences(more));
    let end = match commits.end {
        ListEnd::Complete => None,
        ListEnd::Capped => Some(Gap::MoreCommits),
        ListEnd::Failed(error) => Some(Gap::CommitsFailed(error)),
    };
    let long = (!found.cut_commits.is_empty()).then(|| Gap::LongMessages(found.cut_commits.len()));
    Context {
        pull_request,
        found,
        commits_read: commits.commits.len(),
        gaps: end.into_iter().chain(long).chain(more).collect(),
    }
}

/// The texts to read. Merge commits are not among them: their messages repeat the branch names of others.
fn texts<'a>(pull_request: &'a PullRequest, commits: &'a [Commit], sources: Sources) -> Vec<Text<'a>> {
    let own = [
        (sources.branch, Origin::Branch, pull_request.source_branch.as_str()),
        (sources.title, Origin::Title, pull_request.title.as_str()),
        (sources.description, Origin::Description, pull_request.description.as_str()),
    ];
    let own = own.into_iter().filter(|(source, ..)| *source == Source::Read);
    let own = own.map(|(_, origin, body)| Text { origin, body });
    let commits = commits.iter().enumerate().filter(|(_, commit)| commit.parents < 2);
    own.chain(commits.map(|(position, commit)| Text { origin: Origin::Commit(position), body: &commit.message }))
        .collect()
}
