//! The operations of Confluence's APIs, and the shapes of their failures.

mod access;
mod actions;
mod comments;
mod contents;
mod cql;
mod dates;
mod footer_comment;
mod hit;
pub mod login;
pub mod model;
mod paging;
mod properties;
mod search;
mod shapes;
mod spaces;
mod storage;
mod tasks;
mod v1;
mod v1_shapes;

use base64::Engine;
use serde_json::json;

use self::access::Caller;
use self::model::Kind;
use super::jira;
use super::message::{Answer, Refusal, Request, Response, Service};
use super::state::State;

/// An error as v2 shapes it.
pub fn v2_error(status: u16, code: &str, title: &str) -> Response {
    Response::json(status, &json!({"errors": [{"status": status, "code": code, "title": title, "detail": null}]}))
}

/// An error as v1 shapes it.
pub fn v1_error(status: u16, message: &str, reason: Option<&str>) -> Response {
    let data = json!({"authorized": status != 403, "valid": true, "errors": [], "successful": false});
    let mut body = json!({"statusCode": status, "data": data, "message": message});
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    Response::json(status, &body)
}

/// What the gateway answers for an operation that Atlassian has removed (measured in 2026 for others of v1).
pub fn removed() -> Response {
    let exception = "com.atlassian.confluence.api.service.exceptions.api.GoneException";
    let data = json!({"authorized": true, "valid": true, "errors": [], "successful": true});
    let message = format!("{exception}: This deprecated endpoint has been removed.");
    Response::json(410, &json!({"statusCode": 410, "data": data, "message": message}))
}

/// An error in the shape of whichever API the request is for.
pub fn error(request: &Request, status: u16, message: &str) -> Response {
    if request.path.contains("/rest/api/3/") {
        return jira::error(status, message);
    }
    if request.path.contains("/rest/api/") {
        return v1_error(status, message, None);
    }
    let code = match status {
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        409 => "CONFLICT",
        _ => "INVALID_REQUEST_PARAMETER",
    };
    v2_error(status, code, message)
}

/// 400 as v2 says it.
fn invalid(title: &str) -> Refusal {
    v2_error(400, "INVALID_REQUEST_PARAMETER", title).into()
}

/// 404 as v2 says it: the id is named, unlike in the answer to a bad credential.
fn missing(what: &str, id: &str) -> Refusal {
    v2_error(404, "NOT_FOUND", &format!("Cannot find a {what} with id [{id}]")).into()
}

/// 403 as v2 says it.
fn forbidden(title: &str) -> Refusal {
    v2_error(403, "FORBIDDEN", title).into()
}

/// A stale version as v2 refuses it. The document lists 400 and not 409, which was measured.
fn conflict(status: u16, what: &str, current: u64, provided: u64) -> Refusal {
    let title = format!(
        "Version must be incremented when updating a {what}. Current Version: [{current}]. Provided version: [{provided}]"
    );
    let code = if status == 409 { "CONFLICT" } else { "INVALID_REQUEST_PARAMETER" };
    v2_error(status, code, &title).into()
}

/// Answers one request.
pub fn answer(state: &mut State, request: &Request) -> Answer {
    if request.service == Service::Auth {
        return login::access_token(state, request);
    }
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if (request.method.as_str(), path.as_slice()) == ("GET", ["_edge", "tenant_info"].as_slice()) {
        // Needs no credential; the cloud id is no secret.
        if request.service != Service::Confluence {
            return Err(Refusal::no_such_path());
        }
        return Ok(Response::json(200, &json!({"cloudId": state.confluence.cloud_id})));
    }
    let path = match (request.service, path.as_slice()) {
        (Service::Gateway, ["ex", "jira", cloud, rest @ ..]) => {
            if *cloud != state.confluence.cloud_id {
                let message = "Unauthorized; scope does not match";
                return Err(Response::json(401, &json!({"code": 401, "message": message})).into());
            }
            state.confluence.wear(request);
            return jira::answer(state, request, rest);
        }
        (Service::Gateway, ["ex", "confluence", cloud, rest @ ..]) => {
            if *cloud != state.confluence.cloud_id {
                return Err(Response::json(404, &json!({"code": 404, "message": "Not Found"})).into());
            }
            rest
        }
        (Service::Gateway, _) => return Err(Refusal::no_such_path()),
        (_, path) => path,
    };
    state.confluence.wear(request);
    match path {
        ["rest", ..] if request.service == Service::Confluence => jira::answer(state, request, path),
        ["wiki", "api", "v2", rest @ ..] => {
            let caller = state.confluence.caller(request)?;
            v2(state, request, &caller, rest)
        }
        ["wiki", "rest", "api", rest @ ..] => {
            let caller = state.confluence.caller(request)?;
            v1::answer(state, request, &caller, rest)
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn v2(state: &mut State, request: &Request, caller: &Caller, path: &[&str]) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", ["pages"]) => contents::list(state, request, caller, Kind::Page),
        ("GET", ["blogposts"]) => contents::list(state, request, caller, Kind::BlogPost),
        (_, ["pages" | "blogposts", id, "properties", rest @ ..]) => {
            properties::answer(state, request, caller, kind(path[0]), id, rest)
        }
        ("GET", [kinds @ ("pages" | "blogposts"), id, "footer-comments"]) => {
            comments::list_of_content(state, request, caller, kind(kinds), id)
        }
        ("GET", [kinds @ ("pages" | "blogposts"), id, rest @ ..]) => {
            contents::one(state, request, caller, kind(kinds), id, rest)
        }
        ("GET", [kinds @ ("whiteboards" | "databases" | "folders"), id]) => {
            contents::other(state, request, caller, kind(kinds), id)
        }
        (_, ["footer-comments", rest @ ..]) => comments::answer(state, request, caller, rest),
        (_, ["tasks", rest @ ..]) => tasks::answer(state, request, caller, rest),
        ("GET", ["spaces", rest @ ..]) => spaces::answer(state, request, caller, rest),
        ("POST", ["content", "convert-ids-to-types"]) => contents::types(state, request, caller),
        _ => Err(Refusal::no_such_path()),
    }
}

fn kind(segment: &str) -> Kind {
    match segment {
        "pages" => Kind::Page,
        "blogposts" => Kind::BlogPost,
        "whiteboards" => Kind::Whiteboard,
        "databases" => Kind::Database,
        _ => Kind::Folder,
    }
}

/// A cursor: opaque to clients, an offset to us.
fn cursor(offset: usize) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{{\"offset\":{offset}}}"))
}

fn offset(cursor: &str) -> Option<usize> {
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("{\"offset\":")?.strip_suffix('}')?.parse().ok()
}
