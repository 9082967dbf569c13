//! Every kind of Confluence credential links both sides, and goes to its own origins only.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bed::{Bed, run_with};
use crate::linking::simple;
use fake::{
    CLOUD_ID, CONFLUENCE_ACCESS_TOKEN, CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_EMAIL,
    CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, Fault, FaultKind, Recorded, Response, Service,
    State,
};

/// A way to come in.
pub(crate) struct WayIn {
    pub(crate) name: &'static str,
    /// The variables that differ from those of a token without scopes.
    variables: &'static [(&'static str, &'static str)],
    /// Whether it is taken at the gateway only.
    gateway: bool,
}

pub(crate) const WAYS_IN: [WayIn; 5] = [
    WayIn { name: "a token without scopes", variables: &[], gateway: false },
    WayIn {
        name: "a person's token with scopes",
        variables: &[("CONFLUENCE_API_TOKEN", CONFLUENCE_SCOPED_TOKEN)],
        gateway: true,
    },
    WayIn {
        name: "a service account's token with its email address",
        variables: &[("CONFLUENCE_API_TOKEN", CONFLUENCE_SERVICE_TOKEN)],
        gateway: true,
    },
    WayIn {
        name: "a service account's token alone",
        variables: &[("CONFLUENCE_API_TOKEN", CONFLUENCE_SERVICE_TOKEN), ("CONFLUENCE_USER_EMAIL", "")],
        gateway: true,
    },
    WayIn {
        name: "a service account's client id and secret",
        variables: &[
            ("CONFLUENCE_API_TOKEN", ""),
            ("CONFLUENCE_USER_EMAIL", ""),
            ("CONFLUENCE_CLIENT_ID", CONFLUENCE_CLIENT_ID),
            ("CONFLUENCE_CLIENT_SECRET", CONFLUENCE_CLIENT_SECRET),
        ],
        gateway: true,
    },
];

impl WayIn {
    pub(crate) fn is_gateway(&self) -> bool {
        self.gateway
    }

    pub(crate) fn of(&self, bed: Bed) -> Bed {
        self.variables.iter().fold(bed, |bed, (name, value)| bed.with(name, value))
    }
}

/// The way of client id and secret.
fn client(bed: Bed) -> Bed {
    WAYS_IN[4].of(bed)
}

/// The last part of a path's name and where it was asked, in order of arrival.
fn asked(bed: &Bed, part: &str) -> Vec<Service> {
    let requests = bed.fake.requests();
    requests.iter().filter(|it| it.request.path.contains(part)).map(|it| it.request.service).collect()
}

#[test]
fn every_credential_links_both_sides_with_site_urls() {
    for way in WAYS_IN {
        let bed = way.of(simple());
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}: {}", way.name, ran.log);
        assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | open"], "{}", way.name);
        let gateway = bed.fake.gateway_url();
        let seen = bed.comments(1).join("") + &bed.fake.what_people_see().to_string();
        assert!(seen.contains("https://acme.example/wiki/pages/viewpage.action?pageId=101"), "{}: {seen}", way.name);
        // The index carries the cloud id, which Bitbucket doesn't render.
        let hidden = format!(" cloud={CLOUD_ID} ");
        assert!(!seen.contains(&gateway) && !seen.replace(&hidden, " ").contains(CLOUD_ID), "{}: {seen}", way.name);
        let credential = if way.name.contains("client") { "CONFLUENCE_CLIENT_SECRET" } else { "CONFLUENCE_API_TOKEN" };
        let line = format!("DEBUG: Confluence: {} with {credential}, through the gateway\n", bed.fake.confluence_url());
        assert_eq!(ran.details.contains(&line), way.gateway, "{}: {}", way.name, ran.log);
        bed.nothing_is_left_to_do();

        // And the link goes again, through the same door.
        bed.fake.state().bitbucket.pull_request_mut(1).title = "Nothing".to_owned();
        let bed = bed.with("SOURCES", "title");
        bed.run_twice();
        assert_eq!(bed.only_rows(101), Vec::<String>::new(), "{}", way.name);
    }
}

#[test]
fn no_credential_goes_to_an_origin_that_is_not_its_own() {
    let pair = |token: &str| STANDARD.encode(format!("{CONFLUENCE_EMAIL}:{token}"));
    let secrets = [
        (CONFLUENCE_TOKEN.to_owned(), vec![Service::Confluence, Service::Gateway]),
        (pair(CONFLUENCE_TOKEN), vec![Service::Confluence, Service::Gateway]),
        (CONFLUENCE_SCOPED_TOKEN.to_owned(), vec![Service::Confluence, Service::Gateway]),
        (pair(CONFLUENCE_SCOPED_TOKEN), vec![Service::Confluence, Service::Gateway]),
        (pair(CONFLUENCE_SERVICE_TOKEN), vec![Service::Confluence, Service::Gateway]),
        (CONFLUENCE_SERVICE_TOKEN.to_owned(), vec![Service::Gateway]),
        (CONFLUENCE_CLIENT_SECRET.to_owned(), vec![Service::Auth]),
        (CONFLUENCE_ACCESS_TOKEN.to_owned(), vec![Service::Gateway]),
        (fake::BITBUCKET_TOKEN.to_owned(), vec![Service::Bitbucket]),
    ];
    for way in WAYS_IN {
        let bed = way.of(simple());
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}: {}", way.name, ran.log);
        let mut carried = 0;
        for Recorded { request, .. } in bed.fake.requests() {
            let headers = request.headers.iter().chain(&request.query).map(|(name, value)| format!("{name}={value}\n"));
            let all = headers.collect::<String>() + &request.path + &String::from_utf8_lossy(&request.body);
            for (secret, origins) in secrets.iter().filter(|(secret, _)| all.contains(secret)) {
                assert!(origins.contains(&request.service), "{}: {secret} to {:?}", way.name, request.service);
                carried += 1;
            }
            let without = ["/_edge/tenant_info", "/oauth/token"].contains(&request.path.as_str());
            assert_eq!(request.header("authorization").is_none(), without, "{}: {}", way.name, request.path);
        }
        assert!(carried > 10, "{}: the secrets were looked for", way.name);
        let fetched = ["access-token", "client-secret", "scoped-token", "service-token", "classic-token"];
        assert!(fetched.iter().all(|secret| !ran.log.contains(secret)), "{}: {}", way.name, ran.log);
    }
}

#[test]
fn address_and_account_are_asked_once_in_a_run() {
    for way in WAYS_IN {
        let bed = way.of(simple());
        // A second look at the pull request: the title changes while it is linked.
        let mut first = true;
        bed.run_and_when("Done: add a comment", |fake| {
            if std::mem::take(&mut first) {
                fake.state().bitbucket.pull_request_mut(1).draft = true;
            }
        });
        let who = asked(&bed, "/user/current");
        let expected: &[Service] = match (way.gateway, way.name) {
            (false, _) => &[Service::Confluence],
            (true, "a service account's token alone" | "a service account's client id and secret") => {
                &[Service::Gateway]
            }
            (true, _) => &[Service::Confluence, Service::Gateway],
        };
        assert_eq!(who, expected, "{}", way.name);
        assert_eq!(asked(&bed, "/_edge/tenant_info"), [Service::Confluence], "{}", way.name);
        let tokens = asked(&bed, "/oauth/token").len();
        assert_eq!(tokens, usize::from(way.name.contains("client")), "{}", way.name);
    }
}

#[test]
fn a_configured_cloud_id_is_not_asked_for() {
    for way in WAYS_IN {
        let bed = way.of(simple()).with("CONFLUENCE_CLOUD_ID", CLOUD_ID);
        assert_eq!(bed.run_twice().exit.code(), 0, "{}", way.name);
        assert_eq!(asked(&bed, "/_edge/tenant_info"), [], "{}", way.name);
    }
}

/// How many requests in a row had to wait for an answer. Each takes the same time, so whatever begins before the first
/// of a round trip can have ended waited for nothing of that round trip.
pub(crate) fn round_trips(bed: &Bed) -> usize {
    const LATENCY: Duration = Duration::from_millis(200);
    bed.fake.state().bitbucket_latency = LATENCY;
    bed.fake.state().confluence_latency = LATENCY;
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let mut begins: Vec<Duration> = bed.fake.requests().iter().map(|recorded| recorded.since_start).collect();
    begins.sort_unstable();
    let mut round_trips = 0;
    let mut end = Duration::ZERO;
    for begin in begins {
        if begin >= end {
            round_trips += 1;
            end = begin + LATENCY;
        }
    }
    round_trips
}

#[test]
fn the_gateway_costs_no_turn_more_than_the_site() {
    let linked = |way: &WayIn| {
        let bed = way.of(simple());
        bed.run();
        bed
    };
    let [first, second] = [round_trips(&simple()), round_trips(&linked(&WAYS_IN[0]))];
    assert_eq!(second, 3, "the pull request, what it names, what stands above that");
    for way in &WAYS_IN[1..] {
        assert_eq!([round_trips(&way.of(simple())), round_trips(&linked(way))], [first, second], "{}", way.name);
    }
}

#[test]
fn token_without_scopes_needs_no_cloud_id() {
    let faults = [FaultKind::status(500), FaultKind::status(404), FaultKind::LoginPage, FaultKind::ResetBefore];
    for fault in faults {
        let bed = simple();
        bed.fake.state().faults.push(Fault::always(fault).path("/_edge/tenant_info"));
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.details.contains("0 retries, 0 ms waiting"), "no request waits for it: {}", ran.details);
    }
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(FaultKind::Silence).path("/_edge/tenant_info"));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
}

#[test]
fn gateway_without_the_cloud_id_is_reported() {
    for way in &WAYS_IN[1..] {
        let bed = way.of(simple());
        let page = Response::html(404, "<html><title>Oops</title></html>");
        bed.fake.state().faults.push(Fault::always(FaultKind::Answer(page)).path("/_edge/tenant_info"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 3, "{}: {}", way.name, ran.log);
        assert!(ran.log.contains("or set CONFLUENCE_CLOUD_ID"), "{}: {}", way.name, ran.log);
        assert_eq!(ran.writes, Vec::<String>::new(), "{}", way.name);
        let bed = bed.with("CONFLUENCE_CLOUD_ID", CLOUD_ID);
        assert_eq!(bed.run_twice().exit.code(), 0, "{}", way.name);
    }
    // A hiccup is no reason to give up.
    let bed = WAYS_IN[1].of(simple());
    bed.fake.state().faults.push(Fault::once(FaultKind::status(502)).path("/_edge/tenant_info"));
    assert_eq!(bed.run_twice().exit.code(), 0);
}

#[test]
fn an_access_token_is_fetched_once_even_when_it_is_refused() {
    for good_for in [0, 3] {
        let bed = client(simple());
        bed.fake.state().confluence.client.good_for = Some(good_for);
        let ran = bed.run();
        assert_eq!((ran.exit.code(), bed.fake.state().confluence.client.tokens), (3, 1), "{good_for}: {}", ran.log);
        assert!(ran.log.contains("the gateway doesn't accept the Confluence credential"), "{}", ran.log);
        assert!(!ran.log.contains(CONFLUENCE_ACCESS_TOKEN), "{}", ran.log);
    }
}

#[test]
fn a_run_ends_before_its_access_token_does() {
    for (seconds, warns) in [("3500", false), ("3600", true)] {
        let ran = client(simple()).with("TIMEOUT_SECONDS", seconds).run();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(ran.log.contains("WARNING: TIMEOUT_SECONDS is limited to 3500"), warns, "{}", ran.log);
        let ran = simple().with("TIMEOUT_SECONDS", seconds).run();
        assert!(!ran.log.contains("TIMEOUT_SECONDS"), "{}", ran.log);
    }
}

#[test]
fn a_wrong_client_secret_names_itself_and_not_its_value() {
    let bed = client(simple()).with("CONFLUENCE_CLIENT_SECRET", "wr0ng-secret");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(ran.log.contains("`POST /oauth/token` to Atlassian's login failed: answered 401"), "{}", ran.log);
    assert!(ran.log.contains("the client id or its secret is wrong or expired"), "{}", ran.log);
    assert!(!ran.log.contains("wr0ng"), "{}", ran.log);
    assert_eq!(ran.writes, Vec::<String>::new());
}

#[test]
fn an_odd_access_token_is_no_token_and_hides_nothing() {
    for token in ["", "\"", "short", "sixteen letters but blanks", &"x".repeat(20_000), "ends-with-a-break\n"] {
        let bed = client(simple());
        let body = serde_json::json!({"access_token": token, "expires_in": 3600});
        bed.fake.state().faults.push(Fault::always(FaultKind::malformed(200, &body)).path("/oauth/token"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 1, "{}", ran.log);
        assert!(ran.log.contains("with JSON that isn't an access token"), "{}", ran.log);
    }
}

#[test]
fn two_credentials_or_half_of_one_are_a_clear_problem() {
    let table: [(&[(&str, &str)], &str); 5] = [
        (
            &[("CONFLUENCE_CLIENT_ID", "s3cret"), ("CONFLUENCE_CLIENT_SECRET", "s3cret")],
            "CONFLUENCE_CLIENT_ID is set together with",
        ),
        (
            &[("CONFLUENCE_CLIENT_ID", "s3cret"), ("CONFLUENCE_API_TOKEN", "")],
            "CONFLUENCE_CLIENT_ID is set together with",
        ),
        (
            &[("CONFLUENCE_CLIENT_ID", "s3cret"), ("CONFLUENCE_API_TOKEN", ""), ("CONFLUENCE_USER_EMAIL", "")],
            "CONFLUENCE_CLIENT_SECRET is missing. CONFLUENCE_CLIENT_ID needs it",
        ),
        (
            &[("CONFLUENCE_CLIENT_SECRET", "s3cret"), ("CONFLUENCE_API_TOKEN", ""), ("CONFLUENCE_USER_EMAIL", "")],
            "CONFLUENCE_CLIENT_ID is missing. CONFLUENCE_CLIENT_SECRET needs it",
        ),
        (&[("CONFLUENCE_API_TOKEN", "")], "CONFLUENCE_API_TOKEN is missing. CONFLUENCE_USER_EMAIL needs it"),
    ];
    for (variables, problem) in table {
        let bed = variables.iter().fold(simple(), |bed, (name, value)| bed.with(name, value));
        let (exit, log) = run_with(&bed.variables);
        assert_eq!(exit.code(), 2, "{log}");
        assert!(log.contains(&format!("ERROR: {problem}")) && log.contains("(1 problem)"), "{log}");
        assert!(!log.contains("s3cret"), "{log}");
        assert_eq!(bed.fake.requests().len(), 0);
    }
}

#[test]
fn long_lists_are_read_to_their_end_through_the_gateway() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    for _ in 0..260 {
        state.add_page_comment(101, fake::SOMEBODY_ELSE, "<p>hello</p>");
    }
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = WAYS_IN[1].of(Bed::new(state, id));
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
}

#[test]
fn fetched_token_is_hidden_like_a_configured_one() {
    let pair = STANDARD.encode(format!("{CONFLUENCE_CLIENT_ID}:{CONFLUENCE_CLIENT_SECRET}"));
    let encoded = STANDARD.encode(CONFLUENCE_ACCESS_TOKEN);
    let words = format!("{CONFLUENCE_ACCESS_TOKEN} {encoded} {CONFLUENCE_CLIENT_SECRET} {pair}");
    let body = serde_json::json!({"code": 400, "message": words, "error": words, "errors": [{"title": words}]});
    let places = [
        (Service::Auth, "/oauth/token"),
        (Service::Gateway, "/user/current"),
        (Service::Gateway, "/search"),
        (Service::Gateway, "/footer-comments"),
    ];
    for (service, path) in places {
        let bed = client(simple()).with("DEBUG", "true");
        let answer = Response::json(400, &body).with("Atl-Traceid", CONFLUENCE_ACCESS_TOKEN);
        bed.fake.state().faults.push(Fault::always(FaultKind::Malformed(answer)).at(service).path(path));
        let ran = bed.run();
        assert_ne!(ran.exit.code(), 0, "{}", ran.log);
        // Nobody can hide what was not fetched yet.
        let secrets = [&encoded, CONFLUENCE_CLIENT_SECRET, &pair, CONFLUENCE_ACCESS_TOKEN];
        let known = if service == Service::Auth { &secrets[1..3] } else { &secrets[..] };
        assert!(known.iter().all(|secret| !ran.log.contains(*secret)), "{path}: {}", ran.log);
    }
}
