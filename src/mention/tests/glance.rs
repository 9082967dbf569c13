//! A text that a glance passes over holds no mention.

use super::units::UNITS;
use super::{configured, grammar};
use crate::mention::glance::is_worth_reading;
use crate::mention::ignored::ignored;
use crate::mention::{KeyRule, Origin, markup, occurrences, says_skip};

/// Near misses, so that texts with and without mentions differ by little.
const MORE: &[&str] = &[
    "eng-1",
    "ENG-x",
    "XENG-12a",
    "TLS-1.2",
    "[SKIP-confluence]",
    "[skip_confluence]",
    "https://docs.acme.example/x/D4AB",
    "HTTPS://u:p@ACME.atlassian.net:443/wiki/spaces/ENG/pages/101",
    "https://acme\\.atlassian.net/wiki/x/D4AB",
    "https://%61cme.atlassian.net/wiki/x/D4AB",
    "https://api.atlassian.com/ex/confluence/1324a887-45db-1bf4-1e99-ef0ff456d421/wiki/x/D4AB",
    "https://acme.example/wiki/x/D4AB",
    "acme.atlassian.net/wiki/x/D4AB",
    "localhost:8090",
    "http://localhost:8090/wiki/x/D4AB",
    "a word",
];

#[test]
fn what_a_glance_passes_over_holds_nothing() {
    let mut random = fastrand::Rng::with_seed(20_261_126);
    let (mut passed, mut read) = (0, 0);
    for _ in 0..20_000 {
        let pieces = random.usize(1..6);
        let body: String = (0..pieces).filter_map(|_| random.choice([UNITS, MORE, MORE].concat())).collect();
        for (origin, rule) in [
            (Origin::Branch, KeyRule::Any),
            (Origin::Title, KeyRule::Any),
            (Origin::Description, KeyRule::Any),
            (Origin::Description, configured()),
            (Origin::Commit(0), KeyRule::Any),
            (Origin::Commit(0), KeyRule::None),
        ] {
            let grammar = grammar(rule);
            if is_worth_reading(&body, origin, &grammar) {
                read += 1;
                continue;
            }
            passed += 1;
            let ignored = ignored(&body, markup(origin));
            assert!(!says_skip(&body, |at| ignored.hold(at)), "{origin:?} {body:?}");
            let (found, share_links) = occurrences(&body, origin, &grammar, &ignored);
            assert!(found.is_empty() && share_links.is_empty(), "{origin:?} {body:?}");
        }
    }
    assert!(passed > 10_000 && read > 10_000, "{passed} passed over, {read} read");
}
