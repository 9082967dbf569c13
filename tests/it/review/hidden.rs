//! Hidden facts in a review.

use serde_json::Value;

use super::page::Page;
use super::{month, review};
use fake::{BOT, CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN};

#[test]
fn hidden_page_is_reviewed_by_link_and_key() {
    let reviewed = review(&month());
    for (page, access) in [("page:104", "restricted"), ("page:108", "restricted-above")] {
        let line = reviewed.line(page);
        assert_eq!((line["access"].as_str(), line["public"].as_str()), (Some(access), Some("no")));
        for field in ["page_title", "space", "page_owner", "page_version", "page_changed", "version_at_merge"] {
            assert_eq!(line[field], Value::Null, "{page}.{field}");
        }
        assert_eq!(line["keys"].as_array().unwrap().len(), 1);
    }
    for text in [&reviewed.csv, &reviewed.html, &reviewed.json.to_string()] {
        assert!(!text.contains("Card numbers in a log file") && !text.contains("Keys of the vault"));
    }
}

#[test]
fn public_repository_is_reviewed_by_links_only() {
    for (name, value) in [("BITBUCKET_REPO_IS_PRIVATE", "false"), ("SPACES", "NONE")] {
        let bed = month().with(name, value);
        let reviewed = review(&bed);
        assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
        let line = reviewed.line("page:101");
        for field in ["page_status", "access", "public"] {
            assert_eq!(line[field], "not-shown", "{name}: {field}");
        }
        assert!(!reviewed.html.contains("Checkout on one page") && !reviewed.csv.contains("Checkout on one page"));
        let notes = reviewed.json["notes"].as_array().unwrap().iter().filter_map(Value::as_str);
        let notes: Vec<&str> = notes.filter(|note| !note.starts_with("The coverage of these releases")).collect();
        assert_eq!(notes.len(), 1, "{notes:?}");
        let asked = bed.fake.requests().iter().filter(|it| it.request.path.contains("/permission/check")).count();
        assert_eq!(asked, 0, "hidden facts aren't asked for");
    }
}

#[test]
fn never_lists_no_title() {
    let bed = month().with("SHOW_TITLES", "never");
    bed.fake.state().confluence.content_mut(104).read_groups = vec!["card-keepers".to_owned()];
    let reviewed = review(&bed);
    assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
    for text in [&reviewed.csv, &reviewed.html, &reviewed.json.to_string()] {
        let hidden = ["Checkout on one page", "one page instead of four", "page author", "card-keepers"];
        assert_eq!(hidden.iter().find(|hidden| text.contains(**hidden)), None, "{text}");
    }
    assert_eq!(reviewed.line("page:101")["access"], "open");
    let page = Page::read(&reviewed.html);
    let summary = &page.section("summary").text;
    assert!(summary.contains("SHOW_TITLES is never, so"), "without code marks: {summary}");
}

#[test]
fn unknown_public_access_fails_nothing() {
    let mut bed = month();
    bed.fake.state().confluence.admins.clear();
    let reviewed = review(&bed);
    assert_eq!((reviewed.ran.exit.code(), &reviewed.json["complete"]), (0, &Value::Bool(true)), "{}", reviewed.ran.log);
    assert_eq!(reviewed.line("page:109")["public"], "unknown");
    let notes = reviewed.json["notes"].to_string();
    assert!(notes.contains("read:content.permission:confluence"), "{notes}");
    let asked = bed.fake.requests().iter().filter(|it| it.request.path.contains("/permission/check")).count();
    assert_eq!(asked, 1, "who is refused once does not ask for every page");

    bed.fake.state().confluence.admins.push(BOT.to_owned());
    let scoped = bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.clone();
    let fewer = scoped.into_iter().filter(|scope| !scope.contains("permission")).collect();
    bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes = fewer;
    bed.variables.insert("CONFLUENCE_USER_EMAIL".to_owned(), CONFLUENCE_EMAIL.to_owned());
    bed.variables.insert("CONFLUENCE_API_TOKEN".to_owned(), CONFLUENCE_SCOPED_TOKEN.to_owned());
    let reviewed = review(&bed);
    assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
    assert_eq!(reviewed.line("page:109")["public"], "unknown");
    assert!(reviewed.json["notes"].to_string().contains("lacks the scope"), "{}", reviewed.json["notes"]);
}
