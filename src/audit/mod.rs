//! What was decided and done: one value for each, from which both the log's sentence and the JSON line are made, so
//! that the two cannot drift apart.
//!
//! No line holds a page's title, space or date as Confluence knows them: the audit log may travel further than the pull
//! request's readers. The log in the pipeline shows the titles that the pull request may show.

mod event;
mod level;
mod sentence;
mod why;
mod write;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;

use crate::clock::Clock;
use crate::console::Console;
use crate::ids::{PullRequestId, RepositoryName};
use crate::secret::Scrubber;

pub use event::Event;
pub use level::Level;
pub use why::Why;
pub use write::{Operation, Sha256, WriteFacts};

/// The schema's version, in every line.
const VERSION: u32 = 1;

/// Where a run's events go.
pub struct Audit<'a> {
    console: &'a Console,
    clock: &'a Clock,
    place: Place,
    failure: Level,
    lines: Mutex<Vec<String>>,
    failures: Mutex<BTreeSet<String>>,
    once: Mutex<BTreeSet<String>>,
    apart: OnceLock<()>,
}

/// Which run, in every line.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The repository.
    pub repository: Option<RepositoryName>,
    /// The pipeline's UUID.
    pub pipeline: Option<String>,
    /// The step's UUID.
    pub step: Option<String>,
    /// Whether nothing is written.
    pub dry_run: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    time: String,
    #[serde(flatten)]
    place: &'a Place,
    pull_request: Option<PullRequestId>,
    #[serde(flatten)]
    event: &'a Event,
}

impl<'a> Audit<'a> {
    /// A log of one run, and how loud a failure is in it.
    pub fn new(console: &'a Console, clock: &'a Clock, place: Place, failure: Level) -> Self {
        Self {
            console,
            clock,
            place,
            failure,
            lines: Mutex::default(),
            failures: Mutex::default(),
            once: Mutex::default(),
            apart: OnceLock::new(),
        }
    }

    /// Says that something failed, unless that was said already.
    pub fn note_failure(&self, pull_request: Option<PullRequestId>, what: &str, why: impl Into<Why>) {
        let why = why.into();
        if !lock(&self.failures).contains(&why.said) {
            self.note(pull_request, &Event::Failed { what: what.to_owned(), why, request_id: None });
        }
    }

    /// Says what is about the configuration, and so about no pull request, once in a run.
    pub fn note_once(&self, event: &Event) {
        if lock(&self.once).insert(event.to_string()) {
            self.note(None, event);
        }
    }

    /// Says from now on which pull request a sentence is about, and of each only what matters among many.
    pub fn tell_apart(&self) {
        self.apart.get_or_init(|| ());
    }

    /// Says the sentence and keeps the line.
    pub fn note(&self, pull_request: Option<PullRequestId>, event: &Event) {
        let of_one = pull_request.filter(|_| self.apart.get().is_some());
        let sentence = of_one.map_or_else(|| event.to_string(), |id| format!("#{id}: {event}"));
        match event.level(self.failure) {
            Level::Info if of_one.is_some() && !event.is_of_note() => self.console.debug(sentence),
            Level::Info => self.console.info(sentence),
            Level::Warning => self.console.warning(sentence),
            Level::Error => self.console.error(sentence),
        }
        if let Event::Failed { why, .. } | Event::NotWritten { why, .. } | Event::LeftInDoubt { why, .. } = event {
            lock(&self.failures).insert(why.said.clone());
        }
        let time = self.clock.wall().to_string();
        let line = Line { version: VERSION, time, place: &self.place, pull_request, event };
        if let Ok(line) = serde_json::to_string(&line) {
            lock(&self.lines).push(line);
        }
    }

    /// What hides secrets from the log, for files of an action's own.
    pub fn scrubber(&self) -> &Scrubber {
        self.console.scrubber()
    }

    /// The lines so far, each one JSON object.
    pub fn text(&self) -> String {
        lock(&self.lines).iter().map(|line| format!("{line}\n")).collect()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
