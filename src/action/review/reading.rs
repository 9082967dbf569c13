//! One pull request as a review reads it: its mentions, its merge, and the index of our comment.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::apply::{CommentState, comments};
use crate::bitbucket::{Commits, ListedPullRequest, PullRequestState};
use crate::ids::{PageName, PullRequestId, UserUuid};
use crate::link;
use crate::mention::Mention;
use crate::report::Failure;
use crate::run::Run;
use crate::surface::pull_request_comment::Candidate;
use crate::texts::{self, Gap};

use super::words;

/// A pull request as far as a review reads it.
#[derive(Debug)]
pub(super) struct PullRequestReading {
    pub(super) listed: ListedPullRequest,
    /// The mentions that count: none of a declined, superseded or skipped one.
    pub(super) mentions: Vec<Mention>,
    pub(super) skipped: bool,
    /// The pages that the index of our comment on it names, or of one that may be ours.
    pub(super) index: BTreeSet<PageName>,
    /// Whether that comment is known as ours. Else anyone may have written it.
    pub(super) index_is_ours: bool,
    pub(super) merged: Option<Timestamp>,
    /// Whether everything that may name a page was read.
    pub(super) complete: bool,
    pub(super) failures: Vec<Failure>,
    pub(super) notes: Vec<String>,
}

pub(super) type Readings = BTreeMap<PullRequestId, PullRequestReading>;

impl PullRequestReading {
    pub(super) fn id(&self) -> PullRequestId {
        self.listed.pull_request.id
    }

    pub(super) fn state(&self) -> PullRequestState {
        self.listed.pull_request.state
    }

    /// Whether it should have a page: one that was declined needs none.
    pub(super) fn needs_page(&self) -> bool {
        matches!(self.state(), PullRequestState::Open | PullRequestState::Draft | PullRequestState::Merged)
    }
}

/// Reads its commits, its merge and our comment on it: up to four requests, two of an open one.
pub(super) fn read(run: Run<'_>, listed: &ListedPullRequest, ours: Option<&UserUuid>) -> PullRequestReading {
    let pull_request = &listed.pull_request;
    let closed = matches!(pull_request.state, PullRequestState::Declined | PullRequestState::Superseded);
    let (mut failures, mut notes) = (Vec::new(), Vec::new());
    let commits = if closed { Commits::none() } else { link::commits(run, pull_request.id) };
    let (commits, merge, gap) = link::merged_commits(run, pull_request, commits);
    let (found, mut gaps) = texts::find(Some(pull_request), commits, run.config.sources, &run.config.grammar);
    gaps.extend(gap);
    for gap in &gaps {
        match gap {
            Gap::CommitsFailed(error) => failures.push(Failure::of(error)),
            Gap::MoreCommits
            | Gap::NoCommits
            | Gap::CommitsOfMerge
            | Gap::LongMessages(_)
            | Gap::MoreMentions(_)
            | Gap::NotRead(_) => {
                notes.push(words::long_pull_request(pull_request.id));
            }
        }
    }
    let mut complete = gaps.is_empty();
    let (mut index, mut index_is_ours) = (BTreeSet::new(), false);
    if listed.may_have_comments {
        match comments(run, pull_request.id) {
            Ok(comments) => {
                let candidates =
                    of_one_author(CommentState::default().candidates(run, pull_request.id, comments), ours);
                index_is_ours = ours.is_some();
                index = candidates.iter().flat_map(Candidate::pages).collect();
            }
            Err(failure) => {
                complete = false;
                failures.push(failure);
            }
        }
    }
    let merge = match (&pull_request.merge_commit, merge) {
        (Some(commit), None) if pull_request.state == PullRequestState::Merged => {
            run.bitbucket.commit(commit).map_err(|error| failures.push(Failure::of(&error))).ok()
        }
        (_, merge) => merge,
    };
    PullRequestReading {
        skipped: found.skip.is_some() && !closed,
        mentions: if closed || found.skip.is_some() { Vec::new() } else { found.mentions },
        merged: merge.and_then(|merge| merge.date),
        listed: listed.clone(),
        index,
        index_is_ours,
        complete,
        failures,
        notes,
    }
}

/// The comments of our account; of an unknown account those of a single author, as of several one is someone else's.
fn of_one_author(mut candidates: Vec<Candidate>, ours: Option<&UserUuid>) -> Vec<Candidate> {
    if ours.is_some() {
        candidates.retain(|candidate| candidate.author.as_ref() == ours);
    }
    let authors: BTreeSet<_> = candidates.iter().map(|candidate| candidate.author.clone()).collect();
    if authors.len() > 1 { Vec::new() } else { candidates }
}
