//! `receipt.json`: what was linked, skipped and why, for a program to read.
//!
//! Field names are stable within a [`VERSION`]; readers ignore fields they do not know. What may not be shown in the
//! pull request is not here either.

use serde::Serialize;

use crate::http::Counts;
use crate::ids::{Key, PullRequestId, RepositoryName};

use super::CheckRow;

pub const VERSION: u32 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// [`VERSION`].
    pub version: u32,
    pub tool_version: &'static str,
    pub action: &'static str,
    pub dry_run: bool,
    /// When the run began, RFC 3339.
    pub started: String,
    pub elapsed_ms: u128,
    pub exit_code: u8,
    /// The last line of the log.
    pub outcome: String,
    pub site: Option<String>,
    pub repository: Option<RepositoryName>,
    pub subjects: Vec<SubjectEntry>,
    /// Every mention, also those without a page.
    pub mentions: Vec<MentionEntry>,
    pub pages: Vec<PageEntry>,
    /// What a check found out; only of a check.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<CheckRow>,
    pub counts: Counts,
    /// What failed, in sentences.
    pub failures: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SubjectEntry {
    pub pull_request: PullRequestId,
    /// Where people see it.
    pub url: String,
    /// Its state, when it was read.
    pub state: Option<&'static str>,
    /// `linked`, `unchanged`, `planned`, `removed`, `fork`, `skipped`, `closed` or `failed`.
    pub outcome: &'static str,
    /// Whether every text was read, so that links could be taken away.
    pub complete: bool,
    /// How to link a page, for the log.
    #[serde(skip)]
    pub advice: Option<String>,
    /// Whether it is as `REQUIRE` asks; not there when nothing is asked of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirements: Option<RequirementsEntry>,
    /// The writes of the plan, in words; only when nothing was written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<String>,
    /// The writes that weren't made, or whose result is unknown, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_writes: Vec<String>,
}

/// Whether a pull request is as `REQUIRE` asks.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementsEntry {
    /// `met`, `unmet`, `waived` or `exempt`.
    pub verdict: &'static str,
    /// Whether that fails the step.
    pub fails_step: bool,
    /// What is not met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<UnmetEntry>,
}

/// One thing that is asked and not there.
#[derive(Clone, Debug, Serialize)]
pub struct UnmetEntry {
    /// As `REQUIRE` has it, `label:approved`.
    pub requirement: String,
    /// What was found, in words.
    pub why: String,
    /// Whether that is certain; `false` when something was not read.
    pub verified: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct MentionEntry {
    /// The pull request whose texts hold it.
    pub pull_request: PullRequestId,
    /// The key, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The URL, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `branch`, `title`, `description`, `commits`.
    pub origins: Vec<&'static str>,
    /// In how many commits.
    pub commits: usize,
    /// Its tasks, by their numbers on the page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// `linked`, `no-page`, `ambiguous`, `not-found`, `share-link`, `over-limit` or `not-read`.
    pub outcome: &'static str,
    /// The pages it led to, `page:101`; for an ambiguous key those it could mean.
    pub pages: Vec<String>,
    /// The pages that the key led to before, if this run moves their links.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PageEntry {
    /// The pull request it is linked to.
    pub pull_request: PullRequestId,
    pub id: String,
    /// `page`, `blogpost`, `whiteboard`, …
    pub kind: &'static str,
    /// Where people see it.
    pub url: String,
    /// Its title, when it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its space, when it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// What was done on the page's side.
    pub result: PageResult,
    /// Why it is read only, kept or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was done on a page's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageResult {
    Written,
    Unchanged,
    /// The row was taken away.
    Removed,
    /// The row would be written or taken away.
    Planned,
    /// The page is linked in the pull request only.
    ListedOnly,
    /// The row is left as it is.
    Kept,
    /// It could not be done.
    Failed,
}
