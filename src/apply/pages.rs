//! Writes of the pages: tasks and label first, then the row.

use crate::audit::{Event, Why};
use crate::confluence::WrittenComment;
use crate::http::{self, HttpError};
use crate::ids::{FooterCommentId, GlobalTaskId, PageName};
use crate::page::{CommentsUnknown, our_comments};
use crate::plan::{PageChange, Write, WriteFailure};
use crate::report::{Failure, FailureKind};
use crate::surface::page_comment::{Change, OurComment, Replies, diff};

use super::facts::{Facts, failed, read_again};
use super::lag::PageAcknowledged;
use super::{PATIENCE, Writer, reads_again, words};

/// A page's comment is written and read again at most so often; under fifty runs at once each needs about as many
/// attempts as there are others, so this only ends what would never end.
const MAX_ATTEMPTS: u32 = 200;

/// What came of a page's change.
#[derive(Debug)]
pub(crate) struct PageOutcome {
    /// Whether the page surely has no row of ours now.
    pub is_clean: bool,
    /// Why it does not say what it should.
    pub not_written: Option<WriteFailure>,
    /// The same for the exit code, and those of its tasks and label.
    pub failures: Vec<Failure>,
    /// How many writes it took.
    pub writes: usize,
    /// The edits that were not made, in words.
    pub not_done: Vec<String>,
    /// The tasks that are complete now.
    pub completed: Vec<GlobalTaskId>,
    /// What this run wrote to its comments. It outranks a list.
    pub acknowledged: PageAcknowledged,
    /// What to log of each write.
    pub(super) events: Vec<Event>,
}

/// A page whose comment is being written.
struct Writing<'a> {
    change: &'a PageChange,
    ours: Vec<OurComment>,
    outcome: &'a mut PageOutcome,
    attempts: u32,
    /// How many times in a row reading again changed nothing.
    unchanged: u32,
    /// Whether a comment that was added turned out to be gone, and everything began again.
    restarted: bool,
}

enum AttemptEnd {
    /// Nothing was left to write.
    Satisfied,
    Written,
    /// A write met a conflict, or may or may not have happened.
    Stopped(Box<Facts>, HttpError),
    /// A write failed for good.
    Failed(Stop),
}

/// Why a page does not get what it should say.
struct Stop {
    is_clean: bool,
    why: WriteFailure,
    failure: Option<Failure>,
}

impl Writer<'_> {
    /// Makes the changes of all pages, as many at once as the service takes. One failure does not stop its neighbors.
    pub(crate) fn pages(
        &self,
        changes: &[PageChange],
        acknowledged: impl Fn(PageName) -> PageAcknowledged + Sync,
    ) -> Vec<PageOutcome> {
        let outcomes = http::map(changes, |change| self.page(change, acknowledged(change.page)));
        // In the order of the pages, not of their ends: the same run gives the same log.
        outcomes.iter().flat_map(|outcome| &outcome.events).for_each(|event| self.note(event));
        outcomes
    }

    fn page(&self, change: &PageChange, acknowledged: PageAcknowledged) -> PageOutcome {
        let mut outcome = PageOutcome {
            is_clean: !change.has_row(),
            not_written: None,
            failures: Vec::new(),
            writes: 0,
            not_done: Vec::new(),
            completed: Vec::new(),
            acknowledged,
            events: Vec::new(),
        };
        self.edits(change, &mut outcome);
        // The row says that its tasks are done: it waits for those that failed for a passing reason.
        if let Some(failure) = outcome.failures.first() {
            outcome.not_written = Some(WriteFailure::of(failure));
            return outcome;
        }
        let ours = change.current.clone();
        let mut writing = Writing { change, ours, outcome: &mut outcome, attempts: 0, unchanged: 0, restarted: false };
        match self.write_rows(&mut writing) {
            Ok(()) => outcome.is_clean = !change.keeps_a_row(),
            Err(Stop { is_clean, why, failure }) => {
                outcome.is_clean = is_clean;
                outcome.not_written = Some(why);
                outcome.failures.extend(failure);
            }
        }
        outcome
    }

    /// Writes, reads, and writes again what is left, until nothing is.
    fn write_rows(&self, writing: &mut Writing<'_>) -> Result<(), Stop> {
        loop {
            let stopped = match self.attempt(writing) {
                AttemptEnd::Satisfied if writing.outcome.acknowledged.unseen().is_empty() => return Ok(()),
                AttemptEnd::Satisfied | AttemptEnd::Written => None,
                AttemptEnd::Stopped(facts, error) => Some((facts, error)),
                AttemptEnd::Failed(stop) => return Err(stop),
            };
            writing.attempts += 1;
            if writing.attempts == MAX_ATTEMPTS {
                return Err(give_up(writing, words::PAGE_CONFLICTS));
            }
            let looked = self.look_again(writing, stopped.as_ref().map(|(_, error)| error));
            let is_last = looked.is_ok() && writing.unchanged == PATIENCE;
            if let Some((facts, error)) = stopped {
                if is_last {
                    return Err(refused_for_good(writing, *facts, &error));
                }
                writing.outcome.events.push(read_again(*facts, &Failure::of_page(&error), &error));
            }
            if let Err(unknown) = looked {
                let failure = unknown.failure();
                let what = words::read_again(writing.change.page);
                writing.outcome.events.push(Event::Failed { what, why: Why::from(&failure), request_id: None });
                return Err(Stop::unknown(failure));
            }
            if is_last && let Some(end) = self.ask_for_unseen(writing) {
                return end;
            }
        }
    }

    /// The writes that lead from what was read to what is desired.
    fn attempt(&self, writing: &mut Writing<'_>) -> AttemptEnd {
        let changes = diff(&writing.ours, &writing.change.desired);
        if changes.is_empty() {
            return AttemptEnd::Satisfied;
        }
        for change in changes {
            let first_here = !writing.ours.iter().any(OurComment::is_in_use);
            let write = writing.change.write(change.clone());
            let facts = self.row_facts(&write, &change);
            match self.send(writing.change.page, &change) {
                Ok(written) => {
                    let target = written.id.map(|id| id.to_string());
                    let request_id = written.request_id.clone();
                    acknowledge(writing, change, written);
                    writing.outcome.events.push(facts.written(target, request_id));
                    writing.outcome.writes += 1;
                }
                Err(error) if reads_again(&error) && !(first_here && error.status() == Some(404)) => {
                    if error.status() == Some(404) {
                        self.forget_gone(writing);
                    }
                    return AttemptEnd::Stopped(Box::new(facts), error);
                }
                // A version that is not the next one may be refused as a bad request, too.
                Err(error) if error.status() == Some(400) && matches!(change, Change::Update { .. }) => {
                    return AttemptEnd::Stopped(Box::new(facts), error);
                }
                Err(error) => return AttemptEnd::Failed(page_failed(writing, facts, &error, first_here)),
            }
        }
        AttemptEnd::Written
    }

    /// Reads the comments again. What was acknowledged outranks the list.
    fn look_again(&self, writing: &mut Writing<'_>, stopped: Option<&HttpError>) -> Result<(), CommentsUnknown> {
        if stopped.is_some() {
            self.back_off(writing.attempts);
        }
        // A write that may have happened may show a little later: what is not listed at once is not sent again at once.
        let polls = if stopped.is_some_and(HttpError::is_ambiguous) { 4 } else { 1 };
        for poll in 0..polls {
            if poll > 0 || writing.unchanged > 0 {
                self.wait(writing.unchanged.max(poll));
            }
            let listed = our_comments(self.run.confluence, writing.change.page)?;
            writing.outcome.acknowledged.saw(&listed);
            // Another run may have moved our new row to its own comment and removed ours.
            if stopped.is_none() && shows_the_row(&listed, writing.change) {
                self.forget_gone(writing);
            }
            let now = writing.outcome.acknowledged.merge(listed);
            let changed = now != writing.ours;
            writing.ours = now;
            if changed {
                writing.unchanged = 0;
                return Ok(());
            }
        }
        writing.unchanged += 1;
        Ok(())
    }

    /// Forgets the comments that this run added, that no list has shown, and that someone has removed. Says whether there
    /// were any.
    fn forget_gone(&self, writing: &mut Writing<'_>) -> bool {
        let is_gone = |id: &FooterCommentId| matches!(self.run.confluence.footer_comment(*id), Ok(None));
        let gone: Vec<FooterCommentId> = writing.outcome.acknowledged.unseen().into_iter().filter(is_gone).collect();
        gone.iter().for_each(|id| writing.outcome.acknowledged.delete(*id));
        writing.ours.retain(|comment| !gone.contains(&comment.id));
        !gone.is_empty()
    }

    /// Asks by id for comments that were added and that no list shows. If one is gone, the rest is written again, once.
    fn ask_for_unseen(&self, writing: &mut Writing<'_>) -> Option<Result<(), Stop>> {
        if !self.forget_gone(writing) {
            writing.outcome.events.push(Event::NotListedYet { page: Some(writing.change.page.to_string()) });
            return Some(Ok(()));
        }
        if writing.restarted {
            return Some(Err(give_up(writing, words::REMOVED)));
        }
        writing.restarted = true;
        writing.unchanged = 0;
        None
    }

    fn send(&self, page: PageName, change: &Change) -> Result<WrittenComment, HttpError> {
        let confluence = self.run.confluence;
        match change {
            Change::Create { body } => confluence.create_footer_comment(page, body),
            Change::Update { id, read_version, body, .. } | Change::Retire { id, read_version, body, .. } => {
                confluence.update_footer_comment(*id, *read_version, body)
            }
            Change::Delete { id, .. } => {
                let request_id = confluence.delete_footer_comment(*id)?;
                Ok(WrittenComment { id: Some(*id), version: None, body: None, request_id })
            }
        }
    }
}

/// Keeps what a successful write was answered.
fn acknowledge(writing: &mut Writing<'_>, change: Change, written: WrittenComment) {
    let read = |id, version, body: String| OurComment::read(id, version, body).ok();
    match change {
        Change::Create { body } => {
            let Some(id) = written.id else { return };
            let created = read(id, written.version.unwrap_or(1), written.body.unwrap_or(body));
            if let Some(comment) = created {
                writing.ours.push(comment.clone());
                writing.outcome.acknowledged.create(comment);
            }
        }
        Change::Update { id, read_version, body, .. } => {
            let version = written.version.unwrap_or(read_version.saturating_add(1));
            if let Some(comment) = read(id, version, written.body.unwrap_or(body)) {
                writing.ours.retain(|other| other.id != id);
                writing.ours.push(OurComment { replies: Replies::Unread, ..comment.clone() });
                writing.outcome.acknowledged.update(comment);
            }
        }
        Change::Retire { id, .. } | Change::Delete { id, .. } => {
            writing.ours.retain(|other| other.id != id);
            writing.outcome.acknowledged.delete(id);
        }
    }
}

fn shows_the_row(listed: &[OurComment], change: &PageChange) -> bool {
    listed.iter().any(OurComment::is_in_use) && diff(listed, &change.desired).is_empty()
}

impl Stop {
    /// What is on the page now isn't known.
    fn unknown(failure: Failure) -> Self {
        Self { is_clean: false, why: WriteFailure::of(&failure), failure: Some(failure) }
    }
}

fn give_up(writing: &Writing<'_>, why: &str) -> Stop {
    let page = writing.change.page;
    Stop::unknown(Failure::other(words::differs(page, why)))
}

/// The same conflict again and again while the comment stays the same: the service says why.
fn refused_for_good(writing: &mut Writing<'_>, facts: Facts, error: &HttpError) -> Stop {
    let failure = Failure::of_page(error);
    writing.outcome.events.push(failed(facts, &failure, error));
    Stop::unknown(failure)
}

/// A first comment that is refused although the page can be read is a permission; all else is a failure.
fn page_failed(writing: &mut Writing<'_>, facts: Facts, error: &HttpError, first_here: bool) -> Stop {
    let failure = Failure::of_page(error);
    let may_not = failure.kind != FailureKind::Credential && matches!(error.status(), Some(403 | 404));
    if first_here && may_not {
        writing.outcome.events.push(facts.refused(&failure, error));
        return Stop { is_clean: true, why: WriteFailure::Refused, failure: None };
    }
    writing.outcome.events.push(failed(facts, &failure, error));
    Stop { is_clean: first_here && !error.is_ambiguous(), ..Stop::unknown(failure) }
}

impl PageChange {
    fn write(&self, change: Change) -> Write {
        Write::Page { page: self.page, row: self.row.clone(), change }
    }
}
