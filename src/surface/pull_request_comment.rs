//! What should our comment on the pull request say, which comments may be ours, and which changes lead there?

use std::fmt::Write as _;

use crate::ids::{Host, Key, PullRequestCommentId, UserUuid};

use super::ledger::Ledger;
use super::{gate_note, markdown};

pub use super::ownership::Ownership;

/// What our comment begins with.
const HEADING: &str = "### Confluence pages";

/// The longest comment: Bitbucket's limit is not documented, 32,768 bytes are known to be refused.
pub const MAX_BYTES: usize = 30_000;

/// One row of the comment's table, with everything a reader may see and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The link's text: a title, or for a hidden page a key or `page 101`.
    pub name: String,
    /// Where the link leads; by id, without the title's slug.
    pub url: String,
    /// The space's key; empty when hidden.
    pub space: String,
    /// `current`, `archived`, …, and why the page could not be written, if so; empty when hidden.
    pub status: String,
    /// Version and day of the last change; empty when hidden.
    pub version: String,
    /// What people call the page's owner; empty when hidden or not known.
    pub owner: String,
    /// Where the page was named.
    pub found_in: Vec<Mention>,
    /// The page's tasks that were named.
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
    /// Whether the merge closed it.
    pub closed: TaskClosed,
}

/// Whether a task was seen complete after the pull request that closes it was merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskClosed {
    /// It was not, or that may not be shown.
    No,
    /// It was, and whatever became of it since is somebody's wish.
    WithTheMerge,
}

/// What the comment shows above its marker lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The line about the gate, as [`gate_note`](super::gate_note) writes it.
    pub gate: Option<String>,
    /// The table.
    pub rows: Vec<Row>,
    /// Keys with a configured prefix that led to no page.
    pub keys_without_page: Vec<Key>,
    /// Sentences beneath the table, such as what could not be written.
    pub remarks: Vec<String>,
}

/// A live comment that carries this site's marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id; the lowest of ours is the one that stays.
    pub id: PullRequestCommentId,
    /// Whose it is, as far as the answer says.
    pub author: Option<UserUuid>,
    /// Its whole text.
    pub raw: String,
    /// What people see of it.
    pub visible: String,
    /// Its marker lines.
    pub ledger: Ledger,
}

/// A change to the comments of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A first comment.
    Create {
        /// Markdown with the marker lines.
        body: String,
    },
    /// A new text for the comment.
    Update {
        /// Which comment.
        id: PullRequestCommentId,
        /// Markdown with the marker lines.
        body: String,
    },
    /// A second comment of ours, or the last one when there is nothing left to say.
    Delete {
        /// Which comment.
        id: PullRequestCommentId,
    },
}

/// The next changes that lead from the candidates to the wanted text (`None`: no comment); none when it holds.
///
/// A comment is deleted only once it is known as ours: a token of an administrator could delete anybody's. So an update
/// goes first, which only its author may do, and the deletion follows in the next turn.
pub fn plan(candidates: &[Candidate], owners: &Ownership, wanted: Option<&str>, emptied: &str) -> Vec<Change> {
    let mut possible: Vec<&Candidate> = candidates.iter().filter(|candidate| owners.may_be_ours(candidate)).collect();
    // With nothing to say only what looks like our own words is cleared away: a refused write to somebody else's, in
    // every run, would be noise.
    possible.retain(|candidate| wanted.is_some() || candidate.visible.starts_with(HEADING) || candidate.raw == emptied);
    possible.sort_by_key(|candidate| candidate.id);
    let body = wanted.unwrap_or(emptied);
    let Some(kept) = possible.iter().find(|candidate| candidate.raw == body).or(possible.first()) else {
        return wanted.map(|body| Change::Create { body: body.to_owned() }).into_iter().collect();
    };
    let of_one_author: Vec<&Candidate> =
        possible.iter().filter(|candidate| candidate.author == kept.author).copied().collect();
    let lowest = of_one_author.iter().map(|candidate| candidate.id).min().unwrap_or(kept.id);
    let proven = possible.iter().any(|candidate| candidate.id == lowest && owners.proven(candidate));
    let lowest_is_right = possible.iter().any(|candidate| candidate.id == lowest && candidate.raw == body);
    let goes: Vec<PullRequestCommentId> =
        of_one_author.iter().map(|candidate| candidate.id).filter(|id| *id != lowest || wanted.is_none()).collect();
    if !lowest_is_right || (!proven && !goes.is_empty()) {
        return vec![Change::Update { id: lowest, body: body.to_owned() }];
    }
    goes.into_iter().map(|id| Change::Delete { id }).collect()
}

/// The whole comment: what people see, then the marker lines. Past [`MAX_BYTES`] the places a page was named in go
/// first, then rows from the end; the ledger never.
pub fn render(content: &Content, ledger: &Ledger, site: &Host) -> String {
    let markers = ledger.render(site);
    let fits = |visible: &str| visible.len() + markers.len() + 2 <= MAX_BYTES;
    let mut visible = show(content, Detail::Full, content.rows.len());
    if !fits(&visible) {
        visible = (0..=content.rows.len())
            .rev()
            .map(|shown| show(content, Detail::WithoutPlaces, shown))
            .find(|visible| fits(visible))
            .unwrap_or_default();
    }
    join(&visible, &markers)
}

/// What people saw before, with this line about the gate.
pub fn with_gate(visible: &str, gate: Option<&str>) -> String {
    gate_note::replaced(visible, HEADING, gate)
}

/// What people saw before, with other marker lines: for when the comment is switched off but its ledger is kept true.
pub fn join(visible: &str, markers: &str) -> String {
    if visible.is_empty() { markers.to_owned() } else { format!("{visible}\n\n{markers}") }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    WithoutPlaces,
}

fn show(content: &Content, detail: Detail, shown: usize) -> String {
    let gate = content.gate.as_ref().map(|line| format!("{line}\n\n")).unwrap_or_default();
    let mut out = format!("{HEADING}\n\n{gate}");
    if !content.rows.is_empty() {
        out.push_str("| Page | Space | Status | Version | Owner | Found in |\n| --- | --- | --- | --- | --- | --- |\n");
    }
    for row in content.rows.iter().take(shown) {
        let Row { name, url, space, status, version, owner, found_in, tasks: _ } = row;
        let places = if detail == Detail::Full { mentions(found_in) } else { String::new() };
        let texts = [space, status, version, owner].map(|text| markdown::text(text));
        let cells: Vec<String> =
            std::iter::once(markdown::link(name, url)).chain(texts).chain(std::iter::once(places)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if shown < content.rows.len() {
        let _ = writeln!(out, "\nand {} more", content.rows.len() - shown);
    }
    let with_tasks: Vec<&Row> = content.rows.iter().take(shown).filter(|row| !row.tasks.is_empty()).collect();
    if !with_tasks.is_empty() {
        out.push_str("\nTasks:\n\n");
    }
    for row in with_tasks {
        for TaskLine { done, number, words, closed } in &row.tasks {
            let sign = match done {
                Some(true) => "☑",
                Some(false) => "☐",
                None => "?",
            };
            let words = if words.is_empty() { String::new() } else { format!(": {}", markdown::text(words)) };
            let closed = match (closed, done) {
                (TaskClosed::No, _) => "",
                (TaskClosed::WithTheMerge, Some(true)) => " (closed with the merge)",
                (TaskClosed::WithTheMerge, Some(false)) => " (closed with the merge, and opened again)",
                (TaskClosed::WithTheMerge, None) => " (closed with the merge, and not found now)",
            };
            let _ = writeln!(
                out,
                "- {sign} Task {} of {}{words}{closed}",
                markdown::text(number),
                markdown::link(&row.name, &row.url)
            );
        }
    }
    if !content.keys_without_page.is_empty() {
        let keys: Vec<String> = content.keys_without_page.iter().map(|key| markdown::code(&key.to_string())).collect();
        let _ = writeln!(out, "\nNo page found for {}.", keys.join(", "));
    }
    for remark in &content.remarks {
        let _ = writeln!(out, "\n{}", markdown::text(remark));
    }
    out.push_str("\nChanged the description? Rerun this step.");
    out
}

fn mentions(found_in: &[Mention]) -> String {
    let each = found_in.iter().map(|Mention { key, places }| match key {
        Some(key) => format!("{} in {}", markdown::code(&key.to_string()), markdown::text(places)),
        None => format!("link in {}", markdown::text(places)),
    });
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u64, author: &str, raw: &str) -> Candidate {
        Candidate {
            id: PullRequestCommentId::new(id).unwrap(),
            author: UserUuid::parse(author),
            raw: raw.to_owned(),
            visible: format!("{HEADING}\n\n{raw}"),
            ledger: Ledger::default(),
        }
    }

    /// Follows the plan against comments of which only `me`'s can be written, and tells each step.
    fn follow(mut comments: Vec<Candidate>, wanted: Option<&str>) -> Vec<String> {
        let mut owners = Ownership::default();
        let mut steps = Vec::new();
        let me = UserUuid::parse("me").unwrap();
        for _ in 0..10 {
            let changes = plan(&comments, &owners, wanted, "emptied");
            if changes.is_empty() {
                return steps;
            }
            for change in changes {
                match change {
                    Change::Create { body } => {
                        steps.push(format!("create {body}"));
                        comments.push(candidate(90, "me", &body));
                        owners.is_ours(PullRequestCommentId::new(90).unwrap(), Some(me.clone()));
                    }
                    Change::Update { id, body } => {
                        let found = comments.iter_mut().find(|comment| comment.id == id).unwrap();
                        if found.author.as_ref() == Some(&me) {
                            steps.push(format!("update {id} {body}"));
                            found.raw = body;
                            owners.is_ours(id, Some(me.clone()));
                        } else {
                            steps.push(format!("refused {id}"));
                            owners.is_foreign(&found.clone());
                        }
                    }
                    Change::Delete { id } => {
                        let of_mine = |comment: &Candidate| comment.id == id && comment.author.as_ref() == Some(&me);
                        assert!(comments.iter().any(of_mine), "a comment of somebody else was to be deleted");
                        steps.push(format!("delete {id}"));
                        comments.retain(|comment| comment.id != id);
                    }
                }
            }
        }
        panic!("no end: {steps:?}");
    }

    #[test]
    fn the_plan_leads_to_one_comment_and_leaves_others_alone() {
        let ours = |id, raw| candidate(id, "me", raw);
        let theirs = |id, raw| candidate(id, "you", raw);
        type Story = (&'static str, Vec<Candidate>, Option<&'static str>, &'static [&'static str]);
        let table: [Story; 11] = [
            ("nothing to say, nothing there", vec![], None, &[]),
            ("a first comment", vec![], Some("new"), &["create new"]),
            ("it holds", vec![ours(1, "new")], Some("new"), &[]),
            ("it changes", vec![ours(1, "old")], Some("new"), &["update 1 new"]),
            ("twins become one", vec![ours(1, "new"), ours(2, "new")], Some("new"), &["update 1 new", "delete 2"]),
            ("the lowest stays", vec![ours(1, "old"), ours(2, "new")], Some("new"), &["update 1 new", "delete 2"]),
            ("the last one goes", vec![ours(1, "old")], None, &["update 1 emptied", "delete 1"]),
            ("a forged one is left", vec![theirs(1, "x")], Some("new"), &["refused 1", "create new"]),
            ("a forged one below ours", vec![theirs(1, "x"), ours(2, "new")], Some("new"), &[]),
            ("two forged ones below ours", vec![theirs(1, "x"), theirs(2, "y"), ours(3, "new")], Some("new"), &[]),
            (
                "ours changes beside a forged one",
                vec![theirs(1, "x"), ours(2, "old")],
                Some("new"),
                &["refused 1", "update 2 new"],
            ),
        ];
        for (story, comments, wanted, steps) in table {
            assert_eq!(follow(comments, wanted), steps, "{story}");
        }
    }

    #[test]
    fn a_comment_stays_under_the_limit_and_never_loses_its_ledger() {
        let row = |number: usize| Row {
            name: "x".repeat(200),
            url: format!("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId={number}"),
            space: "ENG".to_owned(),
            status: "current".to_owned(),
            version: "1, 2026-11-22".to_owned(),
            owner: "x".repeat(30),
            found_in: vec![Mention { key: Key::parse("ENG-1"), places: "branch, ".repeat(40) }],
            tasks: Vec::new(),
        };
        let site = Host::parse("acme.atlassian.net").unwrap();
        for (rows, more) in [(50, None), (200, Some("more"))] {
            let content = Content { rows: (1..=rows).map(row).collect(), ..Content::default() };
            let comment = render(&content, &Ledger::default(), &site);
            assert!(comment.len() <= MAX_BYTES, "{}", comment.len());
            assert!(Ledger::split(&comment, &site).is_some());
            assert_eq!(comment.contains("more\n"), more.is_some());
        }
    }
}
