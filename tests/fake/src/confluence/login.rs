//! Access tokens of service accounts: valid for an hour, and another one for each request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{
    BOT, CONFLUENCE_ACCESS_TOKEN, CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, ConfluenceToken, ConfluenceTokenKind,
};
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// The OAuth client of a service account.
#[derive(Clone, Debug)]
pub struct OauthClient {
    /// What its access tokens may do.
    pub scopes: BTreeSet<String>,
    /// How long an access token is good for, in seconds, by its answer.
    pub lifetime: u64,
    /// For how many requests the first access token is taken, whatever its answer said; `None` is any number.
    pub good_for: Option<usize>,
    /// How many access tokens it has got.
    pub tokens: usize,
}

impl OauthClient {
    pub fn new(scopes: BTreeSet<String>) -> Self {
        Self { scopes, lifetime: 3_600, good_for: None, tokens: 0 }
    }
}

/// `POST /oauth/token` with client credentials. The access token is for the gateway.
pub fn access_token(state: &mut State, request: &Request) -> Answer {
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/oauth/token") {
        return Err(Refusal::no_such_path());
    }
    if request.header("authorization").is_some() {
        return Err(Refusal::bad("a credential in a header of a request that carries its own"));
    }
    let is_json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let members = ["grant_type", "client_id", "client_secret", "audience", "scope"];
    let sent: serde_json::Map<String, Value> = if is_json {
        request.object(&members)?
    } else {
        let pairs = url::form_urlencoded::parse(&request.body);
        pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect()
    };
    if let Some(key) = sent.keys().find(|key| !members.contains(&key.as_str())) {
        return Err(Refusal::bad(format!("unknown member {key}")));
    }
    let is = |name: &str, value: &str| sent.get(name).is_some_and(|sent| sent == value);
    if !is("grant_type", "client_credentials") {
        return Err(Response::json(400, &json!({"error": "unsupported_grant_type"})).into());
    }
    if !is("client_id", CONFLUENCE_CLIENT_ID) || !is("client_secret", CONFLUENCE_CLIENT_SECRET) {
        let body = json!({"error": "access_denied", "error_description": "Unauthorized"});
        return Err(Response::json(401, &body).into());
    }
    let confluence = &mut state.confluence;
    let client = &mut confluence.client;
    client.tokens += 1;
    let secret = match client.tokens {
        1 => CONFLUENCE_ACCESS_TOKEN.to_owned(),
        number => format!("{CONFLUENCE_ACCESS_TOKEN}-{number}"),
    };
    let body = json!({"access_token": secret, "expires_in": client.lifetime, "token_type": "Bearer"});
    confluence.tokens.push(ConfluenceToken {
        kind: ConfluenceTokenKind::Access,
        email: String::new(),
        secret,
        account: BOT.to_owned(),
        scopes: client.scopes.clone(),
        expired: false,
        good_for: client.good_for.filter(|_| client.tokens == 1),
        groups: vec!["confluence-users".to_owned()],
    });
    Ok(Response::json(200, &body))
}
