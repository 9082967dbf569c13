//! A check of a request's path and query.

use serde_json::Value;

use super::allowed;
use super::document::Document;
use super::operations::{Operation, Parameter, Place};
use fake::Request;

/// What is wrong with them. OpenAPI lets unknown names pass, and the services ignore them: so a misspelt one would never
/// be seen.
pub(super) fn wrong(document: &Document, operation: &Operation, request: &Request, path: &[String]) -> Vec<String> {
    let mut wrong = vec![];
    let of = |place: Place| operation.parameters.iter().filter(move |parameter| parameter.place == place);
    for parameter in of(Place::Path) {
        let value = operation.in_path(&parameter.name, path).unwrap_or_default();
        wrong.extend(value_of(document, parameter, &[value]));
    }
    for parameter in of(Place::Query) {
        let values = request.query.iter().filter(|(name, _)| *name == parameter.name);
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        if !values.is_empty() {
            wrong.extend(value_of(document, parameter, &values));
        } else if parameter.required {
            wrong.push(format!("no {}", parameter.name));
        }
    }
    for (name, value) in &request.query {
        let known = of(Place::Query).any(|parameter| parameter.name == *name);
        if !known && !allowed::is_general(document, operation, request, name) {
            wrong.push(format!("no parameter has the name {name} (its value is {value:?})"));
        }
    }
    wrong
}

fn value_of(document: &Document, parameter: &Parameter, values: &[&str]) -> Vec<String> {
    let schema = document.schemas.at(&parameter.schema);
    let is_list = schema["type"] == "array";
    let value = match values {
        values if is_list => {
            let item = document.schemas.followed(&schema["items"]);
            let separator = if parameter.with_commas { ',' } else { '\0' };
            let parts = values.iter().flat_map(|value| value.split(separator));
            Value::Array(parts.map(|part| typed(item, part)).collect())
        }
        [value] => typed(schema, value),
        // The document says so in words.
        _ if parameter.repeatable => {
            return values.iter().flat_map(|value| value_of(document, parameter, &[value])).collect();
        }
        _ => return vec![format!("{} is there {} times", parameter.name, values.len())],
    };
    let wrong = document.schemas.wrong(&parameter.schema, &value);
    wrong.into_iter().map(|what| format!("{} {what}", parameter.name)).collect()
}

/// A text of the URL as the type that its schema asks for; what is not of it stays a text, and is refused.
fn typed(schema: &Value, text: &str) -> Value {
    let parsed = match schema["type"].as_str() {
        Some("integer" | "number") => text.parse::<i64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or_else(|| text.into())
}
