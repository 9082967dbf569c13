//! The decision whether a failed request is sent again, and when. Pure: the caller sleeps.

use std::time::Duration;

use super::connection_error::ConnectionError;
use super::error::Failure;

/// Tries of one request, the first included. A fourth comes after about two seconds of back-off; what is not well by
/// then is not well within a pipeline step. Atlassian advises at most four for 429 too, and more would only keep a
/// throttled account throttled.
pub(crate) const MOST_TRIES: u32 = 4;

/// A service that asks for more patience than this ends the request: a person does not wait longer for a step.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The same for a service whose answer the run can do without.
const LONGEST_BRIEF_WAIT: Duration = Duration::from_secs(5);

/// The first wait after a lost connection or a 5xx: long enough for a failover, short for a person.
const FIRST_BACK_OFF: Duration = Duration::from_millis(250);

/// The first wait for a service that is busy and names no time.
const FIRST_BACK_OFF_OF_A_BUSY_ONE: Duration = Duration::from_secs(1);

/// No back-off of our own is longer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);

/// How much trouble a request is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// All that the rule allows.
    Full,
    /// Not when the service limits requests: sixty an hour must not be spent on asking again.
    UnlessLimited,
    /// Not when nothing listens there.
    UnlessAbsent,
    /// Not for long. After that, the run goes on without this service.
    Brief,
    /// Once.
    Once,
}

impl Persistence {
    /// Whether this failure ends it, whatever the rule says.
    pub(crate) fn ends_at(self, failure: &Failure) -> bool {
        let absent = [
            ConnectionError::Resolve,
            ConnectionError::Refused,
            ConnectionError::Unreachable,
            ConnectionError::ConnectTimeout,
        ];
        match self {
            Self::Full => false,
            Self::Brief => match failure {
                Failure::Lost { how, .. } => matches!(how, ConnectionError::TimedOut | ConnectionError::ConnectTimeout),
                Failure::Refused { retry_after, .. } => retry_after.is_some_and(|asked| asked > LONGEST_BRIEF_WAIT),
                _ => false,
            },
            Self::Once => true,
            Self::UnlessLimited => failure.status() == Some(429),
            Self::UnlessAbsent => matches!(failure, Failure::Lost { how, .. } if absent.contains(how)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    /// Wait, then send it again.
    Again(Duration),
    /// The failure is the result.
    Stop,
    /// The failure is the result because the run has no time left for another try.
    OutOfBudget,
}

/// Decides after the `tries`-th try failed. `jitter` is in 0..1.
pub(crate) fn decide(tries: u32, failure: &Failure, repeatable: bool, remaining: Duration, jitter: f64) -> Decision {
    let Some(wait) = wait_after(tries, failure, repeatable, jitter) else {
        let cut_off = matches!(failure, Failure::Lost { .. }) && remaining.is_zero();
        return if cut_off { Decision::OutOfBudget } else { Decision::Stop };
    };
    let is_asked_to = matches!(failure, Failure::Refused { retry_after: Some(_), .. }) || failure.status() == Some(429);
    // The service's limit is the reason, not our budget. A client that comes back earlier stays limited.
    if tries >= MOST_TRIES || (is_asked_to && (wait >= remaining || wait > LONGEST_RETRY_AFTER)) {
        Decision::Stop
    } else if wait >= remaining {
        Decision::OutOfBudget
    } else {
        Decision::Again(wait)
    }
}

/// How long to wait, when this failure may pass and the request may be repeated after it.
fn wait_after(tries: u32, failure: &Failure, repeatable: bool, jitter: f64) -> Option<Duration> {
    let (first, asked) = match failure {
        // Turned away unread: nothing happened, whatever the method.
        Failure::Refused { status: 503, retry_after: Some(asked), .. } => (FIRST_BACK_OFF, Some(*asked)),
        Failure::Refused { status: 429, retry_after: Some(asked), .. } => (FIRST_BACK_OFF, Some(*asked)),
        Failure::Refused { status: 429, .. } => (FIRST_BACK_OFF_OF_A_BUSY_ONE, None),
        Failure::Refused { status, retry_after, .. } if repeatable && may_pass(*status) => {
            (FIRST_BACK_OFF, *retry_after)
        }
        Failure::NotYet { .. } if repeatable => (FIRST_BACK_OFF_OF_A_BUSY_ONE, None),
        Failure::Lost { how, .. } if how.may_pass() && (repeatable || !how.after_sending()) => (FIRST_BACK_OFF, None),
        _ => return None,
    };
    Some(back_off(first, tries, jitter).max(asked.unwrap_or_default()))
}

/// Whether the same request may be answered otherwise a moment later. 501, 505 and 511 are about the request.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 500..=599) && !matches!(status, 501 | 505 | 511)
}

/// Doubles with every try, spread by 0.7 to 1.3 so that parallel pipelines do not come back together.
fn back_off(first: Duration, tries: u32, jitter: f64) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_BACK_OFF);
    doubled.mul_f64(0.7 + 0.6 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::Decision::{Again, OutOfBudget, Stop};
    use super::*;
    use crate::http::ErrorDetail;

    const HARMLESS: bool = true;
    const DOUBLES: bool = false;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Failure {
        let retry_after = retry_after.map(Duration::from_secs);
        Failure::Refused { status, explained: None, detail: ErrorDetail::Other, retry_after }
    }

    fn lost(how: ConnectionError) -> Failure {
        Failure::Lost { how, source: "".into() }
    }

    #[test]
    fn requests_are_repeated_only_when_that_is_safe() {
        let minute = ms(60_000);
        let table = [
            // Turned away: again after the time that was asked for, whatever the method.
            (1, refused(429, Some(7)), HARMLESS, minute, Again(ms(7_000))),
            (1, refused(429, Some(7)), DOUBLES, minute, Again(ms(7_000))),
            (1, refused(503, Some(7)), DOUBLES, minute, Again(ms(7_000))),
            (3, refused(503, Some(7)), HARMLESS, minute, Again(ms(7_000))),
            (1, refused(429, Some(30)), HARMLESS, minute, Again(ms(30_000))),
            (1, refused(429, Some(31)), HARMLESS, minute, Stop),
            (1, refused(429, Some(3_600)), HARMLESS, minute, Stop),
            (1, refused(503, Some(3_600)), HARMLESS, minute, Stop),
            (1, refused(429, Some(0)), HARMLESS, minute, Again(ms(250))),
            (4, refused(429, Some(7)), HARMLESS, minute, Stop),
            (1, refused(429, Some(7)), DOUBLES, ms(7_000), Stop),
            (1, refused(429, Some(7)), DOUBLES, ms(7_001), Again(ms(7_000))),
            (1, refused(500, Some(7)), HARMLESS, minute, Again(ms(7_000))),
            (1, refused(500, Some(7)), HARMLESS, ms(7_000), Stop),
            // 429 without a time.
            (1, refused(429, None), DOUBLES, minute, Again(ms(1_000))),
            (2, refused(429, None), DOUBLES, minute, Again(ms(2_000))),
            (3, refused(429, None), DOUBLES, minute, Again(ms(4_000))),
            (4, refused(429, None), DOUBLES, minute, Stop),
            // Broken services: again only where twice is the same as once.
            (1, refused(500, None), HARMLESS, minute, Again(ms(250))),
            (2, refused(502, None), HARMLESS, minute, Again(ms(500))),
            (3, refused(503, None), HARMLESS, minute, Again(ms(1_000))),
            (3, refused(504, None), HARMLESS, minute, Again(ms(1_000))),
            (4, refused(504, None), HARMLESS, minute, Stop),
            (1, refused(500, None), HARMLESS, ms(250), OutOfBudget),
            (1, refused(500, None), DOUBLES, minute, Stop),
            (1, refused(500, Some(1)), DOUBLES, minute, Stop),
            (1, refused(502, None), DOUBLES, minute, Stop),
            (1, refused(503, None), DOUBLES, minute, Stop),
            (1, refused(504, None), DOUBLES, minute, Stop),
            (1, refused(501, None), HARMLESS, minute, Stop),
            (1, refused(505, None), HARMLESS, minute, Stop),
            (1, refused(511, None), HARMLESS, minute, Stop),
            (1, refused(408, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(425, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(408, None), DOUBLES, minute, Stop),
            (1, refused(507, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(520, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(530, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(555, None), HARMLESS, minute, Again(ms(250))),
            (1, refused(555, None), DOUBLES, minute, Stop),
            (2, Failure::NotYet { status: 202 }, HARMLESS, minute, Again(ms(2_000))),
            (4, Failure::NotYet { status: 202 }, HARMLESS, minute, Stop),
            // Lost connections: a POST again only when it cannot have left.
            (1, lost(ConnectionError::Dropped), HARMLESS, minute, Again(ms(250))),
            (1, lost(ConnectionError::TimedOut), HARMLESS, minute, Again(ms(250))),
            (1, lost(ConnectionError::Garbled), HARMLESS, minute, Again(ms(250))),
            (1, lost(ConnectionError::Dropped), DOUBLES, minute, Stop),
            (1, lost(ConnectionError::TimedOut), DOUBLES, minute, Stop),
            (1, lost(ConnectionError::TimedOut), DOUBLES, ms(0), OutOfBudget),
            (1, lost(ConnectionError::TimedOut), HARMLESS, ms(0), OutOfBudget),
            (1, lost(ConnectionError::Resolve), DOUBLES, minute, Again(ms(250))),
            (1, lost(ConnectionError::Refused), DOUBLES, minute, Again(ms(250))),
            (1, lost(ConnectionError::ConnectTimeout), DOUBLES, minute, Again(ms(250))),
            (4, lost(ConnectionError::Refused), HARMLESS, minute, Stop),
            (1, lost(ConnectionError::Untrusted), HARMLESS, minute, Stop),
            (1, lost(ConnectionError::WrongHost), HARMLESS, minute, Stop),
            (1, lost(ConnectionError::Certificate), HARMLESS, minute, Stop),
            (1, lost(ConnectionError::ProxyLogin), HARMLESS, minute, Stop),
            (1, lost(ConnectionError::Proxy), DOUBLES, minute, Again(ms(250))),
            // A refusal with a reason is final.
            (1, refused(400, None), HARMLESS, minute, Stop),
            (1, refused(401, Some(1)), HARMLESS, minute, Stop),
            (1, refused(404, None), HARMLESS, ms(0), Stop),
            (1, refused(409, None), HARMLESS, minute, Stop),
            (1, Failure::Redirected { status: 302, to: None, repository: None }, HARMLESS, minute, Stop),
            (1, Failure::TooLong { limit: 1 }, HARMLESS, minute, Stop),
            (1, Failure::NotJson { status: 200, shape: "" }, HARMLESS, minute, Stop),
        ];
        for (tries, failure, repeatable, remaining, decision) in table {
            let name = format!("try {tries}, {failure:?}, {repeatable}, {remaining:?}");
            assert_eq!(decide(tries, &failure, repeatable, remaining, 0.5), decision, "{name}");
        }
    }

    #[test]
    fn persistence_ends_at_some_failures() {
        let table = [
            (Persistence::Full, refused(429, Some(7)), false),
            (Persistence::Full, lost(ConnectionError::Refused), false),
            (Persistence::UnlessLimited, refused(429, Some(7)), true),
            (Persistence::UnlessLimited, refused(503, Some(7)), false),
            (Persistence::UnlessLimited, lost(ConnectionError::Refused), false),
            (Persistence::UnlessAbsent, lost(ConnectionError::Refused), true),
            (Persistence::UnlessAbsent, lost(ConnectionError::Resolve), true),
            (Persistence::UnlessAbsent, lost(ConnectionError::Dropped), false),
            (Persistence::UnlessAbsent, refused(500, None), false),
            (Persistence::Brief, refused(429, Some(5)), false),
            (Persistence::Brief, refused(503, Some(6)), true),
            (Persistence::Brief, lost(ConnectionError::TimedOut), true),
            (Persistence::Brief, lost(ConnectionError::ConnectTimeout), true),
            (Persistence::Brief, lost(ConnectionError::Dropped), false),
            (Persistence::Once, refused(500, None), true),
        ];
        for (persistence, failure, ends) in table {
            assert_eq!(persistence.ends_at(&failure), ends, "{persistence:?}, {failure:?}");
        }
    }

    #[test]
    fn jitter_never_retries_before_the_requested_time() {
        let wait = |failure: &Failure, jitter| decide(1, failure, HARMLESS, ms(60_000), jitter);
        assert_eq!(wait(&refused(500, None), 0.0), Again(ms(175)));
        assert_eq!(wait(&refused(500, None), 1.0), Again(ms(325)));
        assert_eq!(wait(&refused(429, Some(1)), 0.0), Again(ms(1_000)));
    }
}
