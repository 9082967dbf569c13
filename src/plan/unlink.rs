//! Whether a row may go because nothing mentions its page.

use crate::bitbucket::PullRequestState;
use crate::page::Page;
use crate::surface::page_row::KeySource;

use super::{Operation, PlanInput};

/// Why a row stays although nothing mentions its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeepReason {
    /// Not everything was read.
    Incomplete,
    /// The key that led to it is still mentioned and now leads to no page: the page was renamed or moved.
    KeyStillMentioned,
    /// The Jira issue that led to it is still mentioned and can't be read.
    JiraNotRead,
    /// The pull request is merged, and its pages are frozen.
    Frozen,
    /// The page accepts no changes: it opted out, or is archived or in the trash.
    ReadOnly,
}

impl KeepReason {
    /// The reason as one word of the receipt.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::KeyStillMentioned => "key-still-mentioned",
            Self::JiraNotRead => "jira-not-read",
            Self::Frozen => "frozen",
            Self::ReadOnly => "read-only",
        }
    }
}

/// Why the row of a page that nothing mentions stays; `None` when it goes.
pub(super) fn keep_reason(page: &Page, input: &PlanInput<'_>) -> Option<KeepReason> {
    let PlanInput { texts, pages, intent, .. } = input;
    let is_complete = texts.gaps.is_empty() && pages.is_complete();
    if !page.writability.takes_changes() {
        return Some(KeepReason::ReadOnly);
    }
    match intent.operation {
        Operation::Remove => None,
        Operation::Link => keeps_all(texts.pull_request.state, is_complete).or_else(|| of_its_keys(page)),
    }
}

/// Why all rows of a pull request stay: only a complete observation unlinks.
fn keeps_all(state: PullRequestState, is_complete: bool) -> Option<KeepReason> {
    match state {
        PullRequestState::Declined | PullRequestState::Superseded => None,
        PullRequestState::Merged => Some(KeepReason::Frozen),
        PullRequestState::Unknown => Some(KeepReason::Incomplete),
        PullRequestState::Open | PullRequestState::Draft => (!is_complete).then_some(KeepReason::Incomplete),
    }
}

/// Why a row stays that still has a key of the texts. Those of a skipped or declined pull request don't count.
fn of_its_keys(page: &Page) -> Option<KeepReason> {
    match page.unresolved_keys.is_empty() {
        true => None,
        false if is_of_jira(page) => Some(KeepReason::JiraNotRead),
        false => Some(KeepReason::KeyStillMentioned),
    }
}

/// Whether no key led to a page by itself.
fn is_of_jira(page: &Page) -> bool {
    let mut of_row =
        page.row.iter().flat_map(|row| &row.keys).filter(|leading| page.unresolved_keys.contains(&leading.key));
    of_row.all(|leading| leading.source == KeySource::Jira)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_complete_observation_unlinks() {
        use PullRequestState::{Declined, Draft, Merged, Open, Superseded, Unknown};
        let table = [
            (Open, None, Some(KeepReason::Incomplete)),
            (Draft, None, Some(KeepReason::Incomplete)),
            (Declined, None, None),
            (Superseded, None, None),
            (Merged, Some(KeepReason::Frozen), Some(KeepReason::Frozen)),
            (Unknown, Some(KeepReason::Incomplete), Some(KeepReason::Incomplete)),
        ];
        for (state, complete, incomplete) in table {
            assert_eq!((keeps_all(state, true), keeps_all(state, false)), (complete, incomplete), "{state:?}");
        }
    }
}
