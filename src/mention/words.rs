//! Where and how to mention a page.

pub(super) const BRANCH: &str = "the name of a new branch";
pub(super) const TITLE: &str = "the title";
pub(super) const DESCRIPTION: &str = "the description";
pub(super) const COMMIT: &str = "a new commit";

/// The end of a sentence about the texts that take URLs and those that take keys.
pub(super) fn advice(urls: &[&str], keys: &[&str], example: Option<&str>) -> Option<String> {
    let such = example.map(|example| format!(" such as {example}")).unwrap_or_default();
    Some(match (any_of(urls), any_of(keys)) {
        (None, None) => return None,
        (Some(urls), None) => format!("write a page's URL into {urls}"),
        (None, Some(keys)) => format!("write a key{such} into {keys}"),
        (Some(urls), Some(keys)) if urls == keys => format!("write a page's URL or a key{such} into {urls}"),
        (Some(urls), Some(keys)) => format!("write a page's URL into {urls}, or a key{such} into {keys}"),
    })
}

/// `the title, the description or a new commit`.
fn any_of(places: &[&str]) -> Option<String> {
    let (last, others) = places.split_last()?;
    Some(if others.is_empty() { (*last).to_owned() } else { format!("{} or {last}", others.join(", ")) })
}
