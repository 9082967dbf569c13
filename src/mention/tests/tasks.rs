//! Tasks, and the words that close them.

use super::{Row, check, configured};
use crate::mention::Origin;

const TASKS: &[Row] = &[
    ("ENG-123#4", "ENG-123 #4", "task"),
    ("ENG-123#4 ENG-123#5 ENG-123", "ENG-123 #4 #5", "several of a page"),
    ("(ENG-123#4)", "ENG-123 #4", "brackets"),
    ("ENG-123#4.", "ENG-123 #4", "full stop"),
    ("ENG-123#4: x", "ENG-123 #4", "colon"),
    ("ENG-123#4-implement", "ENG-123 #4", "slug"),
    ("ENG-123#4a", "ENG-123", "letter after"),
    ("ENG-123#4é", "ENG-123", "letter after"),
    ("ENG-123#4-5", "ENG-123", "compound number"),
    ("ENG-123#4.5", "ENG-123", "version"),
    ("ENG-123#", "ENG-123", "no number"),
    ("ENG-123#heading", "ENG-123", "no number"),
    ("ENG-123 #4", "ENG-123", "a space: a pull request's number"),
    ("ENG-123#2b1d1c2e-aaaa-bbbb-cccc-0123456789ab", "ENG-123 #2b1d1c2e-aaaa-bbbb-cccc-0123456789ab", "UUID"),
    ("ENG-123#2b1d1c2e-aaaa-bbbb-cccc-0123456789abc", "ENG-123", "longer than a UUID"),
    ("ENG-123#11111111-2222-3333-4444-555555555555", "ENG-123 #11111111-2222-3333-4444-555555555555", "UUID of digits"),
    ("ENG-123#11111111111111111111111111111111111111111111111111111111111111111", "ENG-123", "longer than any number"),
    ("ENG-123-task-4", "ENG-123", "the form of branch names"),
    ("ENG-12a#4", "", "no key, no task"),
    ("RFC-7#2", "RFC-7 in ARCH #2", "mapped prefix"),
];

const CLOSING: &[Row] = &[
    ("closes ENG-1#2", "ENG-1 #2!", "closes"),
    ("close ENG-1#2", "ENG-1 #2!", "close"),
    ("closed ENG-1#2", "ENG-1 #2!", "closed"),
    ("fix ENG-1#2", "ENG-1 #2!", "fix"),
    ("fixes ENG-1#2", "ENG-1 #2!", "fixes"),
    ("fixed ENG-1#2", "ENG-1 #2!", "fixed"),
    ("complete ENG-1#2", "ENG-1 #2!", "complete"),
    ("completes ENG-1#2", "ENG-1 #2!", "completes"),
    ("completed ENG-1#2", "ENG-1 #2!", "completed"),
    ("resolve ENG-1#2", "ENG-1 #2!", "resolve"),
    ("resolves ENG-1#2", "ENG-1 #2!", "resolves"),
    ("resolved ENG-1#2", "ENG-1 #2!", "resolved"),
    ("Closes: ENG-1#2", "ENG-1 #2!", "colon"),
    ("Closes：ENG-1#2", "ENG-1 #2!", "wide colon"),
    ("CLOSES : ENG-1#2", "ENG-1 #2!", "any case, a space before the colon"),
    ("This PR closes\nENG-1#2", "ENG-1 #2!", "wrapped"),
    ("This PR closes\r\nENG-1#2", "ENG-1 #2!", "wrapped, CRLF"),
    ("Closes\n\nENG-1#2", "ENG-1 #2", "another paragraph"),
    ("**Closes:** ENG-1#2", "ENG-1 #2!", "bold"),
    ("(closes ENG-1#2)", "ENG-1 #2!", "brackets"),
    ("closes [ENG-1#2]", "ENG-1 #2!", "brackets"),
    ("closes [ENG-1#2](https://x.example/y)", "ENG-1 #2!", "link"),
    (
        "closes [ENG-1#2](https://acme.atlassian.net/wiki/x/D4AB), [ENG-1#3](https://acme.atlassian.net/wiki/x/D4AB) and ENG-1#5",
        "ENG-1 #2! #3! #5!, content 98319",
        "links in a list",
    ),
    ("closes https://acme.atlassian.net/wiki/x/D4AB?focusedTaskId=4", "content 98319 #4!", "URL"),
    ("closes [do it](https://acme.atlassian.net/wiki/x/D4AB?focusedTaskId=4)", "content 98319 #4!", "link"),
    (
        "closes [do it](https://acme.atlassian.net/wiki/x/D4AB?focusedTaskId=4), <https://acme.atlassian.net/wiki/x/D4AB?focusedTaskId=5>",
        "content 98319 #4! #5!",
        "links in a list",
    ),
    ("[closes](https://acme.atlassian.net/wiki/x/D4AB?focusedTaskId=4)", "content 98319 #4", "the link's own text"),
    ("closes ENG-1#2, ENG-1#3 and ENG-4#1", "ENG-1 #2! #3!, ENG-4 #1!", "each of a list"),
    ("closes ENG-1#2, ENG-1#3, and ENG-4#1", "ENG-1 #2! #3!, ENG-4 #1!", "each of a list"),
    ("closes ENG-1#2 & ENG-1#3 / ENG-1#4", "ENG-1 #2! #3! #4!", "each of a list"),
    ("closes ENG-1#2,\nENG-1#3", "ENG-1 #2! #3!", "wrapped list"),
    ("closes ENG-1#2,\n\nENG-1#3", "ENG-1 #2! #3", "another paragraph"),
    ("closes ENG-5, ENG-1#3", "ENG-5, ENG-1 #3!", "a page in the list"),
    ("closes ENG-1#2 ENG-1#3", "ENG-1 #2! #3", "no list"),
    ("closes ENG-1#2\nENG-1#3 is next", "ENG-1 #2! #3", "no list"),
    ("closes ENG-1#2, see ENG-1#3", "ENG-1 #2! #3", "the list ended"),
    ("closes ENG-1#2; ENG-1#3 stays", "ENG-1 #2! #3", "the list ended"),
    ("closes ENG-1#2. ENG-1#3 stays", "ENG-1 #2! #3", "the list ended"),
    ("closes ENG-1#2, not ENG-1#3", "ENG-1 #2! #3", "the list ended"),
    ("ENG-1#3 and closes ENG-1#2", "ENG-1 #2! #3", "before the word"),
    ("ENG-1#2, closes ENG-1#2", "ENG-1 #2!", "closing wins"),
    ("closes ENG-1#2, ENG-1#2 was hard", "ENG-1 #2!", "closing wins"),
    ("closes ENG-12", "ENG-12", "a page is not closed"),
    ("discloses ENG-1#2", "ENG-1 #2", "part of a word"),
    ("prefixes ENG-1#2", "ENG-1 #2", "part of a word"),
    ("auto-closes ENG-1#2", "ENG-1 #2", "part of a word"),
    ("encloses: ENG-1#2", "ENG-1 #2", "part of a word"),
    ("éfixes ENG-1#2", "ENG-1 #2", "part of a word"),
    ("fixing ENG-1#2", "ENG-1 #2", "another form"),
    ("fixe ENG-1#2", "ENG-1 #2", "another form"),
    ("fixs ENG-1#2", "ENG-1 #2", "another form"),
    ("closing ENG-1#2", "ENG-1 #2", "another form"),
    ("completion ENG-1#2", "ENG-1 #2", "another form"),
    ("fixed in ENG-1#2", "ENG-1 #2", "a word between"),
    ("closes task ENG-1#2", "ENG-1 #2", "a word between"),
    ("closes, ENG-1#2", "ENG-1 #2", "a comma between"),
    ("closesENG-1#2", "", "no boundary"),
    ("closes:ENG-1#2", "ENG-1 #2!", "no space"),
    ("fix(ENG-1#2): thing", "ENG-1 #2", "type and scope of a conventional commit"),
    ("refs ENG-1#2", "ENG-1 #2", "another word"),
    ("Revert \"closes ENG-1#2\"", "ENG-1 #2?", "a revert"),
    ("ENG-1: Revert \"closes ENG-1#2\"", "ENG-1 #2?", "a revert after a key"),
    ("Reverts the fix\n\ncloses ENG-1#2", "ENG-1 #2?", "a revert"),
    ("Revertible change, closes ENG-1#2", "ENG-1 #2!", "another word"),
    ("修正closes ENG-1#2", "ENG-1 #2!", "after another script"),
    ("closes ENG-1#2、ENG-1#3 + ENG-1#4", "ENG-1 #2! #3! #4!", "other separators"),
    ("closes (ENG-1#2)", "ENG-1 #2", "brackets after the word"),
    ("Does not close ENG-1#2", "ENG-1 #2?", "a negation"),
    ("won't fix ENG-1#2, ENG-1#3", "ENG-1 #2? #3?", "a negation of a list"),
    ("does not close ENG-1#2 but closes ENG-1#3", "ENG-1 #2? #3!", "a negation of the first"),
    ("closes ENG-1#2 but doesn't close ENG-1#2", "ENG-1 #2?", "a doubt outweighs"),
    ("Do not revert: closes ENG-1#2", "ENG-1 #2!", "no revert"),
];

#[test]
fn a_task_follows_its_key() {
    check(Origin::Title, &configured(), TASKS);
    check(Origin::Description, &configured(), TASKS);
    check(Origin::Commit(0), &configured(), TASKS);
}

#[test]
fn a_closing_word_closes_each_task_of_its_list() {
    check(Origin::Title, &configured(), CLOSING);
    check(Origin::Commit(0), &configured(), CLOSING);
}

#[test]
fn a_closing_word_that_is_not_read_closes_nothing() {
    let rows: &[Row] = &[
        ("`closes` ENG-1#2", "ENG-1 #2", "code"),
        ("> closes\nENG-1#2", "ENG-1 #2", "quoted"),
        ("<!-- closes --> ENG-1#2", "ENG-1 #2", "comment"),
        ("closes `ENG-1#2`, ENG-1#3", "ENG-1 #3", "code between"),
        ("`Closes:`\n- ENG-1#2", "ENG-1 #2", "code above a list"),
    ];
    check(Origin::Description, &configured(), rows);
    check(Origin::Commit(0), &configured(), rows);
    check(Origin::Description, &configured(), &[("[//]: # (closes ENG-1#2)", "ENG-1 #2", "a definition is not shown")]);
}

const LISTS: &[Row] = &[
    ("Closes:\n- ENG-1#2\n- ENG-1#3", "ENG-1 #2! #3!", "hyphens"),
    ("Closes:\r\n- ENG-1#2\r\n- ENG-1#3", "ENG-1 #2! #3!", "CRLF"),
    ("Closes:\n* ENG-1#2\n* ENG-1#3", "ENG-1 #2! #3!", "asterisks"),
    ("Closes:\n+ ENG-1#2\n+ ENG-1#3", "ENG-1 #2! #3!", "plus signs"),
    ("Closes:\n1. ENG-1#2\n2. ENG-1#3", "ENG-1 #2! #3!", "numbers"),
    ("Closes:\n1) ENG-1#2\n2) ENG-1#3", "ENG-1 #2! #3!", "numbers"),
    ("Closes:\n• ENG-1#2\n• ENG-1#3", "ENG-1 #2! #3!", "bullets"),
    ("Closes\n- ENG-1#2\n- ENG-1#3", "ENG-1 #2! #3!", "nothing but the word"),
    ("**Closes:**\n\n- ENG-1#2\n\n- ENG-1#3", "ENG-1 #2! #3!", "blank lines"),
    ("## Fixes\n- ENG-1#2", "ENG-1 #2!", "a heading"),
    ("### Closes\n\n- ENG-1#2\n- ENG-1#3", "ENG-1 #2! #3!", "a heading and a blank line"),
    ("**Closes**\n\n1. ENG-1#2", "ENG-1 #2!", "a bold word and a blank line"),
    ("Closes：\n- ENG-1#2", "ENG-1 #2!", "a wide colon"),
    ("Fix\n\n- ENG-1#2", "ENG-1 #2", "a subject"),
    ("### Complete\n\nMore\n\n- ENG-1#2", "ENG-1 #2", "a paragraph between"),
    ("This closes:\n- ENG-1#2: the form\n- ENG-1#3 (the test)", "ENG-1 #2! #3!", "words behind"),
    ("Closes:\n- ENG-1#2, ENG-1#3\n- ENG-1#4", "ENG-1 #2! #3! #4!", "a list in an item"),
    ("Closes:\n- the form\n- ENG-1#2", "ENG-1 #2!", "an item without a task"),
    ("Closes:\n- ENG-5 is the page\n- ENG-1#2", "ENG-5, ENG-1 #2!", "an item with a page"),
    ("Closes:\n- ENG-1#2\n  and more\n- ENG-1#3", "ENG-1 #2! #3!", "an item of two lines"),
    ("- Closes:\n  - ENG-1#2\n  - ENG-1#3", "ENG-1 #2! #3!", "a list in a list"),
    ("Closes:\n- [ENG-1#2](https://x.example/y)\n- **ENG-1#3**", "ENG-1 #2! #3!", "marks"),
    ("Closes:\n- [x] ENG-1#2\n- [ ] ENG-1#3", "ENG-1 #2! #3?", "an empty box is a doubt"),
    ("ENG-5 Closes:\n- ENG-1#2", "ENG-5, ENG-1 #2!", "a key before the word"),
    ("Does not close:\n- ENG-1#2\n- ENG-1#3", "ENG-1 #2? #3?", "a negation"),
    ("Closes:\n- ENG-1#2\n\nNext:\n- ENG-1#3", "ENG-1 #2! #3", "another list"),
    ("Closes:\n- ENG-1#2\nENG-1#3 is next", "ENG-1 #2! #3", "the list has ended"),
    ("Closes:\n- ENG-1#2\n\nENG-1#3", "ENG-1 #2! #3", "the list has ended"),
    ("Closes:\n- not ENG-1#2", "ENG-1 #2", "words before"),
    ("Closes:\n- ENG-1#2, see ENG-1#3", "ENG-1 #2! #3", "another task in an item"),
    ("Next:\n- ENG-1#2", "ENG-1 #2", "no closing word"),
    ("The work is complete\n- ENG-1#2 is next", "ENG-1 #2", "no colon"),
    ("- closes ENG-1#2\n- ENG-1#3", "ENG-1 #2! #3", "the word is in an item"),
    ("- ENG-1#2\n- ENG-1#3", "ENG-1 #2 #3", "a list alone"),
];

#[test]
fn a_list_below_a_closing_word_closes_its_items() {
    check(Origin::Description, &configured(), LISTS);
    check(Origin::Commit(0), &configured(), LISTS);
}
