//! Plan → what came of it. The only caller of endpoints that write.
//!
//! It decides nothing: the next change always comes from the pure plan of a surface, given what was just read. A write
//! that met a conflict, or may or may not have happened, is followed by reading again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::audit::{Audit, Event};
use crate::bitbucket::{Bitbucket, ListEnd, WireReport};
use crate::clock::Clock;
use crate::confluence::Confluence;
use crate::http::{self, HttpError};
use crate::ids::{AccountId, CommitHash, Host, PageName};
use crate::observe::{self, Unknown};
use crate::plan::{PageState, RowChange, Trouble, Write};
use crate::report::Failure;
use crate::surface::page_comment::{self, OurComment, Wish};
use crate::surface::page_row::PullRequestName;
use crate::surface::pull_request_comment::{self as comment, Candidate, Ownership};
use crate::surface::report::{self, Report, ReportResult};

/// A page's comment is written and looked at again at most so often; under fifty runs at once each needs about as many
/// turns as there are others, so this only ends what would never end.
const MAX_TURNS: u32 = 200;

/// The pull request's comment has no versions to fight over.
const MAX_COMMENT_TURNS: u32 = 12;

/// The most comments that one run adds to the pull request.
const MAX_ADDED: u32 = 3;

/// How many writes in a row may end unclear before it is a failure.
const PATIENCE: u32 = 4;

/// Everything that writes need.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// Bitbucket.
    pub bitbucket: &'a Bitbucket,
    /// Confluence.
    pub confluence: &'a Confluence,
    /// Our account there.
    pub me: &'a AccountId,
    /// The site, as markers and report ids name it.
    pub site: &'a Host,
    /// The pull request, as rows name it.
    pub name: &'a PullRequestName,
    /// Pages of which nothing may be shown, not even by a service's words.
    pub hidden: &'a BTreeSet<PageName>,
    /// For pauses between turns.
    pub clock: &'a Clock,
    /// For what was done.
    pub audit: &'a Audit<'a>,
}

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
            if added && ours.is_empty() && !changes.is_empty() {
                break;
            }
            if changes.is_empty() {
                let state = match wish {
                    Wish::Linked(_) => PageState::Holds,
                    Wish::Unlinked(_) => PageState::Clean,
                };
                return PageOutcome { state, trouble: None, failure: None, writes };
            }
            for change in changes {
                let first_here = ours.is_empty();
                let write = Write::Page { page, row: RowChange::of(wish), change };
                match self.page_write(page, &write, notes) {
                    Ok(()) => {
                        writes += 1;
                        added |= first_here;
                    }
                    Err(error)
                        if looks_again(&error, &mut patience) && !(first_here && error.status() == Some(404)) =>
                    {
                        conflicted = error.status() == Some(409);
                        self.pause(turn);
                        break;
                    }
                    Err(error) => return self.page_failed(&write, &error, first_here, writes, notes),
                }
            }
            let now = match observe::page_comments(self.confluence, page, self.me, self.name) {
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

    fn page_write(&self, page: PageName, write: &Write, notes: &mut Vec<Event>) -> Result<(), HttpError> {
        let Write::Page { change, .. } = write else { return Ok(()) };
        let request_id = match change {
            page_comment::Change::Create { body } => self.confluence.create_footer_comment(page, body),
            page_comment::Change::Update { id, read_version, body } => {
                self.confluence.update_footer_comment(*id, *read_version, body)
            }
            page_comment::Change::Delete { id } => self.confluence.delete_footer_comment(*id),
        }?;
        notes.push(written(write, request_id));
        Ok(())
    }

    /// A first comment that is refused although the page can be read is a permission; all else is a failure.
    fn page_failed(
        &self,
        write: &Write,
        error: &HttpError,
        first_here: bool,
        writes: usize,
        notes: &mut Vec<Event>,
    ) -> PageOutcome {
        let request_id = error.request_id().map(str::to_owned);
        let what = write.to_string();
        if first_here && matches!(error.status(), Some(403 | 404)) {
            let why =
                "the Confluence account may view the page and not comment on it; grant it \"Add comment\" in the space";
            let page = write.page().map(|page| page.to_string());
            notes.push(Event::Refused { place: write.place(), page, what, why: why.to_owned(), request_id });
            return PageOutcome { state: PageState::Clean, trouble: Some(Trouble::Refused), failure: None, writes };
        }
        let hidden = write.page().is_some_and(|page| self.hidden.contains(&page));
        let failure = if hidden { Failure::of_hidden(error) } else { Failure::of(error) };
        notes.push(Event::Failed { what, why: failure.sentence.clone(), request_id });
        let state = if first_here && !error.in_doubt() { PageState::Clean } else { PageState::Unknown };
        PageOutcome { state, trouble: Some(Trouble::Failed), failure: Some(failure), writes }
    }

    /// Writes the report and tells whether it was written. A failing report never fails the run: tokens with every
    /// documented scope were seen to be refused.
    pub fn report(&self, commit: &CommitHash, change: &report::Change) -> bool {
        let id = report::id(self.site);
        let done = match change {
            report::Change::Put(report) => self.bitbucket.put_report(commit, &id, &wire(report)),
            report::Change::Delete => self.bitbucket.delete_report(commit, &id),
        };
        let write = Write::Report(change.clone());
        match done {
            Ok(request_id) => {
                self.written(&write, request_id);
                true
            }
            Err(error) => {
                let request_id = error.request_id().map(str::to_owned);
                let why = Failure::of(&error).sentence;
                let page = None;
                self.note(&Event::Refused { place: write.place(), page, what: write.to_string(), why, request_id });
                false
            }
        }
    }

    /// Makes the changes to the pull request's comments that `plan` gives for the candidates, reading again after a
    /// conflict, until there are none. `check` says whether to read again after success too.
    pub fn comment(
        &self,
        candidates: &mut Vec<Candidate>,
        owners: &mut Ownership,
        check: Check,
        plan: impl Fn(&[Candidate], &Ownership) -> Vec<Write>,
    ) -> Result<usize, Failure> {
        let mut writes = 0;
        let mut patience = PATIENCE;
        let mut turn = 0;
        while turn < MAX_COMMENT_TURNS {
            turn += 1;
            let changes = plan(candidates, owners);
            if changes.is_empty() {
                return Ok(writes);
            }
            let adds = |write: &Write| matches!(write, Write::Comment(comment::Change::Create { .. }));
            // One that was added and is not listed is not added again: a list that lags would fill the pull request.
            if owners.added >= MAX_ADDED && changes.iter().any(adds) {
                break;
            }
            let mut again = check == Check::ReadAgain;
            for write in changes {
                let Write::Comment(change) = &write else { continue };
                match self.comment_write(change, candidates, owners) {
                    Ok(request_id) => {
                        writes += 1;
                        self.written(&write, request_id);
                    }
                    // Somebody else's comment is no turn: there can be any number of them.
                    Err(error) if error.status() == Some(403) && self.foreign(change, candidates, owners) => {
                        turn -= 1;
                        break;
                    }
                    Err(error) if looks_again(&error, &mut patience) => {
                        self.pause(turn);
                        again = true;
                        break;
                    }
                    Err(error) => {
                        let failure = Failure::of(&error);
                        let request_id = error.request_id().map(str::to_owned);
                        self.note(&Event::Failed {
                            what: write.to_string(),
                            why: failure.sentence.clone(),
                            request_id,
                        });
                        return Err(failure);
                    }
                }
            }
            if again {
                *candidates = self.candidates()?;
            }
        }
        Err(Failure::other(
            "our comment on the pull request is not what was written, most likely because other runs change it too"
                .to_owned(),
        ))
    }

    /// The comments that carry our marker, read again.
    pub fn candidates(&self) -> Result<Vec<Candidate>, Failure> {
        let (comments, end) = self.bitbucket.comments(self.name.id);
        all_comments(end)?;
        Ok(observe::candidates(comments, self.site))
    }

    fn comment_write(
        &self,
        change: &comment::Change,
        candidates: &mut Vec<Candidate>,
        owners: &mut Ownership,
    ) -> Result<Option<String>, HttpError> {
        let (written, request_id) = match change {
            comment::Change::Create { body } => {
                let created = self.bitbucket.create_comment(self.name.id, body)?;
                owners.added += 1;
                created
            }
            comment::Change::Update { id, body } => self.bitbucket.update_comment(self.name.id, *id, body)?,
            comment::Change::Delete { id } => {
                let request_id = self.bitbucket.delete_comment(self.name.id, *id)?;
                candidates.retain(|candidate| candidate.id != *id);
                return Ok(request_id);
            }
        };
        owners.is_ours(written.id, written.author.clone());
        candidates.retain(|candidate| candidate.id != written.id);
        candidates.extend(observe::candidates(vec![written], self.site));
        Ok(request_id)
    }

    /// Notes that a comment which refused a write is somebody else's; `false` when the refusal was about adding one.
    fn foreign(&self, change: &comment::Change, candidates: &[Candidate], owners: &mut Ownership) -> bool {
        let id = match change {
            comment::Change::Create { .. } => return false,
            comment::Change::Update { id, .. } | comment::Change::Delete { id } => *id,
        };
        let Some(candidate) = candidates.iter().find(|candidate| candidate.id == id) else { return false };
        owners.is_foreign(candidate);
        self.note(&Event::ForeignComment { comment: id.to_string() });
        true
    }

    fn written(&self, write: &Write, request_id: Option<String>) {
        self.note(&written(write, request_id));
    }

    fn note(&self, event: &Event) {
        self.audit.note(Some(self.name.id), event);
    }

    /// Longer with every turn, so that many runs on one page take turns instead of colliding.
    fn pause(&self, turn: u32) {
        let most = Duration::from_millis(20) * turn.saturating_add(1).min(25);
        self.clock.sleep(most.mul_f64(self.clock.jitter()));
    }
}

/// Whether a successful write of a comment is followed by reading the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is: two runs may have written at the same moment.
    ReadAgain,
    /// It is not: a later stage reads anyway.
    Later,
}

fn page_unknown(page: PageName, unknown: &Unknown, writes: usize, notes: &mut Vec<Event>) -> PageOutcome {
    let failure = Failure::of_unknown(unknown);
    let what = format!("read our comment on {page} again");
    notes.push(Event::Failed { what, why: failure.sentence.clone(), request_id: None });
    PageOutcome { state: PageState::Unknown, trouble: Some(Trouble::Failed), failure: Some(failure), writes }
}

fn written(write: &Write, request_id: Option<String>) -> Event {
    let page = write.page().map(|page| page.to_string());
    Event::Written { place: write.place(), page, what: write.to_string(), request_id }
}

/// A conflict, something just listed that is gone, or a write that may have happened. Conflicts end by themselves, the
/// others only as long as patience lasts.
fn looks_again(error: &HttpError, patience: &mut u32) -> bool {
    if error.is_out_of_budget() {
        return false;
    }
    if error.status() == Some(409) {
        return true;
    }
    let unclear = error.in_doubt() || error.status() == Some(404);
    if unclear {
        *patience = patience.saturating_sub(1);
    }
    unclear && *patience > 0
}

/// Ours could be among comments that were not read, and a second one is worse than none.
pub fn all_comments(end: ListEnd) -> Result<(), Failure> {
    match end {
        ListEnd::Complete => Ok(()),
        ListEnd::Failed(error) => Err(Failure::of(&error)),
        ListEnd::Capped => Err(Failure::other("the pull request has more than 10,000 comments".to_owned())),
    }
}

fn wire(report: &Report) -> WireReport {
    let result = match report.result {
        ReportResult::Passed => "PASSED",
        ReportResult::Failed => "FAILED",
    };
    let links = report.links.iter().map(|link| (link.title.clone(), link.text.clone(), link.href.clone()));
    WireReport {
        title: report.title.clone(),
        details: report.details.clone(),
        result: result.to_owned(),
        link: report.link.clone(),
        links: links.collect(),
    }
}
