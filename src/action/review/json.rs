//! The whole review: `review.json` is this value. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::run::Run;

use super::finding::{Finding, Kind};
use super::gaps::Gaps;
use super::line::Line;
use super::lines::lines;
use super::links::{Facts, links};
use super::releases::{Contents, Coverage, Release, releases};
use super::words;

const VERSION: u32 = 1;

/// A review. Field names are stable within a version; readers ignore fields they do not know.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Review {
    version: u32,
    pub(super) tool_version: &'static str,
    pub(super) created: String,
    pub(super) repository: String,
    pub(super) site: String,
    pub(super) days: u32,
    pub(super) since: String,
    pub(super) complete: bool,
    /// What wasn't read, in sentences.
    pub(super) incomplete: Vec<String>,
    /// What a reader should know, in sentences.
    pub(super) notes: Vec<String>,
    pub(super) counts: Counts,
    pub(super) coverage: Coverage,
    pub(super) to_do: Vec<Finding>,
    pub(super) releases: Vec<Release>,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Counts {
    /// Pull requests that were updated in these days, without forks.
    pub(super) pull_requests: usize,
    pub(super) forks: usize,
    pub(super) pages: usize,
    lines: usize,
    /// Items of the to-do list, by kind.
    pub(super) findings: BTreeMap<&'static str, usize>,
}

/// Names the releases whose commits weren't read.
fn unknown_coverage(releases: &[Release]) -> Option<String> {
    let unknown = releases.iter().filter(|release| release.coverage.is_none());
    let names: Vec<&String> = unknown.map(|release| &release.name).collect();
    (!names.is_empty()).then(|| words::unknown_coverage(&names))
}

impl Review {
    pub(super) fn of(run: Run<'_>, facts: &Facts<'_>, contents: &Contents, forks: usize, gaps: &Gaps) -> Self {
        let links = links(facts);
        let (lines, to_do) = lines(&links, facts);
        let contents = contents.iter().map(|(name, parts)| (facts.text(name), parts.clone())).collect();
        let mut findings = BTreeMap::new();
        to_do.iter().for_each(|finding| *findings.entry(finding.kind.word()).or_default() += 1);
        let scrubbed =
            |sentences: &[String]| sentences.iter().map(|sentence| facts.scrubber.scrub(sentence)).collect::<Vec<_>>();
        let incomplete = scrubbed(&gaps.sentences());
        let releases = releases(&lines, &contents);
        let mut notes = scrubbed(&gaps.remarks);
        notes.extend(unknown_coverage(&releases));
        let counted = facts.pull_requests.values().filter(|reading| reading.needs_page());
        Self {
            version: VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            created: run.clock.utc_now().to_string(),
            repository: facts.text(facts.repository),
            site: facts.text(&facts.site.url),
            days: run.config.days.count(),
            since: facts.since.to_string(),
            complete: incomplete.is_empty(),
            incomplete,
            notes,
            counts: Counts {
                pull_requests: facts.pull_requests.len(),
                forks,
                pages: links.pages.len(),
                lines: lines.len(),
                findings,
            },
            coverage: Coverage::of(counted.map(|reading| reading.id().get()), &lines),
            releases,
            to_do,
            lines,
        }
    }

    /// How many items of the to-do list have this kind.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.counts.findings.get(kind.word()).copied().unwrap_or_default()
    }
}
