//! Forged markers: no comment of other people changes, and no row is lost.

use crate::bed::Bed;
use crate::linking::simple;
use fake::{Account, BOT, State};

fn marker(bed: &Bed, pages: &str) -> String {
    let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    format!("[//]: # (confluence-pr-link v1 site={host} pages={pages})")
}

fn forge(bed: &Bed, id: u64, raw: &str) -> u64 {
    bed.fake.state().comment(id, Account::somebody_else(), raw)
}

#[test]
fn forged_index_of_the_other_kind_fails_nothing() {
    let bed = simple();
    bed.run_twice();
    let forged = forge(&bed, 1, &format!("hi\n\n{}", marker(&bed, "blogpost:101")));
    let ran = bed.run();
    bed.fake.state().delete_comment(1, forged);
    let after = bed.run();
    let third = bed.run();
    assert!(
        ran.exit.code() == 0 && after.exit.code() == 0 && third.exit.code() == 0,
        "{:?} {:?} {:?}\n{}\n---\n{}\n{}",
        ran.exit,
        after.exit,
        third.exit,
        ran.log,
        third.log,
        bed.comments(1).join("\n==\n")
    );
}

#[test]
fn forged_index_of_missing_pages_is_not_copied() {
    let bed = simple();
    bed.run_twice();
    let pages: Vec<String> = (9_000..9_100).map(|id| format!("page:{id}")).collect();
    let forged = forge(&bed, 1, &format!("hi\n\n{}", marker(&bed, &pages.join(","))));
    bed.run();
    let n = bed.fake.requests().len();
    bed.fake.state().delete_comment(1, forged);
    let ran = bed.run();
    let comment = bed.comments(1).join("\n==\n");
    let rows = comment.matches("cannot be read").count();
    assert!(
        rows == 0,
        "{rows} rows of forged pages remain after the forged comment is gone; {n} then {} requests\n{}\n{}",
        bed.fake.requests().len(),
        ran.log.lines().count(),
        comment
    );
}

#[test]
fn forged_index_does_not_push_ours_out() {
    let mut state = State::default();
    state.add_page(90_000, "ENG", "ENG-1 One");
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    let pages: Vec<String> = (1..=200).map(|id| format!("page:{id}")).collect();
    let forged = forge(&bed, id, &format!("hi\n\n{}", marker(&bed, &pages.join(","))));
    bed.fake.state().bitbucket.pull_request_mut(id).title = "nothing".to_owned();
    let ran = bed.run();
    bed.fake.state().delete_comment(id, forged);
    bed.run();
    bed.run();
    assert_eq!(
        bed.only_rows(90_000),
        Vec::<String>::new(),
        "{}",
        ran.log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn forged_index_shows_no_page_of_a_merged_pull_request() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    state.add_page(555, "OPS", "Unrelated PLAN");
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run();
    let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    bed.fake.state().comment(
        id,
        Account::somebody_else(),
        &format!("x\n\n[//]: # (confluence-pr-link v1 site={host} pages=page:555)"),
    );
    bed.fake.state().merge(id, false);
    let ran = bed.run();
    let ours = bed.comments(id).join("\n");
    assert!(!ours.contains("PLAN"), "{}\n{ours}", ran.log);
}

#[test]
fn forged_memories_do_not_make_our_comment_too_long() {
    let bed = simple();
    let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    for page in [77, 78] {
        let keys: Vec<String> = (1..=3_000).map(|n| format!("FFF-{n}")).collect();
        let raw = format!(
            "[//]: # (memory {page}={})\n[//]: # (confluence-pr-link v1 site={host} pages=page:{page})",
            keys.join("+")
        );
        assert!(raw.len() < 30_000);
        bed.fake.state().comment(1, Account::somebody_else(), &raw);
    }
    let ran = bed.run();
    assert!(
        ran.exit.code() == 0 && bed.rows(101).len() == 1,
        "{:?}\n{}",
        ran.exit,
        ran.log.chars().take(2500).collect::<String>()
    );
}

#[test]
fn foreign_words_do_not_enter_our_comment() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    state.add_page(102, "ENG", "ENG-2 Two");
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    forge(&bed, id, &format!("EVIL TEXT\n\n{}", marker(&bed, "")));
    bed.run();
    let bed = bed.with("PULL_REQUEST_OUTPUT", "report");
    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1 ENG-2".to_owned();
    let ran = bed.run();
    let state = bed.fake.state();
    let by_bot: Vec<&str> = state
        .bitbucket
        .pull_request(id)
        .comments
        .iter()
        .filter(|c| c.user.uuid == Account::bot().uuid && !c.deleted)
        .map(|c| c.raw.as_str())
        .collect();
    assert!(by_bot.iter().all(|raw| !raw.contains("EVIL")), "{by_bot:#?}\n{}", ran.log);
}

#[test]
fn a_forged_comment_alone_is_not_written_to() {
    let mut state = State::default();
    let id = state.open_pull_request("b", "nothing", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.fake.state().comment(id, Account::somebody_else(), &format!("hi\n\n{}", marker(&bed, "")));
    let ran = bed.run();
    let again = bed.run();
    assert!(ran.writes.is_empty() && again.writes.is_empty(), "{:?} {:?} {}", ran.writes, again.writes, again.log);
}

#[test]
fn a_forged_comment_alone_gives_us_no_page_to_remember() {
    for (title, pages) in [("nothing", "page:9999"), ("nothing", "page:102"), ("ENG-1", "page:9999,page:102")] {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 One");
        state.add_page(102, "ENG", "Two");
        let id = state.open_pull_request("b", title, "", &["x"]);
        let bed = Bed::new(state, id);
        bed.fake.state().comment(
            id,
            Account::somebody_else(),
            &format!("### Confluence pages\n\n{}", marker(&bed, pages)),
        );
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        let ours: Vec<String> = bed.comments(id).into_iter().skip(1).collect();
        let remembered = ours.iter().filter(|raw| raw.contains("9999") || raw.contains("102")).count();
        assert_eq!((ours.len(), remembered), (usize::from(title == "ENG-1"), 0), "{pages}: {ours:#?}\n{}", ran.log);
        let before = bed.fake.what_people_see();
        let again = bed.run();
        let done = bed.fake.writes().into_iter().filter(|write| write.status != Some(403)).count();
        assert_eq!(done, 0, "{pages}: {:#?}\n{}", again.writes, again.log);
        assert_eq!(bed.fake.what_people_see(), before);
    }
}

#[test]
fn a_declined_pull_request_leaves_a_forged_comment_alone() {
    let bed = simple();
    bed.run();
    bed.fake.state().comment(1, Account::somebody_else(), &format!("hi\n\n{}", marker(&bed, "page:101")));
    bed.fake.state().decline(1);
    bed.run();
    let again = bed.run();
    assert!(again.writes.is_empty(), "{:?}\n{}", again.writes, again.log);
}

#[test]
fn our_accounts_own_words_with_such_a_link_are_kept() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    let text = "<p>What is <a href=\"https://example.com/docs#confluence-pr-link-v1\">this</a>? Decision: we ship on Monday.</p>";
    state.add_page_comment(101, BOT, text);
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    let ran = bed.run();
    let all = bed.fake.page_comments(101).join("\n");
    assert!(all.contains("we ship on Monday"), "{all}\n{}", ran.log);
}
