//! Is what our table of scopes claims for a request what Atlassian's documents ask for? Looked at for every request of every
//! run: the fake shows them all, and a test with a wrong one fails.

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

/// What is wrong with the claim for a request, in sentences. What our table has no row for, `check` never asks about and
/// nobody is told to grant.
fn wrong(request: &Request) -> Vec<String> {
    // Whoever shows no credential needs no scope.
    if request.header("authorization").is_none() {
        return vec![];
    }
    let service = match request.service {
        Service::Bitbucket | Service::Proxy => ServiceName::Bitbucket,
        Service::Confluence | Service::Gateway => ServiceName::Confluence,
        // It gives access tokens and takes none.
        Service::Auth => return vec![],
    };
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        other => return vec![format!("a request with the method {other}")],
    };
    let line = format!("{} {}", request.method, request.path);
    let Some(claimed) = scopes::operation(service, method, &request.path) else {
        return vec![format!("no scope is claimed for {line}")];
    };
    // A request that the documents do not know fails its test by itself.
    let documented = contract::documents().and_then(|documents| documents.operation_of(request));
    documented.map(|documented| wrong_claim(claimed, documented)).unwrap_or_default()
}

/// What a row of our table claims and the document of an operation does not ask for, or the other way round.
pub(crate) fn wrong_claim(claimed: &'static scopes::Operation, documented: &Operation) -> Vec<String> {
    let lists = &documented.scopes;
    match claimed.scopes {
        Scopes::Confluence(scope) => {
            let Some(granular) = lists.iter().find(|list| list.iter().any(|one| one == scope.granular)) else {
                return vec![format!("{documented}: {} not in {lists:?}", scope.granular)];
            };
            // Of a list all are needed: the others have to be in our smallest set too. What an option needs is said with
            // the option.
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
