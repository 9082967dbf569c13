//! The desired rows of a release on one page. Pure.

use std::collections::BTreeMap;

use crate::confluence::Task;
use crate::ids::{PageName, PullRequestId, ReleaseName, RepositoryUuid};
use crate::page::{Titles, Writability};
use crate::plan::{ClosedTasks, Edit, MAX_TASKS, Output, PageChange, RowEffect, SkippedEdit};
use crate::run::Run;
use crate::surface::page_comment::{DesiredRows, OurComment, RowChange, WithoutRows};
use crate::surface::page_row::{PullRequestName, Row, RowState};

use super::entries::{Comments, Entry, Release};
use super::facts::Facts;

impl Release<'_> {
    /// The changes of all pages.
    pub(super) fn changes(
        &self,
        comments: Comments,
        entries: &[Entry<'_>],
        facts: &Facts,
        skipped: &mut Vec<SkippedEdit>,
    ) -> Vec<PageChange> {
        let mut rooms = BTreeMap::new();
        let pages = comments.into_iter().filter(|(page, _)| !facts.waiting.contains(page));
        let change = |(page, current): (PageName, Vec<OurComment>)| {
            let own: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.page == page).collect();
            let writes = own.iter().map(|entry| self.row_change(entry, facts));
            let gone = |row: &Row| facts.gone.contains(&row.name.id);
            let changes = writes.chain(unrelease(&current, self.repository, self.name, gone)).collect();
            let edits = self.edits(&own, &facts.tasks, &mut rooms, skipped);
            let row = RowEffect::OfRelease(self.name.to_string());
            PageChange::new(page, edits, current, desired(self.run, self.repository, changes), row)
        };
        pages.map(change).collect()
    }

    /// Tasks, then the label, if a row gets the name of the release.
    fn edits(
        &self,
        entries: &[&Entry<'_>],
        tasks: &[Task],
        rooms: &mut BTreeMap<PullRequestId, usize>,
        skipped: &mut Vec<SkippedEdit>,
    ) -> Vec<Edit> {
        let Release { run, name, .. } = self;
        let mut edits = Vec::new();
        for entry in entries {
            let Some(numbers) = entry.closed_tasks() else { continue };
            let tasks: Vec<Task> = tasks.iter().filter(|task| task.page == entry.page.id).cloned().collect();
            let is_shown = entry.surveyed.is_shown();
            let closed = ClosedTasks { page: entry.page, numbers, tasks: Some(&tasks), is_shown };
            let room = rooms.entry(entry.merged.id()).or_insert(MAX_TASKS);
            let own = closed.edits(room, skipped);
            edits.extend(own.into_iter().filter(|edit| !edits.contains(edit)).collect::<Vec<_>>());
        }
        let is_new = |entry: &&&Entry<'_>| !entry.known.as_ref().is_some_and(|row| row.carries(name));
        let first = entries.iter().find(is_new).filter(|entry| entry.surveyed.writability == Writability::Writable);
        if first.is_some() && run.intent.outputs.labels == Output::On {
            let label = run.config.release_label.label(&run.pipeline.repository, name);
            edits.extend(label.map(Edit::AddLabel));
        }
        edits
    }

    /// A page that takes no new rows, or that only a row names, gets none back that someone deleted.
    fn row_change(&self, entry: &Entry<'_>, facts: &Facts) -> RowChange {
        let row = self.row(entry, facts);
        let may_create = entry.surveyed.writability == Writability::Writable && !entry.leads.rows.contains(&entry.page);
        if may_create { RowChange::Write(row) } else { RowChange::Update(row) }
    }

    fn row(&self, entry: &Entry<'_>, facts: &Facts) -> Row {
        let pull_request = &entry.merged.pull_request;
        let name = PullRequestName { repository: self.run.pipeline.repository.clone(), id: pull_request.id };
        let (title, author, approved_by) = match self.run.config.titles {
            Titles::Auto => {
                (Some(pull_request.title.clone()), pull_request.author_name.clone(), pull_request.approvers())
            }
            Titles::Never => (None, None, None),
        };
        Row {
            keys: entry.keys(),
            title,
            author,
            approved_by,
            state: RowState::Merged,
            version_at_merge: facts.versions.get(&(entry.page, pull_request.id)).copied(),
            releases: vec![self.name.to_string()],
            ..Row::open(name, self.repository.clone())
        }
    }
}

/// The rows of one page with these changes.
pub(super) fn desired(run: Run<'_>, repository: &RepositoryUuid, changes: Vec<RowChange>) -> DesiredRows {
    let name = run.pipeline.repository.clone();
    DesiredRows { repository: repository.clone(), name, changes, without_rows: WithoutRows::Stays }
}

/// Takes the name of a release from these rows of the repository.
pub(super) fn unrelease(
    comments: &[OurComment],
    repository: &RepositoryUuid,
    name: &ReleaseName,
    is_meant: impl Fn(&Row) -> bool,
) -> Vec<RowChange> {
    let rows = comments.iter().flat_map(|comment| &comment.rows);
    let meant = rows.filter(|row| row.repository.as_ref() == Some(repository) && is_meant(row));
    meant.filter_map(|row| Some(RowChange::Unrelease(row.key()?, name.to_string()))).collect()
}
