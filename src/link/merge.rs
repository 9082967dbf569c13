//! Which version of each page was current when the pull request was merged?
//!
//! It is the last one that is not younger than the merge commit, so a late run says the same as an early one. A row that
//! says it already is believed, and nothing is read for it.

use std::collections::BTreeMap;

use crate::bitbucket::PullRequestState;
use crate::confluence::Version;
use crate::ids::{CommitHash, PageName};
use crate::page::{Linked, Standing};
use crate::plan::{Output, PageState};

use super::Run;
use super::look::{Seen, pages};

/// The pages whose row will say merged and does not say yet at which version.
pub(super) fn undated(run: Run<'_>, seen: &Seen) -> Vec<PageName> {
    let merged = seen.context.pull_request.state == PullRequestState::Merged;
    if !merged || merge_commit(seen).is_none() || run.intent.outputs.page_comment == Output::Off {
        return Vec::new();
    }
    let kept = seen.resolution.kept.iter().map(|(page, kept)| (*page, &kept.linked));
    let mut undated: Vec<PageName> = pages(&seen.resolution)
        .chain(kept)
        .filter(|(page, linked)| will_be_written(seen, *page, linked) && !is_dated(seen, *page))
        .map(|(page, _)| page)
        .collect();
    undated.sort();
    undated
}

/// The merge commit, when its date is not known yet.
pub(super) fn unread(seen: &Seen) -> Option<CommitHash> {
    merge_commit(seen).filter(|_| seen.merge.is_none()).cloned()
}

fn merge_commit(seen: &Seen) -> Option<&CommitHash> {
    seen.context.pull_request.merge_commit.as_ref()
}

fn will_be_written(seen: &Seen, page: PageName, linked: &Linked) -> bool {
    match (linked.standing, seen.states.get(&page)) {
        (Standing::Writable, None | Some(PageState::Holds | PageState::Clean)) => true,
        (standing @ Standing::ReadOnly(_), Some(PageState::Holds)) => standing.takes_changes(),
        (Standing::Writable, Some(PageState::Unknown)) | (Standing::ReadOnly(_), _) => false,
    }
}

fn is_dated(seen: &Seen, page: PageName) -> bool {
    let rows = seen.pages.get(&page).into_iter().flatten().filter_map(|comment| comment.rows.get(&seen.name));
    rows.into_iter().any(|row| row.version_at_merge.is_some())
}

/// The versions that were current at the merge, of the pages whose versions were read. A page that is younger than the merge
/// has none.
pub(super) fn current_then(seen: &Seen, versions: &[(PageName, Vec<Version>)]) -> BTreeMap<PageName, u32> {
    let Some(merged) = seen.merge.as_ref().and_then(|merge| merge.date) else { return BTreeMap::new() };
    let then = versions.iter().filter_map(|(page, versions)| {
        let older = versions.iter().filter(|version| version.at <= merged);
        older.map(|version| version.number).max().map(|number| (*page, number))
    });
    then.collect()
}
