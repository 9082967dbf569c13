//! Links on the demo's page: they lead to the part for the page or pull request that they name.

use confluence_pr_link::mention::short_link;

use crate::document::{Node, Tag};
use crate::world;
use fake::State;

use super::html::{Element, Html, element, plain};

/// What can be reached on the page.
pub(crate) struct Links {
    sites: Vec<String>,
    contents: Vec<u64>,
    pull_requests: Vec<(String, u64)>,
}

impl Links {
    /// Everything that the services hold.
    pub(crate) fn new(state: &State) -> Self {
        let repositories = state.bitbucket.repositories.iter();
        Self {
            sites: vec![format!("{}/wiki/", state.confluence.site_url), format!("https://{}/wiki/", world::SITE)],
            contents: state.confluence.contents.iter().map(|content| content.id).collect(),
            pull_requests: repositories
                .flat_map(|repository| repository.pull_requests.iter().map(|it| (repository.full_name.clone(), it.id)))
                .collect(),
        }
    }

    /// A document as HTML: known elements with nothing but what is theirs, and text.
    pub(crate) fn rendered(&self, nodes: &[Node]) -> Vec<Html> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    /// A link with this text.
    pub(crate) fn link(&self, target: &str, text: &str) -> Html {
        self.anchor(target).hold(text).into()
    }

    fn node(&self, node: &Node) -> Html {
        let (tag, children) = match node {
            Node::Text(text) => return text.as_str().into(),
            Node::Element(tag, children) => (tag, self.rendered(children)),
        };
        let outer = match tag {
            Tag::Heading => plain("h4"),
            Tag::Paragraph => plain("p"),
            Tag::Table => return element("div", "table").hold(plain("table").hold_all(children)).into(),
            Tag::Row => plain("tr"),
            Tag::HeaderCell => plain("th"),
            Tag::Cell => plain("td"),
            Tag::List => plain("ul"),
            Tag::Item => plain("li"),
            Tag::Strong => plain("strong"),
            Tag::Emphasis => plain("em"),
            Tag::Struck => plain("s"),
            Tag::Code => plain("code"),
            Tag::CodeBlock => plain("pre"),
            Tag::Quote => plain("blockquote"),
            Tag::Break => plain("br"),
            Tag::Link(target) => self.anchor(target),
        };
        outer.hold_all(children).into()
    }

    /// `#page-101` for what is on the page; other addresses as they are, if they are addresses at all.
    fn anchor(&self, target: &str) -> Element {
        if let Some(place) = self.page(target).or_else(|| self.pull_request(target)) {
            return plain("a").with("href", place);
        }
        if target.starts_with("https://") || target.starts_with("http://") {
            return plain("a").with("href", target).with("rel", "noreferrer").with("target", "_blank");
        }
        plain("span")
    }

    fn page(&self, target: &str) -> Option<String> {
        let path = self.sites.iter().find_map(|site| target.strip_prefix(site.as_str()))?;
        let tiny = || short_link::decode(path.strip_prefix("x/")?).map(|id| id.get());
        let number = || {
            let words = path.split(['/', '=', '?', '&', '#']);
            words.filter_map(|word| word.parse().ok()).find(|id| self.contents.contains(id))
        };
        tiny().or_else(number).map(page_place).map(|place| format!("#{place}"))
    }

    fn pull_request(&self, target: &str) -> Option<String> {
        let path = target.strip_prefix("https://bitbucket.org/")?;
        let (name, id) = self.pull_requests.iter().find(|(name, id)| path == format!("{name}/pull-requests/{id}"))?;
        Some(format!("#{}", pull_request_place(name, *id)))
    }
}

/// The id of the part of the page that stands for content.
pub(crate) fn page_place(id: u64) -> String {
    format!("page-{id}")
}

/// The id of the part of the page that stands for a pull request.
pub(crate) fn pull_request_place(repository: &str, id: u64) -> String {
    format!("{}-{id}", repository.replace('/', "-"))
}
