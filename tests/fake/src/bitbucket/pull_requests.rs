//! Pull requests as the API shows them.

use serde_json::{Value, json};

use super::model::{Account, Participant, PullRequest, PullRequestState, Repository};
use super::paging::Paging;
use super::{Caller, account_json, comments, commits, error, not_found, query, repository_reference};
use crate::clock::bitbucket_date;
use crate::message::{Answer, Refusal, Request, Response};
use crate::state::State;

/// Answers everything below `/pullrequests`.
pub fn answer(state: &mut State, at: usize, request: &Request, caller: &Caller, rest: &[&str]) -> Answer {
    let [id, rest @ ..] = rest else {
        return if request.method == "GET" { list(state, at, request) } else { Err(Refusal::no_such_path()) };
    };
    let repository = &state.bitbucket.repositories[at];
    let found = repository.pull_requests.iter().position(|one| one.id.to_string() == **id);
    let index = found.ok_or_else(|| not_found("The requested pull request does not exist."))?;
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            request.only_params(&["fields"])?;
            Ok(Response::json(200, &json(repository, &repository.pull_requests[index], true)))
        }
        ("GET", ["commits"]) => commits::of_pull_request(state, at, request, &repository.pull_requests[index]),
        (_, ["comments", rest @ ..]) => comments::answer(state, (at, index), request, caller, rest),
        _ => Err(Refusal::no_such_path()),
    }
}

/// Bitbucket's documents: only open ones are listed unless states are named; pages of 10, at most 50.
fn list(state: &State, at: usize, request: &Request) -> Answer {
    request.only_params(&["state", "q", "sort", "page", "pagelen", "fields"])?;
    let repository = &state.bitbucket.repositories[at];
    let mut states = vec![];
    for (_, value) in request.query.iter().filter(|(key, _)| key == "state") {
        if !["OPEN", "MERGED", "DECLINED", "SUPERSEDED"].contains(&value.as_str()) {
            return Err(error(400, &format!("Invalid state: {value}")).into());
        }
        states.push(value.as_str());
    }
    let named_in_query = request.param("q").is_some_and(|q| q.contains("state"));
    if states.is_empty() && !named_in_query {
        states.push(PullRequestState::Open.name());
    }
    let in_state = |one: &&PullRequest| states.is_empty() || states.contains(&one.state.name());
    let newest_first = repository.pull_requests.iter().rev();
    let all: Vec<Value> = newest_first.filter(in_state).map(|one| json(repository, one, false)).collect();
    let values = query::filter_and_sort(all, request.param("q"), request.param("sort"))?;
    let mut values = values;
    // A list has them only for a request that names them.
    if !request.param("fields").is_some_and(|fields| fields.contains("participants")) {
        values.iter_mut().for_each(|value| drop(value.as_object_mut().unwrap().remove("participants")));
    }
    Paging { api_url: &state.bitbucket.api_url, default: 10, max: 50, counted: true }.page(request, values)
}

/// `commit/{commit}/pullrequests`: only with the app "Pull Request Commit Links"; 404 means not indexed.
pub fn of_commit(state: &State, at: usize, request: &Request, commit: &str) -> Answer {
    request.only_params(&["page", "pagelen", "fields"])?;
    if !state.bitbucket.pr_commit_links {
        return Err(not_found("Commit not indexed"));
    }
    let repository = &state.bitbucket.repositories[at];
    let commit = repository.resolve(commit).ok_or_else(|| not_found("Commit not found"))?;
    let has =
        |one: &&PullRequest| one.commits.contains(&commit.hash) || one.merge_commit.as_ref() == Some(&commit.hash);
    let values: Vec<Value> =
        repository.pull_requests.iter().filter(has).map(|one| json(repository, one, false)).collect();
    Paging { api_url: &state.bitbucket.api_url, default: 30, max: 50, counted: true }.page(request, values)
}

/// The pull request as the API shows it. In lists there are no reviewers and participants.
pub fn json(repository: &Repository, one: &PullRequest, alone: bool) -> Value {
    let html = format!("https://bitbucket.org/{}/pull-requests/{}", repository.full_name, one.id);
    let api = format!("https://api.bitbucket.org/2.0/repositories/{}/pullrequests/{}", repository.full_name, one.id);
    let end = |full_name: Option<&String>, branch: &str, commit: &str| {
        let reference = full_name.map(|name| {
            let own = *name == repository.full_name;
            repository_reference(name, if own { &repository.uuid } else { "{22222222-0000-4000-8000-000000000002}" })
        });
        json!({
            "repository": reference,
            "branch": {"name": branch},
            "commit": {"hash": &commit[..12]},
        })
    };
    let live = one.comments.iter().filter(|comment| !comment.deleted).count();
    let merge = one.merge_commit.as_ref().map(|hash| json!({"hash": &hash[..12]}));
    let mut value = json!({
        "type": "pullrequest",
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "summary": rendered(&one.description),
        "state": one.state.name(),
        "draft": one.draft,
        "queued": false,
        "author": account_json(&one.author),
        "source": end(one.source_repository.as_ref(), &one.source_branch, &one.source_commit),
        "destination": end(Some(&repository.full_name), &one.destination_branch, &one.destination_commit),
        "merge_commit": merge,
        "comment_count": live,
        "task_count": 0,
        "close_source_branch": false,
        "reason": "",
        "created_on": bitbucket_date(one.created_on),
        "updated_on": bitbucket_date(one.updated_on),
        "links": {
            "self": {"href": api},
            "html": {"href": html},
            "commits": {"href": format!("{api}/commits")},
            "comments": {"href": format!("{api}/comments")},
        },
    });
    let participant = |one: &Participant| {
        json!({
            "type": "participant",
            "user": account_json(&one.user),
            "role": "PARTICIPANT",
            "approved": one.approved,
            "state": one.approved.then_some("approved"),
            "participated_on": bitbucket_date(one.at),
        })
    };
    value["participants"] = one.participants.iter().map(participant).collect();
    if alone {
        value["reviewers"] = json!([]);
        value["rendered"] = json!({"title": rendered(&one.title), "description": rendered(&one.description)});
    }
    if one.merge_commit.is_none() {
        // The documents give it no null.
        value.as_object_mut().unwrap().remove("merge_commit");
    } else {
        value["closed_by"] = account_json(&Account::maintainer());
    }
    value
}

/// Text as typed, and as HTML. Bitbucket's Markdown escapes raw HTML, comments included; of the rest this knows
/// nothing.
pub fn rendered(raw: &str) -> Value {
    let escaped = raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = if raw.is_empty() { String::new() } else { format!("<p>{escaped}</p>") };
    json!({"raw": raw, "markup": "markdown", "html": html})
}
