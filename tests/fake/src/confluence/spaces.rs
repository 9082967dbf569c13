//! Spaces.

use serde_json::{Value, json};

use super::access::Caller;
use super::missing;
use super::model::{Aliases, Confluence, Space};
use super::paging::{ids, one_of, page};
use crate::clock::confluence_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// `GET /spaces` and `/spaces/{id}`. Keys are compared without regard to case (measured against the service).
pub fn answer(state: &State, request: &Request, caller: &Caller, rest: &[&str]) -> Answer {
    let confluence = &state.confluence;
    let seen = |space: &&Space| space.view.holds(&caller.account);
    match rest {
        [] => {
            request.only_params(&["ids", "keys", "type", "status", "sort", "description-format", "cursor", "limit"])?;
            let wanted = ids(request, "ids", 250)?;
            let keys: Vec<String> = request.params("keys").iter().map(|key| key.to_lowercase()).collect();
            let by_key = request.param("keys").is_some();
            let kind = request.param("type");
            let named = |space: &Space| {
                let alias = space.alias.as_ref().filter(|_| confluence.aliases != Aliases::Nowhere);
                [Some(&space.key), alias].map(|it| it.map(|it| it.to_lowercase())).into_iter().flatten()
            };
            let archived = one_of(request, "status", &["current", "archived"])? == Some("archived");
            let found = confluence.spaces.iter().filter(seen).filter(|space| {
                !archived
                    && wanted.as_ref().is_none_or(|ids| ids.contains(&space.id))
                    && (!by_key || named(space).any(|key| keys.contains(&key)))
                    && kind.is_none_or(|kind| kind == space.kind)
            });
            page(confluence, request, found.map(|space| json(space, true)).collect())
        }
        [id] => {
            request.only_params(&["description-format", "include-icon", "include-operations", "include-labels"])?;
            let mut all = confluence.spaces.iter().filter(seen);
            let space = all.find(|space| space.id.to_string() == **id).ok_or_else(|| missing("space", id))?;
            let mut value = json(space, false);
            value["_links"]["base"] = base(confluence).into();
            Ok(Response::json(200, &value))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn base(confluence: &Confluence) -> String {
    format!("{}/wiki", confluence.site_url)
}

fn json(space: &Space, in_list: bool) -> Value {
    let mut value = json!({
        "id": space.id.to_string(),
        "key": space.key,
        "name": space.name,
        "type": space.kind,
        "status": "current",
        "authorId": super::model::AUTHOR,
        "createdAt": confluence_date(space.created_at),
        "homepageId": space.homepage.to_string(),
        "_links": {"webui": format!("/spaces/{}", space.alias.as_deref().unwrap_or(&space.key))},
    });
    if in_list {
        value["currentActiveAlias"] = space.alias.as_deref().unwrap_or(&space.key).into();
    }
    value
}
