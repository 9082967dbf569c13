//! Which release comes before one? Pure.

use crate::bitbucket::Tag;
use crate::ids::ReleaseName;

/// The tag of the highest lower version among the releases of the same thing. Before a final release only final ones
/// count: what its candidates held belongs to it too.
pub(super) fn previous<'t>(release: &ReleaseName, tags: &'t [Tag]) -> Option<&'t Tag> {
    let mut highest: Option<(ReleaseName, &Tag)> = None;
    for tag in tags {
        let Some(name) = ReleaseName::parse(&tag.name) else { continue };
        let comes_before = name.is_of_the_same(release) && name.precedes(release);
        let counts = comes_before && (release.is_pre_release() || !name.is_pre_release());
        if counts && highest.as_ref().is_none_or(|(known, _)| known.precedes(&name)) {
            highest = Some((name, tag));
        }
    }
    highest.map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CommitHash;

    #[test]
    fn the_previous_release_is_the_highest_lower_one_of_the_same_thing() {
        let all = "1.3.0 1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.10.0 v1.3.1 web-2.0.0 api-1.0.0 nightly 2.0 1.3.0.9";
        let table = [
            ("1.4.0", all, Some("v1.3.1"), "candidates of a final one do not count, nor does a bare v"),
            ("1.4.0-rc.2", all, Some("1.4.0-rc.1"), "before a candidate they do"),
            ("1.4.0-rc.1", all, Some("v1.3.1"), "the first candidate"),
            ("1.4.1", all, Some("1.4.0"), "a higher one is none before"),
            ("1.11.0", all, Some("1.10.0"), "by number, not by letter"),
            ("1.3.2", all, Some("v1.3.1"), "a back-port"),
            ("v1.3.1", all, Some("1.3.0"), "a higher one was there first"),
            ("1.3.0", all, None, "the first"),
            ("api-1.0.1", all, Some("api-1.0.0"), "one of two things in one repository"),
            ("web-1.0.0", all, None, "the other's do not count"),
            ("docs-9.0.0", all, None, "a third"),
            ("1.0.0", "", None, "no tags"),
            ("1.4.0", "1.4.0-rc.1", None, "nothing but candidates"),
            ("1.4.0", "1.3.0-rc.1 1.2.0", Some("1.2.0"), "a candidate that was never final"),
            ("1.4.0+b", "1.4.0+a 1.3.0", Some("1.3.0"), "builds of one version have no order"),
        ];
        for (release, tags, before, why) in table {
            let target = CommitHash::parse("0123456789ab").unwrap();
            let tag = |name: &str| Tag { name: name.to_owned(), target: target.clone() };
            let tags: Vec<Tag> = tags.split_whitespace().map(tag).collect();
            let release = ReleaseName::parse(release).unwrap();
            assert_eq!(previous(&release, &tags).map(|tag| tag.name.as_str()), before, "{release}: {why}");
            let reversed: Vec<Tag> = tags.into_iter().rev().collect();
            assert_eq!(previous(&release, &reversed).map(|tag| tag.name.as_str()), before, "{release}: in any order");
        }
    }
}
