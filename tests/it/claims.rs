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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bed::Bed;
    use fake::State;

    #[test]
    fn a_request_that_no_scope_is_claimed_for_fails_its_test() {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1");
        let id = state.open_pull_request("a", "A", "", &["one"]);
        let bed = Bed::new(state, id);
        let url = format!("{}/wiki/api/v2/whiteboards/1", bed.fake.confluence_url());
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.get(&url).header("Authorization", "Bearer x").call().unwrap();
        bed.fake.clear_requests();
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(bed)));
        let said = *dropped.expect_err("it fails").downcast::<String>().unwrap();
        assert!(said.contains("no scope is claimed for GET /wiki/api/v2/whiteboards/1"), "{said}");
    }

    #[test]
    fn a_claim_that_the_documents_do_not_confirm_is_told() {
        let Some(documents) = contract::documents() else { return };
        let row = |service, method, path| scopes::operation(service, method, path).unwrap();
        let pages = row(ServiceName::Confluence, Method::Get, "/wiki/api/v2/pages");
        let reports = row(ServiceName::Bitbucket, Method::Get, "/repositories/a/b/commit/c/reports/d");
        let of = |service, path| documents.operation(service, "GET", path).unwrap();
        let spaces = of(Service::Confluence, "/wiki/api/v2/spaces");
        assert_eq!(wrong_claim(pages, of(Service::Confluence, "/wiki/api/v2/pages")), Vec::<String>::new());
        let said = wrong_claim(pages, spaces).concat();
        assert!(said.contains("GET /wiki/api/v2/spaces: read:page:confluence not in"), "{said}");
        let said = wrong_claim(reports, of(Service::Bitbucket, "/2.0/repositories/a/b/pullrequests"));
        assert_eq!(said.len(), 2, "{said:?}");
    }
}
