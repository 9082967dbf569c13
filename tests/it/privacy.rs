//! Who can see what, as docs/privacy.md says.

use crate::bed::Bed;
use crate::linking::simple;
use fake::{BOT, State, Status};

const TITLE: &str = "Salary bands";

/// A pull request with a link to a page of somebody's personal space.
fn personal() -> Bed {
    let mut state = State::default();
    let State { confluence, clock, .. } = &mut state;
    confluence.add_space(clock, 77, "~712020abc", "Somebody");
    state.add_page(101, "~712020abc", TITLE);
    let id = state.open_pull_request("work", "New bands", "", &["first step"]);
    let bed = Bed::new(state, id);
    let url = format!("{}/wiki/spaces/~712020abc/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = url;
    bed
}

/// What readers of the repository see: the comment, the report on the tip and the log of a run.
fn in_bitbucket(bed: &Bed) -> String {
    let ran = bed.run_twice();
    [bed.comments(1).join(""), report(bed, &bed.variables["BITBUCKET_COMMIT"]), ran.log].concat()
}

/// All reports on a commit.
fn report(bed: &Bed, commit: &str) -> String {
    let state = bed.fake.state();
    let reports = state.bitbucket.repositories[0].reports.iter().filter(|report| report.commit == commit);
    reports.map(|report| report.json.to_string()).collect()
}

#[test]
fn personal_page_is_link_only_unless_spaces_names_it() {
    let bed = personal().with("REQUIRE", "link");
    assert_eq!(bed.run().exit.code(), 5);
    let seen = in_bitbucket(&bed);
    assert!(seen.contains("101") && !seen.contains(TITLE), "{seen}");
    assert_eq!(bed.fake.page_comments(101), Vec::<String>::new());

    let bed = bed.with("SPACES", "~712020abc");
    assert_eq!(bed.run().exit.code(), 0);
    assert!(in_bitbucket(&bed).contains(TITLE));
    assert_eq!(bed.only_rows(101).len(), 1);

    let mut bed = bed;
    bed.variables.remove("SPACES");
    assert!(!in_bitbucket(&bed).contains(TITLE));
    assert_eq!(bed.only_rows(101).len(), 1, "a row that exists stays");
}

#[test]
fn restricted_page_is_link_only_and_gets_its_row() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    let seen = in_bitbucket(&bed);
    assert!(seen.contains("ENG-123") && !seen.contains("Checkout redesign"), "{seen}");
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn archived_page_is_shown_with_its_status_and_gets_no_row() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    let seen = in_bitbucket(&bed);
    assert!(bed.comments(1)[0].contains("Checkout redesign") && bed.comments(1)[0].contains("archived"), "{seen}");
    assert!(report(&bed, &bed.variables["BITBUCKET_COMMIT"]).contains("Checkout redesign"), "{seen}");
    assert_eq!(bed.fake.page_comments(101), Vec::<String>::new());
}

#[test]
fn row_names_no_branch_description_or_message() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Page");
    let id = state.open_pull_request("okapi/ENG-123", "ENG-123 Checkout", "Okapi", &["okapi"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    let body = bed.fake.page_comments(101).concat();
    assert!(
        body.contains("acme/shop") && body.contains("Checkout") && !body.to_lowercase().contains("okapi"),
        "{body}"
    );
}

#[test]
fn report_on_an_earlier_commit_keeps_the_title_of_a_hidden_page() {
    let mut bed = simple();
    let earlier = bed.variables["BITBUCKET_COMMIT"].clone();
    bed.run_twice();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    bed.fake.state().push(1, "ENG-123 went on");
    bed.at_tip(1);
    assert!(!in_bitbucket(&bed).contains("Checkout redesign"));
    assert!(report(&bed, &earlier).contains("Checkout redesign"), "docs/privacy.md says that it stays");
}

#[test]
fn personal_page_is_link_only_in_every_mention_and_action() {
    for (prefixes, mention) in [
        ("ENG=~712020abc", "closes ENG-1#4"),
        ("none", "closes SITE/wiki/spaces/~712020abc/pages/101?focusedTaskId=4"),
        ("none", "closes SITE/wiki/pages/viewpage.action?pageId=101&focusedTaskId=4"),
    ] {
        let bed = personal().with("KEY_PREFIXES", prefixes).with("PAGE_OUTPUT", "comment,labels,tasks");
        let mention = mention.replace("SITE", &bed.fake.confluence_url());
        {
            let mut state = bed.fake.state();
            state.confluence.content_mut(101).title = format!("ENG-1 {TITLE}");
            state.add_task(101, "4", TITLE);
            let pull_request = state.bitbucket.pull_request_mut(1);
            (pull_request.title, pull_request.description) = (mention, String::new());
        }
        let hides = |bed: &Bed| {
            let seen = in_bitbucket(bed);
            assert!(seen.contains("101") && !seen.contains(TITLE), "{seen}");
        };
        hides(&bed);
        bed.fake.state().merge(1, false);
        hides(&bed);
        let mut bed = bed;
        for action in ["reconcile", "backfill"] {
            bed = bed.with("ACTION", action);
            hides(&bed);
        }
        bed.fake.state().tag("1.0.0", "main");
        bed = bed.with("ACTION", "release").with("RELEASE_VERSION", "1.0.0");
        assert!(!bed.run().log.contains(TITLE));
        let state = bed.fake.state();
        let page = state.confluence.comments.iter().filter(|it| it.content == 101).count();
        assert_eq!((page, state.confluence.tasks[0].complete), (0, false), "no row, no task");
    }
}

#[test]
fn reconcile_cleans_the_comment_of_a_hidden_page_and_no_report() {
    let bed = simple();
    bed.run_twice();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    let bed = bed.with("ACTION", "reconcile");
    bed.run_twice();
    assert!(!bed.comments(1).join("").contains("Checkout redesign"), "{:?}", bed.comments(1));
    assert!(report(&bed, &bed.variables["BITBUCKET_COMMIT"]).contains("Checkout redesign"), "docs/privacy.md says so");
}
