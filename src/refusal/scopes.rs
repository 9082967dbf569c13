//! The scopes of each of our requests. The services' documents as a table, because Confluence does not name a
//! scope that is missing.

use std::collections::BTreeSet;

use crate::http::{Method, ServiceName};

/// One kind of request that we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub method: Method,
    /// Its path from `/wiki`, `/rest`, `/repositories` or `/user` on; `*` is any one part, `a|b` one of two.
    pub path: &'static str,
    /// Whether the pipe can do without.
    pub need: Need,
    /// What its credential must be allowed.
    pub scopes: Scopes,
}

/// Whether a run can do without a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// No run, or not every run, can.
    Needed,
    /// It makes a decision better; without it another way is taken.
    Helpful,
    /// Only a variable that is off by default asks for it.
    Chosen,
}

/// The scopes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scopes {
    Confluence(Confluence),
    Bitbucket(Bitbucket),
}

/// A scope of Confluence, or of its site's Jira. Granular and classic ones are granted separately, and one does not imply the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confluence {
    /// The granular one; v2 knows no others.
    pub granular: &'static str,
    /// A second granular one that the same request needs.
    pub also: Option<&'static str>,
    /// The classic one that v1 takes instead.
    pub classic: Option<&'static str>,
}

/// A scope of Bitbucket, by its two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitbucket {
    /// For a repository, project or workspace access token; `pullrequest` implies `repository`.
    pub access_token: &'static str,
    /// For an Atlassian account's API token; none implies another.
    pub api_token: &'static str,
}

const fn v2(method: Method, path: &'static str, granular: &'static str) -> Operation {
    let scopes = Scopes::Confluence(Confluence { granular, also: None, classic: None });
    Operation { method, path, need: Need::Needed, scopes }
}

const fn v1(path: &'static str, granular: &'static str, classic: &'static str) -> Operation {
    let scopes = Scopes::Confluence(Confluence { granular, also: None, classic: Some(classic) });
    Operation { method: Method::Get, path, need: Need::Needed, scopes }
}

/// Of a comment, for what a list leaves open.
const fn comment(path: &'static str) -> Operation {
    Operation { need: Need::Helpful, ..v2(Method::Get, path, "read:comment:confluence") }
}

const fn chosen(method: Method, path: &'static str, scopes: Confluence) -> Operation {
    Operation { method, path, need: Need::Chosen, scopes: Scopes::Confluence(scopes) }
}

const fn bitbucket(
    method: Method,
    path: &'static str,
    need: Need,
    access_token: &'static str,
    api_token: &'static str,
) -> Operation {
    Operation { method, path, need, scopes: Scopes::Bitbucket(Bitbucket { access_token, api_token }) }
}

use Method::{Delete, Get, Post, Put};
use Need::{Helpful, Needed};

const PULL_REQUEST: (&str, &str) = ("pullrequest", "read:pullrequest:bitbucket");
const REPOSITORY: (&str, &str) = ("repository", "read:repository:bitbucket");
const DETAILS: &str = "read:content-details:confluence";
const TASK: Confluence = Confluence { granular: "write:task:confluence", also: None, classic: None };
const LABEL: Confluence = Confluence {
    granular: "write:label:confluence",
    also: Some("read:label:confluence"),
    classic: Some("write:confluence-content"),
};

const REMOTE_LINK: Confluence = Confluence {
    granular: "read:issue.remote-link:jira",
    also: Some("read:status:jira"),
    classic: Some("read:jira-work"),
};

/// Every request that the clients make with a credential of the user's.
pub const OPERATIONS: &[Operation] = &[
    v1("/wiki/rest/api/user/current", DETAILS, "read:confluence-user"),
    v1("/wiki/rest/api/search", DETAILS, "search:confluence"),
    chosen(
        Get,
        "/wiki/rest/api/content/*/state",
        Confluence { granular: DETAILS, also: None, classic: Some("read:confluence-content.summary") },
    ),
    v1("/wiki/rest/api/content/*/restriction/byOperation/read", DETAILS, "read:confluence-content.all"),
    // The review's, which says `unknown` without it.
    Operation {
        method: Post,
        path: "/wiki/rest/api/content/*/permission/check",
        need: Helpful,
        scopes: Scopes::Confluence(Confluence {
            granular: "read:content.permission:confluence",
            also: None,
            classic: Some("read:confluence-content.permission"),
        }),
    },
    v2(Get, "/wiki/api/v2/pages|blogposts", "read:page:confluence"),
    v2(Get, "/wiki/api/v2/pages|blogposts/*", "read:page:confluence"),
    v2(Get, "/wiki/api/v2/pages|blogposts/*/labels", "read:page:confluence"),
    v2(Get, "/wiki/api/v2/pages|blogposts/*/versions", "read:page:confluence"),
    v2(Get, "/wiki/api/v2/pages|blogposts/*/operations", "read:page:confluence"),
    v2(Get, "/wiki/api/v2/pages/*/ancestors", "read:content.metadata:confluence"),
    v2(Get, "/wiki/api/v2/spaces", "read:space:confluence"),
    v2(Get, "/wiki/api/v2/tasks", "read:task:confluence"),
    v2(Post, "/wiki/api/v2/content/convert-ids-to-types", "read:content.metadata:confluence"),
    v2(Get, "/wiki/api/v2/pages|blogposts/*/footer-comments", "read:comment:confluence"),
    comment("/wiki/api/v2/footer-comments/*"),
    v2(Get, "/wiki/api/v2/footer-comments/*/children", "read:comment:confluence"),
    comment("/wiki/api/v2/footer-comments/*/versions/*"),
    v2(Post, "/wiki/api/v2/footer-comments", "write:comment:confluence"),
    v2(Put, "/wiki/api/v2/footer-comments/*", "write:comment:confluence"),
    v2(Delete, "/wiki/api/v2/footer-comments/*", "delete:comment:confluence"),
    chosen(Put, "/wiki/api/v2/tasks/*", TASK),
    chosen(Post, "/wiki/rest/api/content/*/label", LABEL),
    chosen(Get, "/rest/api/3/issue/*/remotelink", REMOTE_LINK),
    bitbucket(Get, "/repositories/*/*", Helpful, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/repositories/*/*/pullrequests", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/pullrequests/*", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/pullrequests/*/commits", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/pullrequests/*/comments", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/pullrequests/*/comments/*", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Post, "/repositories/*/*/pullrequests/*/comments", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Put, "/repositories/*/*/pullrequests/*/comments/*", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Delete, "/repositories/*/*/pullrequests/*/comments/*", Needed, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/commit/*/reports/*", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Put, "/repositories/*/*/commit/*/reports/*", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Delete, "/repositories/*/*/commit/*/reports/*", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/repositories/*/*/commit/*/reports/*/annotations", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Post, "/repositories/*/*/commit/*/reports/*/annotations", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Delete, "/repositories/*/*/commit/*/reports/*/annotations/*", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/repositories/*/*/commit/*", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/repositories/*/*/commit/*/pullrequests", Helpful, PULL_REQUEST.0, PULL_REQUEST.1),
    bitbucket(Get, "/repositories/*/*/commits", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/repositories/*/*/refs/tags", Needed, REPOSITORY.0, REPOSITORY.1),
    bitbucket(Get, "/user", Helpful, "account", "read:user:bitbucket"),
];

impl Confluence {
    /// All granular ones that the request needs.
    pub fn granular(&self) -> impl Iterator<Item = &'static str> {
        [self.granular].into_iter().chain(self.also)
    }
}

impl Operation {
    /// Its scope, if its credential is Confluence's.
    pub fn confluence(&'static self) -> Option<&'static Confluence> {
        match &self.scopes {
            Scopes::Confluence(scope) => Some(scope),
            Scopes::Bitbucket(_) => None,
        }
    }

    /// Its scope, if it is one of Bitbucket's.
    pub fn bitbucket(&'static self) -> Option<&'static Bitbucket> {
        match &self.scopes {
            Scopes::Bitbucket(scope) => Some(scope),
            Scopes::Confluence(_) => None,
        }
    }

    fn is(&self, service: ServiceName, method: Method, path: &str) -> bool {
        let own = match self.scopes {
            Scopes::Confluence(_) => matches!(service, ServiceName::Confluence | ServiceName::Jira),
            Scopes::Bitbucket(_) => service == ServiceName::Bitbucket,
        };
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        let fits = |wanted: &str, given: &str| wanted == "*" || wanted.split('|').any(|one| one == given);
        own && self.method == method
            && loop {
                match (wanted.next(), given.next()) {
                    (None, None) => break true,
                    (Some(wanted), Some(given)) if fits(wanted, given) => {}
                    _ => break false,
                }
            }
    }
}

/// The operation of a request, whatever its base puts in front of the path.
pub fn operation(service: ServiceName, method: Method, path: &str) -> Option<&'static Operation> {
    let begins = ["/wiki/", "/rest/", "/repositories/", "/user"].iter().find_map(|begin| path.find(begin))?;
    let path = path.get(begins..)?;
    OPERATIONS.iter().find(|operation| operation.is(service, method, path))
}

/// The kinds of credential that have scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scoped API token or a client of Confluence, with granular scopes.
    Confluence,
    /// A repository, project or workspace access token of Bitbucket.
    AccessToken,
    /// An Atlassian account's API token for Bitbucket.
    ApiToken,
}

/// The fewest scopes with which everything works that is on by default, in alphabetical order.
pub fn smallest(kind: Kind) -> BTreeSet<&'static str> {
    let needed = OPERATIONS.iter().filter(|operation| operation.need == Needed);
    let scopes = needed.filter_map(|operation| match kind {
        Kind::Confluence => operation.confluence().map(|scope| scope.granular),
        Kind::AccessToken => operation.bitbucket().map(|scope| scope.access_token),
        Kind::ApiToken => operation.bitbucket().map(|scope| scope.api_token),
    });
    let mut scopes: BTreeSet<&'static str> = scopes.collect();
    if kind == Kind::AccessToken && scopes.contains(PULL_REQUEST.0) {
        scopes.remove(REPOSITORY.0);
    }
    scopes
}
