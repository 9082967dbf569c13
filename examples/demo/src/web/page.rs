//! The demo's one page: a bar, the log of the last run, and both sides next to each other.

use crate::{sides, world};
use fake::{PullRequestState, State};

use super::html::{Element, Html, element, plain};
use super::links::Links;
use super::{LastRun, bitbucket, confluence};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(crate) fn page(state: &State, last_run: &LastRun) -> String {
    let links = Links::new(state);
    let head = plain("head")
        .hold(plain("meta").with("charset", "utf-8"))
        .hold(plain("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1"))
        .hold(plain("title").hold("confluence-pr-link: both sides"))
        .hold(Html::Style(STYLE));
    let sides = plain("main").hold(side("bitbucket", "Bitbucket", bitbucket::side(state, &links))).hold(side(
        "confluence",
        "Confluence",
        confluence::side(state, &links),
    ));
    let body = plain("body").hold(bar(state, last_run)).hold(log(last_run)).hold(sides);
    format!("<!doctype html>{}", plain("html").with("lang", "en").hold(head).hold(body))
}

fn side(class: &str, name: &str, cards: Vec<Element>) -> Element {
    element("section", class).hold(plain("h2").hold(name)).hold_all(cards)
}

fn bar(state: &State, last_run: &LastRun) -> Element {
    let found = sides::pull_request(state);
    let open = found.is_some_and(|(_, request)| request.state == PullRequestState::Open);
    let shippable = found.is_some_and(|(repository, request)| {
        request.state == PullRequestState::Merged && !repository.tags.contains_key(world::RELEASE)
    });
    let mut buttons = vec![button("/run", "Run the pipe again", "primary")];
    if open {
        buttons.push(button("/title", "Edit the title", ""));
        buttons.push(button("/merge", "Merge", ""));
        buttons.push(button("/decline", "Decline", ""));
    }
    if shippable {
        buttons.push(button("/release", "Tag version 1.4.0", ""));
    }
    buttons.push(button("/start-over", "Start over", "quiet"));
    plain("header")
        .hold(plain("h1").hold("confluence-pr-link"))
        .hold(element("p", "key").hold("written by the pipe"))
        .hold(element("p", "last-run").hold(last_run.sentence.as_str()))
        .hold(element("div", "buttons").hold_all(buttons))
}

fn button(action: &str, text: &str, class: &str) -> Element {
    let button = element("button", class).with("type", "submit").hold(text);
    plain("form").with("method", "post").with("action", action).hold(button)
}

fn log(last_run: &LastRun) -> Element {
    element("details", "log")
        .hold(plain("summary").hold("Log of the last run"))
        .hold(plain("pre").hold_all(colored(&last_run.log)))
}

/// The log with its colors: each one begins a span, and the span after it is plain.
fn colored(log: &str) -> Vec<Html> {
    let mut parts = log.split("\u{1b}[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| {
        let (code, text) = part.split_once('m').unwrap_or(("0", part));
        Html::from(element("span", &format!("color-{code}")).hold(text))
    });
    std::iter::once(first.into()).chain(rest).collect()
}
