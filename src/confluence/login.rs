//! A service account's client id and secret, and the access token they are exchanged for.

use serde::Deserialize;

use crate::http::{Authorization, HttpError, Request, Service};
use crate::secret::Secret;

/// Nothing shorter is a token, and hiding it would tear holes into every text.
const SHORTEST_TOKEN: usize = 16;

/// Nothing longer fits a header, with all else that a request says.
const LONGEST_TOKEN: usize = 12 * 1024;

/// Exchanges client id and secret for an access token, which is hidden from the log before anything is done with it. It
/// is good for sixty minutes (Atlassian's documents), and so for the longest run.
pub(super) fn access_token(login: &Service, id: &str, secret: &Secret) -> Result<Authorization, HttpError> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
    }
    // As RFC 6749 says.
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret.expose())];
    let answer = login.send(&Request::post("/oauth/token").form(&form).reading())?;
    let wire: Wire = answer.json()?;
    let sound = (SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&wire.access_token.len())
        && wire.access_token.bytes().all(|byte| byte.is_ascii_graphic());
    let token = Secret::parse(&wire.access_token).ok().filter(|_| sound);
    let token = token.ok_or_else(|| answer.wrong_shape("an access token"))?;
    login.hide(&token);
    Ok(Authorization::bearer(&token))
}
