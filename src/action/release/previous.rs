//! The release before another one, among the tags. Pure.

use crate::bitbucket::Tag;
use crate::ids::{CommitHash, ReleaseName};

/// The tag of the highest lower version of the same scheme. A final release contains what its pre-releases held, so
/// before it only final ones count. Of two tags of one version, the one with the release's own suffix counts, else the one
/// that was probably made later, such as `2.0.0+10` after `2.0.0+9`.
pub(crate) fn previous<'t>(release: &ReleaseName, commit: &CommitHash, tags: &'t [Tag]) -> Option<&'t Tag> {
    let mut highest: Option<(ReleaseName, &Tag)> = None;
    for tag in tags.iter().filter(|tag| !tag.target.same_commit(commit)) {
        let Some(name) = ReleaseName::parse(&tag.name) else { continue };
        let comes_before = name.has_scheme_of(release) && name.precedes(release);
        let counts = comes_before && (release.is_pre_release() || !name.is_pre_release());
        if !counts || longer_form(&name, &tag.target, tags).is_some() {
            continue;
        }
        let is_better = highest.as_ref().is_none_or(|(known, _)| {
            let rank = |name: &ReleaseName| (name.is_same_edition(release), name.as_str().len(), name.to_string());
            known.precedes(&name) || !name.precedes(known) && rank(known) < rank(&name)
        });
        if is_better {
            highest = Some((name, tag));
        }
    }
    highest.map(|(_, tag)| tag)
}

/// The tag on this commit whose version the name shortens: `v1.4.2` for a `v1.4` that people move along.
pub(super) fn longer_form<'t>(name: &ReleaseName, commit: &CommitHash, tags: &'t [Tag]) -> Option<&'t Tag> {
    let here = tags.iter().filter(|tag| tag.target.same_commit(commit));
    let mut longer = here.filter(|tag| ReleaseName::parse(&tag.name).is_some_and(|other| name.abbreviates(&other)));
    longer.next()
}

/// The tags of the release's scheme that have no version, such as `1.2.3.4.5`.
pub(super) fn without_version<'t>(release: &ReleaseName, tags: &'t [Tag]) -> impl Iterator<Item = &'t Tag> {
    let scheme = release.scheme().clone();
    let lacks_one = |tag: &&Tag| ReleaseName::parse(&tag.name).is_none();
    tags.iter().filter(lacks_one).filter(move |tag| scheme.begins(&tag.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags written as `name` or `name@commit`, each on a commit of its own without one.
    fn tags(written: &str) -> Vec<Tag> {
        let tag = |(place, written): (usize, &str)| {
            let (name, commit) = written.split_once('@').unwrap_or((written, ""));
            let target = if commit.is_empty() { format!("0123456789{place:02}") } else { commit.repeat(12) };
            Tag { name: name.to_owned(), target: CommitHash::parse(&target).unwrap(), date: None }
        };
        written.split_whitespace().enumerate().map(tag).collect()
    }

    #[test]
    fn previous_release_is_the_highest_lower_one_of_its_scheme() {
        let all = "1.3.0 1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.10.0 v1.3.1 web-2.0.0 api-1.0.0 nightly 7 1.2.9.9";
        let table = [
            ("1.4.0", all, Some("v1.3.1"), "candidates of a final one do not count, nor does a v"),
            ("1.4.0-rc.2", all, Some("1.4.0-rc.1"), "before a candidate they do"),
            ("1.4.0-rc.1", all, Some("v1.3.1"), "the first candidate"),
            ("1.4.1", all, Some("1.4.0"), "not a higher one"),
            ("1.11.0", all, Some("1.10.0"), "by number, not by letter"),
            ("1.3.2", all, Some("v1.3.1"), "a back-port"),
            ("1.3.0", all, Some("1.2.9.9"), "four numbers are a version"),
            ("1.2.0", all, None, "the first"),
            ("api-1.0.1", all, Some("api-1.0.0"), "one of two products in one repository"),
            ("web-1.0.0", all, None, "not the other's"),
            ("docs-9.0.0", all, None, "a third"),
            ("1.0.0", "", None, "no tags"),
            ("1.4.0", "1.4.0-rc.1", None, "nothing but candidates"),
            ("1.4.0", "1.3.0-rc.1 1.2.0", Some("1.2.0"), "a candidate that was never final"),
            ("1.4.0+b", "1.4.0+a 1.3.0", Some("1.3.0"), "builds of one version have no order"),
            ("2.0.1", "2.0.0+9 2.0.0+10 2.0.0+2", Some("2.0.0+10"), "a later one is likelier"),
            ("2026.11.15", "2026.10.31 2026.11.03", Some("2026.11.03"), "dates with zeros"),
            ("4.2.1", "4.1.7 4.2", Some("4.2"), "two numbers are a version"),
            ("1.4.0-rc10", "1.4.0-rc1 1.4.0-rc9", Some("1.4.0-rc9"), "candidates are ordered by number"),
            ("v16.4.1-ee", "v16.4.0-rc42-ee v16.4.0-ee v16.4.0", Some("v16.4.0-ee"), "its own edition"),
            ("v16.4.1", "v16.4.0 v16.4.0-ee", Some("v16.4.0"), "the version without a suffix"),
            ("1.4.1", "1.4.0 1.4.0-hotfix1", Some("1.4.0-hotfix1"), "a fix comes after its version"),
            ("web-v1.4.0", "web-1.3.0 1.3.9", Some("web-1.3.0"), "with and without a v"),
            ("1.4.0", "1.3.0@b 1.3.9@a", Some("1.3.0"), "not on its own commit"),
            ("1.4.1", "v1.4@b v1.4.2@b 1.4.0@c", Some("1.4.0"), "a tag that moved along is not a release"),
            ("1.4.1", "v1.4@b v1.4.2@b 1.3.9@c", Some("1.3.9"), "also without another one"),
        ];
        let commit = CommitHash::parse(&"a".repeat(40)).unwrap();
        for (name, written, before, why) in table {
            let tags = tags(written);
            let release = ReleaseName::parse(name).unwrap();
            let found = |tags: &[Tag]| previous(&release, &commit, tags).map(|tag| tag.name.clone());
            assert_eq!(found(&tags).as_deref(), before, "{name}: {why}");
            let reversed: Vec<Tag> = tags.into_iter().rev().collect();
            assert_eq!(found(&reversed).as_deref(), before, "{name}: in any order");
        }
    }

    #[test]
    fn tags_without_version_are_those_of_the_scheme() {
        let tags = tags("1.3.0 1.2.3.4.5 7 v8 web-1.2.3.4.5 nightly 2026-11-03 1.4.x-");
        let release = ReleaseName::parse("1.4.0").unwrap();
        let found: Vec<&str> = without_version(&release, &tags).map(|tag| tag.name.as_str()).collect();
        assert_eq!(found, ["1.2.3.4.5", "7", "v8", "2026-11-03"]);
    }
}
