//! Where the Confluence site is, and which credential is for it.

use url::Url;

use crate::http::{Authorization, Base};
use crate::ids::{Host, Site};
use crate::secret::Scrubber;
use crate::variables::{Problem, Raw};

use super::basic;

pub(super) fn site(raw: &Raw) -> Result<(Site, Base), Problem> {
    let problem = |what: &str| Problem::new("CONFLUENCE_BASE_URL", what);
    let text = raw
        .confluence_base_url
        .as_deref()
        .ok_or_else(|| problem("is missing: set it to your site, such as `https://acme.atlassian.net`"))?;
    let url = Url::parse(text).map_err(|_| problem("must be a URL such as `https://acme.atlassian.net`"))?;
    if !matches!(url.path().trim_matches('/'), "" | "wiki") {
        return Err(problem("holds more than the site: leave out what follows the host, or `/wiki`"));
    }
    let origin = url.origin().ascii_serialization();
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !bare {
        return Err(problem("must be the site alone, without a user name, `?` or `#`"));
    }
    let base = Base::parse(&origin).map_err(|error| problem(&error.to_string()))?;
    let host = Host::of(&url).ok_or_else(|| problem("must name a host"))?;
    Ok((Site { url: origin, host }, base))
}

pub(super) fn credential(raw: &Raw, scrubber: &Scrubber) -> Result<(Authorization, &'static str), Problem> {
    match (&raw.confluence_user_email, &raw.confluence_api_token) {
        (Some(email), Some(token)) => {
            let names = ("CONFLUENCE_USER_EMAIL", "CONFLUENCE_API_TOKEN");
            Ok((basic(names, email, token, scrubber)?, names.1))
        }
        (_, None) => Err(Problem::new(
            "CONFLUENCE_API_TOKEN",
            "is missing: create one at https://id.atlassian.com/manage-profile/security/api-tokens",
        )),
        (None, Some(_)) => Err(no_email()),
    }
}

pub(super) fn no_email() -> Problem {
    Problem::new("CONFLUENCE_USER_EMAIL", "is missing: set the e-mail address of the token's account")
}
