//! Display names of people. An account id is the same person in Bitbucket.

use serde::Deserialize;

use crate::ids::AccountId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub account: AccountId,
    /// Their name; `None` if the service doesn't give it.
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
