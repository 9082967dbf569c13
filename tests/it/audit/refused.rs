//! Refused and ambiguous writes each have one line with the right event.

use serde_json::{Value, json};

use super::{lines, lines_by, of_event};
use crate::bed::{Bed, fast_clock, run_by};
use crate::linking::simple;
use crate::{faults, labels, requirements, tasks};
use fake::{Account, Fault, FaultKind, Response, Service};

#[test]
fn a_report_whose_answer_was_lost_is_not_said_to_be_refused() {
    for (kind, event) in [(FaultKind::ResetAfter, "unconfirmed"), (FaultKind::refused(403), "refused")] {
        let bed = simple();
        bed.fake.state().faults.push(Fault::always(kind).method("PUT").path("/reports/"));
        let lines = lines(&bed, &format!("report-{event}"));
        let report: Vec<&Value> = lines.iter().filter(|line| line["place"] == "report").collect();
        assert_eq!(report.iter().map(|line| &line["outcome"]).collect::<Vec<_>>(), [event], "{report:#?}");
    }
}

#[test]
fn refused_deletion_of_a_second_comment_has_its_line() {
    let bed = simple();
    bed.run();
    let raw = bed.fake.pull_request_comments(1).remove(0);
    {
        let mut state = bed.fake.state();
        state.comment(1, Account::bot(), &raw);
        let deletions = Fault::always(FaultKind::refused(403)).at(Service::Bitbucket).method("DELETE");
        state.faults.push(deletions.path("/comments/"));
    }
    let lines = lines(&bed, "clearing-up");
    let sent = bed.fake.requests();
    let sent = sent.iter().filter(|it| it.request.method == "DELETE" && it.request.path.contains("/comments/")).count();
    let of_refusal = |line: &&Value| line["operation"] == "delete" && line["outcome"] != "written";
    let refused = lines.iter().filter(of_refusal).count();
    assert_eq!((sent, refused), (1, 1), "{lines:#?}");
}

/// How many writes were answered so, by lines of the log and by the services.
fn logged_and_sent(bed: &Bed, scenario: &str) -> [(usize, usize); 2] {
    bed.fake.clear_requests();
    let lines = lines(bed, scenario);
    let logged = |events: &[&str]| events.iter().map(|event| of_event(&lines, event).len()).sum();
    let sent: Vec<u16> = bed.fake.writes().iter().filter_map(|sent| sent.status).collect();
    let (done, refused): (Vec<u16>, Vec<u16>) = sent.into_iter().partition(|status| *status < 300);
    let refusals = ["refused", "conflict", "not-written", "foreign"];
    [(logged(&["written"]), done.len()), (logged(&refusals), refused.len())]
}

type Scenario = fn() -> Bed;

#[test]
fn every_write_and_every_refusal_has_its_line() {
    let scenarios: [(&str, Scenario); 6] = [
        ("linking", faults::linking),
        ("changing", faults::change_of_mind),
        ("unlinking", faults::unlinking_everything),
        ("held", || requirements::asking("link,current", "nothing")),
        ("tasks", || tasks::merged("closes ENG-1#4")),
        ("labels", labels::releasing),
    ];
    let (mut outdated, mut troubles) = (0, vec![]);
    for (name, scenario) in scenarios {
        let writes = {
            let bed = scenario();
            bed.fake.clear_requests();
            bed.run();
            bed.fake.writes().len()
        };
        assert!(writes > 0, "{name}");
        for (nth, status) in (1..=writes).flat_map(|nth| [403, 404, 409].map(|status| (nth, status))) {
            let bed = scenario();
            bed.fake.state().faults.push(Fault::once(FaultKind::refused(status)).writes().nth(nth));
            let case = format!("line-{name}-{nth}-{status}");
            let [(written, done), (logged, refused)] = logged_and_sent(&bed, &case);
            outdated += usize::from(status != 403 && refused == 1);
            if (written, logged) != (done, refused) || refused == 0 {
                troubles.push(format!("{case}: {written} lines of {done} writes, {logged} of {refused} refusals"));
            }
        }
    }
    assert!(outdated > 0 && troubles.is_empty(), "{troubles:#?}");
}

#[test]
fn write_in_doubt_at_the_timeout_is_not_called_failed() {
    for (path, place) in [("/footer-comments", "page-comment"), ("/pullrequests/1/comments", "pull-request-comment")] {
        let bed = simple().with("TIMEOUT_SECONDS", "15");
        bed.fake.state().faults.push(Fault::always(FaultKind::Silence).method("POST").path(path));
        // Shorter than one try may take, and long for a busy machine to come so far.
        let in_time = |variables: &_| run_by(&fast_clock(5), variables);
        let lines = lines_by(&bed, &format!("late-{place}"), in_time);
        let of_it: Vec<&Value> = lines.iter().filter(|line| line["place"] == place).collect();
        let events: Vec<&Value> = of_it.iter().map(|line| &line["outcome"]).collect();
        assert_eq!(events.first().unwrap().as_str(), Some("unconfirmed"), "{of_it:#?}");
        // What was not sent any more is not in doubt.
        assert!(events[1..].iter().all(|event| *event == "not-written"), "{of_it:#?}");
    }
}

#[test]
fn write_done_before_its_retry_is_not_called_refused() {
    let lost = || FaultKind::ActThenAnswer(Response::html(502, "<h1>Bad Gateway</h1>"));
    let scenarios: [(&str, Scenario, Service, &str, &str); 3] = [
        ("page-put", faults::change_of_mind, Service::Confluence, "PUT", "/footer-comments/"),
        ("report-put", faults::change_of_mind, Service::Bitbucket, "PUT", "/reports/"),
        ("comment-delete", faults::unlinking_everything, Service::Bitbucket, "DELETE", "/comments/"),
    ];
    for (name, scenario, service, method, path) in scenarios {
        let bed = scenario();
        bed.fake.clear_requests();
        bed.fake.state().faults.push(Fault::once(lost()).at(service).method(method).path(path));
        let lines = lines(&bed, &format!("repeated-{name}"));
        let sent: Vec<_> = bed.fake.writes().iter().map(|sent| (sent.line(), sent.status)).collect();
        assert!(sent.iter().any(|(_, status)| *status == Some(502)), "{name}: {sent:#?}");
        for event in ["conflict", "refused", "not-written"] {
            assert_eq!(of_event(&lines, event).len(), 0, "{name}: {sent:#?} {lines:#?}");
        }
    }
}

#[test]
fn a_services_own_words_are_for_the_log_only() {
    let bed = simple();
    let words = json!({ "type": "error", "error": { "message": "Somebody Else may not say ENG-123 Secret title" } });
    for (method, path) in [("POST", "/pullrequests/1/comments"), ("PUT", "/reports/")] {
        let fault = Fault::always(FaultKind::json(400, &words)).at(Service::Bitbucket);
        bed.fake.state().faults.push(fault.method(method).path(path));
    }
    let ran = bed.run();
    assert!(ran.log.contains("Secret title"), "{}", ran.log);
    let lines = lines(&bed, "words");
    let logged: Vec<String> = lines.iter().map(Value::to_string).collect();
    assert!(logged.iter().any(|line| line.contains("answered 400")), "{logged:#?}");
    assert!(!logged.iter().any(|line| line.contains("Somebody") || line.contains("Secret")), "{logged:#?}");
}
