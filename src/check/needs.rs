//! The operations that linking needs as it is configured, and their scopes.

use std::collections::BTreeSet;

use crate::confluence::Probe;
use crate::http::{Method, ServiceName};
use crate::plan::{Output, Outputs};
use crate::refusal::scopes::{self, Kind};

use super::words;

/// An operation of Confluence, and how it is asked about.
pub(super) struct Need {
    pub(super) what: &'static str,
    pub(super) probe: Probe,
}

impl Need {
    pub(super) fn scope(&self) -> Option<&'static scopes::Confluence> {
        let (method, path) = self.probe.operation();
        scopes::operation(ServiceName::Confluence, method, path).and_then(scopes::Operation::confluence)
    }
}

/// What else is needed of Confluence. What a page was linked by is not known before a run, so every form counts.
pub(super) fn of_confluence(outputs: Outputs) -> Vec<Need> {
    let need = |what, probe| Need { what, probe };
    let mut needs = vec![
        need(words::SEARCH, Probe::Search),
        need(words::VIEWERS, Probe::Restriction),
        need(words::PAGES, Probe::Pages),
        need(words::SPACES, Probe::Spaces),
        need(words::TASKS, Probe::Tasks),
        need(words::BOARDS, Probe::Types),
        need(words::PAGE_COMMENTS, Probe::Comments),
    ];
    if outputs.page_comment == Output::On {
        needs.push(need(words::WRITE_PAGE_COMMENTS, Probe::WriteComment));
        needs.push(need(words::DELETE_DUPLICATES, Probe::DeleteComment));
    }
    if outputs.tasks == Output::On {
        needs.push(need(words::COMPLETE_TASKS, Probe::CompleteTask));
    }
    if outputs.labels == Output::On {
        needs.push(need(words::LABEL_PAGES, Probe::AddLabel));
    }
    needs
}

/// What Bitbucket is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repository {
    PullRequests,
    Comments,
    Reports,
}

impl Repository {
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::PullRequests => words::PULL_REQUESTS,
            Self::Comments => words::COMMENTS,
            Self::Reports => words::REPORTS,
        }
    }

    pub(super) fn scope(self, kind: Kind) -> Option<&'static str> {
        let path = match self {
            Self::PullRequests => "/repositories/w/r/pullrequests",
            Self::Comments => "/repositories/w/r/pullrequests/1/comments",
            Self::Reports => "/repositories/w/r/commit/c/reports/r",
        };
        // Reading and writing one thing take the same scope.
        let scope =
            scopes::operation(ServiceName::Bitbucket, Method::Get, path).and_then(scopes::Operation::bitbucket)?;
        match kind {
            Kind::AccessToken => Some(scope.access_token),
            Kind::ApiToken => Some(scope.api_token),
            Kind::Confluence => None,
        }
    }
}

pub(super) fn of_bitbucket(outputs: Outputs) -> Vec<Repository> {
    let comments = (outputs.comment == Output::On).then_some(Repository::Comments);
    let reports = (outputs.report == Output::On).then_some(Repository::Reports);
    [Some(Repository::PullRequests), comments, reports].into_iter().flatten().collect()
}

/// The fewest scopes with which these outputs work, in alphabetical order.
pub(super) fn smallest(kind: Kind, outputs: Outputs) -> BTreeSet<&'static str> {
    let mut scopes: BTreeSet<&'static str> = match kind {
        Kind::Confluence => {
            of_confluence(outputs).iter().filter_map(Need::scope).flat_map(scopes::Confluence::granular).collect()
        }
        Kind::AccessToken | Kind::ApiToken => {
            of_bitbucket(outputs).into_iter().filter_map(|need| need.scope(kind)).collect()
        }
    };
    // An access token's scope for pull requests implies the one for the repository.
    if kind == Kind::AccessToken {
        let reports = Repository::Reports.scope(kind);
        scopes.retain(|scope| Some(*scope) != reports);
    }
    scopes
}

/// Whether scopes that Bitbucket granted hold one that is wanted.
pub(super) fn holds(kind: Kind, granted: &[String], wanted: &str) -> bool {
    let implied = |held: &str| match kind {
        Kind::AccessToken => {
            held.split(':').next() == Some(wanted) || (wanted == "repository" && held.starts_with("pullrequest"))
        }
        Kind::ApiToken | Kind::Confluence => false,
    };
    granted.iter().any(|held| held == wanted || implied(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_outputs_need_the_smallest_set_of_scopes() {
        let off = Output::Off;
        let none = Outputs { comment: off, report: off, page_comment: off, labels: off, tasks: off };
        let all = Outputs { comment: Output::On, report: Output::On, page_comment: Output::On, ..none };
        for kind in [Kind::Confluence, Kind::AccessToken, Kind::ApiToken] {
            assert_eq!(smallest(kind, all), scopes::smallest(kind), "{kind:?}");
        }
        assert_eq!(smallest(Kind::ApiToken, none), BTreeSet::from(["read:pullrequest:bitbucket"]));
        assert!(!smallest(Kind::Confluence, none).contains("write:comment:confluence"));
        let with = |outputs| &smallest(Kind::Confluence, outputs) - &smallest(Kind::Confluence, none);
        let tasks = with(Outputs { tasks: Output::On, ..none });
        assert_eq!(tasks, BTreeSet::from(["write:task:confluence"]));
        let labels = with(Outputs { labels: Output::On, ..none });
        assert_eq!(labels, BTreeSet::from(["read:label:confluence", "write:label:confluence"]));
    }

    #[test]
    fn access_tokens_scopes_imply_lower_ones_and_api_tokens_do_not() {
        let granted = |scope: &str| vec![scope.to_owned()];
        assert!(holds(Kind::AccessToken, &granted("pullrequest:write"), "pullrequest"));
        assert!(holds(Kind::AccessToken, &granted("pullrequest"), "repository"));
        assert!(!holds(Kind::AccessToken, &granted("repository:write"), "pullrequest"));
        assert!(!holds(Kind::ApiToken, &granted("read:pullrequest:bitbucket"), "read:repository:bitbucket"));
    }
}
