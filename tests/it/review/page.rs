//! `review.html` as a tokenizer of the HTML standard reads it.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

/// A section, `details`, item or row, with all texts, titles, times and addresses inside.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) element: String,
    /// The id of a section's heading.
    pub(crate) label: String,
    pub(crate) text: String,
    /// The place of the block around it.
    pub(crate) parent: Option<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct Page {
    /// In the order in which they begin.
    pub(crate) blocks: Vec<Block>,
    /// How often each element begins.
    pub(crate) elements: BTreeMap<String, usize>,
    /// The names of all attributes.
    pub(crate) attributes: BTreeMap<String, usize>,
    /// Every address that something leads to.
    pub(crate) links: Vec<String>,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) policy: String,
    /// The scope of each cell that is a heading.
    pub(crate) scopes: Vec<String>,
    /// The levels of the headings.
    pub(crate) levels: Vec<u32>,
}

impl Page {
    pub(crate) fn read(html: &str) -> Self {
        let mut page = Self::default();
        // Each open element, and its block if it is one.
        let mut open: Vec<(String, Option<usize>)> = Vec::new();
        let mut emitter = html5gum::DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    let attributes: BTreeMap<String, String> =
                        tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                    page.begin(&name, &attributes, &mut open);
                }
                Token::EndTag(tag) => {
                    let last = open.pop().map(|(name, _)| name);
                    assert_eq!(last, Some(text(&tag.name)), "elements are nested: {open:?}");
                }
                Token::String(words) => page.add(&text(&words), &open),
                Token::Doctype(_) => {}
                Token::Comment(comment) => panic!("a comment: {}", text(&comment)),
                Token::Error(error) => panic!("no sound HTML: {:?}", *error),
            }
        }
        assert_eq!(open, [], "every element ends");
        page
    }

    fn begin(&mut self, name: &str, attributes: &BTreeMap<String, String>, open: &mut Vec<(String, Option<usize>)>) {
        let attribute = |name: &str| attributes.get(name).cloned();
        *self.elements.entry(name.to_owned()).or_default() += 1;
        for name in attributes.keys() {
            *self.attributes.entry(name.clone()).or_default() += 1;
        }
        self.links.extend(["href", "src", "action"].into_iter().filter_map(attribute));
        if attribute("http-equiv").is_some() {
            self.policy = attribute("content").unwrap();
        }
        if name == "th" {
            self.scopes.push(attribute("scope").unwrap_or_default());
        }
        self.levels.extend(name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()));
        for value in ["href", "title", "datetime"].into_iter().filter_map(attribute) {
            self.add(&format!(" {value} "), open);
        }
        let block = ["section", "details", "li", "tr"].contains(&name).then(|| {
            let parent = open.iter().rev().find_map(|(_, block)| *block);
            let label = attribute("aria-labelledby").unwrap_or_default();
            self.blocks.push(Block { element: name.to_owned(), label, text: String::new(), parent });
            self.blocks.len() - 1
        });
        if !["meta", "input", "br"].contains(&name) {
            open.push((name.to_owned(), block));
        }
    }

    fn add(&mut self, words: &str, open: &[(String, Option<usize>)]) {
        match open.last().map(|(name, _)| name.as_str()) {
            Some("style") => self.style.push_str(words),
            Some("script") => self.script.push_str(words),
            _ => {
                for block in open.iter().filter_map(|(_, block)| *block) {
                    self.blocks[block].text.push_str(words);
                }
            }
        }
    }

    /// The blocks of this element, with their places.
    pub(crate) fn all(&self, element: &str) -> Vec<(usize, &Block)> {
        self.blocks.iter().enumerate().filter(|(_, block)| block.element == element).collect()
    }

    /// The section with this heading.
    pub(crate) fn section(&self, label: &str) -> &Block {
        self.blocks.iter().find(|block| block.label == label).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
