//! Kinds of findings: word, severity, meaning and what to do. Pure.

use serde::{Serialize, Serializer};

use crate::ids::PullRequestId;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Each kind with its severity, its word in the files, what it means, and what to do.
macro_rules! kinds {
    ($($kind:ident $severity:ident $word:literal $meaning:literal $action:literal;)*) => {
        /// A kind of finding. The most serious comes first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $($kind),* }

        impl Kind {
            pub(super) const ALL: &[Self] = &[$(Self::$kind),*];

            pub(super) fn word(self) -> &'static str { match self { $(Self::$kind => $word),* } }
            pub(super) fn meaning(self) -> &'static str { match self { $(Self::$kind => $meaning),* } }
            pub(super) fn action(self) -> &'static str { match self { $(Self::$kind => $action),* } }
            pub(super) fn severity(self) -> Severity { match self { $(Self::$kind => Severity::$severity),* } }
        }
    };
}

kinds! {
    Public High "public" "Everyone on the internet can view the page" "Restrict it, or confirm that it is public";
    PageMissing High "page-missing" "The page is deleted, or the Confluence account can't view it"
        "Restore it, grant View, or link another page";
    PageTrashed High "page-trashed" "The page is in the trash" "Restore it, or link another page";
    WithoutPage Medium "pull-request-without-page" "The pull request has no page" "Name a page in its description";
    PageArchived Medium "page-archived" "The page is archived" "Restore it, or link another page";
    PageDraft Medium "page-draft" "The page was never published" "Publish it";
    ChangedAfterMerge Medium "changed-after-merge" "The page changed after its last merge, more than `DAYS` ago"
        "Compare the changes with the code";
    NoVersion Medium "no-version" "A release or label isn't a version" "Replace it with a version";
    Restricted Low "restricted" "Only some people can view the page" "Confirm that these are the right people";
    Skipped Low "skipped" "The pull request contains [skip confluence]" "Confirm that it needs no page";
    NoMerge Low "no-merged-pull-request" "None of the page's pull requests is merged" "Merge one, or remove the link";
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// An item of the to-do list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    /// The owner of the page or the author of the pull request.
    pub(super) owner: Option<String>,
    /// The page, as `page:101`.
    pub(super) page: Option<String>,
    pub(super) pull_request: Option<PullRequestId>,
    pub(super) sentence: String,
    pub(super) action: &'static str,
}

impl Finding {
    pub(super) fn new(kind: Kind, owner: Option<&String>, sentence: String) -> Self {
        let (severity, action) = (kind.severity(), kind.action());
        Self { kind, severity, owner: owner.cloned(), page: None, pull_request: None, sentence, action }
    }
}

/// Words that people use instead of a version. Words for a page's own state, such as `approved`, are not among them.
const INSTEAD_OF_VERSIONS: [&str; 8] =
    ["final", "finished", "done", "latest", "newest", "current", "released", "shipped"];

/// Whether a label has a word where a version belongs: `final`, `v2-final`, but not `shop-1-4-0`.
pub(super) fn stands_for_a_version(label: &str) -> bool {
    let parts: Vec<&str> = label.split(['-', '_']).collect();
    let is_number = |part: &&str| {
        let digits = part.strip_prefix('v').unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let has_version = parts.windows(3).any(|three| three.iter().all(is_number));
    !has_version && parts.iter().any(|part| INSTEAD_OF_VERSIONS.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_with_a_word_for_a_version_is_found() {
        for label in ["final", "v2-final", "spec_final", "latest", "released"] {
            assert!(stands_for_a_version(label), "{label}");
        }
        for label in ["shop-1-4-0", "shop-1-4-0-final", "v1-4-0", "finality", "approved", "release-notes", ""] {
            assert!(!stands_for_a_version(label), "{label}");
        }
    }

    #[test]
    fn kinds_are_sorted_by_severity() {
        assert!(Kind::ALL.is_sorted() && Kind::ALL.is_sorted_by_key(|kind| kind.severity()));
    }
}
