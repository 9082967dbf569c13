//! Labels of pages and blog posts.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use crate::http::{HttpError, Request};
use crate::ids::{Label, PageName};

use super::{Confluence, PAGE_LENGTH, collection};

impl Confluence {
    /// A page's labels, in lower case; as they are now, a minute before search has them.
    pub(crate) fn labels(&self, name: PageName) -> Result<BTreeSet<String>, HttpError> {
        #[derive(Deserialize)]
        struct Wire {
            name: String,
        }
        let request = Request::get(format!("{}/{}/labels", collection(name.kind), name.id)).query("limit", PAGE_LENGTH);
        let labels: Vec<Wire> = self.list(request, 8)?;
        Ok(labels.into_iter().map(|label| label.name.to_lowercase()).collect())
    }

    /// Adds a label, which needs the permission to edit the page; gives the service's id of the request. v1 only.
    pub(crate) fn add_label(&self, name: PageName, label: &Label) -> Result<Option<String>, HttpError> {
        let body = json!([{ "prefix": "global", "name": label.as_str() }]);
        self.write(Request::post(format!("/wiki/rest/api/content/{}/label", name.id)).json(&body))
    }
}
