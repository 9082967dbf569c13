//! `cargo run --example fake`: Bitbucket and Confluence on loopback, for clients that others wrote.
//!
//! The first line of its output is JSON: where they listen and what they let in. They stay until standard input ends.
//! The exit code is not 0 when a request or an answer went against Atlassian's documents, as far as these are there.

use std::io::Read;

use contract::Contract;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, State};
use serde_json::json;

#[expect(clippy::print_stdout, reason = "this is the example's `main`")]
fn main() -> std::io::Result<()> {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Checkout");
    let pull_request = state.open_pull_request("feature/eng-1", "ENG-1: a new checkout", "", &["first", "second"]);
    let commit = state.bitbucket.pull_request(pull_request).source_commit.clone();
    let fake = Fake::start_watched(state, Contract::new());
    let addresses = json!({
        "bitbucket": { "baseUrl": fake.bitbucket_api_url(), "token": BITBUCKET_TOKEN },
        "confluence": { "host": fake.confluence_url(), "email": CONFLUENCE_EMAIL, "apiToken": CONFLUENCE_TOKEN },
        "workspace": "acme",
        "repository": "shop",
        "pullRequest": pull_request,
        "commit": commit,
        "page": 101,
        "documents": contract::documents().is_some(),
    });
    println!("{addresses}");
    std::io::stdin().read_to_end(&mut vec![])?;
    for request in fake.take_unexpected() {
        println!("a request that the fake does not know: {request}");
    }
    Ok(())
}
