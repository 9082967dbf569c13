//! Mentions as people write them: each is linked, or the run says why not.

use crate::bed::Bed;
use fake::{Fault, FaultKind, State};

const SHARED: &str = "https://acme.example/l/cp/AbCd1234";

/// A pull request with this title and description, in a step that asks for a page; page 101 is named ENG-1.
fn asking(title: &str, description: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1: Move to UTF-8");
    let id = state.open_pull_request("work", title, "", &["start"]);
    let bed = Bed::new(state, id).with("REQUIRE", "link");
    let description = description.replace("SITE", &bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = description;
    bed
}

fn pages(bed: &Bed) -> Vec<String> {
    bed.fake.page_comments(101)
}

#[test]
fn a_share_link_is_named_with_what_to_paste() {
    let bed = asking("Limits", "See SITE/l/cp/AbCd1234?atlOrigin=x.");
    let ran = bed.run_twice();
    let log = bed.placed(&ran.log);
    assert_eq!(ran.exit.code(), 5, "{log}");
    let line = format!(
        "WARNING: Share links can't be read: {SHARED}. Use the page's URL from the browser's address bar instead"
    );
    assert!(log.contains(&line), "{log}");
    assert!(!log.contains("name no Confluence page"), "one sentence is enough: {log}");
    let remedy = "A share link can't be read. Paste the page's URL instead.";
    assert!(log.contains(remedy), "{log}");
}

#[test]
fn a_share_link_next_to_a_page_is_a_warning() {
    let bed = asking("ENG-1: limits", "See SITE/wiki/l/c/AbCd1234");
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), ran.log.matches("Share links can't be read").count()), (0, 1), "{}", ran.log);
    assert_eq!(pages(&bed).len(), 1);
}

#[test]
fn a_page_is_found_by_its_key_next_to_another_scripts_letters() {
    let bed = asking("修复ENG-1的问题", "");
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), pages(&bed).len()), (0, 1), "{}", ran.log);
}

#[test]
fn a_share_link_of_a_skipped_pull_request_is_no_matter() {
    let bed = asking("Limits [skip confluence]", "See SITE/l/cp/AbCd1234");
    assert!(!bed.run().log.contains("Share links"));
}

#[test]
fn a_copy_of_a_page_does_not_make_its_key_ambiguous() {
    let bed = asking("ENG-1: limits", "");
    bed.fake.state().add_page(102, "ENG", "Copy of ENG-1: Move to UTF-8");
    bed.fake.state().add_page(103, "ENG", "Copy (2) of ENG-1: Move to UTF-8");
    bed.fake.state().add_page(104, "ENG", "Kopie von ENG-1: Move to UTF-8");
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), pages(&bed).len()), (0, 1), "{}", ran.log);
    assert!(!ran.log.contains("so none is linked"), "{}", ran.log);
    bed.fake.state().confluence.content_mut(101).title = "Limits".to_owned();
    bed.fake.state().confluence.contents.retain(|content| content.id < 103);
    bed.fake.state().bitbucket.pull_request_mut(1).title = "ENG-1: alone".to_owned();
    let alone = bed.run();
    assert!(alone.log.contains("Linked \"Copy of ENG-1"), "a copy alone is the page: {}", alone.log);
    let both = asking("ENG-1: limits", "");
    both.fake.state().add_page(102, "ENG", "Review of ENG-1");
    assert!(both.run().log.contains("ENG-1 is in the title of 2 pages"), "another page is no copy");
}

#[test]
fn a_title_with_two_keys_of_its_space_names_neither() {
    let bed = asking("ENG-1: limits", "");
    bed.fake.state().confluence.content_mut(101).title = "ENG-1 and ENG-2".to_owned();
    assert_eq!((bed.run().exit.code(), pages(&bed).len()), (5, 0));
}

#[test]
fn half_a_surrogate_pair_in_a_message_hides_no_other() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    let id = state.open_pull_request("work", "na\u{fffd}ve", "", &["ENG-1 y", "na\u{fffd}ve"]);
    let bed = Bed::new(state, id);
    bed.fake.state().faults.push(Fault::always(FaultKind::HalfPairs));
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), pages(&bed).len()), (0, 1), "{}", ran.log);
    assert!(pages(&bed)[0].contains("na\u{fffd}ve"), "{:?}", pages(&bed));
}

#[test]
fn a_waiver_that_readers_do_not_see_waives_nothing() {
    for unseen in ["[//]: # ([skip confluence])", "[skip confluence]: SITE", "![x](<SITE/[skip confluence].png>)"] {
        assert_eq!(asking("Limits", unseen).run().exit.code(), 5, "{unseen}");
    }
    assert_eq!(asking("Limits", "[skip confluence]").run().exit.code(), 0);
}
