//! With `SPACES` set, a page of another space meets nothing.

use super::{asking, ends, note, report, retitle};
use crate::bed::Bed;
use fake::{Fault, FaultKind, Service, Status};

#[test]
fn page_outside_spaces_meets_nothing() {
    let page = |bed: &Bed| format!("{}/wiki/spaces/OPS/pages/103", bed.fake.confluence_url());
    let bed = asking("link,label:approved,state:Ready,current", "").with("SPACES", "ENG");
    bed.fake.state().add_page(103, "OPS", "An author's own");
    {
        let mut state = bed.fake.state();
        let own = state.confluence.content_mut(103);
        own.labels.push("approved".to_owned());
        own.state = Some("Ready".to_owned());
    }
    retitle(&bed, &page(&bed));
    let ran = bed.run_twice();
    ends(&ran, 5);
    let notes = report(&bed)[1..].to_vec();
    let mut found: Vec<&str> = notes.iter().filter_map(|note| note.split(';').next()).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "label_3aapproved: REQUIRE label:approved: Not verified whether a linked page has the label \"approved\", \
             because details of hidden pages aren't checked",
            "link: REQUIRE link: No linked page is in a space that counts",
            "state_3aready: REQUIRE state:Ready: Not verified whether a linked page has the state \"Ready\", because \
             details of hidden pages aren't checked",
        ]
    );
    // Next to a page that meets it, it does no harm, as long as it is current.
    retitle(&bed, &format!("ENG-1 {}", page(&bed)));
    {
        let mut state = bed.fake.state();
        let first = state.confluence.content_mut(101);
        first.labels.push("approved".to_owned());
        first.state = Some("Ready".to_owned());
    }
    ends(&bed.run_twice(), 0);
    bed.fake.state().confluence.content_mut(103).status = Status::Archived;
    ends(&bed.run_twice(), 5);
    assert_eq!(report(&bed)[1..].len(), 1, "{:?}", report(&bed));
}

#[test]
fn missing_label_or_state_names_the_spaces() {
    for (spaces, title, remedy) in [
        ("", "nothing", "Add the label to a linked page, or link a page that has it."),
        ("", "ENG-1", "Add the label to a linked page, or link a page that has it."),
        ("OPS", "ENG-1", "Link a page that isn't hidden."),
    ] {
        let bed = asking("label:approved", title).with("SPACES", spaces);
        bed.fake.state().confluence.content_mut(102).labels.push("approved".to_owned());
        if !spaces.is_empty() {
            bed.fake.state().confluence.content_mut(101).labels.push("approved".to_owned());
        }
        ends(&bed.run(), 5);
        let note = note(&bed).unwrap();
        assert!(note.contains(remedy), "{note}");
    }
}

#[test]
fn page_moved_out_of_spaces_meets_nothing() {
    for by_key in [false, true] {
        let bed = asking("link,label:approved", "ENG-1").with("SPACES", "ENG");
        {
            let mut state = bed.fake.state();
            state.confluence.content_mut(101).labels.push("approved".to_owned());
            state.confluence.freeze_index();
            let elsewhere = state.confluence.space_mut("OPS").id;
            state.confluence.content_mut(101).space = elsewhere;
        }
        if !by_key {
            retitle(&bed, &format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url()));
        }
        ends(&bed.run(), 5);
    }
}

#[test]
fn a_space_that_the_page_itself_could_not_tell_meets_nothing() {
    for (requires, marked) in [("link", false), ("label:approved", true)] {
        let bed = asking(requires, "ENG-1").with("SPACES", "ENG");
        if marked {
            bed.fake.state().confluence.content_mut(101).labels.push("approved".to_owned());
        }
        let fault = Fault::always(FaultKind::refused(400)).at(Service::Confluence);
        bed.fake.state().faults.push(fault.path("/api/v2/pages?"));
        ends(&bed.run(), 5);
        assert!(note(&bed).is_some_and(|note| note.contains("Not verified whether ")), "{requires}");
        bed.fake.state().faults.clear();
        ends(&bed.run_twice(), 0);
    }
}

#[test]
fn no_link_to_a_page_elsewhere_meets_a_requirement() {
    for url in [
        "wiki/spaces/ENG/pages/103",
        "wiki/x/ZwAAAA",
        "wiki/x/Zw",
        "wiki/pages/viewpage.action?pageId=103",
        "wiki/spaces/ENG/pages/edit-v2/103",
        "wiki/spaces/ENG/pages/resumedraft.action?draftId=103",
        "wiki/spaces/ENG/blog/2026/01/01/103",
        "wiki/display/ENG/Own",
        "wiki/spaces/OPS/overview",
    ] {
        let bed = asking("link,label:approved", "").with("SPACES", "ENG");
        bed.fake.state().add_page(103, "OPS", "Own");
        bed.fake.state().confluence.content_mut(103).labels.push("approved".to_owned());
        retitle(&bed, &format!("{}/{url}", bed.fake.confluence_url()));
        ends(&bed.run(), 5);
    }
}

#[test]
fn label_without_spaces_is_a_warning_in_each_run_and_in_check() {
    let warning = |log: &str| {
        let mut lines = log.lines().filter(|line| line.starts_with("WARNING") && line.contains("REQUIRE"));
        lines.next().unwrap_or_default().to_owned()
    };
    let no_spaces = "Pages of every space that the account sees can meet label:approved, state:Ready in REQUIRE. \
                     Set SPACES to the spaces that count";
    let bed = asking("link,label:approved,state:Ready", "ENG-1");
    assert_eq!(warning(&bed.run_twice().log), format!("WARNING: {no_spaces}"));
    let bed = bed.with("ACTION", "check");
    assert_eq!(warning(&bed.run().log), format!("WARNING: step, REQUIRE: {no_spaces}"));
    assert_eq!(warning(&bed.with("ACTION", "reconcile").run().log), "", "it doesn't check requirements");
    let public = asking("label:approved", "ENG-1").with("SPACES", "ENG").with("BITBUCKET_REPO_IS_PRIVATE", "false");
    let hidden = "WARNING: No page can meet label:approved in REQUIRE, because details of pages are hidden in a \
                  public repository";
    assert_eq!(warning(&public.run().log), hidden);
    for (requires, spaces) in [("link,current,no-skip", ""), ("label:approved", "ENG"), ("", "")] {
        for action in ["auto", "check"] {
            let bed = asking(requires, "ENG-1").with("SPACES", spaces).with("ACTION", action);
            assert_eq!(warning(&bed.run().log), "", "{requires} {spaces} {action}");
        }
    }
}
