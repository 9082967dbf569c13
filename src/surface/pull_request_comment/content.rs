//! The visible part of our comment on the pull request.

use std::fmt::Write as _;

use crate::ids::Key;
use crate::surface::markdown;

use super::HEADING;

/// The longest text above the marker line. 32,768 bytes are known to be refused, and the marker line takes up to 6,000.
pub const MAX_VISIBLE_BYTES: usize = 24_000;

/// One row of the comment's table, with everything a reader may see and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The link's text: a title, or for a hidden page a key or `page 101`.
    pub name: String,
    /// Where the link leads; by id, without the title's slug.
    pub url: String,
    /// The space's key; `None` when hidden.
    pub space: Option<String>,
    /// What is unusual about it: `archived`, …, and why the page could not be written.
    pub status: Vec<&'static str>,
    /// Day and version of the last change, or the version at the merge; empty when hidden.
    pub version: String,
    /// Where the page is mentioned.
    pub found_in: Vec<Mention>,
    /// The page's tasks that are mentioned.
    pub tasks: Vec<TaskLine>,
}

/// How a page was named, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The key, if it was one; `None` for a link.
    pub key: Option<Key>,
    /// `branch, title, 3 commits`.
    pub places: String,
}

/// A task beneath the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLine {
    /// Done or not; `None` when it is not on the page (or cannot be seen).
    pub done: Option<bool>,
    /// Its number on the page.
    pub number: String,
    /// What it says; empty when hidden.
    pub words: String,
}

/// What the comment shows above its marker line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The note about the requirements, as [`requirements_note`](super::requirements_note) writes it.
    pub requirements: Option<String>,
    /// How many pages there are.
    pub summary: String,
    pub rows: Vec<Row>,
    /// Whether the rows have the versions at the merge.
    pub is_merged: bool,
    /// Keys with a configured prefix that led to no page.
    pub keys_without_page: Vec<Key>,
    /// Sentences beneath the table, such as what could not be written.
    pub remarks: Vec<String>,
    /// Whether an edit of the texts can change something.
    pub hint: bool,
}

/// What people see. Past [`MAX_VISIBLE_BYTES`] the places of mentions go first, then tasks, then rows from the end.
pub fn render(content: &Content) -> String {
    let all = content.rows.len();
    let shorter = [(Detail::Full, all), (Detail::WithoutPlaces, all)].into_iter();
    let fewer = (0..=all).rev().map(|shown| (Detail::WithoutTasks, shown));
    let mut texts = shorter.chain(fewer).map(|(detail, shown)| show(content, detail, shown));
    texts.find(|text| text.len() <= MAX_VISIBLE_BYTES).unwrap_or_else(|| HEADING.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    WithoutPlaces,
    WithoutTasks,
}

fn show(content: &Content, detail: Detail, shown: usize) -> String {
    let requirements = content.requirements.as_ref().map(|note| format!("{note}\n")).unwrap_or_default();
    let mut out = format!("{HEADING}\n\n{requirements}");
    if !content.rows.is_empty() {
        out.push_str(if content.requirements.is_some() { "\n" } else { "" });
        let version = if content.is_merged { "Version at merge" } else { "Last change" };
        let _ = writeln!(out, "{}\n\n| Page | {version} | Mentioned in |\n| --- | --- | --- |", content.summary);
    }
    for row in content.rows.iter().take(shown) {
        let places = if detail == Detail::Full { mentions(&row.found_in) } else { String::new() };
        let _ = writeln!(out, "| {} | {} | {places} |", page(row), markdown::text(&row.version));
    }
    if shown < content.rows.len() {
        let _ = writeln!(out, "\nand {} more", content.rows.len() - shown);
    }
    let listed = content.rows.iter().take(shown).filter(|row| !row.tasks.is_empty());
    let with_tasks: Vec<&Row> = listed.filter(|_| detail != Detail::WithoutTasks).collect();
    if !with_tasks.is_empty() {
        out.push_str("\nTasks:\n\n");
    }
    for row in with_tasks {
        for TaskLine { done, number, words } in &row.tasks {
            let sign = match done {
                Some(true) => "☑",
                Some(false) => "☐",
                None => "?",
            };
            let words = if words.is_empty() { String::new() } else { format!(": {}", markdown::text(words)) };
            let page = markdown::link(&row.name, &row.url);
            let _ = writeln!(out, "- {sign} Task {} of {page}{words}", markdown::text(number));
        }
    }
    if !content.keys_without_page.is_empty() {
        let keys: Vec<String> = content.keys_without_page.iter().map(|key| markdown::code(&key.to_string())).collect();
        let _ = writeln!(out, "\nNo page found for {}.", keys.join(", "));
    }
    for remark in &content.remarks {
        let _ = writeln!(out, "\n{}", markdown::text(remark));
    }
    if content.hint {
        out.push_str("\nEdited the title or description? Rerun the pipeline step.");
    }
    out.truncate(out.trim_end().len());
    out
}

/// `[Title](URL) (ENG), **archived**`
fn page(row: &Row) -> String {
    let Row { name, url, space, status, .. } = row;
    let space = space.as_ref().map(|space| format!(" ({})", markdown::text(space))).unwrap_or_default();
    let status = status.iter().map(|words| format!(", **{}**", markdown::text(words)));
    std::iter::once(markdown::link(name, url) + &space).chain(status).collect()
}

fn mentions(found_in: &[Mention]) -> String {
    let each = found_in.iter().map(|Mention { key, places }| match key {
        Some(key) => format!("{}: {}", markdown::code(&key.to_string()), markdown::text(places)),
        None => format!("URL: {}", markdown::text(places)),
    });
    each.collect::<Vec<_>>().join("; ")
}
