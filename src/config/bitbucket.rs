//! Where Bitbucket is, and which credential is for it.

use crate::http::{Authorization, Base};
use crate::secret::Scrubber;
use crate::variables::{Problem, Raw};

use super::{basic, secret};

pub(super) fn base(raw: &Raw) -> Result<Base, Problem> {
    let url = raw.bitbucket_api_url.as_deref().unwrap_or("https://api.bitbucket.org/2.0");
    Base::parse(url).map_err(|error| Problem::new("BITBUCKET_API_URL", error.to_string()))
}

pub(super) fn credential(raw: &Raw, scrubber: &Scrubber) -> Result<(Authorization, &'static str), Problem> {
    Ok(match (&raw.atlassian_account_email, &raw.atlassian_api_token, &raw.bitbucket_access_token) {
        (Some(email), Some(token), _) => {
            let names = ("ATLASSIAN_ACCOUNT_EMAIL", "ATLASSIAN_API_TOKEN");
            (basic(names, email, token, scrubber)?, "ATLASSIAN_API_TOKEN")
        }
        (_, _, Some(token)) => {
            let token = secret("BITBUCKET_ACCESS_TOKEN", token)?;
            scrubber.hide(&token);
            (Authorization::bearer(&token), "BITBUCKET_ACCESS_TOKEN")
        }
        (Some(_), None, None) => {
            return Err(Problem::new("ATLASSIAN_API_TOKEN", "is missing: it goes with ATLASSIAN_ACCOUNT_EMAIL"));
        }
        (None, Some(_), None) => {
            return Err(Problem::new("ATLASSIAN_ACCOUNT_EMAIL", "is missing: it goes with ATLASSIAN_API_TOKEN"));
        }
        (None, None, None) => return Err(no_credential(raw)),
    })
}

fn no_credential(raw: &Raw) -> Problem {
    let dead = raw.bitbucket_username.is_some() || raw.bitbucket_app_password.is_some();
    let why = if dead { "is missing, and app passwords ended in 2026" } else { "is missing" };
    let remedy = "create a repository access token with the scope `pullrequest`, or set ATLASSIAN_ACCOUNT_EMAIL and \
                  ATLASSIAN_API_TOKEN";
    Problem::new("BITBUCKET_ACCESS_TOKEN", format!("{why}: {remedy}"))
}
