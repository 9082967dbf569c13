//! Rows that stay: other repositories', those on frozen pages, and those that this run can't judge.

use serde_json::json;

use crate::bed::Bed;
use crate::linking::simple;
use fake::{Fault, FaultKind, State, Status};

/// Pull request 1 with this title, after its runs. Page 101 has the key ENG-1.
fn titled(title: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    let id = state.open_pull_request("b", title, "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    bed
}

/// Our comment on page 101 after `edit` changed it and pull request 2 was linked, and its rows.
fn with_another_row(bed: Bed, edit: impl FnOnce(&str) -> String) -> (String, String) {
    let second = {
        let mut state = bed.fake.state();
        let comment = state.confluence.comments.iter_mut().find(|comment| comment.content == 101).unwrap();
        let edited = edit(&comment.body);
        assert_ne!(edited, comment.body);
        comment.body = edited;
        state.open_pull_request("b2", "ENG-1 other", "", &["x"])
    };
    let mut bed = bed.with("BITBUCKET_PR_ID", &second.to_string());
    bed.at_tip(second);
    bed.run();
    let rows = bed.only_rows(101).join("\n");
    (bed.fake.page_comments(101).join(""), rows)
}

#[test]
fn an_opted_out_page_is_not_written_when_it_leaves() {
    for is_merged in [true, false] {
        let bed = titled("ENG-1");
        bed.fake.state().confluence.content_mut(101).labels.push("no-pr-links".to_owned());
        bed.fake.state().bitbucket.pull_request_mut(1).title = "no key".to_owned();
        if is_merged {
            bed.fake.state().merge(1, true);
        }
        let ran = bed.run();
        let to_page: Vec<&String> = ran.writes.iter().filter(|w| w.contains("footer-comments")).collect();
        assert!(to_page.is_empty(), "{to_page:?}\n{}", ran.log);
    }
}

#[test]
fn labels_that_cannot_be_read_do_not_count_as_none() {
    let mut state = State::default();
    state.confluence.freeze_index();
    state.add_page(101, "ENG", "One").labels.push("no-pr-links".to_owned());
    let id = state.open_pull_request("b", "t", "SITE/wiki/spaces/ENG/pages/101", &["x"]);
    let bed = Bed::new(state, id);
    let url = bed.fake.confluence_url();
    bed.fake.state().bitbucket.pull_request_mut(id).description = format!("{url}/wiki/spaces/ENG/pages/101");
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).path("/labels"));
    let ran = bed.run();
    let to_page: Vec<&String> = ran.writes.iter().filter(|w| w.contains("footer-comments")).collect();
    assert!(to_page.is_empty(), "{to_page:?}\n{}", ran.log);
}

#[test]
fn a_key_on_too_many_pages_unlinks_nothing() {
    let mut state = State::default();
    state.add_page(200, "ENG", "Linked").labels.push("eng-1".to_owned());
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    for page in 101..=105 {
        bed.fake.state().add_page(page, "ENG", "More").labels.push("eng-1".to_owned());
    }
    let ran = bed.run();
    assert_eq!(bed.only_rows(200).len(), 1, "{}", ran.log);
}

#[test]
fn an_archived_page_that_leaves_fails_nothing() {
    let bed = titled("ENG-1");
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    bed.fake.state().bitbucket.pull_request_mut(1).title = "no key".to_owned();
    // Confluence takes no changes to comments of archived pages.
    bed.fake.state().faults.push(
        Fault::always(FaultKind::json(
            400,
            &json!({"errors":[{"status":400,"code":"INVALID","title":"archived","detail":null}]}),
        ))
        .method("PUT")
        .path("/footer-comments/"),
    );
    let ran = bed.run();
    let again = bed.run();
    assert_eq!((ran.exit.code(), again.exit.code()), (0, 0), "{}\n{:?}\n{}", ran.log, again.writes, again.log);
}

#[test]
fn a_space_that_cannot_be_read_unlinks_nothing() {
    let bed = titled("t");
    let url = bed.fake.confluence_url();
    bed.fake.state().bitbucket.pull_request_mut(1).description = format!("{url}/wiki/spaces/ENG/pages/101");
    bed.run_twice();
    bed.fake.state().bitbucket.pull_request_mut(1).description = String::new();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "ENG-1".to_owned();
    {
        let mut state = bed.fake.state();
        state.confluence.index = Some(vec![]);
        state.faults.push(Fault::always(FaultKind::status(500)).path("/api/v2/spaces"));
    }
    let ran = bed.run();
    assert_eq!(bed.only_rows(101).len(), 1, "exit {:?}\n{}", ran.exit, ran.log);
}

#[test]
fn the_skip_word_after_the_merge_leaves_the_frozen_rows() {
    let bed = simple();
    bed.run();
    bed.fake.state().merge(1, false);
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(1).description = "[skip confluence]".to_owned();
    bed.run();
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn a_row_does_not_stay_open_because_too_many_pages_are_named() {
    let mut state = State::default();
    for n in 1..=25 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
    }
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run();
    let all: Vec<String> = (1..=25).map(|n| format!("ENG-{n}")).collect();
    bed.fake.state().bitbucket.pull_request_mut(id).title = all.join(" ");
    bed.run();
    bed.fake.state().merge(id, false);
    let ran = bed.run();
    assert!(
        bed.only_rows(101)[0].contains("merged"),
        "{:?}\n{}",
        bed.only_rows(101),
        ran.log.lines().last().unwrap_or("")
    );
}

#[test]
fn entities_in_the_rows_of_others_survive() {
    let bed = titled("ENG-1 Übergröße");
    bed.fake.state().confluence.rewrite_storage = false;
    let (_, rows) =
        with_another_row(bed, |body| body.replace('Ü', "&Uuml;").replace('ö', "&ouml;").replace('ß', "&szlig;"));
    let is_kept = rows.contains("&Uuml;bergr&ouml;&szlig;e") && !rows.contains("&amp;Uuml;");
    assert!(rows.contains("#2") && (rows.contains("Übergröße") || is_kept), "{rows}");
}

#[test]
fn many_releases_in_a_row_of_another_survive() {
    let releases: Vec<String> = (0..60).map(|n| format!("shop-1.{n}.0")).collect();
    let (_, rows) = with_another_row(titled("ENG-1"), |body| {
        // In the place of the author.
        body.replace(">Author<", ">Releases<").replace(">developer<", &format!(">{}<", releases.join(", ")))
    });
    assert!(rows.contains("#2") && rows.contains("shop-1.59.0"), "{rows}");
}

#[test]
fn a_row_that_is_not_understood_is_not_lost() {
    // As a smart link in another guise.
    let link = regex::Regex::new("<a href=\"([^\"]*/pull-requests/1#[^\"]*)\"[^>]*>(ENG-1)</a>").unwrap();
    let other = "<ac:link><ri:url ri:value=\"$1\" /><ac:link-body>$2</ac:link-body></ac:link>";
    let (comment, rows) = with_another_row(titled("ENG-1"), |body| link.replace(body, other).into_owned());
    assert!(comment.contains("shop #1"), "{rows}");
}
