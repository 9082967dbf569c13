//! What was decided and done: one value for each, from which both the log's sentence and the JSON line are made, so
//! that the two cannot drift apart.
//!
//! No line holds a page's title, space or date as Confluence knows them: the audit log may travel further than the pull
//! request's readers. The log in the pipeline shows the titles that the pull request may show. One line there sums up the
//! writes to a page.

mod event;
mod level;
mod log;
mod why;
mod words;
mod write;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::console::Console;
use crate::ids::PullRequestId;
use crate::secret::Scrubber;

pub(crate) use event::Event;
pub(crate) use level::Level;
pub(crate) use log::{AuditLog, Place};
pub(crate) use why::Why;
pub(crate) use write::{Operation, Outcome, WriteFacts};

/// Where a run's events go.
pub(crate) struct Audit<'a> {
    console: &'a Console,
    log: Option<Arc<AuditLog>>,
    failure: Level,
    failures: Mutex<BTreeSet<String>>,
    once: Mutex<BTreeSet<String>>,
    scope: OnceLock<Scope>,
}

/// Which pull requests a run is about, if it isn't one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of the pipeline's event.
    Event,
    /// Many, most of which don't change.
    Sweep,
}

impl<'a> Audit<'a> {
    /// The events of one run, for the console and for the file if there is one, and how loud a failure is.
    pub(crate) fn new(console: &'a Console, log: Option<Arc<AuditLog>>, failure: Level) -> Self {
        let (failures, once, scope) = (Mutex::default(), Mutex::default(), OnceLock::new());
        Self { console, log, failure, failures, once, scope }
    }

    /// Logs that something failed, once.
    pub(crate) fn note_failure(&self, pull_request: Option<PullRequestId>, what: &str, why: impl Into<Why>) {
        let why = why.into();
        if !lock(&self.failures).contains(&why.for_people) {
            self.note(pull_request, &Event::Failed { what: what.to_owned(), why, request_id: None });
        }
    }

    /// Says what is about the configuration, and so about no pull request, once in a run.
    pub(crate) fn note_once(&self, event: &Event) {
        if lock(&self.once).insert(event.to_string()) {
            self.note(None, event);
        }
    }

    /// Names from now on the pull request that a sentence is about.
    pub(crate) fn set_scope(&self, scope: Scope) {
        self.scope.get_or_init(|| scope);
    }

    /// Logs a sentence that sums up events.
    pub(crate) fn sum_up(&self, pull_request: Option<PullRequestId>, sentence: impl fmt::Display) {
        self.console.info(self.about(pull_request, sentence));
    }

    fn about(&self, pull_request: Option<PullRequestId>, sentence: impl fmt::Display) -> String {
        let of_one = pull_request.filter(|_| self.scope.get().is_some());
        of_one.map_or_else(|| sentence.to_string(), |id| format!("#{id}: {sentence}"))
    }

    /// Logs the sentence and appends the line.
    pub(crate) fn note(&self, pull_request: Option<PullRequestId>, event: &Event) {
        let is_detail = event.is_detail() && self.scope.get() == Some(&Scope::Sweep);
        for line in event.lines() {
            let line = self.about(pull_request, line);
            match event.level(self.failure) {
                Level::Debug => self.console.debug(line),
                Level::Info if is_detail => self.console.debug(line),
                Level::Info => self.console.info(line),
                Level::Warning => self.console.warning(line),
                Level::Error => self.console.error(line),
            }
        }
        if let Some(why) = event.failure() {
            lock(&self.failures).insert(why.for_people.clone());
        }
        if let Some(log) = &self.log {
            log.append(pull_request, event);
        }
    }

    /// What hides secrets from the log, for files of an action's own.
    pub(crate) fn scrubber(&self) -> &Scrubber {
        self.console.scrubber()
    }

    /// Why the file lacks a line.
    pub(crate) fn log_failure(&self) -> Option<String> {
        self.log.as_ref()?.failure()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
