//! The whole review: what it is about, what it lacks, its lines and findings. `review.json` is this value. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::secret::Scrubber;

use super::finding::{Finding, Kind};
use super::gaps::Gaps;
use super::line::Line;
use super::matrix::Matrix;

/// The schema's version.
const VERSION: u32 = 1;

/// A review. Field names are stable within a version; readers ignore fields they do not know.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Review {
    /// The schema's version.
    pub version: u32,
    /// This product's version.
    pub tool_version: &'static str,
    /// When it was made, RFC 3339.
    pub made: String,
    /// `workspace/repository`.
    pub repository: String,
    /// The Confluence site.
    pub site: String,
    /// How far back it looks.
    pub days: u32,
    /// From when on, RFC 3339.
    pub since: String,
    /// Whether everything was read.
    pub complete: bool,
    /// What was not, in sentences.
    pub incomplete: Vec<String>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
    /// How many of each there are.
    pub counts: Counts,
    /// The matrix.
    pub lines: Vec<Line>,
    /// What is worth a look.
    pub findings: Vec<Finding>,
}

/// How many of each there are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Counts {
    /// Pull requests that were updated in these days, without forks.
    pub pull_requests: usize,
    /// Pull requests from other repositories, which are passed over.
    pub forks: usize,
    /// Pages and boards.
    pub pages: usize,
    /// Lines of the matrix.
    pub lines: usize,
    /// Findings by kind, of the kinds that occurred.
    pub findings: BTreeMap<&'static str, usize>,
}

/// What a review is about.
pub(super) struct Frame<'a> {
    pub(super) made: Timestamp,
    pub(super) since: Timestamp,
    pub(super) days: u32,
    pub(super) repository: String,
    pub(super) site: &'a str,
    pub(super) pull_requests: usize,
    pub(super) forks: usize,
}

impl Review {
    pub(super) fn of(frame: Frame<'_>, matrix: Matrix, gaps: &Gaps) -> Self {
        let Matrix { lines, findings, pages } = matrix;
        let count = |kind: Kind| findings.iter().filter(|finding| finding.kind == kind).count();
        let incomplete = gaps.sentences();
        Self {
            version: VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            made: frame.made.to_string(),
            repository: frame.repository,
            site: frame.site.to_owned(),
            days: frame.days,
            since: frame.since.to_string(),
            complete: incomplete.is_empty(),
            incomplete,
            notes: gaps.remarks(),
            counts: Counts {
                pull_requests: frame.pull_requests,
                forks: frame.forks,
                pages,
                lines: lines.len(),
                findings: Kind::ALL.into_iter().map(|kind| (kind.word(), count(kind))).filter(|it| it.1 > 0).collect(),
            },
            lines,
            findings,
        }
    }

    /// The review without secrets. Texts are scrubbed before a file is made of them, so that no tag or column changes.
    pub(super) fn scrubbed(mut self, scrubber: &Scrubber) -> Self {
        let lines = self.lines.iter_mut().flat_map(Line::texts_mut);
        let findings = self.findings.iter_mut().map(|finding| &mut finding.says);
        let own = [&mut self.repository, &mut self.site].into_iter().chain(&mut self.incomplete).chain(&mut self.notes);
        for text in own.chain(lines).chain(findings) {
            *text = scrubber.scrub(text);
        }
        self
    }

    /// How often each kind was found.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}
