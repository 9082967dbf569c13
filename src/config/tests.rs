//! Variables as people set them, and what they mean.

use std::ffi::OsString;

use super::*;
use crate::page::Titles;

/// A site, a credential and nothing else.
const BASE: [(&str, &str); 3] = [
    ("CONFLUENCE_BASE_URL", "https://acme.atlassian.net"),
    ("CONFLUENCE_USER_EMAIL", "bot@acme.example"),
    ("CONFLUENCE_API_TOKEN", "s3cret-token"),
];

fn parsed(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let set: BTreeMap<&str, &str> = BASE.iter().chain(variables).copied().collect();
    let set = set.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let (raw, mut problems) = Raw::read(set);
    let config = match parse(&raw, &Scrubber::default()) {
        Ok(Setup::Ready(config)) => Some(*config),
        Ok(Setup::Nothing) => None,
        Err(more) => {
            raw.add(&mut problems, more);
            None
        }
    };
    config.filter(|_| problems.is_empty()).ok_or_else(|| problems.iter().map(ToString::to_string).collect())
}

fn config(variables: &[(&str, &str)]) -> Config {
    parsed(variables).unwrap_or_else(|problems| panic!("{variables:?}: {problems:?}"))
}

#[test]
fn wrong_value_is_one_problem_with_its_name() {
    let many = (0..21).map(|number| format!("label:l{number}")).collect::<Vec<_>>().join(",");
    let table = [
        ("CONFLUENCE_BASE_URL", "acme"),
        ("CONFLUENCE_BASE_URL", "http://acme.atlassian.net"),
        ("CONFLUENCE_BASE_URL", "https://acme.atlassian.net/wiki/spaces/ENG"),
        ("CONFLUENCE_BASE_URL", "https://me@acme.atlassian.net"),
        ("CONFLUENCE_BASE_URL", "https://:word@acme.atlassian.net"),
        ("CONFLUENCE_BASE_URL", "https://acme.atlassian.net?a"),
        ("CONFLUENCE_BASE_URL", "https://acme.atlassian.net#a"),
        ("CONFLUENCE_USER_EMAIL", "bot"),
        ("CONFLUENCE_USER_EMAIL", "b:ot@acme.example"),
        ("CONFLUENCE_USER_EMAIL", "b ot@acme.example"),
        ("CONFLUENCE_CLOUD_ID", "a/b"),
        ("CONFLUENCE_SITE_ALIASES", "a b"),
        ("CONFLUENCE_CLIENT_ID", "id"),
        ("ATLASSIAN_GATEWAY_URL", "gateway"),
        ("BITBUCKET_API_URL", "api"),
        ("BITBUCKET_AUTH_PROXY", "https://localhost:1"),
        ("BITBUCKET_APP_PASSWORD", "word"),
        ("HTTPS_PROXY", "socks5://proxy.example"),
        ("CA_CERTIFICATE", "/no/such/file"),
        ("SSL_CERT_FILE", "/no/such/file"),
        ("KEY_PREFIXES", "ENG,x y"),
        ("KEY_PREFIXES", "ENG,ENG=ARCH"),
        ("KEY_PREFIXES", "ENG,none=A B"),
        ("KEY_PREFIXES_COUNT", "501"),
        ("SPACES_COUNT", "x"),
        ("SPACES", "ENG,x y"),
        ("SOURCES", "jira"),
        ("SOURCES", "branches"),
        ("PULL_REQUEST_OUTPUT", "none,comment"),
        ("PAGE_OUTPUT", "labels"),
        ("PAGE_OUTPUT", "tasks"),
        ("PAGE_OUTPUT", "comment,none"),
        ("RELEASE_LABEL", "no-pr-links"),
        ("RELEASE_LABEL", "{tag}"),
        ("SHOW_TITLES", "always"),
        ("REQUIRE", "no-skip"),
        ("REQUIRE", "links"),
        ("REQUIRE", &many),
        ("REQUIRE_EXEMPT", "me@acme.example"),
        ("REQUIRE_EXEMPT", "*"),
        ("ON_ERROR", "stop"),
        ("ACTION", "sync"),
        ("DAYS", "0"),
        ("DAYS", "3651"),
        ("DAYS", "x"),
        ("RELEASE_VERSION", "nightly"),
        ("TIMEOUT_SECONDS", "0"),
        ("TIMEOUT_SECONDS", "3601"),
        ("DRY_RUN", "maybe"),
        ("DEBUG", "2"),
    ];
    for (name, value) in table {
        let problems = parsed(&[(name, value)]).unwrap_err();
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("{} ", name.trim_end_matches("_COUNT"))),
            "{name}={value}: {problems:?}"
        );
    }
    for (action, name) in [("release", "RELEASE_VERSION"), ("review", "OUTPUT_DIR")] {
        let problems = parsed(&[("ACTION", action)]).unwrap_err();
        assert!(problems.len() == 1 && problems[0].starts_with(&format!("{name} is missing")), "{problems:?}");
    }
    assert_eq!(config(&[("ACTION", "release"), ("BITBUCKET_TAG", "nightly")]).release, None);
    let third = parsed(&[("REQUIRE", "link,current,links")]).unwrap_err();
    assert!(third[0].contains("(number 3)"), "{third:?}");
}

#[test]
fn words_count_in_any_case() {
    for (word, mode) in [("true", Mode::DryRun), ("YES", Mode::DryRun), ("On", Mode::DryRun), ("1", Mode::DryRun)]
        .into_iter()
        .chain(["false", "No", "OFF", "0"].map(|word| (word, Mode::Apply)))
    {
        assert_eq!(config(&[("DRY_RUN", word)]).mode, mode, "{word}");
    }
    assert_eq!(config(&[("ACTION", "CHECK")]).action, Action::Check);
    assert_eq!(config(&[("SHOW_TITLES", "Never")]).titles, Titles::Never);
    assert_eq!(config(&[("ON_ERROR", "Fail")]).on_error, OnError::Fail);
    assert_eq!(config(&[("KEY_PREFIXES", "None")]).grammar.keys, KeyRule::None);
    assert_eq!(config(&[("PAGE_OUTPUT", "Comment, LABELS")]).outputs.labels, Output::On);
}

#[test]
fn empty_lists_have_their_defaults() {
    let Config { outputs, sources, spaces, grammar, requirements, days, .. } =
        config(&[("BITBUCKET_ACCESS_TOKEN", "s3cret-access")]);
    let on = Output::On;
    let defaults = Outputs { comment: on, report: on, page_comment: on, labels: Output::Off, tasks: Output::Off };
    assert_eq!(outputs, defaults);
    assert!(sources.are_all() && sources.jira == Source::Ignored);
    assert_eq!((spaces, grammar.keys, days.count()), (Spaces::All, KeyRule::Any, 30));
    assert!(requirements.is_empty());
    let none = config(&[("PAGE_OUTPUT", "none"), ("PULL_REQUEST_OUTPUT", "none")]).outputs;
    let off = Output::Off;
    assert_eq!(none, Outputs { comment: off, report: off, page_comment: off, labels: off, tasks: off });
    let some = config(&[("SOURCES", "branch, ,jira,")]).sources;
    assert_eq!((some.branch, some.title, some.jira), (Source::Read, Source::Ignored, Source::Read));
}

#[test]
fn time_budget_follows_action_and_event() {
    let table: [(&[(&str, &str)], u64); 9] = [
        (&[], 60),
        (&[("ACTION", "link"), ("BITBUCKET_TAG", "1.4.0")], 60),
        (&[("BITBUCKET_TAG", "1.4.0")], 600),
        (&[("BITBUCKET_TAG", "1.4.0"), ("BITBUCKET_PR_ID", "1")], 60),
        (&[("ACTION", "check")], 60),
        (&[("ACTION", "reconcile")], 600),
        (&[("ACTION", "backfill")], 600),
        (&[("ACTION", "remove")], 600),
        (&[("ACTION", "remove"), ("TIMEOUT_SECONDS", "3600")], 3_600),
    ];
    for (variables, seconds) in table {
        assert_eq!(config(variables).timeout, Duration::from_secs(seconds), "{variables:?}");
    }
    let client = [
        ("CONFLUENCE_USER_EMAIL", ""),
        ("CONFLUENCE_API_TOKEN", ""),
        ("CONFLUENCE_CLIENT_ID", "id"),
        ("CONFLUENCE_CLIENT_SECRET", "s3cret-client"),
    ];
    for (seconds, limited) in [("3500", false), ("3600", true)] {
        let config = config(&[&client[..], &[("TIMEOUT_SECONDS", seconds)]].concat());
        assert_eq!(config.timeout, Duration::from_secs(3_500), "access tokens expire");
        let has_note = config.notes.iter().any(|note| matches!(note, Event::TimeoutLimited { .. }));
        assert_eq!(has_note, limited, "{seconds}");
    }
}

#[test]
fn missing_bitbucket_credential_is_noted_if_comments_are_named() {
    for (outputs, noted) in [("", false), ("report", false), ("comment", true)] {
        let config = config(&[("PULL_REQUEST_OUTPUT", outputs)]);
        assert_eq!((config.outputs.comment, config.notes.len()), (Output::Off, usize::from(noted)), "{outputs:?}");
    }
}

#[test]
fn requirements_are_sorted_and_named_once() {
    let words = |list| {
        let each = config(&[("REQUIRE", list)]).requirements.each;
        each.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(words("label:a,link,current,link,label:a").len(), 3);
    assert_eq!(words("label:a,link,current"), words("current,label:a,link"));
}

#[test]
fn files_stay_in_the_clone_or_at_an_absolute_path() {
    let clone = ("BITBUCKET_CLONE_DIR", "/clone");
    for (dir, is_allowed) in [("files", true), ("../files", false), ("/clone/files", true), ("/mounted", true)] {
        assert_eq!(parsed(&[clone, ("OUTPUT_DIR", dir)]).is_ok(), is_allowed, "{dir}");
    }
    assert!(parsed(&[("OUTPUT_DIR", "../files")]).is_ok(), "there is no clone outside Pipelines");
}

#[test]
fn nothing_configured_is_no_problem_except_for_a_check() {
    let read = |variables: &[(&str, &str)]| {
        let set = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        parse(&Raw::read(set).0, &Scrubber::default())
    };
    assert!(matches!(read(&[("DRY_RUN", "true")]), Ok(Setup::Nothing)));
    for variable in [("ACTION", "check"), ("REQUIRE", "link"), ("BITBUCKET_ACCESS_TOKEN", "s3cret-access")] {
        assert!(read(&[variable]).is_err(), "{variable:?}");
    }
}

#[test]
fn credentials_are_hidden_even_if_refused() {
    type Case<'a> = (&'a [(&'a str, &'a str)], bool, &'a [&'a str]);
    const CLIENT: [(&str, &str); 2] = [("CONFLUENCE_CLIENT_ID", "id"), ("CONFLUENCE_CLIENT_SECRET", "s3cret-client")];
    const TOKEN: (&str, &str) = ("CONFLUENCE_API_TOKEN", "s3cret-token");
    let base64 = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let table: [Case<'_>; 6] = [
        (&[TOKEN], true, &["s3cret-token"]),
        (&BASE[1..], true, &["s3cret-token", &base64("bot@acme.example:s3cret-token")]),
        (&CLIENT, true, &["s3cret-client", &base64("id:s3cret-client")]),
        (&CLIENT[1..], false, &["s3cret-client"]),
        (&[CLIENT[0], CLIENT[1], TOKEN], false, &["s3cret-client", "s3cret-token"]),
        (&[CLIENT[0], BASE[1]], false, &[]),
    ];
    for (variables, is_accepted, secrets) in table {
        let set = BASE[..1].iter().chain(variables);
        let set = set.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let scrubber = Scrubber::default();
        assert_eq!(parse(&Raw::read(set).0, &scrubber).is_ok(), is_accepted, "{variables:?}");
        for secret in secrets {
            assert!(!scrubber.scrub(&format!("a {secret} b")).contains(secret), "{variables:?}: {secret}");
        }
    }
}
