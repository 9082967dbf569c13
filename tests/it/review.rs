//! `ACTION: review`: linked pages, viewers, freshness and findings.

mod failing;
mod hidden;
mod index_only;
mod large;
mod last_merge;
mod limits;
mod page;
mod script;
pub(crate) mod world;

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::Value;

use crate::bed::{Bed, Ran};
use crate::binary;
use crate::documents;
use crate::pull_request_states::on_branch;
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
    /// The lines in short: page, status, access, public, versions since the merge; pull request, state, releases, row.
    fn lines(&self) -> Vec<String> {
        let lines = self.json["lines"].as_array().unwrap();
        let text = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+"),
            other => other.to_string(),
        };
        let names = [
            "page",
            "page_status",
            "access",
            "public",
            "versions_since_merge",
            "pull_request",
            "state",
            "releases",
            "row",
        ];
        lines.iter().map(|line| names.map(|name| text(&line[name])).join(" ").trim_end().to_owned()).collect()
    }

    /// The to-do list: severity, owner, page or pull request, and sentence.
    fn findings(&self) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::Number(id) => format!("#{id}"),
            other => other.as_str().unwrap().to_owned(),
        };
        let subject = |item: &Value| text(if item["page"].is_null() { &item["pull_request"] } else { &item["page"] });
        let one = |item: &Value| {
            format!(
                "{} {} {}: {}",
                text(&item["severity"]),
                text(&item["owner"]),
                subject(item),
                text(&item["sentence"])
            )
        };
        self.json["to_do"].as_array().unwrap().iter().map(one).collect()
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
    files_of(&place, Ran { exit, details: log.clone(), log, writes })
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
    page:101 current open no 0 6 merged 1.4.1+1.5.0 yes
    page:101 current open no 0 1 merged 1.4.0 yes
    page:102 current open no 1 2 merged final yes
    page:103 current open no 0 3 merged 1.4.0 yes
    page:104 not-shown restricted no - 4 merged  yes
    page:105 current open no - 14 draft  yes
    page:105 current open no - 5 open  yes
    page:106 archived open unknown 0 6 merged  yes
    page:107 missing unknown unknown - 7 merged  unknown
    page:108 not-shown restricted-above no - 8 merged  yes
    page:109 current open yes 0 9 merged 1.5.0 yes
    blogpost:110 current open no - 10 open  yes
    whiteboard:111 not-shown not-shown not-shown - 10 open  no
    - - - - - 12 open  -
    - - - - - 11 merged  -
    - - - - - 7 merged  -
    ");
    insta::assert_snapshot!(reviewed.findings().join("\n"), @r#"
    high page author page:109: Everyone on the internet can view the page
    medium page author page:106: The page is archived
    medium page author page:105: The label "v2-final" isn't a version
    medium page author page:102: Pull request #2 has the release "final", which isn't a version
    low page author page:105: None of the page's pull requests is merged
    low page author blogpost:110: None of the page's pull requests is merged
    high - page:107: The page is deleted, or the Confluence account can't view it
    low - page:104: Only 2 people can view the page
    low - page:108: Only 2 people can view a parent page
    medium developer #11: The pull request has no page
    medium developer #7: The pull request has no page. A comment lists a missing one, but anyone can write such a comment
    low developer #12: The pull request contains [skip confluence]
    "#);
    insta::assert_snapshot!(bed.placed(&reviewed.ran.log), @r"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop, branch main, https://acme.example
    INFO: Pull requests updated in the last 30 days: 15
    INFO: Everyone on the internet can view the page (public): 1
    INFO: The page is deleted, or the Confluence account can't view it (page-missing): 1
    INFO: The pull request has no page (pull-request-without-page): 2
    INFO: The page is archived (page-archived): 1
    INFO: A release or label isn't a version (no-version): 2
    INFO: Only some people can view the page (restricted): 2
    INFO: The pull request contains [skip confluence] (skipped): 1
    INFO: None of the page's pull requests is merged (no-merged-pull-request): 2
    ✔ Reviewed 14 pull requests and 11 pages of https://acme.example, 12 items to do: see review.html in OUTPUT_DIR
    ");
    let again = review(&bed);
    assert_eq!((again.csv, again.html, again.json), (reviewed.csv, reviewed.html, reviewed.json), "the same files");
}

#[test]
fn page_explains_what_is_unknown_or_missing() {
    let reviewed = review(&month());
    let notes = reviewed.json["notes"].as_array().unwrap();
    assert!(notes[0].as_str().unwrap().contains("unknown: 1.5.0, 1.4.1, 1.4.0, final."), "{notes:?}");
    let page = Page::read(&reviewed.html);
    assert!(page.section("summary").text.contains("unknown: 1.5.0, 1.4.1, 1.4.0, final."));
    let of_page = |page_id: &str| {
        let wanted = format!("pageId={page_id} ");
        page.all("details").into_iter().find(|(_, block)| block.text.contains(&wanted)).unwrap().1.text.clone()
    };
    assert!(of_page("107").contains("Only a comment lists this page"), "#7 is also a pull request without a page");
    assert!(!of_page("106").contains("Only a comment lists this page"));
    assert!(of_page("103").contains("No approvals"));
    assert!(!of_page("105").to_lowercase().contains("approv"), "nothing is merged yet");
    let rows: Vec<&str> = page.all("tr").into_iter().skip(1).map(|(_, row)| row.text.as_str()).collect();
    assert!(rows.len() == 4 && rows.iter().all(|row| row.ends_with("unknown")), "{rows:?}");
    assert!(page.section("summary").text.contains("Not counted: 1 from forks."));
}

#[test]
fn review_page_has_filters_groups_and_sign_off_lines() {
    let reviewed = review(&month());
    let kinds = reviewed.counts();
    assert_eq!(reviewed.html.matches("<option").count(), kinds.len() + 1, "all, and the kinds of this review");
    assert!(kinds.keys().all(|kind| reviewed.html.contains(&format!("<option value=\"{kind}\">"))), "{kinds:?}");
    assert!(reviewed.html.contains("<details data-findings=\"public\">"), "page 109");
    let page = Page::read(&reviewed.html);
    let to_do = page.blocks.iter().position(|block| block.label == "to-do");
    let groups = page.all("section").into_iter().filter(|(_, block)| block.parent == to_do);
    assert_eq!(groups.count(), 3, "the page's author, unknown owners, the developer");
    let details: Vec<usize> = page.all("details").into_iter().map(|(place, _)| place).collect();
    for (_, item) in page.all("li").into_iter().filter(|(_, item)| details.iter().any(|it| item.parent == Some(*it))) {
        let repeats = |kind: &&&str| kind.contains('-') && item.text.contains(&kind.replace('-', " "));
        assert_eq!(kinds.keys().find(repeats), None, "findings of a page are shown once: {}", item.text);
    }
    let sections = page.all("section");
    assert_eq!(sections.last().unwrap().1.text, "Reviewed by:Date:Signature:");
}

#[test]
fn review_page_loads_and_runs_nothing_else() {
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
    let ours = |link: &String| *link == site || link.starts_with(&format!("{site}/wiki/")) || link.starts_with('#');
    let outside = page.links.iter().filter(|link| !ours(link) && !link.starts_with("https://bitbucket.org/acme/shop/"));
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(page.attributes.keys().all(|name| !name.starts_with("on") && name != "style"), "{:?}", page.attributes);
    assert!(!page.script.contains("innerHTML") && !page.style.contains("url("));
    assert!(page.scopes.len() > 5 && page.scopes.iter().all(|scope| scope == "col" || scope == "row"));
}

#[test]
fn hostile_text_stays_text_in_a_review() {
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
    let pages = &page.section("pages").text;
    assert!(pages.contains("<script>alert(1)</script>"), "{pages}");
    assert!(pages.contains("Releases: -2+3, <script>alert(2)</script>"), "{pages}");
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
    let findings = &reviewed.line("page:101")["findings"];
    assert_eq!(*findings, serde_json::json!(["no-version", "no-merged-pull-request"]), "each kind once");
    let kinds = reviewed.counts();
    assert_eq!((kinds["no-version"], kinds["pull-request-without-page"]), (3, 1), "{kinds:?}");
}

#[test]
fn rows_of_older_pull_requests_count() {
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
        ["page:101 current open unknown 0 2 open  yes", "page:101 current open unknown 0 1 merged  yes"]
    );
    assert_eq!(reviewed.counts(), BTreeMap::new(), "a page whose only merge is older is no finding");
    bed.fake.state().merge(2, true);
    assert_eq!(review(&bed).line("page:101")["versions_since_merge"], 0);
}

#[test]
fn documents_have_every_field_and_finding() {
    let mut json = review(&month()).json;
    documents::fields("review-line", &json["lines"][0]);
    for list in ["lines", "to_do", "releases"] {
        json[list] = Value::Null;
    }
    documents::fields("review", &json);
    let source = include_str!("../../src/action/review/finding.rs");
    let kinds = source.split("\nkinds! {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let findings = documents::rows("findings");
    assert_eq!(findings.len(), kinds.matches(';').count());
    for row in findings {
        let word = documents::code_spans(&row[0])[0];
        assert!([word, &row[1]].iter().all(|text| source.contains(&format!("\"{text}\""))), "{row:?}");
    }
}

#[test]
fn review_runs_in_every_pipeline_and_needs_a_directory() {
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
    assert!(ran.log.contains("OUTPUT_DIR is missing. A review only writes files"), "{}", ran.log);
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
