//! Lists that show an old state for a while after a write.
//!
//! A list may be answered by a replica that has not received the last write yet. Then it misses what is new, shows the
//! old text and the old version, and still holds what was deleted.

use std::time::{Duration, Instant};

/// How long a list shows what was there before a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// For so long, in real time.
    Time(Duration),
    /// For so many reads of the list.
    Reads(usize),
}

/// The lists of one service, and the old states that they still show.
#[derive(Clone, Debug)]
pub struct Replica<T> {
    /// How long a write stays unseen; `None` while lists are up to date.
    pub lag: Option<Lag>,
    /// Whether a single item that is asked for by its id is as old as its list.
    pub by_id: bool,
    old: Vec<Old<T>>,
}

#[derive(Clone, Debug)]
struct Old<T> {
    list: ListId,
    items: Vec<T>,
    shown: Shown,
}

#[derive(Clone, Copy, Debug)]
enum Shown {
    Until(Instant),
    Times(usize),
}

/// Which list: the repository and the pull request, or the content.
pub type ListId = (usize, u64);

impl<T> Default for Replica<T> {
    fn default() -> Self {
        Self { lag: None, by_id: false, old: vec![] }
    }
}

impl<T: Clone> Replica<T> {
    /// A write is about to change this list, which holds these items now.
    pub fn remember(&mut self, list: ListId, items: impl Iterator<Item = T>) {
        let shown = match self.lag {
            None => return,
            Some(Lag::Time(time)) => Shown::Until(Instant::now() + time),
            Some(Lag::Reads(times)) => Shown::Times(times),
        };
        self.old.push(Old { list, items: items.collect(), shown });
    }

    /// What a read of this list shows in place of its present items. The read counts.
    pub fn read(&mut self, list: ListId) -> Option<Vec<T>> {
        let items = self.peek(list);
        for old in self.old.iter_mut().filter(|old| old.list == list) {
            if let Shown::Times(times) = &mut old.shown {
                *times = times.saturating_sub(1);
            }
        }
        items
    }

    /// What a single item is shown from in place of the present items.
    pub fn read_by_id(&mut self, list: ListId) -> Option<Vec<T>> {
        if self.by_id { self.peek(list) } else { None }
    }

    /// The state before the oldest write that this list has not received.
    fn peek(&mut self, list: ListId) -> Option<Vec<T>> {
        let now = Instant::now();
        self.old.retain(|old| match old.shown {
            Shown::Until(end) => end > now,
            Shown::Times(times) => times > 0,
        });
        self.old.iter().find(|old| old.list == list).map(|old| old.items.clone())
    }

    /// Everything that was written is seen from now on.
    pub fn catch_up(&mut self) {
        self.old.clear();
    }
}
