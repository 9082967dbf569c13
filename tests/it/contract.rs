//! The table of scopes against Atlassian's documents, and the checks of the contract themselves.

use std::collections::BTreeSet;
use std::io::Write;

use confluence_pr_link::refusal::scopes::{self, Kind, OPERATIONS, Operation, Scopes};

use fake::{Fake, Fault, FaultKind, Request, Response, Service, State};
use serde_json::{Value, json};

use contract::{Contract, Documents};

/// The operations of a row of our table as the documents name them: `a|b` is one of two, `*` any one part.
fn paths(operation: &'static Operation) -> Vec<String> {
    let bitbucket = if operation.bitbucket().is_some() { "/2.0" } else { "" };
    let mut paths = vec![bitbucket.to_owned()];
    for part in operation.path.trim_start_matches('/').split('/') {
        let ways = part.split('|').map(|way| if way == "*" { "1" } else { way });
        paths = ways.flat_map(|way| paths.iter().map(move |path| format!("{path}/{way}"))).collect();
    }
    paths
}

fn documented<'a>(documents: &'a Documents, operation: &'static Operation) -> Vec<&'a contract::Operation> {
    let service = if operation.bitbucket().is_some() { Service::Bitbucket } else { Service::Confluence };
    let method = format!("{:?}", operation.method).to_ascii_uppercase();
    let found = paths(operation).into_iter().map(|path| {
        let found = documents.operation(service, &method, &path);
        found.unwrap_or_else(|| panic!("no document has {method} {path}"))
    });
    found.collect()
}

/// The differences between a row of the table and the document of its operation.
fn wrong_claim(claimed: &'static Operation, documented: &contract::Operation) -> Vec<String> {
    let lists = &documented.scopes;
    match claimed.scopes {
        Scopes::Confluence(scope) => {
            let Some(granular) = lists.iter().find(|list| list.iter().any(|one| one == scope.granular)) else {
                return vec![format!("{documented}: {} not in {lists:?}", scope.granular)];
            };
            // A request needs the whole list, so the smallest set has to contain the others too.
            let ours = scopes::smallest(Kind::Confluence);
            let own = [Some(scope.granular), scope.also];
            let known = |one: &str| ours.contains(one) || own.contains(&Some(one));
            let lacking: BTreeSet<_> = granular.iter().filter(|one| !known(one)).collect();
            let lacking = (!lacking.is_empty()).then(|| format!("{documented} needs {lacking:?} too"));
            let classic = scope.classic.filter(|classic| !lists.iter().any(|list| list == &[*classic]));
            let classic = classic.map(|classic| format!("{documented}: {classic} not in {lists:?}"));
            lacking.into_iter().chain(classic).collect()
        }
        Scopes::Bitbucket(scope) => {
            let of_api_tokens = lists.iter().any(|list| list == &[scope.api_token]);
            let of_api_tokens = (!of_api_tokens).then(|| format!("{documented}: {} not in {lists:?}", scope.api_token));
            let security = &documented.security;
            let of_access = security.iter().any(|one| one == scope.access_token);
            let of_access = (!of_access).then(|| format!("{documented}: {} not in {security:?}", scope.access_token));
            of_api_tokens.into_iter().chain(of_access).collect()
        }
    }
}

#[test]
fn missing_documents_are_reported() {
    if contract::documents().is_none() {
        // Past the test harness, which shows what is printed by tests that fail only.
        let note = "Atlassian's OpenAPI documents are not there: requests and answers were not held against them (skipped).\n\
                    ATLASSIAN_OPENAPI_DIR names their directory.\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
}

#[test]
fn scopes_of_our_table_are_those_of_the_documents() {
    let Some(documents) = contract::documents() else { return };
    // Jira's document isn't among these.
    for operation in OPERATIONS.iter().filter(|operation| !operation.path.starts_with("/rest/api/3/")) {
        for documented in documented(documents, operation) {
            assert_eq!(wrong_claim(operation, documented), Vec::<String>::new());
        }
    }
}

#[test]
fn a_request_that_no_document_knows_fails_its_test() {
    if contract::documents().is_none() {
        return;
    }
    let wrong = [
        ("GET", "/wiki/api/v2/pages?ids=101", "no parameter has the name ids"),
        ("GET", "/wiki/api/v2/pages?limit=251", "limit"),
        ("GET", "/wiki/api/v2/pages?id=101,x", "id"),
        ("GET", "/wiki/api/v2/pages?status=current,archived", "status"),
        ("GET", "/wiki/api/v2/pages/x", "id"),
        ("GET", "/wiki/api/v2/page", "no such operation"),
        ("DELETE", "/wiki/api/v2/pages", "no such operation"),
    ];
    for (method, target, what) in wrong {
        let said = said_of(method, target, Service::Confluence, "");
        assert!(said.len() == 1 && said[0].contains(what), "{target}: {said:?}");
    }
    let bodies = [
        (r#"{"pageid": "101", "body": {"representation": "storage", "value": ""}}"#, "pageid"),
        (r#"{"pageId": 101, "body": {"representation": "storage", "value": ""}}"#, "string"),
        (r#"{"pageId": "101", "body": {"representation": "markdown", "value": ""}}"#, "/body"),
        ("", "no body"),
        ("{", "no JSON"),
    ];
    for (body, what) in bodies {
        let said = said_of("POST", "/wiki/api/v2/footer-comments", Service::Confluence, body);
        assert!(said.iter().any(|said| said.contains(what)), "{body}: {said:?}");
    }
    let bitbucket =
        "/2.0/repositories/acme/shop/pullrequests/1/comments?pagelen=50&q=x&sort=-id&fields=values.id&page=2";
    assert_eq!(said_of("GET", bitbucket, Service::Bitbucket, ""), Vec::<String>::new());
    let misspelt = bitbucket.replace("pagelen", "pageLen");
    assert_eq!(said_of("GET", &misspelt, Service::Bitbucket, "").len(), 1);
}

#[test]
fn exceptions_from_the_documents_pass_only_in_place() {
    if contract::documents().is_none() {
        return;
    }
    let repository = "/2.0/repositories/acme/shop";
    let one = "no parameter has the name";
    let bitbucket = [
        ("GET", "/pullrequests/1/commits?ctx=5eed&page=2&pagelen=50", ""),
        ("GET", "/commits?include=a&exclude=b&fields=values.hash", ""),
        ("GET", "/commits/main?include=a&ctx=5eed&page=2", ""),
        ("GET", "/pullrequests/1?fields=id", ""),
        ("GET", "/pullrequests/1?pagelen=50", one),
        ("GET", "/pullrequests/1?q=x", one),
        ("GET", "/pullrequests/1/commits?include=a", one),
        ("GET", "/pullrequests/1/commits?ctx=5eed", one),
        ("GET", "/pullrequests/1/comments?ctx=5eed&page=2", one),
        ("GET", "/pullrequests?next=true&cursor=x", one),
        ("POST", "/commits?include=a", one),
        ("DELETE", "/pullrequests/1/comments/2?fields=id", one),
    ];
    let bitbucket =
        bitbucket.map(|(method, target, what)| (Service::Bitbucket, method, format!("{repository}{target}"), "", what));
    let (site, auth) = (Service::Confluence, Service::Auth);
    let search = "/wiki/rest/api/search?cql=id%3D1";
    let no_operation = "no such operation";
    let asking = "grant_type=client_credentials&client_id=i&client_secret=s";
    let others = [
        (site, "GET", format!("{search}&next=true&cursor=x"), "", ""),
        (site, "GET", format!("{search}&previous=true"), "", one),
        (site, "GET", "/wiki/api/v2/pages?next=true&cursor=x".to_owned(), "", one),
        (site, "GET", "/_edge/tenant_info".to_owned(), "", ""),
        (site, "GET", "/_edge/tenant_info?x=y".to_owned(), "", no_operation),
        (site, "GET", "/_edge/tenant_info".to_owned(), "{}", no_operation),
        (site, "POST", "/_edge/tenant_info".to_owned(), "", no_operation),
        (Service::Gateway, "GET", "/_edge/tenant_info".to_owned(), "", no_operation),
        (auth, "POST", "/oauth/token".to_owned(), asking, ""),
        (auth, "POST", "/oauth/token?client_secret=s".to_owned(), asking, no_operation),
        (auth, "POST", "/oauth/token".to_owned(), "", no_operation),
        (auth, "POST", "/oauth/token".to_owned(), "grant_type=client_credentials", no_operation),
        (auth, "POST", "/oauth/token".to_owned(), r#"{"grant_type": "client_credentials"}"#, no_operation),
        (auth, "GET", "/oauth/token".to_owned(), asking, no_operation),
    ];
    for (service, method, target, body, what) in bitbucket.into_iter().chain(others) {
        let said = said_of(method, &target, service, body);
        let right = if what.is_empty() { said.is_empty() } else { said.iter().any(|said| said.contains(what)) };
        assert!(right, "{method} {target} {body}: {said:?}");
    }
}

#[test]
fn an_answer_that_no_document_describes_fails_its_test() {
    let Some(documents) = contract::documents() else { return };
    let comment =
        json!({"id": "1", "status": "current", "version": {"number": 1}, "body": {"storage": {"value": "x"}}});
    let with = |pointer: &str, name: &str, value: Value| {
        let mut changed = comment.clone();
        changed.pointer_mut(pointer).unwrap()[name] = value;
        changed
    };
    let v2_error = json!({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "x", "detail": null}]});
    let table = [
        (200, comment.clone(), ""),
        (200, with("", "convenient", json!(1)), "/convenient: no schema has this member"),
        (200, with("/version", "author", json!("a")), "/version/author: no schema has this member"),
        (200, with("", "id", json!(1)), "/id"),
        (200, with("/version", "number", json!("1")), "/version/number"),
        (201, comment.clone(), "a status that the document does not list"),
        (404, v2_error.clone(), ""),
        (403, v2_error, "an error of a shape"),
        (404, json!({"type": "error", "error": {"message": "x"}}), "an error of a shape"),
        (500, json!({"statusCode": 500, "message": "x", "data": {}}), ""),
    ];
    let request =
        Request::new(Service::Gateway, "GET", "/ex/confluence/c/wiki/api/v2/footer-comments/1", vec![], vec![]);
    for (status, body, what) in table {
        let said = documents.answer(&request, &Response::json(status, &body));
        let right = if what.is_empty() { said.is_empty() } else { said.len() == 1 && said[0].contains(what) };
        assert!(right, "{status} {body}: {said:?}");
    }
}

/// The message at the end of a test whose fake has these faults and gets this request.
fn reported_at_the_end(faults: Vec<Fault>, target: &str) -> Option<String> {
    let fake = Fake::start_watched(State { faults, ..State::default() }, Contract::new());
    let url = format!("{}{target}", fake.confluence_url());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    // A fault may break the connection.
    drop(agent.get(&url).call());
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(fake)));
    dropped.err().map(|said| *said.downcast::<String>().unwrap())
}

#[test]
fn breach_of_the_documents_fails_a_test() {
    if contract::documents().is_none() {
        return;
    }
    for faults in [vec![], vec![Fault::always(FaultKind::Refuse)], vec![Fault::always(FaultKind::LoginPage)]] {
        let said = reported_at_the_end(faults, "/wiki/api/v2/pages?limit=251").expect("it fails");
        assert!(said.contains("limit") && said.contains("251"), "{said}");
    }
}

#[test]
fn answers_of_tests_keep_to_the_documents() {
    if contract::documents().is_none() {
        return;
    }
    let of_bitbucket = json!({"type": "error", "error": {"message": "no"}});
    let empty = json!({"results": []});
    let table = [
        (FaultKind::json(404, &of_bitbucket), Some("404: an error of a shape that the service does not have")),
        (FaultKind::ActThenAnswer(Response::json(504, &of_bitbucket)), Some("504: an error of a shape")),
        (FaultKind::json(200, &json!({"values": []})), Some("200: /values: no schema has this member")),
        (FaultKind::json(418, &empty), Some("418: a status that the document does not list")),
        (FaultKind::malformed(404, &of_bitbucket), None),
        (FaultKind::json(200, &empty), None),
        (FaultKind::refused(404), None),
        (FaultKind::too_many_requests("1"), None),
        (FaultKind::status(502), None),
    ];
    for (kind, expected) in table {
        let said = reported_at_the_end(vec![Fault::always(kind.clone())], "/wiki/api/v2/pages?limit=250");
        match expected {
            Some(words) => assert!(said.as_ref().is_some_and(|said| said.contains(words)), "{kind:?}: {said:?}"),
            None => assert_eq!(said, None, "{kind:?}"),
        }
    }
}

fn said_of(method: &str, target: &str, service: Service, body: &str) -> Vec<String> {
    let request = Request::new(service, method, target, vec![], body.as_bytes().to_vec());
    contract::documents().map(|documents| documents.request(&request)).unwrap_or_default()
}

#[test]
fn each_word_of_a_schema_refuses_what_it_excludes() {
    let parts = json!([{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]);
    let table = [
        (json!({"type": "integer"}), json!(1), json!(1.5)),
        (json!({"type": ["string", "null"]}), json!(null), json!(1)),
        (json!({"type": "string", "nullable": true}), json!(null), json!(true)),
        (json!({"const": 1}), json!(1), json!(2)),
        (json!({"enum": ["a", "b"]}), json!("b"), json!("c")),
        (json!({"minimum": 1, "maximum": 2}), json!(2), json!(3)),
        (json!({"minLength": 2}), json!("é2"), json!("1")),
        (json!({"maxItems": 1}), json!([1]), json!([1, 2])),
        (json!({"minProperties": 1}), json!({"a": 1}), json!({})),
        (json!({"pattern": "^[a-z]+$"}), json!("a"), json!("A")),
        (json!({"format": "date-time"}), json!("2026-11-30T00:00:00Z"), json!("2026-11-30")),
        (json!({"format": "uri"}), json!("https://acme.example/"), json!("/wiki")),
        (json!({"format": "uuid"}), json!("00000001-0000-4000-8000-00000000000a"), json!("00000001-0000")),
        (json!({"items": {"type": "string"}}), json!(["a"]), json!(["a", 1])),
        (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1])),
        (json!({"required": ["a"]}), json!({"a": 1}), json!({"b": 1})),
        (json!({"properties": {"a": {"type": "string"}}}), json!({"a": "1", "b": 1}), json!({"a": 1})),
        (json!({"additionalProperties": false}), json!({}), json!({"a": 1})),
        (json!({"additionalProperties": {"type": "string"}}), json!({"a": "1"}), json!({"a": 1})),
        (json!({"allOf": parts}), json!({"a": 1, "b": 1}), json!({"a": 1})),
        (json!({"anyOf": parts}), json!({"a": 1, "b": 1}), json!({})),
        (json!({"oneOf": parts}), json!({"a": 1}), json!({"a": 1, "b": 1})),
        (json!({"$ref": "#/$defs/text"}), json!("a"), json!(1)),
    ];
    for (mut schema, good, bad) in table {
        schema["$defs"] = json!({"text": {"type": "string"}});
        let (word, schemas) = (schema.to_string(), contract::Schemas::new(schema));
        assert_eq!((schemas.wrong("", &good), schemas.wrong("", &bad).len()), (vec![], 1), "{word}");
    }
}
