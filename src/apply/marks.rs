//! How does a page come to carry a mark: a task that is done, a label?
//!
//! A mark is set once and never taken away. Whether it is there is read after every write whose end is not known, so that
//! no request is repeated blindly.

use crate::audit::{Event, Outcome, Why};
use crate::http::{self, HttpError};
use crate::plan::Write;
use crate::report::Failure;

use super::{PATIENCE, Writer, given_up, looks_again, read_again};

/// What came of setting a mark.
#[derive(Debug)]
pub struct Marked {
    /// Which.
    pub write: Write,
    /// Whether it is there now.
    pub end: Result<(), Failure>,
    /// How many writes succeeded.
    pub writes: usize,
    /// What is to be said of it.
    pub notes: Vec<Event>,
}

impl Writer<'_> {
    /// Sets marks, as many at once as the service takes. One failure does not stop its neighbours.
    pub fn marks(&self, writes: &[Write]) -> Vec<Marked> {
        let writes: Vec<&Write> =
            writes.iter().filter(|write| matches!(write, Write::Task { .. } | Write::Label { .. })).collect();
        http::map(&writes, |write| self.mark(write))
    }

    fn mark(&self, write: &Write) -> Marked {
        let mut notes = Vec::new();
        let end = self.set_until_it_is_there(write, &mut notes);
        let writes = notes.iter().filter(|note| matches!(note, Event::Write { outcome: Outcome::Written, .. })).count();
        Marked { write: write.clone(), end, writes, notes }
    }

    fn set_until_it_is_there(&self, write: &Write, notes: &mut Vec<Event>) -> Result<(), Failure> {
        let mut patience = PATIENCE;
        let mut doubted = false;
        let mut turn = 0;
        loop {
            let error = match self.set_mark(write) {
                Ok(request_id) => {
                    notes.push(Event::write(Outcome::Written, self.of_mark(write), None, request_id));
                    return Ok(());
                }
                Err(error) => error,
            };
            turn += 1;
            // A conflict that does not end is a failure, too.
            let failure = Failure::of_page(&error);
            if turn == PATIENCE || !looks_again(&error, &mut patience) {
                notes.push(given_up(self.of_mark(write), &failure, &error));
                return Err(failure);
            }
            doubted |= error.in_doubt();
            notes.push(read_again(self.of_mark(write), &failure, &error));
            self.pause(turn);
            let is_there = self.is_marked(write).map_err(|error| {
                let (failure, what) = (Failure::of_page(&error), format!("see whether this is done: {write}"));
                let request_id = error.request_id().map(str::to_owned);
                notes.push(Event::Failed { what, why: Why::from(&failure), request_id });
                failure
            })?;
            if is_there {
                // By this run, as far as anybody can tell, or by another one.
                notes.extend(doubted.then(|| Event::write(Outcome::Written, self.of_mark(write), None, None)));
                return Ok(());
            }
        }
    }

    fn set_mark(&self, write: &Write) -> Result<Option<String>, HttpError> {
        match write {
            Write::Task { id, .. } => self.confluence.complete_task(id),
            Write::Label { page, label } => self.confluence.add_label(*page, label),
            Write::Comment(_) | Write::Page { .. } | Write::Report(_) => Ok(None),
        }
    }

    fn is_marked(&self, write: &Write) -> Result<bool, HttpError> {
        match write {
            Write::Task { page, id, .. } => {
                Ok(self.confluence.tasks(&[*page])?.iter().any(|task| task.id == *id && task.done))
            }
            Write::Label { page, label } => Ok(self.confluence.labels(*page)?.contains(label.as_str())),
            Write::Comment(_) | Write::Page { .. } | Write::Report(_) => Ok(true),
        }
    }
}
