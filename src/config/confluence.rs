//! The address and credential of the Confluence site.

use url::Url;

use crate::confluence::Credential;
use crate::http::{Authorization, Base};
use crate::ids::{CloudId, Host, Site};
use crate::secret::{Scrubber, Secret};
use crate::variables::{Problem, Raw, words};

use super::{basic, secret};

pub(super) fn site(raw: &Raw) -> Result<(Site, Base), Problem> {
    let problem = |what: &str| Problem::new("CONFLUENCE_BASE_URL", what);
    let text = raw.confluence_base_url.as_deref().ok_or_else(|| problem(words::NO_SITE))?;
    let url = Url::parse(text).map_err(|_| problem(words::SITE_NOT_URL))?;
    if !matches!(url.path().trim_matches('/'), "" | "wiki") {
        return Err(problem(words::SITE_WITH_PATH));
    }
    let origin = url.origin().ascii_serialization();
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !bare {
        return Err(problem(words::SITE_WITH_MORE));
    }
    let base = Base::parse(&origin).map_err(|error| problem(&error.to_string()))?;
    let host = Host::of(&url).ok_or_else(|| problem(words::SITE_WITHOUT_HOST))?;
    Ok((Site { url: origin, host }, base))
}

/// The gateway that takes what the site does not.
pub(super) fn gateway(raw: &Raw) -> Result<Base, Problem> {
    base("ATLASSIAN_GATEWAY_URL", &raw.atlassian_gateway_url, "https://api.atlassian.com")
}

pub(super) fn cloud_id(raw: &Raw) -> Result<Option<CloudId>, Problem> {
    let Some(cloud_id) = &raw.confluence_cloud_id else { return Ok(None) };
    CloudId::parse(cloud_id).map(Some).ok_or_else(|| Problem::new("CONFLUENCE_CLOUD_ID", words::CLOUD_ID))
}

/// The one credential that is configured, and the variable that holds it.
pub(super) fn credential(raw: &Raw, scrubber: &Scrubber) -> Result<(Credential, &'static str), Problem> {
    let client = (&raw.confluence_client_id, &raw.confluence_client_secret);
    if let (Some(_), _) | (_, Some(_)) = client {
        if raw.confluence_api_token.is_some() || raw.confluence_user_email.is_some() {
            // Both are secrets, so neither is left in the log by way of an error about the other.
            hide(raw, scrubber);
            return Err(Problem::new(CLIENT_ID, words::TWO_CREDENTIALS));
        }
        return client_credentials(raw, client, scrubber);
    }
    match (&raw.confluence_user_email, &raw.confluence_api_token) {
        (Some(email), Some(token)) => {
            let authorization = basic(("CONFLUENCE_USER_EMAIL", API_TOKEN), email, token, scrubber)?;
            Ok((Credential::Basic(authorization), API_TOKEN))
        }
        (None, Some(token)) => {
            let token = secret(API_TOKEN, token)?;
            scrubber.hide(&token);
            Ok((Credential::Bearer(Authorization::bearer(&token)), API_TOKEN))
        }
        (Some(_), None) => Err(Problem::new(API_TOKEN, words::needed_by("CONFLUENCE_USER_EMAIL"))),
        (None, None) => Err(Problem::new(API_TOKEN, words::NO_CREDENTIAL)),
    }
}

const API_TOKEN: &str = "CONFLUENCE_API_TOKEN";
const CLIENT_ID: &str = "CONFLUENCE_CLIENT_ID";
const CLIENT_SECRET: &str = "CONFLUENCE_CLIENT_SECRET";

fn client_credentials(
    raw: &Raw,
    client: (&Option<String>, &Option<String>),
    scrubber: &Scrubber,
) -> Result<(Credential, &'static str), Problem> {
    hide(raw, scrubber);
    let (id, text) = match client {
        (Some(id), Some(text)) => (id, text),
        (Some(_), None) => return Err(Problem::new(CLIENT_SECRET, words::needed_by(CLIENT_ID))),
        (None, _) => return Err(Problem::new(CLIENT_ID, words::needed_by(CLIENT_SECRET))),
    };
    let secret = secret(CLIENT_SECRET, text)?;
    scrubber.hide_pair(id, &secret);
    let login = base("ATLASSIAN_AUTH_URL", &raw.atlassian_auth_url, "https://auth.atlassian.com")?;
    Ok((Credential::Client { login, id: id.clone(), secret }, CLIENT_SECRET))
}

/// Hides what is configured, also when it will not be used.
fn hide(raw: &Raw, scrubber: &Scrubber) {
    for text in [&raw.confluence_client_secret, &raw.confluence_api_token].into_iter().flatten() {
        if let Ok(secret) = Secret::parse(text) {
            scrubber.hide(&secret);
        }
    }
}

fn base(name: &'static str, value: &Option<String>, default: &str) -> Result<Base, Problem> {
    Base::parse(value.as_deref().unwrap_or(default)).map_err(|error| Problem::new(name, error.to_string()))
}
