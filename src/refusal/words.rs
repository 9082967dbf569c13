//! The remedy for a refusal, as the end of a sentence that says what was refused.

use std::fmt;

use crate::http::Policy;

use super::{MissingScope, Object, Permission, Refusal, Server, scopes};

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCredential(server) => f.write_str(match server {
                Server::Bitbucket => {
                    "the Bitbucket credential is wrong, expired or revoked, or ATLASSIAN_ACCOUNT_EMAIL isn't its account: replace it"
                }
                Server::Site => {
                    "the email address or the API token is wrong or expired, or the account isn't allowed to use Confluence"
                }
                Server::Gateway => {
                    "the gateway doesn't accept the Confluence credential: replace it, or set CONFLUENCE_USER_EMAIL for a \
                     person's token"
                }
                Server::Login => "the client id or its secret is wrong or expired",
            }),
            Self::Expired(service) => {
                write!(f, "the credential for {service} has expired: create a new one and replace the variable")
            }
            Self::Forbidden(Policy::Network, service) => write!(
                f,
                "{service} refuses this step's IP address, which is not on the allowed list: allow it, or use a self-hosted \
                 runner"
            ),
            Self::Forbidden(Policy::Edge, service) => write!(
                f,
                "a proxy or firewall before {service} refuses this step: allow it there, or use a self-hosted runner"
            ),
            Self::Forbidden(Policy::Access, service) => write!(
                f,
                "a policy of your organization refuses this at {service}: ask an administrator to change the access rules"
            ),
            Self::Gone(_) => f.write_str("Atlassian removed this endpoint: update the pipe"),
            Self::MissingScope(missing) => missing.fmt(f),
            Self::NoPermission(permission) => f.write_str(match permission {
                Permission::ViewPage => "the Confluence account can't view this: grant it \"View\" in the space",
                Permission::AddComment => {
                    "the Confluence account isn't allowed to comment there: grant it \"Add comment\" in the space"
                }
                Permission::DeleteComment => {
                    "the Confluence account isn't allowed to delete its own comment: grant it \"Delete own\" in the space"
                }
                Permission::EditPage => "the Confluence account isn't allowed to edit the page: grant it \"Add\" for pages",
                Permission::Confluence => "the Confluence account isn't allowed to do this",
                Permission::Jira => {
                    "the Confluence credential can't read Jira: grant it Jira and \"Browse projects\" in the project"
                }
                Permission::Repository => {
                    "the Bitbucket credential isn't allowed to do this: its account needs access to the repository"
                }
                Permission::Report => "the proxy refuses reports from this step: set a Bitbucket credential",
            }),
            Self::NotFound(Object::Repository) => {
                f.write_str("check the number, and that the Bitbucket credential can read the repository")
            }
            Self::NotFound(Object::Content) => {
                f.write_str("it doesn't exist, or the Confluence account can't view it")
            }
            Self::NoConfluence => f.write_str("no Confluence answers there: check CONFLUENCE_BASE_URL"),
            Self::NoCloudId => f.write_str(
                "the gateway needs the site's cloud id: check CONFLUENCE_BASE_URL, or set CONFLUENCE_CLOUD_ID",
            ),
        }
    }
}

impl fmt::Display for MissingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confluence(Some(scopes::Confluence { granular, also, classic })) => {
                write!(f, "the Confluence credential lacks the scope `{granular}`")?;
                also.map_or(Ok(()), |also| write!(f, ", or `{also}`, which is needed too"))?;
                classic.map_or(Ok(()), |classic| write!(f, " (or the classic one, `{classic}`)"))
            }
            Self::Confluence(None) => f.write_str("the Confluence credential lacks a scope"),
            Self::Named(required) => {
                let scopes: Vec<String> = required.iter().map(|scope| format!("`{scope}`")).collect();
                write!(f, "the Bitbucket credential lacks the scope {}", scopes.join(" or "))
            }
            Self::Bitbucket(Some(scopes::Bitbucket { access_token, api_token })) => write!(
                f,
                "the Bitbucket credential lacks a scope: an access token needs `{access_token}`, an API token \
                 `{api_token}`"
            ),
            Self::Bitbucket(None) => f.write_str("the Bitbucket credential lacks a scope"),
        }
    }
}
