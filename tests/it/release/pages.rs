//! A release is planned once, and written once for each page. It owns its name.

use std::fmt::Write;

use super::Shop;
use fake::{BOT, Fault, FaultKind, Happening, Kind, Service};
use serde_json::json;

const UUID: &str = "11111111-0000-4000-8000-000000000001";

/// A comment of ours with open rows of these pull requests.
fn comment(ids: impl Iterator<Item = u64>) -> String {
    let mut rows = String::new();
    for id in ids {
        let url = format!("https://bitbucket.org/acme/shop/pull-requests/{id}#repository={UUID}");
        write!(rows, "<tr><td><p><a href=\"{url}\">Title {id}</a> acme/shop #{id}</p></td><td><p>open</p></td><td><p></p></td><td><p></p></td><td><p></p></td></tr>").unwrap();
    }
    let heads = ["Pull request", "State", "Page version at merge", "Releases", "Author"];
    let heads: String = heads.iter().map(|head| format!("<th><p>{head}</p></th>")).collect();
    let marker = "https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1";
    format!(
        "<p><strong>Pull requests</strong></p><table><tbody><tr>{heads}</tr>{rows}</tbody></table><p><a href=\"{marker}\">confluence-pr-link</a></p>"
    )
}

/// So many merged pull requests with so many commits each, spread over pages from 201 on, with their rows.
fn many(story: &str, pull_requests: u64, commits: usize, pages: u64) -> Shop {
    let mut shop = Shop::new(story);
    {
        let mut state = shop.state();
        for page in 0..pages {
            state.add_page(201 + page, "ENG", &format!("ENG-{} Page", 201 + page));
        }
        let messages: Vec<&str> = std::iter::repeat_n("work", commits).collect();
        for id in 1..=pull_requests {
            let title = format!("ENG-{}: change {id}", 201 + id % pages);
            let opened = state.open_pull_request(&format!("b{id}"), &title, "", &messages);
            state.merge(opened, true);
        }
        for page in 0..pages {
            state.add_page_comment(201 + page, BOT, &comment((1..=pull_requests).filter(|id| id % pages == page)));
        }
    }
    shop.tag("1.4.0", "main");
    shop
}

fn page_writes(shop: &Shop) -> usize {
    shop.bed.fake.writes().iter().filter(|one| one.line().contains("/footer-comments")).count()
}

#[test]
fn thirty_pull_requests_on_one_page_take_one_write() {
    let shop = many("thirty", 30, 1, 1);
    let ran = shop.bed.run();
    assert_eq!((ran.exit.code(), page_writes(&shop)), (0, 1), "{}", ran.log);
    assert!(shop.rows(201).iter().all(|row| row.ends_with("merged 1.4.0")), "{:?}", shop.rows(201));
    shop.bed.nothing_is_left_to_do();
}

#[test]
fn large_release_takes_few_requests() {
    let shop = many("large", 250, 6, 40);
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let requests = shop.bed.fake.requests().len();
    assert!(requests < 300 && page_writes(&shop) <= 40, "{requests} requests, {} writes", page_writes(&shop));
    assert!((201..=240).flat_map(|page| shop.rows(page)).all(|row| row.ends_with("merged 1.4.0")));
    shop.bed.nothing_is_left_to_do();
}

#[test]
fn run_stops_at_the_rate_limit_and_the_next_one_continues() {
    let shop = many("limited", 20, 1, 10);
    let limited = FaultKind::too_many_requests("1");
    shop.state().faults.push(Fault { skip: 4, ..Fault::always(limited).at(Service::Confluence).method("PUT") });
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let said = "rate limited: 4 of 10 pages are done; the next run continues there";
    assert_eq!(ran.log.matches(said).count(), 1, "{}", ran.log);
    assert_eq!(shop.json()["missing"].as_array().unwrap().len(), 2, "{:#}", shop.json()["missing"]);
    assert!(ran.log.contains("; not complete: The release is not on page:205 (and 1 more)"), "{}", ran.log);
    assert_eq!(page_writes(&shop), 4 + 4, "one request is tried four times, and no other is sent: {:?}", ran.writes);
    shop.state().faults.clear();
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 6), "{}", ran.log);
}

#[test]
fn reading_stops_at_the_rate_limit() {
    let shop = many("limited-reading", 20, 1, 10);
    let limited = FaultKind::too_many_requests("1");
    shop.state().faults.push(Fault::always(limited).at(Service::Confluence).path("/footer-comments?"));
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{}", ran.log);
    assert_eq!(ran.log.matches("0 of 10 pages are done").count(), 1, "{}", ran.log);
    assert_eq!(ran.log.matches("Couldn't read the comments on ").count(), 1, "{}", ran.log);
    assert_eq!(shop.json()["complete"], false);
}

#[test]
fn nothing_is_asked_after_a_rate_limit() {
    for (service, path, most) in [
        (Service::Bitbucket, "/commits?", 5),
        (Service::Bitbucket, "/pullrequests?", 6),
        (Service::Confluence, "/rest/api/search?", 10),
    ] {
        let shop = many("limited-early", 20, 1, 10);
        shop.state().faults.push(Fault::always(FaultKind::too_many_requests("1")).at(service).path(path));
        let ran = shop.bed.run_twice();
        assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{path}: {}", ran.log);
        assert!(shop.bed.fake.requests().len() <= most, "{path}: {:?}", shop.bed.fake.requests().len());
        assert_eq!(shop.json()["complete"], false, "{path}");
        assert_eq!(shop.json()["commits_without_page"], serde_json::json!([]), "{path}");
    }
}

#[test]
fn moved_tag_takes_its_name_along() {
    let mut shop = Shop::new("moved");
    shop.merged("one", "ENG-1: stays");
    let early = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.merged("two", "ENG-2: was tagged too early");
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(
        (shop.rows(101), shop.rows(102)),
        (vec!["#1 merged 1.4.0".to_owned()], vec!["#2 merged 1.4.0".to_owned()])
    );
    shop.state().bitbucket.repositories[0].tags.insert("1.4.0".to_owned(), early.clone());
    shop.set("BITBUCKET_COMMIT", &early);
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(ran.log.contains("pageId=102 (release 1.4.0 removed)"), "{}", ran.log);
    assert_eq!((shop.rows(101), shop.rows(102)), (vec!["#1 merged 1.4.0".to_owned()], vec!["#2 merged".to_owned()]));
}

#[test]
fn row_keeps_a_release_unless_its_merge_is_outside() {
    let mut shop = Shop::new("doubt");
    shop.merged("one", "ENG-1: stays");
    let early = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.merged("two", "ENG-2: was tagged too early");
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    shop.set("BITBUCKET_COMMIT", &early);
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/pullrequests/2"));
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), shop.rows(102)), (1, vec!["#2 merged 1.4.0".to_owned()]), "{}", ran.log);

    // A merge that is listed no more, as it lies before the range, is still reached.
    shop.state().faults.clear();
    shop.state().tag("1.3.9", "main");
    shop.merged("three", "ENG-3: after that");
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let rows = [shop.rows(101), shop.rows(102), shop.rows(103)].concat();
    assert_eq!(rows, ["#1 merged 1.4.0", "#2 merged 1.4.0", "#3 merged 1.4.0"]);
}

#[test]
fn rerun_of_an_old_tag_takes_nothing_away() {
    let mut shop = Shop::new("rerun");
    shop.merged("one", "ENG-1: first");
    shop.tag("1.4.0", "main");
    let first = shop.bed.variables["BITBUCKET_COMMIT"].clone();
    shop.bed.run_twice();
    shop.merged("two", "ENG-2: second");
    shop.tag("1.5.0", "main");
    shop.bed.run_twice();
    shop.set("BITBUCKET_TAG", "1.4.0");
    shop.set("BITBUCKET_COMMIT", &first);
    assert_eq!(shop.bed.run_twice().writes, Vec::<String>::new());
}

#[test]
fn names_of_other_repositories_stay() {
    let mut shop = Shop::new("others");
    shop.merged("one", "ENG-1: ours");
    let theirs = comment([9].into_iter()).replace(UUID, "99999999-0000-4000-8000-000000000009");
    let theirs = theirs.replace("acme/shop", "acme/web").replacen(
        "<td><p></p></td><td><p></p></td>",
        "<td><p></p></td><td><p>1.4.0</p></td>",
        1,
    );
    // On a page of their own, and on one that both share.
    for page in [104, 101] {
        shop.state().add_page_comment(page, BOT, &theirs);
    }
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0, "nothing is asked about theirs");
    shop.unset("BITBUCKET_TAG");
    shop.set("BITBUCKET_BRANCH", "main");
    shop.set("ACTION", "remove");
    shop.set("RELEASE_VERSION", "1.4.0");
    shop.bed.run_twice();
    let theirs = "#9 open 1.4.0".to_owned();
    assert_eq!((shop.rows(101), shop.rows(104)), (vec![theirs.clone(), "#1 merged".to_owned()], vec![theirs]));
}

#[test]
fn page_that_only_a_row_names_gets_the_release() {
    let mut shop = Shop::new("only-a-row");
    let id = shop.linked("one", "ENG-1: named once", &["work"]);
    shop.state().bitbucket.pull_request_mut(id).title = "named no more".to_owned();
    shop.state().merge(id, false);
    shop.state().bitbucket.pull_request_mut(id).title = "named no more".to_owned();
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
    assert_eq!(shop.json()["commits_without_page"], serde_json::json!([]));
}

#[test]
fn row_that_vanishes_while_the_release_is_read_is_not_restored() {
    let shop = many("vanishes", 2, 1, 1);
    // Only its row leads from #1 to the page, and #2 still mentions it.
    shop.state().bitbucket.pull_request_mut(1).title = "named no more".to_owned();
    let reads = |request: &fake::Request| request.path.ends_with("/pages/201/footer-comments");
    let vanishes = |state: &mut fake::State| {
        let page_comment = state.confluence.comments.iter_mut().find(|comment| comment.content == 201).unwrap();
        page_comment.body = comment([2].into_iter());
    };
    shop.state().happenings.push(Happening::before(reads, vanishes));
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), shop.rows(201)), (0, vec!["#2 merged 1.4.0".to_owned()]), "{}", ran.log);
}

#[test]
fn rate_limit_at_any_request_stops_the_release_and_is_said_once() {
    let shop = |story| {
        let mut shop = many(story, 6, 1, 3);
        shop.set("PAGE_OUTPUT", "comment,tasks");
        shop.state().add_task(201, "4", "<p>Decide</p>");
        shop.state().bitbucket.pull_request_mut(3).title = "closes ENG-201#4".to_owned();
        shop
    };
    let clean = shop("limited-nowhere");
    assert_eq!(clean.bed.run().exit.code(), 0);
    let requests = clean.bed.fake.requests().len();
    for sent in 0..requests {
        let shop = shop("limited-anywhere");
        let limited = FaultKind::too_many_requests("3600");
        shop.state().faults.push(Fault { skip: sent, ..Fault::always(limited) });
        let ran = shop.bed.run();
        assert_eq!(ran.exit.code(), 1, "{sent}: {}", ran.log);
        let more = shop.bed.fake.requests().len() - sent;
        // Those that were under way at the same moment.
        assert!((1..=12).contains(&more), "{sent}: {more} more: {}", ran.log);
        let said = ran.log.matches("rate limited: ").count();
        let told_before = ran.log.contains("no page was updated for the release");
        assert!(said == 1 || told_before, "{sent}: {}", ran.log);
        shop.state().faults.clear();
        assert_eq!(shop.bed.run_twice().exit.code(), 0);
        let rows = |shop: &Shop| (201..204).map(|page| shop.rows(page)).collect::<Vec<_>>();
        assert_eq!(rows(&shop), rows(&clean), "{sent}");
    }
}

#[test]
fn page_outside_spaces_gets_no_new_row() {
    let mut shop = Shop::new("outside");
    shop.merged("one", "ENG-1: linked while its space counted");
    let id = shop.state().open_pull_request("two", "ENG-1: never linked", "", &["work"]);
    shop.state().merge(id, false);
    shop.set("SPACES", "OPS");
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
}

#[test]
fn row_has_the_version_at_the_merge_and_the_keys_that_led_there() {
    let mut shop = Shop::new("row-facts");
    shop.merged("one", "ENG-1: linked");
    let gone = shop.merged("two", "ENG-2: named once");
    for page in [101, 102] {
        shop.state().edit_page(page, "More words");
        shop.state().confluence.content_mut(page).title = "Renamed".to_owned();
    }
    shop.state().bitbucket.pull_request_mut(gone).title = "named no more".to_owned();
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    let body = |page: u64| shop.bed.fake.page_comments(page).concat();
    assert_eq!(shop.bed.only_rows(101), ["acme/shop #1 ENG-1: linked | merged | 1 | 1.4.0"]);
    assert!(body(101).contains(";keys=ENG-1\""), "{}", body(101));
    assert!(!body(102).contains("ENG-2"), "{}", body(102));
}

#[test]
fn rows_have_the_versions_at_merges_that_are_far_apart() {
    let mut shop = Shop::new("row-versions");
    shop.merged("one", "ENG-1: at the beginning");
    // More versions than one answer has.
    for _ in 0..300 {
        shop.state().edit_page(101, "More words");
    }
    shop.merged("two", "ENG-1: much later");
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    let rows = [
        "acme/shop #2 ENG-1: much later | merged | 301 | 1.4.0",
        "acme/shop #1 ENG-1: at the beginning | merged | 1 | 1.4.0",
    ];
    assert_eq!(shop.bed.only_rows(101), rows);
}

#[test]
fn board_is_listed_with_its_pull_requests() {
    let mut shop = Shop::new("board");
    shop.state().add_content(107, Kind::Whiteboard, "ENG", "Sketch");
    let board = format!("see {}/wiki/spaces/ENG/whiteboard/107", shop.bed.fake.confluence_url());
    let id = shop.linked("one", "ENG-1: sketched", &[&board]);
    shop.state().merge(id, true);
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    let json = shop.json();
    let listed = json["pages"].as_array().unwrap().iter().find(|page| page["kind"] == "whiteboard").unwrap();
    assert_eq!((&listed["pull_requests"], &listed["result"]), (&json!([id]), &json!(null)));
}

#[test]
fn rows_of_what_is_not_merged_lose_the_name() {
    let mut shop = Shop::new("not-merged");
    shop.merged("one", "ENG-1: merged");
    let open = shop.linked("two", "ENG-2: never merged", &["work"]);
    let theirs = comment([open].into_iter()).replacen(
        "<td><p></p></td><td><p></p></td>",
        "<td><p></p></td><td><p>1.4.0</p></td>",
        1,
    );
    shop.state().confluence.comments.iter_mut().find(|comment| comment.content == 102).unwrap().body = theirs;
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!((shop.rows(101), shop.rows(102)), (vec!["#1 merged 1.4.0".to_owned()], vec!["#2 open".to_owned()]));
}

#[test]
fn fifty_other_rows_are_checked_and_those_in_doubt_are_named() {
    let mut shop = Shop::new("many-others");
    shop.merged("one", "ENG-1: merged");
    let theirs = comment(10..=61).replace(
        "<td><p></p></td><td><p></p></td><td><p></p></td>",
        "<td><p></p></td><td><p>1.4.0</p></td><td><p></p></td>",
    );
    shop.state().add_page_comment(104, BOT, &theirs);
    shop.tag("1.4.0", "main");
    shop.bed.run();
    let missing = shop.json()["missing"].to_string();
    assert!(missing.contains("Only 50 of 52 other rows with this release were checked."), "{missing}");
    assert!(missing.contains("Whether #10 is still in the release isn't known."), "{missing}");
    assert!(shop.rows(104).iter().all(|row| row.ends_with("1.4.0")));
}
