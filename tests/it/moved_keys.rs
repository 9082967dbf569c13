//! A key that led to one page and now leads to another: the run that moves the link says so.

use serde_json::{Value, json};

use crate::bed::Bed;
use crate::receipt::CloneDir;
use crate::rows::links;
use fake::{BOT, Happening, Request, State, Status};

const BEFORE: &str = "ENG-1 Rate limits";
const AFTER: &str = "Scratch pad";
const MOVED: &str = "ENG-1 led to ";

/// A pull request whose key led to page 101 in its first run.
fn linked() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", BEFORE);
    let id = state.open_pull_request("work", "ENG-1", "", &["first step"]);
    let bed = Bed::new(state, id);
    let ran = bed.run_twice();
    assert!(!ran.log.contains(MOVED) && bed.only_rows(101).len() == 1, "{}", ran.log);
    bed
}

/// The same, and another page has the key as its label since then: a label counts more than a title.
pub(crate) fn labelled_elsewhere() -> Bed {
    let bed = linked();
    add_labelled(&bed, 102, AFTER);
    bed
}

fn add_labelled(bed: &Bed, page: u64, title: &str) {
    bed.fake.state().add_page(page, "ENG", title).labels.push("eng-1".to_owned());
}

/// The events of a run about moved keys, and what its receipt says.
fn reported_moves(clone: &CloneDir) -> (Vec<Value>, Value) {
    let lines = clone.audit();
    let events = lines.iter().filter(|line| line["event"] == "key-moved");
    let events = events.map(|line| json!([line["key"], line["from"], line["to"]])).collect();
    (events, clone.receipt()["mentions"][0]["moved_from"].clone())
}

fn rows(bed: &Bed, page: u64) -> usize {
    bed.rows(page).iter().map(Vec::len).sum()
}

#[test]
fn key_that_moves_is_reported_in_the_run_that_moves_it() {
    let (clone, bed) = CloneDir::new().of(labelled_elsewhere());
    let planned = bed.with("DRY_RUN", "true");
    planned.run();
    let event = json!(["ENG-1", "page:101", ["page:102"]]);
    assert_eq!(reported_moves(&clone), (vec![event.clone()], json!(["page:101"])), "a dry run reports it too");
    let bed = planned.with("DRY_RUN", "false");
    let ran = bed.run();
    assert_eq!(reported_moves(&clone), (vec![event.clone(), event.clone()], json!(["page:101"])), "{}", ran.log);
    let line = ran.log.lines().find(|line| line.contains(MOVED)).map(|line| bed.placed(line)).unwrap_or_default();
    insta::assert_snapshot!(line, @r#"WARNING: ENG-1 led to "ENG-1 Rate limits" https://acme.example/wiki/pages/viewpage.action?pageId=101 and now leads to "Scratch pad" https://acme.example/wiki/pages/viewpage.action?pageId=102. If that is wrong, correct their labels or titles"#);
    assert_eq!((rows(&bed, 101), rows(&bed, 102)), (0, 1));
    bed.nothing_is_left_to_do();
    assert_eq!(reported_moves(&clone), (vec![event.clone(), event], Value::Null), "once is enough");
}

#[test]
fn keys_that_move_together_are_each_reported() {
    let (clone, bed) = CloneDir::new().of(linked());
    bed.fake.state().add_page(103, "ENG", "ENG-2 Quotas");
    bed.fake.state().bitbucket.pull_request_mut(1).title = "ENG-1, ENG-2".to_owned();
    bed.run_twice();
    add_labelled(&bed, 102, AFTER);
    bed.fake.state().add_page(104, "ENG", "Another pad").labels.push("eng-2".to_owned());
    bed.run();
    let events = vec![json!(["ENG-1", "page:101", ["page:102"]]), json!(["ENG-2", "page:103", ["page:104"]])];
    assert_eq!(reported_moves(&clone).0, events);
    assert_eq!(clone.receipt()["mentions"][1]["moved_from"], json!(["page:103"]));
    bed.nothing_is_left_to_do();
    assert_eq!(reported_moves(&clone).0, events);
}

#[test]
fn remove_reports_no_moved_key() {
    let (clone, mut bed) = CloneDir::new().of(labelled_elsewhere());
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.with("ACTION", "remove").run();
    assert_eq!(reported_moves(&clone).0, Vec::<Value>::new());
}

#[test]
fn no_title_of_a_hidden_page_is_shown_when_a_key_moves() {
    type Hides = fn(Bed, u64) -> Bed;
    let restricted: Hides = |bed, page| {
        bed.fake.state().confluence.content_mut(page).read_users.push(BOT.to_owned());
        bed
    };
    let never: Hides = |bed, _| bed.with("SHOW_TITLES", "never");
    let elsewhere: Hides = |bed, _| bed.with("SPACES", "OPS");
    let public: Hides = |bed, _| {
        bed.fake.state().bitbucket.repositories[0].is_private = false;
        bed.with("BITBUCKET_REPO_IS_PRIVATE", "false")
    };
    for (case, hide) in [restricted, never, elsewhere, public].into_iter().enumerate() {
        for (page, title, other) in [(101, BEFORE, AFTER), (102, AFTER, BEFORE)] {
            let (clone, bed) = CloneDir::new().of(labelled_elsewhere());
            let bed = hide(bed, page);
            let ran = bed.run();
            let (events, receipt) = reported_moves(&clone);
            assert_eq!((events.len(), receipt), (1, json!(["page:101"])), "{case} {page}: {}", ran.log);
            let line = ran.log.lines().find(|line| line.contains(MOVED)).unwrap();
            assert!(line.contains("pageId=101") && line.contains("pageId=102") && !line.contains(title), "{line}");
            assert_eq!(line.contains(other), case == 0, "{line}");
            let files = clone.text("receipt.json") + &clone.text("audit.jsonl");
            assert!(!files.contains(title) && !ran.log.contains(title), "{case} {page}: {files}\n{}", ran.log);
            bed.run();
            assert_eq!(reported_moves(&clone).1, Value::Null, "{case} {page}");
        }
    }
}

#[test]
fn previous_page_stays_on_a_tie_and_nothing_moved() {
    let bed = linked();
    for page in 90..=95 {
        bed.fake.state().add_page(page, "ENG", &format!("ENG-1 Other {page}"));
    }
    let ran = bed.run_twice();
    assert!(!ran.log.contains(MOVED) && !ran.log.contains("none is linked"), "{}", ran.log);
    assert_eq!((rows(&bed, 101), rows(&bed, 90)), (1, 0));
    assert!(bed.comments(1)[0].contains(BEFORE), "{}", bed.comments(1)[0]);
}

#[test]
fn page_in_the_trash_makes_room_for_a_new_one() {
    for label in [false, true] {
        let (clone, bed) = CloneDir::new().of(linked());
        if label {
            bed.fake.state().confluence.content_mut(101).labels.push("eng-1".to_owned());
        }
        bed.fake.state().confluence.content_mut(101).status = Status::Trashed;
        let ran = bed.run_twice();
        assert_eq!(reported_moves(&clone).1, Value::Null, "no other page is there: {}", ran.log);
        bed.fake.state().add_page(102, "ENG", "ENG-1 Rate limits, again");
        let ran = bed.run();
        assert_eq!((reported_moves(&clone).1, rows(&bed, 102)), (json!(["page:101"]), 1), "{}", ran.log);
        bed.nothing_is_left_to_do();
        assert_eq!(reported_moves(&clone).1, Value::Null);
    }
}

#[test]
fn labels_on_other_pages_do_not_push_out_the_previous_page() {
    for others in [4, 5, 6, 60, 300] {
        let bed = linked().with("REQUIRE", "label:approved");
        bed.fake.state().confluence.content_mut(101).labels.extend(["eng-1".to_owned(), "approved".to_owned()]);
        for page in (1..=others).filter(|page| *page != 101) {
            // They are found first.
            add_labelled(&bed, page, &format!("Page {page}"));
        }
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{others}: {}", ran.log);
        assert!(!ran.log.contains(MOVED) && bed.comments(1)[0].contains(BEFORE), "{others}: {}", ran.log);
        assert_eq!(rows(&bed, 101), 1);
        assert_eq!(
            (1..=others).filter(|page| *page != 101 && rows(&bed, *page) > 0).count(),
            4,
            "{others}: {}",
            ran.log
        );
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn move_away_from_a_page_that_keeps_its_link_is_reported_once() {
    let by_url = |bed: &Bed| {
        let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
        bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    };
    let merged = |bed: &Bed| drop(bed.fake.state().merge(1, false));
    for keeps in [&by_url as &dyn Fn(&Bed), &merged] {
        let (clone, bed) = CloneDir::new().of(labelled_elsewhere());
        keeps(&bed);
        let ran = bed.run();
        assert_eq!(reported_moves(&clone).1, json!(["page:101"]), "{}", ran.log);
        assert_eq!((rows(&bed, 101), rows(&bed, 102)), (1, 1));
        bed.nothing_is_left_to_do();
        assert_eq!((reported_moves(&clone).0.len(), reported_moves(&clone).1), (1, Value::Null));
    }
}

#[test]
fn row_that_is_written_forgets_a_key_that_moved() {
    let bed = labelled_elsewhere();
    let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    bed.run_twice();
    bed.fake.state().merge(1, false);
    bed.run_twice();
    assert_eq!([101, 102].map(|page| links(&bed, page)[0].ends_with(";keys=ENG-1")), [false, true]);
}

#[test]
fn move_stays_in_the_receipt_of_a_second_round() {
    let (clone, bed) = CloneDir::new().of(labelled_elsewhere());
    let is_row = |request: &Request| request.method == "POST" && request.path.contains("/footer-comments");
    bed.fake.state().happenings.push(Happening::after(is_row, |state| {
        state.bitbucket.pull_request_mut(1).description = "Changed".to_owned();
    }));
    let ran = bed.run();
    assert_eq!(ran.log.matches(MOVED).count(), 1, "{}", ran.log);
    assert_eq!(reported_moves(&clone), (vec![json!(["ENG-1", "page:101", ["page:102"]])], json!(["page:101"])));
}
