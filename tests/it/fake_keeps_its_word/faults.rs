//! A fault does its work, or leaves it, as its kind says.

use super::{COMMENTS, Client, raw, start};
use fake::{Fault, FaultKind, Service};

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
        let fake = start();
        fake.state().faults = vec![Fault::once(kind.clone()).at(Service::Bitbucket).method("POST")];
        let post = || Client::bitbucket(&fake).try_send("POST", COMMENTS, &raw("x"));
        assert!(post().is_err(), "{kind:?}");
        assert_eq!(fake.pull_request_comments(1).len(), done, "{kind:?}");
        assert_eq!(post().unwrap().status, 201, "only once");
    }
}
