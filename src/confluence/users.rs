//! What are people called? An account id is the same person in Bitbucket.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::AccountId;

use super::Confluence;

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account's id.
    pub account: AccountId,
    /// What people call them; `None` when the service does not tell.
    pub name: Option<String>,
}

/// A person as v1 answers show one. `displayName` is there as far as the person's privacy settings allow.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserWire {
    account_id: Option<String>,
    display_name: Option<String>,
    public_name: Option<String>,
}

impl UserWire {
    pub(super) fn meant(self) -> Option<Person> {
        let names = [self.display_name, self.public_name].into_iter().flatten();
        let name = names.into_iter().find(|name| !name.trim().is_empty());
        Some(Person { account: AccountId::parse(&self.account_id?)?, name })
    }
}

impl Confluence {
    /// The most accounts that one request asks for (Confluence's documents: 100).
    pub const MAX_ACCOUNTS: usize = 100;

    /// People by their accounts, as far as they are known; at most [`Self::MAX_ACCOUNTS`] (v1 only).
    pub fn people(&self, accounts: &[AccountId]) -> Result<BTreeMap<AccountId, Person>, HttpError> {
        #[derive(Deserialize)]
        struct Users {
            #[serde(default)]
            results: Vec<UserWire>,
        }
        let asked = accounts.iter().take(Self::MAX_ACCOUNTS);
        let request = asked
            .fold(Request::get("/wiki/rest/api/user/bulk"), |request, account| request.query("accountId", account));
        let Users { results } = self.send(&request)?.json()?;
        let people = results.into_iter().filter_map(UserWire::meant);
        Ok(people.map(|person| (person.account.clone(), person)).collect())
    }
}
