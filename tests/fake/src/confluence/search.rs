//! What does search find, in pages of which length, and how much of each hit does it show?

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::access::Caller;
use super::model::{Confluence, Content, Kind, Status, Version};
use super::{cql, cursor, offset, shapes, v1_error};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response};

/// What `expand` may name here.
const EXPANSIONS: [&str; 13] = [
    "space",
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

/// `GET /search` (`rows`: each hit in a row of its own) and `GET /content/search`.
pub fn answer(confluence: &Confluence, request: &Request, caller: &Caller, rows: bool) -> Answer {
    request.only_params(if rows {
        &["cql", "cqlcontext", "cursor", "next", "limit", "start", "excerpt", "expand", "includeArchivedSpaces"]
    } else {
        &["cql", "cqlcontext", "cursor", "next", "limit", "expand"]
    })?;
    let text = request.param("cql").unwrap_or_default();
    let bad =
        |why: &str| Refusal::from(v1_error(400, &format!("Could not parse cql : {text}: {why}"), Some("Bad Request")));
    let query = cql::parse(text).map_err(|why| bad(&why))?;
    let expand = expansions(request, rows)?;
    let limit: usize = request.param("limit").map_or(Ok(25), str::parse).map_err(|_| bad("limit is no number"))?;
    let short = confluence.short_pages.unwrap_or(usize::MAX);
    let length = limit.min(250).min(short).max(1);
    let start = match request.param("cursor") {
        None => 0,
        Some(cursor) => offset(cursor).ok_or_else(|| bad("Invalid cursor"))?,
    };
    // Search knows no archived, draft or trashed content, unless it lags, and shows nothing that its reader does not see
    // today.
    let today = |content: &&Content| confluence.visible(caller, content.id).is_some();
    let index = confluence.index.as_ref().unwrap_or(&confluence.contents);
    let indexed = index.iter().filter(|content| content.status == Status::Current);
    let hits: Vec<&Content> = indexed.filter(today).filter(|content| query.holds(confluence, content)).collect();
    let shown: Vec<Value> = hits
        .iter()
        .skip(start)
        .take(length)
        .map(|hit| if rows { row(confluence, hit, &expand) } else { content(confluence, hit, &expand) })
        .collect();
    let mut links = json!({"base": format!("{}/wiki", confluence.site_url), "context": "/wiki"});
    if start + length < hits.len() {
        links["next"] = next_link(request, &cursor(start + length)).into();
    }
    let mut body = json!({"results": shown, "limit": limit, "size": shown.len(), "start": start, "_links": links});
    if rows {
        // An estimate only.
        body["totalSize"] = hits.len().into();
        body["cqlQuery"] = text.into();
        body["searchDuration"] = 12.into();
    }
    Ok(Response::json(200, &body))
}

/// In `/search` the paths begin with `content.`.
fn expansions(request: &Request, rows: bool) -> Result<Vec<String>, Refusal> {
    let mut expand = vec![];
    for path in request.params("expand") {
        let path = if rows { path.strip_prefix("content.").unwrap_or(path) } else { path };
        if !EXPANSIONS.contains(&path) {
            return Err(Refusal::bad(format!("unknown expansion {path}")));
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
fn row(confluence: &Confluence, hit: &Content, expand: &[String]) -> Value {
    let escaped = hit.title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let (first, rest) = escaped.split_once(' ').unwrap_or((&escaped, ""));
    let marked = format!("@@@hl@@@{first}@@@endhl@@@ {rest}").trim_end().to_owned();
    let url = shapes::webui(confluence, hit);
    json!({
        "content": content(confluence, hit, expand),
        "title": marked,
        "excerpt": "",
        "url": url,
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": "aui-icon content-type-page",
        "lastModified": confluence_date(hit.version().at),
        "friendlyLastModified": "recently",
        "score": 0.0,
    })
}

/// Content as v1 shows it: what was not expanded is named in `_expandable` and absent.
pub fn content(confluence: &Confluence, hit: &Content, expand: &[String]) -> Value {
    let has = |path: &str| expand.iter().any(|one| one == path);
    let api = format!("/rest/api/content/{}", hit.id);
    let mut value = json!({
        "id": hit.id.to_string(),
        "type": hit.kind.name(),
        "status": hit.status.name(),
        "title": hit.title,
        "_links": {
            "webui": shapes::webui(confluence, hit),
            "tinyui": shapes::tinyui(hit.id),
            "self": format!("{}/wiki{api}", confluence.site_url),
        },
    });
    let mut expandable = Map::new();
    let mut put = |name: &str, path: String, expanded: Option<Value>| match expanded {
        Some(expanded) => value[name] = expanded,
        None => drop(expandable.insert(name.to_owned(), path.into())),
    };
    put("space", format!("/rest/api/space/{}", hit.space), has("space").then(|| space(confluence, hit.space)));
    put("version", String::new(), has("version").then(|| version(hit.version())));
    let history = has("history").then(|| history(hit, has("history.lastUpdated"), has("history.ownedBy")));
    put("history", format!("{api}/history"), history);
    put("metadata", String::new(), has("metadata").then(|| metadata(hit, has("metadata.labels"))));
    let restrictions = has("restrictions").then(|| match has("restrictions.read") {
        false => json!({"_expandable": {"read": format!("{api}/restriction/byOperation/read"), "update": ""}}),
        true => {
            let user = has("restrictions.read.restrictions.user");
            let group = has("restrictions.read.restrictions.group");
            json!({"read": restriction(confluence, hit, "read", user, group), "_expandable": {"update": ""}, "_links": {}})
        }
    });
    put("restrictions", format!("{api}/restriction/byOperation"), restrictions);
    put("ancestors", String::new(), has("ancestors").then(|| ancestors(confluence, hit)));
    for other in ["container", "operations", "children", "body", "descendants", "extensions", "childTypes"] {
        expandable.insert(other.to_owned(), String::new().into());
    }
    value["_expandable"] = Value::Object(expandable);
    value
}

pub fn user(account: &str) -> Value {
    let name = super::model::display_name(account);
    json!({
        "type": "known",
        "accountId": account,
        "accountType": "atlassian",
        "email": "",
        "publicName": name,
        "profilePicture": {"path": "/wiki/aa-avatar/1", "width": 48, "height": 48, "isDefault": true},
        "displayName": name,
        "isExternalCollaborator": false,
        "_expandable": {"operations": "", "personalSpace": ""},
        "_links": {},
    })
}

fn space(confluence: &Confluence, id: u64) -> Value {
    let Some(space) = confluence.spaces.iter().find(|space| space.id == id) else { return Value::Null };
    json!({
        "id": space.id,
        "key": space.key,
        "alias": space.alias.as_deref().unwrap_or(&space.key),
        "name": space.name,
        "type": space.kind,
        "status": "current",
        "_expandable": {"homepage": format!("/rest/api/content/{}", space.homepage)},
        "_links": {"webui": format!("/spaces/{}", space.alias.as_deref().unwrap_or(&space.key))},
    })
}

fn version(version: &Version) -> Value {
    json!({
        "by": user(&version.author),
        "when": confluence_date(version.at),
        "friendlyWhen": "recently",
        "message": "",
        "number": version.number,
        "minorEdit": false,
        "_expandable": {"content": "", "collaborators": ""},
        "_links": {},
    })
}

fn history(hit: &Content, last_updated: bool, owned_by: bool) -> Value {
    let first = &hit.versions[0];
    let mut value = json!({
        "latest": true,
        "createdBy": user(&first.author),
        "createdDate": confluence_date(first.at),
        "_expandable": {"previousVersion": "", "contributors": "", "nextVersion": ""},
        "_links": {},
    });
    // A blog post has no owner.
    match (owned_by, hit.kind) {
        (true, Kind::Page) => value["ownedBy"] = user(&first.author),
        (true, _) => {}
        (false, _) => value["_expandable"]["ownedBy"] = "".into(),
    }
    if last_updated {
        value["lastUpdated"] = version(hit.version());
    } else {
        value["_expandable"]["lastUpdated"] = "".into();
    }
    value
}

fn metadata(hit: &Content, labels: bool) -> Value {
    if !labels {
        return json!({"_expandable": {"labels": "", "currentuser": "", "properties": "", "frontend": ""}});
    }
    let labels = v1_labels(hit);
    let size = labels.len();
    json!({
        "labels": {"results": labels, "start": 0, "limit": 200, "size": size, "_links": {}},
        "_expandable": {"currentuser": "", "properties": "", "frontend": ""},
    })
}

/// Labels as v1 shows them.
pub fn v1_labels(hit: &Content) -> Vec<Value> {
    let mut labels = shapes::labels(hit);
    for label in &mut labels {
        label["label"] = label["name"].clone();
    }
    labels
}

fn ancestors(confluence: &Confluence, hit: &Content) -> Value {
    let above = confluence.ancestors(hit).into_iter();
    above.map(|ancestor| content(confluence, ancestor, &[])).collect::<Vec<_>>().into()
}

/// A restriction: only this content's own, never what it inherits.
pub fn restriction(confluence: &Confluence, hit: &Content, operation: &str, users: bool, groups: bool) -> Value {
    let reads = operation == "read";
    let mut inner = json!({});
    if users {
        let results: Vec<Value> = hit.read_users.iter().filter(|_| reads).map(|account| user(account)).collect();
        inner["user"] = json!({"size": results.len(), "results": results, "start": 0, "limit": 100});
    } else {
        inner["_expandable"]["user"] = "".into();
    }
    if groups {
        let group = |name: &String| json!({"type": "group", "name": name, "id": format!("group-{name}"), "_links": {}});
        let results: Vec<Value> = hit.read_groups.iter().filter(|_| reads).map(group).collect();
        inner["group"] = json!({"size": results.len(), "results": results, "start": 0, "limit": 100});
    } else {
        inner["_expandable"]["group"] = "".into();
    }
    let path = format!("{}/wiki/rest/api/content/{}/restriction/byOperation/{operation}", confluence.site_url, hit.id);
    json!({
        "operation": operation,
        "restrictions": inner,
        "_expandable": {"content": format!("/rest/api/content/{}", hit.id)},
        "_links": {"self": path},
    })
}
