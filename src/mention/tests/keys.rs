//! Keys in titles, descriptions and commit messages.

use super::{Row, check, configured};
use crate::mention::{KeyRule, Origin};

/// The same with any prefix and with configured ones.
const COMMON: &[Row] = &[
    ("ENG-123", "ENG-123", "bare"),
    ("ENG-123: fix the thing", "ENG-123", "prefix style"),
    ("ENG-123 fix", "ENG-123", "space"),
    ("ENG-123, ENG-124/ENG-125", "ENG-123, ENG-124, ENG-125", "several"),
    ("ENG-123 ENG-123 ENG-0123", "ENG-123", "once"),
    ("ENG-123/DOC-9: both", "ENG-123, DOC-9", "two prefixes"),
    ("[ENG-123] fix", "ENG-123", "square brackets"),
    ("(ENG-123)", "ENG-123", "round brackets"),
    ("{ENG-123}", "ENG-123", "braces"),
    ("feat(ENG-123): thing", "ENG-123", "scope of a conventional commit"),
    ("fix: thing (ENG-123) (#1923)", "ENG-123", "squash style"),
    ("#ENG-123", "ENG-123", "hash"),
    ("_ENG-123_", "ENG-123", "emphasis"),
    ("**ENG-123**", "ENG-123", "bold"),
    ("\"ENG-123\"", "ENG-123", "quotes"),
    ("'ENG-123'", "ENG-123", "quotes"),
    ("ENG-123.", "ENG-123", "end of a sentence"),
    ("ENG-123. 9 more", "ENG-123", "end of a sentence before a number"),
    ("ENG-123's page", "ENG-123", "genitive"),
    ("ENG-123-fix-thing", "ENG-123", "slug"),
    ("ENG-123_fix", "ENG-123", "underscore after"),
    ("fix_ENG-123", "ENG-123", "underscore before"),
    ("pre-ENG-123", "ENG-123", "hyphen before"),
    ("MY_ENG-123 A_ENG-1", "", "a name in capitals goes on"),
    ("_ENG-123_DOC-9", "ENG-123, DOC-9", "a key before the underscore"),
    ("v1.2-ENG-3", "ENG-3", "hyphen after a version"),
    ("Merged in feature/ENG-123-foo (pull request #7)", "ENG-123", "Bitbucket's merge message"),
    ("ENG-123\r\nDOC-9\r\n", "ENG-123, DOC-9", "CRLF"),
    ("ENG-123\tDOC-9\0ADR-1", "ENG-123, DOC-9, ADR-1", "tab and NUL"),
    ("🚀ENG-123🚀", "ENG-123", "emoji"),
    ("「ENG-123」", "ENG-123", "other brackets"),
    ("\u{202e}ENG-123\u{202c}", "ENG-123", "bidirectional controls"),
    ("ADR-0012", "ADR-12", "leading zeros"),
    ("ADR-0000", "ADR-0", "zeros only"),
    ("ADR-0012 and ADR-12", "ADR-12", "the same key"),
    ("ENG-99999999999999999999", "ENG-99999999999999999999", "more than 64 bits"),
    ("ENG-11111111111111111111111111111111111111111", "", "longer than any number"),
    ("ENG-12 # 4", "ENG-12", "a hash that is no task"),
    ("ENG-12|ENG-13", "ENG-12, ENG-13", "table"),
    ("ENG-12;ENG-13", "ENG-12, ENG-13", "semicolon"),
    ("ENG-12→ENG-13…", "ENG-12, ENG-13", "arrow and ellipsis"),
    ("ENG-12–13", "ENG-12", "a dash is no hyphen"),
    ("ENG-ENG-12", "ENG-12", "doubled prefix"),
    // What other tools take for keys.
    ("XENG-12 other project", "XENG-12", "not ENG-12"),
    ("XDOC-12 other project", "XDOC-12", "not DOC-12"),
    ("ENG-12a", "", "letter after"),
    ("ENG-123x and DOC-9", "DOC-9", "letter after"),
    ("2ENG-12", "", "begins with a digit"),
    ("éENG-1", "", "letter before"),
    ("e\u{301}ENG-1", "", "accent before"),
    ("ENG-1é", "", "letter after"),
    ("ENG-1\u{301}", "", "accent after"),
    ("ЖENG-1", "", "Cyrillic letter before"),
    ("ENG-１２", "", "full-width digits"),
    ("ENG-1２", "", "full-width digit after"),
    ("ＥＮＧ-12", "", "full-width letters"),
    ("ENG\u{2010}12 ENG\u{2011}12 ENG–12 ENG—12 ENG−12", "", "other dashes"),
    ("ENG -12 ENG- 12", "", "spaces"),
    ("ENG--12", "", "two hyphens"),
    ("ENG-", "", "no number"),
    ("-12", "", "no prefix"),
    ("E-12", "", "one letter"),
    ("ENG_12 ENG12 ENG#12", "", "no hyphen"),
    ("eng-12 Eng-12 eNG-12", "", "lower case in texts"),
    ("doc-123 lower case", "", "lower case in texts"),
    ("abcd-123lfr1m", "", "branch of a preview"),
    ("release 2022-02", "", "date"),
    ("2023-04-11-245a825", "", "date and hash"),
    ("23D-35D", "", "survey marks"),
    ("CVE-2021-44228 fix", "", "first half of a CVE"),
    ("CVE-2021-44228, ENG-1", "ENG-1", "and a key"),
    ("GHSA-4x5r-pxfx-6jf8", "", "advisory"),
    ("TLS-1.2", "", "version"),
    ("ENG-1.2 and ENG-1-2", "", "version or compound number"),
    ("HTTP-2.0-beta", "", "version"),
    ("ENG-123-2fa", "", "in texts a number after a hyphen"),
    ("550e8400-e29b-41d4-a716-446655440000", "", "UUID"),
    ("1.2.3-RC-4.5", "", "version"),
    ("h1-h6 and x86-64", "", "lower case"),
    ("--ENG --12", "", "options"),
    ("", "", "nothing"),
    ("-", "", "a hyphen"),
    ("ENG-\u{301}12", "", "accent in the middle"),
];

/// Keys whose page decides, where any prefix counts.
const ANY: &[Row] = &[
    ("fix UTF-8 decoding", "UTF-8", "no page in a space UTF: looked up with the others, never linked"),
    ("use SHA-256", "SHA-256", "the same"),
    ("ISO-8601", "ISO-8601", "the same"),
    ("CWE-79", "CWE-79", "the same: its number is whole"),
    ("RFC-2119", "RFC-2119", "the same"),
    ("R2D2-5", "R2D2-5", "digits in the prefix"),
    ("AB-1", "AB-1", "the shortest prefix"),
    ("FOO-BAR-12", "BAR-12", "hyphen before"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF-1", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF-1", "the longest prefix"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG-1", "", "a longer prefix"),
    ("NONE-updated the cli version", "", "no number"),
    ("fix(security): hooksPath (VULN-2216191) (#1918)", "VULN-2216191", "long numbers"),
    ("AXON-1, BB-2 & VSCODE-35", "AXON-1, BB-2, VSCODE-35", "several prefixes"),
];

/// Where only some prefixes count.
const CONFIGURED: &[Row] = &[
    ("fix UTF-8, SHA-256, ISO-8601, CWE-79", "", "not configured"),
    ("RFC-12", "RFC-12 in ARCH", "mapped to another space"),
    ("ARCH-12", "", "the mapped space is no prefix"),
    ("XENG-12 ENGX-12", "", "other prefixes"),
    ("PROJ-123", "", "a template's placeholder"),
    ("ENG-1 PROJ-2 DOC-3", "ENG-1, DOC-3", "some"),
];

fn without_foreign_prefixes() -> Vec<Row> {
    COMMON.iter().copied().filter(|(body, _, _)| !body.starts_with('X')).collect()
}

#[test]
fn a_key_in_a_text_has_both_boundaries() {
    check(Origin::Title, &KeyRule::Any, COMMON);
    check(Origin::Commit(3), &KeyRule::Any, COMMON);
    check(Origin::Title, &configured(), &without_foreign_prefixes());
    check(Origin::Commit(3), &configured(), &without_foreign_prefixes());
    check(Origin::Description, &configured(), &without_foreign_prefixes());
}

#[test]
fn any_prefix_counts_unless_some_are_configured() {
    check(Origin::Title, &KeyRule::Any, ANY);
    check(Origin::Commit(0), &KeyRule::Any, ANY);
    check(Origin::Title, &configured(), CONFIGURED);
    check(Origin::Description, &configured(), CONFIGURED);
}

#[test]
fn in_a_description_a_key_needs_a_configured_prefix() {
    check(
        Origin::Description,
        &KeyRule::Any,
        &[
            ("ENG-123", "", "anybody may mention anything"),
            ("closes ENG-123#4", "", "nor its task"),
            ("ENG-1 https://acme.atlassian.net/wiki/x/D4AB", "content 98319", "URLs count"),
        ],
    );
}

#[test]
fn without_keys_only_urls_count() {
    for origin in [Origin::Branch, Origin::Title, Origin::Description, Origin::Commit(0)] {
        check(origin, &KeyRule::None, &[("ENG-123 ENG-123#4 eng-123", "", "keys are off")]);
    }
}
