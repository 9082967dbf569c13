//! The desired row of each page.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::PullRequestState;
use crate::ids::PageName;
use crate::page::{Page, PageReading, Titles, Writability};
use crate::surface::page_comment::{DesiredRows, RowChange, WithoutRows};
use crate::surface::page_row::{KeySource, LeadingKey, Row, RowKey, RowState};

use super::edits;
use super::unlink::{self, KeepReason};
use super::{Operation, Output, PageChange, PlanInput, RowEffect, SkippedEdit};

/// What is wanted of the pages.
pub(super) struct Rows {
    pub(super) pages: Vec<PageChange>,
    pub(super) kept: BTreeMap<PageName, KeepReason>,
    pub(super) skipped: Vec<SkippedEdit>,
}

pub(super) fn rows(input: &PlanInput<'_>) -> Rows {
    let mut rows = Rows { pages: Vec::new(), kept: BTreeMap::new(), skipped: Vec::new() };
    let mut room = edits::MAX_TASKS;
    let mut written = BTreeSet::new();
    for page in &input.pages.pages {
        let (Some(name), Some(key)) = (page.name(), input.texts.row.as_ref()) else { continue };
        let is_unmentioned_row = !page.is_mentioned() && page.row.is_some();
        let kept = is_unmentioned_row.then(|| unlink::keep_reason(page, input)).flatten();
        rows.kept.extend(kept.map(|why| (name, why)));
        if input.intent.outputs.page_comment == Output::Off {
            continue;
        }
        let Some(change) = row_change(page, key, kept, input) else { continue };
        let row = RowEffect::of(&change, input.intent.operation);
        let edits = match change {
            RowChange::Write(_) | RowChange::Update(_) => {
                written.insert(name);
                edits::of_page(page, name, input, &mut room, &mut rows.skipped)
            }
            RowChange::Keep(_) | RowChange::Remove(_) | RowChange::Unrelease(..) => Some(Vec::new()),
        };
        let Some(edits) = edits else { continue };
        let current = page.comments.clone();
        rows.pages.push(PageChange::new(name, edits, current, desired(key, change, input), row));
    }
    rows.skipped.extend(edits::left_open(input, &written));
    rows
}

fn desired(key: &RowKey, change: RowChange, input: &PlanInput<'_>) -> DesiredRows {
    DesiredRows {
        repository: key.repository.clone(),
        name: input.texts.name.repository.clone(),
        changes: vec![change],
        without_rows: match input.intent.operation {
            Operation::Remove => WithoutRows::Goes,
            Operation::Link => WithoutRows::Stays,
        },
    }
}

/// What is wanted of a page's row; `None` when it is left as it is.
fn row_change(page: &Page, key: &RowKey, kept: Option<KeepReason>, input: &PlanInput<'_>) -> Option<RowChange> {
    if page.reading == PageReading::CommentsUnknown {
        return None;
    }
    let may_change = page.writability.takes_changes();
    if input.intent.operation == Operation::Remove {
        let is_going = page.comments.iter().any(|comment| !comment.is_in_use());
        return (may_change && (page.row.is_some() || is_going)).then(|| RowChange::Remove(key.clone()));
    }
    let may_update = may_change && page.row.is_some();
    // A page that gets no first comment in this run isn't writable.
    let may_create = page.writability == Writability::Writable;
    if page.is_mentioned() {
        return (may_update || may_create).then(|| written(page, key, input));
    }
    page.row.as_ref()?;
    if kept.is_none() {
        return Some(RowChange::Remove(key.clone()));
    }
    may_update.then(|| match written(page, key, input) {
        RowChange::Write(row) => RowChange::Update(row),
        other => other,
    })
}

/// What a linked page says. A value that this run doesn't know is carried over.
fn written(page: &Page, key: &RowKey, input: &PlanInput<'_>) -> RowChange {
    let pull_request = &input.texts.pull_request;
    let bare = Row { keys: keys(page), ..Row::open(input.texts.name.clone(), key.repository.clone()) };
    let state = match pull_request.state {
        PullRequestState::Open => RowState::Open,
        PullRequestState::Draft => RowState::Draft,
        PullRequestState::Merged => RowState::Merged,
        // What a closed pull request mentions doesn't count, so no page asks for its row.
        PullRequestState::Declined | PullRequestState::Superseded | PullRequestState::Unknown => {
            return RowChange::Keep(bare);
        }
    };
    let (title, author, approved_by) = match input.policy.titles {
        Titles::Auto => (Some(pull_request.title.clone()), pull_request.author_name.clone(), pull_request.approvers()),
        Titles::Never => (None, None, None),
    };
    RowChange::Write(Row { title, state, version_at_merge: page.version_at_merge, author, approved_by, ..bare })
}

/// The keys that lead to the page now, and those that led there and are still mentioned. A page that this run does not find
/// mentioned keeps the keys of its row.
fn keys(page: &Page) -> BTreeSet<LeadingKey> {
    let before = page.row.iter().flat_map(|row| &row.keys).cloned();
    if !page.is_mentioned() {
        return before.collect();
    }
    let now = page.mentions.iter().filter_map(|mention| {
        let source = if mention.origins.jira { KeySource::Jira } else { KeySource::Page };
        Some(LeadingKey { key: mention.key.clone()?, source })
    });
    now.chain(before.filter(|leading| page.unresolved_keys.contains(&leading.key))).collect()
}
