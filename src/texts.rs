//! A pull request as it was read: its texts, what they mention, our comments on it, and what is missing.

use std::collections::BTreeSet;

use crate::bitbucket::{Commit, CommitFacts, Commits, ListEnd, PullRequest, PullRequestState};
use crate::http::HttpError;
use crate::ids::{CommitHash, PageName};
use crate::mention::{self, Closing, Found, Grammar, Mention, Naming, Origin, Origins, Source, Sources, Text};
use crate::surface::index::{self, SiteIdentity};
use crate::surface::page_row::{PullRequestName, RowKey};
use crate::surface::pull_request_comment::{Authorship, Candidate};

/// The most commits whose messages are read.
pub(crate) const MAX_COMMITS: usize = 1_000;

/// The most mentions that are followed: more were not written by a person.
pub(crate) const MAX_MENTIONS: usize = 500;

/// The most pages that are read because comments of others name them.
const MAX_FOREIGN_PAGES: usize = 20;

/// Everything that was read of one pull request.
#[derive(Debug)]
pub(crate) struct Texts {
    /// The pull request as people see it.
    pub name: PullRequestName,
    /// The identity of its rows; `None` when its repository's UUID is not known, and then no page is written.
    pub row: Option<RowKey>,
    pub pull_request: PullRequest,
    pub found: Found,
    /// What was not read.
    pub gaps: Vec<Gap>,
    /// The hashes of its commits, as far as they were read.
    pub hashes: Vec<CommitHash>,
    /// The merge, as far as it was read.
    pub merge: Option<CommitFacts>,
    /// The comments that may be ours.
    pub comments: Vec<Candidate>,
    /// The site of this run.
    pub site: SiteIdentity,
}

/// A part of the texts that was not read.
#[derive(Debug)]
pub(crate) enum Gap {
    /// There are more commits than are read.
    MoreCommits,
    /// A page of commits could not be read.
    CommitsFailed(HttpError),
    /// Bitbucket lists no commit: it empties the list when the branch is deleted.
    NoCommits,
    /// The branch is gone, and the merge brought commits that no list holds.
    CommitsOfMerge,
    /// So many messages are longer than is read.
    LongMessages(usize),
    /// So many mentions were not followed.
    MoreMentions(usize),
    /// Only the pipeline's variables are known.
    NotRead(NotRead),
}

/// Why a pull request was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// There is no credential for its private repository.
    NoCredential,
    /// A reader without a credential was refused with this status.
    AccessDenied(u16),
}

impl Texts {
    pub(crate) fn mentions(&self) -> &[Mention] {
        if self.counts() { &self.found.mentions } else { &[] }
    }

    /// The share links that count.
    pub(crate) fn share_links(&self) -> impl Iterator<Item = (&String, &Origins)> {
        self.found.share_links.iter().filter(|_| self.counts())
    }

    /// Whether what the texts say counts: not that of a declined, superseded or skipped pull request.
    fn counts(&self) -> bool {
        match self.pull_request.state {
            PullRequestState::Declined | PullRequestState::Superseded => false,
            PullRequestState::Open | PullRequestState::Draft | PullRequestState::Merged => !self.is_skipped(),
            PullRequestState::Unknown => true,
        }
    }

    /// Whether title or description say `[skip confluence]`.
    pub(crate) fn is_skipped(&self) -> bool {
        self.found.skip.is_some()
    }

    /// Whether it may still be merged.
    pub(crate) fn is_open(&self) -> bool {
        self.pull_request.state.is_open()
    }

    /// Where the pull request may mention a page.
    pub(crate) fn naming(&self, sources: Sources, grammar: &Grammar) -> Naming {
        Naming::new(sources, grammar, &self.pull_request.description, &self.found)
    }

    /// The pages that our own index names; none while comments of several accounts may be ours.
    pub(crate) fn own_index(&self, authorship: &Authorship) -> BTreeSet<PageName> {
        let own = authorship.only_author(&self.comments);
        own.iter().flat_map(|comment| comment.pages()).take(index::MAX_PAGES).collect()
    }

    /// The pages to look at because comments name them: all of our own index, and a few of the others.
    pub(crate) fn index(&self, authorship: &Authorship) -> BTreeSet<PageName> {
        let mut pages = self.own_index(authorship);
        let others: BTreeSet<PageName> = self.comments.iter().flat_map(Candidate::pages).collect();
        let others: Vec<PageName> = others.difference(&pages).copied().take(MAX_FOREIGN_PAGES).collect();
        pages.extend(others);
        pages
    }
}

/// Finds what the texts of a pull request or of a direct push mention, and what was not read of them.
pub(crate) fn find(
    pull_request: Option<&PullRequest>,
    commits: Commits,
    sources: Sources,
    grammar: &Grammar,
) -> (Found, Vec<Gap>) {
    let texts = texts(pull_request, &commits.commits, sources);
    let mut found = mention::detect(&texts, grammar);
    if found.mentions.iter().flat_map(|mention| mention.tasks.values()).any(|closing| *closing == Closing::Closes) {
        mention::withhold(&mut found, &reverted(&texts, &commits.commits), grammar);
    }
    let more = found.mentions.len().saturating_sub(MAX_MENTIONS);
    found.mentions.truncate(MAX_MENTIONS);
    let is_open = pull_request.is_some_and(|one| one.state.is_open());
    let end = match commits.end {
        ListEnd::Failed(error) => Some(Gap::CommitsFailed(error)),
        ListEnd::Capped => Some(Gap::MoreCommits),
        ListEnd::Complete if commits.commits.is_empty() && is_open && sources.commits == Source::Read => {
            Some(Gap::NoCommits)
        }
        ListEnd::Complete => None,
    };
    let long = (!found.cut_commits.is_empty()).then(|| Gap::LongMessages(found.cut_commits.len()));
    let more = (more > 0).then_some(Gap::MoreMentions(more));
    (found, end.into_iter().chain(long).chain(more).collect())
}

/// The messages of the commits that another one reverts.
fn reverted<'a>(texts: &[Text<'a>], commits: &[Commit]) -> Vec<Text<'a>> {
    let named: Vec<CommitHash> = texts.iter().flat_map(|text| mention::reverted(text.body)).collect();
    let is_named =
        |commit: &Commit| commit.hash.as_ref().is_some_and(|hash| named.iter().any(|named| named.same_commit(hash)));
    let of_commit = texts.iter().filter(|text| match text.origin {
        Origin::Commit(position) => commits.get(position).is_some_and(is_named),
        Origin::Branch | Origin::Title | Origin::Description => false,
    });
    of_commit.copied().collect()
}

/// The texts to read. Merge commits are not among them: their messages repeat the branch names of others.
fn texts<'a>(pull_request: Option<&'a PullRequest>, commits: &'a [Commit], sources: Sources) -> Vec<Text<'a>> {
    let own = pull_request.map(|pull_request| {
        [
            (sources.branch, Origin::Branch, pull_request.source_branch.as_str()),
            (sources.title, Origin::Title, pull_request.title.as_str()),
            (sources.description, Origin::Description, pull_request.description.as_str()),
        ]
    });
    let own = own.into_iter().flatten().filter(|(source, ..)| *source == Source::Read);
    let own = own.map(|(_, origin, body)| Text { origin, body });
    let commits = commits.iter().enumerate().filter(|(_, commit)| commit.parents < 2);
    own.chain(commits.map(|(position, commit)| Text { origin: Origin::Commit(position), body: &commit.message }))
        .collect()
}
