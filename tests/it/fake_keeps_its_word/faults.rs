//! Faults strike where and how a test orders them, and nowhere else.

use super::{COMMENTS, Client, Reply, raw, start};
use fake::{Fake, Fault, FaultKind, Response, Service};

fn with(faults: Vec<Fault>) -> Fake {
    let fake = start();
    fake.state().faults = faults;
    fake
}

fn post(fake: &Fake) -> Result<Reply, ureq::Error> {
    Client::bitbucket(fake).try_send("POST", COMMENTS, &raw("x"))
}

#[test]
fn lost_answer_may_or_may_not_have_done_its_work() {
    let table = [
        (FaultKind::Refuse, 0),
        (FaultKind::ResetBefore, 0),
        (FaultKind::ResetAfter, 1),
        (FaultKind::Truncated, 1),
        (FaultKind::Endless, 0),
    ];
    for (kind, done) in table {
        let fake = with(vec![Fault::once(kind.clone()).at(Service::Bitbucket).method("POST")]);
        assert!(post(&fake).is_err(), "{kind:?}");
        assert_eq!(fake.pull_request_comments(1).len(), done, "{kind:?}");
        assert_eq!(post(&fake).unwrap().status, 201, "only once");
    }
}

#[test]
fn answers_are_replaced_with_or_without_acting() {
    let fake = with(vec![
        Fault::once(FaultKind::too_many_requests("2")).writes(),
        Fault::once(FaultKind::ActThenAnswer(Response::html(504, "late"))).writes(),
        Fault::once(FaultKind::LoginPage).writes(),
    ]);
    assert_eq!(Client::bitbucket(&fake).get(COMMENTS).status, 200, "reading is not touched");
    let limited = post(&fake).unwrap();
    assert_eq!((limited.status, limited.header("Retry-After")), (429, Some("2")));
    assert_eq!(fake.pull_request_comments(1).len(), 0);
    assert_eq!(post(&fake).unwrap().status, 504);
    let login = post(&fake).unwrap();
    assert_eq!((login.status, login.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(fake.pull_request_comments(1).len(), 1);
}

#[test]
fn faults_strike_where_they_were_ordered() {
    let fake = with(vec![
        Fault::at_request(2, FaultKind::status(502)),
        Fault::once(FaultKind::status(503)).path("/commits").nth(2),
    ]);
    let client = Client::bitbucket(&fake);
    let statuses = |path: &str| [(); 3].map(|()| client.get(&format!("/2.0/repositories/acme/shop{path}")).status);
    assert_eq!((statuses(""), statuses("/commits")), ([200, 502, 200], [200, 503, 200]));
}
