//! The requirements of pull requests, and the exempt authors.

use std::collections::BTreeSet;

use crate::ids::AccountId;
use crate::plan::requirements::{Requirement, Requirements};
use crate::variables::{Problem, Raw};

use super::list;

/// The comment shows each one, and has to stay short.
const MAX_REQUIREMENTS: usize = 20;

pub(super) fn requirements(raw: &Raw) -> Result<Requirements, Vec<Problem>> {
    match (each(raw), exempt(raw)) {
        (Ok(each), Ok(exempt)) => Ok(Requirements { each, exempt }),
        (each, exempt) => Err([each.err(), exempt.err()].into_iter().flatten().collect()),
    }
}

fn each(raw: &Raw) -> Result<Vec<Requirement>, Problem> {
    let mut each = Vec::new();
    for (index, word) in list(&raw.require).enumerate() {
        let what = || {
            format!(
                "has an invalid item (number {}). Use `link`, `current`, `label:NAME`, `state:NAME` or `no-skip`, and \
                 only labels and states that Confluence allows",
                index + 1
            )
        };
        each.push(Requirement::parse(word).ok_or_else(|| Problem::new("REQUIRE", what()))?);
    }
    // In one order, so that the order of the list causes no write.
    each.sort();
    let mut ids = BTreeSet::new();
    each.retain(|requirement| ids.insert(requirement.id()));
    match each.as_slice() {
        [Requirement::NoSkip] => Err(Problem::new("REQUIRE", "needs another requirement next to `no-skip`")),
        each if each.len() > MAX_REQUIREMENTS => {
            Err(Problem::new("REQUIRE", format!("has more than {MAX_REQUIREMENTS} items")))
        }
        _ => Ok(each),
    }
}

/// Without REQUIRE, the list has no effect. A workspace may set it once for many repositories.
fn exempt(raw: &Raw) -> Result<BTreeSet<AccountId>, Problem> {
    let ids = list(&raw.require_exempt).enumerate().map(|(index, item)| {
        let what = || format!("has an invalid item (number {}). Use account ids such as `712020:5b10…`", index + 1);
        let is_one = |id: &AccountId| !id.as_str().contains(['@', '*', '/', '{', '}']);
        AccountId::parse(item).filter(is_one).ok_or_else(|| Problem::new("REQUIRE_EXEMPT", what()))
    });
    ids.collect()
}
