//! HTML from text. Text is only ever put in as text, so it can't break out of its place.

use std::fmt;

/// An element of a page.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Html>,
}

/// What an element can hold.
#[derive(Clone, Debug)]
pub(crate) enum Html {
    Text(String),
    Element(Element),
    /// A style sheet of the program's own.
    Style(&'static str),
}

/// An element without a class.
pub(crate) fn plain(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), children: Vec::new() }
}

/// An element of this class.
pub(crate) fn element(name: &'static str, class: &str) -> Element {
    plain(name).with("class", class)
}

impl Element {
    /// The element with one more attribute.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The element with one more child.
    pub(crate) fn hold(mut self, child: impl Into<Html>) -> Self {
        self.children.push(child.into());
        self
    }

    /// The element with more children.
    pub(crate) fn hold_all<T: Into<Html>>(mut self, children: impl IntoIterator<Item = T>) -> Self {
        self.children.extend(children.into_iter().map(Into::into));
        self
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Element> for Html {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&escaped(text)),
            Self::Element(element) => element.fmt(f),
            Self::Style(css) => write!(f, "<style>{css}</style>"),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, attributes, children } = self;
        write!(f, "<{name}")?;
        for (attribute, value) in attributes {
            write!(f, " {attribute}=\"{}\"", escaped(value))?;
        }
        f.write_str(">")?;
        if matches!(*name, "br" | "meta") {
            return Ok(());
        }
        for child in children {
            child.fmt(f)?;
        }
        write!(f, "</{name}>")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
