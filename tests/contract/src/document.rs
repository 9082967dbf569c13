//! One of Atlassian's OpenAPI documents.

use serde_json::Value;

use super::operations::Operations;
use super::schemas::{Schemas, list};

/// A document of OpenAPI 3.0.
pub(super) struct Document {
    pub(super) schemas: Schemas,
    pub(super) operations: Operations,
}

impl Document {
    pub(super) fn new(json: Value) -> Self {
        let schemas = Schemas::new(json);
        Self { operations: Operations::of(schemas.at("")), schemas }
    }

    /// The schemas of what an object is more exactly: Bitbucket says `account` where a user or a team is, and the object's
    /// `type` tells which. A partial answer may leave `type` out; then it may be any of them.
    pub(super) fn kinds_of(&self, base: &'static Value, object: &Value) -> Vec<&'static Value> {
        let schemas = self.schemas.at("/components/schemas");
        if let Some(kind) = object.get("type") {
            return kind.as_str().and_then(|kind| schemas.get(kind)).into_iter().collect();
        }
        let is_base =
            |part: &'static Value| part.get("$ref").is_some() && std::ptr::eq(self.schemas.followed(part), base);
        let extends = |schema: &&'static Value| list(schema, "allOf").any(is_base);
        schemas.as_object().into_iter().flat_map(|schemas| schemas.values()).filter(extends).collect()
    }
}
