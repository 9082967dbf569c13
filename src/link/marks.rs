//! What came of the tasks and labels of pages, and which of them wait for the comment on the pull request?

use crate::apply::Marked;
use crate::confluence::Task;
use crate::plan::{Situation, Write};

use super::look::Seen;
use super::{Applied, Progress, Run};

/// Whether a write is safe although the comment on the pull request could not be written first: the ledger names its page
/// already. A completed task is remembered nowhere else than in that comment.
pub(super) fn is_remembered_without_record(write: &Write, seen: &Seen) -> bool {
    match write {
        Write::Page { page, .. } | Write::Label { page, .. } => seen.ledger.pages.contains(page),
        Write::Task { .. } => false,
        Write::Comment(_) | Write::Report(_) => true,
    }
}

/// Says and counts what came of each; gives the tasks as they are now.
pub(super) fn take(
    run: Run<'_>,
    situation: &Situation<'_>,
    marked: Vec<Marked>,
    progress: &mut Progress,
    applied: &mut Applied,
) -> Vec<Task> {
    let mut done = Vec::new();
    for Marked { write, end, writes, notes } in marked {
        notes.iter().for_each(|event| run.audit.note(Some(situation.name.id), event));
        progress.writes += writes;
        match end {
            Ok(()) => done.push(write),
            Err(failure) => {
                applied.not_done.insert(write.to_string());
                applied.failures.push(failure);
            }
        }
    }
    situation.tasks_after(|write| done.contains(write))
}
