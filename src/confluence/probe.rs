//! Requests that show whether an operation is open to the credential, and that change nothing.

use serde::de::IgnoredAny;
use serde_json::json;

use crate::http::{HttpError, Method, Request};

use super::endpoint::current_user;
use super::{Account, Confluence, ListPage, search};

/// An operation that is asked about. The gateway looks at scopes before it looks for what a path names (measured by
/// others), so each asks for something with the number 0, which nothing has. A search names nothing: it has to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    Search,
    /// Reading who may view a page.
    Restriction,
    /// Reading pages and blog posts.
    Pages,
    Spaces,
    Tasks,
    /// Telling kinds of content apart.
    Types,
    Comments,
    /// Writing comments. Asked by a PUT, never by the POST that would create: it names no comment that can exist, and
    /// its empty body has neither the version nor the text without which nothing can be changed.
    WriteComment,
    /// Deleting comments. It names no comment that can exist, and there is no body that could name another.
    DeleteComment,
    /// Completing tasks: a PUT that names no task that can exist, and a status that completes none.
    CompleteTask,
    /// Labelling pages: a POST of no label, to a page that cannot exist.
    AddLabel,
    /// Reading the links of Jira issues.
    Jira,
}

impl Probe {
    /// The method and path of its request.
    pub(crate) fn operation(self) -> (Method, &'static str) {
        match self {
            Self::Search => (Method::Get, search::PATH),
            Self::Restriction => (Method::Get, "/wiki/rest/api/content/0/restriction/byOperation/read"),
            Self::Pages => (Method::Get, "/wiki/api/v2/pages/0"),
            Self::Spaces => (Method::Get, "/wiki/api/v2/spaces"),
            Self::Tasks => (Method::Get, "/wiki/api/v2/tasks"),
            Self::Types => (Method::Post, "/wiki/api/v2/content/convert-ids-to-types"),
            Self::Comments => (Method::Get, "/wiki/api/v2/pages/0/footer-comments"),
            Self::WriteComment => (Method::Put, "/wiki/api/v2/footer-comments/0"),
            Self::DeleteComment => (Method::Delete, "/wiki/api/v2/footer-comments/0"),
            Self::CompleteTask => (Method::Put, "/wiki/api/v2/tasks/0"),
            Self::AddLabel => (Method::Post, "/wiki/rest/api/content/0/label"),
            Self::Jira => (Method::Get, "/rest/api/3/issue/0/remotelink"),
        }
    }

    /// What has the method of a write is sent once: nothing is worth sending such a request again.
    fn request(self) -> Request {
        let (_, path) = self.operation();
        match self {
            Self::Search => Request::get(path).query("cql", "type in (page, blogpost)").query("limit", 1),
            Self::Restriction | Self::Pages | Self::Jira => Request::get(path),
            Self::Spaces | Self::Comments => Request::get(path).query("limit", 1),
            Self::Tasks => Request::get(path).query("page-id", 0).query("limit", 1),
            Self::Types => Request::post(path).json(&json!({ "contentIds": ["0"] })).reading(),
            Self::WriteComment => Request::put(path).json(&json!({})).reading().tentative(),
            Self::CompleteTask => Request::put(path).json(&json!({ "status": "incomplete" })).reading().tentative(),
            Self::AddLabel => Request::post(path).json(&json!([])).reading().tentative(),
            Self::DeleteComment => Request::delete(path).reading().tentative(),
        }
    }
}

impl Confluence {
    /// Sends a probe. Whatever the answer names does not exist; that it is looked for at all is what matters.
    pub(crate) fn probe(&self, probe: Probe) -> Result<(), HttpError> {
        let products = self.products()?;
        let service = if probe == Probe::Jira { &products.jira } else { &products.confluence };
        let answer = service.send(&probe.request())?;
        if probe == Probe::Search {
            answer.json::<ListPage<IgnoredAny>>()?;
        }
        Ok(())
    }

    /// Whose the credential is, asked again.
    pub(crate) fn who(&self) -> Result<Account, HttpError> {
        current_user(self.service()?)
    }

    /// The address that takes the credential, once it is found out.
    pub(crate) fn address(&self) -> Option<String> {
        self.products.get().map(|products| products.confluence.base().to_string())
    }
}
