//! The rights and the account of the credential. Reads only.

use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::PullRequestId;

use super::{Bitbucket, User};

/// A read that shows whether an operation is open to the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    PullRequests,
    /// The comments on a pull request.
    Comments(PullRequestId),
}

impl Bitbucket {
    pub(crate) fn probe(&self, probe: Probe) -> Result<(), HttpError> {
        let path = match probe {
            Probe::PullRequests => self.path("/pullrequests"),
            Probe::Comments(id) => self.path(&format!("/pullrequests/{id}/comments")),
        };
        // Ten is the shortest page that Bitbucket's documents allow.
        let request = Request::get(path).query("pagelen", 10).query("fields", "values.id");
        self.service.send(&request).map(drop)
    }

    /// What people call the account of the credential. Repository tokens may not ask.
    pub(crate) fn who(&self) -> Result<Option<String>, HttpError> {
        Ok(self.user("display_name")?.display_name)
    }

    /// The account of the credential, as far as `fields` asks.
    pub(super) fn user(&self, fields: &str) -> Result<User, HttpError> {
        self.service.send(&Request::get("/user").query("fields", fields))?.json()
    }

    /// The key of the project that the repository is in.
    pub(crate) fn project_key(&self) -> Result<Option<String>, HttpError> {
        #[derive(Deserialize)]
        struct Wire {
            project: Option<Project>,
        }
        #[derive(Deserialize)]
        struct Project {
            key: Option<String>,
        }
        let request = Request::get(self.path("")).query("fields", "project.key");
        let wire: Wire = self.service.send(&request)?.json()?;
        Ok(wire.project.and_then(|project| project.key))
    }
}
