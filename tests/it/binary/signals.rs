//! Runs that a signal ends.

#![expect(clippy::disallowed_methods, reason = "these tests wait for a process and measure it")]

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fake::{Latch, Service, Wait};
use serde_json::Value;

use super::files::audit;
use super::{Place, Said, checkout, command};
use crate::bed::Bed;

/// A run that waits for the answer to a request, with its audit log in this place.
fn held(place: &Place, service: Service, method: &'static str, path: &'static str) -> (Bed, Latch, Child) {
    let bed = checkout().0.with("OUTPUT_DIR", &place.text()).with("ON_ERROR", "warn");
    let latch = Latch::default();
    let fits = move |request: &fake::Request| {
        request.service == service && request.method == method && request.path.ends_with(path)
    };
    bed.fake.state().waits.push(Wait::at(&latch, fits));
    let child = command().envs(&bed.variables).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(latch.is_reached(|| false));
    (bed, latch, child)
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn events(place: &Place) -> Vec<String> {
    audit(place).iter().map(|line| crate::audit::name_of(line).to_owned()).collect()
}

#[test]
fn a_killed_run_keeps_the_lines_of_its_audit_log() {
    let place = Place::new();
    let (_bed, latch, mut child) = held(&place, Service::Confluence, "POST", "/footer-comments");
    child.kill().unwrap();
    child.wait().unwrap();
    latch.open();
    assert!(events(&place).iter().any(|event| event == "written"), "{:?}", events(&place));
    assert!(!place.join("receipt.json").exists());
}

#[test]
fn a_signal_ends_the_run_after_the_write_in_flight() {
    for (signal, name, code) in [("-TERM", "SIGTERM", 143), ("-INT", "SIGINT", 130)] {
        let place = Place::new();
        let (bed, latch, child) = held(&place, Service::Confluence, "POST", "/footer-comments");
        send(signal, &child);
        let stopped = || audit(&place).into_iter().find(|line| line["event"] == "stopped");
        fake::until(Duration::from_secs(20), || stopped().is_some());
        assert_eq!(stopped().unwrap()["signal"], name);
        // Nothing but the write decides when the run ends.
        thread::sleep(Duration::from_millis(300));
        latch.open();
        let said = Said::of(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(code), "{said:?}");
        let written = events(&place).iter().filter(|event| *event == "written").count();
        assert_eq!((bed.fake.page_comments(101).len(), bed.fake.writes().len()), (1, written), "{said:?}");
        assert!(said.out.starts_with("✖ ") && !said.out.contains("the step passes"), "{said:?}");
        let failures: Vec<&str> = said.log.lines().filter(|line| !line.starts_with("INFO: ")).collect();
        assert!(matches!(failures[..], [line] if line.contains(name)), "{said:?}");
        let receipt: Value = serde_json::from_slice(&std::fs::read(place.join("receipt.json")).unwrap()).unwrap();
        assert_eq!(receipt["exit_code"], code, "{receipt:#}");
    }
}

#[test]
fn a_signal_does_not_wait_for_an_answer_to_a_read() {
    let place = Place::new();
    let (bed, latch, child) = held(&place, Service::Bitbucket, "GET", "/commits");
    let begin = Instant::now();
    send("-TERM", &child);
    let said = Said::of(child.wait_with_output().unwrap());
    latch.open();
    assert_eq!(said.code, Some(143), "{said:?}");
    assert!(begin.elapsed() < Duration::from_secs(10), "{said:?}");
    assert_eq!(said.out, "✖ SIGTERM ended the run\n");
    assert_eq!((events(&place).last().map(String::as_str), bed.fake.writes().len()), (Some("stopped"), 0));
}

#[test]
fn a_signal_wakes_a_run_that_waits_between_tries() {
    let bed = checkout().0;
    bed.fake.state().faults.push(fake::Fault::always(fake::FaultKind::too_many_requests("25")).at(Service::Bitbucket));
    let child = command().envs(&bed.variables).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    fake::until(Duration::from_secs(20), || !bed.fake.requests().is_empty());
    thread::sleep(Duration::from_millis(200));
    let begin = Instant::now();
    send("-TERM", &child);
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(143), "{said:?}");
    assert!(begin.elapsed() < Duration::from_secs(8), "{said:?}");
}
