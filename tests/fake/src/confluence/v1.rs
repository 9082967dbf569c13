//! The operations that only v1 has: search, labels, states, restrictions, the current user.

use serde_json::{Value, json};

use super::access::Caller;
use super::model::{Confluence, Content, Status};
use super::{removed, search, v1_error, v1_shapes};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response, only_members};
use crate::state::State;

fn missing(id: &str) -> Refusal {
    let message = format!("No content found with id : ContentId{{id={id}}}");
    v1_error(404, &message, Some("Not Found")).into()
}

/// Answers everything below `/wiki/rest/api`.
pub fn answer(state: &mut State, request: &Request, caller: &Caller, path: &[&str]) -> Answer {
    let confluence = &state.confluence;
    let content = |id: &str| {
        let number = id.parse().ok();
        number.and_then(|number| confluence.visible(caller, number)).ok_or_else(|| missing(id))
    };
    match (request.method.as_str(), path) {
        ("GET", ["search"]) => search::answer(state, request, caller),
        ("GET", ["content", "search"]) => Ok(removed()),
        ("GET", ["user", "current"]) => {
            request.only_params(&["expand"])?;
            Ok(Response::json(200, &me(&caller.account)))
        }
        ("GET", ["user", "bulk"]) => {
            request.only_params(&["accountId", "expand"])?;
            let ids: Vec<&str> =
                request.query.iter().filter(|(name, _)| name == "accountId").map(|(_, id)| id.as_str()).collect();
            let users: Vec<Value> = ids.iter().take(100).map(|id| v1_shapes::user(id)).collect();
            Ok(Response::json(
                200,
                &json!({"results": users, "start": 0, "limit": 200, "size": users.len(), "_links": {}}),
            ))
        }
        ("POST", ["content", id, "label"]) => {
            let (number, may_edit) = editable(content(id)?, caller);
            may_edit?;
            add_labels(state, request, number)
        }
        ("DELETE", ["content", id, "label", rest @ ..]) => {
            let (number, may_edit) = editable(content(id)?, caller);
            may_edit?;
            let name = match rest {
                [] => {
                    request.only_params(&["name"])?;
                    request.param("name").unwrap_or_default().to_owned()
                }
                [name] if !name.contains('/') => (*name).to_owned(),
                _ => return Err(v1_error(400, "The label name has a slash", None).into()),
            };
            state.clock.tick();
            let labels = &mut state.confluence.content_mut(number).labels;
            let before = labels.len();
            labels.retain(|label| *label != name);
            if labels.len() == before { Err(missing(id)) } else { Ok(Response::empty(204)) }
        }
        ("GET", ["content", id, "restriction", "byOperation", operation @ ("read" | "update")]) => {
            request.only_params(&["expand", "start", "limit"])?;
            let content = content(id)?;
            let expand = request.params("expand");
            let known = ["restrictions.user", "restrictions.group", "content"];
            if let Some(bad) = expand.iter().find(|path| !known.contains(path)) {
                return Err(Refusal::bad(format!("unknown expansion {bad}")));
            }
            // Both are expanded by default (Confluence's documents); naming one leaves the other out.
            let shows = |path: &str| expand.is_empty() || expand.contains(&path);
            let (users, groups) = (shows("restrictions.user"), shows("restrictions.group"));
            Ok(Response::json(200, &v1_shapes::restriction(confluence, content, operation, users, groups)))
        }
        ("GET", ["content", id, "state"]) => {
            request.only_params(&["status"])?;
            let content = content(id)?;
            // A draft is shown to those who ask for one; who asks for nothing is shown what is published.
            let is_draft = content.status == Status::Draft;
            if is_draft != (request.param("status") == Some("draft")) {
                return Err(missing(id));
            }
            Ok(Response::json(200, &state_of(content)))
        }
        ("POST", ["content", id, "permission", "check"]) => {
            let content = content(id)?;
            request.only_params(&[])?;
            let sent = request.object(&["subject", "operation"])?;
            let subject = only_members(sent.get("subject").unwrap_or(&Value::Null), &["type", "identifier"])?;
            check(confluence, content, caller, &subject["identifier"], &sent["operation"])
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn me(account: &str) -> Value {
    json!({
        "type": "known",
        "accountId": account,
        "accountType": "atlassian",
        "email": "",
        "publicName": account,
        "displayName": account,
        "isExternalCollaborator": false,
        "_expandable": {"operations": "", "personalSpace": ""},
        "_links": {},
    })
}

/// The state, if there is one: the document allows no null.
fn state_of(content: &Content) -> Value {
    let state = |name: &String| json!({"id": 1_000 + name.len(), "name": name, "color": "#0052cc"});
    let last_updated = confluence_date(content.version().at);
    match content.state.as_ref().map(state) {
        Some(state) => json!({"contentState": state, "lastUpdated": last_updated}),
        None => json!({"lastUpdated": last_updated}),
    }
}

fn editable(content: &Content, caller: &Caller) -> (u64, Result<(), Refusal>) {
    let may = content.edit.holds(&caller.account);
    let refusal =
        || Refusal::from(v1_error(403, "User not permitted to edit labels of this content", Some("Forbidden")));
    (content.id, if may { Ok(()) } else { Err(refusal()) })
}

/// Measured against the service: a space in a name makes two labels of it, without an error; stored in lower case.
/// What a label may not hold is refused, a full stop too.
fn add_labels(state: &mut State, request: &Request, id: u64) -> Answer {
    request.only_params(&[])?;
    let body = request.json()?;
    let sent = body.as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
    let mut names = vec![];
    for label in &sent {
        let label = only_members(label, &["prefix", "name"])?;
        if label.get("prefix").is_none_or(|prefix| prefix != "global") {
            return Err(Refusal::bad("a label's prefix must be global"));
        }
        let name = label.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let forbidden = |character: char| ":;,.?&[]()#^*@!'`".contains(character);
        if name.trim().is_empty() || name.len() > 255 || name.contains(forbidden) {
            let message = format!("Label name has invalid characters or is too long: {name}");
            return Err(v1_error(400, &message, Some("Bad Request")).into());
        }
        names.extend(name.split_whitespace().map(str::to_owned));
    }
    state.clock.tick();
    let content = state.confluence.content_mut(id);
    for name in names {
        if !content.labels.contains(&name) {
            content.labels.push(name);
        }
    }
    let labels = v1_shapes::v1_labels(content);
    let size = labels.len();
    let body = json!({"results": labels, "start": 0, "limit": 200, "size": size, "_links": {}});
    Ok(Response::json(200, &body))
}

/// For others than oneself, people without an account among them, it needs an administrator (Confluence's documents).
fn check(confluence: &Confluence, content: &Content, caller: &Caller, subject: &Value, operation: &Value) -> Answer {
    let is_admin = confluence.admins.contains(&caller.account);
    let has = match (subject.as_str(), operation.as_str()) {
        (Some("anonymous"), Some("read")) if is_admin => confluence.is_open_to_anonymous_readers(content),
        (Some("anonymous"), Some("update" | "delete")) if is_admin => false,
        (Some(account), Some("read")) if account == caller.account => confluence.may_view(caller, content),
        (Some(account), Some("update" | "delete")) if account == caller.account => content.edit.holds(account),
        (Some(_), Some("read" | "update" | "delete")) => {
            return Err(v1_error(403, "Only an administrator may check others", Some("Forbidden")).into());
        }
        _ => return Err(v1_error(400, "subject or operation is invalid", Some("Bad Request")).into()),
    };
    Ok(Response::json(200, &json!({"hasPermission": has, "errors": [], "_links": {}})))
}
