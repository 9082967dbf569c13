//! A service account's client id and secret, and the access token they are exchanged for.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::http::{Authorization, Fresh, HttpError, Request, Service};
use crate::secret::Secret;

/// How long an access token is good for when its answer does not say: Atlassian's documents name sixty minutes.
const LIFETIME: Duration = Duration::from_secs(3_600);

/// Nothing shorter is a token, and hiding it would tear holes into every text.
const SHORTEST_TOKEN: usize = 16;

/// Nothing longer fits a header.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Exchanges client id and secret for an access token, which is hidden from the log before anything is done with it.
pub(super) fn access_token(login: &Service, id: &str, secret: &Secret) -> Result<Fresh, HttpError> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
        expires_in: Option<u64>,
    }
    let body = json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret.expose() });
    let answer = login.send(&Request::post("/oauth/token").json(&body).reading())?;
    let wire: Wire = answer.json()?;
    let sound = (SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&wire.access_token.len())
        && wire.access_token.bytes().all(|byte| byte.is_ascii_graphic());
    let token = Secret::parse(&wire.access_token).ok().filter(|_| sound);
    let token = token.ok_or_else(|| answer.wrong_shape("access token"))?;
    login.hide(&token);
    let lifetime = wire.expires_in.map_or(LIFETIME, Duration::from_secs);
    Ok(Fresh { authorization: Authorization::bearer(&token), lifetime })
}
