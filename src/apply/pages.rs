//! How does each page's comment come to say what it should?

use std::collections::BTreeMap;

use crate::audit::{Event, WriteFacts};
use crate::http::{self, HttpError};
use crate::ids::PageName;
use crate::observe::{self, Unknown};
use crate::plan::{PageState, RowChange, Trouble, Write};
use crate::report::{Failure, FailureKind};
use crate::surface::page_comment::{self, OurComment, Wish};

use super::{PATIENCE, Writer, in_doubt, looks_again};

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
}

impl Writer<'_> {
    /// Writes pages, as many at once as the service takes. One failure does not stop its neighbours.
    pub fn write(
        &self,
        wishes: &BTreeMap<PageName, Wish>,
        pages: &BTreeMap<PageName, Vec<OurComment>>,
    ) -> BTreeMap<PageName, PageOutcome> {
        let jobs: Vec<(PageName, &Wish, &[OurComment])> =
            wishes.iter().filter_map(|(page, wish)| Some((*page, wish, pages.get(page)?.as_slice()))).collect();
        let done = http::map(&jobs, |(page, wish, ours)| {
            let mut notes = Vec::new();
            (*page, self.page(*page, wish, ours, &mut notes), notes)
        });
        let mut outcomes = BTreeMap::new();
        for (page, outcome, notes) in done {
            // In the order of the pages, not of their ends: the same run gives the same log.
            notes.iter().for_each(|event| self.note(event));
            outcomes.insert(page, outcome);
        }
        outcomes
    }

    /// Follows the plan of one page until it is empty.
    fn page(&self, page: PageName, wish: &Wish, first: &[OurComment], notes: &mut Vec<Event>) -> PageOutcome {
        let mut ours = first.to_vec();
        let mut writes = 0;
        let mut patience = PATIENCE;
        let mut added = false;
        let mut conflicted = false;
        for turn in 0..MAX_TURNS {
            let changes = page_comment::plan(&ours, wish);
            // One that was added and is not listed is not added again: a list that lags would fill the page.
            if added && !ours.iter().any(OurComment::is_in_use) && !changes.is_empty() {
                break;
            }
            if changes.is_empty() {
                let state = match wish {
                    Wish::Linked(_) | Wish::Named(_) => PageState::Holds,
                    Wish::Unlinked(_) | Wish::Removed(_) => PageState::Clean,
                };
                return PageOutcome { state, trouble: None, failure: None, writes };
            }
            for change in changes {
                let first_here = !ours.iter().any(OurComment::is_in_use);
                let write = Write::Page { page, row: RowChange::of(wish), change };
                let facts = self.of_page(&write, &ours);
                match self.page_write(page, &write) {
                    Ok(request_id) => {
                        notes.push(Event::Written { write: facts, request_id });
                        writes += 1;
                        added |= first_here;
                    }
                    Err(error)
                        if looks_again(&error, &mut patience) && !(first_here && error.status() == Some(404)) =>
                    {
                        if error.in_doubt() {
                            notes.push(in_doubt(facts, Failure::of_page(&error).sentence, &error));
                        }
                        conflicted = error.status() == Some(409);
                        self.pause(turn);
                        break;
                    }
                    Err(error) => return page_failed(facts, &error, first_here, writes, notes),
                }
            }
            let now = match observe::page_comments(self.confluence, page, self.name) {
                Ok(now) => now,
                Err(unknown) => return page_unknown(page, &unknown, writes, notes),
            };
            // A conflict with nobody: the version that was refused is still the newest.
            if std::mem::take(&mut conflicted) && now == ours {
                patience = patience.saturating_sub(1);
            }
            if patience == 0 {
                break;
            }
            ours = now;
        }
        let why = "it is not what was written, most likely because other runs change it too; the next run settles it";
        let failure = Failure::other(format!("our comment on {page}: {why}"));
        PageOutcome { state: PageState::Unknown, trouble: Some(Trouble::Failed), failure: Some(failure), writes }
    }

    fn page_write(&self, page: PageName, write: &Write) -> Result<Option<String>, HttpError> {
        let Write::Page { change, .. } = write else { return Ok(None) };
        match change {
            page_comment::Change::Create { body } => self.confluence.create_footer_comment(page, body),
            page_comment::Change::Update { id, read_version, body }
            | page_comment::Change::Retire { id, read_version, body } => {
                self.confluence.update_footer_comment(*id, *read_version, body)
            }
            page_comment::Change::Delete { id } => self.confluence.delete_footer_comment(*id),
        }
    }
}

/// A first comment that is refused although the page can be read is a permission; all else is a failure.
fn page_failed(
    write: WriteFacts,
    error: &HttpError,
    first_here: bool,
    writes: usize,
    notes: &mut Vec<Event>,
) -> PageOutcome {
    let request_id = error.request_id().map(str::to_owned);
    let failure = Failure::of_page(error);
    let may_not = failure.kind != FailureKind::Credential && matches!(error.status(), Some(403 | 404));
    if first_here && may_not {
        let why = format!(
            "{}; the Confluence account may view the page and not comment on it: grant it \"Add comment\" in the space",
            failure.sentence
        );
        notes.push(Event::Refused { write, why, request_id });
        return PageOutcome { state: PageState::Clean, trouble: Some(Trouble::Refused), failure: None, writes };
    }
    notes.push(Event::NotWritten { write, why: failure.sentence.clone(), request_id });
    let state = if first_here && !error.in_doubt() { PageState::Clean } else { PageState::Unknown };
    PageOutcome { state, trouble: Some(Trouble::of(&failure)), failure: Some(failure), writes }
}

fn page_unknown(page: PageName, unknown: &Unknown, writes: usize, notes: &mut Vec<Event>) -> PageOutcome {
    let failure = Failure::of_unknown(unknown);
    let what = format!("read our comment on {page} again");
    notes.push(Event::Failed { what, why: failure.sentence.clone(), request_id: None });
    let trouble = Some(Trouble::of(&failure));
    PageOutcome { state: PageState::Unknown, trouble, failure: Some(failure), writes }
}
