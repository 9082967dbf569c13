//! The pull request in a browser.

use serde_json::Value;

use crate::{markdown, sides};
use fake::{PullRequest, PullRequestComment, PullRequestState, Repository, State};

use super::html::{Element, element, plain};
use super::links::{Links, pull_request_place};

/// The pull request, its comments, its report and its commits, then the other repositories' pull requests.
pub(crate) fn side(state: &State, links: &Links) -> Vec<Element> {
    let Some((repository, request)) = sides::pull_request(state) else { return Vec::new() };
    let mut cards = vec![head(repository, request, links)];
    let live = request.comments.iter().filter(|comment| !comment.deleted);
    cards.extend(live.map(|it| comment(it, sides::is_ours(state, it), links)));
    cards.extend(sides::report(repository, request).map(|it| report(it, links)));
    cards.push(commits(repository, request));
    let others = state.bitbucket.repositories.iter().filter(|other| other.full_name != repository.full_name);
    cards.extend(others.flat_map(|other| other.pull_requests.iter().map(|it| neighbour(other, it))));
    cards
}

fn head(repository: &Repository, request: &PullRequest, links: &Links) -> Element {
    let branches = element("p", "branches")
        .hold(lozenge(request.state))
        .hold(element("code", "branch").hold(request.source_branch.as_str()))
        .hold(element("span", "arrow").hold("→"))
        .hold(element("code", "branch").hold(request.destination_branch.as_str()));
    element("article", "card")
        .with("id", pull_request_place(&repository.full_name, request.id))
        .hold(trail(&[&repository.full_name, "Pull requests", &format!("#{}", request.id)]))
        .hold(plain("h3").hold(request.title.as_str()))
        .hold(branches)
        .hold(element("div", "text").hold_all(links.rendered(&markdown::read(&request.description))))
}

fn comment(comment: &PullRequestComment, is_ours: bool, links: &Links) -> Element {
    element("article", if is_ours { "card ours" } else { "card" })
        .hold(author(&comment.user.display_name, &comment.updated_on.strftime("%d %b %H:%M").to_string()))
        .hold(element("div", "text").hold_all(links.rendered(&markdown::read(&comment.raw))))
}

fn report(report: &Value, links: &Links) -> Element {
    let result = sides::member(report, "result");
    let color = if result == "PASSED" { "lozenge green" } else { "lozenge red" };
    let entries = sides::entries(report).into_iter().map(|(label, text, href)| {
        plain("li").hold(element("span", "label").hold(label)).hold(links.link(&href, &text))
    });
    element("article", "card ours")
        .hold(trail(&["Reports"]))
        .hold(plain("h4").hold(sides::member(report, "title")).hold(" ").hold(element("span", color).hold(result)))
        .hold(plain("p").hold(sides::member(report, "details")))
        .hold(element("ul", "entries").hold_all(entries))
}

fn commits(repository: &Repository, request: &PullRequest) -> Element {
    let rows = request.commits.iter().filter_map(|hash| repository.resolve(hash)).map(|commit| {
        let short: String = commit.hash.chars().take(7).collect();
        let (subject, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        let message = plain("span").hold(subject).hold(element("span", "body").hold(body.trim()));
        plain("li").hold(plain("code").hold(short)).hold(message)
    });
    element("article", "card").hold(trail(&["Commits"])).hold(element("ul", "commits").hold_all(rows))
}

fn neighbour(repository: &Repository, request: &PullRequest) -> Element {
    element("article", "card")
        .with("id", pull_request_place(&repository.full_name, request.id))
        .hold(trail(&[&repository.full_name, "Pull requests", &format!("#{}", request.id)]))
        .hold(plain("h4").hold(request.title.as_str()).hold(" ").hold(lozenge(request.state)))
}

fn lozenge(state: PullRequestState) -> Element {
    let color = match state {
        PullRequestState::Open => "lozenge blue",
        PullRequestState::Merged => "lozenge green",
        PullRequestState::Declined | PullRequestState::Superseded => "lozenge red",
    };
    element("span", color).hold(state.name())
}

/// Who wrote a comment, and when.
pub(crate) fn author(name: &str, when: &str) -> Element {
    let initial: String = name.chars().take(1).collect();
    element("p", "author")
        .hold(element("span", "avatar").hold(initial.to_uppercase()))
        .hold(plain("strong").hold(name))
        .hold(element("span", "when").hold(when))
}

/// Where something is: `acme/shop / Pull requests / #7`.
pub(crate) fn trail(places: &[&str]) -> Element {
    let mut trail = element("p", "trail");
    for (index, place) in places.iter().enumerate() {
        if index > 0 {
            trail = trail.hold(element("span", "slash").hold("/"));
        }
        trail = trail.hold(plain("span").hold(*place));
    }
    trail
}
