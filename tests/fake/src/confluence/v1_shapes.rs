//! Accounts, spaces, versions, bodies, labels and restrictions as v1 shows them.

use serde_json::{Value, json};

use super::hit::Hit;
use super::model::{Confluence, Content, Kind, Version};
use super::search::content;
use super::shapes;
use crate::clock::confluence_date;

pub(super) fn last(hit: Hit<'_>) -> &Version {
    hit.versions().last().expect("a version")
}

/// Of a comment the page, of a page the space.
pub(super) fn container(confluence: &Confluence, hit: Hit<'_>) -> Value {
    match hit {
        Hit::Content(page) => space(confluence, page.space),
        Hit::Comment(_, page) => content(confluence, page, &[]),
    }
}

pub(super) fn body(hit: Hit<'_>, storage: bool) -> Value {
    let mut others = json!({});
    for name in ["editor", "atlas_doc_format", "view", "export_view", "styled_view", "dynamic", "editor2"] {
        others[name] = "".into();
    }
    if !storage {
        others["storage"] = "".into();
        return json!({"_expandable": others});
    }
    let content = json!({"content": format!("/rest/api/content/{}", hit.id())});
    let storage =
        json!({"value": hit.body(), "representation": "storage", "embeddedContent": [], "_expandable": content});
    json!({"storage": storage, "_expandable": others})
}

/// An account; somebody without one is anonymous.
pub fn user(account: &str) -> Value {
    if account.is_empty() {
        return json!({"type": "anonymous", "publicName": "Anonymous", "displayName": "Anonymous", "_links": {}});
    }
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

pub(super) fn space(confluence: &Confluence, id: u64) -> Value {
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

pub(super) fn version(version: &Version) -> Value {
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

pub(super) fn history(hit: Hit<'_>, last_updated: bool, owned_by: bool) -> Value {
    let first = &hit.versions()[0];
    let mut value = json!({
        "latest": true,
        "createdBy": user(&first.author),
        "createdDate": confluence_date(first.at),
        "_expandable": {"previousVersion": "", "contributors": "", "nextVersion": ""},
        "_links": {},
    });
    // A blog post has no owner.
    match (owned_by, hit) {
        (true, Hit::Content(content)) if content.kind == Kind::Page => value["ownedBy"] = user(&first.author),
        (true, _) => {}
        (false, _) => value["_expandable"]["ownedBy"] = "".into(),
    }
    if last_updated {
        value["lastUpdated"] = version(last(hit));
    } else {
        value["_expandable"]["lastUpdated"] = "".into();
    }
    value
}

pub(super) fn metadata(hit: &Content, labels: bool) -> Value {
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

pub(super) fn ancestors(confluence: &Confluence, hit: &Content) -> Value {
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
