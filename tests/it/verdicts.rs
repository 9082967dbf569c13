//! Refusals by a service: the log names what to grant, the exit code fits, and nothing is removed.

use confluence_pr_link::http::{Method, ServiceName};
use confluence_pr_link::refusal::scopes::{self, Kind, OPERATIONS};
use serde_json::json;

use crate::bed::Bed;
use crate::identity::{WAYS_IN, WayIn};
use crate::linking::simple;
use fake::{
    BITBUCKET_TOKEN, BOT, CONFLUENCE_SCOPED_TOKEN, Fault, FaultKind, Kind as Content, Response, Service, State, Status,
};

/// A pull request whose run makes every kind of request to Confluence: pages by key and by URL, a blog post, a task, an
/// archived page that search does not know, a board by its number, a page that may not be commented, and two comments
/// of ours on one page.
fn everything() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 By key");
    state.add_task(101, "4", "Write it down");
    state.add_page(102, "ENG", "By URL").status = Status::Archived;
    state.add_content(103, Content::BlogPost, "OPS", "By blog URL");
    state.add_content(104, Content::Whiteboard, "ENG", "A board");
    state.add_page(105, "ENG", "ENG-5 Silent").comment = fake::Who::Nobody;
    let id = state.open_pull_request("work", "ENG-1#4 and ENG-5", "", &["x"]);
    let bed = WAYS_IN[1].of(Bed::new(state, id));
    let site = bed.fake.confluence_url();
    bed.fake.state().bitbucket.pull_request_mut(id).description = format!(
        "{site}/wiki/spaces/ENG/pages/102, {site}/wiki/spaces/OPS/blog/2026/11/20/103, \
         {site}/wiki/pages/viewpage.action?pageId=104 and {site}/wiki/spaces/OPS/overview"
    );
    bed.run();
    // Another run was as fast as this one, and this pull request moved on.
    let copy = bed.fake.page_comments(101).remove(0);
    bed.fake.state().add_page_comment(101, BOT, &copy);
    bed.fake.state().bitbucket.pull_request_mut(id).draft = true;
    // A page that joins only now.
    bed.fake.state().add_page(106, "ENG", "ENG-6 New");
    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1#4, ENG-5 and ENG-6".to_owned();
    bed
}

fn grant<'a>(bed: &Bed, scopes: impl IntoIterator<Item = &'a str>) {
    let mut state = bed.fake.state();
    let token = state.confluence.token_mut(CONFLUENCE_SCOPED_TOKEN);
    token.scopes = scopes.into_iter().map(str::to_owned).collect();
}

#[test]
fn smallest_scopes_and_classic_scopes_are_enough() {
    let smallest = scopes::smallest(Kind::Confluence);
    let of_confluence = || OPERATIONS.iter().filter_map(|operation| operation.confluence());
    let classic = of_confluence().filter_map(|scope| scope.classic);
    let without = of_confluence().filter(|scope| scope.classic.is_none()).map(|scope| scope.granular);
    for set in [smallest.into_iter().collect::<Vec<_>>(), classic.chain(without).collect()] {
        let bed = everything();
        grant(&bed, set);
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!((bed.fake.page_comments(101).len(), bed.only_rows(106).len()), (1, 1), "{}", ran.log);
    }
}

#[test]
fn every_request_has_its_operation() {
    let bed = everything();
    bed.run();
    let mut requests = bed.fake.requests();
    let id = bed.variables["BITBUCKET_PR_ID"].parse().unwrap();
    bed.fake.state().merge(id, false);
    bed.run();
    requests.extend(bed.fake.requests());
    let mut asked = Vec::new();
    for recorded in requests {
        let request = &recorded.request;
        let service = match request.service {
            Service::Bitbucket => ServiceName::Bitbucket,
            _ => ServiceName::Confluence,
        };
        let methods = [Method::Get, Method::Put, Method::Post, Method::Delete];
        let method = methods.into_iter().find(|method| method.to_string() == request.method).unwrap();
        match scopes::operation(service, method, &request.path) {
            Some(operation) => asked.push(operation),
            None => assert_eq!(request.path, "/_edge/tenant_info"),
        }
    }
    // What an option asks for has a scenario of its own.
    let needed = OPERATIONS.iter().filter(|operation| operation.need == scopes::Need::Needed);
    let never = needed.filter(|operation| operation.confluence().is_some() && !asked.contains(operation));
    assert_eq!(never.collect::<Vec<_>>(), Vec::<&scopes::Operation>::new(), "the scenario asks for everything");
}

#[test]
fn missing_scope_is_named_and_nothing_is_lost() {
    let smallest = scopes::smallest(Kind::Confluence);
    let clean = everything();
    clean.run();
    let wanted = clean.placed(&clean.fake.what_people_see().to_string());
    for missing in &smallest {
        let bed = everything();
        let before = bed.comments(1).join("");
        grant(&bed, smallest.iter().filter(|scope| *scope != missing).copied());
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 3, "{missing}: {}", ran.log);
        let line = format!("the Confluence credential lacks the scope `{missing}`");
        assert!(ran.log.contains(&line), "{missing}: {}", ran.log);
        for scope in &smallest {
            assert_eq!(ran.log.contains(&format!("`{scope}`")), scope == missing, "{missing}: {}", ran.log);
        }
        let index = |comment: &str| comment.rsplit("pages=").next().unwrap_or_default().to_owned();
        for page in index(&before).trim_end_matches(')').split(',') {
            assert!(index(&bed.comments(1).join("")).contains(page), "{missing} forgot {page}: {}", ran.log);
        }
        let warned = bed.with("ON_ERROR", "warn");
        let ran = warned.run();
        assert_eq!(ran.exit.code(), 0, "{missing}: {}", ran.log);
        assert!(ran.log.contains(&format!("`{missing}`")) && ran.log.contains("\n✖ "), "{missing}: {}", ran.log);
        grant(&warned, smallest.iter().copied());
        let ran = warned.run_twice();
        assert_eq!(warned.placed(&warned.fake.what_people_see().to_string()), wanted, "{missing}: {}", ran.log);
    }
}

/// One page stays, one leaves, one joins; a fourth is named by its number.
fn change_of_mind(way: &WayIn) -> Bed {
    let mut state = State::default();
    for number in 1..=3 {
        state.add_page(100 + number, "ENG", &format!("ENG-{number} Page"));
    }
    state.add_page(104, "ENG", "By URL");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["x"]);
    let bed = way.of(Bed::new(state, id));
    let link = format!("{}/wiki/spaces/ENG/pages/104", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = link;
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1 and ENG-3".to_owned();
    bed
}

#[test]
fn credential_revoked_during_a_run_unlinks_nothing() {
    for way in &WAYS_IN[..4] {
        let clean = change_of_mind(way);
        clean.run();
        let wanted = clean.placed(&clean.fake.what_people_see().to_string());
        for good_for in 0.. {
            let bed = change_of_mind(way);
            for token in &mut bed.fake.state().confluence.tokens {
                token.good_for = Some(good_for);
            }
            let ran = bed.run();
            let tokens = bed.fake.state().confluence.tokens.clone();
            if tokens.iter().all(|token| !token.expired) {
                assert_eq!(ran.exit.code(), 0, "{}", ran.log);
                assert!(good_for > 5, "{}: it went bad at every request before", way.name);
                break;
            }
            let case = format!("{} after {good_for}: {}", way.name, ran.log);
            assert_eq!(ran.exit.code(), 3, "{case}");
            for untrue in ["does not exist", "Add comment", "cannot be read now"] {
                assert!(!ran.log.contains(untrue), "{case}");
            }
            let comment = bed.comments(1).join("");
            assert!(!comment.contains("comments not allowed"), "{comment}\n{case}");
            for page in [101, 102, 104] {
                let (forgotten, rows) = (!comment.contains(&format!("page:{page}")), bed.only_rows(page).len());
                assert!(rows == 1 || page == 102, "row of {page}: {case}");
                assert!(!forgotten || rows == 0, "page {page} is forgotten with its row: {comment}\n{case}");
            }
            for token in &mut bed.fake.state().confluence.tokens {
                (token.good_for, token.expired) = (None, false);
            }
            let repair = bed.run_twice();
            assert_eq!(repair.exit.code(), 0, "{}", repair.log);
            assert_eq!(bed.placed(&bed.fake.what_people_see().to_string()), wanted, "{case}");
        }
    }
}

#[test]
fn unnamed_404_is_checked_against_the_account() {
    let linked = || {
        let bed = simple().with("SOURCES", "description");
        let link = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
        bed.fake.state().bitbucket.pull_request_mut(1).description = link;
        bed.run();
        // Search does not know the page (any more).
        bed.fake.state().confluence.index = Some(vec![]);
        bed
    };
    let bare = json!({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": null}]});
    let gone = || Fault::always(FaultKind::json(200, &json!({"results": []}))).path("/wiki/api/v2/pages?id");

    // The credential is good: the page is not there.
    let bed = linked();
    bed.fake.state().faults.push(gone());
    bed.fake.state().faults.push(Fault::always(FaultKind::json(404, &bare)).path("/wiki/api/v2/pages/101?"));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(ran.log.contains("Page not found, or the Confluence account can't view it"), "{}", ran.log);
    let who = bed.fake.requests().iter().filter(|it| it.request.path.ends_with("/user/current")).count();
    assert_eq!(who, 2, "once at the begin, once for the 404 that names nothing");

    // It went bad since it was asked for the first time.
    let bed = linked();
    let before = bed.fake.what_people_see();
    bed.fake.state().faults.push(gone());
    bed.fake.state().faults.push(Fault::always(FaultKind::json(404, &bare)).path("/wiki/api/v2/pages/101?"));
    bed.fake.state().faults.push(
        Fault::always(FaultKind::refused_with(403, "caller cannot access Confluence")).path("/user/current").nth(2),
    );
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(!ran.log.contains("does not exist, or"), "{}", ran.log);
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert_eq!(bed.fake.what_people_see(), before);
}

#[test]
fn token_is_called_expired_only_if_the_service_says_so() {
    let sentences = [
        "the email address or the API token is wrong or expired, or the account isn't allowed to use Confluence",
        "the gateway doesn't accept the Confluence credential",
        "the gateway doesn't accept the Confluence credential",
        "the gateway doesn't accept the Confluence credential",
    ];
    for (way, sentence) in WAYS_IN.iter().zip(sentences) {
        let bed = way.of(simple());
        for token in &mut bed.fake.state().confluence.tokens {
            token.expired = true;
        }
        let ran = bed.run();
        assert_eq!((ran.exit.code(), ran.writes.len()), (3, 0), "{}: {}", way.name, ran.log);
        // The site answers the same to an expired scoped token and to one that never existed.
        let expected = if way.name == "a service account's token alone" { sentence } else { sentences[0] };
        assert!(ran.log.contains(expected), "{}: {}", way.name, ran.log);
        for token in &mut bed.fake.state().confluence.tokens {
            token.expired = false;
        }
        assert_eq!(bed.run_twice().exit.code(), 0);
    }
    let bed = WAYS_IN[3].of(simple());
    let expired = json!({"code": 401, "message": "Token expired"});
    bed.fake.state().faults.push(Fault::always(FaultKind::json(401, &expired)).at(Service::Gateway));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(ran.log.contains("the credential for Confluence has expired: create a new one"), "{}", ran.log);
}

#[test]
fn bitbucket_refusals_are_read_in_both_shapes() {
    let error = |message: &str, detail: Option<serde_json::Value>| {
        let mut error = json!({"message": message});
        if let Some(detail) = detail {
            error["detail"] = detail;
        }
        json!({"type": "error", "error": error})
    };
    let lacking = "Your credentials lack one or more required privilege scopes.";
    let table = [
        (
            401,
            error("Token is invalid, expired, or not supported for this endpoint.", None),
            "the Bitbucket credential is wrong, expired or revoked",
        ),
        (
            403,
            error(lacking, Some(json!({"granted": ["repository"], "required": ["pullrequest"]}))),
            "the Bitbucket credential lacks the scope `pullrequest`",
        ),
        (
            403,
            error(lacking, Some(json!("see the documents"))),
            "an access token needs `pullrequest`, an API token `read:pullrequest:bitbucket`",
        ),
        (403, error("Access denied.", None), "the Bitbucket credential isn't allowed to do this"),
        (404, error("Repository acme/shop not found", None), "that the Bitbucket credential can read the repository"),
    ];
    for (status, body, sentence) in table {
        let bed = simple();
        bed.run();
        let before = bed.fake.what_people_see();
        bed.fake
            .state()
            .faults
            .push(Fault::always(FaultKind::json(status, &body)).at(Service::Bitbucket).path("/pullrequests/1"));
        let ran = bed.run();
        assert_eq!((ran.exit.code(), ran.writes.len()), (3, 0), "{}", ran.log);
        assert!(ran.log.contains(sentence), "{}", ran.log);
        bed.fake.state().faults.clear();
        bed.nothing_is_left_to_do();
        assert_eq!(bed.fake.what_people_see(), before);
    }
}

#[test]
fn bitbucket_token_without_a_scope_gets_its_name() {
    let bed = simple();
    bed.fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).scopes = vec!["account".to_owned()];
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(ran.log.contains("the Bitbucket credential lacks the scope `pullrequest`"), "{}", ran.log);
    let smallest = scopes::smallest(Kind::AccessToken);
    bed.fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).scopes = smallest.into_iter().map(str::to_owned).collect();
    assert_eq!(bed.run_twice().exit.code(), 0);
}

#[test]
fn login_page_is_no_verdict_on_the_credential() {
    let bed = simple();
    let page = Response::html(401, "<html><title>Proxy login</title></html>");
    bed.fake.state().faults.push(Fault::always(FaultKind::Answer(page)).at(Service::Confluence));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(ran.log.contains("check CONFLUENCE_BASE_URL"), "{}", ran.log);
    bed.fake.state().faults.clear();
    assert_eq!(bed.run_twice().exit.code(), 0);
}
