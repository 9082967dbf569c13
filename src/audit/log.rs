//! The lines of `audit.jsonl`, each appended when its event happens.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::event::Event;
use crate::clock::Clock;
use crate::ids::{PullRequestId, RepositoryName};
use crate::secret::Scrubber;

/// The schema's version, in every line.
const VERSION: u32 = 1;

/// Which run, in every line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Place {
    pub repository: Option<RepositoryName>,
    pub pipeline: Option<String>,
    pub step: Option<String>,
    pub dry_run: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    time: String,
    #[serde(flatten)]
    place: &'a Place,
    pull_request: Option<PullRequestId>,
    #[serde(flatten)]
    event: &'a Event,
}

/// The open file. A run that is killed keeps the lines that it had.
#[derive(Debug)]
pub(crate) struct AuditLog {
    place: Place,
    clock: Clock,
    scrubber: Scrubber,
    file: Mutex<Result<File, io::Error>>,
}

impl AuditLog {
    /// A log that appends to this file.
    pub(crate) fn new(file: File, place: Place, clock: Clock, scrubber: Scrubber) -> Self {
        Self { place, clock, scrubber, file: Mutex::new(Ok(file)) }
    }

    /// Appends a line. After a failure there are no more: a gap would look like a run without writes.
    pub(super) fn append(&self, pull_request: Option<PullRequestId>, event: &Event) {
        let time = self.clock.utc_now().to_string();
        let line = Line { version: VERSION, time, place: &self.place, pull_request, event };
        let mut line = self.scrubber.scrub_json(&serde_json::to_string(&line).unwrap_or_default());
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(open) = file.as_mut()
            && let Err(error) = open.write_all(line.as_bytes())
        {
            *file = Err(error);
        }
    }

    /// Why a line could not be appended.
    pub(crate) fn failure(&self) -> Option<String> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.as_ref().err().map(|error| format!("`audit.jsonl`: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::virtual_clock;

    #[test]
    fn a_line_that_cannot_be_appended_is_a_failure_and_the_last() {
        let place = Place { repository: None, pipeline: None, step: None, dry_run: false };
        let path = std::env::temp_dir().join(format!("confluence-pr-link-log-{}", std::process::id()));
        std::fs::write(&path, "").unwrap();
        let log = |file| AuditLog::new(file, place.clone(), virtual_clock().0, Scrubber::default());
        let read_only = log(File::open(&path).unwrap());
        assert_eq!(read_only.failure(), None);
        read_only.append(None, &Event::Tag);
        read_only.append(None, &Event::Tag);
        assert!(read_only.failure().is_some_and(|words| words.starts_with("`audit.jsonl`: ")));
        let appending = log(File::options().append(true).open(&path).unwrap());
        appending.append(None, &Event::Tag);
        appending.append(None, &Event::Commit);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
        std::fs::remove_file(&path).unwrap();
    }
}
