//! `release.json`: the contents of a release, for programs.
//!
//! Field names are stable within a [`VERSION`]; readers ignore fields they do not know. What may not be shown in a pull
//! request is not here either. People appear with their account ids only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::bitbucket::{MergedPullRequest, RangeCommit};
use crate::ids::{AccountId, CommitHash, PullRequestId, ReleaseName, RepositoryName};
use crate::page::{Subject, Survey, Visibility, kind_word, subject_word};
use crate::report::{PageEntry, PageResult};
use crate::secret::Scrubber;
use crate::surface::page_row::PullRequestName;

use super::pages::{Delivery, Pages};
use super::range::Range;
use super::rows::Results;

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

impl Page {
    fn result(&self) -> PageResult {
        self.result.unwrap_or(PageResult::ListedOnly)
    }

    /// Whether its comment doesn't say the release.
    pub(super) fn is_listed_only(&self) -> bool {
        self.result() == PageResult::ListedOnly
    }

    /// The same for the receipt.
    pub(super) fn entry(&self, pull_request: PullRequestId) -> PageEntry {
        PageEntry {
            pull_request,
            id: self.id.clone(),
            kind: self.kind,
            url: self.url.clone(),
            title: self.title.clone(),
            space: self.space.clone(),
            result: self.result(),
            reason: None,
        }
    }

    /// Its title, or its number when the title may not be shown.
    pub(super) fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| format!("{} {}", self.kind, self.id))
    }

    /// A page or board that nothing leads to yet.
    fn of(subject: &Subject, survey: &Survey) -> Option<Self> {
        let (kind, id, url, shown) = match subject {
            Subject::Page(page) => {
                let surveyed = survey.pages.get(page)?;
                (page.kind.word(), page.id.to_string(), &surveyed.url, Some(&surveyed.visibility))
            }
            Subject::Board(kind, id) => (kind_word(*kind), id.clone(), survey.boards.get(subject)?, None),
        };
        let (title, space) = match shown {
            Some(Visibility::Shown { title, space, .. }) => (title.clone(), space.as_ref().map(ToString::to_string)),
            Some(Visibility::LinkOnly) | None => (None, None),
        };
        let (pull_requests, commits) = (Vec::new(), Vec::new());
        Some(Self { id, kind, url: url.clone(), title, space, pull_requests, commits, result: None })
    }
}

impl Contents {
    /// Puts together what was found out. Without results, no page was to have a row.
    pub(super) fn of(head: Head, range: &Range, pages: &Pages, results: Option<&Results>) -> Self {
        let repository = &head.repository;
        let pull_requests =
            pages.pull_requests().map(|(merged, delivery)| PullRequest::of(merged, delivery, repository)).collect();
        let of_pull_requests = pages.pull_requests().filter_map(|(merged, _)| merged.pull_request.author.clone());
        let of_commits = range.commits().iter().filter_map(|commit| commit.author.clone());
        Self {
            version: VERSION,
            pages: listed(range, pages, results),
            pull_requests,
            authors: of_pull_requests.chain(of_commits).collect(),
            commits_without_page: without_page(range, &pages.deliveries, repository),
            head,
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
        // A secret that was cut before would not be recognized.
        self.commits_without_page.iter_mut().for_each(|commit| commit.message = cut(&commit.message));
        self
    }
}

fn cut(line: &str) -> String {
    if line.chars().nth(LONGEST_LINE).is_none() {
        return line.to_owned();
    }
    line.chars().take(LONGEST_LINE - 1).chain(['…']).collect()
}

/// The pages in the order in which they were found.
fn listed(range: &Range, pages: &Pages, results: Option<&Results>) -> Vec<Page> {
    let mut listed: Vec<Page> = Vec::new();
    let mut places: BTreeMap<Subject, usize> = BTreeMap::new();
    for delivery in &pages.deliveries {
        for subject in delivery.leads.subjects() {
            let place = *places.entry(subject.clone()).or_insert(listed.len());
            if place == listed.len() {
                listed.extend(Page::of(&subject, &pages.survey));
            }
            let Some(page) = listed.get_mut(place) else { continue };
            let Some(merged) = &delivery.merged else {
                let commits = delivery.commits.iter().filter_map(|place| range.commits().get(*place));
                page.commits.extend(commits.map(|commit| commit.hash.clone()));
                continue;
            };
            page.pull_requests.push(merged.id());
            if let Subject::Page(name) = &subject {
                page.result = results.map(|results| results.get(name).copied().unwrap_or(PageResult::ListedOnly));
            }
        }
    }
    listed
}

/// The commits with content of deliveries without a page, but for those that another delivery with a page brought.
fn without_page(range: &Range, deliveries: &[Delivery], repository: &RepositoryName) -> Vec<Commit> {
    let (without, with): (Vec<&Delivery>, Vec<&Delivery>) =
        deliveries.iter().partition(|delivery| delivery.leads.are_none());
    let with: BTreeSet<usize> = with.iter().flat_map(|delivery| &delivery.commits).copied().collect();
    let brought = without.iter().flat_map(|delivery| delivery.commits.iter().map(|place| (*place, delivery.id())));
    let brought: BTreeMap<usize, Option<PullRequestId>> = brought.collect();
    let places = range.with_content().filter(|place| !with.contains(place));
    places
        .filter_map(|place| Some(Commit::of(range.commits().get(place)?, repository, *brought.get(&place)?)))
        .collect()
}

impl PullRequest {
    fn of(merged: &MergedPullRequest, delivery: &Delivery, repository: &RepositoryName) -> Self {
        let one = &merged.pull_request;
        let pages: Vec<String> = delivery.leads.subjects().map(|subject| subject_word(&subject)).collect();
        Self {
            id: one.id,
            url: PullRequestName { repository: repository.clone(), id: one.id }.url(),
            title: one.title.clone(),
            author: one.author.clone(),
            author_name: one.author_name.clone(),
            merge_commit: merged.merge_commit.clone(),
            pages: Some(pages).filter(|pages| delivery.leads.are_complete || !pages.is_empty()),
        }
    }
}

impl Commit {
    fn of(commit: &RangeCommit, repository: &RepositoryName, pull_request: Option<PullRequestId>) -> Self {
        let message = commit.message.lines().next().unwrap_or_default().trim().to_owned();
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
