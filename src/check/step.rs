//! The step itself: its clock, its network and its configuration.

use jiff::SignedDuration;

use crate::audit::Event;
use crate::plan::requirements::Caveat;
use crate::report::{CheckRow, Finding};

use super::{Check, words};

const ABOUT: &str = "step";

/// Signed times and certificates are refused at about this difference, and no network explains it.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The rows about this step; no requests.
pub(super) fn look(check: Check<'_>) -> Vec<CheckRow> {
    let network = CheckRow::new(Finding::Note, ABOUT, "network").with_details(&check.config.network);
    let caveat = check.config.requirements.caveat(&check.config.spaces, check.pipeline.visibility);
    let caveat = caveat.map(|Caveat { requirements, why }| {
        let details = Event::WeakRequirements { requirements, why };
        CheckRow::new(Finding::Warning, ABOUT, "REQUIRE").with_details(details)
    });
    [clock(check), network].into_iter().chain(caveat).collect()
}

fn clock(check: Check<'_>) -> CheckRow {
    let row = |finding| CheckRow::new(finding, ABOUT, "clock");
    let Some(skew) = check.session.skew() else { return row(Finding::Unknown).with_details(words::NO_DATE) };
    if skew.abs() <= LARGEST_SKEW {
        return row(Finding::Ok).with_details(words::CLOCK_IS_RIGHT);
    }
    row(Finding::Warning).with_details(words::wrong_clock(skew.abs().as_mins(), skew.is_positive()))
}
