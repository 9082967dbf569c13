//! A run's share of the network: its connections, its time, what it counted.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::agents::Agents;
use super::network::{Limits, Network};
use super::request::{Method, ServiceName};
use crate::clock::{Clock, Deadline};
use crate::secret::Scrubber;

/// What all services of one run share.
pub struct Session {
    pub(crate) clock: Clock,
    pub(crate) deadline: Deadline,
    pub(crate) scrubber: Scrubber,
    pub(crate) limits: Limits,
    pub(crate) agents: Agents,
    counts: Mutex<Counts>,
    rate_limit: RateLimit,
    skew: Mutex<Option<SignedDuration>>,
    observer: Box<dyn Fn(&Exchange) + Send + Sync>,
}

impl Session {
    /// A session; `observer` hears of every try, from any thread.
    pub fn new(
        clock: Clock,
        deadline: Deadline,
        scrubber: Scrubber,
        limits: Limits,
        network: &Network,
        observer: impl Fn(&Exchange) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let agents = Agents::new(network);
        let (counts, skew, rate_limit) = (Mutex::default(), Mutex::default(), RateLimit::default());
        let observer = Box::new(observer);
        Arc::new(Self { clock, deadline, scrubber, limits, agents, counts, rate_limit, skew, observer })
    }

    /// Sends nothing more after a request that stays rate limited: for runs that would send hundreds of others.
    pub fn stop_at_rate_limit(&self) {
        self.rate_limit.stops.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stays_limited(&self) {
        self.rate_limit.is_met.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        let RateLimit { stops, is_met } = &self.rate_limit;
        stops.load(Ordering::Relaxed) && is_met.load(Ordering::Relaxed)
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How far this machine's clock is ahead of the services', by the answers so far; `None` when none had a date.
    pub fn skew(&self) -> Option<SignedDuration> {
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer's date. A slow answer and a wrong server both make the difference larger, so the smallest counts.
    pub(crate) fn dated(&self, date: Timestamp) {
        let skew = self.clock.utc_now().duration_since(date);
        let mut known = self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none_or(|known| skew.abs() < known.abs()) {
            *known = Some(skew);
        }
    }

    pub(crate) fn observe(&self, exchange: &Exchange) {
        (self.observer)(exchange);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({:?})", self.counts())
    }
}

/// Whether a run ends at a rate limit, and whether it met one.
#[derive(Debug, Default)]
struct RateLimit {
    stops: AtomicBool,
    is_met: AtomicBool,
}

/// What a run cost, for the receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests sent; every try counts.
    pub requests: u64,
    /// Those that write, successful or not.
    pub writes: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Time spent between tries, summed over all threads.
    pub waited_ms: u64,
}

/// One try, for a debug line. Holds no query, no header and no body.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The service that was asked.
    pub service: ServiceName,
    pub method: Method,
    /// The path with the base's prefix.
    pub path: String,
    /// The number of this try, from one.
    pub attempt: u32,
    /// `200`, or why there is no such number.
    pub outcome: String,
    /// From connecting to the last byte.
    pub took: Duration,
    /// The service's name for its answer.
    pub request_id: Option<String>,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, method, path, attempt, outcome, took, request_id } = self;
        write!(f, "{service}: {method} {path}: {outcome}, {} ms", took.as_millis())?;
        if *attempt > 1 {
            write!(f, ", try {attempt}")?;
        }
        if let Some(id) = request_id {
            write!(f, ", request id {id}")?;
        }
        Ok(())
    }
}
