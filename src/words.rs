//! The first lines of the log, and parts of sentences: titles, lists and texts by others, cut to a readable length.

use std::fmt::Display;

/// The first line of the log.
pub const START: &str = "Executing the pipe...";

/// The services and credentials of a run.
pub fn services(bitbucket: impl Display, credential: &str) -> String {
    format!("Bitbucket: {bitbucket}; Confluence with {credential}")
}

/// The longest text by someone else in a sentence of ours.
const LONGEST: usize = 80;

/// A text by someone else.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A page as people know it: `"Title" https://…`.
pub fn titled(title: &str, url: &str) -> String {
    format!("\"{}\" {url}", cut(title))
}

/// The first items, as many as fit in a sentence, and how many more.
pub fn first_of(all: &[impl ToString]) -> String {
    let mut shown = String::new();
    for (at, item) in all.iter().enumerate() {
        let item = cut(&item.to_string());
        if at > 0 && shown.chars().count() + item.chars().count() > LONGEST {
            return format!("{shown} and {} more", all.len() - at);
        }
        if at > 0 {
            shown.push_str(", ");
        }
        shown.push_str(&item);
    }
    shown
}

/// The same in brackets, or nothing.
pub fn in_brackets(all: &[impl ToString]) -> String {
    if all.is_empty() { String::new() } else { format!(" ({})", first_of(all)) }
}

#[cfg(test)]
mod tests {
    use super::{cut, first_of, in_brackets};

    #[test]
    fn long_texts_and_lists_are_cut() {
        assert_eq!(cut(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(cut(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(first_of(&["ENG-1", "ENG-2"]), "ENG-1, ENG-2");
        let many: Vec<String> = (10..50).map(|number| format!("ENG-{number}")).collect();
        assert_eq!(first_of(&many).split(" and ").nth(1), Some("30 more"));
        assert_eq!(in_brackets(&[] as &[&str]), "");
    }
}
