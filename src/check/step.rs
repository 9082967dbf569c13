//! What stands around the services: clock, network, and how many calls a run makes.

use jiff::SignedDuration;

use crate::bitbucket::Reading;
use crate::confluence::Way;
use crate::mention::Source;
use crate::plan::Output;
use crate::report::{CheckRow, Finding};

use super::Check;
use super::calls::{self, PAGES, Run, Ways};

const ABOUT: &str = "step";

/// Signed times and certificates are refused at about this difference, and no network explains it.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The rows about this step; no requests.
pub(super) fn look(check: Check<'_>, way: Option<Way>) -> Vec<CheckRow> {
    let network = CheckRow::new(Finding::Note, ABOUT, "network").saying(&check.config.network);
    let calls = CheckRow::new(Finding::Note, ABOUT, "calls").saying(sentence(check, way.unwrap_or(Way::Site)));
    vec![clock(check), network, calls]
}

fn clock(check: Check<'_>) -> CheckRow {
    let row = |finding| CheckRow::new(finding, ABOUT, "clock");
    let Some(skew) = check.session.skew() else { return row(Finding::Unknown).saying("no answer had a date") };
    if skew.abs() <= LARGEST_SKEW {
        return row(Finding::Ok).saying("within five minutes of the services'");
    }
    let (minutes, side) = (skew.abs().as_mins(), if skew.is_positive() { "ahead of" } else { "behind" });
    row(Finding::Warning).saying(format_args!("{minutes} minutes {side} the services': set this machine's clock"))
}

/// The calls of one token in an hour, by Bitbucket's documents.
const CALLS_OF_A_TOKEN: u32 = 1_000;

/// The calls of one address in an hour without a token.
const CALLS_OF_NOBODY: u32 = 60;

fn sentence(check: Check<'_>, way: Way) -> String {
    let config = check.config;
    let commits = match config.sources.commits {
        Source::Read => Output::On,
        Source::Ignored => Output::Off,
    };
    let arriving = calls::arriving(&config.confluence.access, way);
    let visibility = check.pipeline.visibility;
    let gate = calls::of_gate(&config.requirements);
    let gated = if config.requirements.is_empty() { Output::Off } else { Output::On };
    let ways = Ways { reading: check.reading, commits, arriving, visibility, gate, gated };
    let (first, second) =
        (calls::calls(Run::First, config.outputs, ways), calls::calls(Run::Second, config.outputs, ways));
    let counts = format!(
        "calls of a first link of {PAGES} pages: {} to Bitbucket, {} to Confluence; of a run with nothing to write: {} and {}",
        first.bitbucket, first.confluence, second.bitbucket, second.confluence
    );
    let (limit, whose) = match check.reading {
        Reading::WithCredential => (CALLS_OF_A_TOKEN, "one token"),
        Reading::Anonymous => (CALLS_OF_NOBODY, "one address without a token"),
        Reading::FromEnvironment => return format!("{counts}; Bitbucket's limit of calls does not matter here"),
    };
    match (limit.checked_div(first.bitbucket), limit.checked_div(second.bitbucket)) {
        (Some(links), Some(runs)) => {
            format!("{counts}; Bitbucket takes {limit} an hour of {whose}: {links} first links, or {runs} such runs")
        }
        _ => counts,
    }
}
