//! The event: why the pipeline runs, and on what.

use std::fmt;

use crate::bitbucket::{PullRequest, PullRequestState, Repository};
use crate::ids::{CommitHash, PullRequestId, RepositoryName, RepositoryUuid};
use crate::page::RepositoryVisibility;
use crate::variables::{Problem, Step, words};
use crate::words::cut;

/// What the pipeline says of itself (`BITBUCKET_*`).
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    /// The repository it runs in.
    pub repository: RepositoryName,
    /// The identity of that repository, which no rename changes.
    pub repository_uuid: Option<RepositoryUuid>,
    /// Who can see that repository. The variable is always there in a real pipeline.
    pub visibility: RepositoryVisibility,
    /// The commit it runs on; in a pull request pipeline the source branch's tip.
    pub commit: Option<CommitHash>,
    pub event: Event,
    /// The branch it runs on; in a pull request pipeline the source branch. A tag has none.
    pub branch: Option<String>,
    /// The branch that the pull request goes to, in a pull request pipeline.
    pub destination_branch: Option<String>,
    /// The pipeline's and the step's UUIDs, for the audit log.
    pub pipeline: Option<String>,
    pub step: Option<String>,
    /// The key of the project that the repository is in.
    pub project: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A pull request was opened or pushed to.
    PullRequest(PullRequestId),
    /// A branch was pushed; a custom or scheduled pipeline looks the same.
    Branch(String),
    Tag(String),
    /// A custom pipeline was started on a commit. Bitbucket then names no branch, tag or pull request.
    Commit,
}

impl Pipeline {
    /// The pull request of this pipeline with what the variables have: no title, description or state.
    ///
    /// It isn't from a fork, because forks get no pipeline. A pull request that was found by its branch's name may be
    /// from a fork, so only the one that the pipeline names counts.
    pub(crate) fn pull_request(&self, id: PullRequestId) -> Option<PullRequest> {
        (self.event == Event::PullRequest(id)).then(|| PullRequest {
            id,
            title: String::new(),
            description: String::new(),
            state: PullRequestState::Unknown,
            source_branch: self.branch.clone().unwrap_or_default(),
            source_commit: self.commit.clone(),
            source_repository: Some(self.own_repository()),
            destination_repository: Some(self.own_repository()),
            destination_branch: self.destination_branch.clone().unwrap_or_default(),
            merge_commit: None,
            author: None,
            author_name: None,
            approved_by: None,
        })
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event {
            Event::PullRequest(id) => write!(f, "{} #{id}", self.repository),
            Event::Branch(name) => write!(f, "{}, branch {}", self.repository, cut(name)),
            Event::Tag(name) => write!(f, "{}, tag {}", self.repository, cut(name)),
            Event::Commit => write!(f, "{}", self.repository),
        }
    }
}

impl Pipeline {
    fn own_repository(&self) -> Repository {
        Repository { uuid: self.repository_uuid.clone(), name: Some(self.repository.clone()) }
    }
}

/// Reads the pipeline's own variables.
pub(crate) fn read(step: &Step) -> Result<Pipeline, Vec<Problem>> {
    let mut problems = Vec::new();
    let full_name = step
        .bitbucket_repo_full_name
        .clone()
        .or_else(|| Some(format!("{}/{}", step.bitbucket_workspace.as_ref()?, step.bitbucket_repo_slug.as_ref()?)));
    let repository = full_name.as_deref().and_then(RepositoryName::parse);
    if repository.is_none() {
        problems.push(Problem::new("BITBUCKET_REPO_FULL_NAME", words::NO_REPOSITORY));
    }
    let event = event(step).map_err(|problem| problems.push(problem)).ok();
    let (Some(repository), Some(event)) = (repository, event) else { return Err(problems) };
    let public = step.bitbucket_repo_is_private.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("false"));
    Ok(Pipeline {
        repository,
        repository_uuid: step.bitbucket_repo_uuid.as_deref().and_then(RepositoryUuid::from_braces),
        visibility: if public { RepositoryVisibility::Public } else { RepositoryVisibility::Private },
        commit: step.bitbucket_commit.as_deref().and_then(CommitHash::parse),
        event,
        branch: step.bitbucket_branch.clone(),
        destination_branch: step.bitbucket_pr_destination_branch.clone(),
        pipeline: step.bitbucket_pipeline_uuid.clone(),
        step: step.bitbucket_step_uuid.clone(),
        project: step.bitbucket_project_key.clone(),
    })
}

fn event(step: &Step) -> Result<Event, Problem> {
    if let Some(id) = &step.bitbucket_pr_id {
        let problem = || Problem::new("BITBUCKET_PR_ID", words::NOT_A_PULL_REQUEST);
        return PullRequestId::parse(id).map(Event::PullRequest).ok_or_else(problem);
    }
    Ok(match (&step.bitbucket_tag, &step.bitbucket_branch) {
        (Some(tag), _) => Event::Tag(tag.clone()),
        (None, Some(branch)) => Event::Branch(branch.clone()),
        (None, None) => Event::Commit,
    })
}
