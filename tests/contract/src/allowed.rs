//! Exceptions from the documents, each with its reason.

use serde_json::Value;

use super::document::Document;
use super::operations::Operation;
use fake::{Request, Response, Service};

/// Requests that are no operation of either document: these methods, paths and forms, and nothing else there.
pub(super) fn is_beside_the_documents(request: &Request) -> bool {
    let (has_query, has_body) = (!request.query.is_empty(), !request.body.is_empty());
    match (request.service, request.method.as_str(), request.path.as_str()) {
        // Where client id and secret become an access token is described with OAuth 2.0, by another service. They stand in
        // the body: a query would be written into logs.
        (Service::Auth, "POST", "/oauth/token") => !has_query && is_asking_for_a_token(request),
        // A site shows its cloud id to everyone at an address that no document has; Atlassian's own support pages
        // name it.
        (Service::Confluence, "GET", "/_edge/tenant_info") => !has_query && !has_body,
        // Jira's document isn't among these.
        (Service::Confluence | Service::Gateway, "GET", path) => !has_query && !has_body && is_of_jira(path),
        _ => false,
    }
}

fn is_of_jira(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let parts = match parts.as_slice() {
        ["ex", "jira", _, rest @ ..] => rest,
        all => all,
    };
    matches!(parts, ["rest", "api", "3", "issue", _, "remotelink"])
}

/// Whether the body is what RFC 6749 asks of client credentials (section 4.4): a form.
fn is_asking_for_a_token(request: &Request) -> bool {
    let known = ["grant_type", "client_id", "client_secret"];
    let body = String::from_utf8_lossy(&request.body);
    let mut names: Vec<&str> = body.split('&').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    names.sort_by_key(|name| known.iter().position(|known| known == name));
    names == known
}

const COMMITS: [&str; 2] = [
    "/2.0/repositories/{workspace}/{repo_slug}/commits",
    "/2.0/repositories/{workspace}/{repo_slug}/commits/{revision}",
];
const COMMITS_OF_A_PULL_REQUEST: &str =
    "/2.0/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/commits";

/// Query parameters that no operation lists. All are of reading ones.
pub(super) fn is_general(document: &Document, operation: &Operation, request: &Request, name: &str) -> bool {
    let path = operation.path.as_str();
    let of_reading = match request.service {
        Service::Bitbucket | Service::Proxy => match name {
            // Described once, in the chapter on partial answers, and not with each operation.
            "fields" => true,
            // The same in the chapters on paging and filtering, which are about lists.
            "pagelen" | "page" | "q" | "sort" => is_list(document, operation),
            // Described in the text of these operations, with examples, and not listed.
            "include" | "exclude" => COMMITS.contains(&path),
            // What Bitbucket's own links to a next page of commits carry.
            "ctx" => request.param("page").is_some() && (COMMITS.contains(&path) || path == COMMITS_OF_A_PULL_REQUEST),
            _ => false,
        },
        Service::Confluence | Service::Gateway | Service::Auth => false,
    };
    operation.method == "GET" && of_reading
}

/// Whether the answer is a page of a list of Bitbucket's.
fn is_list(document: &Document, operation: &Operation) -> bool {
    let schema = operation.answer(200).and_then(|schema| schema.or_else(|| described_in_words(operation)));
    schema
        .is_some_and(|at| document.schemas.followed(document.schemas.at(at))["properties"]["values"]["type"] == "array")
}

/// Statuses that every operation may have without saying so: a gateway's and a limit's, and the refusals that the
/// documents list for some operations only.
pub(super) fn is_unlisted_status(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 429 | 500..=599)
}

/// The schema of an answer that the document describes in words only.
pub(super) fn described_in_words(operation: &Operation) -> Option<&'static str> {
    // "A paginated list of commits made on the given pull request", as a repository's list of commits is.
    (operation.path == COMMITS_OF_A_PULL_REQUEST).then_some("/components/schemas/paginated_changeset")
}

/// Answers that the services give and the schemas refuse: the end of the operation's path, the end of the place in the
/// answer, and what is there.
const GIVEN: &[(&str, &str, Found)] = &[
    // v1 names in every object what was not expanded.
    ("/wiki/rest/api/search", "/_expandable", Found::Member),
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
        let matches = entry["status"] == status || entry["status"] == *status.to_string();
        matches && entry["title"].is_string() && entry["code"].is_string()
    };
    let v2 = error["errors"].as_array().is_some_and(|errors| !errors.is_empty() && errors.iter().all(entry));
    let v1 = error["statusCode"] == status && error["message"].is_string() && error["data"].is_object();
    let of_gateway = error["code"] == status && error["message"].is_string();
    v2 || v1 || of_gateway
}
