//! Texts × pages → [`Plan`]: what each place should say, next to what it says now. Pure.
//!
//! *Record*: the pull request's comment names a page before the page is first written. *Write*: pages and report, in any
//! order. *Tidy up*: the comment shows the results and drops pages without a row. A flat list would lose pages: a
//! refused page write followed by an update of the comment leaves a row that no index names.

mod comment;
mod edits;
mod failure;
mod intent;
mod report;
pub(crate) mod requirements;
mod rows;
mod unlink;
mod verdict;
mod words;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{CommitHash, GlobalTaskId, PageName};
use crate::mention::Sources;
use crate::page::{Pages, Policy};
use crate::surface::page_comment::{self, DesiredRows, OurComment, RowChange};
use crate::surface::pull_request_comment::{Authorship, Desired};
use crate::surface::report::{self as report_surface, Report};
use crate::texts::Texts;

use requirements::Verdict;

pub(crate) use edits::{ClosedTasks, Edit, MAX_TASKS, SkippedEdit, takes_edits};
pub(crate) use failure::WriteFailure;
pub(crate) use intent::{Intent, Operation, Output, Outputs};
pub(crate) use unlink::KeepReason;
pub(crate) use verdict::{before_pages, verdict};
pub(crate) use words::{Tense, mentions};
pub(crate) use write::{RowEffect, Write};

/// Everything a plan rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanInput<'a> {
    pub texts: &'a Texts,
    pub pages: &'a Pages,
    /// Which comments on the pull request are ours.
    pub authorship: &'a Authorship,
    /// Our report on the commit, if this run writes it.
    pub report: Option<&'a KnownReport>,
    /// Whether the pull request is as required; `None` when this run doesn't check that.
    pub verdict: Option<&'a Verdict>,
    pub intent: Intent,
    /// What may be shown and written.
    pub policy: Policy<'a>,
    /// The texts that are read.
    pub sources: Sources,
}

/// A report as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownReport {
    /// The commit it is on, by its whole hash.
    pub commit: CommitHash,
    pub id: String,
    /// The report; `None` when there is none.
    pub report: Option<Report>,
}

/// The changes of one run for one pull request, each with what is there and what should be.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Our comment before the pages are written; `None` when its index names them already.
    pub record: Option<Desired>,
    pub pages: Vec<PageChange>,
    pub report: Option<ReportChange>,
    /// Our comment if everything succeeds.
    pub comment: Desired,
    /// Pages with our row that nothing mentions and that keep it.
    pub kept: BTreeMap<PageName, KeepReason>,
    /// Edits that are wanted and not even tried.
    pub skipped: Vec<SkippedEdit>,
}

/// A change to one page: its edits, then its row.
#[derive(Clone, Debug)]
pub(crate) struct PageChange {
    /// Which page.
    pub page: PageName,
    /// Tasks and label, made before the row is written.
    pub edits: Vec<Edit>,
    /// Our comments on it.
    pub current: Vec<OurComment>,
    pub desired: DesiredRows,
    /// What happens to the pull request's row, for the log.
    pub row: RowEffect,
    /// The first writes: edits, then comments.
    pub writes: Vec<Write>,
}

/// A change to our report on the commit.
#[derive(Clone, Debug)]
pub(crate) struct ReportChange {
    /// The commit it is on.
    pub commit: CommitHash,
    pub id: String,
    pub current: Option<Report>,
    pub desired: Option<Report>,
}

impl ReportChange {
    /// Makes its heading lead to this URL.
    pub(crate) fn link_to(&mut self, url: String) {
        if let Some(desired) = &mut self.desired {
            desired.link = url;
        }
    }

    /// The writes that lead from the one to the other.
    pub(crate) fn writes(&self) -> Vec<report_surface::Change> {
        report_surface::plan(self.current.as_ref(), self.desired.as_ref())
    }
}

impl PageChange {
    /// The change that leads from the current comments to the desired ones, after the edits.
    pub(crate) fn new(
        page: PageName,
        edits: Vec<Edit>,
        current: Vec<OurComment>,
        desired: DesiredRows,
        row: RowEffect,
    ) -> Self {
        let of_edits = edits.iter().map(|edit| Write::Edit { page, edit: edit.clone() });
        let of_rows = page_comment::diff(&current, &desired).into_iter();
        let of_rows = of_rows.map(|change| Write::Page { page, row: row.clone(), change });
        let writes = of_edits.chain(of_rows).collect();
        Self { page, edits, current, desired, row, writes }
    }

    /// Whether our row is on the page before the change.
    pub(crate) fn has_row(&self) -> bool {
        let keys = self.desired.changes.iter().filter_map(|change| match change {
            RowChange::Write(row) | RowChange::Update(row) | RowChange::Keep(row) => row.key(),
            RowChange::Remove(key) | RowChange::Unrelease(key, _) => Some(key.clone()),
        });
        keys.into_iter().any(|key| self.current.iter().any(|comment| comment.row(&key).is_some()))
    }

    /// Whether the page is to hold the pull request's row.
    pub(crate) fn keeps_a_row(&self) -> bool {
        !matches!(self.row, RowEffect::Unlinked | RowEffect::Removed)
    }
}

/// What came of the changes to the pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// The pages that hold no row now.
    pub clean: BTreeSet<PageName>,
    /// The pages whose row is not as it should be, and why.
    pub not_written: BTreeMap<PageName, WriteFailure>,
    /// The tasks that were completed.
    pub completed: BTreeSet<GlobalTaskId>,
}

pub(crate) fn plan(input: &PlanInput<'_>) -> Plan {
    let rows::Rows { pages, kept, skipped } = rows::rows(input);
    let completed = pages.iter().flat_map(|change| &change.edits).filter_map(|edit| match edit {
        Edit::CompleteTask { id, .. } => Some(id.clone()),
        Edit::AddLabel(_) => None,
    });
    let removed = pages.iter().filter(|change| !change.keeps_a_row()).map(|change| change.page);
    let all_done = Results { clean: removed.collect(), completed: completed.collect(), ..Results::default() };
    let comment = comment::desired(input, &pages, &kept, &all_done);
    let known = input.texts.own_index(input.authorship);
    let written: BTreeSet<PageName> =
        pages.iter().filter(|change| !change.writes.is_empty()).map(|change| change.page).collect();
    let is_known = written.is_subset(&known);
    let record = (!is_known).then(|| Desired { pages: &comment.pages | &written, ..comment.clone() });
    Plan { record, report: report::change(input, &kept), comment, pages, kept, skipped }
}

impl Plan {
    /// What our comment should say after these results.
    pub(crate) fn comment_after(&self, input: &PlanInput<'_>, results: &Results) -> Desired {
        comment::desired(input, &self.pages, &self.kept, results)
    }

    /// Whether it takes every page from an open pull request. That needs a pull request that has not moved.
    pub(crate) fn unlinks_everything(&self, input: &PlanInput<'_>) -> bool {
        let removes = self.pages.iter().any(|change| !change.keeps_a_row() && !change.writes.is_empty());
        let keeps = self.pages.iter().any(PageChange::keeps_a_row) || !self.kept.is_empty();
        input.texts.is_open() && input.intent.operation != Operation::Remove && removes && !keeps
    }

    /// The next writes of every place, in the order in which they would happen.
    pub(crate) fn writes(&self, input: &PlanInput<'_>) -> Vec<Write> {
        let PlanInput { texts, authorship, .. } = input;
        let next = |desired: &Desired| {
            crate::surface::pull_request_comment::next(&texts.comments, authorship, desired, &texts.site)
        };
        let record = self.record.as_ref().and_then(&next);
        let tidy = if self.record.is_some() { None } else { next(&self.comment) };
        let report = self.report.iter().flat_map(ReportChange::writes).map(Write::Report);
        let pages = self.pages.iter().flat_map(|change| change.writes.clone());
        record.map(Write::Comment).into_iter().chain(pages).chain(report).chain(tidy.map(Write::Comment)).collect()
    }
}
