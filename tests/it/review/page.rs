//! What does a browser make of `review.html`? Its tags and texts as a tokenizer of the HTML standard reads them.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

/// The page, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The matrix: of each row the values of its fields.
    pub(crate) rows: Vec<BTreeMap<String, Vec<String>>>,
    /// How often each element begins.
    pub(crate) elements: BTreeMap<String, usize>,
    /// The names of all attributes.
    pub(crate) attributes: BTreeMap<String, usize>,
    /// Every address that something leads to.
    pub(crate) links: Vec<String>,
    /// What stands in `style` and `script` elements.
    pub(crate) style: String,
    pub(crate) script: String,
    /// The policy of the page.
    pub(crate) policy: String,
    /// The headings of the matrix, each with its scope.
    pub(crate) headings: Vec<(String, String)>,
}

/// A field whose element is open: its name, what an attribute says in place of its text, and its text.
struct Field {
    name: String,
    said: Option<String>,
    text: String,
    depth: usize,
}

impl Page {
    pub(crate) fn read(html: &str) -> Self {
        let mut page = Self::default();
        let mut open: Vec<String> = Vec::new();
        let mut field: Option<Field> = None;
        let mut emitter = html5gum::DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    let attributes: BTreeMap<String, String> =
                        tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                    let attribute = |name: &str| attributes.get(name).cloned();
                    *page.elements.entry(name.clone()).or_default() += 1;
                    for name in attributes.keys() {
                        *page.attributes.entry(name.clone()).or_default() += 1;
                    }
                    page.links.extend(["href", "src", "action"].into_iter().filter_map(attribute));
                    if attribute("http-equiv").is_some() {
                        page.policy = attribute("content").unwrap();
                    }
                    match name.as_str() {
                        "tr" if open.iter().any(|name| name == "tbody") => page.rows.push(BTreeMap::new()),
                        "th" => page.headings.push((attribute("scope").unwrap_or_default(), String::new())),
                        "a" if open.iter().any(|name| name == "td") => {
                            page.keep_link(&attribute("href").unwrap(), &open)
                        }
                        _ => {}
                    }
                    if !["meta", "input"].contains(&name.as_str()) {
                        open.push(name);
                    }
                    if let Some(name) = attribute("data-field") {
                        let said = attribute("data-value").or_else(|| attribute("datetime"));
                        field = Some(Field { name, said, text: String::new(), depth: open.len() });
                    }
                }
                Token::EndTag(tag) => {
                    assert_eq!(open.last(), Some(&text(&tag.name)), "elements are nested: {open:?}");
                    if let Some(done) = field.take_if(|field| field.depth == open.len()) {
                        let value = done.said.unwrap_or(done.text);
                        page.rows.last_mut().unwrap().entry(done.name).or_default().push(value);
                    }
                    open.pop();
                }
                Token::String(words) => {
                    let words = text(&words);
                    if let Some(field) = &mut field {
                        field.text.push_str(&words);
                    }
                    match open.last().map(String::as_str) {
                        Some("style") => page.style.push_str(&words),
                        Some("script") => page.script.push_str(&words),
                        Some("th") => page.headings.last_mut().unwrap().1.push_str(&words),
                        _ => {}
                    }
                }
                Token::Doctype(_) => {}
                Token::Comment(comment) => panic!("a comment: {}", text(&comment)),
                Token::Error(error) => panic!("no sound HTML: {:?}", *error),
            }
        }
        assert_eq!(open, Vec::<String>::new(), "every element ends");
        page
    }

    /// The addresses of page and pull request are fields, too.
    fn keep_link(&mut self, href: &str, open: &[String]) {
        let name = match href {
            _ if open.iter().any(|name| name == "small") => return,
            _ if href.starts_with("https://bitbucket.org/") => "pull_request_url",
            _ => "page_url",
        };
        self.rows.last_mut().unwrap().entry(name.to_owned()).or_default().push(href.to_owned());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
