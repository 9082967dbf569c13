//! Plan → what came of it. The only caller of endpoints that write.
//!
//! It decides nothing: the next change always comes from the pure plan of a surface, given what was just read. A write
//! that met a conflict, or may or may not have happened, is followed by reading again.

mod comment;
mod facts;
mod marks;
mod pages;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::audit::{Audit, Event, Outcome};
use crate::bitbucket::{Bitbucket, WireAnnotation, WireReport};
use crate::clock::{Clock, Deadline};
use crate::confluence::Confluence;
use crate::http::HttpError;
use crate::ids::{CommitHash, Host};
use crate::plan::Write;
use crate::surface::page_row::PullRequestName;
use crate::surface::report::{self, Annotation, Report, ReportResult};

pub use comment::{Check, Followed, read_candidates};
pub use facts::Credentials;
pub use marks::Marked;
pub use pages::{Course, PageOutcome, Writing};

use facts::{given_up, read_again, refused};

/// How many writes in a row may end unclear before it is a failure.
const PATIENCE: u32 = 4;

/// Everything that writes need.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// Bitbucket.
    pub bitbucket: &'a Bitbucket,
    /// Confluence.
    pub confluence: &'a Confluence,
    /// The site, as markers and report ids name it.
    pub site: &'a Host,
    /// The pull request, as rows name it.
    pub name: &'a PullRequestName,
    /// What they are sent with, for the audit log.
    pub credentials: Credentials,
    /// For pauses between turns.
    pub clock: &'a Clock,
    /// When the run must have ended.
    pub deadline: Deadline,
    /// For what was done.
    pub audit: &'a Audit<'a>,
}

impl Writer<'_> {
    /// Writes the report, of which this was there before; gives what is to be said of it, as it was written or as it was
    /// not. A failing report never fails the run: tokens with every documented scope were seen to be refused.
    pub fn report(
        &self,
        commit: &CommitHash,
        change: &report::Change,
        before: Option<&Report>,
    ) -> Result<Box<Event>, Box<Event>> {
        let id = report::id(self.name.id, self.site);
        let done = match change {
            report::Change::Put(report) => self.bitbucket.put_report(commit, &id, &wire(report)),
            report::Change::Delete => self.bitbucket.delete_report(commit, &id),
            report::Change::Annotate(annotations) => {
                self.bitbucket.put_report_annotations(commit, &id, &wire_annotations(annotations))
            }
            report::Change::Unannotate { id: annotation } => {
                self.bitbucket.delete_report_annotation(commit, &id, annotation)
            }
        };
        let write = self.of_report(&Write::Report(change.clone()), change, before);
        match done {
            Ok(request_id) => Ok(Box::new(Event::write(Outcome::Written, write, None, request_id))),
            Err(error) => Err(Box::new(refused(write, &error))),
        }
    }

    fn note(&self, event: &Event) {
        self.audit.note(Some(self.name.id), event);
    }

    /// Longer with every turn, so that many runs on one page take turns instead of colliding.
    fn pause(&self, turn: u32) {
        let most = Duration::from_millis(20) * turn.saturating_add(1).min(25);
        self.clock.sleep(most.mul_f64(self.clock.jitter()).min(self.deadline.remaining(self.clock)));
    }
}

/// A conflict, something just listed that is gone, or a write that may have happened. Conflicts end by themselves, the
/// others only as long as patience lasts.
fn looks_again(error: &HttpError, patience: &mut u32) -> bool {
    if error.is_out_of_budget() {
        return false;
    }
    if error.status() == Some(409) {
        return true;
    }
    let unclear = error.in_doubt() || error.status() == Some(404);
    if unclear {
        *patience = patience.saturating_sub(1);
    }
    unclear && *patience > 0
}

fn wire_annotations(annotations: &BTreeMap<String, Annotation>) -> Vec<WireAnnotation> {
    let wire = |(id, Annotation { summary, details }): (&String, &Annotation)| WireAnnotation {
        id: id.clone(),
        summary: summary.clone(),
        details: details.clone(),
    };
    annotations.iter().map(wire).collect()
}

fn wire(report: &Report) -> WireReport {
    let links = report.links.iter().map(|link| (link.title.clone(), link.text.clone(), link.href.clone()));
    WireReport {
        title: report.title.clone(),
        details: report.details.clone(),
        result: result_word(report.result).to_owned(),
        link: report.link.clone(),
        links: links.collect(),
    }
}

fn result_word(result: ReportResult) -> &'static str {
    match result {
        ReportResult::Passed => "PASSED",
        ReportResult::Failed => "FAILED",
    }
}
