//! Unread isn't empty: what could not be read is never listed as without a page.

use serde_json::{Value, json};

use super::{Shop, shipped};
use fake::{Fault, FaultKind, Service, State, Status};

fn push(shop: &Shop, message: &str) {
    let mut state = shop.state();
    let State { bitbucket, clock, .. } = &mut *state;
    bitbucket.repositories[0].commit(clock, "main", message);
}

fn incomplete(shop: &Shop, missing: &str) {
    let json = shop.json();
    assert_eq!(json["complete"], false);
    let sentences = json["missing"].as_array().unwrap().iter().filter_map(|sentence| sentence.as_str());
    assert!(sentences.into_iter().any(|sentence| sentence.contains(missing)), "{:#}", json["missing"]);
    assert!(shop.text("release.md").contains("\nThis list isn't complete:\n"));
}

#[test]
fn pages_that_could_not_be_looked_up_are_unread() {
    let mut shop = Shop::new("search-fails");
    for number in 1..=3 {
        let title = if number == 3 { "no page".to_owned() } else { format!("ENG-{number}: never linked") };
        let id = shop.state().open_pull_request(&format!("b{number}"), &title, "", &["work"]);
        shop.state().merge(id, true);
    }
    push(&shop, "ENG-4: straight to main");
    push(&shop, "tidy up");
    shop.tag("1.4.0", "main");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/search"));
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let json = shop.json();
    let pages: Vec<&Value> = json["pull_requests"].as_array().unwrap().iter().map(|one| &one["pages"]).collect();
    assert_eq!(pages, [&Value::Null; 3], "any of them may have a row that was not found");
    let commits: Vec<&Value> =
        json["commits_without_page"].as_array().unwrap().iter().map(|one| &one["message"]).collect();
    assert_eq!(commits, ["tidy up"]);
    let notes = shop.text("release.md");
    let below = |heading: &str| notes.split(heading).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    assert!(!notes.contains("## Pull requests without a page"), "{notes}");
    assert_eq!(below("## Pull requests with unread pages").matches("\n- ").count(), 3, "{notes}");
    assert!(!below("## Direct pushes without a page").contains("ENG-"), "{notes}");
    let last = "1.4.0: 3 pull requests, 0 pages, 1 commit without a page; not complete: ";
    assert!(ran.log.contains(last), "{}", ran.log);
    incomplete(&shop, "#1, #2");
    incomplete(&shop, "Pages that only a row names may be missing.");
    incomplete(&shop, "1 direct push");
}

#[test]
fn message_that_is_too_long_leaves_the_release_incomplete() {
    let mut shop = Shop::new("long-message");
    push(&shop, &format!("ENG-1 first line\n{}", "a line of words\n".repeat(80_000)));
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run();
    assert!(ran.log.contains("; not complete: Not all pages of 1 direct push are known"), "{}", ran.log);
    incomplete(&shop, "1 direct push");
    assert_eq!(shop.json()["commits_without_page"].as_array().unwrap().len(), 0);
}

#[test]
fn pull_request_whose_texts_are_too_long_is_unread() {
    let mut shop = Shop::new("long-text");
    let keys: Vec<String> = (0..600).map(|number| format!("ENG-{}", 1_000 + number)).collect();
    let id = shop.state().open_pull_request("one", "no page", "", &[&keys.join(" ")]);
    shop.state().merge(id, true);
    shop.tag("1.4.0", "main");
    shop.bed.run();
    incomplete(&shop, "#1");
    assert_eq!((&shop.json()["pull_requests"][0]["pages"], without(&shop)), (&Value::Null, 0), "{:#}", shop.json());
}

#[test]
fn unknown_account_leaves_everything_unread() {
    let shop = shipped("not-let-in");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).path("/user/current"));
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{}", ran.log);
    let asked = shop.bed.fake.requests().into_iter().filter(|one| one.request.path.ends_with("/user/current"));
    assert_eq!(asked.count(), 8, "no page is asked for: {}", ran.log);
    let json = shop.json();
    let pages = json["pull_requests"].as_array().unwrap().iter().map(|one| &one["pages"]);
    assert!(pages.into_iter().all(Value::is_null), "{json:#}");
    assert_eq!((&json["pages"], &json["complete"]), (&json!([]), &false.into()));
    assert!(!json["commits_without_page"].to_string().contains("ENG-"), "{json:#}");
}

#[test]
fn sources_without_commits_read_no_messages() {
    let mut shop = Shop::new("sources");
    let id = shop.linked("one", "no page", &["ENG-1: in a message"]);
    shop.state().merge(id, true);
    push(&shop, "ENG-4: straight to main");
    shop.set("SOURCES", "title");
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(without(&shop), 1, "the pull request has a row: {:#}", shop.json());
    let pages = shop.json()["pages"].clone();
    assert_eq!((pages.as_array().unwrap().len(), &pages[0]["id"]), (1, &"101".into()));
    shop.state().confluence.comments.clear();
    shop.bed.run_twice();
    assert_eq!((&shop.json()["pages"], without(&shop)), (&json!([]), 2));
}

/// A pull request that only its row leads to a page, and one without a page.
fn named_by_a_row(story: &str) -> Shop {
    let mut shop = Shop::new(story);
    let id = shop.linked("one", "ENG-1: named once", &["work"]);
    shop.state().bitbucket.pull_request_mut(id).title = "named no more".to_owned();
    shop.state().merge(id, false);
    shop.state().bitbucket.pull_request_mut(id).title = "named no more".to_owned();
    shop.merged("two", "no page");
    shop.tag("1.4.0", "main");
    shop
}

#[test]
fn page_of_a_row_that_could_not_be_read_is_unread() {
    let shop = named_by_a_row("row-unread");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("101"));
    assert_eq!(shop.bed.run().exit.code(), 1);
    incomplete(&shop, "#1");
    let pages = |at: usize| shop.json()["pull_requests"][at]["pages"].clone();
    assert_eq!((pages(0), pages(1)), (Value::Null, json!([])));
    shop.state().faults.clear();
    shop.state().confluence.content_mut(101).status = Status::Trashed;
    assert_eq!(shop.bed.run().exit.code(), 0);
    assert_eq!((pages(0), &shop.json()["complete"]), (json!([]), &true.into()), "a page that is gone is none");
}

#[test]
fn failed_or_capped_search_for_rows_leaves_pull_requests_unread() {
    for capped in [false, true] {
        let shop = named_by_a_row("rows-unread");
        shop.search_finds_not_all(capped);
        let ran = shop.bed.run();
        assert_eq!(ran.exit.code(), u8::from(!capped), "{}", ran.log);
        incomplete(&shop, "Pages that only a row names may be missing.");
        let json = shop.json();
        let pages: Vec<&Value> = json["pull_requests"].as_array().unwrap().iter().map(|one| &one["pages"]).collect();
        assert_eq!(pages, [&Value::Null; 2]);
    }
}

fn without(shop: &Shop) -> usize {
    shop.json()["commits_without_page"].as_array().unwrap().len()
}

#[test]
fn more_mentions_than_are_followed_leave_the_release_incomplete() {
    let mut shop = Shop::new("many-mentions");
    let keys: Vec<String> = (0..600).map(|number| format!("ENG-{}", 1_000 + number)).collect();
    push(&shop, &keys.join(" "));
    shop.tag("1.4.0", "main");
    shop.bed.run();
    incomplete(&shop, "direct push");
}

#[test]
fn ten_thousand_mentions_are_followed() {
    let keys: Vec<String> = (0..500).map(|number| format!("ENG-{}", 1_000 + number)).collect();
    for (pushes, is_complete) in [(20, true), (21, false)] {
        let mut shop = Shop::new("very-many-mentions");
        for _ in 0..pushes {
            push(&shop, &keys.join(" "));
        }
        shop.tag("1.4.0", "main");
        shop.bed.run();
        assert_eq!(shop.json()["complete"], is_complete, "{pushes}: {:#}", shop.json()["missing"]);
    }
}

#[test]
fn release_md_lists_a_hundred_direct_pushes_at_most() {
    let mut shop = Shop::new("hundred");
    for number in 1..=105 {
        push(&shop, &format!("push {number:03}"));
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let notes = shop.text("release.md");
    assert_eq!(notes.matches("push 0").count() + notes.matches("push 1").count(), 100, "{notes}");
    assert!(notes.ends_with("- and 5 more\n"), "{notes}");
    assert_eq!(shop.json()["commits_without_page"].as_array().unwrap().len(), 105);
}

#[test]
fn commits_of_a_listed_pull_request_are_not_repeated() {
    let shop = shipped("not-repeated");
    shop.bed.run_twice();
    let notes = shop.text("release.md");
    let pushes = notes.split("## Direct pushes without a page").nth(1).unwrap();
    assert!(pushes.contains("tidy up") && !pushes.contains("work"), "{notes}");
}
