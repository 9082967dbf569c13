//! Keys and tasks in branch names, in the styles that real histories show.

use super::{Row, check, configured};
use crate::mention::{KeyRule, Origin};

/// The same with any prefix and with configured ones.
const COMMON: &[Row] = &[
    ("ENG-123", "ENG-123", "the key alone"),
    ("ENG-123-issue-explorer", "ENG-123", "key first"),
    ("feature/ENG-123-issue-hover", "ENG-123", "a kind before"),
    (
        "bugfix/ENG-1313-bb-521-click-on-file-changed-resets-pull-requ",
        "ENG-1313",
        "another tracker's key in lower case",
    ),
    ("bugfix/bugfix/ENG-1178-pmf-not-sending-analytics", "ENG-1178", "the kind twice"),
    ("bug/ENG-1423-start-work-broken", "ENG-1423", "a kind before"),
    ("someone/ENG-123/retry", "ENG-123", "segments around"),
    ("ENG-168-011-rel-notes", "ENG-168", "a number after"),
    ("ENG-692-2.0-what-is-new", "ENG-692", "a version after"),
    ("ENG-428-1-2-1-release-prep", "ENG-428", "a version after"),
    ("ENG-323-release-prep-1.0.2", "ENG-323", "a version later"),
    ("ENG-123-2fa", "ENG-123", "a word that begins with a digit"),
    ("bugfix/ENG-123.1", "ENG-123", "a part number"),
    ("release/ENG-1.2", "ENG-1", "allowed in branch names"),
    ("ENG-123_underscores_after", "ENG-123", "underscores"),
    ("feature_ENG-123_underscores", "ENG-123", "underscores"),
    ("feature.ENG-123.dots", "ENG-123", "dots"),
    ("feature/fix-ENG-123", "ENG-123", "upper case anywhere"),
    ("ENG-123-ENG-124-both", "ENG-123, ENG-124", "two keys"),
    ("ENG-123/DOC-9", "ENG-123, DOC-9", "two keys"),
    ("ENG-123+DOC-9", "ENG-123, DOC-9", "two keys"),
    ("eng-123-lower", "ENG-123", "lower case at the start"),
    ("feature/eng-123-foo", "ENG-123", "lower case at the start of a segment"),
    ("feature/Eng-123-foo", "ENG-123", "mixed case at the start of a segment"),
    ("someone/feature/eng-123", "ENG-123", "the last segment"),
    ("eng-123/wip", "ENG-123", "the first segment"),
    ("feature/eng-0012", "ENG-12", "leading zeros"),
    ("feature/XENG-12", "XENG-12", "not ENG-12"),
    ("ENG-12a", "", "letter after"),
    ("eng-12a", "", "letter after"),
    ("feature/ENG-123lfr1m", "", "letter after"),
    ("ENG-123é", "", "letter after"),
    ("ENG-11111111111111111111111111111111111111111", "", "longer than any number"),
    ("CVE-2021-44228", "", "first half of a CVE"),
    ("hotfix/cve-2021-44228-log4j", "", "first half of a CVE"),
    ("GHSA-1234-5678", "", "first half of an advisory"),
    ("devel", "", "no key"),
    ("main", "", "no key"),
    ("master", "", "no key"),
    ("2.x", "", "no key"),
    ("release/2024-05", "", "date"),
    ("release/v-2", "", "one letter"),
    ("bitbucket-capitalization-20191010", "", "date after words"),
    ("bump-react-dependency", "", "words"),
    ("someone/already-reviewed-filter-prs", "", "words"),
    ("someone/readmemd-edited-online-with-bitbucket-1543614802245", "", "made by Bitbucket"),
    ("introduce-dynamic-checkout-2", "", "a word and a number, not at the start"),
    ("feature/part-two-of-3", "", "words"),
    ("refactor/move-to-node18", "", "words"),
    ("dependabot/cargo/serde-1x", "", "letter after"),
    ("2023-04-11-245a825", "", "date and hash"),
    ("`ENG-123`", "ENG-123", "no Markdown in branch names"),
    ("", "", "nothing"),
];

const ANY: &[Row] = &[
    ("feature/foo-eng-123", "", "lower case inside a segment"),
    ("feature_eng-123", "", "lower case inside a segment"),
    ("feature/foo-Eng-123", "", "mixed case inside a segment"),
    ("renovate/node-18.x", "NODE-18", "no page in a space NODE: looked up with the others, never linked"),
    ("dependabot/npm/lodash-4.17.21", "LODASH-4", "the same"),
    ("revert-12-ENG-123-foo", "REVERT-12, ENG-123", "the same, and a key"),
    ("doc-123", "DOC-123", "lower case"),
    ("feature/task-4", "TASK-4", "a word like any other"),
    ("CWE-79-escape", "CWE-79", "its number is whole"),
    ("cwe-79-2", "", "its number goes on"),
];

const CONFIGURED: &[Row] = &[
    ("feature/foo-eng-123", "ENG-123", "lower case anywhere for a configured prefix"),
    ("feature_eng-123_rfc-7", "ENG-123, RFC-7 in ARCH", "lower case anywhere for a configured prefix"),
    ("foo-Eng-123", "ENG-123", "mixed case anywhere for a configured prefix"),
    ("feature/fooeng-123", "", "another prefix"),
    ("renovate/node-18.x", "", "not configured"),
    ("dependabot/npm/lodash-4.17.21", "", "not configured"),
    ("bugfix/ENG-1313-bb-521-click", "ENG-1313", "not configured"),
    ("feature/task-4", "TASK-4", "a configured prefix"),
    ("eng-1-task-4", "ENG-1 #4", "a task consumes its text"),
];

const TASKS: &[Row] = &[
    ("ENG-123-task-4", "ENG-123 #4", "task"),
    ("feature/ENG-123-task-4-implement", "ENG-123 #4", "words after"),
    ("feature/eng-123-TASK-4", "ENG-123 #4", "any case"),
    ("feature/ENG-123_task_4", "ENG-123 #4", "underscores"),
    ("ENG-123-task-4.1", "ENG-123 #4", "a part number"),
    ("ENG-123#4", "ENG-123 #4", "the form of texts"),
    ("ENG-123#4-implement", "ENG-123 #4", "the form of texts"),
    ("ENG-123-task-4-ENG-123-task-5", "ENG-123 #4 #5", "two tasks"),
    ("ENG-123-task-4a", "ENG-123", "letter after"),
    ("ENG-123-task", "ENG-123", "no number"),
    ("ENG-123-task-", "ENG-123", "no number"),
    ("ENG-123-tasks-4", "ENG-123", "another word"),
    ("ENG-123-subtask-4", "ENG-123", "another word"),
    ("ENG-123-x-task-4", "ENG-123", "not directly after the key"),
    ("ENG-123/task-4/closes", "ENG-123", "another segment"),
    ("closes-ENG-123-task-4", "ENG-123 #4", "a branch closes nothing"),
];

#[test]
fn a_branch_name_holds_keys_in_every_style() {
    check(Origin::Branch, &KeyRule::Any, COMMON);
    let common: Vec<Row> = COMMON.iter().copied().filter(|(body, _, _)| !body.contains("XENG")).collect();
    check(Origin::Branch, &configured(), &common);
}

#[test]
fn lower_case_counts_at_a_start_or_with_a_known_prefix() {
    check(Origin::Branch, &KeyRule::Any, ANY);
    check(Origin::Branch, &configured(), CONFIGURED);
}

#[test]
fn a_branch_name_holds_tasks() {
    let tasks: Vec<Row> = TASKS.iter().copied().filter(|(body, _, _)| !body.contains("/task-4")).collect();
    check(
        Origin::Branch,
        &KeyRule::None,
        &TASKS.iter().map(|(body, _, reason)| (*body, "", *reason)).collect::<Vec<_>>(),
    );
    check(Origin::Branch, &KeyRule::Any, &tasks);
}
