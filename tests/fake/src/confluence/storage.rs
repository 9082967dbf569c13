//! Storage format, as the service rewrites it.
//!
//! It keeps the meaning, not the bytes: attributes in an order of its own, ids it adds, entities it decodes, tables it
//! completes. A client that compares what it wrote with what it reads finds a difference every time. Rewriting what was
//! rewritten changes nothing.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

enum Node {
    Element(Element),
    /// Text, escaped as it will be written.
    Text(String),
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

const FORBIDDEN: [&str; 6] = ["script", "style", "iframe", "object", "embed", "form"];
const KEPT_DATA: [&str; 2] = ["data-card-appearance", "data-layout"];
const ENTITIES: [&str; 12] =
    ["nbsp", "ndash", "mdash", "hellip", "rarr", "larr", "middot", "bull", "copy", "times", "ldquo", "rdquo"];

/// The storage format as the service keeps it, or why it does not take it.
pub fn rewrite(storage: &str) -> Result<String, String> {
    let mut root = parse(storage)?;
    complete_tables(&mut root);
    let mut count = 0;
    add_ids(&mut root, &mut count);
    let mut out = String::new();
    root.children.iter().for_each(|node| write(node, &mut out));
    Ok(out)
}

fn parse(storage: &str) -> Result<Element, String> {
    let whole = format!("<root>{storage}</root>");
    let mut reader = Reader::from_str(&whole);
    let mut open: Vec<Element> = vec![Element { name: String::new(), attributes: vec![], children: vec![] }];
    loop {
        let top = open.last_mut().ok_or("more is closed than was opened")?;
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => top.children.push(Node::Element(element(&start)?)),
            Event::End(_) => {
                let closed = open.pop().ok_or("more is closed than was opened")?;
                open.last_mut().ok_or("more is closed than was opened")?.children.push(Node::Element(closed));
            }
            Event::Text(text) => top.children.push(Node::Text(escape(&text))),
            Event::CData(data) => top.children.push(Node::Text(format!("<![CDATA[{}]]>", &*data))),
            Event::GeneralRef(reference) => top.children.push(Node::Text(entity(&reference.into_inner())?)),
            Event::Comment(_) => {}
            Event::Eof => break,
            _ => return Err("declarations are not allowed".to_owned()),
        }
    }
    let mut outer = open.pop().filter(|_| open.is_empty()).ok_or("an element is not closed")?;
    match outer.children.pop() {
        Some(Node::Element(root)) if outer.children.is_empty() && root.name == "root" => Ok(root),
        _ => Err("an element is not closed".to_owned()),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let name = text_of(start.name().as_ref());
    if FORBIDDEN.contains(&name.to_lowercase().as_str()) {
        return Err(format!("element {name} is not allowed"));
    }
    let mut attributes = vec![];
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = text_of(attribute.key.as_ref());
        if key.starts_with("on") {
            return Err(format!("attribute {key} is not allowed"));
        }
        // What a page does not need is dropped. The address of a link stays.
        if key.starts_with("data-") && !KEPT_DATA.contains(&key.as_str()) {
            continue;
        }
        let value = text_of(attribute.value.as_ref());
        if value.contains('<') {
            return Err("an attribute holds <".to_owned());
        }
        attributes.push((key, value.replace("&#39;", "'").replace("&apos;", "'")));
    }
    // An order of its own.
    attributes.sort();
    Ok(Element { name, attributes, children: vec![] })
}

fn text_of(text: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(text.as_ref()).into_owned()
}

fn escape(text: &str) -> String {
    text.replace('>', "&gt;")
}

/// `&quot;` and numbers are decoded, `&amp;`, `&lt;`, `&gt;` and the named entities of HTML stay; others are refused.
fn entity(name: &str) -> Result<String, String> {
    let digits = name.strip_prefix('#');
    let code = digits.and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match (name, code.and_then(char::from_u32)) {
        ("amp", _) | (_, Some('&')) => Ok("&amp;".to_owned()),
        ("lt", _) | (_, Some('<')) => Ok("&lt;".to_owned()),
        ("gt", _) | (_, Some('>')) => Ok("&gt;".to_owned()),
        ("quot", _) => Ok("\"".to_owned()),
        ("apos", _) => Ok("'".to_owned()),
        (_, Some(character)) => Ok(character.to_string()),
        (name, None) if ENTITIES.contains(&name) => Ok(format!("&{name};")),
        (name, None) => Err(format!("the entity {name} was referenced, but not declared")),
    }
}

fn complete_tables(element: &mut Element) {
    for node in &mut element.children {
        if let Node::Element(child) = node {
            complete_tables(child);
        }
    }
    if ["table", "tbody", "thead", "tr", "colgroup"].contains(&element.name.as_str()) {
        element.children.retain(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
    }
    if element.name == "table" {
        let is_row = |node: &Node| matches!(node, Node::Element(row) if row.name == "tr");
        let rows: Vec<Node> = element.children.extract_if(.., |node| is_row(node)).collect();
        if !rows.is_empty() {
            element.children.push(Node::Element(plain("tbody", rows)));
        }
        let has_columns = matches!(element.children.first(), Some(Node::Element(first)) if first.name == "colgroup");
        if !has_columns {
            let columns = (0..columns(element)).map(|_| Node::Element(plain("col", vec![]))).collect();
            element.children.insert(0, Node::Element(plain("colgroup", columns)));
        }
    }
    if element.name == "tbody" {
        // Rows begin on lines of their own.
        let rows = std::mem::take(&mut element.children);
        for row in rows {
            element.children.extend([row, Node::Text("\n".to_owned())]);
        }
    }
}

fn plain(name: &str, children: Vec<Node>) -> Element {
    let mut element = Element { name: name.to_owned(), attributes: vec![], children };
    if name == "tbody" {
        let rows = std::mem::take(&mut element.children);
        for row in rows {
            element.children.extend([row, Node::Text("\n".to_owned())]);
        }
    }
    element
}

fn columns(element: &Element) -> usize {
    let elements = element.children.iter().filter_map(|node| match node {
        Node::Element(child) => Some(child),
        Node::Text(_) => None,
    });
    let count = |child: &Element| match child.name.as_str() {
        "tr" => child.children.len(),
        _ => columns(child),
    };
    elements.map(count).max().unwrap_or(0)
}

/// Tables, rows, cells and paragraphs get ids, the same ones for the same document.
fn add_ids(element: &mut Element, count: &mut usize) {
    let name = match element.name.as_str() {
        "table" => Some("ac:local-id"),
        "tr" | "td" | "th" | "p" => Some("local-id"),
        _ => None,
    };
    if let Some(name) = name {
        *count += 1;
        if element.attributes.iter().all(|(key, _)| key != name) {
            element.attributes.push((name.to_owned(), format!("{count:08x}-10ca-4000-8000-000000000000")));
            element.attributes.sort();
        }
    }
    for node in &mut element.children {
        if let Node::Element(child) = node {
            add_ids(child, count);
        }
    }
}

fn write(node: &Node, out: &mut String) {
    match node {
        Node::Text(text) => out.push_str(text),
        Node::Element(element) => {
            out.push_str(&format!("<{}", element.name));
            for (key, value) in &element.attributes {
                let value = value.replace('"', "&quot;");
                out.push_str(&format!(" {key}=\"{value}\""));
            }
            if element.children.is_empty() {
                out.push_str(" />");
                return;
            }
            out.push('>');
            element.children.iter().for_each(|child| write(child, out));
            out.push_str(&format!("</{}>", element.name));
        }
    }
}
