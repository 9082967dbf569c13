//! The visible parts of both sides.

use serde_json::Value;

use crate::world::{self, Decoy};
use fake::{BITBUCKET_TOKEN, BOT, Content, FooterComment, PullRequest, PullRequestComment, Repository, State};

/// The repository of the demo and its pull request.
pub(crate) fn pull_request(state: &State) -> Option<(&Repository, &PullRequest)> {
    let repository = state.bitbucket.repositories.first()?;
    Some((repository, repository.pull_requests.iter().find(|one| one.id == world::PULL_REQUEST)?))
}

/// The report on the pull request's tip.
pub(crate) fn report<'a>(repository: &'a Repository, pull_request: &PullRequest) -> Option<&'a Value> {
    let on_tip = repository.reports.iter().find(|report| report.commit == pull_request.source_commit);
    on_tip.map(|report| &report.json)
}

/// The link entries of a report: label, text, target.
pub(crate) fn entries(report: &Value) -> Vec<(String, String, String)> {
    let data = report.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value, pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    data.iter().map(|entry| (text(entry, "/title"), text(entry, "/value/text"), text(entry, "/value/href"))).collect()
}

/// A member of a report.
pub(crate) fn member<'a>(report: &'a Value, name: &str) -> &'a str {
    report.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The pages that the team wrote (not the spaces' homepages), each with its comments.
pub(crate) fn pages(state: &State) -> Vec<(&Content, Vec<&FooterComment>)> {
    let homes: Vec<u64> = state.confluence.spaces.iter().map(|space| space.homepage).collect();
    let written = state.confluence.contents.iter().filter(|content| !homes.contains(&content.id));
    let with_comments = written.map(|content| {
        let own = state.confluence.comments.iter().filter(|comment| comment.content == content.id);
        (content, own.collect())
    });
    with_comments.collect()
}

/// The key of a content's space.
pub(crate) fn space<'a>(state: &'a State, content: &Content) -> &'a str {
    let space = state.confluence.spaces.iter().find(|space| space.id == content.space);
    space.map_or("", |space| &space.key)
}

/// What sets a page apart from a current one that everybody sees.
pub(crate) fn marks(content: &Content) -> Vec<String> {
    let mut marks = Vec::new();
    if content.kind.name() != "page" {
        marks.push(content.kind.name().to_owned());
    }
    if content.status.name() != "current" {
        marks.push(content.status.name().to_owned());
    }
    if content.is_restricted() {
        marks.push("restricted".to_owned());
    }
    marks.extend(content.labels.iter().map(|label| format!("label {label}")));
    marks
}

/// Whether a comment on a pull request is of the pipe's account.
pub(crate) fn is_ours(state: &State, comment: &PullRequestComment) -> bool {
    let token = state.bitbucket.tokens.iter().find(|token| token.secret == BITBUCKET_TOKEN);
    token.is_some_and(|token| token.account == comment.user)
}

/// The comments of the pipe's account on a pull request.
pub(crate) fn our_comments<'a>(state: &State, pull_request: &'a PullRequest) -> Vec<&'a PullRequestComment> {
    let live = pull_request.comments.iter().filter(|comment| !comment.deleted);
    live.filter(|comment| is_ours(state, comment)).collect()
}

/// Everything that the pipe has written on the demo's pull request and on pages, as it is stored.
pub(crate) fn written(state: &State) -> String {
    let mut text = String::new();
    if let Some((repository, pull_request)) = pull_request(state) {
        our_comments(state, pull_request).iter().for_each(|comment| text += &comment.raw);
        text += &report(repository, pull_request).map(Value::to_string).unwrap_or_default();
    }
    let ours = state.confluence.comments.iter().filter(|comment| comment.author == BOT);
    ours.for_each(|comment| text += &comment.body);
    text
}

/// Whether what the pipe has written on the pull request leads to this content.
pub(crate) fn is_linked(written: &str, content: &Content) -> bool {
    let id = confluence_pr_link::ids::ContentId::new(content.id);
    let tiny = id.map(|id| format!("/wiki/x/{}", confluence_pr_link::mention::short_link::encode(id)));
    written.contains(&format!("pageId={}", content.id)) || tiny.is_some_and(|tiny| written.contains(&tiny))
}

/// The decoys that left no trace in what the pipe has written, and those that did.
pub(crate) fn decoys(state: &State) -> (Vec<&'static str>, Vec<&'static str>) {
    let written = written(state);
    let left_alone = |decoy: &&Decoy| !decoy.traces.iter().any(|trace| written.contains(trace));
    let (alone, taken): (Vec<&Decoy>, Vec<&Decoy>) = world::DECOYS.iter().partition(left_alone);
    let shown = |decoys: Vec<&Decoy>| decoys.iter().map(|decoy| decoy.shown).collect();
    (shown(alone), shown(taken))
}
