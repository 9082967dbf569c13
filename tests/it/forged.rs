//! Forged text changes nothing: not what is written, not a verdict, not a message.

mod crowds;

use crate::bed::{Bed, Ran};
use crate::linking::simple;
use crate::rows::{comparable, indexes, linked, nothing_is_taken, retitle, row_text, taken, with_index};
use fake::{Account, BITBUCKET_EMAIL, BITBUCKET_USER_TOKEN, Fault, FaultKind, Response, SOMEBODY_ELSE, Service, State};

/// What our comment on a pull request looks like, from another world.
fn genuine(bed: &Bed) -> String {
    let other = simple();
    other.run();
    let raw = other.fake.pull_request_comments(1).remove(0);
    let host = |bed: &Bed| bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    raw.replace(&host(&other), &host(bed))
}

/// Somebody adds a comment that looks like ours and names these pages; gives its id.
fn forge(bed: &Bed, user: Account, ids: &[u64]) -> u64 {
    let raw = with_index(&genuine(bed), ids);
    bed.fake.state().comment(1, user, &raw)
}

fn app(number: u32) -> Account {
    Account::token("another pipeline", 1_000 + number)
}

fn ours(bed: &Bed) -> Vec<u64> {
    live(bed, &Account::bot())
}

fn live(bed: &Bed, user: &Account) -> Vec<u64> {
    let state = bed.fake.state();
    let comments = state.bitbucket.pull_request(1).comments.iter();
    comments.filter(|it| !it.deleted && it.user.uuid == user.uuid).map(|it| it.id).collect()
}

/// The comments that a run tried to change, once for each try.
fn tried(ran: &Ran) -> Vec<u64> {
    let writes =
        ran.writes.iter().filter(|line| line.starts_with("PUT ") && line.contains("/pullrequests/1/comments/"));
    writes.map(|line| line.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

/// One comment of ours, the row on page 101, and a run that goes well.
fn is_linked(bed: &Bed, ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(linked(bed, 101), ["acme/shop#1"], "{}", ran.log);
    assert_eq!(ours(bed).len(), 1, "{}", ran.log);
}

fn as_person(bed: Bed) -> Bed {
    let bed = bed.with("BITBUCKET_ACCESS_TOKEN", "").with("ATLASSIAN_ACCOUNT_EMAIL", BITBUCKET_EMAIL);
    bed.with("ATLASSIAN_API_TOKEN", BITBUCKET_USER_TOKEN)
}

#[test]
fn token_never_writes_to_a_persons_comment() {
    let bed = simple();
    let forged: Vec<u64> = (0..5).map(|_| forge(&bed, Account::somebody_else(), &[999])).collect();
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert!(tried(&ran).iter().all(|id| !forged.contains(id)), "{:#?}", ran.writes);
    bed.nothing_is_left_to_do();
}

#[test]
fn comment_of_another_token_is_tried_once() {
    let bed = simple();
    let forged = forge(&bed, Account::other_token(), &[999]);
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert_eq!(tried(&ran).iter().filter(|id| **id == forged).count(), 1, "{:#?}", ran.writes);
    // Ours is the newest now and says what it should.
    bed.nothing_is_left_to_do();
}

#[test]
fn newer_comment_of_another_token_adds_no_second_one() {
    let bed = simple();
    bed.run_twice();
    forge(&bed, Account::other_token(), &[999]);
    for title in ["ENG-123 again", "ENG-123: new checkout"] {
        retitle(&bed, 1, title);
        let ran = bed.run();
        is_linked(&bed, &ran);
        nothing_is_taken(&bed);
    }
}

#[test]
fn five_authors_at_most_are_tried() {
    let bed = simple();
    for number in 0..40 {
        forge(&bed, app(number), &[999]);
    }
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert!(tried(&ran).len() <= 5, "{:#?}", ran.writes);
    // Ours is the newest now.
    bed.nothing_is_left_to_do();
}

#[test]
fn one_account_with_many_comments_is_tried_once() {
    let bed = simple();
    for _ in 0..40 {
        forge(&bed, Account::other_token(), &[999]);
    }
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert_eq!(tried(&ran).len(), 1, "{:#?}", ran.writes);
    assert!(bed.fake.requests().len() < 60, "{} requests", bed.fake.requests().len());
}

#[test]
fn person_writes_to_their_own_comments_only() {
    let bed = as_person(simple());
    forge(&bed, Account::somebody_else(), &[999]);
    forge(&bed, Account::other_token(), &[999]);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!((tried(&ran), live(&bed, &Account::bot_user()).len()), (vec![], 1), "{}", ran.log);
    assert_eq!(linked(&bed, 101), ["acme/shop#1"]);
    bed.nothing_is_left_to_do();
}

#[test]
fn person_who_may_not_ask_for_their_account_tries_persons_only() {
    let bed = as_person(simple());
    bed.fake.state().bitbucket.token_mut(BITBUCKET_USER_TOKEN).scopes.retain(|scope| !scope.contains("user"));
    let theirs = forge(&bed, Account::somebody_else(), &[999]);
    let token = forge(&bed, Account::other_token(), &[999]);
    let ran = bed.run();
    assert_eq!(live(&bed, &Account::bot_user()).len(), 1, "{}", ran.log);
    let tried = tried(&ran);
    assert!(!tried.contains(&token) && tried.iter().filter(|id| **id == theirs).count() <= 1, "{:#?}", ran.writes);
    assert_eq!(linked(&bed, 101), ["acme/shop#1"], "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn comment_of_an_earlier_token_stays_and_is_reported() {
    let bed = simple();
    bed.run_twice();
    let old = ours(&bed);
    bed.fake.state().bitbucket.tokens[0].account = app(1);
    bed.fake.state().merge(1, false);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!((ours(&bed), live(&bed, &app(1)).len()), (old, 1), "{}", ran.log);
    let asks = ran.log.lines().filter(|line| line.contains("Delete it if an earlier token"));
    assert_eq!(asks.count(), 1, "{}", ran.log);
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn foreign_comment_never_blocks_linking() {
    for status in [400, 401, 403, 404, 409, 410] {
        let bed = simple();
        let forged = forge(&bed, Account::other_token(), &[999]);
        let kind = if status != 410 { FaultKind::refused(status) } else { FaultKind::status(status) };
        let fault = Fault::always(kind).at(Service::Bitbucket).method("PUT").path(&format!("/comments/{forged}"));
        bed.fake.state().faults.push(fault);
        let ran = bed.run();
        assert_eq!(linked(&bed, 101), ["acme/shop#1"], "{status}: {}", ran.log);
        assert_eq!(ours(&bed).len(), 1, "{status}: {}", ran.log);
        assert!(tried(&ran).len() <= 6, "{status}: {:#?}", ran.writes);
    }
}

#[test]
fn forged_memory_holds_no_requirement_up() {
    let bed = simple().with("REQUIRE", "link,current");
    bed.run_twice();
    let lines = "hi\n\n[//]: # (memory 999=ENG-123)\n";
    for user in [Account::somebody_else(), Account::other_token()] {
        let forged = format!("{lines}{}", with_index(&genuine(&bed), &[999]));
        bed.fake.state().comment(1, user, &forged);
    }
    for _ in 0..2 {
        let ran = bed.run();
        is_linked(&bed, &ran);
        assert!(!ran.log.contains("999"), "{}", ran.log);
    }
}

#[test]
fn forged_memory_stops_no_task_and_is_never_repeated() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Page");
    state.add_task(101, "4", "Do it");
    let id = state.open_pull_request("work", "Closes ENG-123#4", "", &["x"]);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    let memory = "[//]: # (memory 101=closed#4 101=refused 999=ENG-123)";
    for user in [Account::somebody_else(), Account::other_token()] {
        let forged = format!("hi\n\n{memory}\n{}", with_index(&genuine(&bed), &[101, 999]));
        bed.fake.state().comment(id, user, &forged);
    }
    bed.run();
    bed.fake.state().merge(1, false);
    let ran = bed.run();
    assert!(bed.fake.state().confluence.tasks[0].complete, "{}", ran.log);
    let state = bed.fake.state();
    let ours = state.bitbucket.pull_request(1).comments.iter().find(|it| it.user == Account::bot()).unwrap();
    assert!(!ours.raw.contains("closed") && !ours.raw.contains("999"), "{}", ours.raw);
}

#[test]
fn forged_rows_of_another_account_are_no_rows() {
    let bed = simple();
    bed.run_twice();
    let body = bed.fake.page_comments(101).remove(0).replace("open", "merged");
    bed.fake.state().add_page_comment(101, SOMEBODY_ELSE, &body);
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert!(row_text(&bed, 101, 1).contains("open"), "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn second_comment_of_ours_is_emptied_before_it_is_deleted() {
    let bed = simple();
    bed.run_twice();
    let raw = bed.fake.pull_request_comments(1).remove(0);
    bed.fake.state().comment(1, Account::bot(), &raw);
    let ran = bed.run();
    is_linked(&bed, &ran);
    let gone: Vec<&String> =
        ran.writes.iter().filter(|line| line.starts_with("DELETE") && line.contains("/comments/")).collect();
    assert_eq!(gone.len(), 1, "{:#?}", ran.writes);
    let id = gone[0].rsplit('/').next().unwrap();
    let at =
        |method: &str| ran.writes.iter().position(|line| line.starts_with(method) && line.ends_with(&format!("/{id}")));
    assert!(at("PUT").is_some() && at("PUT") < at("DELETE"), "{:#?}", ran.writes);
    bed.nothing_is_left_to_do();
}

#[test]
fn second_comment_that_takes_no_update_is_not_deleted() {
    let bed = simple();
    bed.run_twice();
    let raw = bed.fake.pull_request_comments(1).remove(0);
    let second = bed.fake.state().comment(1, Account::bot(), &raw);
    let first = ours(&bed)[0];
    for id in [first, second] {
        let refused = Fault::always(FaultKind::refused(400)).at(Service::Bitbucket).method("PUT");
        bed.fake.state().faults.push(refused.path(&format!("/comments/{id}")));
    }
    let ran = bed.run();
    assert!(ran.writes.iter().all(|line| !line.starts_with("DELETE")), "{:#?}", ran.writes);
}

#[test]
fn comment_whose_marker_an_editor_removed_is_adopted() {
    let bed = simple();
    bed.run_twice();
    let before = ours(&bed);
    {
        let mut state = bed.fake.state();
        let comment = &mut state.bitbucket.pull_request_mut(1).comments[0];
        let kept: Vec<&str> = comment.raw.lines().filter(|line| !line.starts_with("[//]:")).collect();
        comment.raw = kept.join("\n");
    }
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert_eq!((ours(&bed), indexes(&bed, 1)), (before, vec![vec![101]]), "{}", ran.log);
    bed.nothing_is_left_to_do();
}

#[test]
fn persons_comment_with_our_heading_is_left_alone() {
    let bed = simple();
    let raw = genuine(&bed);
    let heading = raw.lines().next().unwrap().to_owned();
    let theirs = bed.fake.state().comment(1, Account::somebody_else(), &format!("{heading}\n\nI read them."));
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert!(!tried(&ran).contains(&theirs), "{:#?}", ran.writes);
    bed.nothing_is_left_to_do();
}

#[test]
fn comment_with_the_desired_text_is_not_written() {
    let bed = simple();
    bed.run_twice();
    forge(&bed, Account::somebody_else(), &[101]);
    let ran = bed.run();
    assert_eq!((ran.writes.len(), taken(&bed).len()), (0, 0), "{:#?}\n{}", ran.writes, ran.log);
}

#[test]
fn refusal_that_is_no_json_does_not_end_the_run() {
    let bed = simple();
    forge(&bed, Account::other_token(), &[999]);
    let page = FaultKind::Answer(Response::html(400, "<h1>Bad Request (400)</h1>"));
    bed.fake
        .state()
        .faults
        .push(Fault::always(page).at(Service::Bitbucket).method("PUT").path("/pullrequests/1/comments/500001"));
    let ran = bed.run();
    assert_eq!(linked(&bed, 101), ["acme/shop#1"], "{}", ran.log);
}

/// Everything of ours that people see, without addresses and ids.
fn of_ours(bed: &Bed) -> String {
    let state = bed.fake.state();
    let request = state.bitbucket.pull_request(1);
    let said = request.comments.iter().filter(|it| !it.deleted && it.user == Account::bot()).map(|it| it.raw.clone());
    let below = state.confluence.comments.iter().filter(|it| it.author == fake::BOT);
    let below: std::collections::BTreeSet<String> = below.map(|it| format!("{} {}", it.content, it.body)).collect();
    let tasks = state.confluence.tasks.iter().map(|it| format!("{} {}", it.local_id, it.complete));
    let all = said.chain(below).chain(tasks).collect::<Vec<_>>().join("\n");
    drop(state);
    comparable(bed, &all)
}

/// A pull request that is opened, changes its mind and is merged. Before each step others write what looks like ours.
fn life(forged: bool) -> Vec<String> {
    let mut state = State::default();
    for n in 1..=4 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
    }
    state.add_task(103, "4", "Do it");
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks").with("REQUIRE", "link");
    let mut seen = vec![];
    for (step, title) in
        ["ENG-1 and ENG-2", "ENG-2, closes ENG-3#4", "closes ENG-3#4 and ENG-4", "merged"].iter().enumerate()
    {
        if forged {
            for user in [Account::somebody_else(), Account::other_token(), app(step as u32)] {
                forge(&bed, user, &[101, 102, 103, 104, 999]);
            }
            for page in 101..=104 {
                let ours = bed.fake.page_comments(101).into_iter().next();
                let body = ours.unwrap_or_else(|| "<p>x</p>".to_owned()).replace("open", "merged");
                bed.fake.state().add_page_comment(page, SOMEBODY_ELSE, &body);
            }
        }
        if *title == "merged" {
            bed.fake.state().merge(id, true);
        } else {
            retitle(&bed, id, title);
        }
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{title}: {}", ran.log);
        nothing_is_taken(&bed);
        seen.push(of_ours(&bed));
    }
    seen
}

#[test]
fn whole_life_among_forged_comments_ends_as_without() {
    let (with, without) = (life(true), life(false));
    for (step, (with, without)) in with.iter().zip(&without).enumerate() {
        assert_eq!(with, without, "step {step}");
    }
}

#[test]
fn odd_forms_of_our_comment_change_no_verdict() {
    let text = genuine(&simple());
    let index = text.lines().last().unwrap();
    let with_pages = |pages: &str| text.replace("pages=page:101", &format!("pages={pages}"));
    let bodies = [
        text.replace('\n', "\r\n"),
        format!("{text}\n{index}"),
        format!("```\n{text}\n```"),
        with_pages("blogpost:101"),
        with_pages("page:0,page:-1,page:000101"),
        with_pages("page:99999999999999999999999"),
        with_pages("page:101/../999"),
        with_pages(""),
    ];
    for body in &bodies {
        for user in [Account::somebody_else(), app(3)] {
            let bed = simple().with("REQUIRE", "link,current");
            bed.fake.state().comment(1, user, body);
            is_linked(&bed, &bed.run());
            is_linked(&bed, &bed.run());
            bed.fake.state().merge(1, false);
            is_linked(&bed, &bed.run());
            is_linked(&bed, &bed.run());
        }
    }
}
