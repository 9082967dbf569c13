//! Pull requests as Bitbucket sends them.

use jiff::Timestamp;
use serde::Deserialize;

use crate::bitbucket::{Hash, MergedPullRequest, User};
use crate::ids::{CommitHash, PullRequestId, RepositoryName, RepositoryUuid};

use super::{BranchPullRequest, ListedPullRequest, PullRequest, PullRequestState, Repository};

#[derive(Deserialize)]
pub(in crate::bitbucket) struct Wire {
    id: Option<u64>,
    title: Option<String>,
    summary: Option<Markup>,
    description: Option<String>,
    state: String,
    draft: Option<bool>,
    source: Option<End>,
    destination: Option<End>,
    merge_commit: Option<Hash>,
    author: Option<User>,
    participants: Option<Vec<Participant>>,
    updated_on: Option<String>,
    comment_count: Option<u64>,
}

#[derive(Deserialize)]
struct Participant {
    approved: Option<bool>,
    user: Option<Approver>,
}

#[derive(Deserialize)]
struct Approver {
    #[serde(rename = "type")]
    kind: Option<String>,
    display_name: Option<String>,
}

impl Participant {
    /// The name of a person who approved; a token or an app is not one.
    fn approver(self) -> Option<String> {
        let user = self.user.filter(|_| self.approved == Some(true))?;
        user.display_name.filter(|_| user.kind.is_none_or(|kind| kind == "user"))
    }
}

#[derive(Deserialize)]
struct Markup {
    raw: Option<String>,
}

/// Where a pull request comes from or goes to.
#[derive(Default, Deserialize)]
struct End {
    branch: Option<Branch>,
    commit: Option<Hash>,
    repository: Option<RepositoryWire>,
}

#[derive(Deserialize)]
struct Branch {
    name: Option<String>,
}

#[derive(Deserialize)]
struct RepositoryWire {
    full_name: Option<String>,
    uuid: Option<String>,
}

impl RepositoryWire {
    fn meant(self) -> Repository {
        Repository {
            uuid: self.uuid.as_deref().and_then(RepositoryUuid::from_braces),
            name: self.full_name.as_deref().and_then(RepositoryName::parse),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Updated {
    id: u64,
    updated_on: Option<String>,
}

impl Updated {
    /// Without a time that can be read it is as old as anything.
    pub(super) fn meant(self) -> Option<(Timestamp, PullRequestId)> {
        let at = self.updated_on.and_then(|at| at.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        Some((at, PullRequestId::new(self.id)?))
    }
}

impl Wire {
    pub(in crate::bitbucket) fn merged(self) -> Option<MergedPullRequest> {
        let updated = self.updated_on.as_ref().and_then(|at| at.parse().ok());
        let destination = self.destination.as_ref().and_then(|end| end.commit.as_ref()?.hash.as_deref());
        let destination_commit = destination.and_then(CommitHash::parse);
        let pull_request = self.numbered()?;
        let merge_commit = pull_request.merge_commit.clone().or_else(|| pull_request.source_commit.clone())?;
        Some(MergedPullRequest { merge_commit, destination_commit, updated, pull_request })
    }

    pub(super) fn of_branch(self) -> Option<BranchPullRequest> {
        let PullRequest { id, state, source_commit, .. } = self.numbered()?;
        Some(BranchPullRequest { id, state, source_commit })
    }

    pub(super) fn numbered(self) -> Option<PullRequest> {
        let id = PullRequestId::new(self.id?)?;
        Some(self.meant(id))
    }

    pub(super) fn listed(self) -> Option<ListedPullRequest> {
        let id = PullRequestId::new(self.id?)?;
        let may_have_comments = self.comment_count != Some(0);
        Some(ListedPullRequest { pull_request: self.meant(id), may_have_comments })
    }

    pub(super) fn meant(self, id: PullRequestId) -> PullRequest {
        let state = match (self.state.as_str(), self.draft.unwrap_or(false)) {
            ("MERGED", _) => PullRequestState::Merged,
            ("DECLINED", _) => PullRequestState::Declined,
            ("SUPERSEDED", _) => PullRequestState::Superseded,
            (_, true) => PullRequestState::Draft,
            (_, false) => PullRequestState::Open,
        };
        let (source, destination) = (self.source.unwrap_or_default(), self.destination.unwrap_or_default());
        let name = |branch: Option<Branch>| branch.and_then(|branch| branch.name).unwrap_or_default();
        let author = self.author.unwrap_or_default();
        let approvers = self.participants.map(|all| all.into_iter().filter_map(Participant::approver).collect());
        PullRequest {
            id,
            title: self.title.unwrap_or_default(),
            description: self.summary.and_then(|summary| summary.raw).or(self.description).unwrap_or_default(),
            state,
            source_branch: name(source.branch),
            source_commit: source.commit.and_then(Hash::meant),
            source_repository: source.repository.map(RepositoryWire::meant),
            destination_repository: destination.repository.map(RepositoryWire::meant),
            destination_branch: name(destination.branch),
            merge_commit: self.merge_commit.and_then(Hash::meant),
            author: author.account(),
            author_name: author.display_name,
            approved_by: approvers.filter(|_| state == PullRequestState::Merged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_who_approved_are_approvers() {
        let one = |approved: bool, state: &str, kind: &str| {
            let user = serde_json::json!({"type": kind, "display_name": format!("{state} {kind}")});
            serde_json::json!({"approved": approved, "state": state, "user": user})
        };
        let participants = serde_json::json!([
            one(false, "withdrawn", "user"),
            one(false, "changes_requested", "user"),
            one(true, "approved", "user"),
            one(true, "approved", "app_user"),
            one(true, "approved", "unknown"),
            {"approved": true, "user": null},
            {"approved": true, "user": {"display_name": "untyped"}},
        ]);
        for (state, names) in [("MERGED", Some("approved user, untyped")), ("OPEN", None), ("DECLINED", None)] {
            let json = serde_json::json!({"id": 1, "state": state, "participants": participants});
            let wire: Wire = serde_json::from_value(json).unwrap();
            assert_eq!(wire.numbered().unwrap().approvers().as_deref(), names, "{state}");
        }
    }

    #[test]
    fn a_fork_has_another_identity_and_not_another_name() {
        let repository = |name: &str, uuid: &str| serde_json::json!({"full_name": name, "uuid": format!("{{{uuid}}}")});
        let (shop, other) = ("11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002");
        let table = [
            (repository("acme/shop", shop), false),
            (repository("acme/old-name", shop), false),
            (repository("acme/shop", other), true),
            (serde_json::Value::Null, true),
        ];
        for (source, is_fork) in table {
            let destination = serde_json::json!({"repository": repository("acme/shop", shop)});
            let json = serde_json::json!({
                "id": 1, "state": "OPEN", "source": {"repository": source}, "destination": destination,
            });
            let wire: Wire = serde_json::from_value(json).unwrap();
            assert_eq!(wire.numbered().unwrap().is_fork(), is_fork, "{source}");
        }
    }
}
