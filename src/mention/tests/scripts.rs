//! Keys, tasks and URLs next to letters of scripts that put no space around them.

use super::{Row, check, configured};
use crate::ids::{Key, SpaceKey};
use crate::mention::{KeyRule, Origin, keys_in_title};

const KEYS: &[Row] = &[
    ("修复ENG-12的问题", "ENG-12", "Han"),
    ("ENG-12設計", "ENG-12", "Han after"),
    ("これはENG-12です", "ENG-12", "Hiragana"),
    ("バグENG-12ヲ", "ENG-12", "Katakana"),
    ("データーENG-12", "ENG-12", "the long vowel mark"),
    ("ｶﾅENG-12ｶﾅ", "ENG-12", "half-width Katakana"),
    ("ENG-12를 고침", "ENG-12", "a Korean particle"),
    ("이슈ENG-12의", "ENG-12", "Hangul around"),
    ("แก้ENG-12แล้ว", "ENG-12", "Thai"),
    ("ແກ້ENG-12ແລ້ວ", "ENG-12", "Lao"),
    ("ជួសជុលENG-12ហើយ", "ENG-12", "Khmer"),
    ("ပြင်ENG-12ပြီး", "ENG-12", "Myanmar"),
    ("לENG-12 ול", "ENG-12", "a Hebrew prefix"),
    ("وENG-12،", "ENG-12", "an Arabic prefix"),
    ("ENG-12में", "ENG-12", "Devanagari"),
    ("የENG-12", "ENG-12", "an Ethiopic prefix"),
    ("①ENG-12②ENG-13", "ENG-12, ENG-13", "numbers in circles"),
    ("ENG-12、ENG-13", "ENG-12, ENG-13", "a comma"),
    ("【ENG-12】修复", "ENG-12", "brackets"),
    ("⚙️ENG-12⚙️", "ENG-12", "an emoji with a variation selector"),
    ("👩‍💻ENG-12👩‍💻", "ENG-12", "an emoji with a joiner"),
    ("修复ENG-12#4的", "ENG-12 #4", "a task"),
    (
        "修复ENG-12#2b1d1c2e-aaaa-bbbb-cccc-0123456789ab的",
        "ENG-12 #2b1d1c2e-aaaa-bbbb-cccc-0123456789ab",
        "a task's UUID",
    ),
    ("見てbob@acme.exampleをENG-12", "ENG-12", "mail between"),
    ("ENG-12をbob@acme.example", "ENG-12", "mail after"),
    ("修复XENG-12", "XENG-12", "another key"),
    // What stays part of a word.
    ("éENG-12 ENG-12é", "", "accents"),
    ("ЖENG-12 ENG-12ж", "", "Cyrillic"),
    ("λENG-12 ENG-12λ", "", "Greek"),
    ("ENG-1２ ENG-１２ ENG-12٣ ENG-12๓", "", "digits of other scripts"),
    ("ＸENG-12 ENG-12ｘ", "", "full-width letters"),
    ("語ENG-12a", "", "a letter after"),
];

const URLS: &[Row] = &[
    ("詳細はhttps://acme.atlassian.net/wiki/x/D4ABを参照", "content 98319", "short link"),
    ("https://acme.atlassian.net/wiki/x/D4AB✅", "content 98319", "emoji"),
    ("https://acme.atlassian.net/wiki/x/D4AB⚙️", "content 98319", "emoji with a variation selector"),
    ("https://acme.atlassian.net/wiki/x/mwD-を", "content 16711835", "an id that ends in a hyphen"),
    ("https://acme.atlassian.net/wiki/x/D4AB%E3%82%92", "content 98319", "encoded"),
    ("**https://acme.atlassian.net/wiki/x/D4AB**を", "content 98319", "bold"),
    ("_https://acme.atlassian.net/wiki/x/D4AB_を", "content 98319", "emphasis"),
    ("~~https://acme.atlassian.net/wiki/x/D4AB~~を", "content 98319", "struck out"),
    ("https://acme.atlassian.net/wiki/x/D4AB's page", "content 98319", "genitive"),
    ("https://acme.atlassian.net/wiki/x/D4ABとENG-12", "content 98319, ENG-12", "a key in the text behind"),
    (
        "https://acme.atlassian.net/wiki/x/D4ABとhttps://acme.atlassian.net/wiki/spaces/ENG/pages/101へ",
        "content 98319, page 101",
        "a URL in the text behind",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/overviewを", "home ENG", "overview"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/overview_", "home ENG", "an emphasis's end"),
    ("https://acme.atlassian.net/wiki/spaces/ENGを", "home ENG", "space"),
    ("https://acme.atlassian.net/wiki/display/ENGを", "home ENG", "old form of a space"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/301を", "whiteboard ENG/301", "whiteboard"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/2b1d1c2e-aaaa-bbbb-cccc-0123456789ab✅",
        "whiteboard ENG/2b1d1c2e-aaaa-bbbb-cccc-0123456789ab",
        "whiteboard by UUID",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/database/302_", "database ENG/302", "database, an emphasis's end"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=4を", "page 101 #4", "task"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=4_", "page 101 #4", "task, an emphasis's end"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101/設計?focusedTaskId=4を",
        "page 101 #4",
        "task behind a title",
    ),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101を", "content 101", "by number"),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101_", "content 101", "by number, emphasis"),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101とENG-12",
        "content 101, ENG-12",
        "a key behind a parameter",
    ),
    (
        "https://acme.atlassian.net/wiki/pages/resumedraft.action?draftId=101とENG-12",
        "content 101, ENG-12",
        "a key behind a draft",
    ),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/overview?homepageId=101とENG-12",
        "page 101, ENG-12",
        "a key behind a home page",
    ),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=4とENG-12",
        "page 101 #4, ENG-12",
        "a key behind a task",
    ),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?title=Limits&spaceKey=ENGとENG-12",
        "titled ENG/Limits, ENG-12",
        "a key behind a space",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05/06/110を", "blogpost 110", "blog post"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05/06/110とENG-12",
        "blogpost 110, ENG-12",
        "a key behind a blog post",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101_", "page 101", "an emphasis's end"),
    // Titles may hold any letter.
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/設計-ENG-7", "page 101", "title"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/2024年-ENG-7", "page 101", "title that begins with a digit"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05/06/110/設計-ENG-7",
        "blogpost 110",
        "title of a blog post",
    ),
    ("https://acme.atlassian.net/wiki/display/ENG/設計-ENG-7", "titled ENG/設計-ENG-7", "title in the old form"),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=ENG&title=設計",
        "titled ENG/設計",
        "title as a parameter",
    ),
    ("https://example.com/日本/ENG-12", "", "another site's path"),
];

const EMPHASIS: &[Row] = &[
    ("_see https://acme.atlassian.net/wiki/x/D4AB_", "content 98319", "emphasis around more"),
    ("__see https://acme.atlassian.net/wiki/x/D4AB__", "content 98319", "bold around more"),
    ("(_see https://acme.atlassian.net/wiki/x/D4AB_)", "content 98319", "brackets around"),
    ("**_https://acme.atlassian.net/wiki/x/D4AB_**", "content 98319", "both"),
    ("_https://acme.atlassian.net/wiki/x/D4AB_.", "content 98319", "full stop behind"),
    ("https://acme.atlassian.net/wiki/x/AwD_", "content 16646147", "an id that ends in an underscore"),
    ("_https://acme.atlassian.net/wiki/x/AwD__", "content 16646147", "the same, emphasis"),
    ("__https://acme.atlassian.net/wiki/x/AwD___", "content 16646147", "the same, bold"),
    (r"https://acme.atlassian.net/wiki/x/AwD\_", "content 16646147", "the same, escaped"),
    ("_done_ https://acme.atlassian.net/wiki/x/AwD_", "content 16646147", "an emphasis that has ended"),
    ("snake_case https://acme.atlassian.net/wiki/x/AwD_", "content 16646147", "an underscore in a word"),
    (
        "https://acme.atlassian.net/wiki/x/_AozKw https://acme.atlassian.net/wiki/x/AwD_",
        "content 724765432, content 16646147",
        "an underscore in another URL",
    ),
    ("_a\n\nhttps://acme.atlassian.net/wiki/x/AwD_", "content 16646147", "an emphasis of another paragraph"),
];

#[test]
fn keys_are_read_next_to_scripts_without_spaces() {
    check(Origin::Title, &KeyRule::Any, KEYS);
    check(Origin::Commit(0), &KeyRule::Any, KEYS);
    let without_mail: Vec<Row> = KEYS.iter().copied().filter(|(body, _, _)| !body.contains('@')).collect();
    check(Origin::Branch, &KeyRule::Any, &without_mail);
}

#[test]
fn text_behind_a_url_is_no_part_of_it() {
    check(Origin::Title, &KeyRule::Any, URLS);
    check(Origin::Description, &configured(), URLS);
}

#[test]
fn an_emphasis_takes_its_own_marks_only() {
    check(Origin::Description, &configured(), EMPHASIS);
    check(Origin::Commit(0), &configured(), EMPHASIS);
}

#[test]
fn a_title_holds_the_keys_of_its_space() {
    let rows = [
        ("ENG-77: Move to UTF-8", "ENG-77", "ENG-77"),
        ("SHA-256, ISO-8601 and COVID-19 in ENG-77", "ENG-77", "ENG-77"),
        ("eng-77 phase-2", "ENG-77", "ENG-77"),
        ("UTF-8 in eng-77", "ENG-77", "ENG-77"),
        ("ENG-77設計書", "ENG-77", "ENG-77"),
        ("ENG-77 and ENG-78", "ENG-77 ENG-78", "ENG-77 ENG-78"),
        ("ENG-77 and DOC-9", "ENG-77", "DOC-9 ENG-77"),
        ("UTF-8", "", ""),
        ("ENG-77x", "", ""),
    ];
    let space = SpaceKey::parse("ENG").unwrap();
    for (title, any, of_prefixes) in rows {
        let keys = |rule| keys_in_title(title, &space, rule).iter().map(Key::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!((keys(&KeyRule::Any).as_str(), keys(&configured()).as_str()), (any, of_prefixes), "{title}");
    }
}
