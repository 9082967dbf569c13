//! What one page should say of a release. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::Mode;
use crate::confluence::Version;
use crate::ids::{PageName, PullRequestId, RepositoryUuid};
use crate::page::{Subject, Titles, Writability};
use crate::plan::{Edit, Output, PageChange, RowEffect};
use crate::run::Run;
use crate::surface::page_comment::{DesiredRows, OurComment, RowChange, WithoutRows};
use crate::surface::page_row::{LeadingKey, PullRequestName, Row, RowKey, RowState};

use super::pages::Leads;
use super::range::Part;
use super::written::Release;

/// What one page should say.
pub(super) struct Desired<'a> {
    pub(super) run: Run<'a>,
    pub(super) release: Release<'a>,
    pub(super) repository: &'a RepositoryUuid,
    /// The pull requests that lose the name of the release.
    pub(super) gone: &'a BTreeSet<PullRequestId>,
    pub(super) dates: &'a BTreeMap<PullRequestId, Timestamp>,
    pub(super) versions: Option<&'a Vec<Version>>,
}

impl Desired<'_> {
    /// The change of a page; `None` where no comment of ours is.
    pub(super) fn change(&self, page: PageName, comments: &[OurComment]) -> Option<PageChange> {
        if !comments.iter().any(OurComment::is_in_use) {
            return None;
        }
        let own = self.release.parts.iter().zip(&self.release.pages.parts);
        let waiting = self.waiting(page, comments);
        let own = own.filter(|(_, leads)| leads.pages().any(|led| led == page));
        let own = own.filter(|(part, _)| !waiting.contains(&part.merged.id()));
        let mut changes: Vec<RowChange> = own
            .map(|(part, leads)| {
                let row = self.row(part, leads, page, comments);
                if leads.rows.contains(&page) { RowChange::Update(row) } else { RowChange::Write(row) }
            })
            .collect();
        let is_new = changes.iter().any(|change| self.is_new(change, comments));
        changes.extend(self.taken_off(comments));
        let surveyed = self.release.surveyed(page)?;
        let name = self.release.name;
        let label = self.run.config.release_label.label(&self.run.pipeline.repository, name);
        let is_labeled = self.run.intent.outputs.labels == Output::On && is_new;
        let takes_label = is_labeled && surveyed.writability == Writability::Writable;
        Some(PageChange {
            page,
            edits: label.filter(|_| takes_label).map(Edit::AddLabel).into_iter().collect(),
            current: comments.to_vec(),
            desired: DesiredRows {
                repository: self.repository.clone(),
                name: self.run.pipeline.repository.clone(),
                changes,
                without_rows: WithoutRows::Stays,
            },
            row: RowEffect::OfRelease(name.to_string()),
        })
    }

    /// The pull requests that close a task of the page which could not be completed. A row that says merged says that its
    /// tasks are done.
    pub(super) fn waiting(&self, page: PageName, comments: &[OurComment]) -> BTreeSet<PullRequestId> {
        if self.run.intent.outputs.tasks == Output::Off || self.run.mode == Mode::DryRun {
            return BTreeSet::new();
        }
        let closing = self.release.parts.iter().zip(&self.release.pages.parts);
        let closing = closing.filter(|(_, leads)| leads.closing.contains(&page)).map(|(part, _)| part.merged.id());
        let is_merged = |id: &PullRequestId| {
            let key = RowKey { repository: self.repository.clone(), id: *id };
            comments.iter().filter_map(|comment| comment.row(&key)).any(|row| row.state == RowState::Merged)
        };
        closing.filter(|id| !is_merged(id)).collect()
    }

    fn is_new(&self, change: &RowChange, comments: &[OurComment]) -> bool {
        let (RowChange::Write(row) | RowChange::Update(row)) = change else { return false };
        let known = row.key().and_then(|key| comments.iter().find_map(|comment| comment.row(&key)));
        !known.is_some_and(|known| known.releases.iter().any(|name| name == self.release.name.as_str()))
    }

    fn row(&self, part: &Part, leads: &Leads, page: PageName, comments: &[OurComment]) -> Row {
        let pull_request = &part.merged.pull_request;
        let name = PullRequestName { repository: self.run.pipeline.repository.clone(), id: pull_request.id };
        let bare = Row::open(name, self.repository.clone());
        let known = bare.key().and_then(|key| comments.iter().find_map(|comment| comment.row(&key)));
        let (title, author, approved_by) = match self.run.config.titles {
            Titles::Auto => {
                (Some(pull_request.title.clone()), pull_request.author_name.clone(), pull_request.approvers())
            }
            Titles::Never => (None, None, None),
        };
        Row {
            keys: keys(leads, page, known),
            title,
            author,
            approved_by,
            state: RowState::Merged,
            version_at_merge: self.version_at(part),
            releases: vec![self.release.name.to_string()],
            ..bare
        }
    }

    fn version_at(&self, part: &Part) -> Option<u32> {
        let date = self.dates.get(&part.merged.id())?;
        self.versions?.iter().filter(|version| version.at <= *date).map(|version| version.number).max()
    }

    /// The rows that lose the name of the release.
    fn taken_off(&self, comments: &[OurComment]) -> Vec<RowChange> {
        let rows = comments.iter().flat_map(|comment| &comment.rows);
        let gone =
            rows.filter(|row| row.repository.as_ref() == Some(self.repository) && self.gone.contains(&row.name.id));
        gone.filter_map(|row| Some(RowChange::Unrelease(row.key()?, self.release.name.to_string()))).collect()
    }
}

/// The keys that lead to the page now, and those that led there and are still mentioned.
fn keys(leads: &Leads, page: PageName, known: Option<&Row>) -> BTreeSet<LeadingKey> {
    let mut keys = leads.mentioned.get(&Subject::Page(page)).cloned().unwrap_or_default();
    let before = known.into_iter().flat_map(|row| &row.keys);
    keys.extend(before.filter(|leading| leads.keys.contains(&leading.key)).cloned());
    keys
}
