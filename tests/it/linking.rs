//! A developer writes `ENG-123`, and both sides lead to each other.

use crate::bed::Bed;
use crate::fake::State;

#[test]
fn a_key_in_the_title_links_the_pull_request_and_the_page() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Checkout redesign");
    let id = state.open_pull_request("feature/ENG-123-checkout", "ENG-123: new checkout", "", &["ENG-123 first step"]);
    let bed = Bed::new(state, id);
    let ran = bed.run_twice();
    println!("{}", ran.log);
    println!("{:#?}", bed.fake.pull_request_comments(id));
    println!("{:#?}", bed.fake.page_comments(101));
    println!("{:#?}", ran.writes);
    assert_eq!(ran.exit.code(), 0);
}
