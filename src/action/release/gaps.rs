//! What a release lacks: requests that failed, and what is missing for it.

use crate::report::Failure;
use crate::run::Run;

use super::words;

/// What failed, and what is missing.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub(super) failures: Vec<Failure>,
    /// In sentences.
    pub(super) missing: Vec<String>,
}

impl Gaps {
    /// Reports what failed. No request is sent after one that stays rate limited, so the others say nothing new.
    pub(super) fn fail(&mut self, run: Run<'_>, what: &str, failure: Failure) {
        if !(failure.is_rate_limit && self.has_a_rate_limit()) {
            run.audit.note_failure(None, what, &failure);
            self.failures.push(failure);
        }
    }

    /// The value of a result, if there is one.
    pub(super) fn keep<T>(&mut self, run: Run<'_>, what: &str, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.fail(run, what, failure)).ok()
    }

    pub(super) fn miss(&mut self, sentence: String) {
        self.missing.push(sentence);
    }

    fn has_a_rate_limit(&self) -> bool {
        self.failures.iter().any(|failure| failure.is_rate_limit)
    }

    /// Why nothing more is sent.
    pub(super) fn end(&self, run: Run<'_>) -> Option<&'static str> {
        let is_late = run.deadline.remaining(run.clock).is_zero();
        let why = if self.has_a_rate_limit() { words::RATE_LIMITED } else { words::OUT_OF_TIME };
        (is_late || self.has_a_rate_limit()).then_some(why)
    }

    /// Says how far a run got that had to end.
    pub(super) fn stop(&mut self, run: Run<'_>, done: usize, of: usize) {
        let Some(why) = self.end(run) else { return };
        let so_far = words::so_far(done, of);
        let sentence = words::continues(why, &so_far);
        let failure = if self.has_a_rate_limit() { Failure::other(sentence) } else { Failure::out_of_time(sentence) };
        self.miss(words::not_finished(&so_far));
        self.fail(run, "finish", failure);
    }
}
