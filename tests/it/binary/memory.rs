//! How much memory does the executable take at its peak? As Linux counts it; elsewhere nobody does.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use super::command;
use crate::bed::{Bed, quick_clock};
use crate::size::{large, of_others};

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
    while let Some(now) = peak_kib(child.id()) {
        peak = peak.max(now);
        quick_clock().sleep(Duration::from_millis(100));
    }
    (child.wait().unwrap().code(), log.join().unwrap(), peak)
}

#[test]
fn a_huge_pull_request_and_a_crowded_page_take_less_than_32_mib() {
    let bed = large(15);
    let (code, log, peak) = measured(&bed);
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(of_others(&bed).len(), 400);
    assert!((1..32 * 1_024).contains(&peak), "{peak} KiB");
}
