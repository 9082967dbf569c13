//! Writes our report on the commit.

use std::collections::BTreeMap;

use crate::audit::Event;
use crate::bitbucket::{WireAnnotation, WireReport};
use crate::http::HttpError;
use crate::plan::{ReportChange, Write};
use crate::report::Failure;
use crate::surface::report::{Annotation, Change, Report, ReportResult};

use super::Writer;

/// What came of writing the report. A failing report never fails the run: tokens with every documented scope were seen to
/// be refused.
#[derive(Debug, Default)]
pub(crate) struct ReportOutcome {
    /// How many writes it took.
    pub writes: usize,
    /// What to log of each write.
    pub events: Vec<Event>,
    /// The writes that were not done, in words.
    pub not_done: Vec<String>,
}

impl Writer<'_> {
    /// Writes the report, each write after the one before it. What follows a refused one is not tried.
    pub(crate) fn report(&self, change: &ReportChange) -> ReportOutcome {
        let mut outcome = ReportOutcome::default();
        let mut refused = false;
        for write in change.writes() {
            if refused {
                outcome.not_done.push(Write::Report(write).to_string());
                continue;
            }
            let facts = self.report_facts(&change.id, &write, change.current.as_ref());
            match self.send_report(change, &write) {
                Ok(request_id) => {
                    outcome.writes += 1;
                    outcome.events.push(facts.written(None, request_id));
                }
                Err(error) => {
                    refused = true;
                    outcome.events.push(facts.refused(&Failure::of(&error), &error));
                    outcome.not_done.push(Write::Report(write).to_string());
                }
            }
        }
        outcome
    }

    fn send_report(&self, change: &ReportChange, write: &Change) -> Result<Option<String>, HttpError> {
        let (bitbucket, commit, id) = (self.run.bitbucket, &change.commit, &change.id);
        match write {
            Change::Put(report) => bitbucket.put_report(commit, id, &wire(report)),
            Change::Delete => bitbucket.delete_report(commit, id),
            Change::Annotate(annotations) => {
                bitbucket.put_report_annotations(commit, id, &wire_annotations(annotations))
            }
            Change::Unannotate { id: annotation } => bitbucket.delete_report_annotation(commit, id, annotation),
        }
    }
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

/// A result in Bitbucket's word.
pub(super) fn result_word(result: ReportResult) -> &'static str {
    match result {
        ReportResult::Passed => "PASSED",
        ReportResult::Failed => "FAILED",
    }
}
