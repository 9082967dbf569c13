//! What may the account do with a page?

use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{PageKind, PageName};

use super::{Confluence, collection};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    operation: String,
    target_type: String,
}

impl Confluence {
    /// Whether the account may add a comment to a page; `None` when the answer does not list operations.
    pub fn may_comment(&self, name: PageName) -> Result<Option<bool>, HttpError> {
        self.may(name, "create", "comment")
    }

    /// Whether the account may edit a page, and so complete its tasks and label it; `None` when the answer does not list
    /// operations.
    pub fn may_edit(&self, name: PageName) -> Result<Option<bool>, HttpError> {
        let target = match name.kind {
            PageKind::Page => "page",
            PageKind::BlogPost => "blogpost",
        };
        self.may(name, "update", target)
    }

    fn may(&self, name: PageName, operation: &str, target: &str) -> Result<Option<bool>, HttpError> {
        #[derive(Deserialize)]
        struct Operations {
            #[serde(default)]
            operations: Vec<Operation>,
        }
        let request = Request::get(format!("{}/{}/operations", collection(name.kind), name.id));
        let Operations { operations } = self.send(&request)?.json()?;
        let allowed = operations.iter().any(|it| it.operation == operation && it.target_type == target);
        Ok((!operations.is_empty()).then_some(allowed))
    }
}
