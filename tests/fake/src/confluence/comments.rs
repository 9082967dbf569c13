//! Comments on a page, and who may write or change them.

use serde_json::{Map, Value};

use super::access::Caller;
use super::contents::{BODY_FORMATS, find};
use super::model::{Confluence, Content, FooterComment, Kind, Status, Version};
use super::paging::{one_of, page};
use super::{conflict, forbidden, invalid, missing, shapes, storage, v2_error};
use crate::message::{Answer, Refusal, Request, Response, only_members};
use crate::state::State;

/// `GET /pages/{id}/footer-comments`: the comments directly below it; replies are children of a comment and not here.
pub fn list_of_content(state: &mut State, request: &Request, caller: &Caller, kind: Kind, id: &str) -> Answer {
    request.only_params(&["body-format", "status", "sort", "cursor", "limit"])?;
    let content = find(&state.confluence, caller, kind, id)?;
    let statuses = request.params("status");
    let current = statuses.is_empty() || statuses.contains(&"current");
    let content = content.id;
    let shown = shown_of(&mut state.confluence, content);
    let own = |comment: &&FooterComment| current && comment.parent.is_none();
    list(&state.confluence, request, shown.iter().filter(own).collect())
}

/// The comments of a page and their replies, as its lists show them.
fn shown_of(confluence: &mut Confluence, content: u64) -> Vec<FooterComment> {
    let old = confluence.replica.read((0, content));
    old.unwrap_or_else(|| comments_of(confluence, content).cloned().collect())
}

fn comments_of(confluence: &Confluence, content: u64) -> impl Iterator<Item = &FooterComment> {
    confluence.comments.iter().filter(move |comment| comment.content == content)
}

/// A write is about to change the comments of this page.
fn remember(confluence: &mut Confluence, content: u64) {
    let items: Vec<FooterComment> = comments_of(confluence, content).cloned().collect();
    confluence.replica.remember((0, content), items.into_iter());
}

fn list(confluence: &Confluence, request: &Request, mut found: Vec<&FooterComment>) -> Answer {
    let format = one_of(request, "body-format", &BODY_FORMATS)?;
    let orders = ["created-date", "-created-date", "modified-date", "-modified-date"];
    let order = one_of(request, "sort", &orders)?.unwrap_or("created-date");
    let changed = |comment: &&FooterComment| comment.versions.last().map(|version| version.at);
    match order.trim_start_matches('-') {
        "created-date" => found.sort_by_key(|comment| comment.versions[0].at),
        _ => found.sort_by_key(changed),
    }
    if order.starts_with('-') {
        found.reverse();
    }
    page(confluence, request, found.into_iter().map(|comment| shapes::comment(confluence, comment, format)).collect())
}

/// Everything below `/footer-comments`.
pub fn answer(state: &mut State, request: &Request, caller: &Caller, rest: &[&str]) -> Answer {
    let confluence = &state.confluence;
    let visible = |comment: &FooterComment| confluence.visible(caller, comment.content).is_some();
    let must = |id: &str| {
        let found = confluence.comments.iter().position(|comment| comment.id.to_string() == id && visible(comment));
        found.ok_or_else(|| missing("footer comment", id))
    };
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            request.only_params(&["body-format", "sort", "cursor", "limit"])?;
            list(confluence, request, confluence.comments.iter().filter(|comment| visible(comment)).collect())
        }
        ("GET", [id]) => {
            let place = must(id)?;
            request.only_params(&[
                "body-format",
                "version",
                "include-operations",
                "include-versions",
                "include-version",
            ])?;
            let format = one_of(request, "body-format", &["storage", "atlas_doc_format", "view"])?;
            let comment = confluence.comments[place].clone();
            let shown = match state.confluence.replica.read_by_id((0, comment.content)) {
                None => comment,
                Some(old) => {
                    let found = old.into_iter().find(|old| old.id == comment.id);
                    found.ok_or_else(|| missing("footer comment", id))?
                }
            };
            let shown = at_version(shown, request)?;
            let confluence = &state.confluence;
            let mut value = shapes::comment(confluence, &shown, format);
            value["_links"]["base"] = format!("{}/wiki", confluence.site_url).into();
            Ok(Response::json(200, &value))
        }
        ("GET", [id, "children"]) => {
            let FooterComment { id: parent, content, .. } = confluence.comments[must(id)?];
            request.only_params(&["body-format", "sort", "cursor", "limit"])?;
            let shown = shown_of(&mut state.confluence, content);
            let replies = shown.iter().filter(|comment| comment.parent == Some(parent)).collect();
            list(&state.confluence, request, replies)
        }
        ("GET", [id, "versions", number]) => {
            let comment = &confluence.comments[must(id)?];
            request.only_params(&[])?;
            let number = number.parse().map_err(|_| invalid("version-number must be a number"))?;
            let (version, _) = comment.version(number).ok_or_else(|| missing("version", &number.to_string()))?;
            Ok(Response::json(200, &shapes::detailed_version(version, comment.versions.len() as u64)))
        }
        ("GET", [id, "versions"]) => {
            let comment = &confluence.comments[must(id)?];
            request.only_params(&["body-format", "cursor", "limit", "sort"])?;
            page(confluence, request, comment.versions.iter().rev().map(shapes::version).collect())
        }
        ("POST", []) => create(state, request, caller),
        ("PUT", [id]) => {
            let place = must(id)?;
            update(state, request, caller, place)
        }
        ("DELETE", [id]) => {
            let place = must(id)?;
            request.only_params(&[])?;
            delete(state, caller, place)
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// The comment as it was at the version that the request names.
fn at_version(mut comment: FooterComment, request: &Request) -> Result<FooterComment, Refusal> {
    let Some(number) = request.param("version") else { return Ok(comment) };
    let found = number.parse().ok().and_then(|number| comment.version(number));
    let (version, body) = found.ok_or_else(|| missing("version", number))?;
    (comment.body, comment.versions) = (body.to_owned(), vec![version.clone()]);
    Ok(comment)
}

fn create(state: &mut State, request: &Request, caller: &Caller) -> Answer {
    request.only_params(&[])?;
    let sent = request.object(&["pageId", "blogPostId", "parentCommentId", "body"])?;
    let body = storage_of(&sent, state.confluence.rewrite_storage)?;
    let targets: Vec<&str> =
        ["pageId", "blogPostId", "parentCommentId"].into_iter().filter(|name| sent.contains_key(*name)).collect();
    let [target] = targets.as_slice() else {
        return Err(invalid("Exactly one of pageId, blogPostId, parentCommentId is required"));
    };
    let id = sent[*target].as_str().ok_or_else(|| invalid(&format!("{target} must be a string")))?;
    let confluence = &state.confluence;
    let (content, parent): (&Content, Option<u64>) = match *target {
        "pageId" => (find(confluence, caller, Kind::Page, id)?, None),
        "blogPostId" => (find(confluence, caller, Kind::BlogPost, id)?, None),
        _ => {
            let found = confluence.comments.iter().find(|comment| comment.id.to_string() == id);
            let parent = found.ok_or_else(|| missing("footer comment", id))?;
            let content = confluence.visible(caller, parent.content);
            (content.ok_or_else(|| missing("footer comment", id))?, Some(parent.id))
        }
    };
    if content.status != Status::Current {
        return Err(missing(content.kind.name(), id));
    }
    if !content.comment.holds(&caller.account) {
        return Err(match confluence.refuse_comments_with {
            404 => missing(content.kind.name(), id),
            status => v2_error(status, "FORBIDDEN", "User does not have permission to create a comment").into(),
        });
    }
    let (content, author) = (content.id, caller.account.clone());
    remember(&mut state.confluence, content);
    let at = state.clock.tick();
    let id = state.confluence.numbers.take();
    let versions = vec![Version { number: 1, at, author: author.clone() }];
    let (earlier_bodies, resolved) = (vec![], false);
    let comment = FooterComment { id, content, parent, body, earlier_bodies, versions, author, resolved };
    state.confluence.comments.push(comment.clone());
    Ok(written(state, 201, &comment))
}

/// The version must be the present one plus one; only the author may change a comment, whatever else they may do.
fn update(state: &mut State, request: &Request, caller: &Caller, place: usize) -> Answer {
    request.only_params(&[])?;
    let sent = request.object(&["version", "body", "_links"])?;
    let version = only_members(sent.get("version").unwrap_or(&Value::Null), &["number", "message"])?;
    let number = version.get("number").and_then(Value::as_u64).ok_or_else(|| invalid("version.number is required"))?;
    let body = storage_of(&sent, state.confluence.rewrite_storage)?;
    let comment = &state.confluence.comments[place];
    if comment.author != caller.account {
        return Err(forbidden("User does not have permission to update this comment"));
    }
    let current = comment.versions.last().map_or(0, |version| version.number);
    if number != current + 1 {
        return Err(conflict(state.confluence.refuse_stale_with, "comment", current, number));
    }
    let content = comment.content;
    remember(&mut state.confluence, content);
    let at = state.clock.tick();
    let comment = &mut state.confluence.comments[place];
    comment.change(body, at, &caller.account);
    let comment = comment.clone();
    Ok(written(state, 200, &comment))
}

fn delete(state: &mut State, caller: &Caller, place: usize) -> Answer {
    let confluence = &mut state.confluence;
    let comment = confluence.comments[place].clone();
    let content = confluence.contents.iter().find(|content| content.id == comment.content);
    let space = confluence.spaces.iter().find(|space| content.is_some_and(|content| content.space == space.id));
    let is_admin = space.is_some_and(|space| space.admins.contains(&caller.account));
    if comment.author != caller.account && !is_admin {
        return Err(forbidden("User does not have permission to delete this comment"));
    }
    remember(confluence, comment.content);
    state.clock.tick();
    confluence.delete_comment(comment.id);
    Ok(Response::empty(204))
}

fn written(state: &State, status: u16, comment: &FooterComment) -> Response {
    let mut value = shapes::comment(&state.confluence, comment, Some("storage"));
    // The answer to a new comment has it, the one to an update has not.
    if status == 201 {
        value["_links"]["base"] = format!("{}/wiki", state.confluence.site_url).into();
    }
    Response::json(status, &value)
}

/// The storage format that was sent, as the service keeps it: rewritten, or refused when it is malformed.
fn storage_of(sent: &Map<String, Value>, rewrite: bool) -> Result<String, Refusal> {
    let body = sent.get("body").ok_or_else(|| invalid("body is required"))?;
    // Both shapes are documented: flat, and one member that is named like the representation.
    let body = body.get("storage").unwrap_or(body);
    let body = only_members(body, &["representation", "value"])?;
    if body.get("representation").is_none_or(|name| name != "storage") {
        return Err(Refusal::bad("the fake reads storage format only"));
    }
    let value = body.get("value").and_then(Value::as_str).ok_or_else(|| invalid("body.value is required"))?;
    if value.trim().is_empty() {
        return Err(invalid("body.value may not be empty"));
    }
    let kept = storage::rewrite(value).map_err(|why| invalid(&format!("Error parsing xhtml: {why}")))?;
    Ok(if rewrite { kept } else { value.to_owned() })
}
