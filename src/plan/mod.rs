//! Desired × observed → [`Plan`]: the ordered writes that lead from what exists to what should. Pure.
//!
//! *Record*: the ledger names a page before the page is first written. *Write*: everything else, in any order.
//! *Settle*: the ledger forgets the pages that were seen clean. A flat list would lose pages: a refused page write
//! followed by an update of the comment leaves a row nobody remembers.

mod edits;
mod foresee;
pub mod gate;
mod intent;
mod memory;
mod tasks;
mod trouble;
mod words;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::{PullRequest, PullRequestState};
use crate::confluence::Task;
use crate::ids::{CommitHash, Host, LabelTemplate, PageName};
use crate::mention::Mention;
use crate::page::{Kept, KeptPage, Linked, Resolution, Standing, Subject, Titles};
use crate::surface::gate_note;
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::{self, OurComment, Wish};
use crate::surface::page_row::{PullRequestName, Row, RowState};
use crate::surface::pull_request_comment::{self, Candidate, Content, Ownership};
use crate::surface::report::{self, Report};

pub use edits::{LeftUndone, MayEdit};
use gate::Verdict;
pub use intent::{Creates, Intent, Output, Outputs, Stated};
pub use trouble::Trouble;
pub use words::{comment_content, name, places, report_wanted};
pub use write::{Plan, RowChange, Write};

/// What is known of a page's side after reading or writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageState {
    /// Our row is there.
    Holds,
    /// No row of this pull request is there.
    Clean,
    /// Not known: it was not read, or a write's end is not known.
    Unknown,
}

/// Everything a plan rests on.
#[derive(Debug)]
pub struct Situation<'a> {
    /// Which pull request.
    pub name: &'a PullRequestName,
    /// The pull request.
    pub pull_request: &'a PullRequest,
    /// Its mentions that count.
    pub mentions: &'a [Mention],
    /// What they lead to.
    pub resolution: &'a Resolution,
    /// The tasks on the linked pages.
    pub tasks: &'a [Task],
    /// The page versions that were current at the merge, as far as a row does not say so yet.
    pub versions: &'a BTreeMap<PageName, u32>,
    /// Pages whose tasks could not be read.
    pub tasks_unread: &'a BTreeSet<PageName>,
    /// Whether the account may edit the pages on which a task is to be completed, or that are to be labelled.
    pub edits: &'a BTreeMap<PageName, MayEdit>,
    /// The labels of the pages that are to be labelled, as far as they could be read.
    pub labels: &'a BTreeMap<PageName, BTreeSet<String>>,
    /// How the label of a release is made.
    pub release_label: &'a LabelTemplate,
    /// What earlier runs remembered.
    pub ledger: &'a Ledger,
    /// The comments that carry our marker.
    pub candidates: &'a [Candidate],
    /// Our comments on the pages that were read.
    pub pages: &'a BTreeMap<PageName, Vec<OurComment>>,
    /// What is known of each page's side.
    pub states: &'a BTreeMap<PageName, PageState>,
    /// Pages whose writing failed in this run, by name, and how.
    pub troubles: &'a BTreeMap<PageName, Trouble>,
    /// Our report on the commit: `Err` when it is not known or not ours to write.
    pub report: &'a ReportSide,
    /// The commit the report is on.
    pub report_commit: Option<&'a CommitHash>,
    /// What the action wants.
    pub intent: Intent<'a>,
    /// Whether the pull request may pass; `None` when nobody judged.
    pub verdict: Option<&'a Verdict>,
    /// Whose titles are shown.
    pub titles: Titles,
    /// The site.
    pub site: &'a Host,
}

/// What is known of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportSide {
    /// It is not written in this run.
    Untouched,
    /// It exists like this, or not at all.
    Known(Option<Report>),
}

impl Situation<'_> {
    /// What each page should say. Pages without an entry are left as they are.
    pub fn wishes(&self) -> BTreeMap<PageName, Wish> {
        let mut wishes = BTreeMap::new();
        if self.intent.outputs.page_comment == Output::Off {
            return wishes;
        }
        if self.intent.stated == Stated::Gone {
            return self.removed().map(|page| (page, Wish::Removed(self.name.clone()))).collect();
        }
        for page in self.writable() {
            wishes.insert(page, self.linked(page));
        }
        for (page, kept) in &self.resolution.kept {
            if self.stays_written(*page, kept) {
                wishes.insert(*page, self.linked(*page));
            }
        }
        for page in &self.resolution.leaving {
            wishes.insert(*page, Wish::Unlinked(self.name.clone()));
        }
        wishes
    }

    /// The pages that should hold a row, in order of appearance.
    fn writable(&self) -> impl Iterator<Item = PageName> + '_ {
        let refused = |page: &PageName| self.troubles.get(page) == Some(&Trouble::Refused);
        let pages = self.resolution.linked.iter().filter_map(|linked| match (&linked.subject, linked.standing) {
            (Subject::Page(page), Standing::Writable) => Some(*page),
            // A row that is there must not say `open` for ever because too many pages are named now.
            (Subject::Page(page), Standing::ReadOnly(_)) if self.may_update(*page, linked) => Some(*page),
            (Subject::Page(_) | Subject::Board(..), _) => None,
        });
        pages.filter(move |page| !refused(page))
    }

    /// Whether a page that nothing names now holds a row all the same.
    fn stays_written(&self, page: PageName, kept: &KeptPage) -> bool {
        match kept.why {
            Kept::Unreachable | Kept::NotRead | Kept::NotWritten => false,
            Kept::Incomplete | Kept::KeyStillNamed => self.may_update(page, &kept.linked),
            Kept::Frozen => self.may_update(page, &kept.linked) || self.is_to_be_restored(page, kept),
        }
    }

    /// Whether our row is on a page and may be changed there.
    fn may_update(&self, page: PageName, linked: &Linked) -> bool {
        linked.standing.takes_changes() && self.states.get(&page) == Some(&PageState::Holds)
    }

    /// Whether a page of a merged pull request has lost its row by hand: nothing unlinks a merged pull request.
    fn is_to_be_restored(&self, page: PageName, kept: &KeptPage) -> bool {
        let clean = self.states.get(&page) == Some(&PageState::Clean);
        kept.why == Kept::Frozen && kept.linked.standing == Standing::Writable && clean
    }

    /// Whether a page is written for no other reason than that the comment remembers it.
    fn rests_on_memory(&self) -> bool {
        let restored = self.resolution.kept.iter().any(|(page, kept)| self.is_to_be_restored(*page, kept));
        let restores = restored && self.intent.outputs.page_comment == Output::On && self.intent.stated != Stated::Gone;
        restores || self.adds_where_only_memory_tells()
    }

    /// Whether an action that only updates adds to a page where nothing of ours is: then the comment on the pull request
    /// alone says that it was linked before.
    fn adds_where_only_memory_tells(&self) -> bool {
        let is_there =
            |page: &PageName| self.pages.get(page).is_some_and(|ours| ours.iter().any(OurComment::is_in_use));
        let adds = || self.page_writes().into_iter().chain(self.task_writes()).chain(self.label_writes());
        self.intent.creates == Creates::WhereKnown
            && adds().filter_map(|write| write.page()).any(|page| !is_there(&page))
    }

    /// The write that shows whether the comment is ours, when pages are written for no other reason than what it remembers:
    /// a stranger's could name any page.
    pub fn proof(&self, owners: &Ownership) -> Vec<Write> {
        if !self.rests_on_memory() || owners.knows(self.candidates) {
            return Vec::new();
        }
        let possible = self.candidates.iter().filter(|candidate| owners.may_be_ours(candidate));
        let first = possible.min_by_key(|candidate| candidate.id);
        let same = |candidate: &Candidate| pull_request_comment::Change::Update {
            id: candidate.id,
            body: candidate.raw.clone(),
        };
        first.map(|candidate| Write::Comment(same(candidate))).into_iter().collect()
    }

    /// The pages that hold our row and take changes, when all of it goes.
    fn removed(&self) -> impl Iterator<Item = PageName> + '_ {
        let named = self.resolution.linked.iter().filter_map(|linked| match &linked.subject {
            Subject::Page(page) => Some((*page, linked)),
            Subject::Board(..) => None,
        });
        let kept = self.resolution.kept.iter().map(|(page, kept)| (*page, &kept.linked));
        let known = named.chain(kept).filter(|(_, linked)| linked.standing.takes_changes()).map(|(page, _)| page);
        let is_there = |page: &PageName| {
            let going = |ours: &Vec<OurComment>| ours.iter().any(|comment| !comment.is_in_use());
            self.states.get(page) == Some(&PageState::Holds) || self.pages.get(page).is_some_and(going)
        };
        known.chain(self.resolution.leaving.iter().copied()).filter(is_there)
    }

    /// What a linked page says. The action states the state and a release; what is not stated is carried over.
    fn linked(&self, page: PageName) -> Wish {
        let state = match self.pull_request.state {
            PullRequestState::Open => RowState::Open,
            PullRequestState::Draft => RowState::Draft,
            PullRequestState::Merged => RowState::Merged,
            // Such a pull request has no mentions, so no page asks for this row.
            PullRequestState::Declined | PullRequestState::Superseded => RowState::Open,
            PullRequestState::Unknown => return Wish::Named(self.name.clone()),
        };
        let (title, author) = match self.titles {
            Titles::Auto => (Some(self.pull_request.title.clone()), self.pull_request.author_name.clone()),
            Titles::Never => (None, None),
        };
        let pull_request = self.name.clone();
        let version_at_merge = self.versions.get(&page).copied();
        let releases = match self.intent.stated {
            Stated::Released(release) => vec![release.to_string()],
            Stated::Present | Stated::Gone => Vec::new(),
        };
        Wish::Linked(Row { pull_request, title, state, version_at_merge, releases, author })
    }

    /// The plan, as far as it can be foreseen: settling depends on what the writes come to.
    pub fn plan(&self, owners: &Ownership) -> Plan {
        let mut write = self.page_writes();
        write.extend(self.report_writes());
        let completes = self.task_writes();
        // A task is completed only where that can be remembered.
        let remembers = completes.is_empty() || !self.candidates.is_empty();
        write.extend(completes);
        write.extend(self.label_writes());
        let recorded = self.recorded();
        let record = if recorded.pages.is_subset(&self.ledger.pages) && remembers {
            self.proof(owners)
        } else {
            self.comment_writes(owners, self.comment(&recorded, owners).as_deref(), self.candidates)
        };
        let tasks = self.tasks_after(|_| true);
        let after = Situation { tasks: &tasks, ..*self };
        let foreseen = after.foreseen();
        let wanted = after.comment(&foreseen, owners);
        let settled = match record.first() {
            Some(Write::Comment(
                pull_request_comment::Change::Create { body } | pull_request_comment::Change::Update { body, .. },
            )) => wanted.as_ref() == Some(body),
            _ => false,
        };
        let settle =
            if settled { Vec::new() } else { self.comment_writes_to_the_end(owners, wanted.as_deref(), &record) };
        Plan { record, write, follow: self.page_writes_that_follow(), settle }
    }

    fn page_writes(&self) -> Vec<Write> {
        let wishes = self.wishes();
        let changes = wishes.iter().flat_map(|(page, wish)| {
            let changes = self.pages.get(page).map(|ours| page_comment::plan(ours, wish)).unwrap_or_default();
            changes.into_iter().map(|change| Write::Page { page: *page, row: RowChange::of(wish), change })
        });
        changes.collect()
    }

    /// The changes that lead to the report, in their order, as far as it is ours to write.
    pub fn report_writes(&self) -> Vec<Write> {
        let ReportSide::Known(existing) = self.report else { return Vec::new() };
        let judged = !matches!(self.verdict, None | Some(Verdict::NotAsked));
        let sees_less = self.sees_less();
        if sees_less && !judged {
            return Vec::new();
        }
        let mut wanted = report_wanted(self);
        // What an earlier run read and this one could not is no reason to take a link away.
        if let Some(existing) = existing.as_ref().filter(|_| sees_less || self.knows_no_state()) {
            if !judged && existing.links_more_than(wanted.as_ref()) {
                return Vec::new();
            }
            wanted = wanted.map(|wanted| wanted.keeping_links_of(existing));
        }
        report::plan(existing.as_ref(), wanted.as_ref()).into_iter().map(Write::Report).collect()
    }

    fn knows_no_state(&self) -> bool {
        self.pull_request.state == PullRequestState::Unknown
    }

    /// The same before the pages are written: only when other pages are to be shown, or another verdict. What came of the
    /// writes is told later, so that a lasting failure does not change the report to and fro.
    pub fn early_report_writes(&self) -> Vec<Write> {
        let early = |report: &Option<Report>| {
            let told = |report: &Report| {
                let Report { title, details: _, result, link, links, annotations } = report.clone();
                (title, result, link, links, annotations)
            };
            report.as_ref().map(told)
        };
        match self.report {
            ReportSide::Known(existing) if early(existing) != early(&report_wanted(self)) => self.report_writes(),
            ReportSide::Known(_) | ReportSide::Untouched => Vec::new(),
        }
    }

    /// The changes that lead to a comment.
    pub fn comment_writes(&self, owners: &Ownership, wanted: Option<&str>, candidates: &[Candidate]) -> Vec<Write> {
        let emptied = self.emptied();
        let changes = pull_request_comment::plan(candidates, owners, wanted, &emptied).into_iter();
        // Switched off, a comment that is there is kept true, and none is added.
        let allowed = |change: &pull_request_comment::Change| {
            self.intent.outputs.comment == Output::On || !matches!(change, pull_request_comment::Change::Create { .. })
        };
        changes.filter(allowed).map(Write::Comment).collect()
    }

    /// What a comment of ours says before it is deleted.
    pub fn emptied(&self) -> String {
        let markers = Ledger::default().render(self.site);
        pull_request_comment::join("No Confluence page is linked any more.", &markers)
    }

    /// The whole comment for a ledger; `None` when there is nothing to say and nothing to remember.
    pub fn comment(&self, ledger: &Ledger, owners: &Ownership) -> Option<String> {
        match self.intent.outputs.comment {
            Output::On if self.sees_less() => {
                let gate = self.gate_line(owners);
                let seen = |visible: &str| pull_request_comment::with_gate(visible, gate.as_deref());
                self.as_it_was(ledger, owners, seen).or_else(|| self.anew(ledger, owners))
            }
            Output::On => self.anew(ledger, owners),
            Output::Off => self.as_it_was(ledger, owners, str::to_owned),
        }
    }

    /// Whether less is known of linked pages than what is shown of them already, and nothing that is shown must go.
    fn sees_less(&self) -> bool {
        self.resolution.kept.values().any(|kept| kept.why == Kept::NotRead) && !self.resolution.hides_a_page()
    }

    fn anew(&self, ledger: &Ledger, owners: &Ownership) -> Option<String> {
        let content = Content { gate: self.gate_line(owners), ..comment_content(self) };
        let shown = !content.rows.is_empty()
            && match self.intent.creates {
                Creates::Freely => true,
                Creates::WhereKnown => !self.candidates.is_empty(),
            };
        let said = (shown && self.intent.stated != Stated::Gone) || !ledger.closed.is_empty();
        let needed = !ledger.pages.is_empty() || said || content.gate.is_some();
        needed.then(|| pull_request_comment::render(&content, ledger, self.site))
    }

    /// What the comment says of the gate. Whoever does not judge an open pull request leaves it as it is.
    fn gate_line(&self, owners: &Ownership) -> Option<String> {
        match self.verdict {
            Some(Verdict::Unmet(_)) => self.verdict.map(|verdict| gate_note::unmet(&verdict.sentences())),
            Some(Verdict::Waived(place)) => Some(gate_note::waived(place.word())),
            Some(Verdict::NotAsked | Verdict::Exempt | Verdict::Met) => None,
            None if self.intent.stated == Stated::Gone => None,
            None => match self.pull_request.state {
                PullRequestState::Open | PullRequestState::Draft | PullRequestState::Unknown => {
                    self.kept_comment(owners).and_then(|kept| gate_note::of(&kept.visible)).map(str::to_owned)
                }
                PullRequestState::Merged | PullRequestState::Declined | PullRequestState::Superseded => None,
            },
        }
    }

    /// What people see of it stays, as far as `seen` leaves it, and the ledger is kept true.
    fn as_it_was(&self, ledger: &Ledger, owners: &Ownership, seen: impl Fn(&str) -> String) -> Option<String> {
        let kept = self.kept_comment(owners)?;
        Some(pull_request_comment::join(&seen(&kept.visible), &ledger.render(self.site)))
    }

    fn kept_comment(&self, owners: &Ownership) -> Option<&Candidate> {
        let ours = self.candidates.iter().filter(|candidate| owners.may_be_ours(candidate));
        ours.min_by_key(|candidate| candidate.id)
    }
}
