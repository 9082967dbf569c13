//! The parts of a pull request that reach Confluence.

use super::*;

/// Everything that was sent to Confluence.
fn sent_to_confluence(bed: &Bed) -> String {
    let sent = bed.fake.requests().into_iter().filter(|it| it.request.service == Service::Confluence);
    sent.map(|it| format!("{}\n{}\n", it.request.target, String::from_utf8_lossy(&it.request.body))).collect()
}

#[test]
fn never_sends_only_number_and_state_to_confluence() {
    type Change = (&'static str, fn(&mut State));
    let changes: [Change; 4] = [
        ("linked", |_| {}),
        ("renamed", |state| state.bitbucket.pull_request_mut(1).title = "ENG-123 Okapi again".to_owned()),
        ("a draft", |state| state.bitbucket.pull_request_mut(1).draft = true),
        ("merged", |state| drop(state.merge(1, false))),
    ];
    for begins in [Begins::Hidden, Begins::Shown] {
        for (name, change) in changes {
            let mut state = State::default();
            state.add_page(101, "ENG", "ENG-123 Page");
            let id = state.open_pull_request("feature/okapi", "ENG-123 Okapi", "Okapi", &["okapi"]);
            state.bitbucket.pull_request_mut(id).author.display_name = "Okapi".to_owned();
            let mut bed = Bed::new(state, id);
            if begins == Begins::Shown {
                bed.run();
                assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123 Okapi | open"]);
            }
            bed = bed.with("SHOW_TITLES", "never");
            change(&mut bed.fake.state());
            let ran = bed.run();
            let sent = sent_to_confluence(&bed);
            assert!(!sent.to_lowercase().contains("okapi"), "{name}: {sent}");
            assert!(!bed.fake.page_comments(101).join("").contains("Okapi"), "{name}: {}", ran.log);
            bed.nothing_is_left_to_do();
        }
    }
}
