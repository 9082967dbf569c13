//! The index in our pull request comment: it lists pages to look at, and proves nothing.

use crate::bed::Bed;
use crate::rows::{indexes, linked, nothing_is_taken, retitle, with_index};
use fake::{Account, Fault, FaultKind, Service, State};

/// A pull request linked to page 101 and 102 by keys in its title.
fn two() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    state.add_page(103, "ENG", "Third");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    bed
}

#[test]
fn index_holds_page_ids_and_nothing_else() {
    let bed = two();
    assert_eq!(indexes(&bed, 1), [[101, 102]]);
    let raw = bed.fake.pull_request_comments(1).remove(0);
    let hidden: Vec<&str> = raw.lines().filter(|line| line.starts_with("[//]:")).collect();
    for word in ["ENG-", "memory", "closed", "refused"] {
        assert!(hidden.iter().all(|line| !line.contains(word)), "{hidden:?}");
    }
}

#[test]
fn clean_page_leaves_the_index_when_nothing_mentions_it() {
    let bed = two();
    retitle(&bed, 1, "ENG-1");
    let ran = bed.run_twice();
    assert_eq!(indexes(&bed, 1), [[101]], "{}", ran.log);
    assert_eq!(linked(&bed, 102), Vec::<String>::new());
}

#[test]
fn page_that_could_not_be_read_stays_in_its_own_index() {
    let bed = two();
    retitle(&bed, 1, "ENG-1");
    let broken = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/pages/102/footer-comments");
    bed.fake.state().faults.push(broken);
    let ran = bed.run();
    assert_eq!(indexes(&bed, 1), [[101, 102]]);
    assert!(ran.log.contains("102") && !ran.log.contains("ENG-2 Second"), "{}", ran.log);
    bed.fake.state().faults.clear();
    let ran = bed.run_twice();
    assert_eq!((indexes(&bed, 1), linked(&bed, 102).len()), (vec![vec![101]], 0), "{}", ran.log);
}

#[test]
fn page_that_only_the_index_names_is_neither_shown_nor_required() {
    let bed = two();
    retitle(&bed, 1, "nothing");
    bed.run_twice();
    let bed = bed.with("REQUIRE", "link");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    // Its row was there, and a person deleted it.
    let title = format!("{}/wiki/spaces/ENG/pages/103", bed.fake.confluence_url());
    retitle(&bed, 1, &title);
    assert_eq!(bed.run().exit.code(), 0);
    let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 103).unwrap().id;
    bed.fake.state().delete_page_comment(comment);
    retitle(&bed, 1, "nothing");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    assert_eq!(indexes(&bed, 1), [Vec::<u64>::new()], "{}", ran.log);
    let seen = bed.fake.what_people_see().to_string();
    assert!(!seen.contains("pageId=103") && bed.fake.page_comments(103).is_empty(), "{seen}");
    bed.nothing_is_left_to_do_again(5);
}

#[test]
fn row_that_only_the_index_leads_to_is_taken_away() {
    let bed = two();
    retitle(&bed, 1, "nothing");
    let ran = bed.run_twice();
    assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [0, 0], "{}", ran.log);
}

#[test]
fn forged_index_costs_some_reads_and_nothing_else() {
    let clean = two();
    clean.run();
    let usual = clean.fake.requests().len();
    let bed = two();
    {
        let mut state = bed.fake.state();
        let raw = state.bitbucket.pull_request(1).comments[0].raw.clone();
        for first in [2_000, 3_000, 4_000] {
            let ids: Vec<u64> = (first..first + 200).collect();
            let forged = with_index(&raw, &ids);
            state.comment(1, Account::somebody_else(), &forged);
            state.comment(1, Account::other_token(), &forged);
        }
    }
    let before = bed.fake.what_people_see();
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let requests = bed.fake.requests().len();
    // Twenty pages of others, and a page that is not there is asked for twice.
    assert!(requests <= usual + 44, "{requests} requests, {usual} without: {}", ran.log);
    assert_eq!(bed.fake.what_people_see(), before, "{}", ran.log);
    assert!(!ran.log.contains("2000") && !ran.log.contains("3000"), "{}", ran.log);
}

#[test]
fn own_index_is_read_completely_next_to_forged_ones() {
    let mut state = State::default();
    let keys: Vec<String> = (1..=20).map(|n| format!("ENG-{n}")).collect();
    for n in 1..=20 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
    }
    let id = state.open_pull_request("work", &keys.join(" "), "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run();
    {
        let mut state = bed.fake.state();
        let raw = state.bitbucket.pull_request(1).comments[0].raw.clone();
        for number in 0..20 {
            let user = if number % 2 == 0 { Account::somebody_else() } else { Account::other_token() };
            let ids: Vec<u64> = (0..20).map(|n| 5_000 + number * 100 + n).collect();
            state.comment(1, user, &with_index(&raw, &ids));
        }
    }
    retitle(&bed, 1, "nothing");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let left: Vec<u64> = (101..=120).filter(|page| !linked(&bed, *page).is_empty()).collect();
    assert_eq!(left, Vec::<u64>::new(), "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn index_of_an_earlier_token_leads_to_stale_rows() {
    let bed = two();
    {
        let mut state = bed.fake.state();
        let comment = &mut state.bitbucket.pull_request_mut(1).comments[0];
        comment.user = Account::other_token();
        let raw = comment.raw.clone();
        // Two authors may be us, so no comment is known as our own.
        state.comment(1, Account::token("third pipeline", 9), &with_index(&raw, &[]));
    }
    retitle(&bed, 1, "ENG-1");
    let ran = bed.run_twice();
    assert_eq!([101, 102].map(|page| linked(&bed, page).len()), [1, 0], "{}", ran.log);
}

impl Bed {
    /// The same as [`Bed::nothing_is_left_to_do`] for a run that ends with this code.
    fn nothing_is_left_to_do_again(&self, code: u8) {
        let before = self.fake.what_people_see();
        let again = self.run();
        assert_eq!((again.exit.code(), again.writes.len()), (code, 0), "{:#?}\n{}", again.writes, again.log);
        assert_eq!(self.fake.what_people_see(), before);
    }
}

#[test]
fn index_that_an_older_run_overwrote_is_mended() {
    let bed = two();
    retitle(&bed, 1, "ENG-1, ENG-2 and ENG-3");
    bed.fake.state().confluence.content_mut(103).title = "ENG-3 Third".to_owned();
    let old = bed.fake.pull_request_comments(1).remove(0);
    let is_post = |request: &fake::Request| request.method == "POST" && request.path.ends_with("/footer-comments");
    bed.fake.state().happenings.push(fake::Happening::after(is_post, move |state| {
        state.bitbucket.pull_request_mut(1).comments[0].raw.clone_from(&old);
    }));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!((indexes(&bed, 1), linked(&bed, 103).len()), (vec![vec![101, 102, 103]], 1), "{}", ran.log);
    bed.nothing_is_left_to_do();
}
