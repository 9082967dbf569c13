//! Content, versions and comments as v2 shows them.

use base64::Engine;
use serde_json::{Value, json};

use super::model::{Confluence, Content, FooterComment, Kind, Version};
use crate::clock::confluence_date;

/// The path of content below `/wiki`, as people see it. The space's homepage has no id in it.
pub fn webui(confluence: &Confluence, content: &Content) -> String {
    let space = confluence.spaces.iter().find(|space| space.id == content.space);
    let key = space.map_or("", |space| space.alias.as_deref().unwrap_or(&space.key));
    let slug: String = url::form_urlencoded::byte_serialize(content.title.as_bytes()).collect();
    match content.kind {
        Kind::Page if space.is_some_and(|space| space.homepage == content.id) => format!("/spaces/{key}/overview"),
        Kind::Page => format!("/spaces/{key}/pages/{}/{slug}", content.id),
        Kind::BlogPost => {
            let day = content.versions.first().map_or(String::new(), |first| first.at.strftime("%Y/%m/%d").to_string());
            format!("/spaces/{key}/blog/{day}/{}/{slug}", content.id)
        }
        kind => format!("/spaces/{key}/{}/{}", kind.name(), content.id),
    }
}

/// The short path below `/wiki`: the id as little-endian bytes in Base64, without the empty end.
pub fn tinyui(id: u64) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(id.to_le_bytes());
    let short = text.trim_end_matches('=').trim_end_matches('A').replace('/', "-").replace('+', "_");
    format!("/x/{short}")
}

/// A version.
pub fn version(version: &Version) -> Value {
    let mut value = json!({
        "number": version.number,
        "createdAt": confluence_date(version.at),
        "message": "",
        "minorEdit": false,
    });
    // The document does not require it, and somebody without an account has none.
    if !version.author.is_empty() {
        value["authorId"] = version.author.clone().into();
    }
    value
}

/// A version alone, of so many.
pub fn detailed_version(version: &Version, last: u64) -> Value {
    let mut value = self::version(version);
    value["contentTypeModified"] = false.into();
    value["collaborators"] = value.get("authorId").cloned().into_iter().collect();
    if version.number > 1 {
        value["prevVersion"] = (version.number - 1).into();
    }
    if version.number < last {
        value["nextVersion"] = (version.number + 1).into();
    }
    value
}

/// The body in the representation that was asked for; nothing else of a body is ever shown.
pub fn body(storage: &str, format: Option<&str>) -> Value {
    match format {
        None => json!({}),
        Some("atlas_doc_format") => {
            let text = json!({"type": "doc", "version": 1, "content": []}).to_string();
            json!({"atlas_doc_format": {"representation": "atlas_doc_format", "value": text}})
        }
        Some(name) => json!({name: {"representation": name, "value": storage}}),
    }
}

/// A page or blog post. What the documents do not let be null is left out.
pub fn content(confluence: &Confluence, content: &Content, format: Option<&str>) -> Value {
    let first = content.versions.first().expect("content has a version");
    let mut value = json!({
        "id": content.id.to_string(),
        "status": content.status.name(),
        "title": content.title,
        "spaceId": content.space.to_string(),
        "authorId": first.author,
        "createdAt": confluence_date(first.at),
        "version": version(content.version()),
        "body": body(&content.body, format),
        "_links": {
            "webui": webui(confluence, content),
            "editui": format!("/pages/resumedraft.action?draftId={}", content.id),
            "tinyui": tinyui(content.id),
        },
    });
    if content.kind == Kind::Page {
        value["ownerId"] = first.author.clone().into();
        value["lastOwnerId"] = Value::Null;
        value["position"] = Value::Null;
        value["subtype"] = if content.live { "live".into() } else { Value::Null };
    }
    if let Some(parent) = content.parent {
        value["parentId"] = parent.to_string().into();
        let kind = confluence.contents.iter().find(|one| one.id == parent).map_or("page", |one| one.kind.name());
        value["parentType"] = kind.into();
    }
    value
}

/// A footer comment.
pub fn comment(confluence: &Confluence, comment: &FooterComment, format: Option<&str>) -> Value {
    let page = confluence.contents.iter().find(|one| one.id == comment.content);
    let title = page.map_or("", |page| page.title.as_str());
    let path = page.map_or_else(String::new, |page| webui(confluence, page));
    let last = comment.versions.last().expect("a comment has a version");
    let mut value = json!({
        "id": comment.id.to_string(),
        "status": "current",
        "title": format!("Re: {title}"),
        "version": version(last),
        "body": body(&comment.body, format),
        "_links": {"webui": format!("{path}?focusedCommentId={}", comment.id)},
    });
    match comment.parent {
        Some(parent) => value["parentCommentId"] = parent.to_string().into(),
        None if page.is_some_and(|page| page.kind == Kind::BlogPost) => {
            value["blogPostId"] = comment.content.to_string().into();
        }
        None => value["pageId"] = comment.content.to_string().into(),
    }
    if comment.resolved {
        value["resolutionStatus"] = "resolved".into();
    }
    value
}

/// Labels, each with an id made of its name.
pub fn labels(content: &Content) -> Vec<Value> {
    let id = |name: &str| name.bytes().fold(5381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    let label = |name: &String| json!({"id": id(name).to_string(), "name": name, "prefix": "global"});
    content.labels.iter().map(label).collect()
}

/// A list inside an object, as `include-labels` and its like show it.
pub fn included(values: Vec<Value>, path: &str) -> Value {
    let more = values.len() > 50;
    let shown: Vec<Value> = values.into_iter().take(50).collect();
    json!({"results": shown, "meta": {"hasMore": more}, "_links": {"self": path}})
}
