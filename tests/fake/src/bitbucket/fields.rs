//! Partial responses: the members that `fields=` selects.

use serde_json::{Map, Value};

use super::error;
use crate::message::{Answer, Response};

/// The answer with what `fields` selects. `a.b` shows only that; `-a.b` hides it; `+a.b` adds to the default, which
/// here is everything. What is not asked for is absent.
pub fn select(response: Response, fields: Option<&str>) -> Answer {
    let Some(fields) = fields else { return Ok(response) };
    if response.status >= 300 || response.body.is_empty() {
        return Ok(response);
    }
    let mut value: Value = serde_json::from_slice(&response.body).unwrap();
    let mut wanted = vec![];
    let mut hidden = vec![];
    for field in fields.split(',').map(str::trim) {
        match field.split_at_checked(1) {
            None => return Err(error(400, "Invalid fields").into()),
            Some(("-", path)) => hidden.push(path.split('.').collect::<Vec<_>>()),
            Some(("+", _)) => {}
            // An unescaped plus sign in a query is a space, and trimmed away it would hide everything else.
            Some(_) => wanted.push(field.split('.').collect::<Vec<_>>()),
        }
    }
    if !wanted.is_empty() {
        value = keep(&value, &wanted);
    }
    for path in hidden {
        remove(&mut value, &path);
    }
    Ok(Response { body: value.to_string().into_bytes(), ..response })
}

fn keep(value: &Value, paths: &[Vec<&str>]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| keep(item, paths)).collect(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let rest: Vec<Vec<&str>> = paths
                    .iter()
                    .filter(|path| path[0] == "*" || path[0] == name)
                    .map(|path| path[1..].to_vec())
                    .collect();
                if rest.iter().any(Vec::is_empty) {
                    kept.insert(name.clone(), member.clone());
                } else if !rest.is_empty() {
                    kept.insert(name.clone(), keep(member, &rest));
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

fn remove(value: &mut Value, path: &[&str]) {
    match (value, path) {
        (Value::Array(items), path) => items.iter_mut().for_each(|item| remove(item, path)),
        (Value::Object(members), [last]) => {
            members.remove(*last);
        }
        (Value::Object(members), [first, rest @ ..]) => {
            if let Some(member) = members.get_mut(*first) {
                remove(member, rest);
            }
        }
        _ => {}
    }
}
