//! Whether a request that failed is sent again, and when. Pure: the caller sleeps.

use std::time::Duration;

use super::error::{Failure, Loss};

/// Tries of one request, the first included. A fourth comes after about two seconds of back-off; what is not well by
/// then is not well within a pipeline step. Atlassian advises at most four for 429 too, and more would only keep a
/// throttled account throttled.
pub(crate) const MOST_TRIES: u32 = 4;

/// A service that asks for more patience than this is asked again anyway, as Atlassian's guide advises.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The first wait after a lost connection or a 5xx: long enough for a failover, short for a person.
const FIRST_BACK_OFF: Duration = Duration::from_millis(250);

/// The first wait after a 429 that names no time. Bitbucket never names one.
const FIRST_BACK_OFF_OF_429: Duration = Duration::from_secs(1);

/// No back-off of our own is longer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);

/// Whether the same request twice is the same as once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// A read, a PUT or a DELETE.
    Harmless,
    /// A writing POST.
    Doubles,
}

/// How much trouble a request is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// All that the rule allows.
    Full,
    /// Not when the service limits requests: who has sixty an hour must not spend them on asking again.
    UnlessLimited,
    /// Not when nobody is there.
    UnlessAbsent,
}

impl Persistence {
    /// Whether this failure ends it, whatever the rule says.
    pub(crate) fn ends_at(self, failure: &Failure) -> bool {
        let absent = [Loss::Resolve, Loss::Refused, Loss::Unreachable, Loss::ConnectTimeout];
        match self {
            Self::Full => false,
            Self::UnlessLimited => failure.status() == Some(429),
            Self::UnlessAbsent => matches!(failure, Failure::Lost { how, .. } if absent.contains(how)),
        }
    }
}

/// What to do next.
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
pub(crate) fn decide(tries: u32, failure: &Failure, repeat: Repeat, remaining: Duration, jitter: f64) -> Decision {
    let Some(wait) = wait_after(tries, failure, repeat, jitter) else {
        let cut_off = matches!(failure, Failure::Lost { .. }) && remaining.is_zero();
        return if cut_off { Decision::OutOfBudget } else { Decision::Stop };
    };
    if wait >= remaining {
        Decision::OutOfBudget
    } else if tries >= MOST_TRIES {
        Decision::Stop
    } else {
        Decision::Again(wait)
    }
}

/// How long to wait, when this failure may pass and the request may be repeated after it.
fn wait_after(tries: u32, failure: &Failure, repeat: Repeat, jitter: f64) -> Option<Duration> {
    match failure {
        // Turned away at the door: nothing happened, whatever the method.
        Failure::Refused { status: 429 | 503, retry_after: Some(asked), .. } => {
            Some((*asked).min(LONGEST_RETRY_AFTER).max(back_off(FIRST_BACK_OFF, tries, jitter)))
        }
        Failure::Refused { status: 429, .. } => Some(back_off(FIRST_BACK_OFF_OF_429, tries, jitter)),
        Failure::Refused { status: 500 | 502 | 503 | 504, .. } => {
            (repeat == Repeat::Harmless).then(|| back_off(FIRST_BACK_OFF, tries, jitter))
        }
        Failure::Lost { how, .. } => (how.may_pass() && (repeat == Repeat::Harmless || !how.after_sending()))
            .then(|| back_off(FIRST_BACK_OFF, tries, jitter)),
        _ => None,
    }
}

/// Doubles with every try, spread by 0.7 to 1.3 so that parallel pipelines do not come back together.
fn back_off(first: Duration, tries: u32, jitter: f64) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_BACK_OFF);
    doubled.mul_f64(0.7 + 0.6 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::Decision::{Again, OutOfBudget, Stop};
    use super::Repeat::{Doubles, Harmless};
    use super::*;
    use crate::http::Said;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Failure {
        let retry_after = retry_after.map(Duration::from_secs);
        Failure::Refused { status, explained: None, said: Said::Other, retry_after }
    }

    fn lost(how: Loss) -> Failure {
        Failure::Lost { how, source: "".into() }
    }

    #[test]
    fn the_rule() {
        let minute = ms(60_000);
        let table = [
            // Turned away: again after the time that was asked for, whatever the method.
            (1, refused(429, Some(7)), Harmless, minute, Again(ms(7_000))),
            (1, refused(429, Some(7)), Doubles, minute, Again(ms(7_000))),
            (1, refused(503, Some(7)), Doubles, minute, Again(ms(7_000))),
            (3, refused(503, Some(7)), Harmless, minute, Again(ms(7_000))),
            (1, refused(429, Some(3_600)), Harmless, minute, Again(ms(30_000))),
            (1, refused(429, Some(0)), Harmless, minute, Again(ms(250))),
            (4, refused(429, Some(7)), Harmless, minute, Stop),
            (1, refused(429, Some(7)), Doubles, ms(7_000), OutOfBudget),
            (1, refused(429, Some(7)), Doubles, ms(7_001), Again(ms(7_000))),
            (4, refused(429, Some(7)), Doubles, ms(7_000), OutOfBudget),
            // 429 without a time.
            (1, refused(429, None), Doubles, minute, Again(ms(1_000))),
            (2, refused(429, None), Doubles, minute, Again(ms(2_000))),
            (3, refused(429, None), Doubles, minute, Again(ms(4_000))),
            (4, refused(429, None), Doubles, minute, Stop),
            // Broken services: again only where twice is the same as once.
            (1, refused(500, None), Harmless, minute, Again(ms(250))),
            (2, refused(502, None), Harmless, minute, Again(ms(500))),
            (3, refused(503, None), Harmless, minute, Again(ms(1_000))),
            (3, refused(504, None), Harmless, minute, Again(ms(1_000))),
            (4, refused(504, None), Harmless, minute, Stop),
            (1, refused(500, None), Harmless, ms(250), OutOfBudget),
            (1, refused(500, None), Doubles, minute, Stop),
            (1, refused(500, Some(1)), Doubles, minute, Stop),
            (1, refused(502, None), Doubles, minute, Stop),
            (1, refused(503, None), Doubles, minute, Stop),
            (1, refused(504, None), Doubles, minute, Stop),
            (1, refused(501, None), Harmless, minute, Stop),
            // Lost connections: a POST again only when it cannot have left.
            (1, lost(Loss::Dropped), Harmless, minute, Again(ms(250))),
            (1, lost(Loss::TimedOut), Harmless, minute, Again(ms(250))),
            (1, lost(Loss::Garbled), Harmless, minute, Again(ms(250))),
            (1, lost(Loss::Dropped), Doubles, minute, Stop),
            (1, lost(Loss::TimedOut), Doubles, minute, Stop),
            (1, lost(Loss::TimedOut), Doubles, ms(0), OutOfBudget),
            (1, lost(Loss::TimedOut), Harmless, ms(0), OutOfBudget),
            (1, lost(Loss::Resolve), Doubles, minute, Again(ms(250))),
            (1, lost(Loss::Refused), Doubles, minute, Again(ms(250))),
            (1, lost(Loss::ConnectTimeout), Doubles, minute, Again(ms(250))),
            (4, lost(Loss::Refused), Harmless, minute, Stop),
            (1, lost(Loss::Untrusted), Harmless, minute, Stop),
            (1, lost(Loss::WrongHost), Harmless, minute, Stop),
            (1, lost(Loss::Certificate), Harmless, minute, Stop),
            (1, lost(Loss::ProxyLogin), Harmless, minute, Stop),
            (1, lost(Loss::Proxy), Doubles, minute, Again(ms(250))),
            // What is said is said.
            (1, refused(400, None), Harmless, minute, Stop),
            (1, refused(401, Some(1)), Harmless, minute, Stop),
            (1, refused(404, None), Harmless, ms(0), Stop),
            (1, refused(409, None), Harmless, minute, Stop),
            (1, Failure::Redirected { status: 302, to: None }, Harmless, minute, Stop),
            (1, Failure::TooLong { limit: 1 }, Harmless, minute, Stop),
            (1, Failure::NotJson { status: 200, shape: "" }, Harmless, minute, Stop),
        ];
        for (tries, failure, repeat, remaining, decision) in table {
            let name = format!("try {tries}, {failure:?}, {repeat:?}, {remaining:?}");
            assert_eq!(decide(tries, &failure, repeat, remaining, 0.5), decision, "{name}");
        }
    }

    #[test]
    fn what_is_not_worth_the_trouble_ends_at_once() {
        let table = [
            (Persistence::Full, refused(429, Some(7)), false),
            (Persistence::Full, lost(Loss::Refused), false),
            (Persistence::UnlessLimited, refused(429, Some(7)), true),
            (Persistence::UnlessLimited, refused(503, Some(7)), false),
            (Persistence::UnlessLimited, lost(Loss::Refused), false),
            (Persistence::UnlessAbsent, lost(Loss::Refused), true),
            (Persistence::UnlessAbsent, lost(Loss::Resolve), true),
            (Persistence::UnlessAbsent, lost(Loss::Dropped), false),
            (Persistence::UnlessAbsent, refused(500, None), false),
        ];
        for (persistence, failure, ends) in table {
            assert_eq!(persistence.ends_at(&failure), ends, "{persistence:?}, {failure:?}");
        }
    }

    #[test]
    fn jitter_spreads_waits_but_never_comes_before_the_time_asked_for() {
        let wait = |failure: &Failure, jitter| decide(1, failure, Harmless, ms(60_000), jitter);
        assert_eq!(wait(&refused(500, None), 0.0), Again(ms(175)));
        assert_eq!(wait(&refused(500, None), 1.0), Again(ms(325)));
        assert_eq!(wait(&refused(429, Some(1)), 0.0), Again(ms(1_000)));
    }
}
