//! A check of a value against a JSON schema, by all words that Atlassian's documents and our own schema use.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

/// A document with schemas, kept until the process ends.
#[derive(Clone, Copy)]
pub struct Schemas(&'static Value);

/// What does not fit a schema.
struct Mismatch<'a> {
    /// Where in the value, as a JSON pointer.
    place: String,
    value: &'a Value,
    what: String,
}

impl Schemas {
    pub fn new(json: Value) -> Self {
        Self(Box::leak(Box::new(json)))
    }

    /// What stands at a pointer.
    pub fn at(self, pointer: &str) -> &'static Value {
        // `Value::pointer` copies each name, and references are followed often.
        let found = if pointer.contains('~') {
            self.0.pointer(pointer)
        } else {
            pointer.split('/').skip(1).try_fold(self.0, |value, name| match value {
                Value::Array(items) => items.get(name.parse::<usize>().ok()?),
                value => value.get(name),
            })
        };
        found.unwrap_or_else(|| panic!("the document has no {pointer}"))
    }

    /// What a reference leads to; anything else is itself.
    pub fn followed(self, value: &'static Value) -> &'static Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.followed(self.at(reference.trim_start_matches('#'))),
            None => value,
        }
    }

    /// Why a value does not fit the schema at a pointer.
    pub fn wrong(self, pointer: &str, value: &Value) -> Vec<String> {
        self.wrong_but(pointer, value, |_, _| false)
    }

    /// The same without what is let pass, by its place with `*` for every number, and its value.
    pub fn wrong_but(self, pointer: &str, value: &Value, pass: impl Fn(&str, &Value) -> bool) -> Vec<String> {
        let mut found = vec![];
        self.check(self.at(pointer), value, "", &mut found);
        found.retain(|Mismatch { place, value, .. }| {
            let parts = place.split('/').map(|part| if part.parse::<u64>().is_ok() { "*" } else { part });
            !pass(&parts.collect::<Vec<_>>().join("/"), value)
        });
        found.into_iter().map(|Mismatch { place, what, .. }| format!("{place}: {what}")).collect()
    }

    /// Adds what is wrong with a value.
    fn check<'a>(self, schema: &'static Value, value: &'a Value, place: &str, found: &mut Vec<Mismatch<'a>>) {
        let unknown = schema.as_object().and_then(|schema| schema.keys().find(|word| !is_known(word)));
        assert_eq!(unknown, None, "a word of a schema that is not checked");
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        if schema.get("$ref").is_some() {
            self.check(self.followed(schema), value, place, found);
        }
        for part in list(schema, "allOf") {
            self.check(part, value, place, found);
        }
        let fitting = |word| list(schema, word).filter(|part| self.fits(part, value)).count();
        if schema.get("anyOf").is_some() && fitting("anyOf") == 0 {
            found.push(Mismatch { place: place.to_owned(), value, what: format!("{value} fits none of anyOf") });
        }
        if schema.get("oneOf").is_some() && fitting("oneOf") != 1 {
            let what = format!("{value} fits {} of oneOf", fitting("oneOf"));
            found.push(Mismatch { place: place.to_owned(), value, what });
        }
        let alone = wrong_alone(schema, value);
        found.extend(alone.into_iter().map(|what| Mismatch { place: place.to_owned(), value, what }));
        match value {
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate().filter(|_| schema.get("items").is_some()) {
                    self.check(&schema["items"], item, &format!("{place}/{number}"), found);
                }
            }
            Value::Object(members) => {
                let other = schema.get("additionalProperties").filter(|other| other.is_object());
                for (name, member) in members {
                    let known = schema.get("properties").and_then(|known| known.get(name));
                    if let Some(schema) = known.or(other) {
                        self.check(schema, member, &format!("{place}/{name}"), found);
                    }
                }
            }
            _ => {}
        }
    }

    fn fits(self, schema: &'static Value, value: &Value) -> bool {
        let mut found = vec![];
        self.check(schema, value, "", &mut found);
        found.is_empty()
    }
}

/// The items of a list in a schema; none where there is no list.
pub(super) fn list(schema: &'static Value, word: &str) -> impl Iterator<Item = &'static Value> {
    schema.get(word).and_then(Value::as_array).into_iter().flatten()
}

/// What is wrong with a value by itself, without what it holds and what its schema is made of.
fn wrong_alone(schema: &'static Value, value: &Value) -> Vec<String> {
    let mut wrong = vec![];
    let kinds: Vec<&str> =
        schema["type"].as_str().into_iter().chain(list(schema, "type").filter_map(Value::as_str)).collect();
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_a(value, kind)) {
        wrong.push(format!("{value} is not of type {}", schema["type"]));
    }
    let one_of = schema.get("const").into_iter().chain(list(schema, "enum"));
    if (schema.get("const").is_some() || schema.get("enum").is_some()) && !one_of.into_iter().any(|one| one == value) {
        wrong.push(format!("{value} is none of {}", schema.get("enum").unwrap_or(&schema["const"])));
    }
    let size = match value {
        Value::Number(number) => number.as_f64().map(|number| ("minimum", "maximum", number)),
        Value::String(text) => Some(("minLength", "maxLength", text.chars().count() as f64)),
        Value::Array(items) => Some(("minItems", "maxItems", items.len() as f64)),
        Value::Object(members) => Some(("minProperties", "maxProperties", members.len() as f64)),
        Value::Null | Value::Bool(_) => None,
    };
    if let Some((least, most, size)) = size {
        let is_small = schema[least].as_f64().is_some_and(|least| size < least);
        let is_large = schema[most].as_f64().is_some_and(|most| size > most);
        wrong.extend(is_small.then(|| format!("{size} is less than {}", schema[least])));
        wrong.extend(is_large.then(|| format!("{size} is more than {}", schema[most])));
    }
    match value {
        Value::String(text) => {
            let pattern = schema["pattern"].as_str().filter(|pattern| !matches(pattern, text));
            wrong.extend(pattern.map(|pattern| format!("{value} does not match {pattern}")));
            let format = schema["format"].as_str().filter(|format| !has_format(text, format));
            wrong.extend(format.map(|format| format!("{value} is not a {format:?}")));
        }
        Value::Array(items) if schema["uniqueItems"] == true => {
            let is_double = |(number, item)| items.iter().take(number).any(|earlier| earlier == item);
            wrong.extend(items.iter().enumerate().any(is_double).then(|| "it has an item twice".to_owned()));
        }
        Value::Object(members) => {
            let required = list(schema, "required").filter_map(Value::as_str);
            let missing = required.filter(|name| !members.contains_key(*name));
            wrong.extend(missing.map(|name| format!("{name:?} is required")));
            let unknown = members.keys().filter(|name| schema["properties"].get(name).is_none());
            let unknown = unknown.filter(|_| schema["additionalProperties"] == false);
            wrong.extend(unknown.map(|name| format!("{name:?} is not allowed")));
        }
        _ => {}
    }
    wrong
}

/// Whether a word of a schema is checked here, or says nothing about a value.
fn is_known(word: &str) -> bool {
    let is_checked = matches!(
        word,
        "$ref"
            | "type"
            | "const"
            | "enum"
            | "nullable"
            | "allOf"
            | "anyOf"
            | "oneOf"
            | "pattern"
            | "format"
            | "minimum"
            | "maximum"
            | "minLength"
            | "maxLength"
            | "minItems"
            | "maxItems"
            | "minProperties"
            | "maxProperties"
            | "items"
            | "uniqueItems"
            | "properties"
            | "additionalProperties"
            | "required"
    );
    // The test of our own schema looks at `unevaluatedProperties`.
    let is_silent = matches!(
        word,
        "title"
            | "description"
            | "default"
            | "example"
            | "readOnly"
            | "xml"
            | "discriminator"
            | "$defs"
            | "$schema"
            | "unevaluatedProperties"
    );
    is_checked || is_silent || word.starts_with("x-")
}

/// Whether a text matches a pattern, which is compiled once.
fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<&str, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("{other:?} is a type"),
    }
}

fn has_format(text: &str, format: &str) -> bool {
    let is_hex = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uri" => url::Url::parse(text).is_ok(),
        "uuid" => text.split('-').zip([8, 4, 4, 4, 12]).all(|(part, length)| is_hex(part, length)) && text.len() == 36,
        _ => true,
    }
}
