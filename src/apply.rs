//! The plan, carried out. The only caller of endpoints that write.
//!
//! It decides nothing: the next change always comes from the pure diff of a place, given what was just read. A write that
//! met a conflict, or may or may not have happened, is followed by reading that place again. The answer to a write
//! outranks a list that lags behind it.

mod comment;
mod edits;
mod facts;
mod lag;
mod pages;
mod report;
mod words;

use std::time::Duration;

use crate::audit::Event;
use crate::http::HttpError;
use crate::ids::PullRequestId;
use crate::run::Run;

pub(crate) use comment::{Check, CommentState, CommentWriter, comments};
pub(crate) use facts::planned;
pub(crate) use lag::PageAcknowledged;
pub(crate) use pages::PageOutcome;
pub(crate) use report::ReportOutcome;

/// How many times in a row a place may be read again without a change before that is a failure.
const PATIENCE: u32 = 6;

#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub run: Run<'a>,
    /// The pull request that the log names; `None` when the writes are about several.
    pub subject: Option<PullRequestId>,
}

impl Writer<'_> {
    fn note(&self, event: &Event) {
        self.run.audit.note(self.subject, event);
    }

    /// Waits longer after every attempt, so that many runs on one page don't collide all the time.
    fn back_off(&self, attempt: u32) {
        let most = Duration::from_millis(20) * attempt.saturating_add(1).min(25);
        self.run.sleep(most.mul_f64(self.run.clock.jitter()));
    }

    /// Twice as long with every wait, so that a list may lag for some seconds: 100 ms, 200 ms, … 1.6 s.
    fn wait(&self, waits: u32) {
        self.run.sleep(Duration::from_millis(100) * 2_u32.pow(waits.min(4)));
    }
}

/// Whether a failed write is followed by reading its place again: a conflict, something just listed that is gone, or a
/// write that may have happened.
fn reads_again(error: &HttpError) -> bool {
    !error.is_out_of_budget() && (matches!(error.status(), Some(404 | 409)) || error.is_ambiguous())
}
