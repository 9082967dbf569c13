//! Refusals of the services: the reason, and what to grant.
//!
//! Confluence names no scope that is missing, so [`scopes`] does; Bitbucket names it in one of two shapes. A refusal is
//! one value here, for the sentence and for the exit code.

pub mod scopes;
mod words;

use crate::http::{ErrorDetail, Failure, HttpError, Method, Policy, ServiceName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The credential is not taken at all.
    BadCredential(Server),
    /// The service says that its time is over.
    Expired(ServiceName),
    /// The organization allows no request like this, whatever the credential.
    Forbidden(Policy, ServiceName),
    /// The endpoint is no more.
    Gone(ServiceName),
    /// The credential is good, and does not reach so far.
    MissingScope(MissingScope),
    /// The account may not do this there.
    NoPermission(Permission),
    /// It is not there, or not for this account: the services don't say which.
    NotFound(Object),
    /// No Confluence answers at this address.
    NoConfluence,
    /// The site doesn't give its cloud id, and the gateway needs it.
    NoCloudId,
}

/// Where a credential is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Bitbucket,
    /// The Confluence site's own address.
    Site,
    Gateway,
    /// Where client id and secret are exchanged.
    Login,
}

/// The scope that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingScope {
    /// Confluence does not say which; the operation does. `None` for a path that no operation of ours has.
    Confluence(Option<&'static scopes::Confluence>),
    /// Bitbucket says which, one of them.
    Named(Vec<String>),
    /// Bitbucket does not say which; the operation does.
    Bitbucket(Option<&'static scopes::Bitbucket>),
}

/// What the account may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    ViewPage,
    /// Add a comment to a page, or change one's own.
    AddComment,
    /// Delete one's own comment on a page.
    DeleteComment,
    /// Edit a page, and so complete its tasks and label it.
    EditPage,
    /// Something else in Confluence.
    Confluence,
    Jira,
    /// Write to the repository's pull request or commit.
    Repository,
    /// Write a report through the proxy of Bitbucket Pipelines.
    Report,
}

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// A pull request, a commit, or the repository itself.
    Repository,
    /// Something in Confluence, or an issue.
    Content,
}

impl Refusal {
    /// What a failed request means, when it was refused; `None` for every other failure.
    pub fn of(error: &HttpError) -> Option<Self> {
        let (service, method, path) = (error.service(), error.method(), error.path());
        match error.failure() {
            Failure::Refused { status, explained, detail, .. } => {
                of_answer(service, method, path, *status, detail, explained.as_deref().unwrap_or_default())
            }
            Failure::Anonymous { .. } => of_answer(service, method, path, 401, &ErrorDetail::Other, ""),
            // A site without Jira sends to its start page.
            Failure::Redirected { .. } if service == ServiceName::Jira => Some(Self::NoPermission(Permission::Jira)),
            _ => None,
        }
    }

    /// Whether it is about the credential or the organization, and so about everything that is asked of the service.
    pub fn is_credential_error(&self) -> bool {
        match self {
            Self::BadCredential(_) | Self::Expired(_) | Self::MissingScope(_) | Self::Forbidden(..) => true,
            Self::NoPermission(_) | Self::NotFound(_) | Self::NoConfluence | Self::NoCloudId | Self::Gone(_) => false,
        }
    }
}

fn of_answer(
    service: ServiceName,
    method: Method,
    path: &str,
    status: u16,
    detail: &ErrorDetail,
    words: &str,
) -> Option<Refusal> {
    let operation = || scopes::operation(service, method, path);
    Some(match (service, status, detail) {
        (_, _, ErrorDetail::Policy(policy)) => Refusal::Forbidden(*policy, service),
        (_, 410, _) => Refusal::Gone(service),
        (ServiceName::Confluence, 401 | 403 | 404, _) if path.ends_with(TENANT_INFO) => Refusal::NoCloudId,
        (_, 401, _) if says_expired(words) => Refusal::Expired(service),
        (ServiceName::Confluence | ServiceName::Jira, _, ErrorDetail::ScopeDoesNotMatch) => {
            Refusal::MissingScope(MissingScope::Confluence(operation().and_then(scopes::Operation::confluence)))
        }
        (ServiceName::Confluence, 401, _) => Refusal::BadCredential(server(path)),
        // v1's words for somebody who is not let in, whatever is asked for.
        (ServiceName::Confluence, 403, _) if path.ends_with(WHO_AM_I) || is_not_let_in(words) => {
            Refusal::BadCredential(server(path))
        }
        (ServiceName::Confluence, 403, _) => Refusal::NoPermission(permission(method, path)),
        // Every site has this, so the gateway hides it from the credential: a person's token without the person.
        (ServiceName::Confluence, 404, _) if path.ends_with(WHO_AM_I) && server(path) == Server::Gateway => {
            Refusal::BadCredential(Server::Gateway)
        }
        (ServiceName::Confluence, 404, ErrorDetail::Html | ErrorDetail::Other) => match server(path) {
            Server::Gateway => Refusal::BadCredential(Server::Gateway),
            Server::Site | Server::Bitbucket | Server::Login => Refusal::NoConfluence,
        },
        // A bare `Not Found` too: the client has asked who we are before it let one through.
        (ServiceName::Confluence, 404, _) => Refusal::NotFound(Object::Content),
        // Jira's own 404 lists messages. Another one is that of a site without Jira, or of the gateway.
        (ServiceName::Jira, 401 | 403, _) | (ServiceName::Jira, 404, ErrorDetail::Html | ErrorDetail::Other) => {
            Refusal::NoPermission(Permission::Jira)
        }
        (ServiceName::Jira, 400 | 404 | 413, _) => Refusal::NotFound(Object::Content),
        (ServiceName::Bitbucket, 401, _) => Refusal::BadCredential(Server::Bitbucket),
        (ServiceName::Bitbucket, 403, ErrorDetail::Scopes { required, .. }) if !required.is_empty() => {
            Refusal::MissingScope(MissingScope::Named(required.clone()))
        }
        (ServiceName::Bitbucket, 403, ErrorDetail::Scopes { .. }) => missing_in_bitbucket(operation()),
        (ServiceName::Bitbucket, 403, _) if words.contains("scope") => missing_in_bitbucket(operation()),
        (ServiceName::Bitbucket, 403, _) => Refusal::NoPermission(Permission::Repository),
        (ServiceName::Bitbucket, 404, _) => Refusal::NotFound(Object::Repository),
        (ServiceName::AuthProxy, 401 | 403 | 404, _) => Refusal::NoPermission(Permission::Report),
        (ServiceName::Login, 400 | 401 | 403, _) => Refusal::BadCredential(Server::Login),
        _ => return None,
    })
}

const TENANT_INFO: &str = "/_edge/tenant_info";
const WHO_AM_I: &str = "/user/current";

/// Bitbucket's usual words for a bad token name all that it may be, expired among it.
fn says_expired(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("expired") && !words.contains("invalid")
}

fn is_not_let_in(words: &str) -> bool {
    let not_let_in = ["cannot access Confluence", "not permitted to use Confluence", "Failed to parse Connect Session"];
    not_let_in.iter().any(|part| words.contains(part))
}

/// Whether the path of a request to Confluence or Jira goes through the gateway or to the site itself.
pub fn server(path: &str) -> Server {
    if path.contains("/ex/") { Server::Gateway } else { Server::Site }
}

fn permission(method: Method, path: &str) -> Permission {
    if method != Method::Get && (path.contains("/tasks/") || path.ends_with("/label")) {
        return Permission::EditPage;
    }
    match (path.contains("/footer-comments"), method) {
        (true, Method::Post | Method::Put) => Permission::AddComment,
        (true, Method::Delete) => Permission::DeleteComment,
        (_, Method::Get) => Permission::ViewPage,
        (false, Method::Post | Method::Put | Method::Delete) => Permission::Confluence,
    }
}

fn missing_in_bitbucket(operation: Option<&'static scopes::Operation>) -> Refusal {
    Refusal::MissingScope(MissingScope::Bitbucket(operation.and_then(scopes::Operation::bitbucket)))
}

#[cfg(test)]
mod tests;
