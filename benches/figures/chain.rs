//! The depth of a run: its longest chain of requests that wait for one another.

use std::time::Duration;

use fake::Recorded;

/// The length of the longest chain of requests in which each arrived after the one before was answered.
///
/// With answers that take far longer than the client's own work, no request waits but for an answer it needs, or for a
/// place among the twelve that one service is asked at once: then the length is the same in every run, however slow the
/// machine. Of intervals on one line, taking the next that begins after the earliest end gives the longest chain.
pub(crate) fn depth(requests: &[Recorded]) -> usize {
    let mut intervals: Vec<(Duration, Duration)> =
        requests.iter().filter_map(|recorded| Some((recorded.answered?, recorded.since_start))).collect();
    intervals.sort_unstable();
    let mut last = None;
    let mut length = 0;
    for (answered, arrived) in intervals {
        if last.is_none_or(|last| arrived > last) {
            length += 1;
            last = Some(answered);
        }
    }
    length
}
