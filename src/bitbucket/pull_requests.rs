//! Pull requests and their commits.

use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{AccountId, CommitHash, PullRequestId};

use super::{Bitbucket, ListEnd, PAGE_LENGTH};

/// A pull request, as far as links depend on it. Two equal ones lead to the same links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub id: PullRequestId,
    /// Its title.
    pub title: String,
    /// Its description's Markdown.
    pub description: String,
    /// Its state.
    pub state: PullRequestState,
    /// The source branch.
    pub source_branch: String,
    /// The source branch's tip; a prefix of 12 characters. `None` when the branch is gone.
    pub source_commit: Option<CommitHash>,
    /// The full name of the repository it comes from, in lower case; `None` when that is gone.
    pub source_repository: Option<String>,
    /// The destination branch.
    pub destination_branch: String,
    /// The commit that merged it.
    pub merge_commit: Option<CommitHash>,
    /// Who opened it.
    pub author: Option<AccountId>,
}

/// The states of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRequestState {
    /// Under review.
    Open,
    /// Open, and marked as a draft.
    Draft,
    /// Merged.
    Merged,
    /// Refused.
    Declined,
    /// Replaced by another.
    Superseded,
    /// Nobody could ask: only the pipeline's variables tell of it.
    Unknown,
}

/// One commit of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its message.
    pub message: String,
    /// How many parents it has; two or more make a merge commit.
    pub parents: usize,
}

/// The commits of a pull request as far as they were read.
#[derive(Debug)]
pub struct Commits {
    /// In the order of the answer.
    pub commits: Vec<Commit>,
    /// Whether these are all.
    pub end: ListEnd,
}

impl Commits {
    /// Those of a pull request whose commits nobody reads.
    pub fn none() -> Self {
        Self { commits: Vec::new(), end: ListEnd::Complete }
    }
}

impl Bitbucket {
    /// One pull request.
    pub fn pull_request(&self, id: PullRequestId) -> Result<PullRequest, HttpError> {
        let request = Request::get(self.path(&format!("/pullrequests/{id}"))).query("fields", PULL_REQUEST_FIELDS);
        let answer = self.service.send(&request)?;
        let wire: Wire = answer.json()?;
        Ok(wire.meant(id))
    }

    /// The numbers of the open pull requests whose source is this branch.
    pub fn open_pull_requests(&self, branch: &str) -> Result<Vec<PullRequestId>, HttpError> {
        let branch = branch.replace('\\', "\\\\").replace('"', "\\\"");
        let request = Request::get(self.path("/pullrequests"))
            .query("q", format!("source.branch.name = \"{branch}\" AND state = \"OPEN\""))
            .query("state", "OPEN")
            .query("fields", "values.id,next")
            .query("pagelen", 50);
        let listed = self.list::<Numbered>(request, 4);
        match listed.end {
            ListEnd::Failed(error) => Err(error),
            ListEnd::Complete | ListEnd::Capped => {
                Ok(listed.values.iter().filter_map(|numbered| PullRequestId::new(numbered.id)).collect())
            }
        }
    }

    /// The commits of a pull request, all pages up to `most` commits.
    pub fn commits(&self, id: PullRequestId, most: usize) -> Commits {
        let request = Request::get(self.path(&format!("/pullrequests/{id}/commits")))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.message,values.parents.hash,next");
        let listed = self.list::<CommitWire>(request, most.div_ceil(PAGE_LENGTH as usize));
        let commits = listed.values.into_iter();
        Commits { commits: commits.map(CommitWire::meant).collect(), end: listed.end }
    }
}

const PULL_REQUEST_FIELDS: &str = "id,title,summary.raw,description,state,draft,source.branch.name,\
    source.commit.hash,source.repository.full_name,destination.branch.name,merge_commit.hash,author.account_id";

#[derive(Deserialize)]
struct Wire {
    title: Option<String>,
    summary: Option<Markup>,
    description: Option<String>,
    state: String,
    draft: Option<bool>,
    source: Option<End>,
    destination: Option<End>,
    merge_commit: Option<Hash>,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Markup {
    raw: Option<String>,
}

#[derive(Deserialize)]
struct End {
    branch: Option<Branch>,
    commit: Option<Hash>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Branch {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Hash {
    hash: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    account_id: Option<String>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

#[derive(Deserialize)]
struct CommitWire {
    message: Option<String>,
    parents: Option<Vec<serde::de::IgnoredAny>>,
}

impl CommitWire {
    fn meant(self) -> Commit {
        Commit { message: self.message.unwrap_or_default(), parents: self.parents.map_or(0, |parents| parents.len()) }
    }
}

impl Wire {
    fn meant(self, id: PullRequestId) -> PullRequest {
        let state = match (self.state.as_str(), self.draft.unwrap_or(false)) {
            ("MERGED", _) => PullRequestState::Merged,
            ("DECLINED", _) => PullRequestState::Declined,
            ("SUPERSEDED", _) => PullRequestState::Superseded,
            (_, true) => PullRequestState::Draft,
            (_, false) => PullRequestState::Open,
        };
        let hash = |hash: Option<Hash>| hash.and_then(|hash| CommitHash::parse(hash.hash?.as_str()));
        let source = self.source.unwrap_or(End { branch: None, commit: None, repository: None });
        let name = |branch: Option<Branch>| branch.and_then(|branch| branch.name).unwrap_or_default();
        PullRequest {
            id,
            title: self.title.unwrap_or_default(),
            description: self.summary.and_then(|summary| summary.raw).or(self.description).unwrap_or_default(),
            state,
            source_branch: name(source.branch),
            source_commit: hash(source.commit),
            source_repository: source
                .repository
                .and_then(|repository| repository.full_name)
                .map(|name| name.to_ascii_lowercase()),
            destination_branch: name(self.destination.and_then(|end| end.branch)),
            merge_commit: hash(self.merge_commit),
            author: self.author.and_then(|author| AccountId::parse(author.account_id?.as_str())),
        }
    }
}
