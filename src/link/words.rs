//! Sentences of the log about one pull request.

use crate::audit::Why;
use crate::bitbucket::PullRequestState;
use crate::page::{ReadOnly, Writability};
use crate::plan::requirements::Verdict;
use crate::plan::{Operation, Output};
use crate::report::{Failure, number};
use crate::texts::{self, Gap, NotRead, Texts};

use super::Enforcement;

/// Why a page is unlinked.
pub(super) fn why_unlinked(operation: Operation, texts: &Texts) -> Option<&'static str> {
    match (operation, texts.pull_request.state) {
        (Operation::Remove, _) => None,
        (Operation::Link, PullRequestState::Declined) => Some("pull request declined"),
        (Operation::Link, PullRequestState::Superseded) => Some("pull request superseded"),
        (Operation::Link, _) if texts.is_skipped() => Some("[skip confluence]"),
        (Operation::Link, _) => Some("no longer mentioned"),
    }
}

/// Why not everything was looked up.
pub(super) const TOO_MANY: &str = "Too many mentions or pages: some of them weren't read";

/// Why pages below unread parents are hidden.
pub(super) fn parents_not_checked(count: usize) -> String {
    format!(
        "{count} parent pages and folders beyond the limit weren't checked, so the pages below them are shown by link \
             only"
    )
}

/// The sentences of a verdict; `None` when nothing was asked.
pub(super) fn of_verdict(verdict: &Verdict, enforcement: Enforcement) -> Option<Vec<String>> {
    let is_enforced = enforcement == Enforcement::Blocks;
    let summary = verdict.summary(is_enforced)?;
    let heading = match verdict.reasons() {
        reasons @ [_, ..] if is_enforced => {
            format!("{summary} ({}). Fix them and rerun the pipeline step", reasons.len())
        }
        _ => summary,
    };
    Some(std::iter::once(heading).chain(verdict.sentences()).collect())
}

/// What of the texts wasn't read.
pub(super) fn gap(gap: &Gap) -> Why {
    let what = match gap {
        Gap::MoreCommits => {
            format!("The pull request has more than {} commits, and the others weren't read", texts::MAX_COMMITS)
        }
        Gap::NoCommits => "Bitbucket lists no commits for this open pull request, as for a deleted branch".to_owned(),
        Gap::CommitsOfMerge => "The branch is deleted, so only the last of the merged commits could be read".to_owned(),
        Gap::CommitsFailed(error) => {
            let Why { for_people, for_file } = Why::from(&Failure::of(error));
            let what = |why| format!("Couldn't read all commits: {why}");
            return Why { for_people: what(for_people), for_file: what(for_file) };
        }
        Gap::MoreMentions(count) => {
            format!("{count} mentions beyond the limit of {} weren't followed", texts::MAX_MENTIONS)
        }
        Gap::NotRead(NotRead::NoCredential) => {
            "Without a Bitbucket credential, only the branch name of the pull request is known".to_owned()
        }
        Gap::NotRead(NotRead::AccessDenied(status)) => format!(
            "Bitbucket answered {status} without a credential, so only the branch name of the pull request is known"
        ),
        Gap::LongMessages(count) => {
            format!("{} too long to be read completely", number(*count, "commit message is", "commit messages are"))
        }
    };
    Why::from(what)
}

/// Why a page is listed only.
pub(super) fn read_only(writability: Writability, output: Output) -> Option<&'static str> {
    match writability {
        Writability::Writable if output == Output::On => None,
        Writability::Writable => Some("PAGE_OUTPUT has no `comment`"),
        Writability::ReadOnly(why) => Some(match why {
            ReadOnly::OptedOut => "labeled no-pr-links",
            ReadOnly::Archived => "archived",
            ReadOnly::Draft => "draft. Publish it and rerun this step",
            ReadOnly::Trashed => "in the trash",
            ReadOnly::OutsideSpaces => "personal space, or not in SPACES",
            ReadOnly::Board => "no comments possible",
            ReadOnly::TooManyPages => "more than 20 pages are mentioned",
            ReadOnly::Unread => "its labels couldn't be read",
            ReadOnly::NeverLinked => "not linked before. ACTION `backfill` adds comments to such pages",
            ReadOnly::UnknownRepository => "the repository's UUID is unknown. Set BITBUCKET_REPO_UUID",
            ReadOnly::NotShown => "details hidden",
            ReadOnly::Refused => "comments not allowed. Grant the Confluence account \"Add comment\" in the space",
        }),
    }
}

// Why a pull request isn't linked.
pub(super) const KEEPS_MOVING: &str =
    "the pull request changed again and again while it was linked; run this step again";
pub(super) const OTHER_PULL_REQUEST: &str =
    "without a Bitbucket credential, only the pipeline's own pull request can be linked";
pub(super) const NOT_RECORDED: &str = "the comment on the pull request must name a page before it is written";
pub(super) const NO_CLOUD_ID: &str = "the site's cloud id couldn't be read. The next run writes the report";

pub(super) fn may_be_a_fork(status: u16) -> String {
    format!(
        "Bitbucket answered {status} without a credential, and the pull request may come from a fork; use a \
         `pull-requests` pipeline, or set BITBUCKET_ACCESS_TOKEN"
    )
}

// What failed, as the end of "Couldn't …".
pub(super) const LINK: &str = "link the pull request";
pub(super) const READ_COMMENTS_AGAIN: &str = "read the comments on the pull request again";
pub(super) const UPDATE_COMMENT: &str = "update the comment on the pull request";
pub(super) const READ_PULL_REQUEST_AGAIN: &str = "read the pull request again";

// How to mention a page.
pub(super) const NO_MENTION_ALLOWED: &str = "SOURCES and KEY_PREFIXES allow no mention";
pub(super) const DESCRIPTION_NEEDS_PREFIXES: &str = ". Prefixes in KEY_PREFIXES also count in the description";
pub(super) const NO_KEYS_ALLOWED: &str = ". KEY_PREFIXES allows no keys";
