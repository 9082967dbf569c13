//! Content properties. Writing them needs edit permission.

use serde_json::{Value, json};

use super::access::Caller;
use super::contents::find;
use super::model::{Kind, Property, Version};
use super::paging::page;
use super::{conflict, forbidden, invalid, missing, shapes};
use crate::message::{Answer, Refusal, Request, Response, only_members};
use crate::state::State;

/// Everything below `/pages/{id}/properties` and `/blogposts/{id}/properties`.
pub fn answer(state: &mut State, request: &Request, caller: &Caller, kind: Kind, id: &str, rest: &[&str]) -> Answer {
    let confluence = &state.confluence;
    let content = find(confluence, caller, kind, id)?;
    let number = content.id;
    if request.method != "GET" && !content.edit.holds(&caller.account) {
        return Err(forbidden("User does not have permission to edit this content"));
    }
    let own = |property: &&Property| property.content == number;
    let place = match rest {
        [] => None,
        [id] => {
            let found = confluence.properties.iter().position(|one| own(&one) && one.id.to_string() == **id);
            Some(found.ok_or_else(|| missing("property", id))?)
        }
        _ => return Err(Refusal::no_such_path()),
    };
    match (request.method.as_str(), place) {
        ("GET", None) => {
            request.only_params(&["key", "sort", "cursor", "limit"])?;
            let key = request.param("key");
            let found = confluence.properties.iter().filter(own).filter(|one| key.is_none_or(|key| one.key == key));
            page(confluence, request, found.map(json).collect())
        }
        ("GET", Some(place)) => Ok(Response::json(200, &json(&confluence.properties[place]))),
        ("POST", None) => {
            let sent = request.object(&["key", "value"])?;
            let key = sent.get("key").and_then(Value::as_str).ok_or_else(|| invalid("key is required"))?.to_owned();
            if confluence.properties.iter().filter(own).any(|one| one.key == key) {
                return Err(super::v2_error(409, "CONFLICT", &format!("Property with key {key} already exists")).into());
            }
            let at = state.clock.tick();
            let value = sent.get("value").cloned().unwrap_or(Value::Null);
            let version = Version { number: 1, at, author: caller.account.clone() };
            let property = Property { id: state.confluence.numbers.take(), content: number, key, value, version };
            state.confluence.properties.push(property.clone());
            Ok(Response::json(200, &json(&property)))
        }
        ("PUT", Some(place)) => {
            let sent = request.object(&["key", "value", "version"])?;
            let version = only_members(sent.get("version").unwrap_or(&Value::Null), &["number", "message"])?;
            let next = version.get("number").and_then(Value::as_u64).unwrap_or(0);
            let current = confluence.properties[place].version.number;
            if next != current + 1 {
                return Err(conflict(409, "property", current, next));
            }
            let at = state.clock.tick();
            let property = &mut state.confluence.properties[place];
            property.value = sent.get("value").cloned().unwrap_or(Value::Null);
            property.version = Version { number: next, at, author: caller.account.clone() };
            Ok(Response::json(200, &json(property)))
        }
        ("DELETE", Some(place)) => {
            state.clock.tick();
            state.confluence.properties.remove(place);
            Ok(Response::empty(204))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// A property as v2 shows it.
pub fn json(property: &Property) -> Value {
    json!({
        "id": property.id.to_string(),
        "key": property.key,
        "value": property.value,
        "version": shapes::version(&property.version),
    })
}
