//! What a release is made of: tags, the commits between two of them, and the pull requests that were merged meanwhile.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::Request;
use crate::ids::{AccountId, CommitHash, PullRequestId};

use super::commits::CommitWire;
use super::pull_requests::{End, MAX_PAGES, SHORT_PAGE_LENGTH, moment};
use super::{Bitbucket, CommitFacts, Hash, Listed, PAGE_LENGTH, User};

/// The most pages of tags and of commits that are read: 5,000 of each.
const MAX_LONG_PAGES: usize = 50;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The commit it names.
    pub target: CommitHash,
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
    /// The commit that merged it; a prefix of 12 characters.
    pub merge_commit: CommitHash,
    /// The source branch's tip. After a fast-forward it is the merge itself.
    pub source_commit: Option<CommitHash>,
    /// The destination branch's tip before the merge.
    pub destination_commit: Option<CommitHash>,
}

impl Bitbucket {
    /// The repository's tags, up to 5,000.
    pub fn tags(&self) -> Listed<Tag> {
        let request = Request::get(self.path("/refs/tags"))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.name,values.target.hash,next");
        self.list_of(request, MAX_LONG_PAGES, TagWire::meant)
    }

    /// The commits that are reached from one and not from another, the newest first, up to 5,000; without another one
    /// all that are reached.
    pub fn range(&self, to: &CommitHash, from: Option<&CommitHash>) -> Listed<RangeCommit> {
        let request = self.reached(to, from, RANGE_FIELDS);
        self.list_of(request, MAX_LONG_PAGES, RangeCommit::of)
    }

    /// The merged pull requests that changed since then, up to 5,000. Their order is that of creation, which no change
    /// meanwhile moves one in.
    pub fn merged_pull_requests(&self, since: Timestamp) -> Listed<MergedPullRequest> {
        let request = Request::get(self.path("/pullrequests"))
            .query("q", format!("state = \"MERGED\" AND updated_on >= {}", moment(since)))
            .query("state", "MERGED")
            .query("sort", "-created_on")
            .query("pagelen", SHORT_PAGE_LENGTH)
            .query("fields", MERGED_FIELDS);
        self.list_of(request, MAX_PAGES, MergedWire::meant)
    }
}

const RANGE_FIELDS: &str =
    "values.hash,values.message,values.parents.hash,values.date,values.author.user.account_id,next";

const MERGED_FIELDS: &str = "values.id,values.title,values.author.account_id,values.merge_commit.hash,\
    values.source.commit.hash,values.destination.commit.hash,next";

#[derive(Deserialize)]
struct TagWire {
    name: Option<String>,
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
}

impl TagWire {
    fn meant(self) -> Option<Tag> {
        Some(Tag { name: self.name?, target: self.target?.meant()? })
    }
}

impl RangeCommit {
    fn of(wire: CommitWire) -> Option<Self> {
        let hash = CommitHash::parse(wire.hash.as_deref()?)?;
        let author = wire.author.as_ref().and_then(|author| author.user.as_ref()?.account());
        let CommitFacts { message, date, parents } = wire.facts();
        Some(Self { hash, message, parents, date, author })
    }
}

impl MergedWire {
    fn meant(self) -> Option<MergedPullRequest> {
        let tip = |end: Option<End>| end.and_then(|end| end.commit?.meant());
        Some(MergedPullRequest {
            id: PullRequestId::new(self.id?)?,
            title: self.title.unwrap_or_default(),
            author: self.author.and_then(|author| author.account()),
            merge_commit: self.merge_commit?.meant()?,
            source_commit: tip(self.source),
            destination_commit: tip(self.destination),
        })
    }
}
