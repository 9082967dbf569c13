//! `release.md`: what a release holds, for people to read. Pure.

use crate::surface::markdown::{code, link, text};

use super::contents::{Commit, Contents, Page, PullRequest};

/// The most commits that are listed; the others are counted.
const MOST_COMMITS: usize = 100;

/// The release notes in Markdown.
pub(super) fn render(contents: &Contents) -> String {
    let Contents { head, pages, pull_requests, commits_without_page: commits, .. } = contents;
    let mut lines = vec![format!("# Release {}", text(contents.name())), String::new()];
    let begin = match &head.previous {
        Some(previous) => format!("since {}", text(previous)),
        None => "with all that is below it".to_owned(),
    };
    lines.push(format!(
        "{}, commit {}, {begin}.",
        text(&head.repository.to_string()),
        code(short(head.commit.as_str()))
    ));
    if head.dry_run {
        lines.extend([String::new(), "A dry run: no page was told of it.".to_owned()]);
    }
    if !head.complete {
        let sentence = "This is not all of it: the log of the step says what is missing.";
        lines.extend([String::new(), sentence.to_owned()]);
    }
    section(&mut lines, "Pages", pages.iter().flat_map(|page| of_page(page, pull_requests)));
    let without = pull_requests.iter().filter(|pull_request| pull_request.pages.is_empty());
    section(&mut lines, "Pull requests without a page", without.map(|one| format!("- {}", of_pull_request(one))));
    let shown = commits.iter().take(MOST_COMMITS).map(of_commit);
    let more = commits.len().saturating_sub(MOST_COMMITS);
    let more = (more > 0).then(|| format!("- and {more} more"));
    section(&mut lines, "Commits without a page", shown.chain(more));
    lines.join("\n") + "\n"
}

impl Contents {
    /// What people call the release.
    pub(super) fn name(&self) -> &str {
        let name = self.head.release.as_ref().map(|release| release.as_str());
        name.or(self.head.tag.as_deref()).unwrap_or_default()
    }
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
    format!("{number} {}", text(&pull_request.title)).trim_end().to_owned()
}

fn of_commit(commit: &Commit) -> String {
    format!("- {} {}", code(short(commit.hash.as_str())), text(&commit.message)).trim_end().to_owned()
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
