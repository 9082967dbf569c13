//! The paragraph and list of the pull request comment about requirements, written and recognized.
//!
//! They come first below the heading, so a run that doesn't check requirements can keep them.

use super::markdown;

/// What the note begins with. No other line of ours does.
const BEGINS: &str = "**Requirements ";

/// The beginning of a note that alone needs no comment.
const EXEMPT: &str = "**Requirements don't apply**";

/// Whether unmet requirements fail the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforced {
    Yes,
    /// The pull request is a draft.
    NotYet,
}

/// Each requirement that isn't met, as `REQUIRE` has it, and what to do.
pub fn unmet(each: &[(String, String)], enforced: Enforced) -> String {
    let fix = if each.len() == 1 { "Fix it" } else { "Fix them" };
    let enforced = match enforced {
        Enforced::Yes => "",
        Enforced::NotYet => " Not enforced while this is a draft.",
    };
    let items = each
        .iter()
        .map(|(requirement, sentences)| format!("\n- {}: {}", markdown::code(requirement), markdown::text(sentences)));
    let items: String = items.collect();
    format!("{BEGINS}not met** ({}).{enforced} {fix} and rerun the pipeline step.\n{items}", each.len())
}

/// `[skip confluence]` waives them.
pub fn waived(place: &str) -> String {
    format!(
        "{BEGINS}waived**, because {} is in the {}. To enforce them, remove it and rerun the pipeline step.",
        markdown::code("[skip confluence]"),
        markdown::text(place)
    )
}

/// The author needs to meet nothing.
pub fn exempt() -> String {
    format!("{EXEMPT}, because {} has the author.", markdown::code("REQUIRE_EXEMPT"))
}

/// Whether a comment is added only to show this note.
pub fn needs_a_comment(note: &str) -> bool {
    !note.starts_with(EXEMPT)
}

/// The note in what people see of a comment.
pub fn of(visible: &str) -> Option<&str> {
    let begin = visible.match_indices(BEGINS).map(|(at, _)| at);
    let mut begin =
        begin.filter(|at| visible.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with('\n')));
    let note = visible.get(begin.next()?..)?;
    note.get(..length(note))
}

/// The length of the note at the beginning of a text: its paragraph, and the list below.
fn length(text: &str) -> usize {
    let (mut end, mut at) = (0, 0);
    if !text.starts_with(BEGINS) {
        return end;
    }
    for (place, line) in text.split_inclusive('\n').enumerate() {
        if place == 0 || line.starts_with("- ") {
            end = at + line.trim_end().len();
        } else if !line.trim().is_empty() {
            break;
        }
        at += line.len();
    }
    end
}

/// What people see of a comment, with this note in place of the one that was there.
pub fn replaced(visible: &str, heading: &str, note: Option<&str>) -> String {
    let Some(body) = visible.strip_prefix(heading) else { return visible.to_owned() };
    let body = body.trim_start();
    let below = body.get(length(body)..).unwrap_or_default().trim_start();
    let parts = [Some(heading), note, Some(below).filter(|below| !below.is_empty())];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_is_found_again_and_replaced_by_another() {
        let each = [("link", "No page. Write *one*."), ("label:a_b", "None\nhas - it.")];
        let each = each.map(|(requirement, sentence)| (requirement.to_owned(), sentence.to_owned()));
        let note = unmet(&each, Enforced::Yes);
        assert_eq!(
            note,
            "**Requirements not met** (2). Fix them and rerun the pipeline step.\n\n\
             - `link`: No page. Write \\*one\\*.\n- `label:a_b`: None has - it."
        );
        let bare = "### H\n\n1 page linked.\n\n| a |\n\nlast";
        for note in [note, unmet(&each[..1], Enforced::NotYet), waived("title"), exempt()] {
            let noted = replaced(bare, "### H", Some(&note));
            assert_eq!(noted, format!("### H\n\n{note}\n\n1 page linked.\n\n| a |\n\nlast"));
            for stored in [noted.clone(), noted.replace('\n', "\r\n")] {
                assert_eq!(of(&stored).map(|found| found.replace("\r\n", "\n")), Some(note.clone()));
                assert_eq!(replaced(&stored, "### H", None).replace("\r\n", "\n"), bare);
                assert_eq!(of(&replaced(&stored, "### H", Some(&exempt()))), Some(exempt().as_str()));
            }
            assert_eq!(of(&replaced("### H\n\n", "### H", Some(&note))), Some(note.as_str()));
        }
        assert_eq!(of(bare), None);
        assert_eq!(of("a **Requirements not met** in a title"), None);
        assert_eq!(replaced("### H\n\nlast", "### H", None), "### H\n\nlast");
        assert_eq!(replaced("something else", "### H", Some("x")), "something else");
    }
}
