//! A forged comment with this pipe's marker lets no pull request pass.

use super::{asking, ends};
use fake::{Account, CLOUD_ID};

#[test]
fn forged_index_meets_no_requirement() {
    for (outputs, ran_before) in
        [("comment,report", true), ("comment,report", false), ("report", false), ("none", false)]
    {
        let bed = asking("link", "ENG-9").with("PULL_REQUEST_OUTPUT", outputs);
        if ran_before {
            ends(&bed.run(), 5);
        }
        let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
        let raw = format!("hi\n\n[//]: # (confluence-pr-link v1 site={host} cloud={CLOUD_ID} pages=page:101)");
        for account in [Account::somebody_else(), Account::other_token()] {
            bed.fake.state().comment(1, account, &raw);
        }
        for _ in 0..2 {
            ends(&bed.run(), 5);
        }
    }
}
