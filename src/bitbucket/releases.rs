//! What a release is made of: tags, the commits between two of them, and the pull requests that were merged meanwhile.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{AccountId, CommitHash, PullRequestId};

use super::commits::CommitWire;
use super::pull_requests::{End, SHORT_PAGE_LENGTH, moment};
use super::{Bitbucket, CommitFacts, Hash, ListEnd, Listed, PAGE_LENGTH, User};

/// The most pages of tags and of commits that are read: 5,000 of each.
const MAX_LONG_PAGES: usize = 50;

/// The most pages of merged pull requests that are read for a release, and for a push.
const MAX_MERGED_PAGES: usize = 10;
const MAX_LATE_PAGES: usize = 3;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The commit it names.
    pub target: CommitHash,
    /// When it was made; a lightweight tag does not say.
    pub date: Option<Timestamp>,
}

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeCommit {
    /// Its whole hash.
    pub hash: CommitHash,
    /// Its message.
    pub message: String,
    /// Its parents, the one it was made on first.
    pub parents: Vec<CommitHash>,
    /// When it was made; `None` when the answer's time cannot be read.
    pub date: Option<Timestamp>,
    /// Whose it is, if the author's address is one of an account. Name and address themselves are never kept.
    pub author: Option<AccountId>,
}

/// A merged pull request, as far as a release depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedPullRequest {
    /// Its number.
    pub id: PullRequestId,
    /// Its title.
    pub title: String,
    /// Who opened it.
    pub author: Option<AccountId>,
    /// The display name of that person.
    pub author_name: Option<String>,
    /// The commit that merged it; a prefix of 12 characters. It is the source branch's tip where Bitbucket names none.
    pub merge_commit: CommitHash,
    /// The source branch.
    pub source_branch: String,
    /// Whether the source branch is in another repository.
    pub is_fork: bool,
    /// The source branch's tip. After a fast-forward it is the merge itself.
    pub source_commit: Option<CommitHash>,
    /// The destination branch.
    pub destination_branch: String,
    /// The destination branch's tip before the merge.
    pub destination_commit: Option<CommitHash>,
    /// When anything of it last changed: at the merge or later. `None` when the answer's time cannot be read.
    pub updated: Option<Timestamp>,
}

impl Bitbucket {
    /// The repository's tags, up to 5,000.
    pub fn tags(&self) -> Listed<Tag> {
        let request = Request::get(self.path("/refs/tags"))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.name,values.date,values.target.hash,next");
        self.list_of(request, MAX_LONG_PAGES, TagWire::meant)
    }

    /// The commits that are reached from one and not from another, the newest first, up to 5,000; without another one
    /// all that are reached.
    pub fn range(&self, to: &CommitHash, from: Option<&CommitHash>) -> Listed<RangeCommit> {
        let from: Vec<&CommitHash> = from.into_iter().collect();
        let request = self.reached(&[to], &from, RANGE_FIELDS);
        self.list_of(request.query("pagelen", PAGE_LENGTH), MAX_LONG_PAGES, RangeCommit::of)
    }

    /// The commits that are reached from some and not from others, the newest first, up to `most`.
    pub fn newest(
        &self,
        from: &[&CommitHash],
        without: &[&CommitHash],
        most: usize,
    ) -> Result<Vec<RangeCommit>, HttpError> {
        let length = most.min(PAGE_LENGTH as usize);
        let request = self.reached(from, without, RANGE_FIELDS).query("pagelen", length);
        let Listed { values, end } = self.list_of(request, most.div_ceil(length.max(1)), RangeCommit::of);
        match end {
            ListEnd::Failed(error) => Err(error),
            ListEnd::Complete | ListEnd::Capped => Ok(values),
        }
    }

    /// The merged pull requests that changed since then, up to 500. Their order is that of creation, which no change
    /// meanwhile moves one in.
    pub fn merged_pull_requests(&self, since: Timestamp) -> Listed<MergedPullRequest> {
        self.list_of(self.merged(since).query("sort", "-created_on"), MAX_MERGED_PAGES, MergedWire::meant)
    }

    /// The same, up to 150: those that changed last.
    pub fn lately_merged_pull_requests(&self, since: Timestamp) -> Listed<MergedPullRequest> {
        self.list_of(self.merged(since).query("sort", "-updated_on"), MAX_LATE_PAGES, MergedWire::meant)
    }

    fn merged(&self, since: Timestamp) -> Request {
        Request::get(self.path("/pullrequests"))
            .query("q", format!("state = \"MERGED\" AND updated_on >= {}", moment(since)))
            .query("state", "MERGED")
            .query("pagelen", SHORT_PAGE_LENGTH)
            .query("fields", MERGED_FIELDS)
    }
}

const RANGE_FIELDS: &str =
    "values.hash,values.message,values.parents.hash,values.date,values.author.user.account_id,next";

const MERGED_FIELDS: &str = "values.id,values.title,values.author.account_id,values.author.display_name,values.merge_commit.hash,\
    values.source.branch.name,values.source.commit.hash,values.source.repository.uuid,values.destination.branch.name,\
    values.destination.commit.hash,values.destination.repository.uuid,values.updated_on,next";

#[derive(Deserialize)]
struct TagWire {
    name: Option<String>,
    date: Option<String>,
    target: Option<Hash>,
}

#[derive(Deserialize)]
struct MergedWire {
    id: Option<u64>,
    title: Option<String>,
    author: Option<User>,
    merge_commit: Option<Hash>,
    source: Option<End>,
    destination: Option<End>,
    updated_on: Option<String>,
}

impl TagWire {
    fn meant(self) -> Option<Tag> {
        let date = self.date.and_then(|date| date.parse().ok());
        Some(Tag { name: self.name?, target: self.target?.meant()?, date })
    }
}

impl RangeCommit {
    fn of(wire: CommitWire) -> Option<Self> {
        let author = wire.author.as_ref().and_then(|author| author.user.as_ref()?.account());
        let CommitFacts { hash, message, date, parents } = wire.facts();
        Some(Self { hash: hash?, message, parents, date, author })
    }
}

impl MergedWire {
    fn meant(self) -> Option<MergedPullRequest> {
        let (source, destination) = (self.source.unwrap_or_default(), self.destination.unwrap_or_default());
        let uuid = |end: &End| end.repository.as_ref().map(|repository| repository.uuid.clone());
        let (source_branch, destination_branch) = (source.branch_name(), destination.branch_name());
        let is_fork = uuid(&source).is_none() || uuid(&source) != uuid(&destination);
        let source_commit = source.commit.and_then(Hash::meant);
        Some(MergedPullRequest {
            id: PullRequestId::new(self.id?)?,
            title: self.title.unwrap_or_default(),
            author: self.author.as_ref().and_then(User::account),
            author_name: self.author.and_then(|author| author.display_name),
            merge_commit: self.merge_commit.and_then(Hash::meant).or_else(|| source_commit.clone())?,
            source_branch,
            is_fork,
            source_commit,
            destination_branch,
            destination_commit: destination.commit.and_then(Hash::meant),
            updated: self.updated_on.and_then(|at| at.parse().ok()),
        })
    }
}
