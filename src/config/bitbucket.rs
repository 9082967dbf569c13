//! Bitbucket's address and credential, and what works without one.

use std::fmt;

use crate::bitbucket::Reading;
use crate::http::{Authorization, Base, ForwardProxy};
use crate::page::RepositoryVisibility;
use crate::refusal::scopes::Kind;
use crate::secret::{Scrubber, Secret};
use crate::variables::{Problem, Raw, words};

use super::{basic, secret};

/// Bitbucket's API and the ways to it.
#[derive(Debug)]
pub(crate) struct BitbucketAccess {
    /// Below which every request goes, but those through the proxy.
    pub base: Base,
    /// The credential for it, if there is one.
    pub credential: Option<Credential>,
    /// The proxy that takes reports of those who have none.
    pub auth_proxy: ForwardProxy,
    /// The API as that proxy knows it, whatever [`base`](Self::base) is.
    pub proxied: Base,
}

/// A credential and the variable it comes from, for the log.
#[derive(Debug)]
pub(crate) struct Credential {
    pub authorization: Authorization,
    /// The variable that holds the secret.
    pub variable: &'static str,
    /// Which scopes it may have.
    pub kind: Kind,
}

impl BitbucketAccess {
    /// How pull requests of such a repository are read.
    pub(crate) fn reading(&self, visibility: RepositoryVisibility) -> Reading {
        match (&self.credential, visibility) {
            (Some(_), _) => Reading::WithCredential,
            (None, RepositoryVisibility::Public) => Reading::Anonymous,
            (None, RepositoryVisibility::Private) => Reading::FromEnvironment,
        }
    }
}

impl fmt::Display for BitbucketAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.credential {
            Some(credential) => write!(f, "{} with {}", self.base, credential.variable),
            None => f.write_str(&words::without_credential(&self.base, &self.auth_proxy)),
        }
    }
}

/// The only address for which the proxy has a credential.
const PROXIED: &str = "https://api.bitbucket.org/2.0";

pub(super) fn access(raw: &Raw, scrubber: &Scrubber) -> Result<BitbucketAccess, Vec<Problem>> {
    let url = raw.bitbucket_api_url.as_deref().unwrap_or(PROXIED);
    let base = |url| Base::parse(url).map_err(|error| Problem::new("BITBUCKET_API_URL", error.to_string()));
    match (base(url), base(PROXIED), credential(raw, scrubber), auth_proxy(raw)) {
        (Ok(base), Ok(proxied), Ok(credential), Ok(auth_proxy)) => {
            Ok(BitbucketAccess { base, credential, auth_proxy, proxied })
        }
        (base, _, credential, auth_proxy) => {
            Err([base.err(), credential.err(), auth_proxy.err()].into_iter().flatten().collect())
        }
    }
}

fn credential(raw: &Raw, scrubber: &Scrubber) -> Result<Option<Credential>, Problem> {
    hide(raw, scrubber);
    let (authorization, variable, kind) =
        match (&raw.atlassian_account_email, &raw.atlassian_api_token, &raw.bitbucket_access_token) {
            (Some(email), Some(token), _) => {
                let names = ("ATLASSIAN_ACCOUNT_EMAIL", "ATLASSIAN_API_TOKEN");
                (basic(names, email, token, scrubber)?, names.1, Kind::ApiToken)
            }
            (_, _, Some(token)) => {
                let token = secret("BITBUCKET_ACCESS_TOKEN", token)?;
                (Authorization::bearer(&token), "BITBUCKET_ACCESS_TOKEN", Kind::AccessToken)
            }
            (Some(_), None, None) => {
                return Err(Problem::new("ATLASSIAN_API_TOKEN", words::needed_by("ATLASSIAN_ACCOUNT_EMAIL")));
            }
            (None, Some(_), None) => {
                return Err(Problem::new("ATLASSIAN_ACCOUNT_EMAIL", words::needed_by("ATLASSIAN_API_TOKEN")));
            }
            (None, None, None) if raw.step.bitbucket_app_password.is_some() => return Err(app_password()),
            (None, None, None) => return Ok(None),
        };
    Ok(Some(Credential { authorization, variable, kind }))
}

/// Hides what is configured, also when it will not be used.
fn hide(raw: &Raw, scrubber: &Scrubber) {
    let configured = [&raw.atlassian_api_token, &raw.bitbucket_access_token, &raw.step.bitbucket_app_password];
    for text in configured.into_iter().flatten() {
        if let Ok(secret) = Secret::parse(text) {
            scrubber.hide(&secret);
        }
    }
}

/// An error, because a run without a credential would hide that the password has no effect.
fn app_password() -> Problem {
    Problem::new("BITBUCKET_APP_PASSWORD", words::APP_PASSWORD)
}

/// The proxy is a neighbour of the step. A pipe runs in a container of its own, from which the step's host has a name.
fn auth_proxy(raw: &Raw) -> Result<ForwardProxy, Problem> {
    let in_a_pipe =
        raw.step.bitbucket_pipe_storage_dir.is_some() || raw.step.bitbucket_pipe_shared_storage_dir.is_some();
    let default = if in_a_pipe { "http://host.docker.internal:29418" } else { "http://localhost:29418" };
    let url = raw.bitbucket_auth_proxy.as_deref().unwrap_or(default);
    ForwardProxy::parse(url).ok_or_else(|| Problem::new("BITBUCKET_AUTH_PROXY", words::AUTH_PROXY))
}
