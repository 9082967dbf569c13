//! The state of both services, and how they behave.

use std::time::Duration;

use jiff::Timestamp;

use super::barrier::Barrier;
use super::bitbucket::model::Bitbucket;
use super::clock::Clock;
use super::confluence::model::Confluence;
use super::fault::Fault;
use super::happening::{Happening, Wait};
use super::jira::Jira;
use super::latch::PausedRequest;
use super::message::Service;
use super::numbers::Numbers;

/// Everything. The default is a small world: workspace `acme` with the private repository `shop`, spaces ENG and OPS, a
/// token for each service, no pull request and no pages but the homepages.
#[derive(Clone, Debug)]
pub struct State {
    /// The services' common time.
    pub clock: Clock,
    /// What the `Date` header of every answer says.
    pub date: Timestamp,
    /// Bitbucket Cloud.
    pub bitbucket: Bitbucket,
    /// Confluence Cloud.
    pub confluence: Confluence,
    /// Jira Cloud, on the same site and for the same accounts.
    pub jira: Jira,
    /// What goes wrong; see [`Fault`].
    pub faults: Vec<Fault>,
    /// Who waits for somebody to open a latch; see [`PausedRequest`].
    pub paused: Vec<PausedRequest>,
    /// What people do while requests are under way; see [`Happening`].
    pub happenings: Vec<Happening>,
    /// Which requests wait for a latch; see [`Wait`].
    pub waits: Vec<Wait>,
    /// How long the fake's second lasts, for a body at one byte a second.
    pub second: Duration,
    /// Who waits for whom; see [`Barrier`].
    pub barriers: Vec<Barrier>,
    /// How long Bitbucket takes for an answer.
    pub bitbucket_latency: Duration,
    /// How long Confluence takes for an answer.
    pub confluence_latency: Duration,
    /// Up to so much is added to each latency, at random.
    pub jitter: Duration,
    /// More requests at once than this get 429 with `Retry-After: 1`.
    pub bitbucket_max_parallel: Option<usize>,
    /// More requests at once than this get 429 with `Retry-After: 1`.
    pub confluence_max_parallel: Option<usize>,
    /// The source of jitter.
    pub dice: Numbers,
}

impl Default for State {
    fn default() -> Self {
        let clock = Clock::default();
        Self {
            bitbucket: Bitbucket::small_world(&clock),
            confluence: Confluence::small_world(&clock),
            jira: Jira::default(),
            clock,
            date: "2026-11-22T09:30:00Z".parse().unwrap(),
            faults: vec![],
            paused: vec![],
            happenings: vec![],
            waits: vec![],
            second: Duration::from_secs(1),
            barriers: vec![],
            bitbucket_latency: Duration::ZERO,
            confluence_latency: Duration::ZERO,
            jitter: Duration::ZERO,
            bitbucket_max_parallel: None,
            confluence_max_parallel: None,
            dice: Numbers::from(7),
        }
    }
}

impl State {
    /// How long the next answer of this origin takes.
    pub fn latency_of(&mut self, service: Service) -> Duration {
        let base = match service {
            Service::Bitbucket | Service::Proxy => self.bitbucket_latency,
            _ => self.confluence_latency,
        };
        let jitter = self.jitter.as_micros() as u64;
        base + Duration::from_micros(if jitter == 0 { 0 } else { self.dice.random() % (jitter + 1) })
    }

    /// How many requests at once this origin takes.
    pub fn max_parallel(&self, service: Service) -> Option<usize> {
        match service {
            Service::Bitbucket | Service::Proxy => self.bitbucket_max_parallel,
            _ => self.confluence_max_parallel,
        }
    }
}
