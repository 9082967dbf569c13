//! The action, its period and its time budget.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ids::ReleaseName;
use crate::variables::{Problem, Raw, words};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// What the pipeline's event calls for.
    Auto,
    /// Pull requests and pages are linked.
    Link,
    /// Pages say in which release their pull requests went out.
    Release,
    /// Links of many pull requests are brought up to date.
    Reconcile,
    /// The same, and pages that were never linked get comments too.
    Backfill,
    /// What linking needs is looked for, and nothing is written.
    Check,
    /// What was written is taken away.
    Remove,
    /// What is linked is reported on, and nothing is written to the services.
    Review,
}

/// The words of `ACTION`, the default first.
const ACTIONS: &[(&str, Action)] = &[
    ("auto", Action::Auto),
    ("link", Action::Link),
    ("release", Action::Release),
    ("reconcile", Action::Reconcile),
    ("backfill", Action::Backfill),
    ("check", Action::Check),
    ("review", Action::Review),
    ("remove", Action::Remove),
];

pub(super) fn action(raw: &Raw) -> Result<Action, Problem> {
    super::one_of("ACTION", &raw.action, ACTIONS)
}

/// How far back actions that select pull requests themselves look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days(u32);

impl Days {
    /// The longest time: ten years.
    const MOST: u32 = 3_650;

    pub(crate) fn count(self) -> u32 {
        self.0
    }

    /// The moment so many days before another one.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        now.checked_sub(SignedDuration::from_hours(24 * i64::from(self.0))).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

pub(super) fn days(raw: &Raw) -> Result<Days, Problem> {
    let Some(value) = &raw.days else { return Ok(Days(30)) };
    match value.parse::<u32>() {
        Ok(days) if (1..=Days::MOST).contains(&days) => Ok(Days(days)),
        _ => Err(Problem::new("DAYS", words::number_up_to(Days::MOST))),
    }
}

/// The release of a pipeline without a tag.
pub(super) fn release(raw: &Raw) -> Result<Option<ReleaseName>, Problem> {
    let Some(value) = &raw.release_version else {
        let is_needed = action(raw) == Ok(Action::Release) && raw.step.bitbucket_tag.is_none();
        return if is_needed { Err(Problem::new("RELEASE_VERSION", words::NO_RELEASE)) } else { Ok(None) };
    };
    ReleaseName::parse(value).map(Some).ok_or_else(|| Problem::new("RELEASE_VERSION", words::RELEASE))
}

/// The whole run's budget. Actions on many pull requests need more of it.
pub(super) fn timeout(raw: &Raw) -> Result<Duration, Problem> {
    let Some(value) = &raw.timeout_seconds else {
        let many = match action(raw) {
            Ok(Action::Release | Action::Reconcile | Action::Backfill | Action::Remove | Action::Review) => true,
            Ok(Action::Auto) => raw.step.bitbucket_pr_id.is_none() && raw.step.bitbucket_tag.is_some(),
            Ok(Action::Link | Action::Check) | Err(_) => false,
        };
        return Ok(Duration::from_secs(if many { 600 } else { 60 }));
    };
    match value.parse::<u64>() {
        Ok(seconds) if (1..=3600).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err(Problem::new("TIMEOUT_SECONDS", words::number_up_to(3600))),
    }
}
