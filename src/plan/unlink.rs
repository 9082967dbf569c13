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

/// Whether everything that may mention a page was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Observation {
    /// The texts and what they lead to.
    Complete,
    Incomplete,
}

/// What decides whether rows may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnlinkPolicy {
    All,
    Unmentioned,
    None(KeepReason),
}

/// The policy for a pull request: only a complete observation unlinks.
pub(super) fn policy(
    operation: Operation,
    state: PullRequestState,
    skipped: bool,
    observation: Observation,
) -> UnlinkPolicy {
    match (operation, state, observation) {
        (Operation::Remove, ..) => UnlinkPolicy::All,
        (_, PullRequestState::Declined | PullRequestState::Superseded, _) => UnlinkPolicy::All,
        (_, PullRequestState::Merged, _) => UnlinkPolicy::None(KeepReason::Frozen),
        (_, PullRequestState::Unknown, _) => UnlinkPolicy::None(KeepReason::Incomplete),
        (_, PullRequestState::Open | PullRequestState::Draft, Observation::Incomplete) => {
            UnlinkPolicy::None(KeepReason::Incomplete)
        }
        (_, PullRequestState::Open | PullRequestState::Draft, Observation::Complete) if skipped => UnlinkPolicy::All,
        (_, PullRequestState::Open | PullRequestState::Draft, Observation::Complete) => UnlinkPolicy::Unmentioned,
    }
}

/// The policy of a pull request.
pub(super) fn policy_of(input: &PlanInput<'_>) -> UnlinkPolicy {
    let PlanInput { texts, pages, intent, .. } = input;
    let observation = match texts.gaps.is_empty() && pages.is_complete() {
        true => Observation::Complete,
        false => Observation::Incomplete,
    };
    policy(intent.operation, texts.pull_request.state, texts.is_skipped(), observation)
}

/// Why the row of a page that nothing mentions stays; `None` when it goes.
pub(super) fn keep_reason(page: &Page, policy: UnlinkPolicy) -> Option<KeepReason> {
    if !page.writability.takes_changes() {
        return Some(KeepReason::ReadOnly);
    }
    match policy {
        UnlinkPolicy::All => None,
        UnlinkPolicy::None(why) => Some(why),
        UnlinkPolicy::Unmentioned if page.unresolved_keys.is_empty() => None,
        UnlinkPolicy::Unmentioned if is_of_jira(page) => Some(KeepReason::JiraNotRead),
        UnlinkPolicy::Unmentioned => Some(KeepReason::KeyStillMentioned),
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
        use KeepReason::{Frozen, Incomplete};
        use PullRequestState::{Declined, Draft, Merged, Open, Superseded, Unknown};
        let complete = Observation::Complete;
        let partial = Observation::Incomplete;
        let table = [
            (Operation::Link, Open, false, complete, UnlinkPolicy::Unmentioned),
            (Operation::Link, Draft, false, complete, UnlinkPolicy::Unmentioned),
            (Operation::Link, Open, false, partial, UnlinkPolicy::None(Incomplete)),
            (Operation::Link, Draft, false, partial, UnlinkPolicy::None(Incomplete)),
            (Operation::Link, Open, true, complete, UnlinkPolicy::All),
            (Operation::Link, Open, true, partial, UnlinkPolicy::None(Incomplete)),
            (Operation::Link, Merged, false, complete, UnlinkPolicy::None(Frozen)),
            (Operation::Link, Merged, true, complete, UnlinkPolicy::None(Frozen)),
            (Operation::Link, Declined, false, partial, UnlinkPolicy::All),
            (Operation::Link, Superseded, false, complete, UnlinkPolicy::All),
            (Operation::Link, Unknown, false, complete, UnlinkPolicy::None(Incomplete)),
            (Operation::Link, Unknown, true, complete, UnlinkPolicy::None(Incomplete)),
            (Operation::Remove, Open, false, partial, UnlinkPolicy::All),
            (Operation::Remove, Merged, false, complete, UnlinkPolicy::All),
        ];
        for (operation, state, skipped, observation, expected) in table {
            let policy = policy(operation, state, skipped, observation);
            assert_eq!(policy, expected, "{operation:?} {state:?} skipped: {skipped} {observation:?}");
        }
    }
}
