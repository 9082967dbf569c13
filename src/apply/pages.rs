//! How does each page's comment come to say what it should?

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::audit::{Event, Outcome, Why, WriteFacts};
use crate::http::{self, HttpError};
use crate::ids::{FooterCommentId, PageName};
use crate::observe::{self, Unknown};
use crate::plan::{PageState, RowChange, Trouble, Write};
use crate::report::{Failure, FailureKind};
use crate::surface::page_comment::{self, OurComment, Wish};

use super::{PATIENCE, Writer, given_up, looks_again, read_again};

/// A page's comment is written and looked at again at most so often; under fifty runs at once each needs about as many
/// turns as there are others, so this only ends what would never end.
const MAX_TURNS: u32 = 200;

/// What came of a page's wish.
#[derive(Debug)]
pub struct PageOutcome {
    /// What its side is like now.
    pub state: PageState,
    /// Why it is not as wished.
    pub trouble: Option<Trouble>,
    /// The same for the exit code.
    pub failure: Option<Failure>,
    /// How many writes it took.
    pub writes: usize,
    /// Whether looking again found what the first turn of writes had left.
    pub course: Course,
}

/// How a page came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// By one turn of writes at most, each of which was answered.
    Straight,
    /// By more, or by writes of which nobody knows when they happened.
    Winding,
}

/// A page on its way to its wish.
#[derive(Debug)]
pub struct Writing<'a> {
    page: PageName,
    wish: &'a Wish,
    ours: Vec<OurComment>,
    turn: u32,
    patience: u32,
    added: bool,
    /// Whether the last write met a conflict, or is in doubt.
    stopped: Option<Stop>,
    course: Course,
    writes: usize,
    notes: Vec<Event>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Conflict,
    Unclear,
}

#[derive(Debug)]
struct End {
    state: PageState,
    trouble: Option<Trouble>,
    failure: Option<Failure>,
}

impl Writing<'_> {
    fn end(&mut self, state: PageState, trouble: Option<Trouble>, failure: Option<Failure>) {
        self.end = Some(End { state, trouble, failure });
    }

    /// How many writes it took so far.
    pub fn writes(&self) -> usize {
        self.writes
    }

    /// Whether a comment of ours is there that rows can be written to.
    fn holds_ours(&self) -> bool {
        self.ours.iter().any(OurComment::is_in_use)
    }

    fn give_up(&mut self) {
        let why = "it is not what was written, most likely because other runs change it too; the next run settles it";
        let failure = Failure::other(format!("our comment on {}: {why}", self.page));
        self.end(PageState::Unknown, Some(Trouble::Failed), Some(failure));
    }
}

impl Writer<'_> {
    /// Makes the first turn of writes to pages, as many at once as the service takes. One failure does not stop its
    /// neighbours.
    pub fn begin<'a>(
        &self,
        wishes: &'a BTreeMap<PageName, Wish>,
        pages: &BTreeMap<PageName, Vec<OurComment>>,
    ) -> Vec<Writing<'a>> {
        let jobs: Vec<(PageName, &Wish, &[OurComment])> =
            wishes.iter().filter_map(|(page, wish)| Some((*page, wish, pages.get(page)?.as_slice()))).collect();
        let mut begun = http::map(&jobs, |(page, wish, ours)| {
            let mut writing = Writing {
                page: *page,
                wish,
                ours: ours.to_vec(),
                turn: 0,
                patience: PATIENCE,
                added: false,
                stopped: None,
                course: Course::Straight,
                writes: 0,
                notes: Vec::new(),
                end: None,
            };
            self.change(&mut writing);
            writing
        });
        // In the order of the pages, not of their ends: the same run gives the same log.
        begun.iter_mut().for_each(|writing| self.tell(writing));
        begun
    }

    /// Reads the comments of these pages again, and follows the plan of each until it is empty.
    pub fn follow(&self, begun: Vec<Writing<'_>>) -> BTreeMap<PageName, PageOutcome> {
        let begun: Vec<Mutex<Writing<'_>>> = begun.into_iter().map(Mutex::new).collect();
        http::map(&begun, |writing| self.finish(&mut writing.lock().unwrap_or_else(PoisonError::into_inner)));
        let ended = begun.into_iter().map(|writing| writing.into_inner().unwrap_or_else(PoisonError::into_inner));
        let outcomes = ended.filter_map(|mut writing| {
            self.tell(&mut writing);
            let Writing { page, writes, course, end, .. } = writing;
            let End { state, trouble, failure } = end?;
            Some((page, PageOutcome { state, trouble, failure, writes, course }))
        });
        outcomes.collect()
    }

    fn tell(&self, writing: &mut Writing<'_>) {
        writing.notes.drain(..).for_each(|event| self.note(&event));
    }

    fn finish(&self, writing: &mut Writing<'_>) {
        while writing.end.is_none() {
            self.look_again(writing);
            if writing.end.is_none() {
                writing.turn += 1;
                if writing.turn == MAX_TURNS {
                    return writing.give_up();
                }
                self.change(writing);
            }
        }
    }

    /// One turn of the writes that lead from what was read to the wish. The end when there are none.
    fn change(&self, writing: &mut Writing<'_>) {
        let changes = page_comment::plan(&writing.ours, writing.wish);
        // One that was added and is not listed is not added again: a list that lags would fill the page.
        if writing.added && !writing.holds_ours() && !changes.is_empty() {
            return writing.give_up();
        }
        if changes.is_empty() {
            let state = match writing.wish {
                Wish::Linked(_) | Wish::Named(_) => PageState::Holds,
                Wish::Unlinked(_) | Wish::Removed(_) => PageState::Clean,
            };
            return writing.end(state, None, None);
        }
        if writing.turn > 0 {
            writing.course = Course::Winding;
        }
        let page = writing.page;
        for change in changes {
            let first_here = !writing.holds_ours();
            let write = Write::Page { page, row: RowChange::of(writing.wish), change };
            let facts = self.of_page(&write, &writing.ours);
            match self.page_write(&write) {
                Ok((added, request_id)) => {
                    let target = added.map(|id| id.to_string()).or_else(|| facts.target.clone());
                    let write = WriteFacts { target, ..facts };
                    writing.notes.push(Event::write(Outcome::Written, write, None, request_id));
                    writing.writes += 1;
                    writing.added |= first_here;
                }
                Err(error)
                    if looks_again(&error, &mut writing.patience) && !(first_here && error.status() == Some(404)) =>
                {
                    writing.notes.push(read_again(facts, &Failure::of_page(&error), &error));
                    let conflict = error.status() == Some(409);
                    writing.stopped = Some(if conflict { Stop::Conflict } else { Stop::Unclear });
                    writing.course = Course::Winding;
                    return;
                }
                Err(error) => return page_failed(writing, facts, &error, first_here),
            }
        }
    }

    fn look_again(&self, writing: &mut Writing<'_>) {
        let stopped = writing.stopped.take();
        if stopped.is_some() {
            self.pause(writing.turn);
        }
        let now = match observe::page_comments(self.confluence, writing.page, self.name) {
            Ok(now) => now,
            Err(unknown) => return page_unknown(writing, &unknown),
        };
        // A conflict with nobody: the version that was refused is still the newest.
        if stopped == Some(Stop::Conflict) && now == writing.ours {
            writing.patience = writing.patience.saturating_sub(1);
        }
        if writing.patience == 0 {
            return writing.give_up();
        }
        writing.ours = now;
    }

    /// Gives the id of what was added, if the answer tells, and the service's id of the request.
    fn page_write(&self, write: &Write) -> Result<(Option<FooterCommentId>, Option<String>), HttpError> {
        let Write::Page { page, change, .. } = write else { return Ok((None, None)) };
        let request_id = match change {
            page_comment::Change::Create { body } => return self.confluence.create_footer_comment(*page, body),
            page_comment::Change::Update { id, read_version, body }
            | page_comment::Change::Retire { id, read_version, body } => {
                self.confluence.update_footer_comment(*id, *read_version, body)
            }
            page_comment::Change::Delete { id } => self.confluence.delete_footer_comment(*id),
        }?;
        Ok((None, request_id))
    }
}

/// A first comment that is refused although the page can be read is a permission; all else is a failure.
fn page_failed(writing: &mut Writing<'_>, write: WriteFacts, error: &HttpError, first_here: bool) {
    let failure = Failure::of_page(error);
    let may_not = failure.kind != FailureKind::Credential && matches!(error.status(), Some(403 | 404));
    if first_here && may_not {
        // A 403 says so itself.
        let why = match error.status() {
            Some(403) => failure.sentence,
            _ => format!(
                "{}; the Confluence account may view the page and not comment on it: grant it \"Add comment\" in the space",
                failure.sentence
            ),
        };
        let request_id = error.request_id().map(str::to_owned);
        writing.notes.push(Event::write(Outcome::Refused, write, Some(Why::from(why)), request_id));
        return writing.end(PageState::Clean, Some(Trouble::Refused), None);
    }
    writing.notes.push(given_up(write, &failure, error));
    let state = if first_here && !error.in_doubt() { PageState::Clean } else { PageState::Unknown };
    if error.in_doubt() {
        writing.course = Course::Winding;
    }
    writing.end(state, Some(Trouble::of(&failure)), Some(failure));
}

fn page_unknown(writing: &mut Writing<'_>, unknown: &Unknown) {
    let failure = Failure::of_unknown(unknown);
    let what = format!("read our comment on {} again", writing.page);
    writing.notes.push(Event::Failed { what, why: Why::from(&failure), request_id: None });
    writing.end(PageState::Unknown, Some(Trouble::of(&failure)), Some(failure));
}
