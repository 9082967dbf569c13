//! People delete, edit and answer our comments; the next run repairs ours and leaves theirs.

use crate::bed::Bed;
use fake::{Account, BOT, FooterComment, IdOrder, PullRequestComment, SOMEBODY_ELSE, State, Version};

/// Pull request 1 is linked to pages 101 and 102, pull request 2 to page 101; the steps that follow are of the first.
fn two_linked() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    state.open_pull_request("one", "ENG-1 and ENG-2", "", &["x"]);
    state.open_pull_request("two", "ENG-1 too", "", &["y"]);
    let bed = step_of(Bed::new(state, 1), 2);
    bed.run();
    let bed = step_of(bed, 1);
    bed.run_twice();
    bed
}

fn step_of(bed: Bed, id: u64) -> Bed {
    let mut bed = bed.with("BITBUCKET_PR_ID", &id.to_string());
    bed.at_tip(id);
    bed
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

const BOTH: [&str; 2] = ["acme/shop #2 ENG-1 too | open", "acme/shop #1 ENG-1 and ENG-2 | open"];
const MARKER: &str = "https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1";

/// Someone with the account's password changes the text of our comment on a page: a new version.
fn edit_page_comment(bed: &Bed, page: u64, edit: impl Fn(&str) -> String) {
    let mut state = bed.fake.state();
    let at = state.clock.tick();
    let comments = &mut state.confluence.comments;
    let ours = comments.iter_mut().find(|it| it.content == page && it.author == BOT && it.parent.is_none()).unwrap();
    let edited = edit(&ours.body);
    assert_ne!(edited, ours.body, "nothing was edited");
    ours.body = edited;
    let number = ours.versions.len() as u64 + 1;
    ours.versions.push(Version { number, at, author: BOT.to_owned() });
}

/// The same in the pull request.
fn edit_comment(bed: &Bed, edit: impl Fn(&str) -> String) {
    let mut state = bed.fake.state();
    let ours = &mut state.bitbucket.pull_request_mut(1).comments[0];
    let edited = edit(&ours.raw);
    assert_ne!(edited, ours.raw, "nothing was edited");
    ours.raw = edited;
}

/// A body without the table row of a pull request.
fn without_row(body: &str, id: u64) -> String {
    let link = format!("pull-requests/{id}#");
    let rows = body.split_inclusive("</tr>");
    rows.filter(|row| !row.contains(&link)).collect()
}

/// Every comment and reply, on both sides, of accounts that are not ours.
fn theirs(bed: &Bed) -> Vec<String> {
    let state = bed.fake.state();
    let said = state.bitbucket.pull_request(1).comments.iter().filter(|it| it.user != Account::bot());
    let said =
        said.map(|PullRequestComment { id, raw, deleted, parent, .. }| format!("{id} {raw} {deleted} {parent:?}"));
    let below = state.confluence.comments.iter().filter(|it| it.author != BOT);
    let below =
        below.map(|FooterComment { id, body, parent, versions, .. }| format!("{id} {body} {parent:?} {versions:?}"));
    said.chain(below).collect()
}

/// Links, changes and unlinks, each twice, and checks after each that other people's comments are unchanged.
fn foreign_comments_stay(bed: &Bed, theirs_at_least: usize) {
    let before = theirs(bed);
    assert!(before.len() >= theirs_at_least, "{before:#?}");
    for title in ["ENG-1 and ENG-2 again", "ENG-2", "nothing", "ENG-1 and ENG-2"] {
        retitle(bed, title);
        told_twice(bed);
        assert_eq!(theirs(bed), before, "{title}");
    }
    bed.fake.state().merge(1, false);
    told_twice(bed);
    assert_eq!(theirs(bed), before, "merged");
}

/// The second run changes nothing. It may try: a repository token learns that a copy of our comment is not ours only
/// from a refused write.
fn told_twice(bed: &Bed) {
    bed.run();
    let ran = bed.run();
    let done = bed.fake.writes().into_iter().filter(|it| it.status.is_some_and(|status| status < 400));
    assert_eq!(done.map(|recorded| recorded.line()).collect::<Vec<_>>(), Vec::<String>::new(), "{}", ran.log);
}

#[test]
fn deleted_pull_request_comment_is_written_again() {
    let bed = two_linked();
    let before = bed.comments(1);
    let comment = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, comment);
    let ran = bed.run_twice();
    assert_eq!(bed.comments(1), before);
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "the rows stood: {:#?}", ran.writes);
}

#[test]
fn rows_of_a_deleted_page_comment_come_back_one_by_one() {
    let bed = two_linked();
    let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 101).unwrap().id;
    bed.fake.state().delete_page_comment(comment);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH[1..]);
    let bed = step_of(bed, 2);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH);
}

#[test]
fn deleted_comment_of_an_unlinked_page_stays_deleted() {
    let bed = two_linked();
    let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 102).unwrap().id;
    bed.fake.state().delete_page_comment(comment);
    retitle(&bed, "ENG-1");
    bed.run_twice();
    assert_eq!(bed.rows(102).len(), 0);
    assert!(bed.comments(1)[0].contains("pages=page:101)"), "{:?}", bed.comments(1));
}

#[test]
fn deleted_row_comes_back_with_its_own_pull_request() {
    let bed = two_linked();
    edit_page_comment(&bed, 101, |body| without_row(body, 1));
    assert_eq!(bed.only_rows(101), BOTH[..1]);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH);
    edit_page_comment(&bed, 101, |body| without_row(body, 2));
    bed.nothing_is_left_to_do();
    assert_eq!(bed.only_rows(101), BOTH[1..], "that of another is not this run's to know");
    let bed = step_of(bed, 2);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH);
}

#[test]
fn table_broken_by_hand_is_reported_and_kept() {
    type Edit = fn(&str) -> String;
    let table: [(&str, Edit); 6] = [
        ("a tag is left open", |body| body.replacen("</td>", "", 1)),
        ("a row without its link", |body| body.replacen("/pull-requests/2#", "/src/2#", 1)),
        ("a row without its state", |body| body.replacen(&cell(body, "open"), "", 1)),
        ("a table without its column of states", |body| {
            let without = |body: &str, cell: &str| body.replace(cell, "");
            without(&without(body, &cell(body, "open")), &cell(body, "State"))
        }),
        ("a row with a cell more", |body| {
            body.replacen(&cell(body, "open"), &format!("{}<td><p>reviewed</p></td>", cell(body, "open")), 1)
        }),
        ("words where the version stood", |body| {
            body.replace(">Author<", ">Page version at merge<").replace(">developer<", ">four<")
        }),
    ];
    for (what, edit) in table {
        let bed = two_linked();
        edit_page_comment(&bed, 101, edit);
        let broken = bed.fake.page_comments(101);
        for title in ["ENG-1 and ENG-2 again", "ENG-2"] {
            retitle(&bed, title);
            bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 1, "{what}: {}", ran.log);
            assert!(ran.log.contains("delete it, and the next run adds it again"), "{what}: {}", ran.log);
            assert_eq!(bed.fake.page_comments(101), broken, "{what}");
            assert!(
                bed.only_rows(102)[0].ends_with("| draft"),
                "{what}: its neighbour is written: {:?}",
                bed.only_rows(102)
            );
            assert!(bed.comments(1)[0].contains("pages=page:101,page:102)"), "{what}: it may still hold our row");
        }
        // Somebody does what the reason says.
        let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 101).unwrap().id;
        bed.fake.state().delete_page_comment(comment);
        retitle(&bed, "ENG-1 and ENG-2");
        bed.fake.state().bitbucket.pull_request_mut(1).draft = false;
        bed.run_twice();
        assert_eq!(bed.only_rows(101), BOTH[1..], "{what}");
    }
}

/// The cell of the first row that says this, as the service keeps it.
fn cell(body: &str, words: &str) -> String {
    let cell = regex::Regex::new(&format!("<t[hd][^>]*><p[^>]*>{words}</p></t[hd]>")).unwrap();
    cell.find(body).unwrap().as_str().to_owned()
}

#[test]
fn missing_table_below_its_heading_is_written_again() {
    let bed = two_linked();
    edit_page_comment(&bed, 101, |_| {
        format!("<p><strong>Pull requests</strong></p><p>Updated by <a href=\"{MARKER}\">confluence-pr-link</a>.</p>")
    });
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH[1..]);
    let bed = step_of(bed, 2);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH);
}

#[test]
fn comment_without_its_last_line_stays_as_it_is() {
    let bed = two_linked();
    edit_page_comment(&bed, 101, |body| body.replace(MARKER, "https://example.com/"));
    let left = bed.fake.page_comments(101).remove(0);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH[1..]);
    retitle(&bed, "ENG-2");
    bed.run_twice();
    assert_eq!(bed.fake.page_comments(101)[0], left);
}

#[test]
fn page_taken_out_of_the_index_comes_back() {
    let bed = two_linked();
    let before = bed.comments(1);
    edit_comment(&bed, |raw| raw.replace("page:101,page:102", "page:102"));
    let ran = bed.run_twice();
    assert_eq!(bed.comments(1), before);
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}", ran.writes);
}

#[test]
fn page_missing_from_the_index_keeps_its_row() {
    let bed = two_linked();
    edit_comment(&bed, |raw| raw.replace("page:101,page:102", "page:102"));
    retitle(&bed, "ENG-2");
    bed.run_twice();
    assert_eq!(bed.only_rows(101), BOTH, "nothing records it");
    for title in ["ENG-1 and ENG-2", "ENG-2"] {
        retitle(&bed, title);
        bed.run_twice();
    }
    assert_eq!(bed.only_rows(101), BOTH[..1], "remembered again, and gone");
}

#[test]
fn page_put_into_the_index_by_hand_is_not_written() {
    let bed = two_linked();
    let before = bed.comments(1);
    {
        let mut state = bed.fake.state();
        state.add_page(103, "OPS", "Nobody's");
        state.add_page_comment(103, SOMEBODY_ELSE, "<p>theirs</p>");
    }
    edit_comment(&bed, |raw| raw.replace("page:102)", "page:102,page:103)"));
    let ran = bed.run_twice();
    assert_eq!(bed.comments(1), before);
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}", ran.writes);
}

#[test]
fn missing_page_in_the_index_fails_nothing() {
    let bed = two_linked();
    edit_comment(&bed, |raw| raw.replace("page:102)", "page:102,page:999)"));
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(ran.log.matches("link to page:999").count(), 1, "{}", ran.log);
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (2, 1));
}

#[test]
fn garbage_in_the_index_hides_no_page() {
    let bed = two_linked();
    edit_comment(&bed, |raw| raw.replace("page:101,", "page:-1,,x:7,page:101,page:99999999999999999999999,🙂,"));
    retitle(&bed, "ENG-1");
    bed.run_twice();
    assert_eq!(bed.only_rows(102), Vec::<String>::new(), "it was remembered behind the garbage");
    assert!(bed.comments(1)[0].ends_with("pages=page:101)"), "{:?}", bed.comments(1));
}

#[test]
fn comment_that_lost_its_marker_is_ours_by_its_heading() {
    let bed = two_linked();
    let before = bed.comments(1);
    edit_comment(&bed, |raw| {
        format!("{}\n\n[//]: # (confluence-pr-link v1 sit", raw.split("\n\n[//]").next().unwrap())
    });
    bed.run_twice();
    assert_eq!(bed.comments(1), before);
    retitle(&bed, "nothing");
    bed.run_twice();
    assert_eq!(bed.comments(1), Vec::<String>::new());
    assert_eq!((bed.only_rows(101), bed.only_rows(102)), (vec![BOTH[0].to_owned()], vec![]));
}

#[test]
fn foreign_copies_of_our_comments_are_left_alone() {
    // Ours are the older ones in both cases; their ids are lower or higher.
    for order in [IdOrder::Up, IdOrder::Down] {
        let bed = two_linked();
        {
            let mut state = bed.fake.state();
            (state.bitbucket.numbers.order, state.confluence.numbers.order) = (order, order);
            if order == IdOrder::Down {
                // Below every id that was given so far.
                state.bitbucket.pull_request_mut(1).comments[0].id = 1_900_000_000;
                state.confluence.comments.iter_mut().for_each(|comment| comment.id += 9_000_000_000);
            }
            state.add_page(103, "OPS", "Nobody's");
            let raw = state.bitbucket.pull_request(1).comments[0].raw.clone();
            let bodies: Vec<(u64, String)> =
                state.confluence.comments.iter().map(|it| (it.content, it.body.clone())).collect();
            state.comment(1, Account::somebody_else(), &raw);
            state.comment(1, Account::somebody_else(), &raw.replace("page:102", "page:103"));
            for (page, body) in bodies {
                state.add_page_comment(page, SOMEBODY_ELSE, &body);
            }
        }
        foreign_comments_stay(&bed, 4);
    }
}

#[test]
fn replies_to_our_comments_stay() {
    let bed = two_linked();
    let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    let below: Vec<u64> = bed.fake.state().confluence.comments.iter().map(|comment| comment.id).collect();
    {
        let mut state = bed.fake.state();
        state.comment(1, Account::somebody_else(), "why this page?");
        state.bitbucket.pull_request_mut(1).comments.last_mut().unwrap().parent = Some(ours);
        for comment in below {
            let reply = state.reply_to_page_comment(comment, SOMEBODY_ELSE, "<p>why this pull request?</p>");
            state.reply_to_page_comment(reply, SOMEBODY_ELSE, "<p>never mind</p>");
        }
    }
    foreign_comments_stay(&bed, 5);
}

#[test]
fn replies_to_a_second_comment_stay() {
    for unlinks in [false, true] {
        let bed = two_linked();
        let row =
            |body: String| without_row(&body, 1).replace("pull-requests/2#", "pull-requests/9#").replace("#2", "#9");
        let body = row(bed.fake.page_comments(101).remove(0));
        let (answered, silent) = {
            let mut state = bed.fake.state();
            let second = state.add_page_comment(101, BOT, &body);
            let reply = state.reply_to_page_comment(second, SOMEBODY_ELSE, "<p>a decision</p>");
            state.reply_to_page_comment(reply, SOMEBODY_ELSE, "<p>agreed</p>");
            (second, state.add_page_comment(101, BOT, &body))
        };
        let before = theirs(&bed);
        if unlinks {
            retitle(&bed, "ENG-2");
        }
        let ran = bed.run_twice();
        assert_eq!(theirs(&bed), before, "{}", ran.log);
        assert!(
            ran.details.contains(&format!("Done: empty our second comment {answered} on page:101")),
            "{}",
            ran.details
        );
        let nine = "acme/shop #9 ENG-1 too | open".to_owned();
        let one = (!unlinks).then(|| BOTH[1].to_owned());
        assert_eq!(bed.only_rows(101), [nine, BOTH[0].to_owned()].into_iter().chain(one).collect::<Vec<_>>());
        let state = bed.fake.state();
        let left = state.confluence.comments.iter().filter(|it| it.author == BOT && it.content == 101);
        let left: Vec<(u64, bool)> = left.map(|it| (it.id, it.body.contains("moved to another comment"))).collect();
        assert!(left.len() == 2 && left[1] == (answered, true) && left[1].0 != silent, "{left:?}");
    }
}
