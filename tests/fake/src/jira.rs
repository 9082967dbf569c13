//! The Jira of the same site: issues, who sees them, and what they link. Only remote links are asked for.

use serde_json::{Value, json};

use super::confluence::model::{ConfluenceToken, ConfluenceTokenKind, Who};
use super::message::{Answer, Refusal, Request, Response, Service};
use super::state::State;

/// The id of the application link between this Jira and the Confluence of its site.
const APP_ID: &str = "f0000000-0000-3000-8000-000000000001";

/// The classic scope, and the granular ones, of which both are needed.
const SCOPES: [&[&str]; 2] = [&["read:jira-work"], &["read:issue.remote-link:jira", "read:status:jira"]];

/// Jira Cloud.
#[derive(Clone, Debug)]
pub struct Jira {
    /// Its issues.
    pub issues: Vec<Issue>,
    /// Who may use it.
    pub licensed: Who,
    /// Whether the administrators allow issue links.
    pub linking: bool,
}

/// An issue.
#[derive(Clone, Debug)]
pub struct Issue {
    /// `ENG-7`.
    pub key: String,
    /// Who sees it.
    pub view: Who,
    /// Whether people without an account see it.
    pub anonymous: bool,
    /// What it links.
    pub links: Vec<Link>,
}

/// A link of an issue.
#[derive(Clone, Debug)]
pub enum Link {
    /// A page of the same site, linked in the dialog "Link Confluence page".
    Page(u64),
    /// What a client or an application wrote: an entry of the answer.
    Raw(Value),
}

impl Default for Jira {
    fn default() -> Self {
        Self { issues: vec![], licensed: Who::Everyone, linking: true }
    }
}

impl State {
    /// Somebody writes an issue and links pages there; gives it for further changes.
    pub fn add_issue(&mut self, key: &str, pages: &[u64]) -> &mut Issue {
        let links = pages.iter().copied().map(Link::Page).collect();
        self.jira.issues.push(Issue { key: key.to_owned(), view: Who::Everyone, anonymous: false, links });
        self.issue_mut(key)
    }

    /// The issue of this key, to change it.
    pub fn issue_mut(&mut self, key: &str) -> &mut Issue {
        self.jira.issues.iter_mut().find(|issue| issue.key == key).expect("an issue")
    }
}

/// An error as Jira shapes it.
pub fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"errorMessages": [message], "errors": {}}))
}

/// The link as it was captured of Jira Cloud: the title of the page isn't there.
pub fn page_link(number: usize, key: &str, site: &str, page: u64) -> Value {
    json!({
        "id": number,
        "self": format!("{site}/rest/api/3/issue/{key}/remotelink/{number}"),
        "globalId": format!("appId={APP_ID}&pageId={page}"),
        "application": {"type": "com.atlassian.confluence", "name": "System Confluence"},
        "relationship": "Wiki Page",
        "object": {
            "url": format!("{site}/wiki/pages/viewpage.action?pageId={page}"),
            "title": "Wiki Page", "icon": {}, "status": {"icon": {}},
        },
    })
}

/// Answers a request of this Jira; the path is without what the gateway puts in front.
pub fn answer(state: &State, request: &Request, path: &[&str]) -> Answer {
    let ("GET", ["rest", "api", "3", "issue", key, "remotelink"]) = (request.method.as_str(), path) else {
        return Err(Refusal::no_such_path());
    };
    request.only_params(&["globalId"])?;
    let token = state.confluence.token(request);
    let caller = match request.service {
        Service::Gateway => Some(at_gateway(state, token)?),
        _ => at_site(request, token)?,
    };
    if !state.jira.linking {
        return Err(error(403, "Issue linking is currently disabled.").into());
    }
    let sees = |issue: &&super::Issue| match caller {
        Some(token) => state.jira.licensed.holds(&token.account) && issue.view.holds(&token.account),
        None => issue.anonymous,
    };
    let issue = state.jira.issues.iter().filter(|issue| issue.key == *key).find(sees);
    let response = match issue {
        Some(issue) => Response::json(200, &links(issue, &state.confluence.site_url)),
        None => error(404, "Issue does not exist or you do not have permission to see it."),
    };
    let is_refused = caller.is_none() && request.header("authorization").is_some();
    Ok(if is_refused { response.with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED") } else { response })
}

/// A missing scope is refused before anything is looked up, an account without Jira after it.
fn at_gateway<'a>(state: &State, token: Option<&'a ConfluenceToken>) -> Result<&'a ConfluenceToken, Response> {
    let refused = |message: &str| Response::json(401, &json!({"code": 401, "message": message}));
    let token = token.ok_or_else(|| refused("Unauthorized"))?;
    let holds = |set: &&[&str]| set.iter().all(|scope| token.scopes.contains(*scope));
    if token.kind != ConfluenceTokenKind::Classic && !SCOPES.iter().any(holds) {
        return Err(refused("Unauthorized; scope does not match"));
    }
    if !state.jira.licensed.holds(&token.account) {
        return Err(error(403, "The account has no access to Jira."));
    }
    Ok(token)
}

/// Jira goes on as for a visitor when it doesn't take an address and a token, and says so in a header.
fn at_site<'a>(request: &Request, token: Option<&'a ConfluenceToken>) -> Result<Option<&'a ConfluenceToken>, Response> {
    let authorization = request.header("authorization").unwrap_or_default().to_ascii_lowercase();
    if authorization.starts_with("bearer") {
        return Err(Response::json(403, &json!({"error": "Failed to parse Connect Session Auth Token"})));
    }
    match token {
        Some(token) if token.kind != ConfluenceTokenKind::Classic => {
            Err(Response::html(401, "<html><head><title>Unauthorized (401)</title></head></html>"))
        }
        token => Ok(token),
    }
}

fn links(issue: &Issue, site: &str) -> Value {
    let links = issue.links.iter().enumerate().map(|(at, link)| match link {
        Link::Page(page) => page_link(32_001 + at, &issue.key, site, *page),
        Link::Raw(value) => value.clone(),
    });
    links.collect()
}
