//! Foreign text in Confluence's storage format, and that format read back.
//!
//! Storage format is XML with HTML's entities and prefixes that no document declares. Confluence rewrites what is sent
//! (attribute order, `local-id`s, `tbody`), so it is read as a tree of tables and links, never compared as bytes.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::markdown::one_line;

/// One line of text, escaped for element content and attribute values alike; characters XML forbids are left out.
pub fn text(foreign: &str) -> String {
    let allowed: String = foreign.chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    quick_xml::escape::escape(one_line(&allowed)).into_owned()
}

/// Our own words of any length, escaped: a list that was cut would be a list with a part lost.
pub fn whole(words: &str) -> String {
    quick_xml::escape::escape(words).into_owned()
}

/// A plain link: whether smart links resolve depends on each reader's connections, and some custom domains refuse them.
pub fn link(foreign: &str, url: &str) -> String {
    link_of(&text(foreign), url)
}

/// The same of a text that is escaped already.
pub(super) fn link_of(escaped: &str, url: &str) -> String {
    format!("<a href=\"{}\">{escaped}</a>", quick_xml::escape::escape(url))
}

/// What the reader of a storage document meets, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// An element begins; its local name.
    Open(String),
    /// An element ends; its local name.
    Close(String),
    /// A link begins; its target.
    Link(String),
    /// Text between tags, character references resolved.
    Text(String),
}

/// Why a storage document could not be read.
#[derive(Debug, thiserror::Error)]
#[error("storage format that cannot be read")]
pub struct Unreadable {
    #[source]
    source: Option<quick_xml::Error>,
}

impl Unreadable {
    /// It is XML, and not what it should be.
    pub fn without_cause() -> Self {
        Self { source: None }
    }
}

/// Reads a storage document into pieces. An `a` element gives [`Piece::Link`] instead of [`Piece::Open`].
pub fn read(document: &str) -> Result<Vec<Piece>, Unreadable> {
    let mut reader = Reader::from_str(document);
    let mut pieces = Vec::new();
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|source| Unreadable { source: Some(source) })? {
            Event::Start(element) => {
                depth += 1;
                pieces.push(opened(&element));
            }
            Event::Empty(element) => {
                let name = name_of(element.name().as_ref());
                pieces.push(opened(&element));
                pieces.push(Piece::Close(name));
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                pieces.push(Piece::Close(name_of(element.name().as_ref())));
            }
            Event::Text(words) => pieces.push(Piece::Text(words.to_string())),
            Event::CData(words) => pieces.push(Piece::Text(words.to_string())),
            Event::GeneralRef(reference) => pieces.push(Piece::Text(referred(&reference))),
            Event::Eof if depth > 0 => return Err(Unreadable { source: None }),
            Event::Eof => return Ok(pieces),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// The text of a storage document without its markup, on one line.
pub fn plain(document: &str) -> String {
    let pieces = read(document).unwrap_or_default();
    let words = pieces.iter().map(|piece| match piece {
        Piece::Text(words) => words.as_str(),
        Piece::Open(_) | Piece::Close(_) | Piece::Link(_) => "",
    });
    one_line(&words.collect::<String>())
}

fn opened(element: &quick_xml::events::BytesStart<'_>) -> Piece {
    let name = name_of(element.name().as_ref());
    if name != "a" {
        return Piece::Open(name);
    }
    let target = element.attributes().flatten().find(|attribute| attribute.key.as_ref() == "href");
    let raw = target.map(|attribute| attribute.value.into_owned()).unwrap_or_default();
    Piece::Link(quick_xml::escape::unescape_with(&raw, named).map_or(raw.clone(), |plain| plain.into_owned()))
}

fn name_of(qualified: &str) -> String {
    qualified.to_ascii_lowercase()
}

fn referred(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name: &str = reference.as_ref();
    named(name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// Confluence writes HTML's entities next to the five of XML.
fn named(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_html5_entity(name)
}

#[cfg(test)]
mod tests {
    use super::{Piece, link, plain, read, text};

    #[test]
    fn a_hostile_title_stays_text() {
        assert_eq!(text("</td><script>\u{0}\"&'\n]]>"), "&lt;/td&gt;&lt;script&gt;&quot;&amp;&apos; ]]&gt;");
        assert_eq!(plain(&text("a < b & \"c\"")), "a < b & \"c\"");
    }

    #[test]
    fn links_and_entities_are_read_back() {
        let pieces = read(&format!("<p>{}&nbsp;&mdash;&#33;<br/></p>", link("x & y", "https://h/?a=1&b=2"))).unwrap();
        let expected = [
            Piece::Open("p".to_owned()),
            Piece::Link("https://h/?a=1&b=2".to_owned()),
            Piece::Text("x ".to_owned()),
            Piece::Text("&".to_owned()),
            Piece::Text(" y".to_owned()),
            Piece::Close("a".to_owned()),
            Piece::Text("\u{a0}".to_owned()),
            Piece::Text("—".to_owned()),
            Piece::Text("!".to_owned()),
            Piece::Open("br".to_owned()),
            Piece::Close("br".to_owned()),
            Piece::Close("p".to_owned()),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn a_broken_document_is_refused() {
        assert!(read("<p><b></p>").is_err());
        assert!(read("<table><tr>").is_err());
    }
}
