//! Inline tasks of pages and blog posts.

use serde::Deserialize;
use serde_json::json;

use crate::http::{HttpError, Request};
use crate::ids::{ContentId, GlobalTaskId, PageKind, PageName, TaskId};

use super::{Body, Confluence, PAGE_LENGTH};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    /// What requests call it (Confluence's documents: `id`).
    pub id: GlobalTaskId,
    /// The page it stands on.
    pub page: ContentId,
    /// Its number on that page: what people see in a link (Confluence's documents: `localId`).
    pub local_id: TaskId,
    pub done: bool,
    /// Its text in storage format.
    pub body: String,
}

impl Confluence {
    /// The tasks of these pages.
    pub(crate) fn tasks(&self, pages: &[PageName]) -> Result<Vec<Task>, HttpError> {
        let request = Request::get("/wiki/api/v2/tasks").query("body-format", "storage").query("limit", PAGE_LENGTH);
        let request = pages.iter().fold(request, |request, page| match page.kind {
            PageKind::Page => request.query("page-id", page.id),
            PageKind::BlogPost => request.query("blogpost-id", page.id),
        });
        let wires: Vec<Wire> = self.list(request, 20)?;
        Ok(wires.into_iter().filter_map(Wire::meant).collect())
    }

    /// Ticks a task off, which needs the permission to edit its page; gives the service's id of the request.
    pub(crate) fn complete_task(&self, id: &GlobalTaskId) -> Result<Option<String>, HttpError> {
        self.write(Request::put(format!("/wiki/api/v2/tasks/{id}")).json(&json!({ "status": "complete" })))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    local_id: Option<String>,
    page_id: Option<String>,
    blog_post_id: Option<String>,
    status: Option<String>,
    body: Option<Body>,
}

impl Wire {
    fn meant(self) -> Option<Task> {
        let page = self.page_id.or(self.blog_post_id)?;
        Some(Task {
            id: GlobalTaskId::parse(&self.id?)?,
            page: ContentId::parse(&page)?,
            local_id: TaskId::parse(&self.local_id?)?,
            done: self.status.as_deref() == Some("complete"),
            body: self.body.and_then(Body::storage).unwrap_or_default(),
        })
    }
}
