//! A check of requests and answers against Atlassian's own OpenAPI documents.
//!
//! The documents are not part of this repository: `ATLASSIAN_OPENAPI_DIR` names the directory of `bitbucket.json` and
//! `confluence.json` (OpenAPI 3.0), and next to the checkout they are found without it. Where they are missing nothing is
//! checked, and one test says so.
//!
//! Every request to the fake is held against them, and every answer, those included that a test puts in place of the fake's
//! own. Only a [`fake::FaultKind`] that is wrong on purpose, and says so by its name, never comes here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: a panic is a failed test"
)]
#![allow(clippy::disallowed_methods, reason = "the directory of the documents is a variable of the tests")]

mod allowed;
mod document;
mod members;
mod operations;
mod parameters;
mod schemas;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

pub use operations::Operation;
pub use schemas::Schemas;

use self::document::Document;
use fake::{Request, Response, Service, Watch};

/// Atlassian's documents of both services.
pub struct Documents {
    bitbucket: Document,
    confluence: Document,
    /// What was found good already: the services repeat themselves, in sweeps above all.
    good: Mutex<HashSet<u64>>,
}

/// Where the documents are looked for.
fn directory() -> PathBuf {
    let sibling = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/openapi/strict");
    std::env::var_os("ATLASSIAN_OPENAPI_DIR").map_or_else(|| PathBuf::from(sibling), PathBuf::from)
}

/// The documents, read once; none when they are not there.
pub fn documents() -> Option<&'static Documents> {
    static DOCUMENTS: OnceLock<Option<Documents>> = OnceLock::new();
    DOCUMENTS.get_or_init(read).as_ref()
}

/// Holds every request and answer of a fake against the documents, where they are there.
#[derive(Clone, Copy)]
pub struct Contract(Option<&'static Documents>);

impl Contract {
    /// Reads the documents before the fake starts: it takes long enough to be felt by a client with a short budget.
    pub fn new() -> Self {
        Self(documents())
    }
}

impl Default for Contract {
    fn default() -> Self {
        Self::new()
    }
}

impl Watch for Contract {
    fn head(&self, request: &Request) -> Vec<String> {
        self.0.map(|documents| documents.head(request)).unwrap_or_default()
    }

    fn exchange(&self, request: &Request, answer: Option<&Response>) -> Vec<String> {
        let Some(documents) = self.0 else { return vec![] };
        let mut wrong = documents.request(request);
        wrong.extend(answer.into_iter().flat_map(|answer| documents.answer(request, answer)));
        wrong
    }
}

fn read() -> Option<Documents> {
    let directory = directory();
    // Named and not there is a mistake; not named and not there is a machine without them.
    if !directory.is_dir() && std::env::var_os("ATLASSIAN_OPENAPI_DIR").is_none() {
        return None;
    }
    let document = |name: &str| {
        let path = directory.join(format!("{name}.json"));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Document::new(json)
    };
    Some(Documents { bitbucket: document("bitbucket"), confluence: document("confluence"), good: Mutex::default() })
}

impl Documents {
    /// The operation of a method and path; the path is as in the document, `/2.0/user` or `/wiki/api/v2/pages`.
    pub fn operation(&self, service: Service, method: &str, path: &str) -> Option<&Operation> {
        self.document(service).operations.find(method, &segments(path))
    }

    fn document(&self, service: Service) -> &Document {
        if matches!(service, Service::Bitbucket | Service::Proxy) { &self.bitbucket } else { &self.confluence }
    }

    /// What is wrong with a request, in sentences; nothing when it keeps to the document.
    pub fn request(&self, request: &Request) -> Vec<String> {
        self.all_of(request, "whole", body)
    }

    /// The same of a request whose body was never read.
    pub fn head(&self, request: &Request) -> Vec<String> {
        self.all_of(request, "head", |_, _, _| vec![])
    }

    fn all_of(
        &self,
        request: &Request,
        extent: &str,
        body: fn(&Document, &Operation, &Request) -> Vec<String>,
    ) -> Vec<String> {
        if allowed::is_beside_the_documents(request) {
            return vec![];
        }
        let parts = [extent.as_bytes(), request.method.as_bytes(), request.target.as_bytes(), &request.body];
        self.unless_good(request.service, &parts, || {
            let (document, path) = (self.document(request.service), path(request));
            let Some(operation) = document.operations.find(&request.method, &path) else {
                return vec![format!("{} {}: no such operation", request.method, request.path)];
            };
            let mut wrong = parameters::wrong(document, operation, request, &path);
            wrong.extend(body(document, operation, request));
            wrong.into_iter().map(|what| format!("request {operation}: {what}")).collect()
        })
    }

    /// What is wrong with an answer, in sentences; nothing when it keeps to the document.
    pub fn answer(&self, request: &Request, response: &Response) -> Vec<String> {
        if allowed::is_beside_the_documents(request) {
            return vec![];
        }
        let headers: Vec<&str> = response.headers.iter().map(|(_, value)| value.as_str()).collect();
        let head = format!("{} {} {}", request.method, response.status, headers.join(" "));
        let parts = [head.as_bytes(), request.path.as_bytes(), &response.body];
        self.unless_good(request.service, &parts, || {
            let document = self.document(request.service);
            let Some(operation) = document.operations.find(&request.method, &path(request)) else {
                // The check of the request has already reported a missing operation.
                return vec![];
            };
            let status = response.status;
            let wrong = match operation.answer(status) {
                Some(Some(schema)) if status < 400 => content(document, operation, schema, response),
                Some(None) if status < 400 && response.body.is_empty() => vec![],
                Some(None) if status < 400 => match allowed::described_in_words(operation) {
                    Some(schema) => content(document, operation, schema, response),
                    None => vec!["a body, and the document has none".to_owned()],
                },
                Some(schema) => {
                    let mut wrong = allowed::wrong_error(request.service, response);
                    if let (Some(schema), Ok(value)) = (schema, serde_json::from_slice(&response.body)) {
                        wrong.extend(document.schemas.wrong_but(schema, &value, allowed::is_given_in_errors));
                    }
                    wrong
                }
                None if allowed::is_unlisted_status(status) => allowed::wrong_error(request.service, response),
                None => vec!["a status that the document does not list".to_owned()],
            };
            wrong.into_iter().map(|what| format!("answer {operation} {status}: {what}")).collect()
        })
    }

    /// The fake's ports differ from test to test, and make no difference.
    fn unless_good(&self, service: Service, parts: &[&[u8]], check: impl FnOnce() -> Vec<String>) -> Vec<String> {
        let mut hasher = DefaultHasher::new();
        service.hash(&mut hasher);
        for part in parts {
            let (mut from, mut at) = (0, 0);
            while at < part.len() {
                match address_at(&part[at..]) {
                    Some(length) => {
                        hasher.write(&part[from..at]);
                        at += length;
                        from = at;
                    }
                    None => at += 1,
                }
            }
            hasher.write(&part[from..]);
            hasher.write_u8(0);
        }
        let hash = hasher.finish();
        if self.good.lock().unwrap_or_else(PoisonError::into_inner).contains(&hash) {
            return vec![];
        }
        let wrong = check();
        if wrong.is_empty() {
            self.good.lock().unwrap_or_else(PoisonError::into_inner).insert(hash);
        }
        wrong
    }
}

/// The length of the address of a fake with its port that a text begins with, in one of the forms that URLs, queries and
/// names give it.
fn address_at(text: &[u8]) -> Option<usize> {
    let [b'1', b'2', b'7', b'.' | b'-', b'0', b'.' | b'-', b'0', b'.' | b'-', b'1', rest @ ..] = text else {
        return None;
    };
    let port = match rest {
        [b':' | b'-', port @ ..] | [b'%', b'3', b'A', port @ ..] => port,
        _ => return None,
    };
    let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| text.len() - port.len() + digits)
}

fn body(document: &Document, operation: &Operation, request: &Request) -> Vec<String> {
    match &operation.body {
        None if request.body.is_empty() => vec![],
        None => vec!["a body, and the document has none".to_owned()],
        Some(body) if request.body.is_empty() => {
            if body.required {
                vec!["no body".to_owned()]
            } else {
                vec![]
            }
        }
        Some(body) => match serde_json::from_slice::<Value>(&request.body) {
            Err(error) => vec![format!("the body is no JSON: {error}")],
            Ok(value) => document.schemas.wrong(&body.schema, &value),
        },
    }
}

fn content(document: &Document, operation: &Operation, schema: &str, response: &Response) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(&response.body) else {
        return vec!["the body is no JSON".to_owned()];
    };
    let given =
        |place: &str, value: &Value| value.is_null() && allowed::is_given(operation, place, allowed::Found::Null);
    let mut wrong = document.schemas.wrong_but(schema, &value, given);
    wrong.extend(members::unknown(document, operation, schema, &value));
    wrong
}

/// The segments of a request's path as the documents have it: the gateway puts the site in front.
fn path(request: &Request) -> Vec<String> {
    let segments = request.segments();
    let begin = match (request.service, segments.as_slice()) {
        (Service::Gateway, [ex, confluence, _, ..]) if ex == "ex" && confluence == "confluence" => 3,
        _ => 0,
    };
    segments[begin..].to_vec()
}

fn segments(path: &str) -> Vec<String> {
    path.trim_start_matches('/').split('/').map(str::to_owned).collect()
}
