//! The review as `review.html`: one file that needs nothing else, neither a server nor the network. Pure.
//!
//! `maud` escapes every text and attribute. Only the style and the script are not escaped. They are files of ours, and the
//! policy of the page contains their digests: a browser runs no other script, and loads nothing.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::number;

use super::finding::{Finding, Kind, Severity};
use super::json::Review;
use super::line::Line;
use super::lines::{day, viewers};
use super::releases::{Coverage, Release};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The digests of style and script; a test compares them.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
     style-src 'sha256-p3IU0K8XM3GS4cAiVuSQpzq/bwiRmqx7Arnp/2ZPr8o='; \
     script-src 'sha256-vMTwoaJLeV26h2mfiod2NJvBfksb74G7Xt9md5zx+7M='";

pub(super) fn text(review: &Review) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Confluence review of " (review.repository) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (heading(review))
                main {
                    p.filtered hidden {}
                    (summary(review))
                    (to_do(review))
                    (pages(review))
                    (without_page(review))
                    (releases(review))
                    section.sign-off aria-label="Sign-off" {
                        @for name in ["Reviewed by", "Date", "Signature"] { p { (name) ":" } }
                    }
                }
                footer { p { "Made by confluence-pr-link " (review.tool_version) " on " (day(&review.created)) "." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// The sticky part: what this is, where to go, and the filter.
fn heading(review: &Review) -> Markup {
    let places = [("to-do", "To do"), ("pages", "Pages"), ("releases", "Releases")];
    html! {
        header {
            h1 { "Confluence review of " (review.repository) }
            nav aria-label="Sections" { @for (id, name) in places { a href={ "#" (id) } { (name) } " " } }
            form.filter hidden autocomplete="off" {
                label { "Search " input name="words" type="search" placeholder="page, key or person"; }
                label { "Finding "
                    select name="finding" {
                        option value="" { "all" }
                        @for kind in Kind::ALL.iter().filter(|kind| review.count(**kind) > 0) {
                            option value=(kind.word()) { (spoken(kind.word())) }
                        }
                    }
                }
                button type="reset" { "Show all" }
                span role="status" {}
            }
        }
    }
}

fn summary(review: &Review) -> Markup {
    let count = |severity: Severity| review.to_do.iter().filter(|finding| finding.severity == severity).count();
    let (high, counts) = (count(Severity::High), &review.counts);
    // Sentences of the log have code marks.
    let plain = |sentence: &String| sentence.replace('`', "");
    html! {
        section aria-labelledby="summary" {
            h2 id="summary" { "Summary" }
            div.figures {
                p {
                    strong { (percent(Some(review.coverage))) } " of pull requests have a page: " (covered(review.coverage))
                }
                p.(if high > 0 { "high" } else { "plain" }) {
                    strong { (review.to_do.len()) } " to do: " (high) " high, " (count(Severity::Medium)) " medium, "
                    (count(Severity::Low)) " low"
                }
                @if !review.complete { p.high { strong { "Incomplete" } " Some facts could not be read" } }
            }
            p.about {
                (number(counts.pull_requests, "pull request", "pull requests")) " updated since " (day(&review.since)) " ("
                (review.days) " days) and " (number(counts.pages, "page", "pages")) " of "
                a href=(review.site) rel="noreferrer" { (review.site) } "."
                @if counts.forks > 0 { " Not counted: " (counts.forks) " from forks." }
            }
            @if !review.incomplete.is_empty() || !review.notes.is_empty() {
                ul.notes {
                    @for sentence in &review.incomplete { li.missing { "Not read: " (plain(sentence)) } }
                    @for sentence in &review.notes { li { (plain(sentence)) } }
                }
            }
        }
    }
}

fn percent(coverage: Option<Coverage>) -> String {
    coverage.and_then(Coverage::percent).map_or_else(|| "Unknown".to_owned(), |percent| format!("{percent}%"))
}

fn covered(coverage: Coverage) -> String {
    let Coverage { pull_requests, with_page, without_page, skipped, unknown } = coverage;
    let rest = [(without_page, "without a page"), (skipped, "skipped"), (unknown, "unknown")];
    let rest = rest.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}"));
    format!("{with_page} of {pull_requests}{}", rest.collect::<String>())
}

fn to_do(review: &Review) -> Markup {
    html! {
        section.to-do aria-labelledby="to-do" {
            h2 id="to-do" { "To do" }
            @if review.to_do.is_empty() { p { "Nothing." } }
            @for of_owner in review.to_do.chunk_by(|left, right| left.owner == right.owner) {
                section {
                    h3 { (of_owner.first().and_then(|finding| finding.owner.as_deref()).unwrap_or("Owner unknown")) }
                    ul { @for finding in of_owner { (item(finding, review)) } }
                }
            }
        }
    }
}

fn item(finding: &Finding, review: &Review) -> Markup {
    let is_about = |line: &&Line| match finding.page {
        Some(_) => line.page == finding.page,
        None => finding.pull_request.is_some_and(|id| id.get() == line.pull_request && line.page.is_none()),
    };
    let lines: Vec<&Line> = review.lines.iter().filter(is_about).collect();
    let keys: BTreeSet<&str> = lines.iter().flat_map(|line| &line.keys).map(String::as_str).collect();
    let keys = keys.into_iter().collect::<Vec<_>>().join(" ");
    html! {
        li data-findings=(finding.kind.word()) data-keys=[(!keys.is_empty()).then_some(keys)] {
            span.badge.(finding.severity.word()) { (finding.severity.word()) } " "
            @if let Some(line) = lines.first() { @if line.page.is_some() { (page_link(line)) } @else { (pull_request_link(line)) } ": " }
            (finding.sentence) ". " em { (finding.action) "." }
        }
    }
}

fn kind_badges(kinds: &[Kind]) -> Markup {
    html! {
        @for kind in kinds {
            " " span.badge.(kind.severity().word()) title=(kind.meaning()) { (spoken(kind.word())) }
        }
    }
}

fn page_link(line: &Line) -> Markup {
    html! {
        @if let Some(url) = &line.page_url { a href=(url) rel="noreferrer" { (line.page_name()) } }
        @else { (line.page_name()) }
    }
}

fn pull_request_link(line: &Line) -> Markup {
    html! {
        a href=(line.pull_request_url) rel="noreferrer" { "#" (line.pull_request) }
        @if let Some(title) = &line.pull_request_title { " " (title) }
    }
}

fn pages(review: &Review) -> Markup {
    let with_page: Vec<&Line> = review.lines.iter().filter(|line| line.page.is_some()).collect();
    html! {
        section.pages aria-labelledby="pages" {
            h2 id="pages" { "Pages" }
            @if with_page.is_empty() { p { "No page is linked." } }
            @for of_page in with_page.chunk_by(|left, right| left.page == right.page) { (page(of_page, review)) }
        }
    }
}

fn page(of_page: &[&Line], review: &Review) -> Markup {
    let Some(line) = of_page.first() else { return html! {} };
    let mut kinds: Vec<Kind> = of_page.iter().flat_map(|line| line.findings.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut keys: Vec<&String> = of_page.iter().flat_map(|line| &line.keys).collect();
    keys.sort_unstable();
    keys.dedup();
    html! {
        details data-findings=(words(&kinds)) {
            summary {
                h3 { (line.page_name()) }
                @if let Some(space) = &line.space { " " span.space { (space) } }
                " " small {
                    (number(of_page.len(), "pull request", "pull requests"))
                    @if line.owner().is_some() { " · Owner: " (person(&line.page_owner_name, &line.page_owner)) }
                }
                (kind_badges(&kinds))
            }
            p.facts {
                @if let Some(url) = &line.page_url { a.open href=(url) rel="noreferrer" { "Open" } " " }
                @for key in keys { code { (key) } " " }
                "Status: " (line.page_status.map(spoken).unwrap_or_default())
                " · Viewers: " (who_can_view(line))
                @if let Some(version) = line.page_version { " · Version " (version) }
                @if let Some(at) = &line.page_changed { " of " time datetime=(at) { (day(at)) } }
                (since_merge(line))
            }
            ul { @for line in of_page { (pull_request(line, review)) } }
        }
    }
}

fn words(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" ")
}

fn who_can_view(line: &Line) -> String {
    let who = match (line.access, &line.space) {
        _ if line.public == Some("yes") => return "everyone on the internet".to_owned(),
        (Some("open"), Some(space)) => format!("everyone with access to space {space}"),
        (Some("open"), None) => "everyone with access to its space".to_owned(),
        (Some("restricted"), _) => format!("only {}", viewers(line)),
        (Some("restricted-above"), _) => format!("only {} (set on a parent page)", viewers(line)),
        (word, _) => word.map(spoken).unwrap_or_default(),
    };
    let is_open = line.access == Some("open");
    if is_open && line.public == Some("unknown") { format!("{who}, public access unknown") } else { who }
}

fn since_merge(line: &Line) -> Markup {
    html! {
        @if let (Some(since), Some(merged)) = (line.versions_since_merge, line.merged_version) {
            " · " @if since == 0 { "Unchanged since the last merge (v" (merged) ")" }
            @else {
                (number(since as usize, "version", "versions")) " since the last merge (v" (merged) ")"
                @if let Some(url) = &line.changes_url { " " a.open href=(url) rel="noreferrer" { "compare" } }
            }
        }
    }
}

/// A person by name; the account id appears where the name is pointed at.
fn person(name: &Option<String>, id: &Option<String>) -> Markup {
    html! {
        @if let Some(name) = name { span title=[id.as_ref()] { (name) } } @else if let Some(id) = id { code { (id) } }
    }
}

fn pull_request(line: &Line, review: &Review) -> Markup {
    // The findings of a page are shown once, with the page.
    let own = line.page.is_none().then_some(line.findings.as_slice());
    html! {
        li data-findings=[own.map(words)] {
            (pull_request_link(line)) " " span.badge { (line.state) }
            @if let Some(at) = &line.merged { " " time datetime=(at) { (day(at)) } }
            @if let Some(commit) = &line.commit {
                " " a href={ "https://bitbucket.org/" (review.repository) "/commits/" (commit) } rel="noreferrer" { code { (commit) } }
            }
            @if let Some(version) = line.version_at_merge { " at page version " (version) }
            @if line.page.is_some() && is_without_page(line, review) { " · Only a comment lists this page" }
            @if !line.releases.is_empty() { " · Releases: " (line.releases.join(", ")) }
            @if line.author.is_some() || line.author_name.is_some() { " · By " (person(&line.author_name, &line.author)) }
            @if line.state == "merged" { " · " (approvals(line)) }
            (kind_badges(own.unwrap_or_default()))
        }
    }
}

/// Whether another line says that this pull request has no page.
fn is_without_page(line: &Line, review: &Review) -> bool {
    review.lines.iter().any(|other| other.page.is_none() && other.pull_request == line.pull_request)
}

fn approvals(line: &Line) -> String {
    match (&line.approved_by, line.approvals) {
        (Some(people), _) => format!("Approved by {people}"),
        (None, Some(0)) => "No approvals".to_owned(),
        (None, Some(count)) => number(count as usize, "approval", "approvals"),
        (None, None) => "Approvals unknown".to_owned(),
    }
}

fn without_page(review: &Review) -> Markup {
    let lines: Vec<&Line> = review.lines.iter().filter(|line| line.page.is_none()).collect();
    html! {
        @if !lines.is_empty() {
            section aria-labelledby="without-page" {
                h2 id="without-page" { "Pull requests without a page" }
                ul { @for line in lines { (pull_request(line, review)) } }
            }
        }
    }
}

fn releases(review: &Review) -> Markup {
    let names = ["Release", "Coverage", "Pages", "Pull requests without a page"];
    html! {
        section aria-labelledby="releases" {
            h2 id="releases" { "Releases" }
            @if review.releases.is_empty() { p { "No release contains a pull request of these days." } }
            @else {
                table {
                    thead { tr { @for name in names { th scope="col" { (name) } } } }
                    tbody { @for release in &review.releases { (release_row(release, review)) } }
                }
            }
        }
    }
}

fn release_row(release: &Release, review: &Review) -> Markup {
    let line_of_page = |page: &String| review.lines.iter().find(|line| line.page.as_ref() == Some(page));
    let without = |id: &u64| review.lines.iter().find(|line| line.page.is_none() && line.pull_request == *id);
    html! {
        tr data-findings="" {
            th scope="row" { (release.name) }
            td {
                (percent(release.coverage))
                @if let Some(coverage) = release.coverage { " " small { (covered(coverage)) } }
            }
            td { @for (index, line) in release.pages.iter().filter_map(line_of_page).enumerate() {
                @if index > 0 { ", " } (page_link(line))
            } }
            td {
                @for line in release.without_page.iter().filter_map(without) { span { (pull_request_link(line)) } br; }
                @if release.coverage.is_none() { "unknown" } @else if release.without_page.is_empty() { "none" }
            }
        }
    }
}

/// A word of the files as people write it.
fn spoken(word: &str) -> String {
    word.replace('-', " ")
}
