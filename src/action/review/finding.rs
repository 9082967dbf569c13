//! What is worth a look, in one word and in a sentence? Pure.

use serde::{Serialize, Serializer};

use crate::ids::{PullRequestId, ReleaseName};

/// What is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A pull request is linked to no page.
    PullRequestWithoutPage,
    /// A pull request asks for no links.
    Skipped,
    /// A page is gone, or not for the account.
    PageMissing,
    /// A page is in the trash.
    PageTrashed,
    /// A page is archived.
    PageArchived,
    /// A page was never published.
    PageDraft,
    /// Some people only may view a page.
    Restricted,
    /// People without an account may view a page.
    Anonymous,
    /// No pull request of a page is merged.
    NoMergedPullRequest,
    /// A page was changed after the last merge.
    ChangedAfterMerge,
    /// A page was not changed since before the last merged pull request was opened.
    NotChangedWithCode,
    /// A word stands where a version belongs.
    NoVersion,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub(super) const ALL: [Self; 12] = [
        Self::PullRequestWithoutPage,
        Self::Skipped,
        Self::PageMissing,
        Self::PageTrashed,
        Self::PageArchived,
        Self::PageDraft,
        Self::Restricted,
        Self::Anonymous,
        Self::NoMergedPullRequest,
        Self::ChangedAfterMerge,
        Self::NotChangedWithCode,
        Self::NoVersion,
    ];

    /// Its word in the files.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::PullRequestWithoutPage => "pull-request-without-page",
            Self::Skipped => "skipped",
            Self::PageMissing => "page-missing",
            Self::PageTrashed => "page-trashed",
            Self::PageArchived => "page-archived",
            Self::PageDraft => "page-draft",
            Self::Restricted => "restricted",
            Self::Anonymous => "anonymous",
            Self::NoMergedPullRequest => "no-merged-pull-request",
            Self::ChangedAfterMerge => "changed-after-merge",
            Self::NotChangedWithCode => "not-changed-with-code",
            Self::NoVersion => "no-version",
        }
    }

    /// What it means.
    pub(super) fn means(self) -> &'static str {
        match self {
            Self::PullRequestWithoutPage => "the pull request is linked to no page",
            Self::Skipped => "the pull request asks for no links, by [skip confluence]",
            Self::PageMissing => "the page is gone, or the Confluence account may not see it",
            Self::PageTrashed => "the page is in the trash",
            Self::PageArchived => "the page is archived",
            Self::PageDraft => "the page was never published",
            Self::Restricted => "only some people may view the page",
            Self::Anonymous => "people without an account may view the page",
            Self::NoMergedPullRequest => "no pull request of this repository that is linked to the page is merged",
            Self::ChangedAfterMerge => "the page was changed after its last pull request was merged",
            Self::NotChangedWithCode => {
                "the page was not changed since before its last merged pull request was opened, although the code was"
            }
            Self::NoVersion => "a word stands where a version belongs",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What it is.
    pub kind: Kind,
    /// About which page, `page:101`.
    pub page: Option<String>,
    /// About which pull request.
    pub pull_request: Option<PullRequestId>,
    /// What was seen, in a sentence.
    pub says: String,
}

/// Words that are put on pages in place of a version. Words for a page's own state, such as `approved`, are none of them.
const INSTEAD_OF_VERSIONS: [&str; 8] =
    ["final", "finished", "done", "latest", "newest", "current", "released", "shipped"];

/// Whether a label says in a word what a version should say: `final`, `v2-final`, but not `shop-1-4-0`.
pub(super) fn stands_for_a_version(label: &str) -> bool {
    let parts: Vec<&str> = label.split(['-', '_']).collect();
    let is_number = |part: &&str| {
        let digits = part.strip_prefix('v').unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let has_version = parts.windows(3).any(|three| three.iter().all(is_number));
    !has_version && parts.iter().any(|part| INSTEAD_OF_VERSIONS.contains(part))
}

/// Whether what stands in a row's releases names none.
pub(super) fn names_no_release(release: &str) -> bool {
    ReleaseName::parse(release).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_stands_for_a_version_is_told_from_others() {
        for label in ["final", "v2-final", "spec_final", "latest", "released"] {
            assert!(stands_for_a_version(label), "{label}");
        }
        for label in ["shop-1-4-0", "shop-1-4-0-final", "v1-4-0", "finality", "approved", "release-notes", ""] {
            assert!(!stands_for_a_version(label), "{label}");
        }
    }
}
