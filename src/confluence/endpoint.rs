//! The address that accepts the credential, site or gateway, resolved once in a run.
//!
//! A token without scopes is taken at the site's own address, one with scopes only at Atlassian's gateway. Nothing in a
//! token says which it is, so the site is asked who we are while the cloud id, which the gateway needs, is looked up.

use std::sync::Arc;

use serde::Deserialize;

use crate::http::{
    self, Authorization, Base, ErrorDetail, HttpError, Persistence, Request, Service, ServiceName, Session,
};
use crate::ids::{AccountId, CloudId};
use crate::secret::Secret;

use super::login;

/// Where a site may be reached, and with what.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The site as people see it.
    pub site: Base,
    pub gateway: Base,
    /// The site's name at the gateway, when it is configured.
    pub cloud_id: Option<CloudId>,
    pub credential: Credential,
}

/// The kinds of credential. Each goes to its own origins only.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// E-mail address and API token: the site's and the gateway's.
    Basic(Authorization),
    /// A service account's API token: the gateway's.
    Bearer(Authorization),
    /// A service account's client id and secret: the login's, and what they are exchanged for the gateway's.
    Client {
        /// Where they are exchanged.
        login: Base,
        id: String,
        secret: Secret,
    },
}

/// Which of a site's addresses takes the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Site,
    Gateway,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub id: AccountId,
    /// Its name, if the service gives it.
    pub name: Option<String>,
}

/// The products of a site at the address that takes the credential.
#[derive(Debug)]
pub(super) struct Products {
    pub(super) confluence: Service,
    pub(super) jira: Service,
}

impl Products {
    fn new(bases: [Base; 2], authorization: &Authorization, session: &Arc<Session>) -> Self {
        let service = |name, base| Service::new(name, base, authorization.clone(), session);
        let [confluence, jira] = bases;
        let jira = service(ServiceName::Jira, jira).persisting(Persistence::Brief);
        Self { confluence: service(ServiceName::Confluence, confluence), jira }
    }
}

#[derive(Debug)]
pub(super) struct Found {
    pub(super) way: Endpoint,
    pub(super) products: Products,
    /// The account of the credential, if the site named it on the way.
    pub(super) account: Option<AccountId>,
    /// The site's cloud id, when it was read.
    pub(super) cloud_id: Option<CloudId>,
}

/// Finds the way, with no request after another that did not have to be.
pub(super) fn find(access: &Access, session: &Arc<Session>) -> Result<Found, HttpError> {
    let gateway = |product: &str, cloud_id: &CloudId| access.gateway.below(&format!("/ex/{product}/{cloud_id}"));
    let through_gateway = |cloud_id: &CloudId, authorization: &Authorization| Found {
        way: Endpoint::Gateway,
        products: Products::new(["confluence", "jira"].map(|it| gateway(it, cloud_id)), authorization, session),
        account: None,
        cloud_id: Some(cloud_id.clone()),
    };
    match &access.credential {
        Credential::Basic(authorization) => {
            let site = Products::new([access.site.clone(), access.site.clone()], authorization, session);
            let first_look = || cloud_id(access, session, Request::tentative).ok();
            let (account, known) = http::both(|| current_user(&site.confluence), first_look);
            match account {
                Ok(account) => {
                    Ok(Found { way: Endpoint::Site, products: site, account: Some(account.id), cloud_id: known })
                }
                // A page for people when the token has scopes; the gateway knows whether it is good.
                Err(error)
                    if error.status() == Some(401) && !matches!(error.detail(), Some(ErrorDetail::Policy(_))) =>
                {
                    let known = known.map_or_else(|| cloud_id(access, session, |request| request), Ok)?;
                    Ok(through_gateway(&known, authorization))
                }
                Err(error) => Err(error),
            }
        }
        Credential::Bearer(authorization) => {
            Ok(through_gateway(&cloud_id(access, session, |request| request)?, authorization))
        }
        Credential::Client { login, id, secret } => {
            let login = Service::new(ServiceName::Login, login.clone(), Authorization::anonymous(), session);
            // The token belongs to the gateway, whatever the site's name there turns out to be.
            let token = || login::access_token(&login, id, secret);
            let (token, known) = http::both(token, || cloud_id(access, session, |request| request));
            let token = token?;
            Ok(through_gateway(&known?, &token))
        }
    }
}

/// The account the credential belongs to. With a bad credential v1 answers 403, while v2 hides behind a 404, so this is
/// also the proof that a 404 means what it says.
pub(super) fn current_user(service: &Service) -> Result<Account, HttpError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        #[serde(rename = "type")]
        kind: Option<String>,
        account_id: Option<String>,
        display_name: Option<String>,
    }
    let answer = service.send(&Request::get("/wiki/rest/api/user/current"))?;
    let wire: Wire = answer.json()?;
    match (wire.account_id.as_deref().and_then(AccountId::parse), wire.kind.as_deref()) {
        (Some(id), None | Some("known" | "user")) => Ok(Account { id, name: wire.display_name }),
        (None, None) => Err(answer.wrong_shape("a user with an account id")),
        // A site that is open to everyone answers a revoked token like this.
        (_, Some(_)) => Err(answer.anonymous()),
    }
}

/// The configured cloud id, or the public one of the site.
fn cloud_id(access: &Access, session: &Arc<Session>, how: impl Fn(Request) -> Request) -> Result<CloudId, HttpError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        cloud_id: Option<String>,
    }
    if let Some(known) = &access.cloud_id {
        return Ok(known.clone());
    }
    let everybody = Service::new(ServiceName::Confluence, access.site.clone(), Authorization::anonymous(), session);
    let answer = everybody.send(&how(Request::get("/_edge/tenant_info")))?;
    let wire: Wire = answer.json()?;
    wire.cloud_id.as_deref().and_then(CloudId::parse).ok_or_else(|| answer.wrong_shape("a cloud id"))
}
