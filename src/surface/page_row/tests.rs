//! Rows and comments as texts, read back.

use super::*;

#[test]
fn a_link_carries_identity_and_keys() {
    let (uuid, keys) =
        read_fragment("https://bitbucket.org/a/b/pull-requests/7#repository=9c8b-1;keys=ENG-12,OPS-3@jira");
    assert_eq!(uuid, RepositoryUuid::parse("9c8b-1"));
    let words: Vec<String> = keys.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["ENG-12", "OPS-3@jira"]);
    assert_eq!(fragment(&uuid.unwrap(), &keys), "#repository=9c8b-1;keys=ENG-12,OPS-3@jira");
    let encoded = read_fragment("x#repository%3D9c8b-1%3Bkeys%3DENG-12%2COPS-3%40jira").1;
    assert_eq!(encoded, keys, "a service may encode the fragment");
    for nothing in ["https://bitbucket.org/a/b/pull-requests/7", "x#repository=", "x#repository=<b>", "x#other=1"] {
        assert_eq!(read_fragment(nothing), (None, BTreeSet::new()), "{nothing}");
    }
}

#[test]
fn final_release_replaces_its_candidates_in_a_row() {
    let table = [
        ("", "1.4.0", "1.4.0", "a first one"),
        ("1.4.0", "1.4.0", "1.4.0", "the same again"),
        ("1.4.0", "1.3.1", "1.4.0, 1.3.1", "a back-port comes after, as it was added"),
        ("1.4.0, 1.3.1", "", "1.4.0, 1.3.1", "nothing is stated"),
        ("1.4.0-rc.1", "1.4.0", "1.4.0", "final"),
        ("1.4.0-rc.1, 1.3.1, 1.4.0-rc.2", "1.4.0", "1.4.0, 1.3.1", "in place of the first"),
        ("1.3.1, 1.4.0-rc.1", "1.4.0", "1.3.1, 1.4.0", "in its place"),
        ("1.4.0", "1.4.0-rc.2", "1.4.0", "a candidate next to its final release"),
        ("1.4.0-rc.1", "1.4.0-rc.2", "1.4.0-rc.1, 1.4.0-rc.2", "two candidates"),
        ("1.4.0-rc.1", "1.5.0", "1.4.0-rc.1, 1.5.0", "of another version"),
        ("web-1.4.0-rc.1", "api-1.4.0", "web-1.4.0-rc.1, api-1.4.0", "of another thing"),
        ("1.4.0-rc.1, 1.4.0", "1.4.0", "1.4.0-rc.1, 1.4.0", "what stands is not tidied by the way"),
        ("a word", "1.4.0", "a word, 1.4.0", "no version"),
    ];
    for (known, more, releases, why) in table {
        let once = with_releases(&listed(known), &listed(more));
        assert_eq!(once.join(", "), releases, "{why}");
        assert_eq!(with_releases(&once, &listed(more)), once, "again: {why}");
    }
}
