//! The table of scopes, compared with every request of every run and with Atlassian's documents.

use std::collections::BTreeSet;

use confluence_pr_link::http::{Method, ServiceName};
use confluence_pr_link::refusal::scopes::{self, Kind, Scopes};

use contract::{Contract, Operation};
use fake::{Request, Response, Service, Watch};

/// Compares every request of a fake with the table of scopes, and every answer with Atlassian's documents.
pub(crate) struct Claims(Contract);

impl Claims {
    pub(crate) fn new() -> Self {
        Self(Contract::new())
    }
}

impl Watch for Claims {
    fn arrival(&self, request: &Request) -> Vec<String> {
        wrong(request)
    }

    fn head(&self, request: &Request) -> Vec<String> {
        self.0.head(request)
    }

    fn exchange(&self, request: &Request, answer: Option<&Response>) -> Vec<String> {
        self.0.exchange(request, answer)
    }
}

/// Requests without a row in the table. `check` couldn't name their scope.
fn wrong(request: &Request) -> Vec<String> {
    let service = match request.service {
        Service::Bitbucket | Service::Proxy => ServiceName::Bitbucket,
        Service::Confluence | Service::Gateway => ServiceName::Confluence,
        // It creates access tokens and accepts none.
        Service::Auth => return vec![],
    };
    let methods = [("GET", Method::Get), ("PUT", Method::Put), ("POST", Method::Post), ("DELETE", Method::Delete)];
    let method = methods.into_iter().find(|(name, _)| *name == request.method).map(|(_, method)| method);
    let claimed = method.and_then(|method| scopes::operation(service, method, &request.path));
    // A request without a credential needs no scope.
    let is_known = claimed.is_some() || request.header("authorization").is_none();
    if is_known { vec![] } else { vec![format!("no scope is claimed for {} {}", request.method, request.path)] }
}

/// The differences between a row of the table and Atlassian's document of its operation. `contract.rs` compares all.
pub(crate) fn wrong_claim(claimed: &'static scopes::Operation, documented: &Operation) -> Vec<String> {
    let lists = &documented.scopes;
    match claimed.scopes {
        Scopes::Confluence(scope) => {
            let Some(granular) = lists.iter().find(|list| list.iter().any(|one| one == scope.granular)) else {
                return vec![format!("{documented}: {} not in {lists:?}", scope.granular)];
            };
            // A request needs the whole list, so the smallest set has to contain the others too.
            let ours = scopes::smallest(Kind::Confluence);
            let own = [Some(scope.granular), scope.beside];
            let known = |one: &str| ours.contains(one) || own.contains(&Some(one));
            let lacking: BTreeSet<_> = granular.iter().filter(|one| !known(one)).collect();
            let lacking = (!lacking.is_empty()).then(|| format!("{documented} needs {lacking:?} too"));
            let classic = scope.classic.filter(|classic| !lists.iter().any(|list| list == &[*classic]));
            let classic = classic.map(|classic| format!("{documented}: {classic} not in {lists:?}"));
            lacking.into_iter().chain(classic).collect()
        }
        Scopes::Bitbucket(scope) => {
            let of_api_tokens = lists.iter().any(|list| list == &[scope.api_token]);
            let of_api_tokens = (!of_api_tokens).then(|| format!("{documented}: {} not in {lists:?}", scope.api_token));
            let security = &documented.security;
            let of_access = security.iter().any(|one| one == scope.access_token);
            let of_access = (!of_access).then(|| format!("{documented}: {} not in {security:?}", scope.access_token));
            of_api_tokens.into_iter().chain(of_access).collect()
        }
    }
}
