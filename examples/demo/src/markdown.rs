//! Markdown as Bitbucket shows it: tables and the usual marks. HTML is shown as it was typed.

use pulldown_cmark::{Event, Options, Parser, Tag as Mark, TagEnd};

use crate::document::{Builder, Node, Tag};

/// Reads Markdown.
pub(crate) fn read(markdown: &str) -> Vec<Node> {
    let mut builder = Builder::default();
    let mut in_header = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            // Bitbucket escapes HTML, comments too.
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => addresses(&mut builder, &text),
            Event::Code(text) => {
                builder.open(Tag::Code);
                builder.text(&text);
                builder.close();
            }
            Event::SoftBreak => builder.text(" "),
            Event::HardBreak | Event::Rule => {
                builder.open(Tag::Break);
                builder.close();
            }
            Event::Start(Mark::TableHead) => {
                in_header = true;
                builder.open(Tag::Row);
            }
            Event::Start(mark) => builder.open(tag(mark, in_header)),
            Event::End(end) => {
                in_header = in_header && end != TagEnd::TableHead;
                builder.close();
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }
    builder.finish()
}

fn tag(mark: Mark<'_>, in_header: bool) -> Tag {
    match mark {
        Mark::Heading { .. } => Tag::Heading,
        Mark::BlockQuote(_) => Tag::Quote,
        Mark::CodeBlock(_) => Tag::CodeBlock,
        Mark::List(_) => Tag::List,
        Mark::Item => Tag::Item,
        Mark::Table(_) => Tag::Table,
        Mark::TableHead | Mark::TableRow => Tag::Row,
        Mark::TableCell if in_header => Tag::HeaderCell,
        Mark::TableCell => Tag::Cell,
        Mark::Emphasis => Tag::Emphasis,
        Mark::Strong => Tag::Strong,
        Mark::Strikethrough => Tag::Struck,
        Mark::Link { dest_url, .. } => Tag::Link(dest_url.into_string()),
        _ => Tag::Paragraph,
    }
}

/// Bitbucket makes links of addresses in plain text.
fn addresses(builder: &mut Builder, text: &str) {
    let mut rest = text;
    while let Some((before, from)) = rest.find("https://").and_then(|at| rest.split_at_checked(at)) {
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let address = from.get(..end).unwrap_or(from).trim_end_matches(['.', ',', ')']);
        builder.text(before);
        builder.open(Tag::Link(address.to_owned()));
        builder.text(address);
        builder.close();
        rest = from.strip_prefix(address).unwrap_or_default();
    }
    builder.text(rest);
}
