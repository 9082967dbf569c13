//! Has an answer a member that the document does not know? A schema lets it pass, and a fake that offers what the service
//! does not have is convenient and wrong.

use serde_json::Value;

use super::allowed;
use super::document::Document;
use super::operations::Operation;

/// Every unknown member, with its place.
pub(super) fn unknown(document: &Document, operation: &Operation, pointer: &str, value: &Value) -> Vec<String> {
    let mut found = vec![];
    look(document, &[document.schemas.at(pointer)], value, "", &mut found);
    found.retain(|place| !allowed::is_given(operation, place, allowed::Found::Member));
    found.into_iter().map(|place| format!("{place}: no schema has this member")).collect()
}

fn look(document: &Document, schemas: &[&'static Value], value: &Value, place: &str, found: &mut Vec<String>) {
    let more = schemas.iter().flat_map(|schema| document.kinds_of(document.schemas.followed(schema), value));
    let branches = branches(document, schemas.iter().copied().chain(more).collect());
    match value {
        Value::Array(items) => {
            let of_items: Vec<_> = branches.iter().filter_map(|schema| schema.get("items")).collect();
            for item in items.iter().filter(|_| !of_items.is_empty()) {
                look(document, &of_items, item, &format!("{place}/*"), found);
            }
        }
        Value::Object(members) => {
            let free = branches.iter().all(|schema| schema.get("properties").is_none());
            let others: Vec<_> = branches.iter().filter_map(|schema| schema.get("additionalProperties")).collect();
            let others: Vec<_> = others.into_iter().filter(|schema| schema.is_object()).collect();
            for (name, member) in members {
                let place = format!("{place}/{name}");
                let known: Vec<_> = branches.iter().filter_map(|schema| schema.get("properties")?.get(name)).collect();
                if !known.is_empty() {
                    look(document, &known, member, &place, found);
                } else if others.is_empty() && !free {
                    found.push(place);
                }
            }
        }
        _ => {}
    }
}

/// The schemas that these are made of, references followed.
fn branches(document: &Document, mut open: Vec<&'static Value>) -> Vec<&'static Value> {
    let mut done: Vec<&'static Value> = vec![];
    while let Some(schema) = open.pop().map(|schema| document.schemas.followed(schema)) {
        if done.iter().any(|known| std::ptr::eq(*known, schema)) {
            continue;
        }
        for word in ["allOf", "oneOf", "anyOf"] {
            open.extend(schema.get(word).and_then(Value::as_array).into_iter().flatten());
        }
        done.push(schema);
    }
    done
}
