//! Ignored regions, and `[skip confluence]`.

use super::{Row, check, configured, found, render};
use crate::mention::{KeyRule, MAX_MESSAGE_BYTES, Origin};

/// The same in descriptions and commit messages.
const COMMON: &[Row] = &[
    ("`ENG-1` ENG-2", "ENG-2", "code span"),
    ("`DOC-9` in code", "", "code span"),
    ("`` a`ENG-1 `` ENG-2", "ENG-2", "code span of two"),
    ("` ``ENG-1`` ` ENG-2", "ENG-2", "two within one"),
    ("`ENG-1\nENG-3` ENG-2", "ENG-2", "code span over two lines"),
    ("`ENG-1\n\nENG-3` ENG-2", "ENG-1, ENG-3, ENG-2", "a paragraph ends it: literal"),
    ("`ENG-1\r\n\r\nENG-3` ENG-2", "ENG-1, ENG-3, ENG-2", "a paragraph ends it, CRLF"),
    ("`ENG-1", "ENG-1", "unmatched"),
    ("``ENG-1` ENG-2", "ENG-1, ENG-2", "unmatched lengths"),
    ("ENG-1` `ENG-2", "ENG-1, ENG-2", "between two"),
    (r"\`ENG-1\` ENG-2", "ENG-1, ENG-2", "escaped"),
    (r"`ENG-1\` ENG-2", "ENG-2", "no escapes within code"),
    (r"\\`ENG-1` ENG-2", "ENG-2", "an escaped backslash"),
    (r"\``ENG-1` ENG-2", "ENG-2", "one escaped, one not"),
    ("* a ` ENG-1\n* b ` ENG-2", "ENG-1, ENG-2", "each item of a list for itself"),
    ("1. a ` ENG-1\n2. b ` ENG-2", "ENG-1, ENG-2", "each item of a list for itself"),
    ("| ` ENG-1 |\n| ` ENG-2 |", "ENG-1, ENG-2", "each row of a table for itself"),
    ("text ` ENG-1\n# ` ENG-2", "ENG-1, ENG-2", "a heading for itself"),
    ("`https://acme.atlassian.net/wiki/x/D4AB` ENG-2", "ENG-2", "URL in code"),
    ("`https://x.example/` ENG-2", "ENG-2", "any URL in code"),
    ("https://x.example/`ENG-1` ENG-2", "ENG-2", "a URL before code"),
    ("`a@b.example`ENG-2", "ENG-2", "mail in code"),
    ("```\nENG-1\n```\nENG-2", "ENG-2", "fence"),
    ("```rust\nENG-1\n```\nENG-2", "ENG-2", "fence with a language"),
    ("```\r\nENG-1\r\n```\r\nENG-2", "ENG-2", "fence, CRLF"),
    ("~~~\nENG-1\n~~~\nENG-2", "ENG-2", "tildes"),
    ("~~~ a`b\nENG-1\n~~~\nENG-2", "ENG-2", "tildes may have backticks behind"),
    ("```\nENG-1\n~~~\nENG-3\n```\nENG-2", "ENG-2", "other signs do not close"),
    ("````\nENG-1\n```\nENG-3\n````\nENG-2", "ENG-2", "fewer do not close"),
    ("```\nENG-1\n`````\nENG-2", "ENG-2", "more close"),
    ("```\nENG-1\n``` x\nENG-3\n```\nENG-2", "ENG-2", "nothing stands behind a closing fence"),
    ("```\nENG-1", "", "unclosed"),
    ("ENG-2\n```\nENG-1", "ENG-2", "unclosed"),
    ("text ENG-2\n```\nENG-1\n```", "ENG-2", "a fence ends a paragraph"),
    ("  ```\n  ENG-1\n  ```\nENG-2", "ENG-2", "indented fence"),
    ("- item\n\n  ```\n  ENG-1\n  ```\n- ENG-2", "ENG-2", "fence in a list"),
    ("- ```\n  ENG-1\n  ```\n- ENG-2", "ENG-2", "fence on an item's line"),
    ("1. ```\n   ENG-1\n   ```\nENG-2", "ENG-2", "fence on an item's line"),
    ("```ENG-1``` ENG-2", "ENG-2", "a span of three is no fence"),
    ("``\nENG-1\n``\nENG-2", "ENG-2", "two are a span"),
    ("```\n<!--\n```\nENG-2", "ENG-2", "no comment within a fence"),
    ("`<!--` ENG-2", "ENG-2", "no comment within code"),
    ("<!-- ENG-1 --> ENG-2", "ENG-2", "comment"),
    ("<!-- e.g. DOC-1 -->", "", "a template's comment"),
    ("<!--\nENG-1\n\nENG-3\n-->\nENG-2", "ENG-2", "over paragraphs"),
    ("<!--\nENG-1\n\nENG-3\n--> `ENG-4` ENG-5", "ENG-5", "and text goes on behind"),
    ("ENG-2 <!--\nENG-1\n\nENG-3\n--> `ENG-4`", "ENG-2, ENG-1, ENG-3", "closed in a later paragraph: text"),
    ("<!--\n\n--> a\n<!--\n\nENG-1 --> ENG-2", "ENG-2", "two in turn"),
    ("<!--\n```\n-->\nENG-2", "ENG-2", "no fence within a comment"),
    ("<!-- ` --> ENG-2 `", "ENG-2", "no code within a comment"),
    ("<!-- > -->ENG-2", "ENG-2", "a bracket within"),
    ("<!-- ENG-1", "", "unclosed"),
    ("ENG-2 <!-- ENG-1", "ENG-2, ENG-1", "unclosed within a paragraph: text"),
    ("Handle <!-- in templates\n\nRefs: ENG-2", "ENG-2", "unclosed within a paragraph: text"),
    ("ENG-2 <!-- a <!-- b --> ENG-3", "ENG-2, ENG-3", "one that is closed"),
    ("ENG-2 <!-- a --> <!-- ENG-3", "ENG-2, ENG-3", "only the second is unclosed"),
    ("text\n<!-- ENG-1\n\nENG-3", "", "unclosed at the head of a line"),
    ("- ENG-2\n- <!-- ENG-1\n\n--> ENG-3", "ENG-2, ENG-3", "a block in an item"),
    ("ENG-2 <!-- ENG-1\nENG-3 --> ENG-4", "ENG-2, ENG-4", "closed in its paragraph"),
    ("<!--> ENG-2", "ENG-2", "an empty comment"),
    ("<!---> ENG-2", "ENG-2", "an empty comment"),
    ("<!---->ENG-2", "ENG-2", "an empty comment"),
    ("<!- ENG-2", "ENG-2", "no comment"),
    ("--> ENG-2", "ENG-2", "only an end"),
    (r"\<!-- ENG-2", "ENG-2", "escaped"),
    ("> ENG-1\nENG-2", "ENG-2", "quoted"),
    ("ENG-2\n> ENG-1\nENG-3", "ENG-2, ENG-3", "quoted, in a paragraph"),
    (">ENG-1\r\n> > ENG-3\r\nENG-2", "ENG-2", "quoted twice"),
    ("> ```\nENG-2", "ENG-2", "no fence goes on behind a quote"),
    ("  > ENG-1\nENG-2", "ENG-2", "quoted, indented"),
    ("a > ENG-2", "ENG-2", "greater than"),
    ("ENG-1 -> ENG-2", "ENG-1, ENG-2", "arrow"),
];

const DESCRIPTION: &[Row] = &[
    ("    ENG-1\nENG-2", "ENG-2", "indented at the start"),
    ("ENG-2\n\n    ENG-1\n    ENG-3\n\n    ENG-4\n\nENG-5", "ENG-2, ENG-5", "indented after a blank line"),
    ("ENG-2\n\n\tENG-1\n", "ENG-2", "a tab"),
    ("ENG-2\n    ENG-3", "ENG-2, ENG-3", "a paragraph goes on"),
    ("   ENG-2", "ENG-2", "three spaces"),
    ("- item\n\n    ENG-2", "ENG-2", "an item's paragraph"),
    ("1. item\n\n    ENG-2", "ENG-2", "an item's paragraph"),
    ("- item\n\n      ENG-1\n\nENG-2", "ENG-2", "code in an item"),
    ("- a\n    - ENG-2\n\n      ENG-3", "ENG-2, ENG-3", "nested item's paragraph"),
    ("- item\n\ntext\n\n    ENG-1", "", "the list has ended"),
    ("```\nx\n```\n    ENG-2", "ENG-2", "directly behind a fence"),
];

const MESSAGE: &[Row] = &[
    ("Subject\n\n    ENG-1\n", "ENG-1", "git's own indentation is no code"),
    ("Squashed\n\n    * ENG-1: a\n\n    * ENG-2: b", "ENG-1, ENG-2", "a squash's list"),
];

const TITLE: &[Row] = &[
    ("`ENG-1` ENG-2", "ENG-2", "code span"),
    ("> ENG-2", "ENG-2", "no quotes in titles"),
    ("    ENG-2", "ENG-2", "no indented code in titles"),
    ("<!-- ENG-2", "ENG-2", "no comments in titles"),
    ("~~~ ENG-2", "ENG-2", "no fences in titles"),
    ("```ENG-1``` ENG-2", "ENG-2", "a span of three"),
    ("``` ENG-2", "ENG-2", "unmatched"),
];

#[test]
fn code_comments_and_quotes_are_not_read() {
    check(Origin::Description, &configured(), COMMON);
    check(Origin::Commit(0), &configured(), COMMON);
}

#[test]
fn indented_code_is_skipped_in_descriptions_only() {
    check(Origin::Description, &configured(), DESCRIPTION);
    check(Origin::Commit(0), &configured(), MESSAGE);
}

#[test]
fn a_title_holds_code_spans_only() {
    check(Origin::Title, &configured(), TITLE);
}

#[test]
fn skip_confluence_is_understood() {
    let rows = [
        ("[skip confluence]", true, "as documented"),
        ("Fix it [Skip Confluence]", true, "any case"),
        ("[skip-confluence] x", true, "hyphen"),
        ("[skip_confluence]", true, "underscore"),
        ("[SKIP  CONFLUENCE]", true, "two spaces"),
        ("[[skip confluence]]", true, "two brackets"),
        ("[skip][skip confluence]", true, "after another"),
        ("skip confluence", false, "no brackets"),
        ("[skipconfluence]", false, "one word"),
        ("[skip confluence", false, "unclosed"),
        ("[skip confluence pages]", false, "more words"),
        ("[no-skip confluence]", false, "other words"),
        ("[skip ci]", false, "another tool's"),
        ("`[skip confluence]`", false, "code"),
        ("[skip\u{a0}confluence]", false, "another space"),
        ("[", false, "a bracket"),
        ("[skip 🚀🚀🚀🚀]", false, "characters of several bytes"),
    ];
    for (body, expected, reason) in rows {
        for origin in [Origin::Title, Origin::Description] {
            let skip = found(origin, body, KeyRule::Any).skip;
            assert_eq!(skip, expected.then_some(origin), "{body:?}: {reason}");
        }
        let body = format!("{body} ENG-1");
        let commit = found(Origin::Commit(7), &body, KeyRule::Any);
        assert_eq!(commit.skip, None, "a commit does not skip the pull request");
        assert_eq!(commit.mentions.is_empty(), expected, "{body:?}: {reason}");
    }
    let template = found(Origin::Description, "<!-- write [skip confluence] to skip -->", KeyRule::Any);
    assert_eq!(template.skip, None, "a template's comment");
    assert_eq!(found(Origin::Branch, "[skip confluence]", KeyRule::Any).skip, None, "a branch");
    let unseen = [
        "[//]: # ([skip confluence])",
        "text\n[//]: # \"[skip confluence]\"\nmore",
        "[skip confluence]: http://x.example",
        "[x]: y\n  ([skip confluence])",
        "![a](<http://x.example/[skip confluence].png>)",
        "![a](http://x.example/[skip_confluence].png)",
        "![a](x.png \"[skip confluence]\")",
        "![skip confluence](x.png)",
        "[a](/x/[skip_confluence])",
        "- [//]: # ([skip confluence])",
        "1. Notes\n2. [//]: # ([skip confluence])",
        "See [the design][skip confluence].\n\n[Skip Confluence]: http://x.example",
        "![skip confluence]\n\n[skip confluence]: http://x.example",
    ];
    for body in unseen {
        assert_eq!(found(Origin::Description, body, KeyRule::Any).skip, None, "{body:?} is not shown");
    }
    let shown = [
        "[skip confluence]: only a note",
        "see [a](b) [skip confluence]",
        "[skip confluence](http://x.example)",
        "[a][skip confluence]",
    ];
    for body in shown {
        let skip = found(Origin::Description, body, KeyRule::Any).skip;
        assert_eq!(skip, Some(Origin::Description), "{body:?} is shown");
    }
    assert_eq!(found(Origin::Title, "[skip confluence]: x", KeyRule::Any).skip, Some(Origin::Title), "no Markdown");
}

#[test]
fn a_skipped_pull_request_is_read_all_the_same() {
    assert_eq!(render(&found(Origin::Title, "ENG-1 [skip confluence]", KeyRule::Any)), "ENG-1");
}

#[test]
fn a_message_is_cut_between_words_and_says_so() {
    let filler = "é ".repeat(MAX_MESSAGE_BYTES / 3 - 2);
    let whole = format!("{filler}ENG-1");
    assert!(whole.len() <= MAX_MESSAGE_BYTES);
    assert_eq!(render(&found(Origin::Commit(4), &whole, KeyRule::Any)), "ENG-1");
    assert!(found(Origin::Commit(4), &whole, KeyRule::Any).cut_commits.is_empty());

    let filler = "y".repeat(MAX_MESSAGE_BYTES - "ENG-2  ENG-12".len());
    let key_across = format!("ENG-2 {filler} ENG-123456789");
    let cut = found(Origin::Commit(4), &key_across, KeyRule::Any);
    assert_eq!(render(&cut), "ENG-2", "half a key is no key");
    assert_eq!(cut.cut_commits, [4].into());

    let one_word = "x".repeat(MAX_MESSAGE_BYTES) + "ENG-1";
    assert_eq!(found(Origin::Commit(0), &one_word, KeyRule::Any).cut_commits, [0].into());

    let description = found(Origin::Description, &key_across, configured());
    assert_eq!(render(&description), "ENG-2, ENG-123456789", "Bitbucket bounds descriptions itself");
    assert!(description.cut_commits.is_empty());
}
