//! Keys that `KEY_PREFIXES` or the project's key don't fit are logged once, with the line to set.

use crate::bed::Bed;
use fake::{Aliases, Fault, FaultKind, Service, State};

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

/// The space ENG, whose key people see as PLAT since it was renamed.
fn renamed(title: &str) -> Bed {
    let mut state = State::default();
    state.confluence.space_mut("ENG").alias = Some("PLAT".to_owned());
    state.add_page(101, "ENG", "PLAT-1 Design");
    state.add_page(102, "ENG", "ENG-2 Older page");
    let id = state.open_pull_request("work", title, "", &["start"]);
    Bed::new(state, id)
}

#[test]
fn key_of_a_renamed_space_leads_to_its_page_by_alias_and_by_key() {
    for (prefixes, spaces) in [("", ""), ("PLAT,ENG", "PLAT"), ("PLAT,ENG", "ENG")] {
        let bed = renamed("PLAT-1 and ENG-2").with("KEY_PREFIXES", prefixes).with("SPACES", spaces);
        let ran = bed.run_twice();
        assert_eq!([101, 102].map(|page| bed.only_rows(page).len()), [1, 1], "{prefixes} {spaces}: {}", ran.log);
    }
}

#[test]
fn alias_missing_from_search_is_read_by_space_id() {
    let bed = renamed("PLAT-1 and ENG-2");
    bed.fake.state().confluence.search_lacks = vec!["alias".to_owned()];
    let ran = bed.run_twice();
    assert_eq!([101, 102].map(|page| bed.only_rows(page).len()), [1, 1], "{}", ran.log);
}

#[test]
fn other_name_of_a_space_is_searched_where_a_page_shows_it() {
    for title in ["PLAT-1", "PLAT-1 and SITE/wiki/spaces/PLAT/pages/102"] {
        let bed = renamed("");
        let title = title.replace("SITE", &bed.fake.confluence_url());
        bed.fake.state().confluence.aliases = Aliases::InKeys;
        bed.fake.state().bitbucket.pull_request_mut(1).title = title.clone();
        let ran = bed.run_twice();
        assert_eq!(bed.rows(101).len(), usize::from(title.contains("102")), "{title}: {}", ran.log);
    }
}

#[test]
fn title_with_keys_of_both_names_of_a_space_belongs_to_neither() {
    let bed = renamed("PLAT-3");
    bed.fake.state().add_page(103, "ENG", "PLAT-3 replaces ENG-2");
    let ran = bed.run_twice();
    assert_eq!(bed.rows(103).len(), 0, "{}", ran.log);
}

#[test]
fn page_of_a_renamed_space_is_inside_spaces_by_alias() {
    for (spaces, rows) in [("PLAT", 1), ("ENG", 1), ("OPS", 0)] {
        let bed = renamed("").with("SPACES", spaces);
        let url = bed.fake.confluence_url();
        bed.fake.state().bitbucket.pull_request_mut(1).title = format!("{url}/wiki/spaces/PLAT/pages/101");
        let ran = bed.run_twice();
        assert_eq!(bed.rows(101).concat().len(), rows, "{spaces}: {}", ran.log);
    }
}

#[test]
fn url_with_the_key_of_a_renamed_space_leads_to_its_page() {
    for key in ["PLAT", "ENG"] {
        let bed = renamed("");
        let url = bed.fake.confluence_url();
        let title = format!("{url}/wiki/display/{key}/ENG-2+Older+page {url}/wiki/spaces/{key}/overview");
        bed.fake.state().bitbucket.pull_request_mut(1).title = title;
        let ran = bed.run_twice();
        let home = bed.fake.state().confluence.space("ENG").homepage;
        assert_eq!([102, home].map(|page| bed.only_rows(page).len()), [1, 1], "{key}: {}", ran.log);
    }
    // A space that couldn't be read may be there.
    let bed = renamed("");
    bed.fake.state().bitbucket.pull_request_mut(1).title =
        format!("{}/wiki/spaces/PLAT/overview", bed.fake.confluence_url());
    bed.fake.state().faults.push(Fault::always(FaultKind::refused(403)).path("/wiki/api/v2/spaces?"));
    let log = bed.run().log;
    assert!(!log.contains("not found") && log.contains("look up pages"), "{log}");
}

#[test]
fn check_knows_a_renamed_space_by_alias_and_by_key() {
    let names = [("PLAT", "ENG"), ("ENG", "PLAT"), ("PLAT", "PLAT"), ("PLAT", "")];
    for ((prefixes, spaces), aliases) in names.iter().flat_map(|it| [(it, Aliases::Everywhere), (it, Aliases::Nowhere)])
    {
        let bed = renamed("").with("ACTION", "check").with("DEBUG", "true").with("BITBUCKET_PROJECT_KEY", "SHOP");
        bed.fake.state().confluence.aliases = aliases;
        let bed = bed.with("KEY_PREFIXES", prefixes).with("SPACES", spaces);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{prefixes} {spaces} {aliases:?}: {}", ran.log);
        assert!(!ran.log.contains("by link only"), "{prefixes} {spaces} {aliases:?}: {}", ran.log);
        let lists = bed.fake.requests().iter().filter(|it| it.request.target.ends_with("/spaces?limit=250")).count();
        assert_eq!(lists, 1, "{prefixes} {spaces} {aliases:?}: all spaces are listed once, for the project's key too");
    }
    // People see the alias.
    let log = renamed("").with("ACTION", "check").run().log;
    assert!(log.contains("can appear: OPS, PLAT. "), "{log}");
}

fn asks_for_spaces(bed: &Bed) -> bool {
    let requests = bed.fake.requests();
    requests.iter().any(|it| it.request.service == Service::Confluence && it.request.path.ends_with("/spaces"))
}

#[test]
fn unlisted_prefix_gets_advice_with_the_line_to_write() {
    let bed = naming("ENG-1, OPS-2 and SHOP-3").with("BITBUCKET_PROJECT_KEY", "OPS");
    assert_eq!(
        warnings(&bed),
        ["Keys with ENG lead to pages, but the repository's project is OPS. If that is intended, set `KEY_PREFIXES: \
          [\"ENG\", \"OPS\"]`, with all prefixes of page keys"]
    );
    bed.nothing_is_left_to_do();
    let as_told = bed.with("KEY_PREFIXES_COUNT", "2").with("KEY_PREFIXES_0", "ENG").with("KEY_PREFIXES_1", "OPS");
    assert_eq!(warnings(&as_told), Vec::<String>::new());
    for (title, project) in [("ENG-1", "eng"), ("SHOP-3", "OPS"), ("ENG-1", "")] {
        assert_eq!(warnings(&naming(title).with("BITBUCKET_PROJECT_KEY", project)), Vec::<String>::new(), "{title}");
    }
}

/// `check` says which of them do not exist.
#[test]
fn link_asks_for_no_space_that_a_variable_names() {
    for (title, spaces, prefixes) in [
        ("RFC-7 and ENG-1", "", "ENG,RFC=ARCX"),
        ("ENG-9", "", "ENG"),
        ("ENG-1", "EGN", ""),
        ("ENG-1 OPS-2", "ENG,EGN", "ENG,OPS"),
    ] {
        let bed = naming(title).with("SPACES", spaces).with("KEY_PREFIXES", prefixes);
        assert_eq!(warnings(&bed), Vec::<String>::new(), "{title} {spaces} {prefixes}");
        assert!(!asks_for_spaces(&bed), "{title} {spaces} {prefixes}");
    }
}

#[test]
fn run_without_a_mention_says_where_keys_count() {
    let url = "Write a page's URL into the title, the description or a new commit";
    let by_key = format!("{url}, or a key such as ENG-123 into the title");
    let cases = [
        ("", "", "", format!("{by_key} or a new commit")),
        (
            "see ENG-7 and OPS-8",
            "",
            "",
            format!("{by_key} or a new commit. Prefixes in KEY_PREFIXES also count in the description"),
        ),
        // Not read at all, or nothing like a key.
        ("`ENG-7`, CVE-2021-44228, https://jira.example/browse/ENG-7", "", "", format!("{by_key} or a new commit")),
        (
            "SHOP-7",
            "RFC=ARCH,OPS",
            "",
            "Write a page's URL or a key such as OPS-123 into the title, the description or a new commit".to_owned(),
        ),
        ("ENG-7", "none", "", format!("{url}. KEY_PREFIXES allows no keys")),
        ("ENG-7", "", "title", "Write a page's URL or a key such as ENG-123 into the title".to_owned()),
        ("", "", "branch", "Write a key such as ENG-123 into the name of a new branch".to_owned()),
        ("", "none", "branch", "SOURCES and KEY_PREFIXES allow no mention".to_owned()),
    ];
    for (description, prefixes, sources, expected) in cases {
        let bed = naming("no page").with("KEY_PREFIXES", prefixes).with("SOURCES", sources);
        bed.fake.state().bitbucket.pull_request_mut(1).description = description.to_owned();
        let ran = bed.run_twice();
        let last = ran.log.lines().last().unwrap_or_default();
        assert_eq!(
            last.split_once("/pull-requests/1. ").map(|(_, advice)| advice),
            Some(expected.as_str()),
            "{}",
            ran.log
        );
    }
}

#[test]
fn advice_appears_once_for_many_pull_requests() {
    let bed = naming("ENG-1").with("BITBUCKET_PROJECT_KEY", "OPS");
    bed.fake.state().open_pull_request("more", "ENG-1 too", "", &["start"]);
    let advice = warnings(&bed.with("ACTION", "backfill"));
    let about = advice.iter().filter(|line| line.starts_with("Keys with ENG lead to pages")).count();
    assert_eq!(about, 1, "{advice:#?}");
}
