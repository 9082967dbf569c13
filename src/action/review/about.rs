//! What holds of a page, whatever the pull request: is it there, who may view it, is it still true? Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::bitbucket::PullRequestState;
use crate::confluence::{ContentStatus, LastChange};
use crate::ids::{PageName, PullRequestId};
use crate::page::{self, Access, Presence, Subject, Surveyed, Visibility};
use crate::surface::markdown::one_line;
use crate::surface::page_row::RowState;

use super::finding::{Finding, Kind, stands_for_a_version};
use super::line::Line;
use super::matrix::{Facts, Tie};
use super::reading::Told;

/// What holds of a page, whatever the pull request.
pub(super) struct About {
    /// The fields that are about the page.
    pub(super) line: Line,
    /// What is worth a look in it.
    pub(super) findings: Vec<Finding>,
    /// Whether more than its link is told.
    pub(super) is_shown: bool,
}

pub(super) fn about(
    subject: &Subject,
    ties: &BTreeMap<Reverse<PullRequestId>, Tie>,
    known: &BTreeMap<PullRequestId, &Told>,
    facts: &Facts<'_>,
) -> About {
    let word = page::subject_word(subject);
    let line = Line { page: Some(word.clone()), ..Line::default() };
    let surveyed = match subject {
        Subject::Page(page) => facts.survey.pages.get(page),
        Subject::Board(..) => None,
    };
    let (Subject::Page(page), Some(surveyed)) = (subject, surveyed) else {
        let (page_url, not_shown) = (facts.survey.boards.get(subject).cloned(), Some("not-shown"));
        let line = Line {
            page_url,
            page_status: not_shown,
            access: not_shown,
            anonymous: not_shown,
            freshness: not_shown,
            ..line
        };
        return About { line, findings: Vec::new(), is_shown: false };
    };
    let mut found = Vec::new();
    let mut find = |kind, says: String| {
        found.push(Finding { kind, page: Some(word.clone()), pull_request: None, says });
    };
    let mut line = Line {
        page_url: Some(surveyed.url.clone()),
        page_status: Some(status(surveyed)),
        access: Some(access_word(surveyed)),
        anonymous: Some(anonymous_word(*page, surveyed, facts)),
        page_owner: surveyed.owner.as_ref().map(ToString::to_string),
        freshness: Some(if surveyed.access == Access::Unknown { "unknown" } else { "not-shown" }),
        ..line
    };
    match status(surveyed) {
        "missing" => find(Kind::PageMissing, format!("{word} is gone, or the Confluence account may not see it")),
        "trashed" => find(Kind::PageTrashed, format!("{word} is in the trash")),
        "archived" => find(Kind::PageArchived, format!("{word} is archived")),
        "draft" => find(Kind::PageDraft, format!("{word} was never published")),
        _ => {}
    }
    match surveyed.access {
        Access::Restricted => find(Kind::Restricted, format!("Only some people may view {word}")),
        Access::RestrictedAbove => {
            find(Kind::Restricted, format!("Only some people may view {word}: something above it is restricted"));
        }
        Access::Open | Access::Unknown | Access::NotShown => {}
    }
    if facts.anonymous.get(page) == Some(&true) {
        find(Kind::Anonymous, format!("People without an account may view {word}"));
    }
    let rows_known = facts.rows.get(page).is_some_and(Option::is_some);
    let merged = last_merged(ties, known, facts, rows_known);
    if merged == LastMerge::None && surveyed.presence == Presence::There {
        let says = format!("No pull request of this repository that is linked to {word} is merged");
        find(Kind::NoMergedPullRequest, says);
    }
    let is_shown = matches!(surveyed.visibility, Visibility::Shown { .. });
    if let Visibility::Shown { title, space, status, changed, owner } = &surveyed.visibility {
        line.page_title = title.as_deref().map(one_line);
        line.page_owner_name = owner.as_deref().map(one_line);
        line.space = space.as_ref().map(ToString::to_string);
        line.page_version = changed.as_ref().map(|changed| changed.version);
        line.page_changed = changed.as_ref().and_then(|changed| changed.at).map(|at| at.to_string());
        let fresh = if *status == ContentStatus::Current { freshness(changed.as_ref(), merged) } else { "unknown" };
        line.freshness = Some(fresh);
        let day = changed.as_ref().map(|changed| changed.day.clone()).unwrap_or_default();
        match (fresh, merged) {
            ("changed-after-merge", LastMerge::Known { id, .. }) => {
                let says = format!("{word} was changed on {day}, after pull request #{id} was merged");
                find(Kind::ChangedAfterMerge, says);
            }
            ("not-changed-with-code", LastMerge::Known { id, .. }) => {
                let says = format!("{word} was last changed on {day}, before pull request #{id} was opened");
                find(Kind::NotChangedWithCode, says);
            }
            _ => {}
        }
        for label in surveyed.labels.iter().filter(|label| stands_for_a_version(label)) {
            find(Kind::NoVersion, format!("{word} is labelled `{label}`, which names no version"));
        }
    }
    About { line, findings: found, is_shown }
}

fn status(surveyed: &Surveyed) -> &'static str {
    match (surveyed.presence, &surveyed.visibility) {
        (Presence::Missing, _) => "missing",
        (Presence::NotRead, _) => "unknown",
        (Presence::There, Visibility::LinkOnly) => "not-shown",
        (Presence::There, Visibility::Shown { status, .. }) => match status {
            ContentStatus::Current => "current",
            ContentStatus::Draft => "draft",
            ContentStatus::Archived => "archived",
            ContentStatus::Trashed => "trashed",
        },
    }
}

fn access_word(surveyed: &Surveyed) -> &'static str {
    match surveyed.access {
        Access::Open => "open",
        Access::Restricted => "restricted",
        Access::RestrictedAbove => "restricted-above",
        Access::Unknown => "unknown",
        Access::NotShown => "not-shown",
    }
}

fn anonymous_word(page: PageName, surveyed: &Surveyed, facts: &Facts<'_>) -> &'static str {
    match (facts.anonymous.get(&page), surveyed.access) {
        (Some(true), _) => "yes",
        (Some(false), _) => "no",
        // A restriction names accounts and groups of accounts.
        (None, Access::Restricted | Access::RestrictedAbove) => "no",
        (None, Access::NotShown) => "not-shown",
        (None, Access::Open | Access::Unknown) => "unknown",
    }
}

/// The pull request of a page that was merged last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastMerge {
    /// None is merged.
    None,
    /// One is, or may be, and when the last one was is not known.
    Unknown,
    /// This one.
    Known { id: PullRequestId, at: Timestamp, opened: Option<Timestamp> },
}

fn last_merged(
    ties: &BTreeMap<Reverse<PullRequestId>, Tie>,
    known: &BTreeMap<PullRequestId, &Told>,
    facts: &Facts<'_>,
    rows_known: bool,
) -> LastMerge {
    let mut last = LastMerge::None;
    let mut others_may_be_merged = !rows_known;
    for (Reverse(id), tie) in ties {
        let Some(told) = known.get(id) else {
            // Only its row is known. It is not in the list, so if that is complete it was not updated in these days, and if
            // it is merged, it was merged before them.
            let is_merged = tie.row.as_ref().is_some_and(|row| row.state == RowState::Merged);
            others_may_be_merged |= is_merged || !facts.list_is_complete;
            continue;
        };
        if told.listed.pull_request.state != PullRequestState::Merged {
            continue;
        }
        // Merged at a time that is not known, it may be the last one.
        let Some(at) = told.merged else { return LastMerge::Unknown };
        if !matches!(last, LastMerge::Known { at: later, .. } if later >= at) {
            last = LastMerge::Known { id: *id, at, opened: told.listed.opened };
        }
    }
    match last {
        LastMerge::Known { at, .. } if facts.list_is_complete && at >= facts.since => last,
        LastMerge::None | LastMerge::Known { .. } if others_may_be_merged => LastMerge::Unknown,
        LastMerge::None | LastMerge::Unknown | LastMerge::Known { .. } => last,
    }
}

fn freshness(changed: Option<&LastChange>, merged: LastMerge) -> &'static str {
    match (changed.and_then(|changed| changed.at), merged) {
        (_, LastMerge::None) => "no-merge",
        (Some(changed), LastMerge::Known { at, .. }) if changed > at => "changed-after-merge",
        (Some(changed), LastMerge::Known { opened: Some(opened), .. }) if changed < opened => "not-changed-with-code",
        (Some(_), LastMerge::Known { opened: Some(_), .. }) => "in-step",
        (_, LastMerge::Known { .. } | LastMerge::Unknown) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_step_when_it_changed_while_its_last_merged_pull_request_was_open() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let id = PullRequestId::new(7).unwrap();
        let merged = LastMerge::Known { id, at: at(20), opened: Some(at(10)) };
        let changed = |hour| LastChange { version: 3, day: String::new(), at: Some(at(hour)) };
        let table = [
            (9, merged, "not-changed-with-code"),
            (10, merged, "in-step"),
            (20, merged, "in-step"),
            (21, merged, "changed-after-merge"),
            (21, LastMerge::None, "no-merge"),
            (21, LastMerge::Unknown, "unknown"),
            (15, LastMerge::Known { id, at: at(20), opened: None }, "unknown"),
        ];
        for (hour, merged, word) in table {
            assert_eq!(freshness(Some(&changed(hour)), merged), word, "{hour}");
        }
        assert_eq!(freshness(None, merged), "unknown");
    }
}
