//! The release that is written, and what became of its pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{CommitHash, PageName, PullRequestId, ReleaseName, RepositoryUuid};
use crate::page::Surveyed;
use crate::report::{Failure, PageResult};
use crate::run::Run;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::Row;

use super::pages::Pages;
use super::range::{Part, Range};

/// What became of the pages.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) results: BTreeMap<PageName, PageResult>,
    pub(super) failures: Vec<Failure>,
    /// What is missing, in sentences.
    pub(super) missing: Vec<String>,
}

/// The release that is written.
#[derive(Clone, Copy)]
pub(super) struct Release<'a> {
    pub(super) name: &'a ReleaseName,
    /// The commit it is on.
    pub(super) commit: &'a CommitHash,
    pub(super) range: &'a Range,
    pub(super) parts: &'a [Part],
    pub(super) pages: &'a Pages,
}

impl Rows {
    pub(super) fn fail(&mut self, run: Run<'_>, failure: Failure) {
        run.audit.note_failure(None, "write the release on pages", &failure);
        self.failures.push(failure);
    }

    /// Says once how far the run got.
    pub(super) fn stop(&mut self, run: Run<'_>, done: usize, of: usize) {
        let sentence = format!(
            "the service limits the rate of requests: {done} of {of} pages have the release; the next run continues there"
        );
        self.missing.push(format!("Only {done} of {of} pages have the release."));
        self.fail(run, Failure::other(sentence));
    }
}

impl Release<'_> {
    /// The pages that hold or should hold rows of this release, and may be changed.
    pub(super) fn pages_to_write(&self) -> Vec<PageName> {
        let own = self.pages.parts.iter().flat_map(|leads| leads.pages());
        let carries = |row: &Row| row.releases.iter().any(|name| name == self.name.as_str());
        let others = self.pages.rows.rows.iter().filter(|(_, row)| carries(row)).map(|(page, _)| *page);
        let pages: BTreeSet<PageName> = own.chain(others).collect();
        pages.into_iter().filter(|page| self.surveyed(*page).is_some_and(may_change)).collect()
    }

    pub(super) fn surveyed(&self, page: PageName) -> Option<&Surveyed> {
        self.pages.survey.pages.get(&page)
    }

    fn contains(&self, id: PullRequestId) -> bool {
        self.parts.iter().any(|part| part.merged.id() == id)
    }

    /// The pull requests that carry the name of the release and are not among those that were found.
    pub(super) fn others(
        &self,
        repository: &RepositoryUuid,
        read: &BTreeMap<PageName, Vec<OurComment>>,
    ) -> BTreeSet<PullRequestId> {
        let rows = read.values().flatten().flat_map(|comment| &comment.rows);
        let carries = |row: &&Row| {
            row.repository.as_ref() == Some(repository) && row.releases.iter().any(|name| name == self.name.as_str())
        };
        rows.filter(carries).map(|row| row.name.id).filter(|id| !self.contains(*id)).collect()
    }
}

fn may_change(surveyed: &Surveyed) -> bool {
    surveyed.writability.takes_changes()
}
