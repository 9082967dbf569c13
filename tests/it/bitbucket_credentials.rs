//! The Bitbucket credential that is used, and refusals of values that aren't credentials.

use std::collections::BTreeMap;

use crate::bed::{Bed, Ran, run_with};
use crate::linking::simple;
use fake::{BITBUCKET_EMAIL, BITBUCKET_TOKEN, BITBUCKET_USER_TOKEN, Service};

type Variables = &'static [(&'static str, &'static str)];

/// A step with these Bitbucket variables and no others.
fn step(variables: &[(&str, &str)]) -> Bed {
    let mut bed = simple();
    bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
    variables.iter().fold(bed, |bed, (name, value)| bed.with(name, value))
}

const ACCESS: (&str, &str) = ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN);
const EMAIL: (&str, &str) = ("ATLASSIAN_ACCOUNT_EMAIL", BITBUCKET_EMAIL);
const TOKEN: (&str, &str) = ("ATLASSIAN_API_TOKEN", BITBUCKET_USER_TOKEN);
const USERNAME: (&str, &str) = ("BITBUCKET_USERNAME", "somebody");
const APP_PASSWORD: (&str, &str) = ("BITBUCKET_APP_PASSWORD", "s3cret-app-password");

#[test]
fn one_credential_is_used_and_the_log_names_it() {
    let table: [(Variables, &str, &str); 5] = [
        (&[ACCESS], "BITBUCKET_ACCESS_TOKEN", "Bearer "),
        (&[EMAIL, TOKEN], "ATLASSIAN_API_TOKEN", "Basic "),
        (&[ACCESS, EMAIL, TOKEN], "ATLASSIAN_API_TOKEN", "Basic "),
        (&[ACCESS, EMAIL], "BITBUCKET_ACCESS_TOKEN", "Bearer "),
        (&[ACCESS, USERNAME, APP_PASSWORD], "BITBUCKET_ACCESS_TOKEN", "Bearer "),
    ];
    for (variables, name, scheme) in table {
        let bed = step(variables);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.details.contains(&format!("/2.0 with {name}; ")), "{}", ran.log);
        let requests = bed.fake.requests();
        let sent = requests.iter().filter(|recorded| recorded.request.service == Service::Bitbucket);
        assert!(sent.clone().all(|recorded| recorded.authorization().unwrap().starts_with(scheme)), "{variables:?}");
        assert!(sent.count() > 5);
        bed.nothing_is_left_to_do();
        assert_eq!((bed.comments(1).len(), bed.only_rows(101).len()), (1, 1));
    }
}

#[test]
fn half_a_pair_is_a_mistake() {
    for (set, missing) in [(EMAIL, "ATLASSIAN_API_TOKEN"), (TOKEN, "ATLASSIAN_ACCOUNT_EMAIL")] {
        let bed = step(&[set]);
        let (exit, log) = run_with(&bed.variables);
        assert_eq!(exit.code(), 2, "{log}");
        assert!(log.contains(&format!("ERROR: {missing} is missing. {} needs it", set.0)), "{log}");
        assert_eq!(bed.fake.requests().len(), 0);
    }
}

#[test]
fn app_password_gets_advice_to_create_a_token() {
    let alone = [("BITBUCKET_REPO_FULL_NAME", "acme/shop"), ("BITBUCKET_PR_ID", "1"), USERNAME, APP_PASSWORD];
    let alone: BTreeMap<String, String> =
        alone.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    for variables in [alone, step(&[USERNAME, APP_PASSWORD]).variables, step(&[APP_PASSWORD]).variables] {
        let (exit, log) = run_with(&variables);
        assert_eq!(exit.code(), 2, "{log}");
        let said = "ERROR: BITBUCKET_APP_PASSWORD isn't supported, because app passwords ended in 2026. Remove it. Set \
                    BITBUCKET_ACCESS_TOKEN";
        assert!(log.contains(said), "{log}");
        assert!(!log.contains(APP_PASSWORD.1), "{log}");
    }
    let (exit, log) = run_with(&step(&[USERNAME]).variables);
    assert_eq!(exit.code(), 0, "a name is no credential: {log}");
}

#[test]
fn the_proxys_address_is_plain_http_and_a_neighbours() {
    for wrong in ["https://localhost:29418", "localhost:29418", "http://me:s3cret@localhost:29418", "http://x/s3cret"] {
        let (exit, log) = run_with(&step(&[("BITBUCKET_AUTH_PROXY", wrong)]).variables);
        assert_eq!(exit.code(), 2, "{log}");
        assert!(log.contains("ERROR: BITBUCKET_AUTH_PROXY must be `http://`, a host and a port"), "{log}");
        assert!(!log.contains("s3cret"), "{log}");
    }
    let table: [(Variables, &str); 4] = [
        (&[], "http://localhost:29418"),
        (&[("BITBUCKET_PIPE_STORAGE_DIR", "/storage")], "http://host.docker.internal:29418"),
        (&[("BITBUCKET_PIPE_SHARED_STORAGE_DIR", "/storage")], "http://host.docker.internal:29418"),
        (
            &[("BITBUCKET_PIPE_STORAGE_DIR", "/storage"), ("BITBUCKET_AUTH_PROXY", "http://proxy.test:1")],
            "http://proxy.test:1",
        ),
    ];
    for (variables, proxy) in table {
        let bed = step(variables).with("PULL_REQUEST_OUTPUT", "none");
        let Ran { exit, details: log, .. } = bed.run();
        assert_eq!(exit.code(), 0, "{log}");
        assert!(log.contains(&format!(" without a credential, reports through {proxy}; ")), "{log}");
    }
}

#[test]
fn a_token_that_is_not_used_is_hidden_like_the_one_that_is() {
    let table: [(Variables, &str, &str); 3] = [
        (&[ACCESS, EMAIL, TOKEN], BITBUCKET_TOKEN, "ATLASSIAN_API_TOKEN"),
        (&[ACCESS, TOKEN], BITBUCKET_USER_TOKEN, "BITBUCKET_ACCESS_TOKEN"),
        (&[ACCESS, USERNAME, APP_PASSWORD], APP_PASSWORD.1, "BITBUCKET_ACCESS_TOKEN"),
    ];
    for (variables, unused, used) in table {
        let bed = step(variables).with("DEBUG", "true");
        bed.fake.state().bitbucket.pull_request_mut(1).title = format!("ENG-123 {unused}");
        let ran = bed.run_twice();
        assert!(ran.log.contains(&format!("/2.0 with {used}; ")), "{}", ran.log);
        assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123 *** | open"]);
        let everything = bed.comments(1).concat() + &bed.fake.page_comments(101).concat() + &ran.log;
        assert!(!everything.contains(unused), "{everything}");
    }
}
