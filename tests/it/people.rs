//! People are shown by name on the other side, as plain text that sends no notification.

use serde_json::{Value, json};

use crate::bed::{Bed, column};
use crate::linking::simple;
use crate::review;
use fake::{AUTHOR, Account, BOT, State, Status};

fn authors(bed: &Bed, page: u64) -> Vec<String> {
    column(&bed.fake.page_comments(page).concat(), "Author")
}

fn author_called(bed: &Bed, name: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).author.display_name = name.to_owned();
}

/// Account and name of page 101's owner in a review.
fn owner(bed: &Bed) -> [Value; 2] {
    let reviewed = review::review(bed);
    let line = reviewed.json["lines"].as_array().unwrap()[0].clone();
    ["page_owner", "page_owner_name"].map(|name| line[name].clone())
}

#[test]
fn new_name_of_an_author_alone_writes_nothing() {
    let bed = simple();
    author_called(&bed, "A. <b>Writer</b> @all");
    bed.run_twice();
    assert_eq!(authors(&bed, 101), ["A. &lt;b&gt;Writer&lt;/b&gt; @all"]);
    let body = bed.fake.page_comments(101).concat();
    assert!(!body.contains("ri:user") && !body.contains("ac:link"), "no mention: {body}");
    author_called(&bed, "Somebody new");
    assert_eq!(bed.run().writes, Vec::<String>::new());
    // Written for another reason, the row has the name of now.
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    bed.run_twice();
    assert_eq!(authors(&bed, 101), ["Somebody new"]);
}

#[test]
fn row_without_an_author_is_read_and_stays() {
    let bed = simple();
    bed.run();
    let (comment, old) = {
        let state = bed.fake.state();
        let comment = state.confluence.comments.last().unwrap();
        let last = regex::Regex::new("<t[hd][^>]*><p[^>]*>(Author|developer)</p></t[hd]>").unwrap();
        (comment.id, last.replace_all(&comment.body, "").into_owned())
    };
    assert!(!old.contains("Author"), "{old}");
    for kept in bed.fake.state().confluence.comments.iter_mut().filter(|kept| kept.id == comment) {
        kept.body.clone_from(&old);
    }
    bed.nothing_is_left_to_do();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | open"]);
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    bed.run_twice();
    assert_eq!(authors(&bed, 101), ["developer"]);
}

#[test]
fn never_names_people_on_neither_side() {
    let bed = simple();
    bed.run();
    assert_eq!(authors(&bed, 101).concat(), "developer");
    let bed = bed.with("SHOW_TITLES", "never");
    bed.run_twice();
    assert_eq!(authors(&bed, 101).concat(), "");
}

#[test]
fn link_names_no_owner_and_asks_for_none() {
    let bed = simple();
    bed.run_twice();
    assert!(!bed.fake.what_people_see().to_string().contains("page author"));
    let asked = bed.fake.requests().into_iter().filter(|recorded| recorded.request.path.contains("/user/bulk"));
    assert_eq!(asked.count(), 0);
}

#[test]
fn owner_of_a_hidden_page_is_not_named() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    bed.run();
    assert_eq!(owner(&review::reviewing(bed))[1], Value::Null);
}

#[test]
fn owner_of_a_blog_post_is_its_author() {
    let mut state = State::default();
    state.add_content(106, fake::Kind::BlogPost, "ENG", "ENG-6 News");
    let id = state.open_pull_request("work", "ENG-6", "", &["start"]);
    let bed = Bed::new(state, id);
    bed.run();
    assert_eq!(owner(&review::reviewing(bed)), [json!(AUTHOR), json!("page author")]);
}

#[test]
fn page_that_changed_hands_has_a_name_once_search_knows() {
    let bed = simple();
    bed.run();
    let bed = review::reviewing(bed);
    assert_eq!(owner(&bed), [json!(AUTHOR), json!("page author")]);
    bed.fake.state().confluence.freeze_index();
    bed.fake.state().confluence.content_mut(101).versions[0].author = BOT.to_owned();
    assert_eq!(owner(&bed), [json!(BOT), Value::Null]);
    bed.fake.state().confluence.reindex();
    assert_eq!(owner(&bed), [json!(BOT), json!(BOT)]);
}

#[test]
fn review_names_owner_and_author() {
    let bed = simple();
    bed.run();
    let line = |bed: &Bed| {
        let reviewed = review::review(bed);
        let line = reviewed.line("page:101");
        ["page_owner", "page_owner_name", "author", "author_name"].map(|name| line[name].clone())
    };
    let bed = review::reviewing(bed);
    let developer = Account::developer();
    let account = developer.account_id;
    let called = developer.display_name;
    assert_eq!(line(&bed), [json!(AUTHOR), json!("page author"), json!(account), json!(called)]);
    let bed = bed.with("SHOW_TITLES", "never");
    assert_eq!(line(&bed), [json!(AUTHOR), Value::Null, json!(account), Value::Null]);
}

#[test]
fn owner_of_a_page_that_search_does_not_see_has_no_name() {
    let bed = simple();
    bed.run();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    assert_eq!(owner(&review::reviewing(bed)), [json!(AUTHOR), Value::Null]);
}

#[test]
fn no_name_breaks_a_row_or_its_neighbour() {
    let names = [
        "a | b",
        "</td><td>x</td>",
        "&lt;td&gt;",
        "@{712020:x} [~accountid:712020:x]",
        "<ri:user ri:account-id=\"x\"/>",
        "[x](https://evil.example) ![y](z)",
        "]]>",
        "<![CDATA[x]]>",
        "=1+1",
        "\u{202e}txe\u{61c}",
        "\u{0}\u{1}\u{fffe}",
        "a\nb\tc",
        "acme/shop #1",
        "open",
        "1.4.0, 1.5.0",
        "\u{a0}",
        "&nbsp;&bogus;",
        "-->",
        "ac:link",
        "\u{feff}",
    ];
    for name in names.into_iter().map(str::to_owned).chain(["x".repeat(5_000), "\u{1f600}".repeat(400)]) {
        let bed = simple();
        author_called(&bed, &name);
        bed.run_twice();
        let row = bed.only_rows(101);
        assert_eq!(row.len(), 1, "{name:?}");
        assert!(row[0].starts_with("acme/shop #1 ENG-123: new checkout | open"), "{name:?}: {row:?}");
        bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
        bed.run_twice();
        assert!(bed.only_rows(101)[0].starts_with("acme/shop #1 ENG-123: new checkout | draft"), "{name:?}: {row:?}");
    }
}
