//! The line of the pull request comment about requirements, written and recognized.
//!
//! It is the first line below the heading, so a run that doesn't check requirements can keep it.

use super::markdown;

/// What the line begins with. No other line of ours does.
const BEGINS: &str = "**Requirements ";

/// Something is asked and not there: what, and what to do.
pub fn unmet(sentences: &[String]) -> String {
    let sentences: Vec<String> = sentences.iter().map(|sentence| markdown::text(sentence)).collect();
    format!("{BEGINS}not met.** {}", sentences.join(" "))
}

/// `[skip confluence]` stands there.
pub fn waived(place: &str) -> String {
    format!(
        "{BEGINS}waived:** {} is in the {}. To lift that, take it out, then rerun this step.",
        markdown::code("[skip confluence]"),
        markdown::text(place)
    )
}

/// The line in what people see of a comment.
pub fn of(visible: &str) -> Option<&str> {
    visible.lines().find(|line| line.starts_with(BEGINS))
}

/// What people see of a comment, with this line in place of the one that was there.
pub fn replaced(visible: &str, heading: &str, line: Option<&str>) -> String {
    let Some(body) = visible.strip_prefix(heading) else { return visible.to_owned() };
    let body = body.trim_start();
    let below =
        if body.starts_with(BEGINS) { body.split_once('\n').map_or("", |(_, below)| below).trim_start() } else { body };
    let parts = [Some(heading), line, Some(below).filter(|below| !below.is_empty())];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_found_again_and_takes_the_place_of_an_older_one() {
        let line = unmet(&["No page is linked: write *one*.".to_owned()]);
        assert_eq!(line, "**Requirements not met.** No page is linked: write \\*one\\*.");
        let bare = "### H\n\n| a |\n\nlast";
        let noted = replaced(bare, "### H", Some(&line));
        assert_eq!(noted, format!("### H\n\n{line}\n\n| a |\n\nlast"));
        assert_eq!(of(&noted), Some(line.as_str()));
        assert_eq!(of(bare), None);
        assert_eq!(replaced(&noted, "### H", Some("**Requirements x")), "### H\n\n**Requirements x\n\n| a |\n\nlast");
        assert_eq!(replaced(&noted, "### H", None), bare);
        assert_eq!(replaced("### H\n\nlast", "### H", None), "### H\n\nlast");
        assert_eq!(replaced("something else", "### H", Some(&line)), "something else");
    }
}
