//! A check of a value against a schema of the document.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use super::operations::Operations;

/// A document with its schemas, each of which is compiled when it is asked for.
pub(super) struct Document {
    uri: String,
    json: &'static Value,
    registry: Registry<'static>,
    pub(super) operations: Operations,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    /// A document of OpenAPI 3.0, kept until the process ends.
    pub(super) fn new(name: &str, mut json: Value) -> Self {
        nullable(&mut json);
        let json: &'static Value = Box::leak(Box::new(json));
        let uri = format!("urn:{name}");
        let registry = Registry::new().draft(Draft::Draft4).add(&uri, json).and_then(|registry| registry.prepare());
        let registry = registry.unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { uri, operations: Operations::of(json), json, registry, compiled: Mutex::default() }
    }

    /// What stands at a pointer.
    pub(super) fn at(&self, pointer: &str) -> &'static Value {
        self.json.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is in {}", self.uri))
    }

    /// The schemas of what an object is more exactly: Bitbucket says `account` where a user or a team is, and the object's
    /// `type` tells which. A partial answer may leave `type` out; then it may be any of them.
    pub(super) fn kinds_of(&self, base: &'static Value, object: &Value) -> Vec<&'static Value> {
        let schemas = &self.json["components"]["schemas"];
        if let Some(kind) = object.get("type") {
            return kind.as_str().and_then(|kind| schemas.get(kind)).into_iter().collect();
        }
        let extends = |schema: &&'static Value| {
            let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
            parts.filter(|part| part.get("$ref").is_some()).any(|part| std::ptr::eq(self.followed(part), base))
        };
        schemas.as_object().into_iter().flat_map(|schemas| schemas.values()).filter(extends).collect()
    }

    /// What a reference leads to; anything else is itself.
    pub(super) fn followed(&self, value: &'static Value) -> &'static Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.followed(self.at(reference.trim_start_matches('#'))),
            None => value,
        }
    }

    /// Why a value does not fit the schema at a pointer.
    pub(super) fn wrong(&self, pointer: &str, value: &Value) -> Vec<String> {
        self.wrong_but(pointer, value, |_, _| false)
    }

    /// The same without what is let pass, by its place with `*` for every number, and its value.
    pub(super) fn wrong_but(&self, pointer: &str, value: &Value, pass: impl Fn(&str, &Value) -> bool) -> Vec<String> {
        let validator = self.validator(pointer);
        let errors = validator.iter_errors(value).filter(|error| {
            let place = error.instance_path().to_string();
            let parts = place.split('/').map(|part| if part.parse::<u64>().is_ok() { "*" } else { part });
            !pass(&parts.collect::<Vec<_>>().join("/"), error.instance())
        });
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(pointer) {
            return Arc::clone(validator);
        }
        // A fragment of a URI: braces of path templates and blanks are percent-encoded.
        let encoded = percent_encoding::utf8_percent_encode(pointer, percent_encoding::NON_ALPHANUMERIC).to_string();
        let schema = json!({"$ref": format!("{}#{}", self.uri, encoded.replace("%2F", "/"))});
        let validator = jsonschema::options().with_draft(Draft::Draft4).with_registry(&self.registry).build(&schema);
        let validator = Arc::new(validator.unwrap_or_else(|error| panic!("{pointer}: {error}")));
        compiled.insert(pointer.to_owned(), Arc::clone(&validator));
        validator
    }
}

/// OpenAPI 3.0 says `nullable`, which JSON Schema does not know.
fn nullable(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nullable),
        Value::Object(members) => {
            members.values_mut().for_each(nullable);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                members.remove("nullable");
                let schema = Value::Object(std::mem::take(members));
                *value = json!({"anyOf": [schema, {"type": "null"}]});
            }
        }
        _ => {}
    }
}
