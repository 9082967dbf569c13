//! The material of a release: tags, the commits between two of them, and the pull requests merged meanwhile.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{AccountId, CommitHash, PullRequestId};

use super::commits::CommitWire;
use super::pull_requests::{PULL_REQUEST_FIELDS, SHORT_PAGE_LENGTH, Wire, moment, quoted};
use super::{Bitbucket, CommitFacts, ListEnd, Listed, PAGE_LENGTH, PullRequest};

/// The most pages of tags and of commits that are read: 5,000 of each.
const MAX_LONG_PAGES: usize = 50;

/// The most pages of merged pull requests that are read for a release, and for a push.
const MAX_MERGED_PAGES: usize = 10;
const MAX_LATE_PAGES: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub name: String,
    pub target: CommitHash,
    /// When it was made. A lightweight tag has no date, so that of its commit stands for it.
    pub date: Option<Timestamp>,
}

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RangeCommit {
    pub hash: CommitHash,
    pub message: String,
    /// Its parents, the one it was made on first.
    pub parents: Vec<CommitHash>,
    /// When it was made; `None` when the answer's time cannot be read.
    pub date: Option<Timestamp>,
    /// Whose it is, if the author's address is one of an account. Name and address themselves are never kept.
    pub author: Option<AccountId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergedPullRequest {
    pub pull_request: PullRequest,
    /// The commit that merged it; a prefix of 12 characters. It is the source branch's tip where Bitbucket names none.
    pub merge_commit: CommitHash,
    /// The destination branch's tip before the merge.
    pub destination_commit: Option<CommitHash>,
    /// When anything of it last changed: at the merge or later. `None` when the answer's time cannot be read.
    pub updated: Option<Timestamp>,
}

impl MergedPullRequest {
    pub(crate) fn id(&self) -> PullRequestId {
        self.pull_request.id
    }
}

impl Bitbucket {
    /// The repository's tags, up to 5,000.
    pub(crate) fn tags(&self) -> Listed<Tag> {
        let request = Request::get(self.path("/refs/tags"))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.name,values.date,values.target.hash,values.target.date,next");
        self.list_of(request, MAX_LONG_PAGES, TagWire::meant)
    }

    /// The commits that are reached from one and not from another, the newest first, up to 5,000; without another one
    /// all that are reached.
    pub(crate) fn range(&self, to: &CommitHash, from: Option<&CommitHash>) -> Listed<RangeCommit> {
        let from: Vec<&CommitHash> = from.into_iter().collect();
        let request = self.reached(&[to], &from, RANGE_FIELDS);
        self.list_of(request.query("pagelen", PAGE_LENGTH), MAX_LONG_PAGES, RangeCommit::of)
    }

    /// The commits that are reached from some and not from others, the newest first, up to `most`.
    pub(crate) fn newest(
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
    pub(crate) fn merged_pull_requests(&self, since: Timestamp) -> Listed<MergedPullRequest> {
        let request = self.merged(&changed_since(since), "-created_on").query("fields", merged_fields());
        self.list_of(request, MAX_MERGED_PAGES, Wire::merged)
    }

    /// The same, up to 150: those that changed last, without their texts.
    pub(crate) fn lately_merged_pull_requests(&self, since: Timestamp) -> Listed<MergedPullRequest> {
        let request = self.merged(&changed_since(since), "-updated_on").query("fields", LATE_FIELDS);
        self.list_of(request, MAX_LATE_PAGES, Wire::merged)
    }

    /// The pull requests that were merged from or into one of these branches, up to 50: those that changed last.
    pub(crate) fn merged_around(&self, branches: &[String]) -> Listed<MergedPullRequest> {
        let ends = branches.iter().map(|branch| quoted(branch));
        let ends = ends.map(|name| format!("destination.branch.name = {name} OR source.branch.name = {name}"));
        let which = format!("({})", ends.collect::<Vec<_>>().join(" OR "));
        let request = self.merged(&which, "-updated_on").query("fields", merged_fields());
        self.list_of(request, 1, Wire::merged)
    }

    fn merged(&self, which: &str, sort: &str) -> Request {
        Request::get(self.path("/pullrequests"))
            .query("q", format!("state = \"MERGED\" AND {which}"))
            .query("state", "MERGED")
            .query("sort", sort)
            .query("pagelen", SHORT_PAGE_LENGTH)
    }
}

/// The fields of a merged pull request with its texts.
fn merged_fields() -> String {
    let each = PULL_REQUEST_FIELDS.split(',').chain(["destination.commit.hash", "updated_on"]);
    each.map(|field| format!("values.{field},")).collect::<String>() + "next"
}

fn changed_since(since: Timestamp) -> String {
    format!("updated_on >= {}", moment(since))
}

const RANGE_FIELDS: &str =
    "values.hash,values.message,values.parents.hash,values.date,values.author.user.account_id,next";

const LATE_FIELDS: &str = "values.id,values.state,values.merge_commit.hash,values.source.branch.name,\
    values.source.commit.hash,values.source.repository.uuid,values.destination.branch.name,\
    values.destination.commit.hash,values.destination.repository.uuid,values.updated_on,next";

#[derive(Deserialize)]
struct TagWire {
    name: Option<String>,
    date: Option<String>,
    target: Option<CommitWire>,
}

impl TagWire {
    fn meant(self) -> Option<Tag> {
        let target = self.target?.facts();
        let date = self.date.and_then(|date| date.parse().ok()).or(target.date);
        Some(Tag { name: self.name?, target: target.hash?, date })
    }
}

impl RangeCommit {
    fn of(wire: CommitWire) -> Option<Self> {
        let author = wire.author.as_ref().and_then(|author| author.user.as_ref()?.account());
        let CommitFacts { hash, message, date, parents } = wire.facts();
        Some(Self { hash: hash?, message, parents, date, author })
    }
}
