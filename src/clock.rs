//! Time, waiting and chance: a value that `main` makes and hands to everything else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::stop::Stop;

/// Time, sleep and chance as a plain value, so that a test can bring its own and no test waits.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Duration + Send + Sync>,
    utc_now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) + Send + Sync>,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    pace: u32,
    stop: Arc<Stop>,
}

impl Clock {
    /// A clock of four functions: time since the run began (never going back), the date, a sleep, and chance in 0..1.
    pub fn new(
        now: impl Fn() -> Duration + Send + Sync + 'static,
        utc_now: impl Fn() -> Timestamp + Send + Sync + 'static,
        sleep: impl Fn(Duration) + Send + Sync + 'static,
        jitter: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        let (now, utc_now, sleep, jitter) = (Arc::new(now), Arc::new(utc_now), Arc::new(sleep), Arc::new(jitter));
        Self { now, utc_now, sleep, jitter, pace: 1, stop: Arc::default() }
    }

    /// The same clock for a run that a signal may end.
    #[must_use]
    pub fn stopped_by(self, stop: Arc<Stop>) -> Self {
        Self { stop, ..self }
    }

    /// Whether the run is to end now.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The same clock, so many times faster than the machine's; at least once.
    #[must_use]
    pub fn at_pace(self, pace: u32) -> Self {
        Self { pace: pace.max(1), ..self }
    }

    /// How long a time is by the machine's own clock, which the operating system's timeouts go by.
    pub fn by_the_machine(&self, duration: Duration) -> Duration {
        duration / self.pace
    }

    /// Time since the run began.
    pub fn now(&self) -> Duration {
        (self.now)()
    }

    /// The date and time of day.
    pub fn utc_now(&self) -> Timestamp {
        (self.utc_now)()
    }

    pub fn sleep(&self, duration: Duration) {
        (self.sleep)(duration);
    }

    /// A random number in 0..1, to spread retries.
    pub fn jitter(&self) -> f64 {
        (self.jitter)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock(at {:?})", self.now())
    }
}

/// The moment by which the run must have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    at: Duration,
}

impl Deadline {
    /// The deadline of a run with this budget, counted from the run's begin.
    pub fn after(budget: Duration) -> Self {
        Self { at: budget }
    }

    /// What is left of the budget; zero once it is used up, or after a signal.
    pub fn remaining(self, clock: &Clock) -> Duration {
        match clock.stop().signal() {
            Some(_) => Duration::ZERO,
            None => self.at.saturating_sub(clock.now()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock that stands still until somebody sleeps; every sleep is noted.
    pub(crate) fn virtual_clock() -> (Clock, Arc<Mutex<Vec<Duration>>>) {
        let sleeps = Arc::new(Mutex::new(Vec::new()));
        let (read, write) = (Arc::clone(&sleeps), Arc::clone(&sleeps));
        let clock = Clock::new(
            move || read.lock().unwrap().iter().sum(),
            || "2026-11-22T12:00:00Z".parse().unwrap(),
            move |duration| write.lock().unwrap().push(duration),
            || 0.5,
        );
        (clock, sleeps)
    }

    #[test]
    fn nothing_is_left_of_the_budget_after_a_signal() {
        let (clock, _) = virtual_clock();
        clock.stop().request(crate::stop::Signal::Terminate);
        assert_eq!(Deadline::after(Duration::from_secs(10)).remaining(&clock), Duration::ZERO);
    }

    #[test]
    fn the_budget_shrinks_with_time_and_never_below_zero() {
        let (clock, _) = virtual_clock();
        let deadline = Deadline::after(Duration::from_secs(10));
        assert_eq!(deadline.remaining(&clock), Duration::from_secs(10));
        clock.sleep(Duration::from_secs(4));
        assert_eq!(deadline.remaining(&clock), Duration::from_secs(6));
        clock.sleep(Duration::from_secs(60));
        assert_eq!(deadline.remaining(&clock), Duration::ZERO);
    }
}
