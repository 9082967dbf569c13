//! The Code Insights report on the commit, and the changes that lead to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::{WireAnnotation, WireReport};
use crate::ids::PullRequestId;

use super::PRODUCT;
use super::index::SiteIdentity;

/// The most entries a report holds (Bitbucket's documents: `data`, at most 10).
pub const MAX_LINKS: usize = 10;

/// A report, as far as we set and compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub title: String,
    /// What it says, in sentences.
    pub details: String,
    pub result: ReportResult,
    /// Where its heading leads.
    pub link: String,
    /// Its entries, at most [`MAX_LINKS`].
    pub links: Vec<ReportLink>,
    /// Its annotations, by id. Only a failed report has any, so those of a passed one aren't read.
    pub annotations: BTreeMap<String, Annotation>,
}

impl Report {
    /// A report as Bitbucket holds it, and what of ours is noted in it.
    pub fn of(wire: WireReport, annotations: Vec<WireAnnotation>, id: &str) -> Self {
        let begins = annotation_id(id, "");
        let ours = annotations.into_iter().filter(|annotation| annotation.id.starts_with(&begins));
        let ours = ours.map(|WireAnnotation { id, summary, details }| (id, Annotation { summary, details }));
        let links = wire.links.into_iter().map(|(title, text, href)| ReportLink { title, text, href });
        Self {
            title: wire.title,
            details: wire.details,
            result: if wire.result == "FAILED" { ReportResult::Failed } else { ReportResult::Passed },
            link: wire.link,
            links: links.collect(),
            annotations: ours.collect(),
        }
    }

    /// Whether two are the same but for what is noted in them.
    fn is_equivalent(&self, other: &Self) -> bool {
        let Self { title, details, result, link, links, annotations: _ } = self;
        (title, details, result, link, links)
            == (&other.title, &other.details, &other.result, &other.link, &other.links)
    }

    /// The same with the links of another one, when those are more.
    pub fn keeping_links_of(self, other: &Self) -> Self {
        if other.links_more_than(Some(&self)) {
            Self { link: other.link.clone(), links: other.links.clone(), ..self }
        } else {
            self
        }
    }

    /// Whether it has every link of another report, and more.
    pub fn links_more_than(&self, other: Option<&Self>) -> bool {
        let targets = |report: &Self| report.links.iter().map(|link| link.href.clone()).collect::<BTreeSet<_>>();
        let others = other.map(targets).unwrap_or_default();
        let own = targets(self);
        own.is_superset(&others) && own.len() > others.len()
    }
}

/// Whether a report holds a pull request up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportResult {
    Passed,
    Failed,
}

/// An entry of type LINK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLink {
    pub title: String,
    pub text: String,
    pub href: String,
}

/// Why a report failed, one reason each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// What is not as it should be.
    pub summary: String,
    pub details: String,
}

/// A change to the report of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Written, whether or not one was there. Its annotations are not part of it.
    Put(Report),
    Delete,
    /// These annotations are added or replaced, by id.
    Annotate(BTreeMap<String, Annotation>),
    /// What was noted in it is true no more.
    Unannotate {
        /// Which annotation.
        id: String,
    },
}

/// The report's id: our name, the pull request and the beginning of the site's cloud id. Two pull requests from one branch
/// share its tip, and each has a report there; so have two sites. `None` without the cloud id.
pub fn id(pull_request: PullRequestId, site: &SiteIdentity) -> Option<String> {
    let site: String = site.cloud_id.as_ref()?.as_str().chars().take(8).collect();
    Some(format!("{PRODUCT}-{pull_request}-{}", site.to_ascii_lowercase()))
}

/// An annotation's id: the report's, so that it is known as ours, and what it is about.
pub fn annotation_id(report: &str, about: &str) -> String {
    format!("{report}-{about}")
}

/// The changes that lead from what exists to what is wanted, in their order: outdated annotations go before the
/// report passes, and new ones come after it failed. So a run that stops in between leaves none in a passed report.
pub fn plan(existing: Option<&Report>, wanted: Option<&Report>) -> Vec<Change> {
    let none = BTreeMap::new();
    let noted = existing.map_or(&none, |report| &report.annotations);
    let to_note = wanted.map_or(&none, |report| &report.annotations);
    let gone = noted.keys().filter(|id| !to_note.contains_key(*id)).map(|id| Change::Unannotate { id: id.clone() });
    let mut changes: Vec<Change> = gone.collect();
    match (existing, wanted) {
        (None, None) => {}
        (Some(_), None) => changes.push(Change::Delete),
        (Some(existing), Some(wanted)) if existing.is_equivalent(wanted) => {}
        (_, Some(wanted)) => changes.push(Change::Put(wanted.clone())),
    }
    let new = to_note.iter().filter(|(id, annotation)| noted.get(*id) != Some(annotation));
    let new: BTreeMap<String, Annotation> = new.map(|(id, annotation)| (id.clone(), annotation.clone())).collect();
    if !new.is_empty() {
        changes.push(Change::Annotate(new));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(result: ReportResult, notes: &[(&str, &str)]) -> Report {
        let note = |(id, summary): &(&str, &str)| {
            ((*id).to_owned(), Annotation { summary: (*summary).to_owned(), details: String::new() })
        };
        let text = || "x".to_owned();
        let annotations = notes.iter().map(note).collect();
        Report { title: text(), details: text(), result, link: text(), links: Vec::new(), annotations }
    }

    #[test]
    fn what_is_noted_stands_in_a_failed_report_only_at_every_moment() {
        let passed = report(ReportResult::Passed, &[]);
        let one = report(ReportResult::Failed, &[("a", "1")]);
        let two = report(ReportResult::Failed, &[("a", "2"), ("b", "1")]);
        type Row<'a> = (&'static str, Option<&'a Report>, Option<&'a Report>, &'static [&'static str]);
        let table: [Row<'_>; 9] = [
            ("nothing", None, None, &[]),
            ("it passes", None, Some(&passed), &["put"]),
            ("it fails", None, Some(&two), &["put", "note a b"]),
            ("it fails later", Some(&passed), Some(&one), &["put", "note a"]),
            ("one more reason", Some(&one), Some(&two), &["note a b"]),
            ("one reason less", Some(&two), Some(&one), &["take b", "note a"]),
            ("none any more", Some(&two), Some(&passed), &["take a", "take b", "put"]),
            ("nothing to report", Some(&one), None, &["take a", "delete"]),
            ("it stays", Some(&two), Some(&two), &[]),
        ];
        for (case, existing, wanted, steps) in table {
            let named = |change: &Change| match change {
                Change::Put(_) => "put".to_owned(),
                Change::Delete => "delete".to_owned(),
                Change::Annotate(notes) => format!("note {}", notes.keys().cloned().collect::<Vec<_>>().join(" ")),
                Change::Unannotate { id } => format!("take {id}"),
            };
            let changes: Vec<String> = plan(existing, wanted).iter().map(named).collect();
            assert_eq!(changes, steps, "{case}");
        }
    }
}
