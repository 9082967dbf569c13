//! Keys that do not fit the configuration are told of, once, with the line to write.

use crate::bed::Bed;
use fake::{Service, State, Who};

fn naming(title: &str) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "OPS", "OPS-2 Second");
    let id = state.open_pull_request("work", title, "", &["start"]);
    Bed::new(state, id)
}

fn warnings(bed: &Bed) -> Vec<String> {
    let log = bed.run().log;
    log.lines().filter_map(|line| line.strip_prefix("WARNING: ")).map(str::to_owned).collect()
}

fn asked_for_spaces(bed: &Bed) -> usize {
    let requests = bed.fake.requests();
    requests
        .iter()
        .filter(|it| it.request.service == Service::Confluence && it.request.path.ends_with("/spaces"))
        .count()
}

#[test]
fn a_prefix_that_leads_to_pages_and_is_not_the_projects_is_told_with_the_line_to_write() {
    let bed = naming("ENG-1, OPS-2 and SHOP-3").with("BITBUCKET_PROJECT_KEY", "OPS");
    assert_eq!(
        warnings(&bed),
        ["Keys with ENG lead to pages, and the repository's project is OPS: if they are meant, write `KEY_PREFIXES: \
          [\"ENG\", \"OPS\"]`, with every other prefix that names pages"]
    );
    bed.nothing_is_left_to_do();
    let as_told = bed.with("KEY_PREFIXES_COUNT", "2").with("KEY_PREFIXES_0", "ENG").with("KEY_PREFIXES_1", "OPS");
    assert_eq!(warnings(&as_told), Vec::<String>::new());
    for (title, project) in [("ENG-1", "eng"), ("SHOP-3", "OPS"), ("ENG-1", "")] {
        assert_eq!(warnings(&naming(title).with("BITBUCKET_PROJECT_KEY", project)), Vec::<String>::new(), "{title}");
    }
}

#[test]
fn a_mapping_to_a_space_that_does_not_exist_is_told_with_the_line_to_write() {
    let bed = naming("RFC-7 and ENG-1").with("KEY_PREFIXES", "ENG,RFC=ARCX,ADR=ARCX");
    let told = warnings(&bed);
    assert_eq!(
        told[1],
        "KEY_PREFIXES looks for RFC in the space ARCX, which does not exist, or which the Confluence account may not see: \
         grant it \"View\" there, or write `KEY_PREFIXES: [\"ADR=ARCX\", \"ENG\", \"RFC=<key of its space>\"]`"
    );
    assert!(told[0].starts_with("KEY_PREFIXES looks for ADR in the space ARCX, "), "{told:#?}");
    assert_eq!((told.len(), asked_for_spaces(&bed)), (2, 1));
    bed.nothing_is_left_to_do();
    bed.fake.state().confluence.space_mut("OPS").view = Who::Nobody;
    let hidden = bed.with("KEY_PREFIXES", "ENG,RFC=OPS");
    assert_eq!(warnings(&hidden).len(), 1);
}

#[test]
fn spaces_are_asked_for_only_when_a_configured_key_led_nowhere() {
    let cases = [
        ("ENG-1", "ENG,RFC=ARCX", 0),
        ("ENG-1 ENG-9", "ENG", 0),
        ("ENG-9", "ENG", 1),
        ("ENG-9", "", 0),
        ("x", "ENG", 0),
    ];
    for (title, prefixes, asked) in cases {
        let bed = naming(title).with("KEY_PREFIXES", prefixes);
        assert_eq!(warnings(&bed), Vec::<String>::new(), "{title} {prefixes}");
        assert_eq!(asked_for_spaces(&bed), asked, "{title} {prefixes}");
    }
}

#[test]
fn a_space_in_spaces_that_does_not_exist_is_told_where_a_page_stays_outside() {
    let told = "SPACES names EGN, and the Confluence account sees no such space: check the key, or grant the account \
                \"View\" there; pages of spaces that are not in SPACES are shown by their link only";
    let cases = [
        ("ENG-1", "EGN", 1, 1),
        ("ENG-1 OPS-2", "ENG,EGN", 1, 1),
        ("ENG-1", "OPS", 0, 1),
        // Nothing is outside, or what is inside shows that the space exists.
        ("ENG-1", "ENG,EGN", 0, 0),
        ("ENG-1 OPS-2", "ENG", 0, 0),
        ("SHOP-3", "EGN", 0, 0),
    ];
    for (title, spaces, told_of, asked) in cases {
        let bed = naming(title).with("SPACES", spaces);
        assert_eq!(warnings(&bed), vec![told; told_of], "{title} {spaces}");
        assert_eq!(asked_for_spaces(&bed), asked, "{title} {spaces}");
    }
    let hidden = naming("ENG-1").with("SPACES", "OPS");
    hidden.fake.state().confluence.space_mut("OPS").view = Who::Nobody;
    assert_eq!(warnings(&hidden), [told.replace("EGN", "OPS")]);
    let both = naming("ENG-1 RFC-7").with("SPACES", "EGN").with("KEY_PREFIXES", "ENG,RFC=EGN");
    assert_eq!((warnings(&both).len(), asked_for_spaces(&both)), (2, 1));
    let many = naming("ENG-1").with("SPACES", "EGN");
    many.fake.state().open_pull_request("more", "ENG-1 too", "", &["start"]);
    assert_eq!(warnings(&many.with("ACTION", "backfill")), [told]);
}

#[test]
fn who_names_no_page_is_told_where_a_key_counts() {
    let url = "to link one, write a page's URL into the title, the description or a new commit's message";
    let (all, listed) = ("Branch, title, description and commit messages", "The places in SOURCES");
    let by_key = format!("{url}, or a key such as ENG-123 into the title");
    let cases = [
        ("", "", "", format!("{all} name no Confluence page: {by_key} or a new commit's message")),
        (
            "see ENG-7 and OPS-8",
            "",
            "",
            format!(
                "{all} name no Confluence page: {by_key} or a new commit's message; in the description a key counts only if \
                 KEY_PREFIXES names its prefix"
            ),
        ),
        // Not read at all, or nothing like a key.
        (
            "`ENG-7`, CVE-2021-44228, https://jira.example/browse/ENG-7",
            "",
            "",
            format!("{all} name no Confluence page: {by_key} or a new commit's message"),
        ),
        (
            "SHOP-7",
            "RFC=ARCH,OPS",
            "",
            format!(
                "{all} name no Confluence page: to link one, write a page's URL or a key such as OPS-123 into the title, the \
                 description or a new commit's message"
            ),
        ),
        ("ENG-7", "none", "", format!("{all} name no Confluence page: {url}; by KEY_PREFIXES no key counts")),
        (
            "ENG-7",
            "",
            "title",
            format!(
                "{listed} name no Confluence page: to link one, write a page's URL or a key such as ENG-123 into the title"
            ),
        ),
        (
            "",
            "",
            "branch",
            format!(
                "{listed} name no Confluence page: to link one, write a key such as ENG-123 into the name of a new branch"
            ),
        ),
        (
            "",
            "none",
            "branch",
            format!(
                "{listed} name no Confluence page: with SOURCES and KEY_PREFIXES as they are, nothing can name one"
            ),
        ),
    ];
    for (description, prefixes, sources, told) in cases {
        let bed = naming("no page").with("KEY_PREFIXES", prefixes).with("SOURCES", sources);
        bed.fake.state().bitbucket.pull_request_mut(1).description = description.to_owned();
        let ran = bed.run_twice();
        let said = ran.log.lines().filter(|line| line.contains("name no Confluence page"));
        assert_eq!(said.collect::<Vec<_>>(), [format!("INFO: {told}")], "{}", ran.log);
    }
}

#[test]
fn many_pull_requests_are_told_once_together() {
    let bed = naming("RFC-7").with("KEY_PREFIXES", "RFC=ARCX");
    bed.fake.state().open_pull_request("more", "RFC-8", "", &["start"]);
    let bed = bed.with("ACTION", "reconcile");
    let told = warnings(&bed);
    let about = told.iter().filter(|line| line.starts_with("KEY_PREFIXES looks for RFC")).count();
    assert_eq!(about, 1, "{told:#?}");
}
