//! Tasks on pages, and who may complete them.

use serde_json::{Value, json};

use super::access::Caller;
use super::contents::BODY_FORMATS;
use super::model::{Confluence, Kind, Task};
use super::paging::{ids, one_of, page};
use super::{invalid, missing, shapes};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

const STATUSES: [&str; 2] = ["complete", "incomplete"];

/// Everything below `/tasks`.
pub fn answer(state: &mut State, request: &Request, caller: &Caller, rest: &[&str]) -> Answer {
    let confluence = &state.confluence;
    match (request.method.as_str(), rest) {
        ("GET", []) => list(confluence, request, caller),
        ("GET", [id]) => {
            request.only_params(&["body-format"])?;
            let format = one_of(request, "body-format", &BODY_FORMATS)?;
            let task = &confluence.tasks[find(confluence, caller, id)?];
            Ok(Response::json(200, &json(confluence, task, format)))
        }
        ("PUT", [id]) => {
            let place = find(confluence, caller, id)?;
            put(state, request, caller, place)
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn find(confluence: &Confluence, caller: &Caller, id: &str) -> Result<usize, Refusal> {
    let seen = |task: &Task| task.id.to_string() == id && confluence.visible(caller, task.content).is_some();
    confluence.tasks.iter().position(seen).ok_or_else(|| missing("task", id))
}

fn list(confluence: &Confluence, request: &Request, caller: &Caller) -> Answer {
    request.only_params(&[
        "body-format",
        "include-blank-tasks",
        "status",
        "task-id",
        "space-id",
        "page-id",
        "blogpost-id",
        "assigned-to",
        "completed-by",
        "cursor",
        "limit",
    ])?;
    let format = one_of(request, "body-format", &BODY_FORMATS)?;
    let status = one_of(request, "status", &STATUSES)?;
    let (tasks, spaces) = (ids(request, "task-id", 250)?, ids(request, "space-id", 250)?);
    let (pages, posts) = (ids(request, "page-id", 250)?, ids(request, "blogpost-id", 250)?);
    let people = |name: &str, account: Option<&String>| {
        let wanted = request.params(name);
        wanted.is_empty() || account.is_some_and(|account| wanted.contains(&account.as_str()))
    };
    let on_content = |task: &Task| {
        let holds = |ids: &Option<Vec<u64>>| ids.as_ref().is_some_and(|ids| ids.contains(&task.content));
        (pages.is_none() && posts.is_none()) || holds(&pages) || holds(&posts)
    };
    let found = confluence.tasks.iter().filter(|task| {
        confluence.visible(caller, task.content).is_some_and(|content| {
            status.is_none_or(|status| (status == "complete") == task.complete)
                && tasks.as_ref().is_none_or(|ids| ids.contains(&task.id))
                && spaces.as_ref().is_none_or(|ids| ids.contains(&content.space))
                && on_content(task)
                && people("assigned-to", task.assigned_to.as_ref())
                && people("completed-by", task.completed_by.as_ref())
        })
    });
    page(confluence, request, found.map(|task| json(confluence, task, format)).collect())
}

/// Only the status can change (Confluence's documents), though a whole task may be sent; it needs edit permission on
/// the page, and without it the task is not found.
fn put(state: &mut State, request: &Request, caller: &Caller, place: usize) -> Answer {
    request.only_params(&["body-format"])?;
    let sent = request.object(&[
        "id",
        "localId",
        "spaceId",
        "pageId",
        "blogPostId",
        "status",
        "createdBy",
        "assignedTo",
        "completedBy",
        "createdAt",
        "updatedAt",
        "dueAt",
        "completedAt",
    ])?;
    let status = sent.get("status").and_then(Value::as_str).filter(|status| STATUSES.contains(status));
    let complete = status.ok_or_else(|| invalid("status must be complete or incomplete"))? == "complete";
    let task = &state.confluence.tasks[place];
    if !state.confluence.content(task.content).edit.holds(&caller.account) {
        return Err(missing("task", &task.id.to_string()));
    }
    let now = state.clock.tick();
    let task = &mut state.confluence.tasks[place];
    task.complete = complete;
    task.completed_by = complete.then(|| caller.account.clone());
    task.updated_at = now;
    let task = task.clone();
    // The box on the page is ticked too.
    let (from, to) = if complete { ("incomplete", "complete") } else { ("complete", "incomplete") };
    let tag =
        |status: &str| format!("<ac:task-id>{}</ac:task-id><ac:task-status>{status}</ac:task-status>", task.local_id);
    let content = state.confluence.content_mut(task.content);
    content.body = content.body.replace(&tag(from), &tag(to));
    Ok(Response::json(200, &json(&state.confluence, &task, one_of(request, "body-format", &BODY_FORMATS)?)))
}

fn json(confluence: &Confluence, task: &Task, format: Option<&str>) -> Value {
    let content = confluence.content(task.content);
    let mut value = json!({
        "id": task.id.to_string(),
        "localId": task.local_id,
        "spaceId": content.space.to_string(),
        "status": if task.complete { "complete" } else { "incomplete" },
        "body": shapes::body(&task.body, format),
        "createdBy": content.versions[0].author,
        "createdAt": confluence_date(task.created_at),
        "updatedAt": confluence_date(task.updated_at),
    });
    let place = if content.kind == Kind::BlogPost { "blogPostId" } else { "pageId" };
    value[place] = task.content.to_string().into();
    if let Some(assigned) = &task.assigned_to {
        value["assignedTo"] = assigned.clone().into();
    }
    if let Some(account) = task.completed_by.as_ref().filter(|_| task.complete) {
        value["completedBy"] = account.clone().into();
        value["completedAt"] = confluence_date(task.updated_at).into();
    }
    value
}
