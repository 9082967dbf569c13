//! The peak memory of the executable, as Linux counts it.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::{checkout, command};
use crate::bed::{Bed, quick_clock};
use crate::size::{large, of_others};
use fake::{CONFLUENCE_TOKEN, Fault, FaultKind, Response, Service};

/// The most resident memory so far, in KiB; `None` once the process is gone.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Runs the executable to its end; gives its exit code, its log and its peak in KiB.
fn measured(bed: &Bed) -> (Option<i32>, String, u64) {
    let mut child = command().envs(&bed.variables).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || std::io::read_to_string(&mut stderr).unwrap());
    let mut peak = 0;
    loop {
        // At first too: until it has become the program, the new process shows the memory of this one.
        quick_clock().sleep(Duration::from_millis(100));
        match peak_kib(child.id()) {
            Some(now) => peak = peak.max(now),
            None => break,
        }
    }
    (child.wait().unwrap().code(), log.join().unwrap(), peak)
}

#[test]
fn huge_pull_request_takes_less_than_32_mib() {
    // Next to a whole suite an unoptimised build may need more than a minute; what is measured here is memory.
    let bed = large(15).with("TIMEOUT_SECONDS", "600");
    let (code, log, peak) = measured(&bed);
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(of_others(&bed).len(), 400);
    assert!((1..32 * 1_024).contains(&peak), "{peak} KiB");
}

/// JSON that takes a hundred times its length as a value, and texts that have to be read in every spelling.
#[test]
fn an_answer_of_eight_mebibytes_takes_a_few_times_its_length() {
    let items = [r#"{"":0},"#.to_owned(), r#""%41&amp;\u0041","#.to_owned(), format!(r#""%41","{CONFLUENCE_TOKEN}","#)];
    for (status, item) in [(200, &items[0]), (200, &items[1]), (200, &items[2]), (400, &items[0])] {
        let bed = checkout().0.with("TIMEOUT_SECONDS", "600");
        let count = (8 * 1_024 * 1_024 - 100) / item.len();
        let mut answer = Response::json(status, &json!(0));
        answer.body = format!(r#"{{"state":"OPEN","x":[{}0]}}"#, item.repeat(count)).into_bytes();
        let fault = Fault::always(FaultKind::Malformed(answer)).at(Service::Bitbucket).path("/pullrequests/1?");
        bed.fake.state().faults.push(fault);
        let (_, log, peak) = measured(&bed);
        assert!(bed.fake.requests().iter().any(|it| it.status == Some(status)), "{log}");
        assert!((1..96 * 1_024).contains(&peak), "{status} {item}: {peak} KiB\n{log}");
    }
}
