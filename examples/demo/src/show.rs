//! Both sides in a terminal.

use crate::terminal::Terminal;
use crate::{markdown, sides, storage};
use fake::{Content, FooterComment, Link, State};

/// The pull request before anybody linked it.
pub(crate) fn request(terminal: &Terminal, state: &State) {
    let Some((repository, pull_request)) = sides::pull_request(state) else { return };
    let known = format!("{} #{}", repository.full_name, pull_request.id);
    terminal.heading("Bitbucket", &pull_request.title, &known);
    let (source, destination) = (&pull_request.source_branch, &pull_request.destination_branch);
    terminal.say(&format!("  {source} → {destination}\n"));
    terminal.document(&markdown::read(&pull_request.description));
    terminal.say("");
    for hash in pull_request.commits.iter().rev() {
        let message = repository.resolve(hash).map_or("", |commit| commit.message.as_str());
        let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
        let short: String = hash.chars().take(7).collect();
        terminal.say(&format!("  {} {subject}", terminal.dim(&short)));
        body.trim().lines().for_each(|line| terminal.say(&format!("          {line}")));
    }
}

/// The Jira issues, with the pages that they link.
pub(crate) fn issues(terminal: &Terminal, state: &State) {
    for issue in &state.jira.issues {
        let pages = issue.links.iter().filter_map(|link| match link {
            Link::Page(page) => Some(state.confluence.content(*page).title.as_str()),
            Link::Raw(_) => None,
        });
        let pages: Vec<&str> = pages.collect();
        terminal.say(&format!("\n  {} {} links the page {}", terminal.bold("Jira"), issue.key, pages.join(", ")));
    }
}

/// The pull request's side: our comment and the report.
pub(crate) fn bitbucket(terminal: &Terminal, state: &State) {
    let Some((repository, pull_request)) = sides::pull_request(state) else { return };
    for comment in sides::our_comments(state, pull_request) {
        terminal.heading("Comment by", &comment.user.display_name, "");
        terminal.document(&markdown::read(&comment.raw));
        terminal.say("");
    }
    if let Some(report) = sides::report(repository, pull_request) {
        terminal.heading("Report", sides::member(report, "title"), sides::member(report, "result"));
        terminal.say(&format!("  {}", sides::member(report, "details")));
        let entries = sides::entries(report);
        let widest = entries.iter().map(|(_, text, _)| text.chars().count()).max().unwrap_or_default();
        for (label, text, href) in entries {
            terminal.say(&format!("  {}  {text:widest$}  {}", terminal.dim(&label), terminal.dim(&href)));
        }
    }
}

/// The pages' side: each page and our comment.
pub(crate) fn confluence(terminal: &Terminal, state: &State) {
    for (content, comments) in sides::pages(state) {
        page(terminal, state, content, &comments);
    }
}

/// One page and its comments.
pub(crate) fn page(terminal: &Terminal, state: &State, content: &Content, comments: &[&FooterComment]) {
    let place = format!("Confluence {}", sides::space(state, content));
    terminal.heading(&place, &content.title, &sides::marks(content).join(", "));
    for comment in comments {
        terminal.document(&storage::read(&comment.body));
    }
    if comments.is_empty() {
        terminal.say(&format!("  {}", terminal.dim("no comment")));
    }
    terminal.say("");
}
