//! Commits, of a pull request or by themselves.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{CommitHash, PullRequestId};

use super::{Bitbucket, ListEnd, PAGE_LENGTH};

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

/// What is known of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its message.
    pub message: String,
    /// When it was made; `None` when the answer's time cannot be read.
    pub date: Option<Timestamp>,
    /// Its parents, the one it was made on first.
    pub parents: Vec<CommitHash>,
}

impl Bitbucket {
    /// The commits of a pull request, all pages up to `most` commits.
    pub fn commits(&self, id: PullRequestId, most: usize) -> Commits {
        let request = Request::get(self.path(&format!("/pullrequests/{id}/commits")))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.message,values.parents.hash,next");
        self.read_commits(request, most)
    }

    fn read_commits(&self, request: Request, most: usize) -> Commits {
        let listed = self.list::<CommitWire>(request, most.div_ceil(PAGE_LENGTH as usize));
        let commits = listed.values.into_iter();
        Commits { commits: commits.map(CommitWire::meant).collect(), end: listed.end }
    }
}

impl Bitbucket {
    /// One commit.
    pub fn commit(&self, hash: &CommitHash) -> Result<CommitFacts, HttpError> {
        let request = Request::get(self.path(&format!("/commit/{hash}"))).query("fields", "message,date,parents.hash");
        let wire: FactsWire = self.service.send(&request)?.json()?;
        Ok(wire.meant())
    }

    /// The commits that are reached from one commit and not from another, up to `most`.
    pub fn commits_between(&self, from: &CommitHash, to: &CommitHash, most: usize) -> Commits {
        let request = Request::get(self.path("/commits"))
            .query("include", to)
            .query("exclude", from)
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.message,values.parents.hash,next");
        self.read_commits(request, most)
    }
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

#[derive(Deserialize)]
struct FactsWire {
    message: Option<String>,
    date: Option<String>,
    parents: Option<Vec<Parent>>,
}

#[derive(Deserialize)]
struct Parent {
    hash: Option<String>,
}

impl FactsWire {
    fn meant(self) -> CommitFacts {
        let parents = self.parents.into_iter().flatten().filter_map(|parent| CommitHash::parse(parent.hash?.as_str()));
        CommitFacts {
            message: self.message.unwrap_or_default(),
            date: self.date.and_then(|date| date.parse().ok()),
            parents: parents.collect(),
        }
    }
}
