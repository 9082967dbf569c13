//! The links of each page to pull requests, and the pull requests without a page. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::PullRequestState;
use crate::ids::{Key, PageName, PullRequestId, RepositoryName, RepositoryUuid, Site};
use crate::page::{self, MAX_PAGES, MentionOutcome, Presence, Subject, Survey, Titles};
use crate::secret::Scrubber;
use crate::surface::markdown::one_line;
use crate::surface::page_row::{Row, RowState};

use super::reading::{PullRequestReading, Readings};

/// Our rows on each page that was read; `None` when reading them failed.
pub(super) type Rows = BTreeMap<PageName, Option<Vec<Row>>>;

pub(super) struct Facts<'a> {
    pub(super) site: &'a Site,
    pub(super) repository: &'a RepositoryName,
    pub(super) repository_uuid: Option<&'a RepositoryUuid>,
    pub(super) titles: Titles,
    pub(super) scrubber: &'a Scrubber,
    pub(super) pull_requests: &'a Readings,
    /// What the mentions of all of them lead to, in their order.
    pub(super) survey: &'a Survey,
    pub(super) rows: &'a Rows,
    /// Whether people without an account can view a page, as far as it is known.
    pub(super) public: &'a BTreeMap<PageName, bool>,
    pub(super) since: Timestamp,
    /// Whether all that were updated since then are listed.
    pub(super) list_is_complete: bool,
}

impl Facts<'_> {
    /// A text from outside on one line, without secrets.
    pub(super) fn text(&self, foreign: impl ToString) -> String {
        self.scrubber.scrub(&one_line(&foreign.to_string()))
    }

    /// A title or name. The files are in Bitbucket and people may carry them to Confluence: `never` is for both sides.
    pub(super) fn title(&self, foreign: Option<&String>) -> Option<String> {
        match self.titles {
            Titles::Auto => foreign.map(|foreign| self.text(foreign)),
            Titles::Never => None,
        }
    }
}

/// Whether a row is of this repository, whatever name it had when the row was written.
pub(super) fn is_of(row: &Row, repository: &RepositoryName, uuid: Option<&RepositoryUuid>) -> bool {
    match (&row.repository, uuid) {
        (Some(uuid), Some(ours)) => uuid == ours,
        (None, _) => false,
        (Some(_), None) => row.name.repository == *repository,
    }
}

/// What links a pull request to a page.
#[derive(Default)]
pub(super) struct Link {
    pub(super) keys: BTreeSet<Key>,
    pub(super) row: Option<Row>,
}

/// The pull requests of a page, the newest first.
pub(super) type PageLinks = BTreeMap<Reverse<PullRequestId>, Link>;

#[derive(Default)]
pub(super) struct Links<'a> {
    pub(super) pages: BTreeMap<Subject, PageLinks>,
    /// The open and merged pull requests that have no page, the newest first.
    pub(super) without_page: Vec<&'a PullRequestReading>,
}

pub(super) fn links<'a>(facts: &Facts<'a>) -> Links<'a> {
    let mut links = Links::default();
    let mut linked: BTreeSet<PullRequestId> = BTreeSet::new();
    let mut unknown: BTreeSet<PullRequestId> = BTreeSet::new();
    let mut outcomes = facts.survey.outcomes.iter();
    for (&id, reading) in facts.pull_requests {
        let mut pages: BTreeSet<&Subject> = BTreeSet::new();
        for (mention, outcome) in reading.mentions.iter().zip(outcomes.by_ref().take(reading.mentions.len())) {
            let MentionOutcome::Linked(subjects) = outcome else {
                if matches!(outcome, MentionOutcome::NotRead | MentionOutcome::LeftOut) {
                    unknown.insert(id);
                }
                continue;
            };
            for subject in subjects {
                // As many as one pull request is linked to.
                if pages.len() == MAX_PAGES && !pages.contains(subject) {
                    continue;
                }
                pages.insert(subject);
                links.link(subject, id).keys.extend(page::key_of(mention));
                linked.insert(id);
            }
        }
        // A page of the index is shown where its row can't be read. It counts as the page of this pull request only if the
        // comment is known as ours: the author could write a comment that names any page.
        for page in &reading.index {
            let is_unread = facts.survey.pages.get(page).is_some_and(|it| it.presence == Presence::NotRead);
            match facts.rows.get(page) {
                Some(Some(_)) => continue,
                // The row may be there.
                Some(None) => drop(unknown.insert(id)),
                // The page is unread or missing, or it shows no comments, as in the trash.
                None => {
                    links.link(&Subject::Page(*page), id);
                    linked.extend(reading.index_is_ours.then_some(id));
                    unknown.extend(is_unread.then_some(id));
                }
            }
        }
        if !reading.complete {
            unknown.insert(id);
        }
    }
    for (page, rows) in facts.rows {
        for row in rows.iter().flatten().filter(|row| is_of(row, facts.repository, facts.repository_uuid)) {
            let link = links.link(&Subject::Page(*page), row.name.id);
            if link.keys.is_empty() {
                link.keys.extend(row.keys.iter().map(|leading| leading.key.clone()));
            }
            link.row = Some(row.clone());
            linked.insert(row.name.id);
        }
    }
    let has_no_page = |reading: &&PullRequestReading| {
        !linked.contains(&reading.id()) && (reading.skipped || !unknown.contains(&reading.id()))
    };
    links.without_page =
        facts.pull_requests.values().rev().filter(|one| one.needs_page()).filter(has_no_page).collect();
    links
}

impl Links<'_> {
    fn link(&mut self, subject: &Subject, id: PullRequestId) -> &mut Link {
        self.pages.entry(subject.clone()).or_default().entry(Reverse(id)).or_default()
    }
}

/// A page when the last of its pull requests was merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastMerge {
    /// No pull request is merged.
    None,
    /// One is, or may be, and the page's version then isn't known.
    Unknown,
    /// The page had this version.
    Version(u32),
}

/// The last merge has the highest version. A merge without a known version may be the last one, unless the page hasn't
/// changed since another one.
pub(super) fn last_merge(
    of_page: &PageLinks,
    rows_are_known: bool,
    page: Option<(u32, Timestamp)>,
    facts: &Facts<'_>,
) -> LastMerge {
    let (mut last, mut is_unknown) = (None, !rows_are_known);
    for (Reverse(id), link) in of_page {
        let row = link.row.as_ref();
        let reading = facts.pull_requests.get(id);
        let was_merged = row.is_some_and(|row| row.state == RowState::Merged);
        let is_merged = reading.is_some_and(|reading| reading.state() == PullRequestState::Merged);
        if !was_merged && !is_merged {
            // What the list lacks may have been merged since its row was written.
            is_unknown |= reading.is_none() && !facts.list_is_complete;
            continue;
        }
        let unchanged = || {
            let (version, changed) = page?;
            (changed <= reading?.merged?).then_some(version)
        };
        let version = row.and_then(|row| row.version_at_merge).or_else(unchanged);
        is_unknown |= version.is_none();
        last = last.max(version);
    }
    match last {
        Some(version) if !is_unknown || page.is_some_and(|(current, _)| version >= current) => {
            LastMerge::Version(version)
        }
        None if !is_unknown => LastMerge::None,
        Some(_) | None => LastMerge::Unknown,
    }
}
