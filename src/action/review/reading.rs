//! What does one pull request say, and what does it remember?

use jiff::Timestamp;

use crate::bitbucket::{Commits, ListedPullRequest, PullRequestState};
use crate::context::{self, Gap};
use crate::link::{self, Run};
use crate::mention::Mention;
use crate::observe;
use crate::report::Failure;
use crate::surface::ledger::Ledger;
use crate::surface::pull_request_comment::Ownership;

/// A pull request as far as a review looks at it.
#[derive(Debug)]
pub(super) struct Told {
    /// As the list shows it.
    pub(super) listed: ListedPullRequest,
    /// The mentions that count: none of a declined, superseded or skipped one.
    pub(super) mentions: Vec<Mention>,
    /// Whether it asks for no links.
    pub(super) skipped: bool,
    /// The pages that our comment on it remembers, or one that may be ours.
    pub(super) ledger: Ledger,
    /// Whether that comment is known as ours. Else anybody may have written it.
    pub(super) ledger_is_ours: bool,
    /// When it was merged.
    pub(super) merged: Option<Timestamp>,
    /// Whether everything that may name a page was read.
    pub(super) complete: bool,
    /// What could not be read.
    pub(super) failures: Vec<Failure>,
    /// What was left out.
    pub(super) notes: Vec<String>,
}

/// Reads its commits, its merge and our comment on it: up to four requests, two of an open one.
pub(super) fn read(run: Run<'_>, listed: &ListedPullRequest, owners: &Ownership) -> Told {
    let pull_request = &listed.pull_request;
    let closed = matches!(pull_request.state, PullRequestState::Declined | PullRequestState::Superseded);
    let (mut failures, mut notes) = (Vec::new(), Vec::new());
    let commits =
        if closed { Commits::none() } else { context::commits(run.bitbucket, pull_request.id, run.config.sources) };
    let (commits, merge) = link::merged_commits(run, pull_request, commits);
    let context = context::context(pull_request.clone(), commits, run.config.sources, &run.config.grammar);
    let (_, counts) = link::governs(&context);
    for gap in &context.gaps {
        match gap {
            Gap::CommitsFailed(error) => failures.push(Failure::of(error)),
            Gap::MoreCommits | Gap::LongMessages(_) | Gap::MoreReferences(_) | Gap::NotRead(_) => {
                notes.push(format!("Pull request #{} says more than is read of one", pull_request.id));
            }
        }
    }
    let mut complete = context.gaps.is_empty();
    let (mut ledger, mut ledger_is_ours) = (Ledger::default(), false);
    if listed.may_have_comments {
        match link::candidates(run, pull_request.id) {
            // Of several authors one is a stranger, who could name any page.
            Ok(candidates) if observe::is_ambiguous(&candidates, owners) => {}
            Ok(candidates) => {
                ledger = observe::ledger(&candidates, owners);
                ledger_is_ours = owners.knows(&candidates);
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
    Told {
        mentions: if counts { context.found.mentions } else { Vec::new() },
        skipped: context.found.skip.is_some() && !closed,
        merged: merge.and_then(|merge| merge.date),
        listed: listed.clone(),
        ledger,
        ledger_is_ours,
        complete,
        failures,
        notes,
    }
}
