//! One of Atlassian's OpenAPI documents.

use std::collections::HashMap;

use serde_json::Value;

use super::operations::Operations;
use super::schemas::{Schemas, list};

/// A document of OpenAPI 3.0.
pub(super) struct Document {
    pub(super) schemas: Schemas,
    pub(super) operations: Operations,
    /// The schemas that extend another one, by its address: the document stays where it is.
    extensions: HashMap<usize, Vec<&'static Value>>,
}

impl Document {
    pub(super) fn new(json: Value) -> Self {
        let schemas = Schemas::new(json);
        let mut extensions: HashMap<usize, Vec<&'static Value>> = HashMap::new();
        for schema in schemas.at("/components/schemas").as_object().into_iter().flat_map(|all| all.values()) {
            for part in list(schema, "allOf").filter(|part| part.get("$ref").is_some()) {
                extensions.entry(address(schemas.followed(part))).or_default().push(schema);
            }
        }
        Self { operations: Operations::of(schemas.at("")), schemas, extensions }
    }

    /// The schemas of what an object is more exactly: Bitbucket says `account` where a user or a team is, and the object's
    /// `type` tells which. A partial answer may leave `type` out; then it may be any of them.
    pub(super) fn kinds_of(&self, base: &'static Value, object: &Value) -> Vec<&'static Value> {
        match object.get("type").map(Value::as_str) {
            Some(kind) => kind.and_then(|kind| self.schemas.at("/components/schemas").get(kind)).into_iter().collect(),
            None => self.extensions.get(&address(base)).cloned().unwrap_or_default(),
        }
    }
}

fn address(schema: &'static Value) -> usize {
    std::ptr::from_ref(schema).addr()
}
