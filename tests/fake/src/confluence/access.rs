//! Access to Confluence: the account, what it may see, and how bad credentials fail.

use base64::Engine;
use serde_json::json;

use super::model::{Confluence, ConfluenceToken, ConfluenceTokenKind, Content, Status};
use crate::message::{Request, Response, Service};

/// Every scope that an operation of this fake needs (Confluence's documents: `x-atlassian-oauth2-scopes`).
pub const ALL_SCOPES: [&str; 22] = [
    "read:page:confluence",
    "write:page:confluence",
    "read:comment:confluence",
    "write:comment:confluence",
    "delete:comment:confluence",
    "read:task:confluence",
    "write:task:confluence",
    "read:space:confluence",
    "read:label:confluence",
    "write:label:confluence",
    "read:content.metadata:confluence",
    "read:whiteboard:confluence",
    "read:database:confluence",
    "read:folder:confluence",
    "search:confluence",
    "read:content-details:confluence",
    "write:confluence-content",
    "read:confluence-content.all",
    "read:content.permission:confluence",
    "read:confluence-content.permission",
    "read:confluence-user",
    "read:confluence-content.summary",
];

/// Who came in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account id.
    pub account: String,
    /// Its groups.
    pub groups: Vec<String>,
}

/// The sets of scopes of which one must be held whole (classic names and granular ones are separate grants).
fn needed_scopes(method: &str, path: &str) -> Vec<Vec<&'static str>> {
    let has = |part: &str| path.contains(part);
    if has("/wiki/api/v2/") {
        let reads = method == "GET";
        return vec![match () {
            () if has("/properties") && !reads => vec!["read:page:confluence", "write:page:confluence"],
            () if has("/footer-comments") && method == "DELETE" => vec!["delete:comment:confluence"],
            () if has("/footer-comments") && !reads => vec!["write:comment:confluence"],
            () if has("/footer-comments") => vec!["read:comment:confluence"],
            () if has("/tasks") && !reads => vec!["write:task:confluence"],
            () if has("/tasks") => vec!["read:task:confluence"],
            () if has("/spaces") => vec!["read:space:confluence"],
            () if has("/convert-ids-to-types") || has("/ancestors") => vec!["read:content.metadata:confluence"],
            () if has("/whiteboards") => vec!["read:whiteboard:confluence"],
            () if has("/databases") => vec!["read:database:confluence"],
            () if has("/folders") => vec!["read:folder:confluence"],
            () if reads => vec!["read:page:confluence"],
            () => vec!["write:page:confluence"],
        }];
    }
    match () {
        () if has("/label") && method == "POST" => {
            vec![vec!["write:confluence-content"], vec!["read:label:confluence", "write:label:confluence"]]
        }
        () if has("/label") => vec![vec!["write:confluence-content"], vec!["write:label:confluence"]],
        () if has("/restriction") => vec![vec!["read:confluence-content.all"], vec!["read:content-details:confluence"]],
        () if path.ends_with("/state") => {
            vec![vec!["read:confluence-content.summary"], vec!["read:content-details:confluence"]]
        }
        () if has("/permission/check") => {
            vec![vec!["read:confluence-content.permission"], vec!["read:content.permission:confluence"]]
        }
        () if has("/user/current") || has("/user/bulk") => {
            vec![vec!["read:confluence-user"], vec!["read:content-details:confluence"]]
        }
        () => vec![vec!["search:confluence"], vec!["read:content-details:confluence"]],
    }
}

impl Confluence {
    /// The token of a request, if it is a good one.
    pub fn token(&self, request: &Request) -> Option<&ConfluenceToken> {
        let (scheme, value) = request.header("authorization")?.split_once(' ')?;
        let found = if scheme.eq_ignore_ascii_case("basic") {
            let bytes = base64::engine::general_purpose::STANDARD.decode(value.trim()).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let (email, secret) = text.split_once(':')?;
            let with_address = self.tokens.iter().filter(|token| token.kind != ConfluenceTokenKind::Access);
            with_address.into_iter().find(|token| token.email == email && token.secret == secret)
        } else {
            let alone = [ConfluenceTokenKind::ServiceAccount, ConfluenceTokenKind::Access];
            let bearers = self.tokens.iter().filter(|token| alone.contains(&token.kind));
            bearers.into_iter().find(|token| scheme.eq_ignore_ascii_case("bearer") && token.secret == value.trim())
        };
        found.filter(|token| !token.expired)
    }

    /// One more request with this credential: some are taken for so many only.
    pub fn wear(&mut self, request: &Request) {
        let Some(secret) = self.token(request).map(|token| token.secret.clone()) else { return };
        let token = self.token_mut(&secret);
        match token.good_for {
            Some(0) => token.expired = true,
            Some(left) => token.good_for = Some(left - 1),
            None => {}
        }
    }

    /// Who is asking. Measured against the service: a scoped token on the site is a 401 page of Tomcat, a missing
    /// scope on the gateway a 401 of JSON before anything is routed, and a bad or missing credential 403 in v1, but in
    /// v2 a 404 with the bare title `Not Found`.
    pub fn caller(&self, request: &Request) -> Result<Caller, Response> {
        let Some(token) = self.token(request) else {
            return Err(if request.service == Service::Gateway {
                Response::json(401, &json!({"code": 401, "message": "Unauthorized"}))
            } else if request.path.contains("/wiki/api/v2/") {
                super::v2_error(404, "NOT_FOUND", "Not Found")
            } else if request.header("authorization").is_some() {
                super::v1_error(403, "caller cannot access Confluence", None)
            } else {
                super::v1_error(403, "Current user not permitted to use Confluence", None)
            });
        };
        if token.kind != ConfluenceTokenKind::Classic {
            if request.service == Service::Confluence {
                let page = "<!doctype html><html lang=\"en\"><head><title>HTTP Status 401 – Unauthorized</title></head>\
                            <body><h1>HTTP Status 401 – Unauthorized</h1></body></html>";
                return Err(Response::html(401, page));
            }
            let needed = needed_scopes(&request.method, &request.path);
            let holds = |set: &Vec<&str>| set.iter().all(|scope| token.scopes.contains(*scope));
            if !needed.iter().any(holds) {
                let message = "Unauthorized; scope does not match";
                return Err(Response::json(401, &json!({"code": 401, "message": message})));
            }
        }
        Ok(Caller { account: token.account.clone(), groups: token.groups.clone() })
    }

    /// Whether the caller sees this content. Restrictions of what it is below hold for it too.
    pub fn may_view(&self, caller: &Caller, content: &Content) -> bool {
        let space = self.spaces.iter().find(|space| space.id == content.space);
        let admitted = |content: &Content| {
            !content.is_restricted()
                || content.read_users.contains(&caller.account)
                || content.read_groups.iter().any(|group| caller.groups.contains(group))
        };
        space.is_some_and(|space| space.view.holds(&caller.account))
            && content.view.holds(&caller.account)
            && admitted(content)
            && self.ancestors(content).into_iter().all(admitted)
    }

    /// Whether people without an account see this content. A restriction names accounts and groups of accounts.
    pub fn is_open_to_anonymous_readers(&self, content: &Content) -> bool {
        let space = self.spaces.iter().find(|space| space.id == content.space);
        let restricted = content.is_restricted() || self.ancestors(content).into_iter().any(Content::is_restricted);
        space.is_some_and(|space| space.anonymous) && !restricted && content.status == Status::Current
    }

    /// What content is below, the highest first.
    pub fn ancestors(&self, content: &Content) -> Vec<&Content> {
        let above = |id: u64| self.contents.iter().find(|content| content.id == id);
        let chain = std::iter::successors(content.parent.and_then(above), |one| one.parent.and_then(above));
        let mut all: Vec<&Content> = chain.collect();
        all.reverse();
        all
    }

    /// The content of this id, if the caller sees it.
    pub fn visible(&self, caller: &Caller, id: u64) -> Option<&Content> {
        self.contents.iter().find(|content| content.id == id && self.may_view(caller, content))
    }
}
