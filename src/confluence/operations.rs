//! The account's permissions on a page.

use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::PageName;

use super::{Confluence, collection};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    operation: String,
    target_type: String,
}

impl Confluence {
    /// Whether the account may add a comment to a page; `None` when the answer does not list operations.
    pub(crate) fn may_comment(&self, name: PageName) -> Result<Option<bool>, HttpError> {
        #[derive(Deserialize)]
        struct Operations {
            #[serde(default)]
            operations: Vec<Operation>,
        }
        let request = Request::get(format!("{}/{}/operations", collection(name.kind), name.id));
        let Operations { operations } = self.send(&request)?.json()?;
        let allowed = operations.iter().any(|it| it.operation == "create" && it.target_type == "comment");
        Ok((!operations.is_empty()).then_some(allowed))
    }
}
