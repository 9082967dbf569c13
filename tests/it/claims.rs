//! Every request of every test against the table of scopes and the OpenAPI documents.

use confluence_pr_link::http::{Method, ServiceName};
use confluence_pr_link::refusal::scopes;

use contract::Contract;
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
