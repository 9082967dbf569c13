//! The rows that a release should have: each of its pull requests on each page that it leads to. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::MergedPullRequest;
use crate::ids::{CommitHash, PageName, ReleaseName, RepositoryUuid, TaskId};
use crate::page::{Subject, Surveyed};
use crate::plan::takes_edits;
use crate::run::Run;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::{LeadingKey, Row, RowKey, RowState};

use super::pages::{Leads, Pages};
use super::range::Range;

/// Our comments on each page that was read.
pub(super) type Comments = BTreeMap<PageName, Vec<OurComment>>;

/// The release whose name is written.
#[derive(Clone, Copy)]
pub(super) struct Release<'a> {
    pub(super) run: Run<'a>,
    pub(super) name: &'a ReleaseName,
    /// The commit it is on.
    pub(super) commit: &'a CommitHash,
    pub(super) range: &'a Range,
    pub(super) pages: &'a Pages,
    pub(super) repository: &'a RepositoryUuid,
}

/// A pull request of the release on a page that it leads to.
pub(super) struct Entry<'a> {
    pub(super) page: PageName,
    pub(super) surveyed: &'a Surveyed,
    pub(super) merged: &'a MergedPullRequest,
    pub(super) leads: &'a Leads,
    /// Its row, as read.
    pub(super) known: Option<Row>,
}

impl Entry<'_> {
    /// The tasks that it closes now. A row that says merged says that they are done.
    pub(super) fn closed_tasks(&self) -> Option<&BTreeSet<TaskId>> {
        let is_done = self.known.as_ref().is_some_and(|row| row.state == RowState::Merged);
        self.leads.closed_tasks.get(&self.page).filter(|_| takes_edits(self.surveyed.writability) && !is_done)
    }

    /// The keys that lead to the page now, and those that led there and are still mentioned.
    pub(super) fn keys(&self) -> BTreeSet<LeadingKey> {
        let mut keys = self.leads.mentioned.get(&Subject::Page(self.page)).cloned().unwrap_or_default();
        let before = self.known.iter().flat_map(|row| &row.keys);
        keys.extend(before.filter(|leading| self.leads.keys.contains(&leading.key)).cloned());
        keys
    }
}

impl<'a> Release<'a> {
    /// The rows that the release should have on these pages.
    pub(super) fn entries(&self, comments: &Comments) -> Vec<Entry<'a>> {
        let mut entries = Vec::new();
        for (page, comments) in comments {
            let Some(surveyed) = self.pages.survey.pages.get(page) else { continue };
            for (merged, delivery) in self.pages.pull_requests() {
                if delivery.leads.pages().any(|led| led == *page) {
                    let key = RowKey { repository: self.repository.clone(), id: merged.id() };
                    let rows = comments.iter().filter_map(|comment| comment.row(&key)).cloned();
                    let known = rows.reduce(|known, other| known.merge(&other));
                    entries.push(Entry { page: *page, surveyed, merged, leads: &delivery.leads, known });
                }
            }
        }
        entries
    }
}
