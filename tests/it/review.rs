//! A team lead or auditor reads what is linked: who may see it, whether it is still true, what is missing.

mod failing;
mod hidden;
mod last_merge;
mod page;
mod remembered;
pub(crate) mod world;

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::Value;

use crate::bed::{Bed, Ran};
use crate::binary;
use crate::documents;
use crate::life::on_branch;
use fake::State;

use page::Page;

/// The files of a review, and where they are.
pub(crate) struct Reviewed {
    pub(crate) ran: Ran,
    csv: String,
    pub(crate) json: Value,
    html: String,
}

impl Reviewed {
    /// The lines in short: page, status, access, anonymous, freshness; pull request, state, releases, row.
    fn lines(&self) -> Vec<String> {
        let lines = self.json["lines"].as_array().unwrap();
        let text = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+"),
            other => other.to_string(),
        };
        let names =
            ["page", "page_status", "access", "anonymous", "freshness", "pull_request", "state", "releases", "row"];
        lines.iter().map(|line| names.map(|name| text(&line[name])).join(" ").trim_end().to_owned()).collect()
    }

    fn findings(&self) -> Vec<&str> {
        self.json["findings"].as_array().unwrap().iter().map(|it| it["says"].as_str().unwrap()).collect()
    }

    fn counts(&self) -> BTreeMap<&str, u64> {
        let counts = self.json["counts"]["findings"].as_object().unwrap();
        counts.iter().map(|(kind, count)| (kind.as_str(), count.as_u64().unwrap())).collect()
    }

    pub(crate) fn line(&self, page: &str) -> &Value {
        self.json["lines"].as_array().unwrap().iter().find(|line| line["page"] == page).unwrap()
    }
}

pub(crate) fn reviewing(bed: Bed) -> Bed {
    let mut bed = bed.with("ACTION", "review");
    on_branch(&mut bed, "main");
    bed
}

/// Reviews into a directory of its own; nothing may be written to the services.
pub(crate) fn review(bed: &Bed) -> Reviewed {
    let place = binary::Place::new();
    let mut variables = bed.variables.clone();
    variables.insert("OUTPUT_DIR".to_owned(), place.text());
    let before = bed.fake.what_people_see();
    bed.fake.clear_requests();
    let (exit, log) = crate::bed::run_with(&variables);
    let writes: Vec<String> = bed.fake.writes().iter().map(|recorded| recorded.line()).collect();
    assert_eq!(writes, Vec::<String>::new(), "a review writes nothing to the services");
    assert_eq!(bed.fake.what_people_see(), before);
    files_of(&place, Ran { exit, log, writes })
}

fn files_of(place: &binary::Place, ran: Ran) -> Reviewed {
    let text = |name: &str| std::fs::read_to_string(place.join(name)).unwrap();
    Reviewed {
        ran,
        csv: text("review.csv"),
        json: serde_json::from_str(&text("review.json")).unwrap(),
        html: text("review.html"),
    }
}

/// The month of [`world`], linked by a reconciliation, and what happened later.
pub(crate) fn month() -> Bed {
    let mut bed = Bed::new(world::month(), 1).with("CONFLUENCE_SITE_ALIASES", world::SITE);
    on_branch(&mut bed, "main");
    let linking = bed.with("ACTION", "backfill");
    assert_eq!(linking.run().exit.code(), 0);
    world::later(&mut linking.fake.state());
    reviewing(linking)
}

#[test]
fn a_month_is_reviewed() {
    let bed = month();
    let reviewed = review(&bed);
    assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
    assert_eq!(reviewed.json["complete"], true, "{}", reviewed.json["incomplete"]);
    insta::assert_snapshot!(reviewed.lines().join("\n"), @r"
    page:101 current open no not-changed-with-code 6 merged 1.4.1+1.5.0 yes
    page:101 current open no not-changed-with-code 1 merged 1.4.0 yes
    page:102 current open no changed-after-merge 2 merged final yes
    page:103 current open no not-changed-with-code 3 merged 1.4.0 yes
    page:104 not-shown restricted no not-shown 4 merged  yes
    page:105 current open no no-merge 14 draft  yes
    page:105 current open no no-merge 5 open  yes
    page:106 archived open unknown unknown 6 merged  yes
    page:107 missing unknown unknown unknown 7 merged  unknown
    page:108 not-shown restricted-above no not-shown 8 merged  yes
    page:109 current open yes in-step 9 merged 1.5.0 yes
    blogpost:110 current open no no-merge 10 open  yes
    whiteboard:111 not-shown not-shown not-shown not-shown 10 open  no
    - - - - - 12 open  -
    - - - - - 11 merged  -
    - - - - - 7 merged  -
    ");
    insta::assert_snapshot!(reviewed.findings().join("\n"), @r"
    Pull request #11 is linked to no page
    Pull request #7 is linked to no page; a comment that anybody may have written remembers one that is gone
    Pull request #12 asks for no links, by [skip confluence]
    page:107 is gone, or the Confluence account may not see it
    page:106 is archived
    Only some people may view page:104
    Only some people may view page:108: something above it is restricted
    People without an account may view page:109
    No pull request of this repository that is linked to page:105 is merged
    No pull request of this repository that is linked to blogpost:110 is merged
    page:102 was changed on 2026-11-10, after pull request #2 was merged
    page:101 was last changed on 2026-10-31, before pull request #6 was opened
    page:103 was last changed on 2026-10-28, before pull request #3 was opened
    page:105 is labelled `v2-final`, which names no version
    `final` stands among the releases of #2 on page:102, where a version belongs
    ");
    insta::assert_snapshot!(bed.placed(&reviewed.ran.log), @r"
    INFO: Executing the pipe...
    INFO: Version 0.1.0; Bitbucket: https://api.example/2.0 with BITBUCKET_ACCESS_TOKEN; Confluence: https://acme.example with CONFLUENCE_API_TOKEN
    INFO: Pull requests updated in the last 30 days: 15
    INFO: Found 2 of pull-request-without-page: the pull request is linked to no page
    INFO: Found 1 of skipped: the pull request asks for no links, by [skip confluence]
    INFO: Found 1 of page-missing: the page is gone, or the Confluence account may not see it
    INFO: Found 1 of page-archived: the page is archived
    INFO: Found 2 of restricted: only some people may view the page
    INFO: Found 1 of anonymous: people without an account may view the page
    INFO: Found 2 of no-merged-pull-request: no pull request of this repository that is linked to the page is merged
    INFO: Found 1 of changed-after-merge: the page was changed after its last pull request was merged
    INFO: Found 2 of not-changed-with-code: the page was not changed since before its last merged pull request was opened, although the code was
    INFO: Found 2 of no-version: a word stands where a version belongs
    ✔ Reviewed 14 pull requests and 11 pages of https://acme.example, 15 findings: see review.html in OUTPUT_DIR (76 requests, 0 writes, 0 retries, 0 ms waited over all requests, 90 ms in all)
    ");
    let again = review(&bed);
    assert_eq!((again.csv, again.html, again.json), (reviewed.csv, reviewed.html, reviewed.json), "the same files");
}

/// A field of a line as the other files have it: nothing for nothing, several values apart.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec![],
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(values).collect(),
        other => vec![other.to_string()],
    }
}

#[test]
fn the_three_files_say_the_same() {
    let reviewed = review(&month());
    let lines = reviewed.json["lines"].as_array().unwrap();
    assert!(lines.len() > 10);
    let page = Page::read(&reviewed.html);
    assert_eq!(page.rows.len(), lines.len());
    let mut table = csv::Reader::from_reader(reviewed.csv.as_bytes());
    let columns: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(reviewed.csv.matches("\r\n").count(), lines.len() + 1, "each record ends as RFC 4180 has it");
    for ((line, row), record) in lines.iter().zip(&page.rows).zip(table.records()) {
        let record = record.unwrap();
        assert_eq!(line.as_object().unwrap().len(), columns.len(), "each field is a column");
        for (column, cell) in columns.iter().zip(&record) {
            let wanted = values(&line[column]);
            assert_eq!(cell, wanted.join(", "), "{column} in review.csv");
            let shown = row.get(column).cloned().unwrap_or_default();
            assert_eq!(shown, wanted, "{column} in review.html");
        }
    }
}

#[test]
fn the_page_needs_nothing_else_and_lets_nothing_else_run() {
    let bed = month();
    let page = Page::read(&review(&bed).html);
    let digest = |text: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest))
    };
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src {}; script-src {}",
        digest(&page.style),
        digest(&page.script)
    );
    assert_eq!(page.policy, policy, "write these digests into src/action/review/html.rs");
    for name in ["img", "link", "iframe", "object", "base"] {
        assert!(!page.elements.contains_key(name), "{name}");
    }
    assert_eq!((page.elements["script"], page.elements["style"]), (1, 1));
    let site = bed.fake.confluence_url();
    let ours = |link: &String| *link == site || link.starts_with(&format!("{site}/wiki/"));
    let outside = page.links.iter().filter(|link| !ours(link) && !link.starts_with("https://bitbucket.org/acme/shop/"));
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(page.attributes.keys().all(|name| !name.starts_with("on") && name != "style"), "{:?}", page.attributes);
    assert!(!page.script.contains("innerHTML") && !page.style.contains("url("));
    assert!(page.headings.len() > 8 && page.headings.iter().all(|(scope, words)| scope == "col" && !words.is_empty()));
}

#[test]
fn what_hostile_people_write_stays_text() {
    const TITLE: &str =
        "=HYPERLINK(\"https://evil.example\") </td><script>alert(1)</script><img src=x onerror=alert(1)>;+1";
    let mut state = State::default();
    let page = state.add_page(101, "ENG", &format!("@SUM(1) ENG-1 {TITLE}"));
    page.labels = vec!["final-\"><script>".to_owned()];
    let id = state.open_pull_request("ENG-1", TITLE, "", &["x"]);
    state.open_pull_request("nothing", &format!("\u{ff1d}1+1 \u{202e}{TITLE}"), "", &["x"]);
    state.bitbucket.pull_request_mut(id).author.account_id = "=1+1".to_owned();
    let bed = Bed::new(state, id);
    assert_eq!(bed.run().exit.code(), 0);
    world::release_row(&mut bed.fake.state(), 101, id, "-2+3, &lt;script&gt;alert(2)&lt;/script&gt;");
    let bed = reviewing(bed);
    let reviewed = review(&bed);
    assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
    let page = Page::read(&reviewed.html);
    assert_eq!((page.elements["script"], page.elements.get("img")), (1, None));
    assert!(page.attributes.keys().all(|name| !name.starts_with("on")), "{:?}", page.attributes);
    assert!(page.rows[0]["pull_request_title"][0].contains("<script>alert(1)</script>"), "{:?}", page.rows);
    assert_eq!(page.rows[0]["releases"], ["-2+3", "<script>alert(2)</script>"]);
    assert!(!reviewed.html.contains('\u{202e}'), "no text changes its direction");
    let mut table = csv::Reader::from_reader(reviewed.csv.as_bytes());
    for record in table.records() {
        for cell in &record.unwrap() {
            let dangerous = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
            assert!(cell.split(';').all(|part| !part.trim_start().starts_with(dangerous)), "a formula: {cell}");
        }
    }
    assert!(reviewed.csv.contains("\"'=HYPERLINK(\"\"https://evil.example\"\")"), "{}", reviewed.csv);
    assert!(reviewed.csv.contains("\"'=1+1\""), "{}", reviewed.csv);
    let kinds = reviewed.counts();
    assert_eq!((kinds["no-version"], kinds["pull-request-without-page"]), (3, 1), "{kinds:?}");
}

#[test]
fn rows_of_older_pull_requests_count_although_those_are_not_read() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("old", "ENG-1: old", "", &["x"]);
    state.merge(1, true);
    state.clock.advance(40 * 86_400);
    state.open_pull_request("new", "ENG-1: new", "", &["x"]);
    let mut bed = Bed::new(state, 2);
    on_branch(&mut bed, "main");
    let bed = bed.with("ACTION", "backfill").with("DAYS", "3000");
    assert_eq!(bed.run().exit.code(), 0);
    {
        let mut state = bed.fake.state();
        let long_ago = state.clock.ago(60 * 86_400);
        state.bitbucket.pull_request_mut(1).updated_on = long_ago;
    }
    let bed = reviewing(bed).with("DAYS", "7");
    let reviewed = review(&bed);
    assert_eq!(
        reviewed.lines(),
        ["page:101 current open unknown unknown 2 open  yes", "page:101 current open unknown unknown 1 merged  yes"]
    );
    assert_eq!(reviewed.counts(), BTreeMap::new(), "a page whose only merge is older is no finding");
    bed.fake.state().merge(2, true);
    assert_eq!(review(&bed).line("page:101")["freshness"], "not-changed-with-code");
    // Merged before these days, and commented on since: which of the two was merged last is not known.
    bed.fake.state().bitbucket.repositories[0].commits.last_mut().unwrap().date =
        "2026-11-01T12:00:00Z".parse().unwrap();
    assert_eq!(review(&bed).line("page:101")["freshness"], "unknown");
}

#[test]
fn documents_have_every_field_and_finding() {
    let mut json = review(&month()).json;
    documents::fields("review-line", &json["lines"][0]);
    json["lines"] = Value::Null;
    documents::fields("review", &json);
    let source = include_str!("../../src/action/review/finding.rs");
    let kinds = source.split("pub(super) const ALL: [Self; ").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    let findings = documents::rows("findings");
    assert_eq!(findings.len(), kinds.parse::<usize>().unwrap());
    for row in findings {
        let word = documents::code_spans(&row[0])[0];
        assert!(source.contains(&format!("\"{word}\"")) && source.contains(&format!("\"{}\"", row[1])), "{row:?}");
    }
}

#[test]
fn a_review_runs_in_every_kind_of_pipeline_and_needs_a_directory() {
    let bed = month();
    let mut of_pull_request = month();
    of_pull_request.variables.insert("BITBUCKET_PR_ID".to_owned(), "5".to_owned());
    assert_eq!(review(&bed).lines(), review(&of_pull_request).lines());
    let mut of_tag = month();
    of_tag.variables.remove("BITBUCKET_BRANCH");
    of_tag.variables.insert("BITBUCKET_TAG".to_owned(), "1.5.0".to_owned());
    assert_eq!(review(&bed).lines(), review(&of_tag).lines());
    let ran = bed.run();
    assert_eq!((ran.exit.code(), bed.fake.requests().len()), (2, 0), "{}", ran.log);
    assert!(ran.log.contains("OUTPUT_DIR is missing: a review is files"), "{}", ran.log);
}

#[test]
fn a_secret_changes_texts_and_never_the_markup() {
    let mut bed = month();
    let shape = |reviewed: &Reviewed| (Page::read(&reviewed.html).elements, reviewed.csv.matches("\",\"").count());
    let plain = review(&bed);
    for (password, title) in [
        ("table", "ENG-101 Checkout on one page"),
        ("page", "ENG-101 Checkout on one page"),
        ("Checkout", "ENG-101 *** on one page"),
        ("tr class=", "ENG-101 Checkout on one page"),
    ] {
        let encoded = password.replace(' ', "%20").replace('=', "%3D");
        bed = bed.with("HTTPS_PROXY", &format!("http://build:{encoded}@proxy.example"));
        let reviewed = review(&bed);
        assert_eq!(shape(&reviewed), shape(&plain), "{password}");
        assert_eq!(reviewed.lines(), plain.lines(), "{password}");
        assert_eq!(reviewed.line("page:101")["page_title"], title, "{password}");
    }
}
