//! A release adds its label to its pages once, and removes none.

use std::thread;

use crate::bed::{Bed, Ran, run_with};
use crate::faults::{self, Faults, PACE, Words};
use crate::identity::WAYS_IN;
use fake::{CONFLUENCE_SCOPED_TOKEN, Fault, FaultKind, Response, Service, State, Status, Who};

/// Pages 101 and 102, linked to a pull request that was merged since; 1.3.0 is out.
fn world() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Checkout");
    state.add_page(102, "ENG", "ENG-2 Cart");
    state.tag("1.3.0", "main");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let bed = Bed::new(state, id);
    bed.run();
    let merged = bed.fake.state().merge(1, false);
    bed.with("BITBUCKET_COMMIT", &merged)
}

/// The same, as the step of its release.
pub(crate) fn releasing() -> Bed {
    of_a_release(world())
}

fn of_a_release(bed: Bed) -> Bed {
    bed.with("ACTION", "release").with("RELEASE_VERSION", "1.4.0").with("PAGE_OUTPUT", "comment,labels")
}

fn labels(bed: &Bed, page: u64) -> Vec<String> {
    bed.fake.state().confluence.content(page).labels.clone()
}

/// How often a label was written.
fn labelled(ran: &Ran) -> usize {
    ran.writes.iter().filter(|line| line.ends_with("/label")).count()
}

#[test]
fn release_labels_its_pages_although_search_lags() {
    let bed = releasing();
    bed.fake.state().confluence.freeze_index();
    let ran = bed.run_twice();
    assert_eq!(labelled(&ran), 2, "{}", ran.log);
    for page in [101, 102] {
        assert_eq!(labels(&bed, page), ["shop-1-4-0"], "{}", ran.log);
    }
    assert!(ran.details.contains("Done: add the label `shop-1-4-0` to page:101"), "{}", ran.details);
}

#[test]
fn the_label_is_made_of_the_template_and_valid() {
    let bed = releasing().with("RELEASE_LABEL", "Released in {version} (EU)");
    bed.run_twice();
    assert_eq!(labels(&bed, 101), ["released-in-1-4-0-eu"]);
}

#[test]
fn label_is_off_by_default_and_other_labels_stay() {
    let bed = releasing().with("PAGE_OUTPUT", "");
    assert_eq!((labelled(&bed.run_twice()), labels(&bed, 101).len()), (0, 0));
    let bed = releasing();
    bed.fake.state().confluence.content_mut(101).labels = vec!["mine".to_owned(), "shop-1-4-0".to_owned()];
    // The row is the memory: whether the label is there isn't asked, and Confluence adds none twice.
    assert_eq!(labelled(&bed.run_twice()), 2);
    assert_eq!(
        (labels(&bed, 101), labels(&bed, 102)),
        (vec!["mine".to_owned(), "shop-1-4-0".to_owned()], vec!["shop-1-4-0".to_owned()])
    );
    // The next release adds its own and takes none away.
    let bed = bed.with("RELEASE_VERSION", "1.5.0");
    bed.run_twice();
    assert_eq!(labels(&bed, 102), ["shop-1-4-0", "shop-1-5-0"]);
}

#[test]
fn page_that_accepts_no_changes_gets_no_label() {
    let changes: [fn(&mut State); 3] = [
        |state| state.confluence.content_mut(101).labels.push("no-pr-links".to_owned()),
        |state| state.confluence.content_mut(101).status = Status::Archived,
        |state| state.confluence.content_mut(101).view = Who::Nobody,
    ];
    for change in changes {
        let bed = releasing();
        change(&mut bed.fake.state());
        let before = labels(&bed, 101);
        let ran = bed.run_twice();
        assert_eq!((labels(&bed, 101), labelled(&ran)), (before, 1), "{}", ran.log);
        assert!(!ran.log.contains("the label `shop-1-4-0` on page:101"), "{}", ran.log);
    }
    let bed = releasing().with("SPACES", "OPS");
    assert_eq!(labelled(&bed.run_twice()), 0, "outside SPACES nothing is edited");
}

#[test]
fn refused_label_is_reported_and_delays_nothing() {
    let bed = releasing();
    bed.fake.state().confluence.content_mut(101).edit = Who::Nobody;
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), labels(&bed, 101).len(), labels(&bed, 102).len()), (0, 0, 1), "{}", ran.log);
    assert_eq!(ran.log.matches("WARNING: Refused: add the label `shop-1-4-0` to page:101").count(), 1, "{}", ran.log);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 and ENG-2 | merged | 1 | 1.4.0"]);
    // The row carries the release, so nothing tries again.
    bed.fake.state().confluence.content_mut(101).edit = Who::Everyone;
    assert_eq!((labelled(&bed.run_twice()), labels(&bed, 101).len()), (0, 0));
}

#[test]
fn label_in_doubt_is_read_before_it_is_sent_again() {
    let done = FaultKind::ActThenAnswer(Response::html(504, "<h1>Gateway Timeout</h1>"));
    for (kind, times) in [(done, 1), (FaultKind::status(500), 2), (FaultKind::ResetAfter, 1)] {
        let bed = releasing();
        bed.fake.state().faults.push(Fault::once(kind).at(Service::Confluence).method("POST").path("/101/label"));
        let ran = bed.run_twice();
        let sent = ran.writes.iter().filter(|line| line.ends_with("/101/label")).count();
        assert_eq!((sent, labels(&bed, 101)), (times, vec!["shop-1-4-0".to_owned()]), "{}", ran.log);
        assert!(ran.details.contains("No answer, checking: add the label"), "{}", ran.log);
    }
}

#[test]
fn without_its_scope_the_step_fails_and_names_it() {
    for scope in ["write:label:confluence", "read:label:confluence"] {
        let bed = WAYS_IN[1].of(releasing());
        let has = |held: &String| held != scope && held != "write:confluence-content";
        bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.retain(has);
        let ran = bed.run();
        assert_eq!((ran.exit.code(), labels(&bed, 101).len()), (3, 0), "{}", ran.log);
        assert!(ran.log.contains(&format!("`{scope}`")), "{}", ran.log);
    }
}

#[test]
fn a_dry_run_names_the_labels_and_writes_none() {
    let bed = releasing().with("DRY_RUN", "true");
    let ran = bed.run();
    assert_eq!((labels(&bed, 101).len(), ran.writes.len()), (0, 0));
    assert!(
        ran.log.contains("INFO: Would update \"ENG-1 Checkout") && ran.log.contains("label shop-1-4-0"),
        "{}",
        ran.log
    );
}

#[test]
fn two_releases_at_once_label_once_each() {
    let bed = releasing();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| run_with(&bed.variables))).collect();
        for run in runs {
            let (exit, log) = run.join().unwrap();
            assert_eq!(exit.code(), 0, "{log}");
        }
    });
    bed.nothing_is_left_to_do();
    assert_eq!(labels(&bed, 101), ["shop-1-4-0"]);
}

/// A release of two pages.
fn release() -> Bed {
    let bed = world();
    bed.fake.state().second = std::time::Duration::from_secs(1) / PACE;
    of_a_release(bed)
}

#[test]
fn labelling_survives_every_single_fault() {
    faults::sweep(release, Words::Aside, Faults::Distinct);
}
