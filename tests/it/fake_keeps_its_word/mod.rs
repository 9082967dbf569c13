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

use std::time::Duration;

use base64::Engine;
use serde_json::Value;

use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, Service};

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
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What a test did against Atlassian's documents on purpose, in these sentences and no others. Where the documents are not
/// there, nothing is known to be against them.
fn told(breaches: Vec<String>, expected: &[&str]) {
    let expected = if contract::documents().is_some() { expected } else { &[] };
    assert_eq!(breaches, expected);
}

fn basic(email: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{email}:{secret}")))
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

    fn try_send(&mut self, method: &str, target: &str, body: Option<&Value>) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{target}", self.origin));
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = match body {
            Some(body) => self.agent.run(request.header("Content-Type", "application/json").body(body.to_string())?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let body = response.body_mut().read_to_vec()?;
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    fn send(&mut self, method: &str, target: &str, body: Option<&Value>) -> Reply {
        self.try_send(method, target, body).expect("an answer")
    }

    fn get(&mut self, target: &str) -> Reply {
        self.send("GET", target, None)
    }
}
