//! What do the documents leave out? The short list, each with its reason.

use serde_json::Value;

use super::operations::Operation;
use crate::fake::message::{Request, Response, Service};

/// Requests that are no operation of either document.
pub(super) fn is_beside_the_documents(request: &Request) -> bool {
    match (request.service, request.path.as_str()) {
        // Where client id and secret become an access token is described with OAuth 2.0, by another service.
        (Service::Auth, "/oauth/token") => true,
        // A site tells its cloud id to everybody at an address that no document has; Atlassian's own support pages
        // name it.
        (Service::Confluence, "/_edge/tenant_info") => true,
        _ => false,
    }
}

/// Query parameters that no operation lists.
pub(super) fn is_general(request: &Request, operation: &Operation, name: &str) -> bool {
    let (get, has) = (request.method == "GET", |name| request.param(name).is_some());
    match request.service {
        // Described once, in the chapters on paging, filtering and partial answers, and not with each operation.
        Service::Bitbucket | Service::Proxy if get && ["pagelen", "page", "q", "sort", "fields"].contains(&name) => {
            true
        }
        // Described in the text of the operation, with examples, and not listed.
        Service::Bitbucket
            if operation.path.contains("/{repo_slug}/commits") && ["include", "exclude"].contains(&name) =>
        {
            true
        }
        // What Bitbucket's own links to a next page of commits carry.
        Service::Bitbucket => get && name == "ctx" && has("page"),
        // What v1's own links to a next page of a search carry.
        _ => get && name == "next" && has("cursor"),
    }
}

/// Statuses that every operation may have without saying so: a gateway's and a limit's, and the refusals that the
/// documents list for some operations only.
pub(super) fn is_unlisted_status(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500..=599)
}

/// The schema of an answer that the document describes in words only.
pub(super) fn described_in_words(operation: &Operation) -> Option<&'static str> {
    // "A paginated list of commits made on the given pull request", as a repository's list of commits is.
    let commits = "/2.0/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/commits";
    (operation.path == commits).then_some("/components/schemas/paginated_changeset")
}

/// Answers that the services give and the schemas refuse: the end of the operation's path, the end of the place in the
/// answer, and what is there.
const GIVEN: &[(&str, &str, Found)] = &[
    // v1 names in every object what was not expanded.
    ("/wiki/rest/api/content/search", "/_expandable", Found::Member),
    // The description has two names; the document lists the newer one, `summary`.
    ("/pullrequests", "/description", Found::Member),
    ("/pullrequests/{pull_request_id}", "/description", Found::Member),
    // A fork that was deleted.
    ("/pullrequests/{pull_request_id}", "/source/repository", Found::Null),
    ("/pullrequests", "/source/repository", Found::Null),
    // Content that is not there, or not for this account.
    ("/content/convert-ids-to-types", "/results/*", Found::Null),
];

/// What a schema refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A member that no schema has.
    Member,
    /// A null where something else should be.
    Null,
}

/// Whether this is known to be given all the same.
pub(super) fn is_given(operation: &Operation, place: &str, found: Found) -> bool {
    let known = |(path, end, what): &(&str, &str, Found)| {
        *what == found && operation.path.ends_with(path) && place.ends_with(end)
    };
    GIVEN.iter().any(known)
}

/// Whether this stands in errors although their schema has something else there.
pub(super) fn is_given_in_errors(place: &str, value: &Value) -> bool {
    // The document says a text; a credential that lacks a scope gets an object with the scopes that it has and needs.
    place == "/error/detail" && value["granted"].is_array() && value["required"].is_array()
}

/// What is wrong with an error's body. The documents have a schema for few of them, and where they have one it is these.
pub(super) fn wrong_error(service: Service, response: &Response) -> Vec<String> {
    let content_type = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.map_or("", |(_, value)| value.as_str());
    if !content_type.starts_with("application/json") {
        // Both services, and what stands before them, say some things in HTML.
        return if content_type.starts_with("text/html") {
            vec![]
        } else {
            vec![format!("an error as {content_type:?}")]
        };
    }
    let Ok(error) = serde_json::from_slice::<Value>(&response.body) else {
        return vec!["the error is no JSON".to_owned()];
    };
    let known = match service {
        Service::Bitbucket | Service::Proxy => is_bitbuckets(&error),
        _ => is_confluences(&error, response.status),
    };
    if known { vec![] } else { vec![format!("an error of a shape that the service does not have: {error}")] }
}

fn is_bitbuckets(error: &Value) -> bool {
    let usual = error["type"] == "error" && error["error"]["message"].is_string();
    // The reports' API has a shape of its own.
    let of_reports = error["code"].is_number() && error["message"].is_string();
    usual || of_reports
}

fn is_confluences(error: &Value, status: u16) -> bool {
    let entry = |entry: &Value| {
        let told = entry["status"] == status || entry["status"] == *status.to_string();
        told && entry["title"].is_string() && entry["code"].is_string()
    };
    let v2 = error["errors"].as_array().is_some_and(|errors| !errors.is_empty() && errors.iter().all(entry));
    let v1 = error["statusCode"] == status && error["message"].is_string() && error["data"].is_object();
    let of_gateway = error["code"] == status && error["message"].is_string();
    v2 || v1 || of_gateway
}
