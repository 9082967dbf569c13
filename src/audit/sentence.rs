//! In which words is it said?

use std::fmt;

use super::{Event, Outcome, Why, WriteFacts};

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => f.write_str(
                "Nothing is configured, so nothing is linked: set CONFLUENCE_BASE_URL and the credentials to use this pipe",
            ),
            Self::Gateway { site, credential } => write!(f, "Confluence: {site} with {credential}, through the gateway"),
            Self::NoPullRequest { branch } => write!(
                f,
                "No open pull request has the source branch `{branch}`, and this commit merged none: nothing to link"
            ),
            Self::MergesUnknown { why } => write!(
                f,
                "It isn't known which pull requests this commit merged: {why}. Run this step again, or run ACTION `reconcile`"
            ),
            Self::NotListed => f.write_str(
                "Without a Bitbucket credential nobody can look up the pull requests of this branch: nothing to link; use a \
                 `pull-requests` pipeline, or set BITBUCKET_ACCESS_TOKEN",
            ),
            Self::Stopped { signal } => write!(f, "{signal} ends the run. Run the step again to do the rest"),
            Self::Commit => f.write_str(
                "This pipeline runs on a commit without a branch or pull request: nothing to link. Run it on a branch or \
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
            Self::Tag => f.write_str("A tag pipeline has no pull request: nothing to link"),
            Self::Selected { count, days } => {
                write!(f, "Pull requests updated in the last {days} days: {count}")
            }
            Self::Release { release, previous, commits, pull_requests } => {
                let since = previous.as_ref().map(|previous| format!(", since {previous}")).unwrap_or_default();
                write!(f, "Release {release}{since}; commits: {commits}, merged pull requests: {pull_requests}")
            }
            Self::TagWithoutVersion { tag } => write!(
                f,
                "The tag {tag} has no version, so the release begins after it. Delete the tag if it isn't a release"
            ),
            Self::FilesOnly { release, why } => {
                write!(f, "No page is told of {release}, as {why}: what it holds goes to the files in OUTPUT_DIR")
            }
            Self::Progress { done, of } => write!(f, "{done} of {of} pull requests are checked"),
            Self::Looked { done, of } => write!(f, "{done} of {of} pull requests are read"),
            Self::Finding { kind, count, means } => write!(f, "Found {count} of {kind}: {means}"),
            Self::NotReviewed { what } => write!(f, "The review is not complete: {what}"),
            Self::LeftForNextRun { count } => write!(
                f,
                "The time budget is used up: {count} pull requests are left for the next run; raise TIMEOUT_SECONDS, or \
                 lower DAYS if it chose them"
            ),
            Self::Fork => f.write_str(
                "This pull request comes from another repository: its text is an outsider's, so nothing is linked",
            ),
            Self::Skip => f.write_str("[skip confluence] is in the title or description: this pull request gets no links"),
            Self::NoMention { sentence } | Self::Requirements { sentence, .. } => f.write_str(sentence),
            Self::WeakRequirements { requirements, why: "public-repository" } => write!(
                f,
                "No page can meet {} in REQUIRE, because the repository is public: details of its pages are hidden",
                requirements.join(", ")
            ),
            Self::WeakRequirements { requirements, .. } => write!(
                f,
                "Pages of every space that the account sees can meet {} in REQUIRE. Set SPACES to the spaces that count",
                requirements.join(", ")
            ),
            Self::Closed { state } => write!(f, "This pull request is {state}: it has no links"),
            Self::Linked { page, by, name, read_only: None } => write!(f, "Found {page}, {name} ({})", by.join("; ")),
            Self::Linked { page, by, name, read_only: Some(why) } => {
                write!(f, "Found {page}, {name} ({}); shown in the pull request only, as {why}", by.join("; "))
            }
            Self::KeysWithoutPage { keys } => {
                write!(
                    f,
                    "No Confluence page for {}: nothing to do if these are another tool's keys; else label the page \
                     with its key",
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
                write!(f, "Pages that are linked in Jira issues aren't found: {why}. Or take `jira` out of SOURCES")
            }
            Self::CrowdedKey { key, .. } => write!(
                f,
                "More than five pages have the label `{}`: the first five are linked; take the label off the others",
                key.to_string().to_lowercase()
            ),
            Self::KeyMoved { key, from_name, to_names, .. } => write!(
                f,
                "{key} led to {from_name} and now leads to {}. If that is wrong, correct their labels or titles",
                to_names.join(", ")
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
            Self::Leaving { page } => write!(f, "Nothing names {page} any more: its link goes"),
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
            Self::Write { outcome, write, why, name, .. } => write_sentence(f, *outcome, write, why.as_ref(), name.as_deref()),
            Self::NotShown { why, .. } => write!(f, "Not all that may be shown of the pages could be read: {why}"),
            Self::Failed { what, why, .. } => write!(f, "Could not {what}: {why}"),
        }
    }
}

fn write_sentence(
    f: &mut fmt::Formatter<'_>,
    outcome: Outcome,
    write: &WriteFacts,
    why: Option<&Why>,
    name: Option<&str>,
) -> fmt::Result {
    let what = &write.what;
    let why = why.map(ToString::to_string).unwrap_or_default();
    match outcome {
        Outcome::Planned => write!(f, "Would {what}{}", name.map(|name| format!(": {name}")).unwrap_or_default()),
        Outcome::Written => write!(f, "Done: {what}"),
        Outcome::LeftUndone => write!(f, "Left undone: {what}: {why}"),
        Outcome::Refused => write!(f, "Refused: {what}: {why}"),
        Outcome::Outdated => {
            write!(f, "Refused, most likely as something else changed it first: {what}: {why}; it is read again")
        }
        Outcome::InDoubt => write!(f, "Not known whether this was done: {what}: {why}; it is read again"),
        Outcome::LeftInDoubt => write!(f, "Not known whether this was done: {what}: {why}; the next run tells"),
        Outcome::NotWritten => write!(f, "Could not {what}: {why}"),
        Outcome::Foreign => write!(
            f,
            "Comment {} carries this pipe's marker and belongs to another account: it is left alone; delete it if an earlier \
             token wrote it ({why})",
            write.target.as_deref().unwrap_or_default()
        ),
    }
}

/// The first twenty, and how many more.
fn first_of(all: &[impl ToString]) -> String {
    let shown: Vec<String> = all.iter().take(20).map(ToString::to_string).collect();
    let more = if all.len() > 20 { format!(" and {} more", all.len() - 20) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
