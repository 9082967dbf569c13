//! Log messages for audit events.

use std::fmt;

use super::{Event, Outcome, Why, WriteFacts};
use crate::words::{cut, first_of, in_brackets};

impl Event {
    /// The lines of the log.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Requirements { sentences, .. } => sentences.clone(),
            other => vec![other.to_string()],
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => f.write_str(
                "Nothing is configured, so nothing is linked: set CONFLUENCE_BASE_URL and the credentials to use this pipe",
            ),
            Self::Gateway { site, credential } => write!(f, "Confluence: {site} with {credential}, through the gateway"),
            Self::NoPullRequest { branch } => write!(
                f,
                "Nothing to link: no open pull request has the source branch `{}`, and this commit merged none",
                cut(branch)
            ),
            Self::MergesUnknown { why } => write!(
                f,
                "It isn't known which pull requests this commit merged: {why}. Run this step again, or run ACTION `reconcile`"
            ),
            Self::NotListed => f.write_str(
                "Without a Bitbucket credential, the pull requests of this branch are unknown: nothing to link. Use a \
                 `pull-requests` pipeline, or set BITBUCKET_ACCESS_TOKEN",
            ),
            Self::Stopped { signal } => write!(f, "{signal} ends the run. Run the step again to do the rest"),
            Self::Commit => f.write_str(
                "Nothing to link: this pipeline runs on a commit without a branch or pull request. Run it on a branch or \
                 from a pull request",
            ),
            Self::CommentNeedsCredential => f.write_str(
                "PULL_REQUEST_OUTPUT asks for a comment, which needs a Bitbucket credential: set BITBUCKET_ACCESS_TOKEN, or \
                 take `comment` out",
            ),
            Self::TimeoutCut { seconds } => write!(
                f,
                "TIMEOUT_SECONDS counts as {seconds}: the access token of CONFLUENCE_CLIENT_ID is good for one hour"
            ),
            Self::NoReport { why, .. } => write!(f, "The report on the commit is left as it is: {why}"),
            Self::Tag => f.write_str("Nothing to link: a tag pipeline has no pull request"),
            Self::Selected { count, days } => {
                write!(f, "Pull requests updated in the last {days} days: {count}")
            }
            Self::Release { release, previous, commits, pull_requests } => {
                let since = previous.as_ref().map(|previous| format!(", since {}", cut(previous))).unwrap_or_default();
                write!(f, "Release {}{since}; commits: {commits}, merged pull requests: {pull_requests}", cut(release))
            }
            Self::TagWithoutVersion { tag } => write!(
                f,
                "The tag {} has no version, so the release begins after it. Delete the tag if it isn't a release",
                cut(tag)
            ),
            Self::FilesOnly { release, why } => {
                write!(f, "No page is updated for {}, as {why}. The files in OUTPUT_DIR have its contents", cut(release))
            }
            Self::Progress { done, of } => write!(f, "{done} of {of} pull requests are checked"),
            Self::Looked { done, of } => write!(f, "{done} of {of} pull requests are read"),
            Self::Finding { kind, count, means } => write!(f, "{means} ({kind}): {count}"),
            Self::NotReviewed { what } => write!(f, "The review is not complete: {what}"),
            Self::LeftForNextRun { count } => write!(
                f,
                "The time budget is used up: {count} pull requests are left for the next run; raise TIMEOUT_SECONDS, or \
                 lower DAYS if it chose them"
            ),
            Self::Fork => f.write_str(
                "Pull requests from forks aren't linked",
            ),
            Self::Skip => f.write_str("[skip confluence] is in the title or description: no links"),
            Self::NoMention => f.write_str("No text mentions a Confluence page"),
            Self::Requirements { sentences, .. } => f.write_str(&sentences.join(" ")),
            Self::WeakRequirements { requirements, why: "public-repository" } => write!(
                f,
                "No page can meet {} in REQUIRE, because the repository is public: details of its pages are hidden",
                first_of(requirements)
            ),
            Self::WeakRequirements { requirements, .. } => write!(
                f,
                "Pages of every space that the account sees can meet {} in REQUIRE. Set SPACES to the spaces that count",
                first_of(requirements)
            ),
            Self::Closed { state } => write!(f, "This pull request is {state}: it has no links"),
            Self::Linked { name, by, read_only: None, .. } => write!(f, "Found {name}{}", in_brackets(by)),
            Self::Linked { name, read_only: Some(why), .. } => write!(f, "Listed only: {name} ({why})"),
            Self::KeysWithoutPage { keys } => {
                write!(
                    f,
                    "No page found for {}. Ignore this if they aren't page keys, else label the page with its key",
                    first_of(keys)
                )
            }
            Self::AmbiguousKey { key, pages } => write!(
                f,
                "{key} is in the title of {} pages ({}), so none is linked: set the label `{}` on the right one",
                pages.len(),
                pages.join(", "),
                key.to_string().to_lowercase()
            ),
            Self::CrowdedKey { key, by: "jira" } => write!(
                f,
                "The Jira issue {key} links more than five pages: only five are linked; remove the links to the others there"
            ),
            Self::JiraNotRead { why } => {
                write!(f, "Links in Jira issues weren't read: {why}. Or take `jira` out of SOURCES")
            }
            Self::CrowdedKey { key, .. } => write!(
                f,
                "More than five pages have the label `{}`: the first five are linked; take the label off the others",
                key.to_string().to_lowercase()
            ),
            Self::KeyMoved { key, from_name, to_names, .. } => write!(
                f,
                "{key} led to {} and now leads to {}. If that is wrong, correct their labels or titles",
                cut(from_name),
                first_of(to_names)
            ),
            Self::UnlistedPrefix { prefixes, project, line } => write!(
                f,
                "Keys with {} lead to pages, and the repository's project is {project}: if they are meant, write `{line}`, \
                 with every other prefix that names pages",
                prefixes.join(", ")
            ),
            Self::NotVisible { written, .. } => write!(
                f,
                "{written} does not exist, or the Confluence account may not see it: check the link, or let the \
                 account view the page"
            ),
            Self::ShareLinks { written, .. } => write!(
                f,
                "Share links can't be read: {}; paste the page's URL from the browser's address bar instead",
                first_of(written)
            ),
            Self::NotRead { written, .. } => {
                write!(f, "Not looked up in this run: {}", first_of(written))
            }
            Self::Incomplete { what } => write!(f, "{what}; nothing is unlinked in this run"),
            Self::LeftOut { count } => write!(f, "{count} more pages are named: a pull request is linked to 50 at most"),
            Self::TooManyPages { count } => {
                write!(f, "{count} pages are mentioned, so none of them gets a comment. The limit is 20: mention fewer pages")
            }
            Self::Kept { page, why: "unread" } => write!(
                f,
                "{page} was linked and can't be read now: it stays in the list of pages to look at; was it deleted, or its \
                 restrictions changed?"
            ),
            Self::Kept { page, why: "frozen" } => {
                write!(f, "{page} stays linked: the pull request is merged, and its pages no longer change")
            }
            Self::Kept { page, why: "key-still-mentioned" } => write!(
                f,
                "{page} stays linked: a key that led to it is still mentioned and finds no page now; was the page renamed \
                 or moved?"
            ),
            Self::Kept { page, why: "jira-not-read" } => {
                write!(f, "{page} stays linked: the Jira issue that linked it is still mentioned and can't be read now")
            }
            Self::Kept { page, why: "read-only" } => {
                write!(f, "{page} keeps its row although nothing mentions it any more: this pipe may not change it now")
            }
            Self::Kept { page, why: "not-removed" } => {
                write!(f, "{page} keeps its row, because this pipe may not change it: remove the row by hand")
            }
            Self::Kept { page, .. } => write!(f, "{page} stays linked: not everything could be read"),
            Self::Leaving { page } => write!(f, "Nothing mentions {page} any more: its link goes"),
            Self::NoTrackingComment => f.write_str(
                "No comment on the pull request lists its pages, so stale links stay until `ACTION: reconcile` runs. Add \
                 `comment` to PULL_REQUEST_OUTPUT and set a Bitbucket credential.",
            ),
            Self::NotListedYet { page: Some(page) } => {
                write!(f, "Added a comment on {page} that Confluence doesn't list yet. The next run checks it.")
            }
            Self::NotListedYet { page: None } => {
                f.write_str("Added a comment on the pull request that Bitbucket doesn't list yet. The next run checks it.")
            }
            Self::Write { outcome, write, why, .. } => write_sentence(f, *outcome, write, why.as_ref()),
            Self::NotShown { why, .. } => write!(f, "Not all that may be shown of the pages could be read: {why}"),
            Self::Failed { what, why, .. } => write!(f, "Could not {what}: {why}"),
        }
    }
}

fn write_sentence(f: &mut fmt::Formatter<'_>, outcome: Outcome, write: &WriteFacts, why: Option<&Why>) -> fmt::Result {
    let what = &write.what;
    let why = why.map(ToString::to_string).unwrap_or_default();
    match outcome {
        Outcome::Planned => write!(f, "Would {what}"),
        Outcome::Written => write!(f, "Done: {what}"),
        Outcome::LeftUndone => write!(f, "Left undone: {what}: {why}"),
        Outcome::Refused => write!(f, "Refused: {what}: {why}"),
        Outcome::Outdated => {
            write!(f, "Conflict, retrying: {what}: {why}")
        }
        Outcome::InDoubt => write!(f, "In doubt, checking: {what}: {why}"),
        Outcome::LeftInDoubt => write!(f, "In doubt: {what}: {why}. The next run checks it"),
        Outcome::NotWritten => write!(f, "Could not {what}: {why}"),
        Outcome::Foreign => write!(
            f,
            "Comment {} on the pull request belongs to another account ({why}). Delete it if an earlier token of this pipe \
             wrote it",
            write.target.as_deref().unwrap_or_default()
        ),
    }
}
