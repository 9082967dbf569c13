//! The requirements of pull requests, and the exempt authors.

use std::collections::BTreeSet;

use crate::ids::AccountId;
use crate::plan::requirements::{Requirement, Requirements};
use crate::variables::{Problem, Raw, words};

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
        let problem = || Problem::new("REQUIRE", words::invalid_item(index, words::REQUIREMENTS));
        each.push(Requirement::parse(word).ok_or_else(problem)?);
    }
    // In one order, so that the order of the list causes no write.
    each.sort();
    let mut ids = BTreeSet::new();
    each.retain(|requirement| ids.insert(requirement.id()));
    match each.as_slice() {
        [Requirement::NoSkip] => Err(Problem::new("REQUIRE", words::NO_SKIP_ALONE)),
        each if each.len() > MAX_REQUIREMENTS => Err(Problem::new("REQUIRE", words::too_many_items(MAX_REQUIREMENTS))),
        _ => Ok(each),
    }
}

/// Without REQUIRE, the list has no effect. A workspace may set it once for many repositories.
fn exempt(raw: &Raw) -> Result<BTreeSet<AccountId>, Problem> {
    let ids = list(&raw.require_exempt).enumerate().map(|(index, item)| {
        let problem = || Problem::new("REQUIRE_EXEMPT", words::invalid_item(index, words::ACCOUNT_IDS));
        let is_one = |id: &AccountId| !id.as_str().contains(['@', '*', '/', '{', '}']);
        AccountId::parse(item).filter(is_one).ok_or_else(problem)
    });
    ids.collect()
}
