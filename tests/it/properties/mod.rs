//! Rules for every input, tried with a few hundred of each kind. `fuzz/` tries the same rules for longer.

mod answers;
pub(crate) mod rules;

use confluence_pr_link::ids::{ContentId, PageKind, PageName};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

/// 256 inputs for each rule, or `PROPTEST_CASES`: all together take seconds. What fails is printed, and kept in no file.
fn few() -> Config {
    let kept = None::<Box<FileFailurePersistence>>.map(|kept| kept as _);
    Config { failure_persistence: kept, ..Config::default() }
}

/// Pieces that mean something to one of the readers, and any text between them.
fn difficult() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,12}",
        1 => any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const PIECES: &[&str] = &[
    "ENG-1",
    "RFC-0012",
    "eng-7",
    "#4",
    "-task-4",
    "closes ",
    "fixes: ",
    ", ",
    " ",
    "\n",
    "\r\n",
    "\t",
    "    ",
    "`",
    "``",
    "```\n",
    "~~~\n",
    "<!--",
    "-->",
    "> ",
    "- ",
    "1. ",
    "[",
    "]",
    "(",
    ")",
    "](",
    "![",
    "|",
    "\\",
    "*",
    "_",
    "~~",
    "#",
    "&",
    "&amp;",
    "&#0;",
    "<",
    ">",
    "</td>",
    "<script>",
    "]]>",
    "<![CDATA[",
    "\"",
    "'",
    "@",
    "@a",
    ":",
    ":smile:",
    "{",
    "}",
    "www.",
    "\0",
    "\u{1b}[31m",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "é",
    "語",
    "🚀",
    "e\u{301}",
    "https://",
    "http://a@b:1/",
    "https://acme.atlassian.net/wiki/",
    "spaces/ENG/pages/101",
    "x/D4AB",
    "display/ENG/A+B",
    "pages/viewpage.action?pageId=7",
    "?focusedTaskId=4",
    "#Heading",
    "%C3",
    "%",
    "[skip confluence]",
    "CVE-2021-44228",
    "feature/",
    "Revert \"",
    "Closes:\n- ",
    "- [ ] ",
    "does not ",
    "を",
    "✅\u{fe0f}",
    "x/mwD-",
    "x/AwD_",
    "l/cp/AbCd1234",
    "[x]: ",
    "[//]: # (",
    "site=",
    "pages=",
    "page:101,",
    "blogpost:110,",
    "memory ",
    "7=refused",
    "101=ENG-1+ENG-2",
    "[//]: # (",
    "confluence-pr-link v1 ",
    "<table><tbody>",
    "<tr><td>",
    "</td></tr>",
    "</tbody></table>",
    "<p>",
    "</p>",
    "<a href=\"",
    "\">",
    "</a>",
    "&nbsp;",
    "https://bitbucket.org/acme/shop/pull-requests/7",
    "#confluence-pr-link-v1",
    "open",
    "merged",
    "(merged; 4; 1.0)",
];

proptest! {
    #![proptest_config(few())]

    #[test]
    fn detection_ends_with_one_answer_for_every_text(body in difficult()) {
        rules::detection(&body);
    }

    #[test]
    fn an_id_has_one_short_link(id in any::<u64>(), shift in 0..64_u32, tiny in "[A-Za-z0-9_-]{0,13}", wild in any::<String>()) {
        rules::short_links(id >> shift, &tiny);
        rules::short_links(id, &wild);
    }

    #[test]
    fn foreign_text_is_text_in_markdown(foreign in difficult()) {
        rules::markdown_text(&foreign);
    }

    #[test]
    fn foreign_text_is_text_in_storage_format(foreign in difficult()) {
        rules::storage_text(&foreign);
    }

    #[test]
    fn a_word_is_a_code_span_in_markdown(word in difficult()) {
        rules::markdown_code(&word);
    }

    #[test]
    fn an_index_is_read_as_it_was_written(comment in difficult(), pages in btree_set(page(), 0..250)) {
        rules::index(&comment, &pages);
    }

    #[test]
    fn a_forged_index_is_bounded(comment in difficult(), pages in btree_set(page(), 0..250)) {
        rules::foreign_index(&comment, &pages);
    }

    #[test]
    fn a_pages_comment_is_read_as_it_was_written(body in difficult()) {
        rules::page_comment(&body);
    }

    #[test]
    fn a_list_means_the_same_in_both_its_forms(items in vec(difficult(), 0..12), words in vec("[ A-Z0-9,=]{0,9}", 0..12)) {
        rules::lists(&items);
        rules::lists(&words);
    }
}

fn page() -> impl Strategy<Value = PageName> {
    (1..=u64::MAX / 2, any::<bool>()).prop_filter_map("an id", |(id, blog)| {
        let kind = if blog { PageKind::BlogPost } else { PageKind::Page };
        Some(PageName { id: ContentId::new(id)?, kind })
    })
}

proptest! {
    // A case is three runs of the pipe.
    #![proptest_config(Config { cases: few().cases.div_ceil(10), ..few() })]

    #[test]
    fn no_answer_of_a_service_breaks_a_run(alterations in vec(alteration(), 0..40)) {
        answers::survived(&alterations);
    }
}

/// Mostly none, else another value somewhere.
fn alteration() -> impl Strategy<Value = Vec<u8>> {
    let new = prop_oneof![
        prop::sample::select(
            &["null", "true", "0", "-1", "1e400", "18446744073709551616", "[]", "{}", "[null]", "\"\"", "[[[]]]"][..]
        )
        .prop_map(|json| json.as_bytes().to_vec()),
        difficult().prop_map(String::into_bytes),
    ];
    let altered = (any::<u16>(), new).prop_map(|(place, new)| [place.to_be_bytes().to_vec(), new].concat());
    prop_oneof![3 => Just(vec![]), 1 => altered]
}
