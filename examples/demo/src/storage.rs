//! Confluence's storage format as people see it: known elements. Anything else is shown as text.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::document::{Builder, Node, Tag};

/// Reads storage format; what cannot be read is shown as it is.
pub(crate) fn read(storage: &str) -> Vec<Node> {
    let mut reader = Reader::from_str(storage);
    let mut builder = Builder::default();
    // The elements that are open, and whether the tree has them.
    let mut open: Vec<(String, bool)> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let known = begin(&start, &mut builder);
                open.push((start.name().as_ref().to_owned(), known));
            }
            Ok(Event::Empty(start)) => {
                if begin(&start, &mut builder) {
                    builder.close();
                }
            }
            Ok(Event::End(_)) => {
                if open.pop().is_some_and(|(_, known)| known) {
                    builder.close();
                }
            }
            Ok(Event::Text(text)) => match open.last().map(|(name, _)| name.as_str()) {
                Some("ac:task-id") => {}
                Some("ac:task-status") => builder.text(if &*text == "complete" { "☑ " } else { "☐ " }),
                _ => builder.text(&text),
            },
            Ok(Event::CData(text)) => builder.text(&text),
            Ok(Event::GeneralRef(reference)) => builder.text(&entity(&reference)),
            Ok(Event::Eof) => return builder.finish(),
            Ok(_) => {}
            Err(_) => return vec![Node::Text(storage.to_owned())],
        }
    }
}

fn begin(start: &BytesStart<'_>, builder: &mut Builder) -> bool {
    let name = start.name();
    let tag = match name.as_ref() {
        "h1" | "h2" | "h3" | "h4" => Tag::Heading,
        "p" => Tag::Paragraph,
        "table" => Tag::Table,
        "tr" => Tag::Row,
        "th" => Tag::HeaderCell,
        "td" => Tag::Cell,
        "ul" | "ol" | "ac:task-list" => Tag::List,
        "li" | "ac:task" => Tag::Item,
        "strong" | "b" => Tag::Strong,
        "em" | "i" => Tag::Emphasis,
        "code" => Tag::Code,
        "pre" => Tag::CodeBlock,
        "blockquote" => Tag::Quote,
        "br" => Tag::Break,
        "a" => Tag::Link(target(start)),
        // Layout only: what is in them is shown, they are not.
        "tbody" | "thead" | "colgroup" | "col" | "ac:task-id" | "ac:task-status" | "ac:task-body" => return false,
        unknown => {
            builder.text(&format!("<{unknown}>"));
            return false;
        }
    };
    builder.open(tag);
    true
}

fn target(start: &BytesStart<'_>) -> String {
    let target = start.try_get_attribute("href").ok().flatten();
    let raw = target.map(|attribute| attribute.value.into_owned()).unwrap_or_default();
    raw.replace("&amp;", "&")
}

fn entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name: &str = reference.as_ref();
    quick_xml::escape::resolve_predefined_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}
