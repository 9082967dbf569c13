//! `release.json`: what a release holds, for a program to read.
//!
//! Field names are stable within a [`VERSION`]; readers ignore fields they do not know. What may not be shown in a pull
//! request is not here either, and of people nothing but their account ids.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::bitbucket::RangeCommit;
use crate::ids::{AccountId, CommitHash, PageKind, PullRequestId, ReleaseName, RepositoryName};
use crate::link::Story;
use crate::page::{Face, Linked, Subject, kind_word};
use crate::report::{PageEntry, PageResult};
use crate::secret::Scrubber;
use crate::surface::page_row::PullRequestName;

use super::direct::Named;
use super::range::{Part, Range};

/// The schema's version.
const VERSION: u32 = 1;

/// The longest first line of a message that is kept, in characters.
const LONGEST_LINE: usize = 200;

/// The whole file.
#[derive(Debug, Serialize)]
pub(super) struct Contents {
    /// [`VERSION`].
    version: u32,
    #[serde(flatten)]
    pub(super) head: Head,
    /// The pages, those of the oldest pull request first.
    pub(super) pages: Vec<Page>,
    /// The pull requests, the oldest merge first.
    pub(super) pull_requests: Vec<PullRequest>,
    /// Who opened the pull requests and wrote the commits.
    authors: BTreeSet<AccountId>,
    /// The commits that neither name a page nor belong to a pull request that has one, the newest first.
    pub(super) commits_without_page: Vec<Commit>,
}

/// What is known of the release itself.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    /// Its name; `None` when the tag is no version.
    pub(super) release: Option<ReleaseName>,
    /// Its tag, when a tag started the pipeline.
    pub(super) tag: Option<String>,
    /// The commit it is on.
    pub(super) commit: CommitHash,
    /// The tag of the release before.
    pub(super) previous: Option<String>,
    /// The repository.
    pub(super) repository: RepositoryName,
    /// The Confluence site.
    pub(super) site: String,
    /// Whether nothing was left out.
    pub(super) complete: bool,
    /// Whether nothing was written but the files.
    pub(super) dry_run: bool,
}

/// A page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    id: String,
    /// `page`, `blogpost`, `whiteboard`, …
    kind: &'static str,
    pub(super) url: String,
    /// Its title, when it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    /// Its space, when it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space: Option<String>,
    /// The pull requests that name it.
    pub(super) pull_requests: Vec<PullRequestId>,
    /// The commits without a pull request that name it.
    commits: Vec<CommitHash>,
    /// What came of its rows; `None` when it was not to have one.
    result: Option<PageResult>,
}

/// A pull request.
#[derive(Debug, Serialize)]
pub(super) struct PullRequest {
    pub(super) id: PullRequestId,
    pub(super) url: String,
    pub(super) title: String,
    author: Option<AccountId>,
    merge_commit: CommitHash,
    /// `page:101`.
    pub(super) pages: Vec<String>,
}

/// A commit.
#[derive(Debug, Serialize)]
pub(super) struct Commit {
    pub(super) hash: CommitHash,
    /// The first line of its message, at most 200 characters.
    pub(super) message: String,
}

/// Whether pages were to be told of the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// They were.
    Written,
    /// They were not.
    None,
}

impl Contents {
    /// Puts together what was found out.
    pub(super) fn of(head: Head, rows: Rows, range: &Range, parts: &[Part], stories: &[Story], named: &Named) -> Self {
        let mut pages = Pages::default();
        for entry in stories.iter().flat_map(|story| &story.pages).filter(|entry| is_linked(entry)) {
            pages.take(entry, rows);
        }
        for (linked, commits) in &named.pages {
            pages.take_direct(linked, commits);
        }
        let of_story = |id: PullRequestId| -> Vec<String> {
            let entries = stories.iter().flat_map(|story| &story.pages).filter(|entry| entry.pull_request == id);
            entries.filter(|entry| is_linked(entry)).map(|entry| format!("{}:{}", entry.kind, entry.id)).collect()
        };
        let pull_requests: Vec<PullRequest> = parts
            .iter()
            .map(|Part { pull_request, .. }| PullRequest {
                id: pull_request.id,
                url: PullRequestName { repository: head.repository.clone(), id: pull_request.id }.url(),
                title: pull_request.title.clone(),
                author: pull_request.author.clone(),
                merge_commit: pull_request.merge_commit.clone(),
                pages: of_story(pull_request.id),
            })
            .collect();
        let of_pull_requests = parts.iter().filter_map(|part| part.pull_request.author.clone());
        let of_commits = range.commits().iter().filter_map(|commit| commit.author.clone());
        Self {
            version: VERSION,
            authors: of_pull_requests.chain(of_commits).collect(),
            commits_without_page: without_page(range, parts, &pull_requests, named),
            head,
            pages: pages.all,
            pull_requests,
        }
    }
}

impl Contents {
    /// The same without secrets. Texts are scrubbed before a file is made of them, so that its markup stays.
    pub(super) fn scrubbed(mut self, scrubber: &Scrubber) -> Self {
        let head = [&mut self.head.tag, &mut self.head.previous].into_iter().flatten().chain([&mut self.head.site]);
        let pages = self
            .pages
            .iter_mut()
            .flat_map(|page| [&mut page.title, &mut page.space].into_iter().flatten().chain([&mut page.url]));
        let pull_requests = self.pull_requests.iter_mut().flat_map(|one| [&mut one.url, &mut one.title]);
        let commits = self.commits_without_page.iter_mut().map(|commit| &mut commit.message);
        for text in head.chain(pages).chain(pull_requests).chain(commits) {
            *text = scrubber.scrub(text);
        }
        self
    }
}

/// A page that a pull request left is none of its pages.
fn is_linked(entry: &PageEntry) -> bool {
    entry.result != PageResult::Removed
}

fn without_page(range: &Range, parts: &[Part], pull_requests: &[PullRequest], named: &Named) -> Vec<Commit> {
    let with_page = parts.iter().zip(pull_requests).filter(|(_, pull_request)| !pull_request.pages.is_empty());
    let brought: BTreeSet<usize> = with_page.flat_map(|(part, _)| part.places()).collect();
    let naming: BTreeSet<&CommitHash> = named.pages.iter().flat_map(|(_, commits)| commits).collect();
    let left = range.with_content().filter(|place| !brought.contains(place));
    let left = left.filter_map(|place| range.commits().get(place)).filter(|commit| !naming.contains(&commit.hash));
    left.map(Commit::of).collect()
}

impl Commit {
    fn of(commit: &RangeCommit) -> Self {
        let line = commit.message.lines().next().unwrap_or_default().trim();
        Self { hash: commit.hash.clone(), message: line.chars().take(LONGEST_LINE).collect() }
    }
}

/// Pages in the order in which they were found.
#[derive(Default)]
struct Pages {
    all: Vec<Page>,
    places: BTreeMap<(&'static str, String), usize>,
}

impl Pages {
    fn take(&mut self, entry: &PageEntry, rows: Rows) {
        let result = (rows == Rows::Written).then_some(entry.result);
        let page = self.page(entry.kind, &entry.id, &entry.url, (&entry.title, &entry.space));
        if let Some(page) = page {
            page.pull_requests.push(entry.pull_request);
            page.result = page.result.into_iter().chain(result).max_by_key(|result| weight(*result));
        }
    }

    fn take_direct(&mut self, linked: &Linked, commits: &BTreeSet<CommitHash>) {
        let (kind, id) = match &linked.subject {
            Subject::Page(page) => (page_kind(page.kind), page.id.to_string()),
            Subject::Board(kind, board) => (kind_word(*kind), board.clone()),
        };
        let (title, space) = match &linked.face {
            Face::Shown { title, space, .. } => (title.clone(), space.as_ref().map(ToString::to_string)),
            Face::Hidden => (None, None),
        };
        if let Some(page) = self.page(kind, &id, &linked.url, (&title, &space)) {
            page.commits.extend(commits.iter().cloned());
        }
    }

    /// The page of this name. What may not be shown once is not shown at all: it was hidden meanwhile.
    fn page(
        &mut self,
        kind: &'static str,
        id: &str,
        url: &str,
        (title, space): (&Option<String>, &Option<String>),
    ) -> Option<&mut Page> {
        let place = *self.places.entry((kind, id.to_owned())).or_insert_with(|| {
            self.all.push(Page {
                id: id.to_owned(),
                kind,
                url: url.to_owned(),
                title: title.clone(),
                space: space.clone(),
                pull_requests: Vec::new(),
                commits: Vec::new(),
                result: None,
            });
            self.all.len() - 1
        });
        let page = self.all.get_mut(place)?;
        page.title = page.title.take().filter(|_| title.is_some());
        page.space = page.space.take().filter(|_| space.is_some());
        Some(page)
    }
}

fn page_kind(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Page => "page",
        PageKind::BlogPost => "blogpost",
    }
}

/// Of several rows on a page the result that matters most is told.
fn weight(result: PageResult) -> u8 {
    match result {
        PageResult::Failed => 6,
        PageResult::Planned => 5,
        PageResult::Written => 4,
        PageResult::Kept => 3,
        PageResult::Removed => 2,
        PageResult::Unchanged => 1,
        PageResult::ReadOnly => 0,
    }
}

impl Page {
    /// What people call it: its title, or its number when that may not be shown.
    pub(super) fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| format!("{} {}", self.kind, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_hidden_between_two_pull_requests_is_not_shown_and_the_worst_of_its_rows_is_told() {
        let entry = |id, title: Option<&str>, result| PageEntry {
            pull_request: PullRequestId::new(id).unwrap(),
            id: "101".to_owned(),
            kind: "page",
            url: String::new(),
            title: title.map(str::to_owned),
            space: title.map(str::to_owned),
            result,
            reason: None,
        };
        let shown = entry(1, Some("A title"), PageResult::Failed);
        let hidden = entry(2, None, PageResult::Written);
        for order in [[&shown, &hidden], [&hidden, &shown]] {
            let mut pages = Pages::default();
            order.iter().for_each(|entry| pages.take(entry, Rows::Written));
            let [page] = pages.all.as_slice() else { panic!("one page: {:?}", pages.all) };
            assert_eq!((&page.title, &page.space, page.result), (&None, &None, Some(PageResult::Failed)));
            assert_eq!(page.pull_requests.len(), 2);
        }
    }
}
