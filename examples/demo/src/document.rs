//! A rendered text: one tree for Bitbucket's Markdown and Confluence's storage format. It has no place for
//! anything a person could not see.

/// A piece of a document.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Text, as people read it.
    Text(String),
    /// An element and what is in it.
    Element(Tag, Vec<Node>),
}

/// The elements that are known. Whatever else stands in a text is shown as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Heading,
    Paragraph,
    Table,
    Row,
    HeaderCell,
    Cell,
    List,
    Item,
    Strong,
    Emphasis,
    Struck,
    Code,
    CodeBlock,
    Quote,
    Break,
    /// With its target.
    Link(String),
}

/// Builds the tree out of a stream of openings, closings and texts.
#[derive(Default)]
pub(crate) struct Builder {
    done: Vec<Node>,
    open: Vec<(Tag, Vec<Node>)>,
}

impl Builder {
    pub(crate) fn open(&mut self, tag: Tag) {
        self.open.push((tag, Vec::new()));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.push(Node::Text(text.to_owned()));
    }

    pub(crate) fn close(&mut self) {
        if let Some((tag, children)) = self.open.pop() {
            self.push(Node::Element(tag, children));
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close();
        }
        self.done
    }

    fn push(&mut self, node: Node) {
        self.open.last_mut().map_or(&mut self.done, |(_, children)| children).push(node);
    }
}

/// The words of a document on one line.
pub(crate) fn words(nodes: &[Node]) -> String {
    let each = nodes.iter().map(|node| match node {
        Node::Text(text) => text.clone(),
        Node::Element(Tag::Break, _) => " ".to_owned(),
        Node::Element(_, children) => words(children),
    });
    each.collect::<String>().replace('\n', " ")
}
