//! `release.json`: the contents of a release, for programs.
//!
//! Field names are stable within a [`VERSION`]; readers ignore fields they do not know. What may not be shown in a pull
//! request is not here either. People appear with their account ids only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::bitbucket::RangeCommit;
use crate::ids::{AccountId, CommitHash, PullRequestId, ReleaseName, RepositoryName};
use crate::report::{PageEntry, PageResult};
use crate::secret::Scrubber;
use crate::surface::page_row::PullRequestName;

use super::range::{Part, Range};

/// The schema's version.
const VERSION: u32 = 1;

/// The longest first line of a message that is kept, in characters.
const LONGEST_LINE: usize = 200;

/// The whole file.
#[derive(Debug, Serialize)]
pub(super) struct Contents {
    version: u32,
    #[serde(flatten)]
    pub(super) head: Head,
    /// Those of the oldest pull request first.
    pub(super) pages: Vec<Page>,
    /// The oldest merge first.
    pub(super) pull_requests: Vec<PullRequest>,
    /// Who opened the pull requests and wrote the commits.
    authors: BTreeSet<AccountId>,
    /// The commits that neither mention a page nor belong to a pull request that has one, the newest first. Where that is
    /// not known, a commit is not here.
    pub(super) commits_without_page: Vec<Commit>,
}

/// The release itself.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    /// Its name; `None` when the tag has no version.
    pub(super) release: Option<ReleaseName>,
    /// Its tag, when a tag started the pipeline.
    pub(super) tag: Option<String>,
    /// When it was tagged, else when its commit was made.
    pub(super) date: Option<String>,
    pub(super) commit: CommitHash,
    pub(super) commit_url: String,
    /// The tag of the release before.
    pub(super) previous: Option<String>,
    /// Where people see the changes since then.
    pub(super) changes_url: Option<String>,
    pub(super) repository: RepositoryName,
    /// The Confluence site.
    pub(super) site: String,
    /// Whether nothing is missing.
    pub(super) complete: bool,
    /// What is missing, in sentences.
    pub(super) missing: Vec<String>,
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
    /// The pull requests that mention it.
    pub(super) pull_requests: Vec<PullRequestId>,
    /// The commits without a pull request that mention it.
    commits: Vec<CommitHash>,
    /// What became of its rows; `None` when it was not to have one.
    result: Option<PageResult>,
}

/// A pull request.
#[derive(Debug, Serialize)]
pub(super) struct PullRequest {
    pub(super) id: PullRequestId,
    pub(super) url: String,
    pub(super) title: String,
    author: Option<AccountId>,
    /// For people.
    #[serde(skip)]
    pub(super) author_name: Option<String>,
    merge_commit: CommitHash,
    /// `page:101`; `None` when they could not be read.
    pub(super) pages: Option<Vec<String>>,
}

/// A commit.
#[derive(Debug, Serialize)]
pub(super) struct Commit {
    pub(super) hash: CommitHash,
    #[serde(skip)]
    pub(super) url: String,
    /// The first line of its message, at most 200 characters.
    pub(super) message: String,
    /// The pull request that brought it.
    pub(super) pull_request: Option<PullRequestId>,
}

/// A pull request of the release and its pages.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) part: Part,
    pub(super) links: Links,
}

/// A commit of no pull request and its pages.
#[derive(Debug)]
pub(super) struct DirectPush {
    /// The place of the commit.
    pub(super) place: usize,
    pub(super) links: Links,
}

/// The pages that one pull request or commit leads to.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) links: Vec<Link>,
    /// Whether these are all of them.
    pub(super) are_complete: bool,
}

/// One of those pages.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// `page`, `blogpost`, `whiteboard`, …
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) url: String,
    pub(super) title: Option<String>,
    pub(super) space: Option<String>,
    pub(super) result: Option<PageResult>,
}

impl Link {
    /// The same for the receipt.
    pub(super) fn entry(&self, pull_request: PullRequestId) -> PageEntry {
        PageEntry {
            pull_request,
            id: self.id.clone(),
            kind: self.kind,
            url: self.url.clone(),
            title: self.title.clone(),
            space: self.space.clone(),
            result: self.result.unwrap_or(PageResult::ReadOnly),
            reason: None,
        }
    }
}

impl Links {
    /// Whether it is certain that there is no page. Unread isn't empty.
    fn are_none(&self) -> bool {
        self.links.is_empty() && self.are_complete
    }

    fn words(&self) -> Option<Vec<String>> {
        let is_known = self.are_complete || !self.links.is_empty();
        is_known.then(|| self.links.iter().map(|link| format!("{}:{}", link.kind, link.id)).collect())
    }
}

impl Contents {
    /// Puts together what was found out.
    pub(super) fn of(head: Head, range: &Range, deliveries: &[Delivery], pushes: &[DirectPush]) -> Self {
        let mut pages = Pages::default();
        for Delivery { part, links } in deliveries {
            links.links.iter().for_each(|link| pages.add(link, |page| page.pull_requests.push(part.merged.id())));
        }
        for (push, commit) in pushes.iter().filter_map(|push| Some((push, range.commits().get(push.place)?))) {
            push.links.links.iter().for_each(|link| pages.add(link, |page| page.commits.push(commit.hash.clone())));
        }
        let pull_requests = deliveries.iter().map(|delivery| PullRequest::of(delivery, &head.repository)).collect();
        let of_pull_requests =
            deliveries.iter().filter_map(|delivery| delivery.part.merged.pull_request.author.clone());
        let of_commits = range.commits().iter().filter_map(|commit| commit.author.clone());
        Self {
            version: VERSION,
            authors: of_pull_requests.chain(of_commits).collect(),
            commits_without_page: without_page(range, deliveries, pushes, &head.repository),
            head,
            pages: pages.all,
            pull_requests,
        }
    }

    /// The same without secrets. Texts are scrubbed before a file is made of them, so that its markup stays.
    pub(super) fn scrubbed(mut self, scrubber: &Scrubber) -> Self {
        let head = [&mut self.head.tag, &mut self.head.previous, &mut self.head.changes_url].into_iter().flatten();
        let head = head.chain([&mut self.head.site, &mut self.head.commit_url]).chain(&mut self.head.missing);
        let pages = self
            .pages
            .iter_mut()
            .flat_map(|page| [&mut page.title, &mut page.space].into_iter().flatten().chain([&mut page.url]));
        let pull_requests = self
            .pull_requests
            .iter_mut()
            .flat_map(|one| [&mut one.url, &mut one.title].into_iter().chain(&mut one.author_name));
        let commits = self.commits_without_page.iter_mut().flat_map(|commit| [&mut commit.message, &mut commit.url]);
        for text in head.chain(pages).chain(pull_requests).chain(commits) {
            *text = scrubber.scrub(text);
        }
        self
    }
}

fn without_page(
    range: &Range,
    deliveries: &[Delivery],
    pushes: &[DirectPush],
    repository: &RepositoryName,
) -> Vec<Commit> {
    let mut brought: BTreeMap<usize, PullRequestId> = BTreeMap::new();
    let mut others: BTreeSet<usize> = BTreeSet::new();
    for Delivery { part, links } in deliveries {
        if links.are_none() {
            brought.extend(part.commits.iter().map(|place| (*place, part.merged.id())));
        } else {
            others.extend(&part.commits);
        }
    }
    let direct: BTreeSet<usize> = pushes.iter().filter(|push| push.links.are_none()).map(|push| push.place).collect();
    let is_without = |place: &usize| !others.contains(place) && (brought.contains_key(place) || direct.contains(place));
    let places = range.with_content().filter(is_without);
    let commit = |place| Some(Commit::of(range.commits().get(place)?, repository, brought.get(&place).copied()));
    places.filter_map(commit).collect()
}

impl PullRequest {
    fn of(Delivery { part, links }: &Delivery, repository: &RepositoryName) -> Self {
        let one = &part.merged.pull_request;
        Self {
            id: one.id,
            url: PullRequestName { repository: repository.clone(), id: one.id }.url(),
            title: one.title.clone(),
            author: one.author.clone(),
            author_name: one.author_name.clone(),
            merge_commit: part.merged.merge_commit.clone(),
            pages: links.words(),
        }
    }
}

impl Commit {
    fn of(commit: &RangeCommit, repository: &RepositoryName, pull_request: Option<PullRequestId>) -> Self {
        let line = commit.message.lines().next().unwrap_or_default().trim();
        let message = line.chars().take(LONGEST_LINE).collect();
        Self { url: commit_url(repository, &commit.hash), hash: commit.hash.clone(), message, pull_request }
    }
}

/// Where people see a commit.
pub(super) fn commit_url(repository: &RepositoryName, commit: &CommitHash) -> String {
    format!("https://bitbucket.org/{repository}/commits/{commit}")
}

/// Where people see what changed between two commits.
pub(super) fn changes_url(repository: &RepositoryName, from: &CommitHash, to: &CommitHash) -> String {
    format!("https://bitbucket.org/{repository}/branches/compare/{to}%0D{from}")
}

/// Pages in the order in which they were found.
#[derive(Default)]
struct Pages {
    all: Vec<Page>,
    places: BTreeMap<(&'static str, String), usize>,
}

impl Pages {
    /// Adds to the page that a link leads to. A page that was hidden for one of its links stays hidden.
    fn add(&mut self, link: &Link, what: impl FnOnce(&mut Page)) {
        let all = &mut self.all;
        let place = *self.places.entry((link.kind, link.id.clone())).or_insert_with(|| {
            all.push(Page {
                id: link.id.clone(),
                kind: link.kind,
                url: link.url.clone(),
                title: link.title.clone(),
                space: link.space.clone(),
                pull_requests: Vec::new(),
                commits: Vec::new(),
                result: None,
            });
            all.len() - 1
        });
        let Some(page) = self.all.get_mut(place) else { return };
        page.title = page.title.take().filter(|_| link.title.is_some());
        page.space = page.space.take().filter(|_| link.space.is_some());
        page.result = page.result.into_iter().chain(link.result).max_by_key(|result| weight(*result));
        what(page);
    }
}

/// Of several results for a page, the one that matters most is shown.
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
    /// Its title, or its number when the title may not be shown.
    pub(super) fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| format!("{} {}", self.kind, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(title: Option<&str>, result: PageResult) -> Link {
        let title = title.map(str::to_owned);
        Link {
            kind: "page",
            id: "101".to_owned(),
            url: String::new(),
            space: title.clone(),
            title,
            result: Some(result),
        }
    }

    #[test]
    fn page_is_hidden_when_one_of_its_links_is() {
        let shown = link(Some("A title"), PageResult::Failed);
        let hidden = link(None, PageResult::Written);
        for order in [[&shown, &hidden], [&hidden, &shown]] {
            let mut pages = Pages::default();
            for link in order {
                pages.add(link, |_| ());
            }
            let [page] = pages.all.as_slice() else { panic!("one page: {:?}", pages.all) };
            assert_eq!((&page.title, &page.space, page.result), (&None, &None, Some(PageResult::Failed)));
        }
    }

    #[test]
    fn links_that_were_not_read_are_not_none() {
        let links = |links: Vec<Link>, are_complete| Links { links, are_complete };
        let one = || vec![link(None, PageResult::Unchanged)];
        assert_eq!((links(vec![], true).words(), links(vec![], true).are_none()), (Some(vec![]), true));
        assert_eq!((links(vec![], false).words(), links(vec![], false).are_none()), (None, false));
        assert_eq!(links(one(), false).words(), Some(vec!["page:101".to_owned()]));
        assert!(!links(one(), true).are_none());
    }
}
