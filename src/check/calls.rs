//! How many calls does a run of `link` make?

use crate::bitbucket::Reading;
use crate::confluence::{Access, Credential, Way};
use crate::page::RepositoryVisibility;
use crate::plan::gate::{Requirement, Requirements};
use crate::plan::{Output, Outputs};

/// So many pages, each named by key, are what a run is thought to link here.
pub(super) const PAGES: u32 = 5;

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// The pages are linked.
    First,
    /// Nothing is left to write.
    Second,
}

/// Calls to each service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calls {
    /// To Bitbucket's API; those through the pipeline's proxy are nobody's.
    pub(super) bitbucket: u32,
    /// To Confluence, the gateway's and the login's included.
    pub(super) confluence: u32,
}

/// How the services are reached, as far as it costs calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    /// How the pull request is read.
    pub(super) reading: Reading,
    /// Whether commits are read.
    pub(super) commits: Output,
    /// What knowing the way and the account costs.
    pub(super) arriving: u32,
    /// Who may read what is shown of pages.
    pub(super) visibility: RepositoryVisibility,
    /// What the gate asks of the pages besides.
    pub(super) gate: u32,
    /// Whether there is a gate, whose reasons stand in the report.
    pub(super) gated: Output,
}

/// The reads that the gate adds: labels and states page by page, the statuses of all in one.
pub(super) fn of_gate(requirements: &Requirements) -> u32 {
    let asks = |wanted: fn(&Requirement) -> bool| u32::from(requirements.each.iter().any(wanted));
    let current = asks(|it| matches!(it, Requirement::Current));
    let labels = asks(|it| matches!(it, Requirement::Label(_)));
    let states = asks(|it| matches!(it, Requirement::State(_)));
    current + PAGES * (labels + states)
}

/// The calls of a run that finds all it looks for.
pub(super) fn calls(run: Run, outputs: Outputs, ways: Ways) -> Calls {
    Calls { bitbucket: to_bitbucket(run, outputs, ways), confluence: to_confluence(run, outputs, ways) }
}

fn to_bitbucket(run: Run, outputs: Outputs, ways: Ways) -> u32 {
    let commits = one(ways.commits);
    let writes = [outputs.page_comment, outputs.comment, outputs.report].contains(&Output::On);
    match (ways.reading, run) {
        (Reading::FromEnvironment, _) => 0,
        (Reading::Anonymous, Run::Second) => 1 + commits,
        // The pull request again, after something was written.
        (Reading::Anonymous, Run::First) => 1 + commits + u32::from(writes),
        // The pull request, its commits, its comments, the report.
        // What is noted in the report, if there is a gate.
        (Reading::WithCredential, Run::Second) => {
            2 + commits + one(outputs.report) + one(outputs.report) * one(ways.gated)
        }
        (Reading::WithCredential, Run::First) => {
            let looking = 2 + commits + one(outputs.report);
            // The writes, and pull request and comments again.
            let writing = one(outputs.comment) + one(outputs.report) + 2 * u32::from(writes);
            // Where no page has to be recorded, the comment comes after the report, and each is looked at again.
            let apart =
                matches!(outputs, Outputs { comment: Output::On, report: Output::On, page_comment: Output::Off, .. });
            looking + writing + 2 * u32::from(apart)
        }
    }
}

fn to_confluence(run: Run, outputs: Outputs, ways: Ways) -> u32 {
    // Above the pages is the home page of their space, at least, which may be restricted; in public all are hidden.
    let above = match ways.visibility {
        RepositoryVisibility::Private => 1,
        RepositoryVisibility::Public => 0,
    };
    // One search finds the keys of so few pages.
    let looking = ways.arriving + 1 + above + ways.gate;
    match (outputs.page_comment, run) {
        (Output::Off, _) => looking,
        // The comments of each page, the write, and the comments again.
        (Output::On, Run::First) => looking + 3 * PAGES,
        // The comments of each page; those that the ledger names are looked up by id too, in one call.
        (Output::On, Run::Second) => looking + PAGES + one(outputs.comment),
    }
}

/// Finding the way and asking who we are.
pub(super) fn arriving(access: &Access, way: Way) -> u32 {
    let cloud_id = u32::from(access.cloud_id.is_none());
    let asking = match (&access.credential, way) {
        (Credential::Basic(_), Way::Site) | (Credential::Bearer(_), _) => 1,
        // The site, which refuses it, or the login.
        (Credential::Basic(_), Way::Gateway) | (Credential::Client { .. }, _) => 2,
    };
    cloud_id + asking
}

fn one(output: Output) -> u32 {
    match output {
        Output::On => 1,
        Output::Off => 0,
    }
}
