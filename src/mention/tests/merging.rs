//! One mention for each target, from however many texts.

use super::{configured, grammar, render};
use crate::ids::ContentId;
use crate::mention::{ContentKind, Found, KeyRule, Origin, Origins, Target, Text, detect};

const TEXTS: [Text<'static>; 6] = [
    Text { origin: Origin::Commit(1), body: "closes ENG-1#2, see https://acme.atlassian.net/wiki/x/D4AB#First" },
    Text { origin: Origin::Commit(0), body: "ENG-3 then ENG-1" },
    Text {
        origin: Origin::Description,
        body: "https://acme.atlassian.net/wiki/spaces/A/pages/98319/T#Second\n\nDOC-7 `DOC-8`",
    },
    Text { origin: Origin::Title, body: "ENG-1#2 ENG-1#3" },
    Text { origin: Origin::Branch, body: "feature/eng-1-task-4" },
    Text { origin: Origin::Commit(2), body: "https://acme.atlassian.net/wiki/spaces/OTHER/pages/98319" },
];

fn all(texts: &[Text<'_>]) -> Found {
    detect(texts, &grammar(configured()))
}

#[test]
fn mentions_of_one_target_are_merged() {
    let found = all(&TEXTS);
    assert_eq!(render(&found), "ENG-1 #2! #3 #4, page 98319, DOC-7, ENG-3");
    let origins: Vec<&Origins> = found.mentions.iter().map(|mention| &mention.origins).collect();
    let eng_1 = Origins { branch: true, title: true, commits: [0, 1].into(), ..Origins::default() };
    let page = Origins { description: true, commits: [1, 2].into(), ..Origins::default() };
    let doc_7 = Origins { description: true, ..Origins::default() };
    let eng_3 = Origins { commits: [0].into(), ..Origins::default() };
    assert_eq!(origins, [&eng_1, &page, &doc_7, &eng_3]);
    let written: Vec<&str> = found.mentions.iter().map(|mention| mention.written.as_str()).collect();
    assert_eq!(written, ["ENG-1", "https://acme.atlassian.net/wiki/spaces/A/pages/98319", "DOC-7", "ENG-3"]);
}

#[test]
fn the_order_of_the_texts_does_not_matter() {
    let expected = all(&TEXTS);
    let mut texts = TEXTS;
    for rotation in 0..TEXTS.len() {
        texts.rotate_left(1);
        assert_eq!(all(&texts), expected, "rotated {rotation} times");
    }
    texts.reverse();
    assert_eq!(all(&texts), expected);
}

#[test]
fn reading_a_text_twice_finds_nothing_new() {
    let twice = [TEXTS, TEXTS].concat();
    assert_eq!(all(&twice), all(&TEXTS));
}

#[test]
fn the_kind_of_content_comes_from_the_first_url_that_tells() {
    let body = "https://acme.atlassian.net/wiki/x/D4AB https://acme.atlassian.net/wiki/spaces/A/blog/98319 \
                https://acme.atlassian.net/wiki/spaces/A/pages/98319";
    let found = all(&[Text { origin: Origin::Title, body }]);
    let id = ContentId::new(98_319).unwrap();
    let targets: Vec<&Target> = found.mentions.iter().map(|mention| &mention.target).collect();
    assert_eq!(targets, [&Target::Content { id, kind: Some(ContentKind::BlogPost) }]);
}

#[test]
fn a_reverted_title_closes_nothing_in_its_description() {
    let revert = Text { origin: Origin::Title, body: "Revert \"Add it\"" };
    let description = Text { origin: Origin::Description, body: "Reverts: closes ENG-1#2" };
    let commit = Text { origin: Origin::Commit(0), body: "closes ENG-1#3" };
    assert_eq!(render(&all(&[revert, description])), "ENG-1 #2?");
    assert_eq!(render(&all(&[revert, description, commit])), "ENG-1 #2? #3!");
}

#[test]
fn a_commit_that_is_reverted_closes_nothing() {
    let closes = Text { origin: Origin::Commit(1), body: "closes ENG-1#2" };
    let revert = Text { origin: Origin::Commit(0), body: "Revert \"closes ENG-1#2\"" };
    assert_eq!(render(&all(&[closes, revert])), "ENG-1 #2?");
}

#[test]
fn nothing_is_found_in_nothing() {
    assert_eq!(all(&[]), Found::default());
    assert_eq!(detect(&[Text { origin: Origin::Title, body: "" }], &grammar(KeyRule::Any)), Found::default());
}
