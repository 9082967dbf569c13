//! The services' clock: one second later after each write, and the same in every run.

use jiff::{SignedDuration, Timestamp};

/// The services' common clock: it advances only with writes.
#[derive(Clone, Debug)]
pub struct Clock {
    now: Timestamp,
}

impl Default for Clock {
    fn default() -> Self {
        Self { now: "2026-11-22T09:00:00Z".parse().unwrap() }
    }
}

impl Clock {
    /// The present.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A write happened: one second passes, and the new present is its date.
    pub fn tick(&mut self) -> Timestamp {
        self.advance(1)
    }

    /// Lets seconds pass.
    pub fn advance(&mut self, seconds: i64) -> Timestamp {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.now
    }

    /// This many seconds before the present.
    pub fn ago(&self, seconds: i64) -> Timestamp {
        self.now.checked_sub(SignedDuration::from_secs(seconds)).unwrap()
    }
}

/// As Bitbucket writes a date: microseconds and an offset.
pub fn bitbucket_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

/// As Confluence writes a date: milliseconds and `Z`.
pub fn confluence_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
