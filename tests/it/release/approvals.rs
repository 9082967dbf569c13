//! The people who approved a pull request stand in its row, as they were at the merge.

use super::Shop;
use fake::Account;

/// The whole body of our comment on a page.
fn body(shop: &Shop, page: u64) -> String {
    shop.bed.fake.page_comments(page).concat()
}

fn pushed(shop: &mut Shop, commit: &str) {
    shop.unset("BITBUCKET_PR_ID");
    shop.set("BITBUCKET_BRANCH", "main");
    shop.set("BITBUCKET_COMMIT", commit);
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
}

#[test]
fn approvals_are_written_with_the_merge_and_then_kept() {
    for by_release in [false, true] {
        let mut shop = Shop::new("approvals");
        let id = shop.state().open_pull_request("one", "ENG-1: reviewed", "", &["work"]);
        shop.state().approve(id, Account::maintainer());
        shop.set("BITBUCKET_PR_ID", &id.to_string());
        shop.bed.at_tip(id);
        shop.bed.run_twice();
        assert!(!body(&shop, 101).contains("Approved by"), "not before the merge: {}", body(&shop, 101));

        shop.state().approve(id, Account::somebody_else());
        let merge = shop.state().merge(id, false);
        if by_release {
            shop.tag("1.4.0", "main");
            assert_eq!(shop.bed.run_twice().exit.code(), 0);
        } else {
            pushed(&mut shop, &merge);
        }
        let written = body(&shop, 101);
        assert!(written.contains(">Approved by</p></th>"), "{written}");
        assert!(written.contains(">maintainer, somebody else</p></td>"), "{written}");

        // One that comes later does not count, and causes no write.
        shop.state().approve(id, Account::developer());
        assert_eq!(shop.bed.run_twice().writes, Vec::<String>::new());
        shop.tag("1.5.0", "main");
        shop.bed.run_twice();
        assert!(body(&shop, 101).contains(">maintainer, somebody else</p></td>"));
    }
}

#[test]
fn only_people_approve_and_names_are_hidden_with_titles() {
    let mut shop = Shop::new("approvals-hidden");
    let id = shop.linked("one", "ENG-1: reviewed", &["work"]);
    shop.state().approve(id, Account::bot());
    shop.linked("two", "ENG-2: reviewed", &["work"]);
    {
        let mut state = shop.state();
        state.approve(2, Account::maintainer());
        state.merge(id, false);
        state.merge(2, false);
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert!(!body(&shop, 101).contains("Approved by"), "a token is not a person: {}", body(&shop, 101));
    assert!(body(&shop, 102).contains("maintainer"));
    shop.set("SHOW_TITLES", "never");
    shop.tag("1.5.0", "main");
    shop.bed.run_twice();
    assert!(!body(&shop, 102).contains("maintainer"));

    shop.set("ACTION", "review");
    for (titles, is_named) in [("auto", true), ("never", false)] {
        shop.set("SHOW_TITLES", titles);
        shop.bed.run_twice();
        for file in ["review.csv", "review.json", "review.html"] {
            assert_eq!(shop.text(file).contains("maintainer"), is_named, "{titles} {file}");
        }
    }
}
