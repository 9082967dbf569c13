//! The tasks to complete with a row, and the edits that are wanted and not even tried.
//!
//! Only rows keep state between runs: an edit belongs to the run that moves a row, and a page without a row gets none.

use std::collections::BTreeSet;

use crate::confluence::Task;
use crate::ids::{GlobalTaskId, Label, PageName, TaskId};
use crate::mention::Closing;
use crate::page::{MentionOutcome, Page, ReadOnly, Subject, Writability, target_word};
use crate::surface::page_row::RowState;

use super::{Operation, Output, PlanInput, words};

/// An edit of a page, made before its row is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    CompleteTask {
        /// Its number on the page.
        number: TaskId,
        id: GlobalTaskId,
    },
    /// The page gets one more label.
    AddLabel(Label),
}

/// An edit that is wanted and not even tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkippedEdit {
    /// The page, as far as there is one.
    pub page: Option<PageName>,
    /// What was wanted, as the end of a sentence.
    pub what: String,
    /// Why it is not tried, and what to do.
    pub why: &'static str,
}

/// The most tasks that one pull request completes.
pub(crate) const MAX_TASKS: usize = 40;

/// Whether the pull request completes tasks now.
fn completes_tasks(input: &PlanInput<'_>) -> bool {
    let merged = input.texts.pull_request.state == crate::bitbucket::PullRequestState::Merged;
    input.intent.outputs.tasks == Output::On && input.intent.operation != Operation::Remove && merged
}

/// The edits that go with writing the row of this page; `None` when the row waits, because the tasks could not be read.
/// `room` is how many tasks may still be completed.
pub(super) fn of_page(
    page: &Page,
    name: PageName,
    input: &PlanInput<'_>,
    room: &mut usize,
    skipped: &mut Vec<SkippedEdit>,
) -> Option<Vec<Edit>> {
    let is_merged_already = page.row.as_ref().is_some_and(|row| row.state == RowState::Merged);
    let completes = completes_tasks(input) && takes_edits(page.writability) && !is_merged_already;
    if !completes || page.closed_tasks.is_empty() {
        return Some(Vec::new());
    }
    let (numbers, tasks, is_shown) = (&page.closed_tasks, page.tasks.as_deref(), page.is_shown());
    let edits = ClosedTasks { page: name, numbers, tasks, is_shown }.edits(room, skipped);
    page.tasks.is_some().then_some(edits)
}

/// Whether a page is edited with its row. A row is kept true also where nothing else is written any more.
pub(crate) fn takes_edits(writability: Writability) -> bool {
    matches!(writability, Writability::Writable | Writability::ReadOnly(ReadOnly::TooManyPages))
}

/// The tasks of one page that a pull request closes.
pub(crate) struct ClosedTasks<'a> {
    pub(crate) page: PageName,
    pub(crate) numbers: &'a BTreeSet<TaskId>,
    /// All tasks of the page; `None` when they could not be read.
    pub(crate) tasks: Option<&'a [Task]>,
    /// Whether more than a link to the page may be shown.
    pub(crate) is_shown: bool,
}

impl ClosedTasks<'_> {
    /// The edits that complete those that are open. `room` is how many may still be completed.
    pub(crate) fn edits(&self, room: &mut usize, skipped: &mut Vec<SkippedEdit>) -> Vec<Edit> {
        let mut edits = Vec::new();
        for number in self.numbers {
            let place = self.page.to_string();
            let mut skip = |why: &'static str| skipped.push(skipped_task(Some(self.page), number, &place, why));
            let Some(tasks) = self.tasks else {
                skip(words::TASKS_NOT_READ);
                continue;
            };
            let of_number: Vec<&Task> = tasks.iter().filter(|task| task.local_id == *number).collect();
            match of_number.as_slice() {
                [task] if task.done => {}
                [_] if *room == 0 => skip(words::TOO_MANY_TASKS),
                [task] => {
                    *room -= 1;
                    edits.push(Edit::CompleteTask { number: number.clone(), id: task.id.clone() });
                }
                // Two of one number are no number.
                _ if self.is_shown => skip(words::NO_SUCH_TASK),
                _ => skip(words::TASK_NOT_SHOWN),
            }
        }
        edits
    }
}

fn skipped_task(page: Option<PageName>, number: &TaskId, place: &str, why: &'static str) -> SkippedEdit {
    SkippedEdit { page, what: words::complete_task(number, place), why }
}

/// The tasks that a text seems to close and that stay open: those that lead to no page of this run, and the doubtful ones.
pub(super) fn left_open(input: &PlanInput<'_>, written: &BTreeSet<PageName>) -> Vec<SkippedEdit> {
    if !completes_tasks(input) {
        return Vec::new();
    }
    let mentions = input.texts.mentions().iter().zip(&input.pages.outcomes);
    let tasks = mentions.flat_map(|(mention, outcome)| {
        mention.tasks.iter().map(move |(number, closing)| (mention, outcome, number, *closing))
    });
    let skipped = tasks.filter_map(|(mention, outcome, number, closing)| {
        let page = only_page(outcome);
        let (page, why) = match closing {
            Closing::Mentioned => return None,
            Closing::Closes => (page.ok(), page.and_then(|name| may_complete(name, input, written)).err()?),
            Closing::Withheld(doubt) => (None, words::why_doubtful(doubt)),
        };
        let place = page.map_or_else(|| target_word(&mention.target), |page| page.to_string());
        Some(skipped_task(page, number, &place, why))
    });
    skipped.collect()
}

fn may_complete(name: PageName, input: &PlanInput<'_>, written: &BTreeSet<PageName>) -> Result<(), &'static str> {
    let page = input.pages.find(name).ok_or(words::TASK_NOT_LINKED)?;
    let is_merged_already = page.row.as_ref().is_some_and(|row| row.state == RowState::Merged);
    match page.writability {
        _ if is_merged_already || written.contains(&name) => Ok(()),
        Writability::ReadOnly(ReadOnly::NotShown) => Err(words::TASK_NOT_SHOWN),
        Writability::ReadOnly(_) => Err(words::PAGE_IS_READ_ONLY),
        // Its row waits, and the failure says why.
        Writability::Writable if page.tasks.is_none() => Ok(()),
        Writability::Writable => Err(words::TASK_NOT_LINKED),
    }
}

/// The page that a mention leads to, if that is one page alone.
fn only_page(outcome: &MentionOutcome) -> Result<PageName, &'static str> {
    match outcome {
        MentionOutcome::Linked(subjects) => match subjects.as_slice() {
            [Subject::Page(page)] => Ok(*page),
            [Subject::Board(..)] => Err(words::NO_TASKS_THERE),
            _ => Err(words::SEVERAL_PAGES),
        },
        MentionOutcome::Ambiguous(_) => Err(words::SEVERAL_PAGES),
        MentionOutcome::NoPage | MentionOutcome::NotVisible | MentionOutcome::LeftOut | MentionOutcome::NotRead => {
            Err(words::TASK_NOT_LINKED)
        }
    }
}
