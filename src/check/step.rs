//! The step itself: its clock, its network and its configuration.

use jiff::SignedDuration;

use crate::audit::Event;
use crate::plan::requirements::Caveat;
use crate::report::{CheckRow, Finding};

use super::Check;

const ABOUT: &str = "step";

/// Signed times and certificates are refused at about this difference, and no network explains it.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The rows about this step; no requests.
pub(super) fn look(check: Check<'_>) -> Vec<CheckRow> {
    let network = CheckRow::new(Finding::Note, ABOUT, "network").with_details(&check.config.network);
    let caveat = check.config.requirements.caveat(&check.config.spaces, check.pipeline.visibility);
    let caveat = caveat.map(|Caveat { requirements, why }| {
        let words = Event::WeakRequirements { requirements, why };
        CheckRow::new(Finding::Warning, ABOUT, "REQUIRE").with_details(words)
    });
    [clock(check), network].into_iter().chain(caveat).collect()
}

fn clock(check: Check<'_>) -> CheckRow {
    let row = |finding| CheckRow::new(finding, ABOUT, "clock");
    let Some(skew) = check.session.skew() else { return row(Finding::Unknown).with_details("no response had a date") };
    if skew.abs() <= LARGEST_SKEW {
        return row(Finding::Ok).with_details("within five minutes of the services' clocks");
    }
    let (minutes, side) = (skew.abs().as_mins(), if skew.is_positive() { "ahead of" } else { "behind" });
    row(Finding::Warning)
        .with_details(format_args!("{minutes} minutes {side} the services' clocks. Set this machine's clock"))
}
