//! The operation of a document that a request is for.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

/// One operation of a document.
pub struct Operation {
    /// Its method, in capitals.
    pub method: String,
    /// Its path with templates, `/2.0/repositories/{workspace}`.
    pub path: String,
    segments: Vec<Segment>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    /// The JSON pointer of the schema of each status that is listed; none where the document has no schema.
    answers: HashMap<u16, Option<String>>,
    /// The lists of scopes of API tokens that are enough, each a whole list.
    pub scopes: Vec<Vec<String>>,
    /// The scopes that `security` names, those of access tokens and OAuth.
    pub security: Vec<String>,
}

enum Segment {
    Literal(String),
    Template,
}

/// A parameter of an operation.
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) required: bool,
    /// Whether a list is one value with commas.
    pub(super) with_commas: bool,
    /// Whether its description says that it can be repeated.
    pub(super) repeatable: bool,
    pub(super) schema: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

/// What an operation takes.
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) schema: String,
}

/// All operations of a document.
pub(crate) struct Operations(Vec<Operation>);

impl Operations {
    pub(super) fn of(document: &Value) -> Self {
        let mut operations = vec![];
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "put", "post", "delete"] {
                if item.get(method).is_some() {
                    operations.push(operation(document, path, method));
                }
            }
        }
        Self(operations)
    }

    /// The operation; of several the one with the most literal path, as OpenAPI asks.
    pub(super) fn find(&self, method: &str, path: &[String]) -> Option<&Operation> {
        let fitting = self.0.iter().filter(|operation| operation.method == method && operation.fits(path));
        fitting.min_by_key(|operation| {
            operation.segments.iter().map(|segment| matches!(segment, Segment::Template)).collect::<Vec<_>>()
        })
    }
}

impl Operation {
    fn fits(&self, path: &[String]) -> bool {
        self.segments.len() == path.len()
            && self.segments.iter().zip(path).all(|(segment, part)| match segment {
                Segment::Literal(literal) => literal == part,
                Segment::Template => !part.is_empty(),
            })
    }

    /// The value of a path parameter.
    pub(super) fn in_path<'a>(&self, name: &str, path: &'a [String]) -> Option<&'a str> {
        let template = format!("{{{name}}}");
        let at = self.path.trim_start_matches('/').split('/').position(|segment| segment == template)?;
        path.get(at).map(String::as_str)
    }

    /// The pointer of the schema of an answer of this status, if the document lists the status and has a schema.
    pub(super) fn answer(&self, status: u16) -> Option<Option<&str>> {
        self.answers.get(&status).map(Option::as_deref)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A part of a pointer, as RFC 6901 escapes it.
fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// Follows a reference of the document, and says where it is.
fn followed(document: &Value, pointer: String) -> (String, &Value) {
    let value = document.pointer(&pointer).unwrap_or_else(|| panic!("{pointer} is in the document"));
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => followed(document, reference.trim_start_matches('#').to_owned()),
        None => (pointer, value),
    }
}

fn operation(document: &Value, path: &str, method: &str) -> Operation {
    let item = format!("/paths/{}", escaped(path));
    let here = format!("{item}/{method}");
    let own = document.pointer(&here).unwrap();
    let mut parameters: Vec<Parameter> = vec![];
    for list in [format!("{here}/parameters"), format!("{item}/parameters")] {
        let count = document.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        for at in 0..count {
            let parameter = parameter(document, format!("{list}/{at}"));
            // The operation's own comes before the path's.
            if !parameters.iter().any(|known| known.name == parameter.name && known.place == parameter.place) {
                parameters.push(parameter);
            }
        }
    }
    let body = own.get("requestBody").map(|_| {
        let (at, body) = followed(document, format!("{here}/requestBody"));
        let schema = schema_of(&at, body).unwrap_or_else(|| panic!("{at} has a schema"));
        Body { required: body["required"] == true, schema }
    });
    let answers = own["responses"].as_object().unwrap().iter().filter_map(|(status, _)| {
        let (at, answer) = followed(document, format!("{here}/responses/{status}"));
        Some((status.parse().ok()?, schema_of(&at, answer)))
    });
    let listed = own["x-atlassian-oauth2-scopes"].as_array().into_iter().flatten();
    let schemes = own["security"].as_array().into_iter().flatten().filter_map(Value::as_object);
    Operation {
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        segments: path.trim_start_matches('/').split('/').map(segment).collect(),
        parameters,
        body,
        answers: answers.collect(),
        scopes: listed.map(|entry| strings(&entry["scopes"])).collect(),
        security: schemes.flat_map(|scheme| scheme.values().flat_map(strings)).collect(),
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
}

fn segment(text: &str) -> Segment {
    if text.starts_with('{') { Segment::Template } else { Segment::Literal(text.to_owned()) }
}

fn parameter(document: &Value, at: String) -> Parameter {
    let (at, parameter) = followed(document, at);
    let (schema_at, schema) = followed(document, format!("{at}/schema"));
    let place = match parameter["in"].as_str() {
        Some("path") => Place::Path,
        Some("query") => Place::Query,
        _ => Place::Header,
    };
    Parameter {
        name: parameter["name"].as_str().unwrap().to_owned(),
        place,
        required: parameter["required"] == true,
        with_commas: schema["type"] == "array" && parameter["explode"] == false,
        // Of the accounts in v1's `user/bulk` the document says that they are a list, and clients repeat the name.
        repeatable: parameter["description"]
            .as_str()
            .is_some_and(|text| text.contains("can be repeated") || text.starts_with("A list of accountId's")),
        schema: schema_at,
    }
}

/// The pointer of the schema of what is JSON in a body or an answer.
fn schema_of(at: &str, with_content: &Value) -> Option<String> {
    let content = with_content.get("content")?.as_object()?;
    let kind = content.keys().find(|kind| kind.starts_with("application/json") || *kind == "*/*");
    let kind = kind.or_else(|| content.keys().next())?;
    content[kind].get("schema").map(|_| format!("{at}/content/{}/schema", escaped(kind)))
}
