//! Pages, blog posts, whiteboards, databases and folders in v2.

use serde_json::{Value, json};

use super::access::Caller;
use super::model::{Confluence, Content, Kind, Status};
use super::paging::{flag, ids, limit, one_of, page};
use super::shapes;
use super::{invalid, missing};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// The representations of lists.
pub const BODY_FORMATS: [&str; 2] = ["storage", "atlas_doc_format"];
const SINGLE_BODY_FORMATS: [&str; 7] =
    ["storage", "atlas_doc_format", "view", "export_view", "anonymous_export_view", "styled_view", "editor"];

/// `GET /pages` and `/blogposts`. What the caller does not see is absent; drafts cannot be asked for; current and
/// archived pages are the default (of blog posts, current ones).
pub fn list(state: &State, request: &Request, caller: &Caller, kind: Kind) -> Answer {
    let mut known = vec!["id", "space-id", "sort", "status", "title", "body-format", "cursor", "limit"];
    let mut statuses = vec!["current", "archived", "deleted", "trashed"];
    if kind == Kind::Page {
        known.push("subtype");
    } else {
        statuses.retain(|status| *status != "archived");
    }
    request.only_params(&known)?;
    let confluence = &state.confluence;
    let (wanted_ids, spaces) = (ids(request, "id", 250)?, ids(request, "space-id", 100)?);
    let mut wanted = request.params("status");
    if let Some(bad) = wanted.iter().find(|status| !statuses.contains(status)) {
        return Err(invalid(&format!("status may not be {bad}")));
    }
    if wanted.is_empty() {
        wanted = vec!["current", "archived"];
    }
    let subtype = one_of(request, "subtype", &["live", "page"])?;
    let format = one_of(request, "body-format", &BODY_FORMATS)?;
    let title = request.param("title").map(str::to_lowercase);
    let mut found: Vec<&Content> = confluence
        .contents
        .iter()
        .filter(|content| content.kind == kind && wanted.contains(&content.status.name()))
        .filter(|content| wanted_ids.as_ref().is_none_or(|ids| ids.contains(&content.id)))
        .filter(|content| spaces.as_ref().is_none_or(|spaces| spaces.contains(&content.space)))
        .filter(|content| title.as_ref().is_none_or(|title| content.title.to_lowercase() == *title))
        .filter(|content| subtype.is_none_or(|subtype| content.live == (subtype == "live")))
        .filter(|content| confluence.may_view(caller, content))
        .collect();
    sort(&mut found, request)?;
    let values = found.into_iter().map(|content| shapes::content(confluence, content, format)).collect();
    page(confluence, request, values)
}

fn sort(found: &mut [&Content], request: &Request) -> Result<(), Refusal> {
    let order = request.param("sort").unwrap_or("id");
    let (field, down) = order.strip_prefix('-').map_or((order, false), |field| (field, true));
    match field {
        "id" => found.sort_by_key(|content| content.id),
        "created-date" => found.sort_by_key(|content| content.versions[0].at),
        "modified-date" => found.sort_by_key(|content| content.version().at),
        "title" => found.sort_by(|a, b| a.title.cmp(&b.title)),
        _ => return Err(invalid(&format!("sort may not be {order}"))),
    }
    if down {
        found.reverse();
    }
    Ok(())
}

/// The content of this id and kind that the caller sees.
pub fn find<'a>(confluence: &'a Confluence, caller: &Caller, kind: Kind, id: &str) -> Result<&'a Content, Refusal> {
    let expected = format!("Provided value {{{id}}} for 'id' is not the correct type. Expected type is long");
    let number: u64 = id.parse().map_err(|_| invalid(&expected))?;
    confluence.visible(caller, number).filter(|content| content.kind == kind).ok_or_else(|| missing(kind.name(), id))
}

/// `GET /pages/{id}` and what is below it.
pub fn one(state: &State, request: &Request, caller: &Caller, kind: Kind, id: &str, rest: &[&str]) -> Answer {
    let confluence = &state.confluence;
    let content = find(confluence, caller, kind, id)?;
    match rest {
        [] => single(confluence, request, caller, content),
        ["labels"] => {
            request.only_params(&["prefix", "sort", "cursor", "limit"])?;
            let prefix = one_of(request, "prefix", &["my", "team", "global", "system"])?;
            let shown = prefix.is_none_or(|prefix| prefix == "global");
            page(confluence, request, if shown { shapes::labels(content) } else { vec![] })
        }
        ["versions"] => {
            request.only_params(&["body-format", "cursor", "limit", "sort"])?;
            let order = one_of(request, "sort", &["modified-date", "-modified-date"])?;
            page(confluence, request, versions(content, order != Some("modified-date")))
        }
        // Confluence's documents: the highest first; of more than `limit` the nearest, and there is no `next`.
        ["ancestors"] if kind == Kind::Page => {
            request.only_params(&["limit"])?;
            let all = confluence.ancestors(content);
            let shown = all.iter().skip(all.len().saturating_sub(limit(request)?));
            let shown: Vec<Value> =
                shown.map(|one| json!({"id": one.id.to_string(), "type": one.kind.name()})).collect();
            let links = json!({"base": format!("{}/wiki", confluence.site_url)});
            Ok(Response::json(200, &json!({"results": shown, "_links": links})))
        }
        ["operations"] => {
            request.only_params(&[])?;
            Ok(Response::json(200, &json!({"operations": operations(content, caller)})))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn single(confluence: &Confluence, request: &Request, caller: &Caller, content: &Content) -> Answer {
    request.only_params(&[
        "body-format",
        "get-draft",
        "status",
        "version",
        "include-labels",
        "include-properties",
        "include-operations",
        "include-likes",
        "include-versions",
        "include-version",
        "include-favorited-by-current-user-status",
        "include-webresources",
        "include-collaborators",
        "include-direct-children",
    ])?;
    let format = one_of(request, "body-format", &SINGLE_BODY_FORMATS)?;
    let known = ["current", "archived", "trashed", "deleted", "historical", "draft"];
    let statuses = request.params("status");
    if let Some(bad) = statuses.iter().find(|status| !known.contains(status)) {
        return Err(invalid(&format!("status may not be {bad}")));
    }
    // What was never published, or thrown away, is shown only when it is asked for.
    let asked = match content.status {
        Status::Draft => flag(request, "get-draft")? || statuses.contains(&"draft"),
        Status::Trashed => statuses.contains(&"trashed"),
        status => statuses.is_empty() || statuses.contains(&status.name()),
    };
    if !asked {
        return Err(missing(content.kind.name(), &content.id.to_string()));
    }
    let mut value = shapes::content(confluence, content, format);
    let path = format!("/wiki/api/v2/{}s/{}", content.kind.name(), content.id);
    if let Some(number) = request.param("version") {
        let found = content.versions.iter().find(|version| version.number.to_string() == number);
        value["version"] = shapes::version(found.ok_or_else(|| missing("version", number))?);
    }
    if request.param("include-version") == Some("false") {
        value.as_object_mut().unwrap().remove("version");
    }
    if flag(request, "include-labels")? {
        value["labels"] = shapes::included(shapes::labels(content), &format!("{path}/labels"));
    }
    if flag(request, "include-operations")? {
        value["operations"] = shapes::included(operations(content, caller), &format!("{path}/operations"));
    }
    if flag(request, "include-versions")? {
        value["versions"] = shapes::included(versions(content, true), &format!("{path}/versions"));
    }
    if flag(request, "include-properties")? {
        let own = confluence.properties.iter().filter(|property| property.content == content.id);
        let shown = own.map(super::properties::json).collect();
        value["properties"] = shapes::included(shown, &format!("{path}/properties"));
    }
    // A list tells live docs from pages, a single page does not.
    value.as_object_mut().unwrap().remove("subtype");
    value["_links"]["base"] = format!("{}/wiki", confluence.site_url).into();
    Ok(Response::json(200, &value))
}

fn versions(content: &Content, newest_first: bool) -> Vec<Value> {
    let mut values: Vec<Value> = content.versions.iter().map(shapes::version).collect();
    if newest_first {
        values.reverse();
    }
    values
}

/// What the caller may do with it.
fn operations(content: &Content, caller: &Caller) -> Vec<Value> {
    let mut allowed = vec![("read", content.kind.name())];
    if content.edit.holds(&caller.account) {
        allowed.extend([("update", content.kind.name()), ("delete", content.kind.name())]);
    }
    let open = matches!(content.status, Status::Current);
    if open && content.comment.holds(&caller.account) {
        allowed.push(("create", "comment"));
    }
    allowed.iter().map(|(operation, target)| json!({"operation": operation, "targetType": target})).collect()
}

/// `GET /whiteboards/{id}`, `/databases/{id}`, `/folders/{id}`.
pub fn other(state: &State, request: &Request, caller: &Caller, kind: Kind, id: &str) -> Answer {
    request.only_params(&[
        "include-collaborators",
        "include-direct-children",
        "include-operations",
        "include-properties",
    ])?;
    let confluence = &state.confluence;
    let content = find(confluence, caller, kind, id)?;
    let first = &content.versions[0];
    let mut value = json!({
        "id": id,
        "type": kind.name(),
        "status": content.status.name(),
        "title": content.title,
        "position": null,
        "authorId": first.author,
        "ownerId": first.author,
        "createdAt": confluence_date(first.at),
        "spaceId": content.space.to_string(),
        "version": shapes::version(content.version()),
        "_links": {"webui": shapes::webui(confluence, content), "base": format!("{}/wiki", confluence.site_url)},
    });
    if let Some(parent) = content.parent {
        value["parentId"] = parent.to_string().into();
        value["parentType"] = "page".into();
    }
    Ok(Response::json(200, &value))
}

/// `POST /content/convert-ids-to-types`: null for what the caller does not see; footer comments have a type too.
pub fn types(state: &State, request: &Request, caller: &Caller) -> Answer {
    request.only_params(&[])?;
    let body = request.object(&["contentIds"])?;
    let ids = body.get("contentIds").and_then(Value::as_array).ok_or_else(|| invalid("contentIds is required"))?;
    if ids.is_empty() || ids.len() > 100 {
        return Err(invalid("contentIds must hold 1 to 100 ids"));
    }
    let confluence = &state.confluence;
    let mut results = serde_json::Map::new();
    for id in ids {
        let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let number: u64 = text.parse().map_err(|_| invalid("contentIds must be numbers"))?;
        let comment = confluence.comments.iter().find(|comment| comment.id == number);
        let of_comment =
            comment.and_then(|comment| confluence.visible(caller, comment.content)).map(|_| "footer-comment");
        let kind = confluence.visible(caller, number).map(|content| content.kind.name()).or(of_comment);
        results.insert(text, kind.map_or(Value::Null, Value::from));
    }
    Ok(Response::json(200, &json!({"results": results})))
}
