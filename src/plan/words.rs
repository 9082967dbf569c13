//! The words of a plan: its writes, tasks that stay open, remarks of the comment, texts of the report.

use std::fmt;

use crate::confluence::ContentStatus;
use crate::ids::{PullRequestId, TaskId};
use crate::mention::{Doubt, Origins};
use crate::page::Page;
use crate::report::number;
use crate::surface::markdown::one_line;
use crate::surface::page_comment::{Change, RowChange};
use crate::surface::page_row::RowState;
use crate::surface::pull_request_comment as comment;
use crate::surface::report;
use crate::words::in_brackets;

use super::requirements::{Reason, Verdict};
use super::{Edit, PageChange, RowEffect, Write};

/// The most findings that a report's own text repeats; its annotations have all.
const MAX_FINDINGS: usize = 5;

fn pages(count: usize) -> String {
    number(count, "page", "pages")
}

// Remarks of the comment on the pull request.
pub(super) const NO_PAGE_COMMENTS: &str = "No page gets a comment, because more than 20 pages are mentioned.";
pub(super) const TITLES_HIDDEN_IN_PUBLIC: &str = "Titles are hidden because this repository is public.";
pub(super) const TITLES_HIDDEN_BY_CHOICE: &str = "Titles are hidden because SHOW_TITLES is never.";

pub(super) fn pages_left_out(count: usize) -> String {
    format!("{} mentioned. The limit is 50.", number(count, "more page is", "more pages are"))
}

pub(super) fn pages_not_updated(count: usize) -> String {
    format!("{} couldn't be updated. The step's log shows why.", pages(count))
}

// What is unusual about a page.
pub(super) const DETAILS_HIDDEN: &str = "details hidden";
pub(super) const BLOG_POST: &str = "blog post";
pub(super) const NOT_UPDATED: &str = "couldn't be updated";
pub(super) const NO_COMMENTS: &str = "comments not allowed";
pub(super) const OPTED_OUT: &str = "no-pr-links";
pub(super) const LABELS_UNKNOWN: &str = "labels unknown";
pub(super) const LINKED_EARLIER: &str = "linked earlier";

pub(super) fn status(status: ContentStatus) -> Option<&'static str> {
    match status {
        ContentStatus::Current => None,
        ContentStatus::Draft => Some("draft"),
        ContentStatus::Archived => Some("archived"),
        ContentStatus::Trashed => Some("in the trash"),
    }
}

/// `branch, title, 3 commits`.
pub(super) fn places(origins: &Origins) -> String {
    let Origins { branch, title, description, commits, jira } = origins;
    let named = [(*branch, "branch"), (*title, "title"), (*description, "description")];
    let mut places: Vec<String> =
        named.iter().filter(|(there, _)| *there).map(|(_, word)| (*word).to_owned()).collect();
    match commits.len() {
        0 => {}
        count => places.push(number(count, "commit", "commits")),
    }
    if *jira {
        places.push("Jira".to_owned());
    }
    if places.is_empty() { "earlier runs".to_owned() } else { places.join(", ") }
}

// Why a task stays open.
pub(super) const TASK_NOT_LINKED: &str = "no page is linked for it. The lines above say why";
pub(super) const SEVERAL_PAGES: &str = "it leads to several pages. Use the URL of the right page";
pub(super) const NO_TASKS_THERE: &str = "only pages and blog posts have tasks";
pub(super) const PAGE_IS_READ_ONLY: &str = "its page accepts no changes. The line `Listed only` says why";
pub(super) const NO_SUCH_TASK: &str =
    "its page has no such task. Copy the number from a link to the task, after `focusedTaskId=`";
pub(super) const TOO_MANY_TASKS: &str = "the limit is 40 tasks. Check it off by hand";
pub(super) const TASK_NOT_SHOWN: &str = "the pipe can't complete it. People who can view the page see why";
pub(super) const TASKS_NOT_READ: &str = "the tasks of its page couldn't be read. Rerun this step";

pub(super) fn why_doubtful(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Negated => "a text says that it isn't closed. Check it off by hand if it is done",
        Doubt::Reverted => "a revert mentions it. Check it off by hand if it is done",
        Doubt::Unticked => "its box in the list is empty. Check it off by hand if it is done",
    }
}

pub(super) fn complete_task(number: &TaskId, place: &str) -> String {
    format!("complete task {number} of {place}")
}

// The report.
pub(super) fn report_title(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotAsked | Verdict::Met => "Confluence pages",
        Verdict::Exempt => "Confluence pages: author exempt",
        Verdict::Waived(_) => "Confluence pages: requirements waived",
        Verdict::Unmet(_) => "Confluence pages: requirements not met",
    }
}

/// The verdict and the first findings.
pub(super) fn requirements(verdict: &Verdict, is_enforced: bool) -> Option<String> {
    let summary = verdict.summary(is_enforced)?;
    let reasons = verdict.reasons();
    let findings: Vec<String> = reasons.iter().take(MAX_FINDINGS).map(|reason| one_line(&reason.finding())).collect();
    Some(match (findings.as_slice(), reasons.len().saturating_sub(MAX_FINDINGS)) {
        ([], _) => format!("{summary}."),
        (findings, 0) => format!("{summary}: {}.", findings.join("; ")),
        (findings, more) => format!("{summary}: {}; and {more} more.", findings.join("; ")),
    })
}

pub(super) fn annotation(reason: &Reason) -> String {
    format!("REQUIRE {}: {}", reason.requirement, reason.finding())
}

pub(super) fn remedy(reason: &Reason) -> String {
    format!("{}. Then rerun the pipeline step.", reason.remedy())
}

pub(super) fn to_pull_request(id: PullRequestId) -> String {
    format!(" to pull request #{id}")
}

/// How many pages are linked, `to` what, and how many are only listed.
pub(super) fn summary((linked, only): (usize, usize), to: &str) -> String {
    match (linked, only) {
        (0, 0) => format!("No page is linked{to}."),
        (linked, 0) => format!("{} linked{to}.", pages(linked)),
        (0, only) => format!("{} listed only.", pages(only)),
        (linked, only) => format!("{} linked{to}, {only} listed only.", pages(linked)),
    }
}

/// When a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    /// A dry run would make it.
    Planned,
    Past,
}

/// How and where a page is mentioned.
pub(crate) fn mentions(page: &Page) -> Vec<String> {
    let mentions = page.mentions.iter().map(|mention| {
        let how = mention.key.as_ref().map_or_else(|| "URL".to_owned(), ToString::to_string);
        format!("{how} in {}", places(&mention.origins))
    });
    mentions.collect()
}

impl PageChange {
    /// The change in one sentence with the page as people know it, without the edits that were not made, and with the
    /// mentions that led to the page.
    pub(crate) fn sentence(&self, tense: Tense, page: &str, not_done: &[String], mentions: Vec<String>) -> String {
        let what = match (self.keeps_a_row(), self.has_row()) {
            (false, _) => "unlink",
            (true, false) => "link",
            (true, true) => "update",
        };
        let verb = match (tense, what) {
            (Tense::Planned, what) => format!("Would {what}"),
            (Tense::Past, "unlink") => "Unlinked".to_owned(),
            (Tense::Past, "link") => "Linked".to_owned(),
            (Tense::Past, _) => "Updated".to_owned(),
        };
        let row = match &self.row {
            RowEffect::Linked(RowState::Open) | RowEffect::Kept | RowEffect::Unlinked | RowEffect::Removed => None,
            RowEffect::Linked(state) => Some(state.word().to_owned()),
            RowEffect::OfRelease(name) => {
                let gains = self.desired.changes.iter().any(|change| !matches!(change, RowChange::Unrelease(..)));
                Some(format!("release {name}{}", if gains { "" } else { " removed" }))
            }
        };
        let is_done =
            |edit: &&Edit| !not_done.contains(&Write::Edit { page: self.page, edit: (*edit).clone() }.to_string());
        let edits = self.edits.iter().filter(is_done).map(|edit| match edit {
            Edit::CompleteTask { number, .. } => format!("task {number} completed"),
            Edit::AddLabel(label) => format!("label {label}"),
        });
        let details: Vec<String> = row.into_iter().chain(edits).chain(mentions).collect();
        format!("{verb} {page}{}", in_brackets(&details))
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment::Change::Create { .. }) => f.write_str("add a comment to the pull request"),
            Self::Comment(comment::Change::Update { id, .. }) => write!(f, "update comment {id} on the pull request"),
            Self::Comment(comment::Change::Delete { id, .. }) => write!(f, "delete comment {id} on the pull request"),
            Self::Page { page, row, change } => match (change, row) {
                (Change::Update { .. }, RowEffect::OfRelease(name)) => {
                    write!(f, "update the rows of release {name} on {page}")
                }
                (Change::Update { .. }, RowEffect::Unlinked | RowEffect::Removed) => {
                    write!(f, "unlink the pull request from {page}")
                }
                (Change::Update { .. }, RowEffect::Linked(state)) => {
                    write!(f, "link the pull request on {page} as {}", state.word())
                }
                (Change::Create { .. } | Change::Update { .. }, _) => write!(f, "link the pull request on {page}"),
                (Change::Delete { id, .. }, RowEffect::Removed) => write!(f, "delete our comment {id} on {page}"),
                (Change::Delete { id, .. }, _) => write!(f, "delete our second comment {id} on {page}"),
                (Change::Retire { id, .. }, _) => {
                    write!(f, "empty our second comment {id} on {page}, which has replies")
                }
            },
            Self::Report(report::Change::Put(_)) => f.write_str("write the report on the commit"),
            Self::Report(report::Change::Delete) => f.write_str("delete the report on the commit"),
            Self::Report(report::Change::Annotate(annotations)) => {
                let annotations = number(annotations.len(), "annotation", "annotations");
                write!(f, "add {annotations} to the report on the commit")
            }
            Self::Report(report::Change::Unannotate { .. }) => {
                f.write_str("remove an annotation from the report on the commit")
            }
            Self::Edit { page, edit: Edit::CompleteTask { number, .. } } => {
                f.write_str(&complete_task(number, &page.to_string()))
            }
            Self::Edit { page, edit: Edit::AddLabel(label) } => write!(f, "add the label `{label}` to {page}"),
        }
    }
}
