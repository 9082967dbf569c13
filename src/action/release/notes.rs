//! `release.md`: the contents of a release, for people. Pure.

use crate::surface::markdown::{link, text};

use super::contents::{Commit, Contents, Head, Page, PullRequest};

/// The most commits that are listed; the others are counted.
const MOST_COMMITS: usize = 100;

/// The release notes in Markdown.
pub(super) fn render(contents: &Contents) -> String {
    let Contents { head, pages, pull_requests, commits_without_page: commits, .. } = contents;
    let mut lines = vec![format!("# Release {}", text(contents.name())), String::new(), first_line(head)];
    if head.dry_run {
        lines.extend([String::new(), "A dry run: no page was changed.".to_owned()]);
    }
    if !head.complete {
        lines.extend([String::new(), "This list isn't complete:".to_owned(), String::new()]);
        lines.extend(head.missing.iter().map(|missing| format!("- {}", text(missing))));
    }
    section(&mut lines, "Pages", pages.iter().flat_map(|page| of_page(page, pull_requests)));
    let without = pull_requests.iter().filter(|one| one.pages.as_ref().is_some_and(Vec::is_empty));
    section(&mut lines, "Pull requests without a page", without.map(|one| format!("- {}", of_pull_request(one))));
    let unread = pull_requests.iter().filter(|one| one.pages.is_none());
    section(&mut lines, "Pull requests with unread pages", unread.map(|one| format!("- {}", of_pull_request(one))));
    let pushes: Vec<&Commit> = commits.iter().filter(|commit| commit.pull_request.is_none()).collect();
    let more = pushes.len().saturating_sub(MOST_COMMITS);
    let more = (more > 0).then(|| format!("- and {more} more"));
    let shown = pushes.iter().take(MOST_COMMITS).map(|commit| of_commit(commit));
    section(&mut lines, "Direct pushes without a page", shown.chain(more));
    lines.join("\n") + "\n"
}

impl Contents {
    /// The name of the release, or its tag.
    pub(super) fn name(&self) -> &str {
        let name = self.head.release.as_ref().map(|release| release.as_str());
        name.or(self.head.tag.as_deref()).unwrap_or_default()
    }
}

/// `2026-11-22, acme/shop, commit 0123456789ab, changes since 1.3.0.`
fn first_line(head: &Head) -> String {
    let commit = format!("commit {}", link(short(head.commit.as_str()), &head.commit_url));
    let changes = match (&head.previous, &head.changes_url) {
        (Some(previous), Some(url)) => link(&format!("changes since {previous}"), url),
        _ => "with all commits before it".to_owned(),
    };
    let facts = [head.date.clone(), Some(text(&head.repository.to_string())), Some(commit), Some(changes)];
    format!("{}.", facts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn section(lines: &mut Vec<String>, heading: &str, entries: impl Iterator<Item = String>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        lines.extend([String::new(), format!("## {heading}"), String::new()]);
        lines.extend(entries);
    }
}

/// A page, and below it its pull requests.
fn of_page(page: &Page, pull_requests: &[PullRequest]) -> Vec<String> {
    let space = page.space.as_ref().map(|space| format!(" ({})", text(space))).unwrap_or_default();
    let first = format!("- {}{space}", link(&page.name(), &page.url));
    let own = pull_requests.iter().filter(|one| page.pull_requests.contains(&one.id));
    std::iter::once(first).chain(own.map(|one| format!("    - {}", of_pull_request(one)))).collect()
}

fn of_pull_request(pull_request: &PullRequest) -> String {
    let number = link(&format!("#{}", pull_request.id), &pull_request.url);
    let author = pull_request.author_name.as_deref().map(text).filter(|name| !name.is_empty());
    let parts = [number, text(&pull_request.title), author.map(|name| format!("({name})")).unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn of_commit(commit: &Commit) -> String {
    let hash = link(short(commit.hash.as_str()), &commit.url);
    format!("- {hash} {}", text(&commit.message)).trim_end().to_owned()
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
