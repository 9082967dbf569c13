//! Edits of a page: a task that is completed, a label that is added.
//!
//! An edit is made once and never undone. Whether it is there is read after every write whose end is not known, so that no
//! request is repeated blindly. A refusal is reported and delays nothing; every other failure delays the page's row.

use crate::audit::{Event, Why};
use crate::http::{self, HttpError};
use crate::ids::PageName;
use crate::plan::{Edit, PageChange, Write};
use crate::report::{Failure, FailureKind};

use super::facts::{failed, read_again};
use super::{PATIENCE, PageOutcome, Writer, reads_again, words};

enum End {
    Done,
    Refused,
    Failed(Failure),
}

impl Writer<'_> {
    /// Makes the edits of a page, as many at once as the service takes. Its failures may be gone in the next run.
    pub(super) fn edits(&self, change: &PageChange, outcome: &mut PageOutcome) {
        let ends = http::map(&change.edits, |edit| self.edit(change.page, edit));
        for (edit, (end, events)) in change.edits.iter().zip(ends) {
            outcome.writes += events.iter().filter(|event| event.is_written()).count();
            outcome.events.extend(events);
            let write = Write::Edit { page: change.page, edit: edit.clone() };
            match (end, edit) {
                (End::Done, Edit::CompleteTask { id, .. }) => outcome.completed.push(id.clone()),
                (End::Done, Edit::AddLabel(_)) => {}
                (End::Refused, _) => outcome.not_done.push(write.to_string()),
                (End::Failed(failure), _) => {
                    outcome.not_done.push(write.to_string());
                    outcome.failures.push(failure);
                }
            }
        }
    }

    fn edit(&self, page: PageName, edit: &Edit) -> (End, Vec<Event>) {
        let write = Write::Edit { page, edit: edit.clone() };
        let facts = || self.edit_facts(&write, edit);
        let mut events = Vec::new();
        let mut is_ambiguous = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.send_edit(page, edit) {
                Ok(request_id) => {
                    events.push(facts().written(None, request_id));
                    return (End::Done, events);
                }
                Err(error) => error,
            };
            let failure = Failure::of_page(&error);
            if matches!(error.status(), Some(403)) && failure.kind == FailureKind::Other {
                events.push(facts().refused(&failure, &error));
                return (End::Refused, events);
            }
            // A task that is listed and can't be found may be seen and not edited.
            if error.status() == Some(404) && failure.kind == FailureKind::Other {
                let is_there = self.is_there(page, edit).unwrap_or(false);
                let (end, event) = match is_there {
                    true => (End::Done, read_again(facts(), &failure, &error)),
                    false => (End::Refused, facts().refused(&failure, &error)),
                };
                events.push(event);
                return (end, events);
            }
            if attempt == PATIENCE || !reads_again(&error) {
                events.push(failed(facts(), &failure, &error));
                return (End::Failed(failure), events);
            }
            is_ambiguous |= error.is_ambiguous();
            events.push(read_again(facts(), &failure, &error));
            self.back_off(attempt);
            match self.is_there(page, edit) {
                Ok(true) => {
                    // This run or another one completed it; the answer doesn't show which.
                    events.extend(is_ambiguous.then(|| facts().written(None, None)));
                    return (End::Done, events);
                }
                Ok(false) => {}
                Err(error) => {
                    let (failure, what) = (Failure::of_page(&error), words::check_write(&write));
                    let request_id = error.request_id().map(str::to_owned);
                    events.push(Event::Failed { what, why: Why::from(&failure), request_id });
                    return (End::Failed(failure), events);
                }
            }
        }
    }

    fn send_edit(&self, page: PageName, edit: &Edit) -> Result<Option<String>, HttpError> {
        match edit {
            Edit::CompleteTask { id, .. } => self.run.confluence.complete_task(id),
            Edit::AddLabel(label) => self.run.confluence.add_label(page, label),
        }
    }

    fn is_there(&self, page: PageName, edit: &Edit) -> Result<bool, HttpError> {
        match edit {
            Edit::CompleteTask { id, .. } => {
                Ok(self.run.confluence.tasks(&[page])?.iter().any(|task| task.id == *id && task.done))
            }
            Edit::AddLabel(label) => Ok(self.run.confluence.labels(page)?.contains(label.as_str())),
        }
    }
}
