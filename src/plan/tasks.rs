//! Which tasks does a merged pull request complete, and why not the others?

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::PullRequestState;
use crate::confluence::Task;
use crate::ids::{ContentId, GlobalTaskId, PageName, TaskId};
use crate::mention::{Closing, Doubt, Mention};
use crate::page::{Face, Fate, Linked, ReadOnly, Standing, Subject, target_word};
use crate::surface::ledger::Ledger;

use super::edits::NOT_READ;
use super::{LeftUndone, MayEdit, Output, Situation, Stated, Write};

/// What becomes of a task that the merged pull request closes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is to be completed.
    Complete(GlobalTaskId),
    /// Somebody has completed it, or an earlier run has.
    Done,
    /// An earlier run saw it complete, so it is left alone for ever.
    Remembered,
    /// It is not completed.
    Left(&'static str),
}

const NOT_LINKED: &str = "no page is linked for it; the lines above say why";
const SEVERAL: &str = "it leads to several pages: name the one by its URL";
const NO_PAGE: &str = "only pages and blog posts have tasks";
const READ_ONLY: &str = "its page takes no changes; the line that begins with `Found` says why";
const NEVER_LINKED: &str = "its page was never linked to this pull request, and only ACTION `backfill` adds one";
const NO_TASK: &str = "its page has no such task: take the number from a link to the task, behind `focusedTaskId=`";
const MAY_NOT: &str = "the Confluence account may not edit the page: grant it that, or take `tasks` out of PAGE_OUTPUT";
const TOO_MANY: &str = "a pull request completes 40 tasks at most: tick it off by hand";
const NEGATED: &str = "a text says that it is not closed: tick it off by hand if it is done";
const REVERTED: &str = "a revert names it: tick it off by hand if it is done";
const UNTICKED: &str = "its box in the list of closed tasks is empty: tick it off by hand if it is done";
const NOT_SHOWN: &str = "it cannot be completed by this pipe; who may view its page sees why";

impl Situation<'_> {
    /// The tasks that were seen complete after the merge, by earlier runs and by this one.
    pub(super) fn closed(&self) -> BTreeSet<(ContentId, TaskId)> {
        if self.intent.stated == Stated::Gone {
            return BTreeSet::new();
        }
        let mut closed = self.ledger.closed.clone();
        let done = self.closing_tasks().into_iter().filter(|(_, verdict)| *verdict == Verdict::Done);
        for ((page, number), _) in done {
            if closed.len() < Ledger::MAX_CLOSED {
                closed.insert((page.id, number));
            }
        }
        closed
    }

    /// The tasks that are to be completed.
    pub(super) fn task_writes(&self) -> Vec<Write> {
        let all = self.closing_tasks().into_iter();
        let writes = all.filter_map(|((page, number), verdict)| match verdict {
            Verdict::Complete(id) => Some(Write::Task { page, number, id }),
            Verdict::Done | Verdict::Remembered | Verdict::Left(_) => None,
        });
        writes.collect()
    }

    /// The tasks that are closed by the pull request and not completed.
    pub fn tasks_left(&self) -> Vec<LeftUndone> {
        let of_pages = self.closing_tasks().into_iter().filter_map(|((page, number), verdict)| match verdict {
            Verdict::Left(why) => {
                Some(LeftUndone { page: Some(page), what: format!("complete task {number} of {page}"), why })
            }
            Verdict::Complete(_) | Verdict::Done | Verdict::Remembered => None,
        });
        let nowhere = self.closing_mentions().filter_map(|(mention, number, page)| {
            let what = format!("complete task {number} of {}", target_word(&mention.target));
            page.err().map(|why| LeftUndone { page: None, what, why })
        });
        let doubtful = self.tasks_of_merged().filter_map(|(mention, number, closing, _)| {
            let Closing::Withheld(doubt) = closing else { return None };
            let why = match doubt {
                Doubt::Negated => NEGATED,
                Doubt::Reverted => REVERTED,
                Doubt::Unticked => UNTICKED,
            };
            let what = format!("complete task {number} of {}", target_word(&mention.target));
            Some(LeftUndone { page: None, what, why })
        });
        of_pages.chain(nowhere).chain(doubtful).collect()
    }

    /// The pages on which a task may have to be completed, as far as that is known before their tasks are read.
    pub fn pages_with_closing_tasks(&self) -> BTreeSet<PageName> {
        let open = self.closing_mentions().filter_map(|(_, number, page)| Some((page.ok()?, number)));
        let open = open.filter(|(page, number)| !self.is_remembered(*page, number));
        open.filter(|(page, _)| self.takes_edits(*page).is_ok()).map(|(page, _)| page).collect()
    }

    /// The tasks as they are once those writes are done of which `done` holds.
    pub fn tasks_after(&self, done: impl Fn(&Write) -> bool) -> Vec<Task> {
        let writes: Vec<Write> = self.task_writes().into_iter().filter(done).collect();
        let completed =
            |task: &Task| writes.iter().any(|write| matches!(write, Write::Task { id, .. } if *id == task.id));
        self.tasks.iter().map(|task| Task { done: task.done || completed(task), ..task.clone() }).collect()
    }

    /// The tasks that the merged pull request closes, each with the page it is on, or why there is none.
    fn closing_mentions(&self) -> impl Iterator<Item = (&Mention, &TaskId, Result<PageName, &'static str>)> {
        let closes = self.tasks_of_merged().filter(|(_, _, closing, _)| *closing == Closing::Closes);
        closes.map(|(mention, number, _, fate)| (mention, number, only_page(fate)))
    }

    /// Every task that the merged pull request names, if tasks are completed at all.
    fn tasks_of_merged(&self) -> impl Iterator<Item = (&Mention, &TaskId, Closing, &Fate)> {
        let wanted = self.intent.outputs.tasks == Output::On
            && self.intent.stated != Stated::Gone
            && self.pull_request.state == PullRequestState::Merged;
        let all = self.mentions.iter().zip(&self.resolution.fates).filter(move |_| wanted);
        all.flat_map(|(mention, fate)| mention.tasks.iter().map(move |(number, said)| (mention, number, *said, fate)))
    }

    fn closing_tasks(&self) -> BTreeMap<(PageName, TaskId), Verdict> {
        let named = self.closing_mentions();
        let named: BTreeSet<_> = named.filter_map(|(_, number, page)| Some((page.ok()?, number.clone()))).collect();
        let mut room = Ledger::MAX_CLOSED.saturating_sub(self.ledger.closed.len());
        let mut verdicts = BTreeMap::new();
        for (page, number) in named {
            let verdict = match self.verdict(page, &number) {
                Verdict::Complete(_) | Verdict::Done if room == 0 => Verdict::Left(TOO_MANY),
                verdict => verdict,
            };
            if matches!(verdict, Verdict::Complete(_) | Verdict::Done) {
                room -= 1;
            }
            verdicts.insert((page, number), verdict);
        }
        verdicts
    }

    fn verdict(&self, page: PageName, number: &TaskId) -> Verdict {
        if self.is_remembered(page, number) {
            return Verdict::Remembered;
        }
        let linked = match self.takes_edits(page) {
            Ok(linked) => linked,
            Err(why) => return Verdict::Left(why),
        };
        let shown = |why: &'static str| Verdict::Left(if linked.face == Face::Hidden { NOT_SHOWN } else { why });
        if self.tasks_unread.contains(&page) {
            return Verdict::Left(NOT_READ);
        }
        let mut tasks = self.tasks.iter().filter(|task| task.page == page.id && task.local_id == *number);
        // Two of one number are no number.
        let (Some(task), None) = (tasks.next(), tasks.next()) else { return shown(NO_TASK) };
        match self.edits.get(&page) {
            _ if task.done => Verdict::Done,
            Some(MayEdit::Yes) => Verdict::Complete(task.id.clone()),
            Some(MayEdit::No) => shown(MAY_NOT),
            Some(MayEdit::NotKnown) | None => Verdict::Left(NOT_READ),
        }
    }

    fn is_remembered(&self, page: PageName, number: &TaskId) -> bool {
        self.ledger.closed.contains(&(page.id, number.clone()))
    }

    /// The page, if its tasks may be completed as far as its own kind and place tell.
    fn takes_edits(&self, page: PageName) -> Result<&Linked, &'static str> {
        let linked = self.resolution.linked.iter().find(|linked| linked.subject == Subject::Page(page));
        let linked = linked.ok_or(NOT_LINKED)?;
        match linked.standing {
            // Whoever may not comment on a page may still edit it.
            Standing::Writable | Standing::ReadOnly(ReadOnly::Refused | ReadOnly::NotAsked) => {
                if self.was_linked_before() { Ok(linked) } else { Err(NEVER_LINKED) }
            }
            Standing::ReadOnly(ReadOnly::NotBackfilled) => Err(NEVER_LINKED),
            Standing::ReadOnly(ReadOnly::NotShown) => Err(NOT_SHOWN),
            Standing::ReadOnly(_) => Err(READ_ONLY),
        }
    }
}

/// The page that a mention leads to, if that is one page and nothing beside.
fn only_page(fate: &Fate) -> Result<PageName, &'static str> {
    match fate {
        Fate::Linked(subjects) => match subjects.as_slice() {
            [Subject::Page(page)] => Ok(*page),
            [Subject::Board(..)] => Err(NO_PAGE),
            _ => Err(SEVERAL),
        },
        Fate::Ambiguous(_) => Err(SEVERAL),
        Fate::NoPage | Fate::NotVisible | Fate::LeftOut | Fate::NotRead => Err(NOT_LINKED),
    }
}
