//! Commits, and those that can be reached from one but not from another.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::model::{Commit, PullRequest, Repository};
use super::paging::Paging;
use super::{account_json, not_found, pull_requests::rendered, query, repository_reference};
use crate::clock::bitbucket_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// Answers `commit/{commit}`, `commits`, `commits/{revision}`, `refs/tags`, `refs/tags/{name}`, `refs/branches/{name}`.
pub fn answer(state: &State, at: usize, request: &Request, rest: &[&str]) -> Answer {
    let repository = &state.bitbucket.repositories[at];
    let paging = Paging { api_url: &state.bitbucket.api_url, default: 30, max: 100, counted: false };
    match rest {
        ["commit", revision] => {
            request.only_params(&["fields"])?;
            let commit = repository.resolve(revision).ok_or_else(|| unknown(revision))?;
            Ok(Response::json(200, &json(repository, commit)))
        }
        ["commits"] | ["commits", _] => {
            request.only_params(&["include", "exclude", "page", "ctx", "pagelen", "fields"])?;
            let named = rest.get(1).copied().filter(|revision| !revision.is_empty());
            let values = log(repository, request, named)?;
            paging.page(request, values)
        }
        ["refs", "tags"] => {
            request.only_params(&["q", "sort", "page", "pagelen", "fields"])?;
            let all = repository.tags.iter().map(|(name, hash)| reference(repository, "tag", name, hash)).collect();
            let values = query::filter_and_sort(all, request.param("q"), request.param("sort"))?;
            Paging { counted: true, default: 10, ..paging }.page(request, values)
        }
        ["refs", kind @ ("tags" | "branches"), name @ ..] if !name.is_empty() => {
            request.only_params(&["fields"])?;
            let (kind, known) =
                if *kind == "tags" { ("tag", &repository.tags) } else { ("branch", &repository.branches) };
            let name = name.join("/");
            let hash = known.get(&name).ok_or_else(|| not_found(&format!("No such {kind}: {name}")))?;
            Ok(Response::json(200, &reference(repository, kind, &name, hash)))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// Bitbucket's documents: empty when the source branch is gone, 404 when the fork is.
pub fn of_pull_request(state: &State, at: usize, request: &Request, one: &PullRequest) -> Answer {
    request.only_params(&["page", "ctx", "pagelen", "fields"])?;
    let repository = &state.bitbucket.repositories[at];
    if one.source_repository.is_none() {
        return Err(not_found("The source repository of this pull request does not exist."));
    }
    let hashes: &[String] = if one.source_branch_exists { &one.commits } else { &[] };
    let known: HashMap<&str, &Commit> = repository.commits.iter().map(|one| (one.hash.as_str(), one)).collect();
    let commits = hashes.iter().filter_map(|hash| known.get(hash.as_str()).copied());
    let values = commits.map(|commit| json(repository, commit)).collect();
    let paging = Paging { api_url: &state.bitbucket.api_url, default: 10, max: 100, counted: false };
    paging.page(request, values)
}

fn unknown(revision: &str) -> Refusal {
    not_found(&format!("Commit not found: {revision}"))
}

/// Newest first, as `git log include… ^exclude…` has it; everything when nothing is included.
fn log(repository: &Repository, request: &Request, named: Option<&str>) -> Result<Vec<Value>, Refusal> {
    let values = |name| request.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut include: Vec<&str> = values("include").chain(named).collect();
    if include.is_empty() {
        include = repository.branches.keys().chain(repository.tags.keys()).map(String::as_str).collect();
    }
    let included = reach(repository, &include)?;
    let excluded = reach(repository, &values("exclude").collect::<Vec<_>>())?;
    let newest_first = repository.commits.iter().rev();
    let shown = newest_first.filter(|commit| included.contains(&commit.hash) && !excluded.contains(&commit.hash));
    Ok(shown.map(|commit| json(repository, commit)).collect())
}

fn reach(repository: &Repository, revisions: &[&str]) -> Result<HashSet<String>, Refusal> {
    let mut reached = HashSet::new();
    let mut waiting = vec![];
    for revision in revisions {
        waiting.push(repository.resolve(revision).ok_or_else(|| unknown(revision))?);
    }
    while let Some(commit) = waiting.pop() {
        if reached.insert(commit.hash.clone()) {
            waiting.extend(commit.parents.iter().filter_map(|parent| repository.resolve(parent)));
        }
    }
    Ok(reached)
}

fn reference(repository: &Repository, kind: &str, name: &str, hash: &str) -> Value {
    let target = repository.resolve(hash).map(|commit| json(repository, commit));
    let mut reference = json!({
        "type": kind,
        "name": name,
        "target": target,
        "links": {"html": {"href": format!("https://bitbucket.org/{}/commits/{kind}/{name}", repository.full_name)}},
    });
    if let (Some(at), "tag") = (repository.annotated.get(name), kind) {
        reference["date"] = bitbucket_date(*at).into();
    }
    reference
}

fn json(repository: &Repository, commit: &Commit) -> Value {
    let parents: Vec<Value> = commit.parents.iter().map(|hash| json!({"type": "commit", "hash": hash})).collect();
    let mut author = json!({"type": "author", "raw": commit.author_raw});
    if let Some(account) = &commit.author {
        author["user"] = account_json(account);
    }
    json!({
        "type": "commit",
        "hash": commit.hash,
        "date": bitbucket_date(commit.date),
        "message": commit.message,
        "summary": rendered(&commit.message),
        "author": author,
        "parents": parents,
        "repository": repository_reference(&repository.full_name, &repository.uuid),
    })
}
