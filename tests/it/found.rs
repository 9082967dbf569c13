//! Rows that no index leads to: our own page comments are found by search, and reading decides.

use crate::bed::{Bed, Ran};
use crate::pull_request_states::on_branch;
use crate::rows::{SHOP, linked, retitle, row_text, tables};
use fake::{BOT, Fault, FaultKind, Service, State, Status};
use serde_json::json;

/// Pull request 1 is linked to page 101, pull request 2 to page 102, and the step is a scheduled one.
fn scheduled(action: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    state.open_pull_request("one", "ENG-1", "", &["x"]);
    state.open_pull_request("two", "ENG-2", "", &["y"]);
    let mut bed = Bed::new(state, 1).with("BITBUCKET_REPO_UUID", &format!("{{{SHOP}}}"));
    for id in [1, 2] {
        bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        bed.at_tip(id);
        bed.run_twice();
    }
    on_branch(&mut bed, "main");
    bed.with("ACTION", action)
}

/// A person deletes our comment on the pull request, and nothing mentions its page any more.
fn lose_comment(bed: &Bed, id: u64) {
    let comment = bed.fake.state().bitbucket.pull_request(id).comments[0].id;
    bed.fake.state().delete_comment(id, comment);
    retitle(bed, id, "nothing");
}

/// Everything that happened so far was so many days earlier.
fn pass_days(bed: &Bed, days: i64) {
    let mut state = bed.fake.state();
    let earlier = |at: &mut jiff::Timestamp| *at = at.checked_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    for request in state.bitbucket.repositories.iter_mut().flat_map(|it| &mut it.pull_requests) {
        [&mut request.created_on, &mut request.updated_on].into_iter().for_each(earlier);
        for comment in &mut request.comments {
            [&mut comment.created_on, &mut comment.updated_on].into_iter().for_each(earlier);
        }
    }
    state.confluence.comments.iter_mut().flat_map(|it| &mut it.versions).for_each(|version| earlier(&mut version.at));
}

/// Another repository's rows below so many pages.
fn other_repositories(bed: &Bed, pages: u64) {
    let body = bed.fake.page_comments(101).remove(0);
    let other = body.replace(SHOP, "99999999-0000-4000-8000-000000000009").replace("acme/shop", "acme/other");
    assert_ne!(other, body);
    let mut state = bed.fake.state();
    for number in 0..pages {
        state.add_page(10_000 + number, "OPS", &format!("Other {number}"));
        state.add_page_comment(10_000 + number, BOT, &other);
    }
}

fn is_clean(bed: &Bed, ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!([101, 102].map(|page| tables(bed, page).concat().len()), [0, 0], "{}", ran.log);
    assert_eq!([1, 2].map(|id| bed.comments(id).len()), [0, 0], "{}", ran.log);
}

#[test]
fn reconcile_finds_the_row_whose_comment_was_lost() {
    let bed = scheduled("reconcile");
    lose_comment(&bed, 1);
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!((linked(&bed, 101), linked(&bed, 102)), (vec![], vec!["acme/shop#2".to_owned()]), "{}", ran.log);
}

#[test]
fn remove_finds_the_row_whose_comment_was_lost() {
    let bed = scheduled("remove");
    lose_comment(&bed, 1);
    let ran = bed.run_twice();
    is_clean(&bed, &ran);
}

#[test]
fn remove_goes_back_further_than_its_days() {
    let bed = scheduled("remove").with("DAYS", "7");
    bed.fake.state().merge(2, true);
    pass_days(&bed, 400);
    let ran = bed.run_twice();
    is_clean(&bed, &ran);
}

#[test]
fn reconcile_visits_rows_of_pull_requests_that_ended_long_ago() {
    let bed = scheduled("reconcile").with("DAYS", "7");
    bed.fake.state().merge(1, true);
    pass_days(&bed, 30);
    let comment = bed.fake.state().confluence.comments[0].clone();
    bed.fake.state().edit_page_comment(comment.id, BOT, &comment.body);
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    // The state of a row that says merged is not asked for.
    pass_days(&bed, 30);
    let comment = bed.fake.state().confluence.comments[0].clone();
    bed.fake.state().edit_page_comment(comment.id, BOT, &comment.body);
    assert_eq!(bed.run().writes, Vec::<String>::new());
    let asks = |one: &fake::Recorded| one.request.query.iter().any(|(_, value)| value.contains("id = 1"));
    assert!(!bed.fake.requests().iter().any(asks));
}

#[test]
fn rows_whose_pull_requests_agree_are_asked_for_in_one_list() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    for number in 0..15 {
        state.open_pull_request(&format!("b{number}"), "ENG-1", "", &["x"]);
    }
    let mut bed = Bed::new(state, 1).with("BITBUCKET_REPO_UUID", &format!("{{{SHOP}}}"));
    for id in 1..=15 {
        bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        bed.at_tip(id);
        bed.run();
    }
    bed.fake.state().decline(15);
    pass_days(&bed, 30);
    let comment = bed.fake.state().confluence.comments[0].clone();
    bed.fake.state().edit_page_comment(comment.id, BOT, &comment.body);
    on_branch(&mut bed, "main");
    let bed = bed.with("ACTION", "reconcile").with("DAYS", "7");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(linked(&bed, 101).len(), 14, "the declined one goes: {}", ran.log);
    let alone = regex::Regex::new("/pullrequests/[0-9]+$").unwrap();
    let paths = bed.fake.requests().into_iter().map(|it| it.request.path);
    let visited: std::collections::BTreeSet<String> = paths.filter(|path| alone.is_match(path)).collect();
    assert!(visited.iter().all(|path| path.ends_with("/15")), "{visited:?}");
}

#[test]
fn states_that_cannot_be_listed_are_reported() {
    let bed = scheduled("reconcile").with("DAYS", "7");
    bed.fake.state().merge(1, true);
    pass_days(&bed, 30);
    let comment = bed.fake.state().confluence.comments[0].clone();
    bed.fake.state().edit_page_comment(comment.id, BOT, &comment.body);
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/pullrequests?q=id"));
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), linked(&bed, 101).len()), (1, 1), "{}", ran.log);
    assert!(!row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
}

#[test]
fn search_that_fails_is_reported_and_unlinks_nothing() {
    for action in ["reconcile", "backfill"] {
        let bed = scheduled(action);
        let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("currentUser");
        bed.fake.state().faults.push(fault);
        lose_comment(&bed, 1);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 1, "{action}: {}", ran.log);
        assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 1], "{action}: {}", ran.log);
    }
}

#[test]
fn capped_search_is_reported_and_unlinks_nothing() {
    for action in ["reconcile", "backfill"] {
        let bed = scheduled(action);
        lose_comment(&bed, 1);
        {
            // Search gives other hits first, and more of them than are read.
            let mut state = bed.fake.state();
            let ours = std::mem::take(&mut state.confluence.comments);
            let body = "<p>other</p>";
            for page in 10_000..10_060 {
                state.add_page(page, "OPS", &format!("Other {page}"));
                state.add_page_comment(page, BOT, body);
            }
            state.confluence.comments.extend(ours);
            state.confluence.short_pages = Some(1);
        }
        let ran = bed.run();
        assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 1], "{action}: {}", ran.log);
        assert!(ran.log.contains("than the search reads"), "{action}: {}", ran.log);
    }
}

#[test]
fn search_goes_back_as_far_as_days_except_for_remove() {
    for (action, is_limited) in [("reconcile", true), ("backfill", true), ("remove", false)] {
        let bed = scheduled(action).with("DAYS", "7");
        bed.run();
        let requests = bed.fake.requests();
        let queries = requests.iter().flat_map(|it| &it.request.query).map(|(_, value)| value);
        let searches: Vec<&String> = queries.filter(|value| value.contains("currentUser")).collect();
        assert!(!searches.is_empty(), "{action}");
        assert!(searches.iter().all(|query| query.contains("lastmodified") == is_limited), "{action}: {searches:?}");
    }
}

#[test]
fn found_comment_without_its_text_is_read_on_its_page() {
    let bed = scheduled("remove");
    let hit =
        |page: &str| json!({"content": {"id": "1", "type": "comment", "container": {"id": page, "type": "page"}}});
    let found = json!({"results": [hit("101"), hit("102")], "_links": {}});
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::malformed(200, &found)).at(Service::Confluence).path("currentUser"));
    lose_comment(&bed, 1);
    lose_comment(&bed, 2);
    let failing = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/101/footer-comments");
    bed.fake.state().faults.push(failing);
    assert_eq!(bed.run().exit.code(), 1);
    assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 0]);
    bed.fake.state().faults.pop();
    let ran = bed.run();
    is_clean(&bed, &ran);
}

#[test]
fn search_that_atlassian_removed_names_that_and_no_rerun() {
    let bed = scheduled("reconcile");
    bed.fake.state().faults.push(Fault::always(FaultKind::removed()).at(Service::Confluence).path("currentUser"));
    let ran = bed.run();
    assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 1], "{}", ran.log);
    assert!(ran.log.contains("pdate the pipe") && !ran.log.contains("again"), "{}", ran.log);
}

#[test]
fn comments_with_rows_of_other_repositories_are_not_followed() {
    for action in ["reconcile", "backfill", "remove"] {
        let few = scheduled(action);
        few.run();
        let usual = few.fake.requests().len();
        let bed = scheduled(action);
        other_repositories(&bed, 60);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{action}: {}", ran.log);
        let requests = bed.fake.requests().len();
        assert!(requests <= usual + 4, "{action}: {requests} requests, {usual} without: {}", ran.log);
        assert!(!ran.log.contains("1000"), "{action}: {}", ran.log);
        let others = bed.fake.page_comments(10_000);
        assert!(others.len() == 1 && others[0].contains("acme/other"), "{action}: {others:?}");
    }
}

#[test]
fn results_without_content_and_short_pages_hide_no_row() {
    let bed = scheduled("remove");
    {
        let mut state = bed.fake.state();
        (state.confluence.finds_spaces, state.confluence.short_pages) = (true, Some(1));
    }
    other_repositories(&bed, 3);
    lose_comment(&bed, 1);
    lose_comment(&bed, 2);
    let ran = bed.run();
    is_clean(&bed, &ran);
}

#[test]
fn search_that_stays_empty_is_cut_and_unlinks_nothing() {
    for (empty, are_found) in [(4, true), (100, false)] {
        let bed = with_a_restricted_page();
        bed.run_twice();
        {
            let mut state = bed.fake.state();
            state.add_page(105, "ENG", "ENG-9 Another");
            state.bitbucket.pull_request_mut(1).title.push_str(", ENG-9");
            (state.confluence.short_pages, state.confluence.empty_pages) = (Some(1), empty);
            state.confluence.finds_spaces = true;
        }
        let ran = bed.run();
        let searches = bed.fake.requests().iter().filter(|it| it.request.path.ends_with("/rest/api/search")).count();
        assert!(searches < 20, "{searches}: {}", ran.log);
        assert_eq!(ran.log.contains("Couldn't look up in this run"), !are_found, "{empty}: {}", ran.log);
        assert_eq!(ran.log.contains("weren't read"), !are_found, "{empty}: {}", ran.log);
        assert_eq!([101, 102, 104].map(|page| bed.only_rows(page).len()), [1, 1, 1], "{empty}: {}", ran.log);
    }
}

#[test]
fn result_that_makes_no_sense_leaves_keys_open() {
    let bed = with_a_restricted_page();
    let odd = serde_json::json!({"results": [{"content": {"type": "page", "title": "x"}}], "_links": {}});
    let search = Fault::always(FaultKind::malformed(200, &odd)).at(Service::Confluence).path("/rest/api/search");
    bed.fake.state().faults.push(search);
    let ran = bed.run_twice();
    assert!(ran.log.contains("Couldn't look up in this run: ENG-1, ENG-2, ENG-4"), "{}", ran.log);
}

#[test]
fn comment_that_search_does_not_know_yet_is_found_by_the_index() {
    for action in ["reconcile", "backfill", "remove"] {
        let bed = scheduled(action);
        bed.fake.state().confluence.comment_index = Some(vec![]);
        bed.fake.state().merge(1, false);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{action}: {}", ran.log);
        if action == "remove" {
            is_clean(&bed, &ran);
        } else {
            assert!(row_text(&bed, 101, 1).contains("merged"), "{action}: {}", ran.log);
        }
    }
}

#[test]
fn deleted_comment_that_search_still_shows_does_no_harm() {
    // Only `backfill` may create a page comment.
    for (action, rows) in [("reconcile", 0), ("backfill", 1), ("remove", 0)] {
        let bed = scheduled(action);
        bed.fake.state().confluence.freeze_comment_index();
        let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 102).unwrap().id;
        bed.fake.state().delete_page_comment(comment);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{action}: {}", ran.log);
        assert_eq!(linked(&bed, 102).len(), rows, "{action}: {}", ran.log);
        assert_eq!(linked(&bed, 101).is_empty(), action == "remove", "{action}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn remove_takes_the_newest_report_along() {
    let bed = scheduled("remove");
    let tip = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
    assert!(bed.fake.state().bitbucket.repositories[0].reports.iter().any(|report| report.commit == tip));
    let ran = bed.run_twice();
    is_clean(&bed, &ran);
    assert!(bed.fake.state().bitbucket.repositories[0].reports.is_empty(), "{}", ran.log);
}

#[test]
fn remove_reads_no_versions_and_needs_no_merge_commit() {
    let bed = scheduled("remove");
    bed.fake.state().merge(1, false);
    let merge = bed.fake.state().bitbucket.pull_request(1).merge_commit.clone().unwrap();
    let missing = Fault::always(FaultKind::refused_with(404, "Commit not found")).at(Service::Bitbucket);
    bed.fake.state().faults.push(missing.path(&format!("/commit/{}", merge.get(..12).unwrap())));
    let ran = bed.run();
    is_clean(&bed, &ran);
    assert!(bed.fake.requests().iter().all(|it| !it.request.path.ends_with("/versions")), "{}", ran.log);
}

/// A pull request that mentions a page with a view restriction and one without.
fn with_a_restricted_page() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Open to everybody");
    state.add_page(102, "ENG", "ENG-2 Redundancies").read_users.push(BOT.to_owned());
    let parent = state.add_page(103, "ENG", "Board only");
    parent.read_users.push(BOT.to_owned());
    state.add_page(104, "ENG", "ENG-4 Below the board").parent = Some(103);
    let id = state.open_pull_request("one", "ENG-1, ENG-2 and ENG-4", "", &["x"]);
    state.confluence.search_lacks = vec!["restrictions".to_owned(), "ancestors".to_owned()];
    Bed::new(state, id)
}

#[test]
fn restrictions_that_search_does_not_give_are_read_by_id() {
    let bed = with_a_restricted_page();
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let shown = bed.comments(1).concat() + &ran.log;
    assert!(shown.contains("Open to everybody"), "{shown}");
    assert!(!shown.contains("Redundancies") && !shown.contains("Below the board"), "{shown}");
}

#[test]
fn space_and_version_that_search_does_not_give_are_read_by_id() {
    let all = ["space", "version", "history", "metadata", "restrictions", "ancestors"];
    for lacks in all.chunks(1).chain([&all[..]]) {
        let bed = with_a_restricted_page();
        bed.fake.state().confluence.search_lacks = lacks.iter().map(|&lack| lack.to_owned()).collect();
        let ran = bed.run_twice();
        let (log, comment) = (&ran.log, bed.comments(1).concat());
        assert_eq!([101, 102, 104].map(|page| bed.only_rows(page).len()), [1, 1, 1], "{lacks:?}: {log}");
        assert!(comment.contains("(ENG) | 2026-11-21, v1 |"), "{lacks:?}: {comment}");
        assert!(!comment.contains("Redundancies") && !comment.contains("Below the board"), "{lacks:?}: {comment}");
    }
}

#[test]
fn old_search_endpoint_is_not_used() {
    for action in ["link", "reconcile", "backfill", "remove"] {
        let mut bed = scheduled(action);
        if action == "link" {
            bed.variables.insert("BITBUCKET_PR_ID".to_owned(), "1".to_owned());
            bed.at_tip(1);
        }
        bed.fake.state().faults.push(Fault::always(FaultKind::removed()).path("/content/search"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{action}: {}", ran.log);
        assert!(bed.fake.requests().iter().all(|it| !it.request.path.ends_with("/content/search")), "{action}");
    }
}

#[test]
fn remove_lists_what_it_could_not_change() {
    let bed = scheduled("remove");
    bed.fake.state().confluence.content_mut(102).status = Status::Archived;
    let refused =
        Fault::always(FaultKind::refused(403)).at(Service::Confluence).method("PUT").path("/footer-comments/");
    bed.fake.state().faults.push(refused);
    let gone =
        Fault::always(FaultKind::refused(403)).at(Service::Confluence).method("DELETE").path("/footer-comments/");
    bed.fake.state().faults.push(gone);
    let ran = bed.run();
    assert!(ran.log.contains("101") && ran.log.contains("102"), "{}", ran.log);
    assert_eq!([101, 102].map(|page| bed.only_rows(page).len()), [1, 1], "{}", ran.log);
}
