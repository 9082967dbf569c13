//! Failed reads of a review, each once, because a failing service fails for hundreds of pages.

use crate::report::{Failure, FailureKind};

use super::words;

/// The most failures that are listed one by one.
const MOST: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Gaps {
    failures: Vec<Failure>,
    /// What was not read and is no failure, in sentences.
    pub(super) notes: Vec<String>,
    /// What a reader should know, in sentences.
    pub(super) remarks: Vec<String>,
    out_of_time: usize,
    more: usize,
}

impl Gaps {
    pub(super) fn fail(&mut self, failure: Failure) {
        if failure.kind == FailureKind::Budget {
            self.out_of_time += 1;
        } else if self.failures.contains(&failure) {
        } else if self.failures.len() < MOST {
            self.failures.push(failure);
        } else {
            self.more += 1;
        }
    }

    /// Something that was not read, and is no failure.
    pub(super) fn note(&mut self, what: String) {
        if self.notes.contains(&what) {
            return;
        }
        let what = if self.notes.len() < MOST { what } else { words::MORE_NOTES.to_owned() };
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Something a reader should know, which leaves nothing out that was to be had.
    pub(super) fn remark(&mut self, what: String) {
        if !self.remarks.contains(&what) {
            self.remarks.push(what);
        }
    }

    /// A result, if there is one.
    pub(super) fn keep<T>(&mut self, read: Result<T, Failure>) -> Option<T> {
        read.map_err(|failure| self.fail(failure)).ok()
    }

    /// What is lacking, in sentences.
    pub(super) fn sentences(&self) -> Vec<String> {
        self.all_failures().map(|failure| failure.sentence).chain(self.notes.iter().cloned()).collect()
    }

    /// What failed, for the exit code.
    pub(super) fn into_failures(self) -> Vec<Failure> {
        self.all_failures().collect()
    }

    fn all_failures(&self) -> impl Iterator<Item = Failure> {
        let more = (self.more > 0).then(|| Failure::other(words::more_failed(self.more)));
        let out_of_time = (self.out_of_time > 0).then(|| Failure::out_of_time(words::out_of_time(self.out_of_time)));
        self.failures.iter().cloned().chain(more).chain(out_of_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_listed_once_and_up_to_a_limit() {
        let mut gaps = Gaps::default();
        for number in (0..MOST).chain(0..MOST) {
            gaps.fail(Failure::other(format!("failure {number}")));
            gaps.note(format!("note {number}"));
            gaps.remark("remark".to_owned());
        }
        let ends = |gaps: &Gaps| {
            let all = gaps.sentences();
            (all.len(), all.get(MOST - 1..=MOST).unwrap().to_vec(), all.last().cloned().unwrap())
        };
        let texts = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
        assert_eq!(ends(&gaps), (2 * MOST, texts("failure 19", "note 0"), "note 19".to_owned()));
        for number in [20, 20, 21] {
            gaps.fail(Failure::other(format!("failure {number}")));
            gaps.note(format!("note {number}"));
        }
        let more = words::more_failed(3);
        assert_eq!(ends(&gaps), (2 * MOST + 2, texts("failure 19", &more), words::MORE_NOTES.to_owned()));
        assert_eq!((gaps.remarks.len(), gaps.into_failures().len()), (1, MOST + 1));
    }
}
