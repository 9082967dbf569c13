//! A failed request names the right cause, in the service's words, with one remedy and the right exit code.

use serde_json::json;

use crate::bed::{Bed, Ran};
use crate::identity::WAYS_IN;
use crate::linking::simple;
use fake::{Fault, FaultKind, Response, Service};

const NETWORK: &str =
    "The IP address has been rejected because it is not on the allowed list. See your admin for more information.";
const ACCESS: &str = "The use of API tokens is blocked by your organization.";

fn failing(bed: Bed, fault: Fault) -> (Bed, Ran) {
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    (bed, ran)
}

fn answer(response: &Response) -> FaultKind {
    FaultKind::Malformed(response.clone())
}

/// A refusal in the envelopes of both services, the gateway and the edge.
fn envelopes(words: &str) -> [Response; 6] {
    [
        Response::json(403, &json!({"errorMessages": [words], "errors": {}})),
        Response::json(403, &json!({"code": 403, "message": words})),
        Response::json(403, &json!({"type": "error", "error": {"message": words}})),
        Response::json(401, &json!({"errors": [{"status": 401, "code": "UNAUTHORIZED", "title": words}]})),
        Response::json(403, &json!({"statusCode": 403, "data": {"errors": []}, "message": words})),
        Response::html(
            403,
            &format!("<html><head><title>Forbidden</title></head><body><h1>{words}</h1></body></html>"),
        ),
    ]
}

#[test]
fn a_policy_is_named_instead_of_the_token() {
    let places = [
        (Service::Confluence, "GET", "/user/current"),
        (Service::Confluence, "GET", "/footer-comments"),
        (Service::Confluence, "POST", "/footer-comments"),
        (Service::Bitbucket, "GET", "/pullrequests/1"),
        (Service::Bitbucket, "POST", "/comments"),
    ];
    for (words, remedy) in
        [(NETWORK, "not on the allowed list"), (ACCESS, "a policy of your organization refuses this")]
    {
        for (service, method, path) in places {
            for response in envelopes(words) {
                let fault = Fault::always(answer(&response)).at(service).method(method).path(path);
                let (_, ran) = failing(simple(), fault);
                let case = format!("{method} {path} {response:?}: {}", ran.log);
                assert_eq!(ran.exit.code(), 3, "{case}");
                assert!(ran.log.contains(remedy), "{case}");
                let advice = ["wrong or expired", "expired or revoked", "grant it", "lacks a scope", "needs access"];
                assert!(!advice.iter().any(|advice| ran.log.contains(advice)), "{case}");
            }
        }
    }
}

#[test]
fn a_refused_comment_has_one_remedy() {
    let refused = FaultKind::refused(403);
    let (_, ran) =
        failing(simple(), Fault::always(refused).at(Service::Confluence).method("POST").path("/footer-comments"));
    assert_eq!(ran.log.matches("Add comment").count(), 1, "{}", ran.log);
}

#[test]
fn an_answer_for_visitors_is_a_bad_credential() {
    let anonymous = Response::json(200, &json!({"type": "anonymous", "accountId": null, "displayName": "Anonymous"}));
    let unknown = Response::json(200, &json!({"type": "unknown", "accountId": "unknown"}));
    let page = Response::json(200, &json!({"results": []})).with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
    let missing = Response::json(404, &json!({"errors": []})).with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
    let table = [
        (&anonymous, "/user/current"),
        (&unknown, "/user/current"),
        (&page, "/search"),
        (&missing, "/footer-comments"),
    ];
    for (response, path) in table {
        let (_, ran) = failing(simple(), Fault::always(answer(response)).at(Service::Confluence).path(path));
        assert_eq!((ran.exit.code(), ran.log.contains("the email address or the API token")), (3, true), "{}", ran.log);
        let on_pages = ran.writes.iter().filter(|write| write.contains("/wiki/")).count();
        assert_eq!(on_pages, 0, "{path}: {:?}", ran.writes);
    }
}

#[test]
fn a_long_wait_ends_the_run_at_once_and_says_how_long() {
    let waits = [
        (("Retry-After", "3600"), "rate limited, try again in 60 minutes"),
        (("X-RateLimit-Reset", "745"), "rate limited, try again in 13 minutes"),
        (("Retry-After", "61"), "rate limited, try again in 61 seconds"),
    ];
    for ((name, value), sentence) in waits {
        for service in [Service::Bitbucket, Service::Confluence] {
            let response = Response::json(429, &json!({"message": "Rate limit exceeded"})).with(name, value);
            let (bed, ran) = failing(simple(), Fault::always(answer(&response)).at(service));
            assert_eq!(ran.exit.code(), 1, "{}", ran.log);
            assert!(ran.log.contains(sentence) && !ran.log.contains("time budget"), "{}", ran.log);
            assert!(ran.details.contains(" 0 retries"), "{}", ran.details);
            assert!(bed.fake.requests().len() < 8, "{}", ran.log);
        }
    }
}

#[test]
fn a_short_budget_is_not_the_reason_of_a_rate_limit() {
    for response in [Response::json(429, &json!({})), Response::json(429, &json!({})).with("Retry-After", "10")] {
        let bed = simple().with("TIMEOUT_SECONDS", "1");
        let (_, ran) = failing(bed, Fault::always(answer(&response)).at(Service::Bitbucket));
        assert_eq!(ran.exit.code(), 1, "{}", ran.log);
        assert!(ran.log.contains("rate limited, try again") && !ran.log.contains("time budget"), "{}", ran.log);
    }
}

#[test]
fn passing_failures_of_reads_and_updates_are_retried() {
    for status in [408, 425, 500, 507, 520, 522, 530, 555] {
        let kind = || answer(&Response::html(status, "<h1>Oops</h1>"));
        let bed = simple();
        bed.fake.state().faults.push(Fault::once(kind()).at(Service::Bitbucket).path("/pullrequests/1/commits"));
        bed.fake
            .state()
            .faults
            .push(Fault::once(kind()).at(Service::Confluence).path("/footer-comments").method("GET"));
        bed.fake.state().faults.push(Fault::once(kind()).at(Service::Bitbucket).path("/reports/").method("PUT"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{status}: {}", ran.log);
        assert!(ran.details.contains(" 3 retries"), "{status}: {}", ran.details);
    }
    for status in [501, 505, 511] {
        let fault = Fault::once(answer(&Response::html(status, ""))).at(Service::Bitbucket).path("/pullrequests/1");
        let (_, ran) = failing(simple(), fault);
        assert!(ran.exit.code() == 1 && ran.details.contains(" 0 retries"), "{status}: {}", ran.details);
    }
}

#[test]
fn a_moved_repository_is_named() {
    for status in [301, 302, 307, 308] {
        let response = Response::empty(status).with("Location", "/2.0/repositories/acme/store/pullrequests/1");
        let (_, ran) = failing(simple(), Fault::always(answer(&response)).at(Service::Bitbucket));
        assert!(ran.log.contains("the repository moved to acme/store"), "{}", ran.log);
        assert!(!ran.log.contains("BITBUCKET_API_URL"), "{}", ran.log);
    }
    let elsewhere = Response::empty(302).with("Location", "https://login.example/");
    let (_, ran) = failing(simple(), Fault::always(answer(&elsewhere)).at(Service::Bitbucket));
    let error = ran.log.lines().find(|line| line.starts_with("ERROR")).unwrap();
    assert_eq!(error.matches("; check BITBUCKET_API_URL").count(), 1, "{error}");
}

#[test]
fn a_removed_endpoint_asks_for_an_update() {
    let gone = Response::json(
        410,
        &json!({"statusCode": 410, "data": {"authorized": true}, "message": "GoneException: This deprecated endpoint has been removed."}),
    );
    for path in ["/search", "/restriction", "/footer-comments"] {
        let (_, ran) = failing(simple(), Fault::always(answer(&gone)).at(Service::Confluence).path(path));
        assert!(ran.log.contains("Atlassian removed this endpoint: update the pipe"), "{path}: {}", ran.log);
        assert!(!ran.log.to_lowercase().contains("rerun"), "{path}: {}", ran.log);
    }
}

#[test]
fn a_persons_token_without_the_person_gets_a_hint() {
    let way = WAYS_IN.iter().find(|way| way.name == "a service account's token alone").unwrap();
    for body in [
        json!({"errors": [{"status": 404, "title": "Not Found"}]}),
        json!({"code": 404, "message": "HTTP 404 Not Found"}),
    ] {
        let fault = Fault::always(answer(&Response::json(404, &body))).at(Service::Gateway);
        let (_, ran) = failing(way.of(simple()), fault);
        assert_eq!(ran.exit.code(), 3, "{}", ran.log);
        assert!(ran.log.contains("set CONFLUENCE_USER_EMAIL"), "{}", ran.log);
    }
}

#[test]
fn forbidden_report_goes_through_the_proxy() {
    let bed = simple();
    let proxy = bed.fake.origin(Service::Proxy);
    let bed = bed.with("BITBUCKET_AUTH_PROXY", &proxy);
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::refused(403)).at(Service::Bitbucket).path("/reports/").method("PUT"));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(!ran.log.contains("Refused"), "{}", ran.log);
    let requests = bed.fake.requests();
    assert!(
        requests.iter().any(|recorded| recorded.request.service == Service::Proxy && recorded.request.method == "PUT")
    );
    assert!(requests.iter().all(
        |recorded| recorded.request.service != Service::Proxy || recorded.request.header("authorization").is_none()
    ));
}

#[test]
fn an_answer_that_is_being_prepared_is_asked_for_again() {
    let mut bed = simple();
    let merge = bed.fake.state().merge(1, true);
    crate::pull_request_states::on_branch(&mut bed, "main");
    bed.variables.insert("BITBUCKET_COMMIT".to_owned(), merge.to_string());
    let building = answer(&Response::json(202, &json!({"type": "paginated_pull_requests"})));
    bed.fake.state().faults.push(Fault::once(building).at(Service::Bitbucket).path("/commit/"));
    let ran = bed.run();
    let log = &ran.log;
    assert!(!log.contains("answered 202") || log.contains("retries"), "{log}");
}

#[test]
fn a_blog_post_is_not_missing_when_search_fails() {
    let bed = simple();
    let site = bed.fake.confluence_url();
    bed.fake.state().add_content(150, fake::Kind::BlogPost, "ENG", "Release notes");
    bed.fake.state().bitbucket.pull_request_mut(1).description = format!("{site}/wiki/spaces/ENG/pages/150");
    let (_, ran) = failing(bed, Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/search"));
    assert!(ran.details.contains("blogpost:150") && !ran.log.contains("does not exist"), "{}", ran.log);
}
