//! Short links, both ways.

use super::super::short_link::{decode, encode};
use crate::ids::ContentId;

/// Ids and the short links that Confluence gave for them (public code and Confluence's documents), or, for the two
/// beyond 32 bits and near it, computed by that rule.
const VECTORS: [(u64, &str); 13] = [
    (724_765_432, "_AozKw"),
    (98_319, "D4AB"),
    (201_819_180, "LIQHD"),
    (283_246_728, "iADiE"),
    (158_598_137, "_QN0CQ"),
    (304_005_789, "ncIeEg"),
    (48_491_233_533, "-YBNSgs"),
    (2_848_423_944, "CIDHqQ"),
    (16_711_835, "mwD-"),
    (1, "AQ"),
    (64, "Q"),
    (i64::MAX as u64, "---------38"),
    (1 << 62, "AAAAAAAAAE"),
];

#[test]
fn an_id_and_its_short_link_name_each_other() {
    for (id, tiny) in VECTORS {
        let id = ContentId::new(id).unwrap();
        assert_eq!(decode(tiny), Some(id), "{tiny}");
        assert_eq!(encode(id), tiny, "{id}");
    }
}

#[test]
fn zeros_at_the_end_change_nothing() {
    assert_eq!(decode("D4ABAAAAAAA"), ContentId::new(98_319));
    assert_eq!(decode("D4ABA"), ContentId::new(98_319));
}

#[test]
fn every_id_comes_back() {
    let mut id = 1_u64;
    for step in 0..10_000_u64 {
        id = id.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step | 1) >> (step % 40);
        if let Some(id) = ContentId::new(id) {
            assert_eq!(decode(&encode(id)), Some(id));
        }
    }
}

#[test]
fn what_no_id_is_written_as_is_refused() {
    let refused = [
        ("", "nothing"),
        ("A", "zero"),
        ("AAAAAAAAAAA", "zero at full length"),
        ("AAAAAAAAAAAA", "twelve digits"),
        ("D4ABAAAAAAAA", "an id with one zero too many"),
        ("D4+B", "the plain alphabet"),
        ("D4/B", "the plain alphabet"),
        ("D4AB=", "padding"),
        ("D4 AB", "a space"),
        ("Dé", "not ASCII"),
        ("----------9", "more than 64 bits"),
        ("-----------", "more than 64 bits"),
    ];
    for (tiny, reason) in refused {
        assert_eq!(decode(tiny), None, "{tiny:?}: {reason}");
    }
}
