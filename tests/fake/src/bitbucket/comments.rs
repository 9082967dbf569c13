//! Comments on a pull request, and who may change them.

use serde_json::{Value, json};

use super::model::{PullRequest, PullRequestComment};
use super::paging::Paging;
use super::{Caller, account_json, error, not_found, pull_requests::rendered, query};
use crate::clock::bitbucket_date;
use crate::message::{Answer, Refusal, Request, Response, only_members};
use crate::state::State;

/// Longer comments are refused, with HTML at that. The limit is not documented; it is the one of Bitbucket's server.
const LONGEST: usize = 32_768;

/// Answers everything below `/pullrequests/{id}/comments`.
pub fn answer(
    state: &mut State,
    (at, index): (usize, usize),
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    let repository = state.bitbucket.repositories[at].full_name.clone();
    let one = &state.bitbucket.repositories[at].pull_requests[index];
    let known = match rest {
        [] => None,
        [id] => {
            let found = one.comments.iter().position(|comment| comment.id.to_string() == **id);
            Some(found.ok_or_else(|| not_found("Resource not found"))?)
        }
        _ => return Err(Refusal::no_such_path()),
    };
    match (request.method.as_str(), known) {
        ("GET", None) => {
            let one = one.clone();
            list(state, (at, &repository), &one, request)
        }
        ("GET", Some(known)) => {
            request.only_params(&["fields"])?;
            let (one, comment) = (one.clone(), one.comments[known].clone());
            let old = state.bitbucket.comments.read_by_id((at, one.id));
            let shown = match old {
                None => comment,
                Some(old) => {
                    let found = old.into_iter().find(|old| old.id == comment.id);
                    found.ok_or_else(|| not_found("Resource not found"))?
                }
            };
            Ok(Response::json(200, &json(&repository, &one, &shown)))
        }
        ("POST", None) => {
            let user = caller.writer()?;
            let (raw, parent, inline) = sent(request)?;
            if parent.is_some_and(|parent| one.comments.iter().all(|comment| comment.id != parent)) {
                return Err(error(400, "parent: comment does not exist").into());
            }
            remember(state, at, index);
            state.clock.tick();
            let id = state.bitbucket.numbers.take();
            let raw = (state.bitbucket.kept_text)(&raw);
            let comment =
                PullRequestComment { parent, inline, ..PullRequestComment::new(id, user, &raw, &state.clock) };
            let one = &mut state.bitbucket.repositories[at].pull_requests[index];
            one.comments.push(comment.clone());
            one.updated_on = state.clock.now();
            let body = json(&repository, one, &comment);
            let place = body["links"]["self"]["href"].as_str().unwrap_or_default().to_owned();
            Ok(Response::json(201, &body).with("Location", &place))
        }
        ("PUT", Some(known)) => {
            may_change(caller, &one.comments[known], "update")?;
            let (raw, _, _) = sent(request)?;
            let raw = (state.bitbucket.kept_text)(&raw);
            remember(state, at, index);
            let now = state.clock.tick();
            let one = &mut state.bitbucket.repositories[at].pull_requests[index];
            (one.comments[known].raw, one.comments[known].updated_on, one.updated_on) = (raw, now, now);
            let one = &*one;
            Ok(Response::json(200, &json(&repository, one, &one.comments[known])))
        }
        ("DELETE", Some(known)) => {
            request.only_params(&[])?;
            may_change(caller, &one.comments[known], "delete")?;
            remember(state, at, index);
            let now = state.clock.tick();
            let one = &mut state.bitbucket.repositories[at].pull_requests[index];
            let comment = &mut one.comments[known];
            (comment.deleted, comment.updated_on) = (true, now);
            comment.raw.clear();
            Ok(Response::empty(204))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// Bitbucket's documents: oldest first, with inline comments, replies and deleted ones; pages of 10, at most 100.
fn list(state: &mut State, (at, repository): (usize, &str), one: &PullRequest, request: &Request) -> Answer {
    request.only_params(&["q", "sort", "page", "pagelen", "fields"])?;
    let shown = state.bitbucket.comments.read((at, one.id)).unwrap_or_else(|| one.comments.clone());
    let mut oldest_first: Vec<&PullRequestComment> = shown.iter().collect();
    oldest_first.sort_by_key(|comment| comment.created_on);
    let all: Vec<Value> = oldest_first.into_iter().map(|comment| json(repository, one, comment)).collect();
    let values = query::filter_and_sort(all, request.param("q"), request.param("sort"))?;
    Paging { api_url: &state.bitbucket.api_url, default: 10, max: 100, counted: true }.page(request, values)
}

fn remember(state: &mut State, at: usize, index: usize) {
    let one = &state.bitbucket.repositories[at].pull_requests[index];
    let (list, items) = ((at, one.id), one.comments.clone());
    state.bitbucket.comments.remember(list, items.into_iter());
}

fn may_change(caller: &Caller, comment: &PullRequestComment, what: &str) -> Result<(), Refusal> {
    if comment.deleted {
        return Err(not_found(&comment.id.to_string()));
    }
    if caller.writer()?.uuid != comment.user.uuid {
        return Err(error(403, &format!("You do not have permission to {what} this comment.")).into());
    }
    Ok(())
}

type Sent = (String, Option<u64>, Option<(String, u64)>);

fn sent(request: &Request) -> Result<Sent, Refusal> {
    request.only_params(&["fields"])?;
    let body = request.object(&["content", "parent", "inline", "type", "pending"])?;
    let content = only_members(body.get("content").unwrap_or(&Value::Null), &["raw", "markup"])?;
    let raw = content.get("raw").and_then(Value::as_str).ok_or_else(|| Refusal::bad("content.raw is no text"))?;
    if raw.trim().is_empty() {
        return Err(error(400, "content: This field may not be blank.").into());
    }
    if raw.len() > LONGEST {
        return Err(Response::html(400, "<h1>Bad Request (400)</h1>").into());
    }
    let parent = body.get("parent").map(|parent| {
        only_members(parent, &["id"])?["id"].as_u64().ok_or_else(|| Refusal::bad("parent.id is no number"))
    });
    let inline = body.get("inline").map(|inline| {
        let inline = only_members(inline, &["path", "to", "from"])?;
        let path = inline.get("path").and_then(Value::as_str).ok_or_else(|| Refusal::bad("inline.path is no text"))?;
        Ok::<_, Refusal>((path.to_owned(), inline.get("to").and_then(Value::as_u64).unwrap_or(1)))
    });
    Ok((raw.to_owned(), parent.transpose()?, inline.transpose()?))
}

fn json(repository: &str, one: &PullRequest, comment: &PullRequestComment) -> Value {
    let api = format!("https://api.bitbucket.org/2.0/repositories/{repository}/pullrequests/{}", one.id);
    let html = format!("https://bitbucket.org/{repository}/pull-requests/{}", one.id);
    let mut value = json!({
        "type": "pullrequest_comment",
        "id": comment.id,
        "content": rendered(&comment.raw),
        "user": account_json(&comment.user),
        "deleted": comment.deleted,
        "pending": false,
        "created_on": bitbucket_date(comment.created_on),
        "updated_on": bitbucket_date(comment.updated_on),
        "pullrequest": {"type": "pullrequest", "id": one.id, "title": one.title, "links": {"html": {"href": html}}},
        "links": {
            "self": {"href": format!("{api}/comments/{}", comment.id)},
            "html": {"href": format!("{html}/_/diff#comment-{}", comment.id)},
        },
    });
    if let Some(parent) = comment.parent {
        value["parent"] = json!({"id": parent, "links": {"self": {"href": format!("{api}/comments/{parent}")}}});
    }
    if let Some((path, line)) = &comment.inline {
        value["inline"] = json!({"path": path, "to": line});
    }
    value
}
