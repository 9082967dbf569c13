//! The review as `review.html`: one file that needs nothing else, neither a server nor the network. Pure.
//!
//! `maud` escapes every text and attribute. What is not escaped are two files of ours, its style and its script, whose
//! digests the page's policy names: a browser runs no other script, and loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::finding::{Finding, Kind};
use super::line::Line;
use super::whole::Review;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The digests of style and script; a test computes them anew.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
     style-src 'sha256-NXgv7emKzPv92bBu1Rv4IfBRT4p5muh+VOwkaa4FUHk='; \
     script-src 'sha256-S3wNmnHIm7SjpnLsiUTpRtVG6o7JKoio14tLNJH1640='";

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
                title { "Confluence links of " (review.repository) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (heading(review))
                main {
                    (tiles(review))
                    (remarks(review))
                    (matrix(review))
                    (findings(review))
                }
                footer {
                    p { "Made by confluence-pr-link " (review.tool_version) " on " (moment(&review.made)) "." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn heading(review: &Review) -> Markup {
    html! {
        header {
            p.product { "Access review and traceability" }
            h1 { "Confluence links of " (review.repository) }
            p.about {
                "Pull requests updated since " (moment(&review.since)) " (" (review.days) " days), and the pages of "
                a href=(review.site) rel="noreferrer" { (review.site) } " that they are linked to."
            }
        }
    }
}

fn tiles(review: &Review) -> Markup {
    let counts = &review.counts;
    let found = || Kind::ALL.iter().map(|kind| (*kind, review.count(*kind))).filter(|(_, count)| *count > 0);
    html! {
        section.summary aria-label="Summary" {
            ul.totals {
                li { strong { (counts.pull_requests) } " pull requests" }
                li { strong { (counts.pages) } " pages" }
                li { strong { (counts.lines) } " lines" }
                li { strong { (review.findings.len()) } " findings" }
                @if counts.forks > 0 { li { strong { (counts.forks) } " from forks, passed over" } }
            }
            ul.tiles {
                @for (kind, count) in found() {
                    li.tile.(tone(kind)) data-kind=(kind.word()) title=(kind.means()) {
                        strong { (count) } " " span { (spoken(kind.word())) }
                    }
                }
                @if review.findings.is_empty() && review.complete { li.tile.good { strong { "0" } " " span { "findings" } } }
            }
        }
    }
}

/// How grave a kind is, as a colour.
fn tone(kind: Kind) -> &'static str {
    match kind {
        Kind::PageMissing | Kind::PageTrashed | Kind::Anonymous => "bad",
        Kind::PullRequestWithoutPage
        | Kind::PageArchived
        | Kind::PageDraft
        | Kind::ChangedAfterMerge
        | Kind::NotChangedWithCode
        | Kind::NoVersion => "warn",
        Kind::Skipped | Kind::Restricted | Kind::NoMergedPullRequest => "note",
    }
}

fn remarks(review: &Review) -> Markup {
    html! {
        @if !review.complete {
            section.incomplete role="note" {
                h2 { "This review is not complete" }
                ul { @for sentence in &review.incomplete { li { (sentence) } } }
            }
        }
        @if !review.notes.is_empty() {
            section.notes role="note" { ul { @for sentence in &review.notes { li { (sentence) } } } }
        }
    }
}

fn matrix(review: &Review) -> Markup {
    let columns = [
        "Page",
        "Status",
        "Access",
        "Last change",
        "Beside the code",
        "Pull request",
        "State",
        "Merged",
        "Version at merge",
        "Releases",
        "Findings",
    ];
    html! {
        section aria-labelledby="matrix" {
            h2 id="matrix" { "Traceability matrix" }
            form.controls hidden {
                label { span { "Search" } input id="words" type="search" autocomplete="off" placeholder="page, key, person, release"; }
                label { span { "Finding" } select id="kind" { option value="" { "all lines" } option value="*" { "any finding" } } }
                button type="reset" { "Show all" }
                p id="shown" role="status" {}
            }
            div.scroll role="region" aria-labelledby="matrix" tabindex="0" {
                table {
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody { @for line in &review.lines { (row(line, review)) } }
                }
            }
            @if review.lines.is_empty() { p.nothing { "No line: no pull request was updated in these days." } }
        }
    }
}

fn row(line: &Line, review: &Review) -> Markup {
    let kinds: Vec<&str> = line.findings.iter().map(|kind| kind.word()).collect();
    let commit_url =
        line.commit.as_ref().map(|hash| format!("https://bitbucket.org/{}/commits/{hash}", review.repository));
    html! {
        tr data-findings=(kinds.join(" ")) {
            td.page data-sort=(line.page_title.as_ref().or(line.page.as_ref()).map_or("", String::as_str)) {
                @if let (Some(page), Some(url)) = (&line.page, &line.page_url) {
                    @if let Some(title) = &line.page_title {
                        a data-field="page_title" href=(url) rel="noreferrer" { (title) }
                        small { (field("space", &line.space)) " " (list("keys", &line.keys)) " " span data-field="page" { (page) } }
                    } @else {
                        a data-field="page" href=(url) rel="noreferrer" { (page) }
                        small { (field("space", &line.space)) " " (list("keys", &line.keys)) }
                    }
                } @else { span.none { "no page" } }
            }
            td.short data-sort=(line.page_status.unwrap_or_default()) {
                (badge("page_status", line.page_status))
                @if let Some(row) = line.row { small { "row there: " (word("row", row)) } }
            }
            td.short data-sort=(line.access.unwrap_or_default()) {
                (badge("access", line.access))
                @if let Some(anonymous) = line.anonymous { small { "anonymous: " (word("anonymous", anonymous)) } }
            }
            td.change data-sort=(line.page_changed.as_deref().unwrap_or_default()) {
                (time("page_changed", &line.page_changed))
                @if let Some(version) = line.page_version { " v" span data-field="page_version" { (version) } }
                (person("owner", ("page_owner", &line.page_owner), ("page_owner_name", &line.page_owner_name)))
            }
            td data-sort=(line.freshness.unwrap_or_default()) { (badge("freshness", line.freshness)) }
            td.pull-request data-sort=(line.pull_request) {
                a href=(line.pull_request_url) rel="noreferrer" { "#" span data-field="pull_request" { (line.pull_request) } }
                " " (field("pull_request_title", &line.pull_request_title))
                (person("by", ("author", &line.author), ("author_name", &line.author_name)))
                @if line.approved_by.is_some() { small { "approved by " (field("approved_by", &line.approved_by)) } }
            }
            td data-sort=(line.state) { (badge("state", Some(&line.state))) }
            td.change data-sort=(line.merged.as_deref().unwrap_or_default()) {
                (time("merged", &line.merged))
                @if let (Some(commit), Some(url)) = (&line.commit, &commit_url) {
                    small { a href=(url) rel="noreferrer" { code data-field="commit" { (commit) } } }
                }
            }
            td.number data-sort=(line.version_at_merge.map(|version| version.to_string()).unwrap_or_default()) {
                @if let Some(version) = line.version_at_merge { "v" span data-field="version_at_merge" { (version) } }
            }
            td data-sort=(line.releases.join(", ")) { (list("releases", &line.releases)) }
            td.found data-sort=(kinds.len()) {
                @for kind in &line.findings { (kind_badge(*kind)) " " }
            }
        }
    }
}

fn field(name: &str, value: &Option<String>) -> Markup {
    html! { @if let Some(value) = value { span data-field=(name) { (value) } } }
}

/// Somebody by name and account id, each with the name of its field; the id stands behind the name, for who points at it.
fn person(role: &str, (id_field, id): (&str, &Option<String>), (name_field, name): (&str, &Option<String>)) -> Markup {
    html! {
        @if id.is_some() || name.is_some() {
            small.person title=[id.as_ref()] { (role) " " (field(name_field, name)) " " @if let Some(id) = id { code data-field=(id_field) { (id) } } }
        }
    }
}

fn list(name: &str, values: &[String]) -> Markup {
    html! { @for value in values { span.item data-field=(name) { (value) } " " } }
}

fn badge(name: &str, word: Option<&str>) -> Markup {
    html! { @if let Some(word) = word { span.badge.(word_tone(word)) data-field=(name) data-value=(word) { (spoken(word)) } } }
}

fn word(name: &str, word: &str) -> Markup {
    html! { span.(word_tone(word)) data-field=(name) data-value=(word) { (spoken(word)) } }
}

fn kind_badge(kind: Kind) -> Markup {
    let word = kind.word();
    html! { span.badge.(tone(kind)) data-field="findings" data-value=(word) title=(kind.means()) { (spoken(word)) } }
}

/// A word of the files as people write it.
fn spoken(word: &str) -> String {
    word.replace('-', " ")
}

fn word_tone(word: &str) -> &'static str {
    match word {
        "current" | "open" | "in-step" | "merged" => "good",
        "missing" | "trashed" => "bad",
        "archived" | "draft" | "changed-after-merge" | "not-changed-with-code" => "warn",
        "restricted" | "restricted-above" => "note",
        _ => "plain",
    }
}

fn time(name: &str, at: &Option<String>) -> Markup {
    html! { @if let Some(at) = at { time data-field=(name) datetime=(at) { (moment(at)) } } }
}

/// The day of a moment in RFC 3339.
fn moment(at: &str) -> &str {
    at.split('T').next().unwrap_or(at)
}

fn findings(review: &Review) -> Markup {
    let of = |kind: Kind| review.findings.iter().filter(move |finding| finding.kind == kind);
    html! {
        @if !review.findings.is_empty() {
            section.findings aria-labelledby="findings" {
                h2 id="findings" { "Findings" }
                @for kind in Kind::ALL {
                    @if of(kind).next().is_some() {
                        section {
                            h3 { span.badge.(tone(kind)) { (spoken(kind.word())) } " " (kind.means()) }
                            ul { @for finding in of(kind) { (one(finding, review)) } }
                        }
                    }
                }
            }
        }
    }
}

fn one(finding: &Finding, review: &Review) -> Markup {
    let is_about = |line: &&Line| match finding.page {
        Some(_) => line.page == finding.page,
        None => finding.pull_request.is_some_and(|id| id.get() == line.pull_request),
    };
    let line = review.lines.iter().find(is_about);
    let about = line.map(|line| match (&line.page_url, &line.page_title) {
        (Some(url), Some(title)) => (url, title.clone()),
        (Some(url), None) => (url, line.page.clone().unwrap_or_default()),
        (None, _) => {
            let title = line.pull_request_title.as_deref().unwrap_or_default();
            (&line.pull_request_url, format!("#{} {title}", line.pull_request))
        }
    });
    html! {
        li data-finding=(finding.kind.word()) {
            (finding.says)
            @if let Some((url, name)) = about { ": " a href=(url) rel="noreferrer" { (name) } }
        }
    }
}
