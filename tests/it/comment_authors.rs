//! The author of a comment with our marker: others' are left alone, and our own are recognized.

use crate::bed::Bed;
use fake::{Account, BOT, Fault, FaultKind, Service, State};

fn titled(title: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    let id = state.open_pull_request("b", title, "", &["x"]);
    Bed::new(state, id)
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

fn refused_changes(kind: FaultKind) -> Fault {
    Fault::always(kind).at(Service::Bitbucket).method("PUT").path("/comments/")
}

fn no() -> FaultKind {
    FaultKind::refused(403)
}

#[test]
fn foreign_comments_before_ours_hide_nothing() {
    for forged in [1, 9, 10, 11, 30] {
        let bed = titled("ENG-1");
        let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
        for _ in 0..forged {
            let raw = format!("hi\n\n[//]: # (confluence-pr-link v1 site={host} pages=)");
            bed.fake.state().comment(1, Account::somebody_else(), &raw);
        }
        bed.run();
        assert_eq!(bed.only_rows(101).len(), 1);
        retitle(&bed, "nothing");
        let ran = bed.run();
        assert_eq!(bed.only_rows(101), Vec::<String>::new(), "{forged} forged\n{}", ran.log);
        assert_eq!(bed.comments(1).len(), forged, "{}", ran.log);
    }
}

#[test]
fn a_comment_that_refuses_an_update_blocks_no_link_and_heals() {
    for kind in [no(), FaultKind::status(403), FaultKind::status(400), FaultKind::status(404)] {
        let bed = titled("ENG-1");
        bed.run();
        bed.fake.state().faults.push(refused_changes(kind));
        for n in 2..4 {
            bed.fake.state().add_page(100 + n, "ENG", &format!("ENG-{n} Another"));
            retitle(&bed, &format!("ENG-1 ENG-{n}"));
            let ran = bed.run();
            assert_eq!(bed.only_rows(100 + n).len(), 1, "{}", ran.log);
        }
        bed.fake.state().faults.clear();
        bed.run();
        bed.nothing_is_left_to_do();
        assert_eq!(bed.comments(1).len(), 1);
        assert_eq!((bed.only_rows(102).len(), bed.only_rows(103).len()), (0, 1));
    }
}

#[test]
fn quote_of_our_row_is_left_alone() {
    let link = "<a href=\"https://bitbucket.org/acme/shop/pull-requests/1\">acme/shop #1</a>";
    let body = format!("<p>I object. {link} (open; ; )</p>");
    for (before, admin) in [(true, false), (false, false), (false, true), (true, true)] {
        let bed = titled("ENG-1");
        if admin {
            bed.fake.state().confluence.space_mut("ENG").admins.push(BOT.to_owned());
        }
        if before {
            bed.fake.state().add_page_comment(101, "", &body);
        }
        bed.run_twice();
        if !before {
            bed.fake.state().add_page_comment(101, "", &body);
        }
        bed.fake.state().merge(1, false);
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 | merged | 1"]);
        assert!(bed.fake.page_comments(101).iter().any(|comment| comment.contains("I object.")));
    }
}

#[test]
fn a_page_that_takes_no_changes_is_not_said_to_be_unread() {
    let bed = titled("ENG-1");
    bed.run();
    bed.fake.state().confluence.content_mut(101).labels.push("no-pr-links".to_owned());
    retitle(&bed, "nothing");
    let ran = bed.run();
    assert!(!ran.log.contains("not everything could be read"), "{}", ran.log);
    assert!(ran.log.contains("remove the stale link on page:101"), "{}", ran.log);
}

#[test]
fn forged_row_is_no_reason_to_write() {
    for (outputs, page) in [("comment,tasks", "page:101"), ("comment,labels,tasks", ""), ("comment,tasks", "")] {
        let bed = titled("ENG-1, closes ENG-1#1").with("ACTION", "reconcile").with("PAGE_OUTPUT", outputs);
        let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
        let raw = format!("hi\n\n[//]: # (confluence-pr-link v1 site={host} pages={page})");
        {
            let mut state = bed.fake.state();
            state.add_task(101, "1", "Do it");
            state.comment(1, Account::somebody_else(), &raw);
            state.merge(1, false);
        }
        let before = bed.fake.what_people_see();
        for ran in [bed.run(), bed.run()] {
            assert_eq!(ran.exit.code(), 0, "{}", ran.log);
            // Whose it is shows in a refused write only.
            assert!(
                ran.writes.iter().all(|write| write.starts_with("PUT ") && write.ends_with("/comments/500001")),
                "{ran:?}"
            );
            assert_eq!(bed.fake.what_people_see(), before, "{outputs} {page}: {}", ran.log);
        }
    }
}
