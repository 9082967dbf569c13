//! A document in a terminal.

use std::io::{IsTerminal, Write};

use crate::document::{Node, Tag, words};

/// Columns of text; wider terminals are common, and a pipeline's log view has about as many.
const WIDTH: usize = 120;

/// The terminal that the demo plays in.
pub(crate) struct Terminal {
    colors: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { colors: std::io::stdout().is_terminal() }
    }

    /// One line. A closed terminal is no failure.
    pub(crate) fn say(&self, line: &str) {
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    /// The heading of an act.
    pub(crate) fn act(&self, title: &str) {
        let rule = "━".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.say(&format!("\n{}\n", self.bold(&format!("━━ {title} {rule}"))));
    }

    /// The heading of something shown, with what is known of it.
    pub(crate) fn heading(&self, place: &str, title: &str, known: &str) {
        let known = if known.is_empty() { String::new() } else { self.dim(&format!("  ({known})")) };
        self.say(&format!("{} {}{known}", self.dim(place), self.bold(title)));
    }

    /// A document, indented.
    pub(crate) fn document(&self, nodes: &[Node]) {
        for line in self.blocks(nodes, WIDTH - 2) {
            self.say(format!("  {line}").trim_end());
        }
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    pub(crate) fn green(&self, text: &str) -> String {
        self.styled("32", text)
    }

    pub(crate) fn red(&self, text: &str) -> String {
        self.styled("31", text)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.colors { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn blocks(&self, nodes: &[Node], width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for node in nodes {
            let is_table = matches!(node, Node::Element(Tag::Table, _));
            if !lines.is_empty() && !is_table {
                lines.push(String::new());
            }
            match node {
                Node::Text(text) => lines.extend(wrapped(text, width)),
                Node::Element(Tag::Heading, children) => lines.push(self.bold(&marked(children))),
                Node::Element(Tag::Table, rows) => lines.extend(self.table(rows, width)),
                Node::Element(Tag::CodeBlock, children) => {
                    lines.extend(raw(children).lines().map(|line| format!("    {line}")));
                }
                Node::Element(Tag::List, items) => {
                    for item in items {
                        let Node::Element(_, children) = item else { continue };
                        let item = wrapped(&marked(children), width - 2);
                        let bullet = |(index, line)| format!("{}{line}", if index == 0 { "• " } else { "  " });
                        lines.extend(item.into_iter().enumerate().map(bullet));
                    }
                }
                Node::Element(_, children) => lines.extend(wrapped(&marked(children), width)),
            }
        }
        lines
    }

    fn table(&self, rows: &[Node], width: usize) -> Vec<String> {
        let rows: Vec<Vec<String>> = rows.iter().filter_map(cells).collect();
        let widths = widths(&rows, width);
        let rule = |left: &str, middle: &str, right: &str| {
            let bars: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
            self.dim(&format!("{left}{}{right}", bars.join(middle)))
        };
        let mut lines = vec![rule("┌", "┬", "┐")];
        for (index, row) in rows.iter().enumerate() {
            if index == 1 {
                lines.push(rule("├", "┼", "┤"));
            }
            let columns: Vec<Vec<String>> =
                row.iter().zip(&widths).map(|(cell, width)| wrapped(cell, *width)).collect();
            for line in 0..columns.iter().map(Vec::len).max().unwrap_or_default() {
                let mut drawn = self.dim("│");
                for (column, width) in columns.iter().zip(&widths) {
                    let text = column.get(line).map_or("", String::as_str);
                    let padded = format!(" {text}{} ", " ".repeat(width.saturating_sub(text.chars().count())));
                    drawn += &if index == 0 { self.bold(&padded) } else { padded };
                    drawn += &self.dim("│");
                }
                lines.push(drawn);
            }
        }
        lines.push(rule("└", "┴", "┘"));
        lines
    }
}

fn cells(row: &Node) -> Option<Vec<String>> {
    match row {
        Node::Text(_) => None,
        Node::Element(_, cells) => Some(cells.iter().map(|cell| marked(std::slice::from_ref(cell))).collect()),
    }
}

/// The widths of the columns: as wide as their texts, the widest ones narrower until the table fits.
fn widths(rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let longest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| longest(column).unwrap_or_default()).collect();
    while widths.iter().sum::<usize>() + 3 * columns + 1 > width {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 8 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// The words of a document on one line, with marks for code.
fn marked(nodes: &[Node]) -> String {
    let each = nodes.iter().map(|node| match node {
        Node::Text(text) => text.replace('\n', " "),
        Node::Element(Tag::Code, children) => format!("`{}`", words(children)),
        Node::Element(Tag::Break, _) => " ".to_owned(),
        Node::Element(_, children) => marked(children),
    });
    each.collect()
}

fn raw(nodes: &[Node]) -> String {
    let each = nodes.iter().map(|node| match node {
        Node::Text(text) => text.clone(),
        Node::Element(_, children) => raw(children),
    });
    each.collect()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
