//! The pages in a browser.

use crate::{sides, storage};
use fake::{BOT, Content, FooterComment, Kind, State, Status};

use super::bitbucket::{author, trail};
use super::html::{Element, element, plain};
use super::links::{Links, page_place};

/// The pages: those with a comment of ours, those linked in the pull request only, and the others.
pub(crate) fn side(state: &State, links: &Links) -> Vec<Element> {
    let written = sides::written(state);
    let pages = sides::pages(state);
    let is_linked = |content: &Content| sides::is_linked(&written, content);
    let (both, rest): (Vec<_>, Vec<_>) = pages.into_iter().partition(|(_, comments)| !comments.is_empty());
    let (one, none): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(content, _)| is_linked(content));
    let mut cards = Vec::new();
    for (heading, pages) in [("", both), ("Linked in the pull request only", one), ("Not linked", none)] {
        if !heading.is_empty() && !pages.is_empty() {
            cards.push(element("h3", "group").hold(heading));
        }
        cards.extend(pages.iter().map(|(content, comments)| card(state, content, comments, links)));
    }
    let (alone, _) = sides::decoys(state);
    cards.push(element("p", "note").hold(format!("Decoys that were left alone: {}.", alone.join(", "))));
    cards
}

fn card(state: &State, content: &Content, comments: &[&FooterComment], links: &Links) -> Element {
    let space = state.confluence.spaces.iter().find(|space| space.id == content.space);
    let (key, name) = space.map_or(("", ""), |space| (space.key.as_str(), space.name.as_str()));
    let heading = plain("h4").hold(content.title.as_str()).hold_all(lozenges(content));
    let labels = content.labels.iter().map(|label| element("span", "tag").hold(label.as_str()));
    let class = if comments.is_empty() { "card page quiet" } else { "card page" };
    let mut card = element("article", class)
        .with("id", page_place(content.id))
        .hold(trail(&[key, name]))
        .hold(heading)
        .hold(element("div", "text excerpt").hold_all(links.rendered(&storage::read(&content.body))));
    if !content.labels.is_empty() {
        card = card.hold(element("p", "tags").hold_all(labels));
    }
    let below = comments.iter().map(|comment| {
        let body = links.rendered(&storage::read(&comment.body));
        let name = comment.author.rsplit(':').next().unwrap_or_default();
        let when = comment.versions.last().map(|version| version.at.strftime("%d %b %H:%M").to_string());
        element("div", if comment.author == BOT { "below ours" } else { "below" })
            .hold(author(name, &when.unwrap_or_default()))
            .hold(element("div", "text").hold_all(body))
    });
    card.hold_all(below)
}

fn lozenges(content: &Content) -> Vec<Element> {
    let kind = match content.kind {
        Kind::Page => None,
        Kind::BlogPost => Some(("blog post", "lozenge purple")),
        Kind::Whiteboard | Kind::Database | Kind::Folder => Some((content.kind.name(), "lozenge purple")),
    };
    let status = match content.status {
        Status::Current => None,
        Status::Draft | Status::Archived | Status::Trashed => Some((content.status.name(), "lozenge grey")),
    };
    let restricted = content.is_restricted().then_some(("restricted", "lozenge red"));
    let all = kind.into_iter().chain(status).chain(restricted);
    all.map(|(word, class)| element("span", class).hold(word)).collect()
}
