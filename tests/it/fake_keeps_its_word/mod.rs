//! The fake is as unkind as the services are. The OpenAPI documents check shapes; these tests check behavior.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]
#![allow(clippy::disallowed_methods, reason = "the network has a time of its own")]

mod bitbucket;
mod confluence;
mod faults;
mod jira;
mod lag;
mod search;
mod storage;

use std::ops::Index;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use contract::Contract;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, Service, State};

const PULL_REQUEST: &str = "/2.0/repositories/acme/shop/pullrequests/1";
const COMMENTS: &str = "/2.0/repositories/acme/shop/pullrequests/1/comments";
const PAGE: &str = "/wiki/api/v2/pages/101";
const PAGE_COMMENTS: &str = "/wiki/api/v2/footer-comments";

/// A fake with one pull request and one page.
fn start() -> Fake {
    let mut state = State::default();
    state.open_pull_request("feature/eng-12", "ENG-12: add a basket", "", &["ENG-12 one", "two"]);
    state.add_page(101, "ENG", "ENG-12: Basket & more");
    Fake::start_watched(state, Contract::new())
}

/// A client of one service that follows nothing and repeats nothing.
struct Client {
    agent: ureq::Agent,
    origin: String,
    authorization: Option<String>,
}

#[derive(Debug)]
struct Reply {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
    json: Value,
}

/// A member of the answer by its JSON pointer, `null` where there is none.
impl Index<&str> for Reply {
    type Output = Value;

    fn index(&self, pointer: &str) -> &Value {
        static NOTHING: Value = Value::Null;
        self.json.pointer(pointer).unwrap_or(&NOTHING)
    }
}

impl Reply {
    fn has(&self, pointer: &str) -> bool {
        self.json.pointer(pointer).is_some()
    }

    /// One member of each item of a list.
    fn each(&self, list: &str, member: &str) -> Vec<Value> {
        self[list].as_array().expect("a list").iter().filter_map(|item| item.pointer(member).cloned()).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Compares what a test did against Atlassian's documents on purpose. Without the documents, nothing is known to be
/// against them.
fn assert_breaches(breaches: Vec<String>, expected: &[&str]) {
    let expected = if contract::documents().is_some() { expected } else { &[] };
    assert_eq!(breaches, expected);
}

fn basic(email: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{email}:{secret}")))
}

/// The body of a comment on a pull request.
fn raw(text: &str) -> Value {
    json!({"content": {"raw": text}})
}

/// The body of a new comment on the page, or with a number, of its next version.
fn footer(text: &str, version: Option<u64>) -> Value {
    let body = json!({"representation": "storage", "value": text});
    match version {
        None => json!({"pageId": "101", "body": body}),
        Some(number) => json!({"version": {"number": number}, "body": body}),
    }
}

impl Client {
    fn new(fake: &Fake, service: Service, authorization: Option<String>) -> Self {
        let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).max_redirects(0);
        let config = config.allow_non_standard_methods(true).timeout_global(Some(Duration::from_secs(10)));
        Self { agent: config.build().into(), origin: fake.origin(service), authorization }
    }

    fn bitbucket(fake: &Fake) -> Self {
        Self::new(fake, Service::Bitbucket, Some(format!("Bearer {BITBUCKET_TOKEN}")))
    }

    fn confluence(fake: &Fake) -> Self {
        Self::new(fake, Service::Confluence, Some(basic(CONFLUENCE_EMAIL, CONFLUENCE_TOKEN)))
    }

    /// A body that is `null` isn't sent.
    fn try_send(&self, method: &str, target: &str, body: &Value) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{target}", self.origin));
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = match body {
            Value::Null => self.agent.run(request.body(())?)?,
            body => self.agent.run(request.header("Content-Type", "application/json").body(body.to_string())?)?,
        };
        let body = response.body_mut().read_to_vec()?;
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body, json })
    }

    fn send(&self, method: &str, target: &str, body: Value) -> Reply {
        self.try_send(method, target, &body).expect("an answer")
    }

    fn get(&self, target: &str) -> Reply {
        self.send("GET", target, Value::Null)
    }

    fn delete(&self, target: &str) -> u16 {
        self.send("DELETE", target, Value::Null).status
    }
}
