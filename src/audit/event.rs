//! The events of a run.

use serde::Serialize;

use crate::ids::Key;
use crate::stop::Signal;

use super::{Outcome, Why, WriteFacts};

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event {
    NotConfigured,
    /// The Confluence credential is taken at Atlassian's gateway, not at the site's own address.
    Gateway {
        /// The site as people see it.
        site: String,
        /// The variable that holds the credential.
        credential: &'static str,
    },
    /// The pipeline has no pull request to link.
    NoPullRequest {
        /// The branch that was looked up, for the log only: people call branches by their names.
        #[serde(skip)]
        branch: String,
    },
    /// Which pull requests the pushed commit merged is not known.
    MergesUnknown {
        why: String,
    },
    /// A tag pipeline, in which there is no pull request to link.
    Tag,
    /// The pull requests that an action looks at.
    Selected {
        count: usize,
        /// How far back, in days.
        days: u32,
    },
    Release {
        release: String,
        /// The tag of the release before.
        previous: Option<String>,
        commits: usize,
        /// How many merged pull requests.
        pull_requests: usize,
    },
    /// A tag without a version at which a release begins.
    TagWithoutVersion {
        tag: String,
    },
    /// No page is updated for a release.
    FilesOnly {
        /// Its name, or its tag when that is no version.
        release: String,
        why: &'static str,
    },
    /// How far an action with many pull requests has come.
    Progress {
        done: usize,
        of: usize,
    },
    /// How many pull requests a review has read.
    ReadProgress {
        done: usize,
        of: usize,
    },
    /// What a review found, of one kind.
    Finding {
        /// Its kind, in one word.
        kind: &'static str,
        count: usize,
        /// What it means, for the log only.
        #[serde(skip)]
        means: &'static str,
    },
    /// Something that a review lacks, though no read failed.
    NotReviewed {
        what: String,
    },
    /// Pull requests that the time budget left.
    LeftForNextRun {
        count: usize,
    },
    /// The pull requests of a branch cannot be looked up.
    BranchNotLookedUp,
    /// A signal ended the run.
    Stopped {
        /// `SIGINT` or `SIGTERM`.
        signal: Signal,
    },
    /// The pipeline runs on a commit, and nothing says which pull request it belongs to.
    Commit,
    /// Comments on pull requests are configured by name, and there is no credential for them.
    CommentNeedsCredential,
    /// `TIMEOUT_SECONDS` is longer than an access token is good for.
    TimeoutLimited {
        /// The budget instead.
        seconds: u64,
    },
    /// Nothing in the texts names a page.
    NoMention,
    /// The pull request comes from a fork.
    Fork,
    /// `[skip confluence]` is in title or description.
    Skip,
    /// Whether the pull request is as `REQUIRE` asks.
    Requirements {
        /// `met`, `unmet`, `waived` or `exempt`.
        verdict: &'static str,
        /// What is not met, as `REQUIRE` has it.
        unmet: Vec<String>,
        /// Whether that fails the step.
        fails_step: bool,
        /// Where `[skip confluence]` stands that waives it.
        waived_in: Option<&'static str>,
        /// What people read of it, for the log only: it may name pages.
        #[serde(skip)]
        sentences: Vec<String>,
    },
    /// Requirements for labels and states that say little in this configuration.
    WeakRequirements {
        /// Which, as `REQUIRE` has them.
        requirements: Vec<String>,
        /// `no-spaces` or `public-repository`.
        why: &'static str,
    },
    /// The pull request is declined or superseded: its links go.
    Closed {
        /// `declined` or `superseded`.
        state: &'static str,
    },
    Linked {
        /// `page:101`, `whiteboard:107`.
        page: String,
        /// How and where it was named.
        by: Vec<String>,
        /// Title and URL, for the log only.
        #[serde(skip)]
        name: String,
        /// Why it is not written, when it is not.
        read_only: Option<&'static str>,
        /// Whether this run changes something.
        #[serde(skip)]
        is_news: bool,
    },
    /// Keys that led to no page.
    KeysWithoutPage {
        /// Which.
        keys: Vec<Key>,
    },
    /// A key that several titles hold.
    AmbiguousKey {
        /// Which.
        key: Key,
        pages: Vec<String>,
    },
    /// A key that leads to more pages than are linked.
    TooManyPagesForKey {
        /// Which.
        key: Key,
        /// How: `label` or `jira`.
        by: &'static str,
    },
    /// The credential can't read the links of Jira issues.
    JiraNotRead {
        /// Why, and what to do.
        why: String,
    },
    /// A key that led to one page leads to others now, and the links move.
    KeyMoved {
        /// Which.
        key: Key,
        /// The page before, `page:101`.
        from: String,
        to: Vec<String>,
        /// What people call the page before, for the log only.
        #[serde(skip)]
        from_name: String,
        /// What people call the pages now, for the log only.
        #[serde(skip)]
        to_names: Vec<String>,
    },
    /// Keys lead to pages whose prefixes are neither configured nor the project's key.
    UnlistedPrefix {
        /// Which.
        prefixes: Vec<String>,
        /// The key of the repository's project.
        project: String,
        /// The line to write, if they are meant.
        line: String,
    },
    /// A page that does not exist or cannot be seen.
    PageNotFound {
        /// What it names, `page:101`: a URL as it was written may hold a title.
        mention: String,
        /// As it was written, for the log only.
        #[serde(skip)]
        written: String,
    },
    /// Share links: only Confluence knows which pages they lead to.
    ShareLinks {
        count: usize,
        /// As they were written, for the log only.
        #[serde(skip)]
        written: Vec<String>,
    },
    /// Mentions that were not followed, as reading failed.
    NotRead {
        /// What they name, keys and `page:101`.
        mentions: Vec<String>,
        /// As they were written, for the log only.
        #[serde(skip)]
        written: Vec<String>,
    },
    /// Something was not read, so nothing is unlinked.
    Incomplete {
        what: Why,
    },
    /// Pages past our limit.
    PagesOverLimit {
        count: usize,
    },
    /// So many pages are mentioned that none of them gets a comment.
    TooManyPages {
        count: usize,
    },
    /// A page stays linked although nothing mentions it now, or stays in the index because it can't be read.
    Kept {
        /// `page:101`.
        page: String,
        why: &'static str,
    },
    /// A page with our row that nothing mentions any more.
    Unlinking {
        /// `page:101`.
        page: String,
    },
    /// Pages are written and no comment on the pull request lists them.
    NoTrackingComment,
    /// A comment was added, and the service does not list it yet.
    NotListedYet {
        /// `page:101`; `None` for the pull request.
        page: Option<String>,
    },
    /// The report could not be read, so it is left as it is.
    ReportNotUpdated {
        /// Why, and what to do.
        why: Why,
        /// The service's id of the request.
        request_id: Option<String>,
    },
    /// A write, and what became of it.
    Write {
        outcome: Outcome,
        /// What, by whom, before and after.
        #[serde(flatten)]
        write: WriteFacts,
        /// Why it was not done, and what to do.
        why: Option<Why>,
        /// The service's id of the request.
        request_id: Option<String>,
    },
    /// A read that failed and without which less is shown.
    DetailsHidden {
        why: Why,
        /// The service's id of the request.
        request_id: Option<String>,
    },
    /// Something that failed and is no write that was sent.
    Failed {
        what: String,
        /// Why, and what to do.
        why: Why,
        /// The service's id of the request.
        request_id: Option<String>,
    },
}

impl Event {
    /// A write that was sent.
    pub(crate) fn write(outcome: Outcome, write: WriteFacts, why: Option<Why>, request_id: Option<String>) -> Self {
        Self::Write { outcome, write, why, request_id }
    }
    /// Whether it is a write that happened.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::Write { outcome: Outcome::Written, .. })
    }
}
