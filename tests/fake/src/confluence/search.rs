//! Search: its hits, the length of its pages, and the fields of each hit.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::access::Caller;
use super::hit::{Asking, Hit};
use super::model::{Confluence, Content, Status};
use super::v1_shapes::{ancestors, body, container, history, last, metadata, restriction, space, version};
use super::{cql, cursor, offset, shapes, v1_error};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// What `expand` may name here.
const EXPANSIONS: [&str; 17] = [
    "space",
    "container",
    "body",
    "body.storage",
    "extensions",
    "version",
    "history",
    "history.lastUpdated",
    "history.ownedBy",
    "metadata",
    "metadata.labels",
    "restrictions",
    "restrictions.read",
    "restrictions.read.restrictions",
    "restrictions.read.restrictions.user",
    "restrictions.read.restrictions.group",
    "ancestors",
];

/// `GET /search`: each hit in a row of its own.
pub fn answer(state: &State, request: &Request, caller: &Caller) -> Answer {
    let known = ["cql", "cqlcontext", "cursor", "next", "limit", "start", "excerpt", "expand", "includeArchivedSpaces"];
    request.only_params(&known)?;
    let confluence = &state.confluence;
    let text = request.param("cql").unwrap_or_default();
    let bad =
        |why: &str| Refusal::from(v1_error(400, &format!("Could not parse cql : {text}: {why}"), Some("Bad Request")));
    let (query, order) = cql::parse(text).map_err(|why| bad(&why))?;
    let mut expand = expansions(request)?;
    expand.retain(|path| !confluence.search_lacks.iter().any(|lacks| path.starts_with(lacks.as_str())));
    let limit: usize = request.param("limit").map_or(Ok(25), str::parse).map_err(|_| bad("limit is no number"))?;
    let short = confluence.short_pages.unwrap_or(usize::MAX);
    let length = limit.min(250).min(short).max(1);
    let (start, empty) = match request.param("cursor") {
        None => (0, 0),
        Some(cursor) => place(cursor).ok_or_else(|| bad("Invalid cursor"))?,
    };
    let asking = Asking { confluence, account: &caller.account, now: state.clock.now() };
    let mut hits: Vec<Hit<'_>> = indexed(confluence, caller).filter(|hit| query.holds(&asking, *hit)).collect();
    if let Some((field, newest_first)) = order {
        hits.sort_by_key(|hit| hit.date(&field));
        if newest_first {
            hits.reverse();
        }
    }
    let length = if empty > 0 { 0 } else { length };
    let page = hits.iter().skip(start).take(length);
    let mut shown: Vec<Value> = page.map(|hit| row(confluence, *hit, &expand)).collect();
    if confluence.finds_spaces && empty == 0 {
        shown.extend(confluence.spaces.first().map(|space| space_row(confluence, space.id)));
    }
    let mut links = json!({"base": format!("{}/wiki", confluence.site_url), "context": "/wiki"});
    if start + length < hits.len() {
        let empty = if start == 0 { confluence.empty_pages } else { empty.saturating_sub(1) };
        links["next"] = next_link(request, &format!("{}.{empty}", cursor(start + length))).into();
    }
    let body = json!({
        "results": shown,
        "limit": limit,
        "size": shown.len(),
        "start": start,
        // An estimate only.
        "totalSize": hits.len(),
        "cqlQuery": text,
        "searchDuration": 12,
        "_links": links,
    });
    Ok(Response::json(200, &body))
}

/// Where an answer begins, and how many empty ones come before its hits.
fn place(cursor: &str) -> Option<(usize, usize)> {
    let (start, empty) = cursor.split_once('.')?;
    Some((offset(start)?, empty.parse().ok()?))
}

/// What search knows: no archived, draft or trashed content and none of their comments, unless it lags. It shows nothing
/// that its reader does not see today; what was deleted since is still found.
fn indexed<'a>(confluence: &'a Confluence, caller: &'a Caller) -> impl Iterator<Item = Hit<'a>> {
    let contents = confluence.index.as_ref().unwrap_or(&confluence.contents);
    let comments = confluence.comment_index.as_ref().unwrap_or(&confluence.comments);
    let found =
        |content: &&Content| content.status == Status::Current && confluence.visible(caller, content.id).is_some();
    let pages = contents.iter().filter(found).map(Hit::Content);
    let comments = comments.iter().filter_map(move |comment| {
        let page = contents.iter().find(|content| content.id == comment.content).filter(found)?;
        Some(Hit::Comment(comment, page))
    });
    pages.chain(comments)
}

/// The paths begin with `content.`. Measured against the service: without it they are ignored, so a client
/// that leaves it out makes a mistake that it would not see.
fn expansions(request: &Request) -> Result<Vec<String>, Refusal> {
    let mut expand = vec![];
    for path in request.params("expand") {
        let path = path.strip_prefix("content.").unwrap_or("");
        if !EXPANSIONS.contains(&path) {
            let named = request.param("expand").unwrap_or_default();
            return Err(Refusal::bad(format!("unknown expansion {}", if path.is_empty() { named } else { path })));
        }
        // `a.b.c` expands a and a.b too.
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        expand.extend(ends.map(|end| path[..end].to_owned()));
    }
    Ok(expand)
}

/// Measured against the service: relative to `/wiki`, and `excerpt` is forgotten.
fn next_link(request: &Request, cursor: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let at = request.path.find("/rest/api/").unwrap_or(0);
    let kept = request.query.iter().filter(|(key, _)| !["cursor", "next", "excerpt", "start"].contains(&key.as_str()));
    let mut pairs: Vec<String> = kept.map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.insert(0, format!("next=true&cursor={cursor}"));
    format!("{}?{}", &request.path[at..], pairs.join("&"))
}

/// Measured against the service: the row's own title is escaped for HTML, with marks around what was found.
fn row(confluence: &Confluence, hit: Hit<'_>, expand: &[String]) -> Value {
    let title = hit.title();
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let (first, rest) = escaped.split_once(' ').unwrap_or((&escaped, ""));
    let marked = format!("@@@hl@@@{first}@@@endhl@@@ {rest}").trim_end().to_owned();
    let mut row = json!({
        "content": of_hit(confluence, hit, expand),
        "title": marked,
        "excerpt": "",
        "url": webui(confluence, hit),
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": format!("aui-icon content-type-{}", hit.kind()),
        "lastModified": hit.date("lastmodified").map(confluence_date),
        "friendlyLastModified": "recently",
        "score": 0.0,
    });
    if let Hit::Comment(_, page) = hit {
        row["resultParentContainer"] = json!({"title": page.title, "displayUrl": shapes::webui(confluence, page)});
    }
    row
}

/// A row for what is no content.
fn space_row(confluence: &Confluence, id: u64) -> Value {
    let space = space(confluence, id);
    json!({
        "space": space,
        "title": space["name"],
        "excerpt": "",
        "url": space["_links"]["webui"],
        "breadcrumbs": [],
        "entityType": "space",
        "iconCssClass": "",
        "lastModified": confluence_date(confluence.spaces[0].created_at),
        "score": 0.0,
    })
}

fn webui(confluence: &Confluence, hit: Hit<'_>) -> String {
    match hit {
        Hit::Content(content) => shapes::webui(confluence, content),
        Hit::Comment(comment, page) => {
            format!("{}?focusedCommentId={}", shapes::webui(confluence, page), comment.id)
        }
    }
}

/// Content as v1 shows it: what was not expanded is named in `_expandable` and absent.
pub fn content(confluence: &Confluence, content: &Content, expand: &[String]) -> Value {
    of_hit(confluence, Hit::Content(content), expand)
}

fn of_hit(confluence: &Confluence, hit: Hit<'_>, expand: &[String]) -> Value {
    let has = |path: &str| expand.iter().any(|one| one == path);
    let api = format!("/rest/api/content/{}", hit.id());
    let page = hit.page();
    let mut value = json!({
        "id": hit.id().to_string(),
        "type": hit.kind(),
        "status": match hit { Hit::Content(content) => content.status.name(), Hit::Comment(..) => "current" },
        "title": hit.title(),
        "_links": {
            "webui": webui(confluence, hit),
            "self": format!("{}/wiki{api}", confluence.site_url),
        },
    });
    if let Hit::Content(content) = hit {
        value["_links"]["tinyui"] = shapes::tinyui(content.id).into();
    }
    let mut expandable = Map::new();
    let mut put = |name: &str, path: String, expanded: Option<Value>| match expanded {
        Some(expanded) => value[name] = expanded,
        None => drop(expandable.insert(name.to_owned(), path.into())),
    };
    let mut of_space = space(confluence, page.space);
    if confluence.search_lacks.iter().any(|lacks| lacks == "alias") {
        of_space.as_object_mut().and_then(|of_space| of_space.remove("alias"));
    }
    put("space", format!("/rest/api/space/{}", page.space), has("space").then_some(of_space));
    put("container", String::new(), has("container").then(|| container(confluence, hit)));
    put("body", String::new(), has("body").then(|| body(hit, has("body.storage"))));
    put("version", String::new(), has("version").then(|| version(last(hit))));
    let history = has("history").then(|| history(hit, has("history.lastUpdated"), has("history.ownedBy")));
    put("history", format!("{api}/history"), history);
    put("metadata", String::new(), has("metadata").then(|| metadata(page, has("metadata.labels"))));
    let restrictions = has("restrictions").then(|| match has("restrictions.read") {
        false => json!({"_expandable": {"read": format!("{api}/restriction/byOperation/read"), "update": ""}}),
        true => {
            let user = has("restrictions.read.restrictions.user");
            let group = has("restrictions.read.restrictions.group");
            json!({"read": restriction(confluence, page, "read", user, group), "_expandable": {"update": ""}, "_links": {}})
        }
    });
    put("restrictions", format!("{api}/restriction/byOperation"), restrictions);
    put("ancestors", String::new(), has("ancestors").then(|| ancestors(confluence, page)));
    // Comments have it without being asked, pages do not have it.
    let extensions =
        matches!(hit, Hit::Comment(..)).then(|| json!({"location": "footer", "_expandable": {"resolution": ""}}));
    put("extensions", String::new(), extensions);
    for other in ["operations", "children", "descendants", "childTypes"] {
        expandable.insert(other.to_owned(), String::new().into());
    }
    value["_expandable"] = Value::Object(expandable);
    value
}
