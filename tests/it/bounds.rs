//! Limits: everything within is done, and the rest is reported and keeps its links.

use crate::bed::Bed;
use crate::receipt::CloneDir;
use fake::{Account, Fault, FaultKind, Service, State};

/// Pages 1001, 1002, … with the keys ENG-1, ENG-2, …, and a pull request whose title names the first so many.
fn naming(pages: u64) -> Bed {
    let mut state = State::default();
    for number in 1..=pages {
        state.add_page(1_000 + number, "ENG", &format!("ENG-{number} Page"));
    }
    let id = state.open_pull_request("work", &keys(1..=pages), "", &["x"]);
    Bed::new(state, id)
}

fn keys(numbers: impl Iterator<Item = u64>) -> String {
    numbers.map(|number| format!("ENG-{number}")).collect::<Vec<_>>().join(" ")
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

#[test]
fn twenty_pages_are_written_and_one_more_is_too_many() {
    let bed = naming(20);
    bed.run_twice();
    assert!((1_001..=1_020).all(|page| bed.only_rows(page).len() == 1));
    let bed = naming(21);
    let ran = bed.run_twice();
    assert!((1_001..=1_021).all(|page| bed.rows(page).is_empty()), "{}", ran.log);
    assert!(
        bed.comments(1)[0].contains("No page gets a comment, because more than 20 pages are mentioned"),
        "{:?}",
        bed.comments(1)
    );
    assert!(
        ran.log.contains("WARNING: 21 pages are mentioned") && ran.log.contains("✖ No page comments written"),
        "{}",
        ran.log
    );
}

#[test]
fn fifty_pages_are_shown_and_one_more_is_left_out_and_said() {
    let shown = |bed: &Bed| bed.comments(1)[0].matches("viewpage.action").count();
    let bed = naming(50);
    let ran = bed.run_twice();
    assert_eq!(shown(&bed), 50);
    assert!(!ran.log.contains("A pull request has at most 50 links"), "{}", ran.log);
    let (clone, bed) = CloneDir::new().of(naming(51));
    let ran = bed.run_twice();
    assert_eq!(shown(&bed), 50);
    assert_eq!(clone.receipt()["subjects"][0]["complete"], false);
    assert!(ran.log.contains("WARNING: 1 more page is mentioned. A pull request has at most 50 links"), "{}", ran.log);
    assert!(bed.comments(1)[0].contains("1 more page is mentioned. The limit is 50."), "{:?}", bed.comments(1));
}

#[test]
fn a_page_past_the_limit_is_not_unlinked() {
    let bed = naming(51);
    retitle(&bed, "ENG-1");
    bed.run_twice();
    retitle(&bed, &keys(2..=51));
    bed.run_twice();
    assert_eq!(bed.only_rows(1_001), Vec::<String>::new(), "fifty others are all there are");
    retitle(&bed, "ENG-1");
    bed.run_twice();
    // Fifty others by key, then the page itself by its link: the fifty-first.
    let link = format!("{}/wiki/spaces/ENG/pages/1001", bed.fake.confluence_url());
    retitle(&bed, &keys(2..=51));
    bed.fake.state().bitbucket.pull_request_mut(1).description = link;
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(1_001).len(), 1, "{}", ran.log);
    assert!(bed.comments(1)[0].contains("pages=page:1001)"), "{}", ran.log);
}

#[test]
fn five_pages_of_a_label_are_linked_and_a_sixth_is_said() {
    for (pages, linked, crowded) in [(5, 5, false), (6, 5, true)] {
        let mut state = State::default();
        for page in 0..pages {
            state.add_page(101 + page, "ENG", "A page").labels.push("eng-7".to_owned());
        }
        let id = state.open_pull_request("work", "ENG-7", "", &["x"]);
        let (clone, bed) = CloneDir::new().of(Bed::new(state, id));
        let ran = bed.run_twice();
        assert_eq!((0..pages).filter(|page| bed.rows(101 + page).len() == 1).count(), linked, "{}", ran.log);
        assert_eq!(clone.receipt()["subjects"][0]["complete"], !crowded);
        assert_eq!(ran.log.contains("WARNING: More than five pages have the label `eng-7`"), crowded, "{}", ran.log);
    }
}

#[test]
fn a_report_has_at_most_ten_entries() {
    let bed = naming(11);
    bed.run_twice();
    let report = bed.fake.state().bitbucket.repositories[0].reports[0].json.clone();
    assert_eq!(report["data"].as_array().unwrap().len(), 10, "{report:#}");
    assert!(report["details"].as_str().unwrap().starts_with("11 pages linked"), "{report:#}");
}

#[test]
fn long_comment_keeps_its_index_and_counts_omitted_pages() {
    let bed = naming(50);
    for page in 1_001..=1_050 {
        // Each sign takes two to six bytes more when it is escaped.
        bed.fake.state().confluence.content_mut(page).title.push_str(&"<|*".repeat(90));
    }
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let comment = bed.fake.pull_request_comments(1).remove(0);
    assert!((20_000..=30_000).contains(&comment.len()), "{}", comment.len());
    let shown = comment.matches("viewpage.action").count();
    assert!(comment.contains(&format!("\nand {} more\n", 50 - shown)), "{comment}");
    assert!(comment.trim_end().ends_with("pages=)"), "{comment}");
}

#[test]
fn the_commits_of_every_page_of_the_list_are_read() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Oldest");
    let messages: Vec<String> =
        (0..250).map(|n| if n == 0 { "ENG-1 start".to_owned() } else { format!("step {n}") }).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let id = state.open_pull_request("work", "Work", "", &messages);
    let bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1);
}

/// ENG-1 is linked, then only what the run does not read could name it.
fn linked_by_what_is_not_read(messages: &[String], said: &str) {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let id = state.open_pull_request("work", "ENG-1", "", &messages);
    let bed = Bed::new(state, id);
    bed.run();
    retitle(&bed, "nothing");
    let ran = bed.run();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
    assert!(ran.log.contains(said) && ran.log.contains("No link is removed in this run"), "{}", ran.log);
    assert!(!ran.log.contains("name no Confluence page"), "not everything was read:\n{}", ran.log);
}

#[test]
fn past_the_commits_that_are_read_nothing_is_unlinked() {
    let messages: Vec<String> = (0..1_001).map(|n| format!("step {n}")).collect();
    linked_by_what_is_not_read(&messages, "more than 1000 commits, and the others weren't read");
}

#[test]
fn a_message_that_is_cut_unlinks_nothing() {
    let long = format!("start\n\n{} ENG-1", "x".repeat(65 * 1_024));
    linked_by_what_is_not_read(&[long], "1 commit message is too long to be read completely");
}

#[test]
fn our_comment_is_found_behind_many_others_on_both_sides() {
    let bed = naming(1);
    let theirs = |bed: &Bed| {
        let mut state = bed.fake.state();
        for _ in 0..260 {
            state.comment(1, Account::somebody_else(), "theirs");
            state.add_page_comment(1_001, fake::SOMEBODY_ELSE, "<p>theirs</p>");
        }
    };
    theirs(&bed);
    bed.run_twice();
    theirs(&bed);
    bed.fake.state().merge(1, false);
    bed.run_twice();
    assert_eq!(bed.only_rows(1_001), ["acme/shop #1 ENG-1 | merged | 1"]);
    let ours = bed.comments(1).iter().filter(|comment| comment.contains("pages=page:1001)")).count();
    assert_eq!(ours, 1);
}

#[test]
fn hits_of_every_page_of_a_search_are_read() {
    let bed = naming(7);
    bed.fake.state().confluence.short_pages = Some(2);
    bed.fake.state().confluence.content_mut(1_007).labels.push("no-pr-links".to_owned());
    bed.run_twice();
    assert!((1_001..=1_006).all(|page| bed.only_rows(page).len() == 1));
    assert_eq!(bed.rows(1_007).len(), 0, "labels come with every page of hits");
    assert!(bed.comments(1)[0].contains("no-pr-links"), "{:?}", bed.comments(1));
}

#[test]
fn frozen_row_stays_when_too_many_pages_are_named() {
    let mut state = State::default();
    for number in 1..=21 {
        state.add_page(1_000 + number, "ENG", &format!("ENG-{number} Page"));
    }
    state.add_task(1_001, "4", "Do it");
    let id = state.open_pull_request("work", "closes ENG-1#4", "", &["x"]);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks").with("SOURCES", "title");
    bed.run_twice();
    let row = bed.only_rows(1_001);
    {
        let mut state = bed.fake.state();
        state.confluence.content_mut(1_001).labels.push("no-pr-links".to_owned());
        let others: Vec<String> = (2..=21).map(|number| format!("ENG-{number}")).collect();
        state.bitbucket.pull_request_mut(id).title = format!("closes ENG-1#4, {}", others.join(" "));
        state.merge(id, false);
    }
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(1_001), row, "{}", ran.log);
    assert!(!bed.fake.state().confluence.tasks[0].complete, "{}", ran.log);
}

#[test]
fn hits_behind_empty_answers_are_read() {
    let bed = naming(3);
    (bed.fake.state().confluence.short_pages, bed.fake.state().confluence.empty_pages) = (Some(1), 4);
    bed.run_twice();
    assert!((1_001..=1_003).all(|page| bed.only_rows(page).len() == 1));
}

#[test]
fn endless_empty_search_is_bounded_and_unlinks_nothing() {
    let bed = naming(2);
    bed.run_twice();
    retitle(&bed, "ENG-1");
    bed.fake.state().add_page(2_001, "ENG", "About ENG-1");
    (bed.fake.state().confluence.short_pages, bed.fake.state().confluence.empty_pages) = (Some(1), 1_000);
    let before = bed.fake.requests().len();
    let ran = bed.run();
    assert_eq!((bed.only_rows(1_001).len(), bed.only_rows(1_002).len()), (1, 1), "{}", ran.log);
    let requests = bed.fake.requests();
    let searches = requests.iter().skip(before).filter(|it| it.request.path.ends_with("/rest/api/search")).count();
    assert!((2..=8).contains(&searches), "{searches} searches: {}", ran.log);
}

#[test]
fn hits_without_content_hide_no_page() {
    let bed = naming(2);
    bed.fake.state().confluence.finds_spaces = true;
    bed.run_twice();
    assert!((1_001..=1_002).all(|page| bed.only_rows(page).len() == 1));
    retitle(&bed, "ENG-1");
    bed.run_twice();
    assert!(bed.only_rows(1_002).is_empty(), "the search was complete");
}

#[test]
fn titles_are_the_contents_own_not_the_marked_ones_of_search() {
    let bed = naming(1);
    bed.fake.state().confluence.content_mut(1_001).title = "ENG-1 Apps & Actions".to_owned();
    bed.run_twice();
    let comment = bed.comments(1).concat();
    assert!(comment.contains("[ENG-1 Apps &amp; Actions]") && !comment.contains("@@@"), "{comment}");
}

#[test]
fn fields_that_search_does_not_expand_are_read_by_id() {
    let bed = naming(2);
    bed.fake.state().confluence.search_lacks = vec!["restrictions".to_owned(), "ancestors".to_owned()];
    bed.fake.state().confluence.content_mut(1_002).title = "ENG-2 Redundancies".to_owned();
    bed.fake.state().confluence.content_mut(1_002).read_users.push(fake::BOT.to_owned());
    let ran = bed.run_twice();
    let shown = bed.comments(1).concat() + &ran.log;
    assert!(shown.contains("ENG-1 Page") && !shown.contains("Redundancies"), "{shown}");
}

#[test]
fn search_that_atlassian_removed_unlinks_nothing_and_says_so() {
    let bed = naming(2);
    bed.run_twice();
    retitle(&bed, "ENG-1");
    bed.fake.state().faults.push(Fault::always(FaultKind::removed()).at(Service::Confluence).path("/rest/api/search"));
    let ran = bed.run();
    assert_eq!((bed.only_rows(1_001).len(), bed.only_rows(1_002).len()), (1, 1), "{}", ran.log);
    assert!(ran.log.contains("update the pipe"), "{}", ran.log);
}

#[test]
fn a_search_with_more_hits_than_are_read_unlinks_nothing() {
    let bed = naming(2);
    bed.run_twice();
    for page in 0..60 {
        bed.fake.state().add_page(2_000 + page, "ENG", "About ENG-1 and ENG-3");
    }
    bed.fake.state().confluence.short_pages = Some(1);
    retitle(&bed, "ENG-1");
    let ran = bed.run();
    assert_eq!((bed.only_rows(1_001).len(), bed.only_rows(1_002).len()), (1, 1), "{}", ran.log);
}

#[test]
fn forged_index_costs_two_hundred_reads_at_most() {
    let bed = naming(1);
    let host = bed.fake.confluence_url().replace("http://", "");
    for forger in 0..3_u64 {
        let pages: Vec<String> = (0..300).map(|page| format!("page:{}", 10_000 + 1_000 * forger + page)).collect();
        let forged = format!("[//]: # (confluence-pr-link v1 site={host} pages={})", pages.join(","));
        bed.fake.state().comment(1, Account::somebody_else(), &forged);
    }
    bed.run();
    let reads = bed.fake.requests().iter().filter(|it| it.request.path.ends_with("/footer-comments")).count();
    assert!(reads <= 210, "{reads}");
}

#[test]
fn a_run_ends_within_its_budget_and_says_so() {
    let bed = naming(1).with("TIMEOUT_SECONDS", "1");
    bed.fake.state().faults.push(Fault::always(FaultKind::Silence).at(Service::Confluence));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 4, "{}", ran.log);
    assert!(ran.log.contains("raise TIMEOUT_SECONDS"), "{}", ran.log);
    let took =
        regex::Regex::new(r"([0-9.]+) s total").unwrap().captures(&ran.details).unwrap()[1].parse::<f64>().unwrap();
    assert!(took < 5.0, "{}", ran.log);
    let bed = bed.with("ON_ERROR", "warn");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(ran.log.contains("the step passes, because ON_ERROR is `warn`"), "{}", ran.log);
}
