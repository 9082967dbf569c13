//! The report on its way: its heading leads to our comment, which may be added or replaced in this run.

use std::collections::BTreeSet;

use crate::apply::{ReportOutcome, Writer};
use crate::plan::{Plan, ReportChange};
use crate::surface::pull_request_comment::Candidate;

use super::{Progress, Snapshot};

/// The change to the report that is left.
pub(super) struct Reporting<'a> {
    writer: Writer<'a>,
    snapshot: &'a Snapshot,
    change: Option<ReportChange>,
}

impl<'a> Reporting<'a> {
    pub(super) fn new(writer: Writer<'a>, snapshot: &'a Snapshot, plan: &Plan) -> Self {
        Self { writer, snapshot, change: plan.report.clone() }
    }

    /// Whether our comment is known.
    pub(super) fn link_to(&mut self, comments: &[Candidate], progress: &Progress) -> bool {
        let ours = progress.comment.authorship.only_author(comments);
        let url = ours.first().map(|comment| self.snapshot.texts.name.comment_url(comment.id));
        let is_known = url.is_some();
        if let (Some(change), Some(url)) = (&mut self.change, url) {
            change.link_to(url);
        }
        is_known
    }

    pub(super) fn send(&self) -> Option<ReportOutcome> {
        self.change.as_ref().map(|change| self.writer.report(change))
    }

    /// Writes what is missing, now that the comments are like this.
    pub(super) fn finish(&mut self, comments: &[Candidate], progress: &mut Progress, not_done: &mut BTreeSet<String>) {
        self.link_to(comments, progress);
        let reported = self.send();
        self.record(reported, progress, not_done);
    }

    /// Keeps what was sent. A refused write isn't tried again in this round.
    pub(super) fn record(
        &mut self,
        reported: Option<ReportOutcome>,
        progress: &mut Progress,
        not_done: &mut BTreeSet<String>,
    ) {
        let Some(ReportOutcome { writes, events, not_done: missing }) = reported else { return };
        events.iter().for_each(|event| self.writer.run.audit.note(self.writer.subject, event));
        progress.writes += writes;
        let written = self.change.take().filter(|_| missing.is_empty());
        self.change = written.map(|change| ReportChange { current: change.desired.clone(), ..change });
        not_done.extend(missing);
    }
}
