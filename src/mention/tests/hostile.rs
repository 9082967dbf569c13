//! Input made to break the reader: nothing panics, and time grows with length only.

use super::units::UNITS;
use super::{configured, grammar};
use crate::mention::{Found, Grammar, KeyRule, Origin, Text, detect};

fn rules() -> [(Origin, KeyRule); 4] {
    [
        (Origin::Branch, KeyRule::Any),
        (Origin::Title, KeyRule::Any),
        (Origin::Description, configured()),
        (Origin::Commit(0), configured()),
    ]
}

fn read(body: &str) -> [Found; 4] {
    rules().map(|(origin, rule)| detect(&[Text { origin, body }], &grammar(rule)))
}

#[test]
fn a_long_text_of_anything_is_read_in_time() {
    for unit in UNITS {
        let body = unit.repeat(100_000 / unit.len());
        for found in read(&body) {
            assert!(found.mentions.len() < 10, "{unit:?}");
        }
    }
}

#[test]
fn runs_of_every_length_are_read_in_time() {
    let backticks: String = (1..1400).map(|length| "`".repeat(length) + " ").collect();
    let fences: String = (3..1400).map(|length| "`".repeat(length) + "\n").collect();
    let keys: String = (0..100_000).map(|number| format!("ENG-{number} ")).collect();
    for body in [backticks, fences] {
        read(&body);
    }
    let found = detect(&[Text { origin: Origin::Title, body: &keys }], &grammar(KeyRule::Any));
    assert_eq!(found.mentions.len(), 100_000);
}

#[test]
fn every_cut_of_a_difficult_text_is_read() {
    let body = "feature/ENG-1 `a` <!-- é --> \\` https://u:p@acme.atlassian.net/wiki/spaces/~é/pages/101?focusedTaskId=4#%C3 \
                ENG-1#2b1d1c2e-aaaa-bbbb-cccc-0123456789ab 🚀 closes ENG-1#4, [x](https://acme.atlassian.net/wiki/x/D4AB)\r\n\
                > q\n```\n語\n``` a@b:c/d [skip confluence] www.é.x";
    let cuts: Vec<usize> = body.char_indices().map(|(at, _)| at).chain([body.len()]).collect();
    for from in &cuts {
        read(body.get(*from..).unwrap());
        read(body.get(..*from).unwrap());
    }
}

/// A few thousand texts of difficult pieces in random order; the seed is fixed.
#[test]
fn pieces_in_any_order_are_read() {
    let mut random = fastrand::Rng::with_seed(20_261_122);
    for _ in 0..2_000 {
        let body: String = (0..random.usize(1..20)).map(|_| *random.choice(UNITS).unwrap()).collect();
        for found in read(&body) {
            for mention in found.mentions {
                assert!(!mention.written.is_empty(), "{body:?}");
                assert!(mention.written.len() < 100 + 12 * body.len(), "{body:?}");
            }
        }
    }
}

/// `scripts/count-work.py` counts the instructions of each call, and of nothing around it.
#[inline(never)]
fn work(texts: &[(Text<'_>, Grammar)]) {
    for (text, grammar) in texts {
        detect(&[*text], grammar);
    }
}

/// Each unit, and mixtures of some, at one length and at twice that length, named as they are read.
#[test]
fn a_hostile_text_is_read_at_two_lengths() {
    let mut random = fastrand::Rng::with_seed(20_261_126);
    let mixtures = (0..40).map(|_| (0..random.usize(2..6)).map(|_| *random.choice(UNITS).unwrap()).collect());
    // What is made once, such as an expression, is not counted.
    UNITS.iter().for_each(|unit| drop(read(unit)));
    for unit in UNITS.iter().map(|unit| (*unit).to_owned()).chain(mixtures.collect::<Vec<String>>()) {
        println!("text {unit:?}");
        let body = unit.repeat((4_000 / unit.len()).max(1));
        for body in [&body, &body.repeat(2)] {
            work(&rules().map(|(origin, rule)| (Text { origin, body }, grammar(rule))));
        }
    }
}
