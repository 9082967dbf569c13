//! What should the Code Insights report on the commit say, and which change leads there?

use std::collections::BTreeSet;

use crate::ids::{Host, PullRequestId};

use super::PRODUCT;

/// The most entries a report holds (Bitbucket's documents: `data`, at most 10).
pub const MAX_LINKS: usize = 10;

/// A report, as far as we set and compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its heading.
    pub title: String,
    /// What it says, in sentences.
    pub details: String,
    /// Passed or failed.
    pub result: ReportResult,
    /// Where its heading leads.
    pub link: String,
    /// Its entries, at most [`MAX_LINKS`].
    pub links: Vec<ReportLink>,
}

impl Report {
    /// Whether all that another one links is linked here, and something beside.
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
    /// All is well.
    Passed,
    /// Something needs doing.
    Failed,
}

/// An entry of type LINK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLink {
    /// Its label.
    pub title: String,
    /// The link's text.
    pub text: String,
    /// The link's target.
    pub href: String,
}

/// A change to the report of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Written, whether or not one was there.
    Put(Report),
    /// Taken away.
    Delete,
}

/// The report's id: our name, the pull request and the site. Two pull requests from one branch share its tip, and each has
/// a report there; so have two sites.
pub fn id(pull_request: PullRequestId, site: &Host) -> String {
    let site: String = site.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{PRODUCT}-{pull_request}-{site}")
}

/// The change that leads from what exists to what is wanted.
pub fn plan(existing: Option<&Report>, wanted: Option<&Report>) -> Option<Change> {
    match (existing, wanted) {
        (None, None) => None,
        (Some(_), None) => Some(Change::Delete),
        (Some(existing), Some(wanted)) if existing == wanted => None,
        (_, Some(wanted)) => Some(Change::Put(wanted.clone())),
    }
}
