//! Log messages for audit events.

use std::fmt;

use super::{Event, Outcome, Why, WriteFacts};
use crate::ids::Key;
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
                "Nothing is configured, so nothing is linked. Set CONFLUENCE_BASE_URL and the credentials to use this pipe",
            ),
            Self::Gateway { site, credential } => write!(f, "Confluence: {site} with {credential}, through the gateway"),
            Self::NoPullRequest { branch } => write!(
                f,
                "Nothing to link: the branch `{}` has no open pull request, and this commit merged none",
                cut(branch)
            ),
            Self::MergesUnknown { why } => write!(
                f,
                "Can't find out which pull requests this commit merged: {why}. Rerun this step, or run `ACTION: reconcile`"
            ),
            Self::BranchNotLookedUp => f.write_str(
                "Nothing to link: without a Bitbucket credential, the pull requests of this branch are unknown. Use a \
                 `pull-requests` pipeline, or set BITBUCKET_ACCESS_TOKEN",
            ),
            Self::Stopped { signal } => write!(f, "{signal} ends the run. Rerun the step to do the rest"),
            Self::Commit => f.write_str(
                "Nothing to link: this pipeline runs on a commit without a branch or pull request. Run it on a branch or \
                 from a pull request",
            ),
            Self::CommentNeedsCredential => f.write_str(
                "`comment` in PULL_REQUEST_OUTPUT needs a Bitbucket credential. Set BITBUCKET_ACCESS_TOKEN, or remove \
                 `comment`",
            ),
            Self::TimeoutLimited { seconds } => write!(
                f,
                "TIMEOUT_SECONDS is limited to {seconds}, because the access token of CONFLUENCE_CLIENT_ID expires after one hour"
            ),
            Self::ReportNotUpdated { why, .. } => write!(f, "The report on the commit wasn't updated: {why}"),
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
            Self::Progress { done, of } => write!(f, "Checked {done} of {of} pull requests"),
            Self::ReadProgress { done, of } => write!(f, "Read {done} of {of} pull requests"),
            Self::Finding { kind, count, means } => write!(f, "{means} ({kind}): {count}"),
            Self::NotReviewed { what } => write!(f, "The review isn't complete: {what}"),
            Self::LeftForNextRun { count } => write!(
                f,
                "Out of time: {count} pull requests are left for the next run. Raise TIMEOUT_SECONDS, or lower DAYS if the \
                 action uses it"
            ),
            Self::Fork => f.write_str("Pull requests from forks aren't linked"),
            Self::Skip => f.write_str("[skip confluence] is in the title or description: no links"),
            Self::NoMention => f.write_str("No text mentions a Confluence page"),
            Self::Requirements { sentences, .. } => f.write_str(&sentences.join(" ")),
            Self::WeakRequirements { requirements, why: "public-repository" } => write!(
                f,
                "No page can meet {} in REQUIRE, because details of pages are hidden in a public repository",
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
            Self::KeysWithoutPage { keys } => keys_without_page(f, keys),
            Self::AmbiguousKey { key, pages } => write!(
                f,
                "{key} is in the title of {} pages ({}), so none is linked. Set the label `{}` on the right one",
                pages.len(),
                pages.join(", "),
                key.to_string().to_lowercase()
            ),
            Self::TooManyPagesForKey { key, by: "jira" } => write!(
                f,
                "The Jira issue {key} links more than five pages. Only five of them are linked. Remove the other links there"
            ),
            Self::JiraNotRead { why } => {
                write!(f, "Links in Jira issues weren't read: {why}. Or take `jira` out of SOURCES")
            }
            Self::TooManyPagesForKey { key, .. } => write!(
                f,
                "More than five pages have the label `{}`. Only the first five are linked. Remove the label from the others",
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
                "Keys with {} lead to pages, but the repository's project is {project}. If that is intended, set `{line}`, \
                 with all prefixes of page keys",
                prefixes.join(", ")
            ),
            Self::PageNotFound { written, .. } => write!(
                f,
                "Page not found, or the Confluence account can't view it: {written}. Check the link, or grant the account \
                 \"View\""
            ),
            Self::ShareLinks { written, .. } => write!(
                f,
                "Share links can't be read: {}. Use the page's URL from the browser's address bar instead",
                first_of(written)
            ),
            Self::NotRead { written, .. } => {
                write!(f, "Couldn't look up in this run: {}", first_of(written))
            }
            Self::Incomplete { what } => write!(f, "{what}. No link is removed in this run"),
            Self::PagesOverLimit { count } => {
                let pages = if *count == 1 { "page is" } else { "pages are" };
                write!(f, "{count} more {pages} mentioned. A pull request has at most 50 links")
            },
            Self::TooManyPages { count } => {
                write!(f, "{count} pages are mentioned, so none of them gets a comment. Mention at most 20 pages")
            }
            Self::Kept { page, why: "unread" } => write!(
                f,
                "Kept the link to {page}, which can't be read now. Check whether the page was deleted or restricted"
            ),
            Self::Kept { page, why: "frozen" } => {
                write!(f, "Kept the link to {page}, because links are frozen after the merge")
            }
            Self::Kept { page, why: "key-still-mentioned" } => write!(
                f,
                "Kept the link to {page}. Its key is still mentioned, but finds no page now. Check whether the page was \
                 renamed or moved"
            ),
            Self::Kept { page, why: "jira-not-read" } => {
                write!(f, "Kept the link to {page}, because the Jira issue that links it can't be read now")
            }
            Self::Kept { page, why: "read-only" } => {
                write!(f, "Can't remove the stale link on {page}, because the page accepts no changes. People who can view it see why")
            }
            Self::Kept { page, why: "not-removed" } => {
                write!(f, "Can't remove the row on {page}, because the page accepts no changes. Remove the row by hand")
            }
            Self::Kept { page, .. } => write!(f, "Kept the link to {page}, because not everything could be read"),
            Self::Unlinking { page } => write!(f, "Nothing mentions {page} anymore, so its link is removed"),
            Self::NoTrackingComment => f.write_str(
                "No comment on the pull request lists its pages, so stale links stay until `ACTION: reconcile` runs. Add \
                 `comment` to PULL_REQUEST_OUTPUT, and set a Bitbucket credential",
            ),
            Self::NotListedYet { page: Some(page) } => {
                write!(f, "Added a comment on {page} that Confluence doesn't list yet. The next run checks it")
            }
            Self::NotListedYet { page: None } => {
                f.write_str("Added a comment on the pull request that Bitbucket doesn't list yet. The next run checks it")
            }
            Self::Write { outcome, write, why, .. } => write_sentence(f, *outcome, write, why.as_ref()),
            Self::DetailsHidden { why, .. } => write!(f, "Some page details are missing: {why}"),
            Self::Failed { what, why, .. } => write!(f, "Couldn't {what}: {why}"),
        }
    }
}

fn keys_without_page(f: &mut fmt::Formatter<'_>, keys: &[Key]) -> fmt::Result {
    let found = first_of(keys);
    match keys {
        [key] => {
            let label = key.to_string().to_lowercase();
            write!(
                f,
                "No page found for {found}. If it is a page key, the page needs the label `{label}`, in a space that the \
                 account can view"
            )
        }
        _ => write!(
            f,
            "No page found for {found}. If they are page keys, each page needs its key as a label, in a space that the \
             account can view"
        ),
    }
}

fn write_sentence(f: &mut fmt::Formatter<'_>, outcome: Outcome, write: &WriteFacts, why: Option<&Why>) -> fmt::Result {
    let what = &write.what;
    let why = why.map(ToString::to_string).unwrap_or_default();
    match outcome {
        Outcome::Planned => write!(f, "Would {what}"),
        Outcome::Written => write!(f, "Done: {what}"),
        Outcome::Skipped => write!(f, "Skipped: {what}: {why}"),
        Outcome::Refused => write!(f, "Refused: {what}: {why}"),
        Outcome::Conflict => write!(f, "Conflict, retrying: {what}: {why}"),
        Outcome::Uncertain => write!(f, "No answer, checking: {what}: {why}"),
        Outcome::Unconfirmed => write!(f, "Not confirmed: {what}: {why}. The next run checks it"),
        Outcome::NotWritten => write!(f, "Couldn't {what}: {why}"),
        Outcome::Foreign => write!(
            f,
            "Comment {} on the pull request is by another account ({why}). Delete it if an earlier token of this pipe \
             wrote it",
            write.target.as_deref().unwrap_or_default()
        ),
    }
}
