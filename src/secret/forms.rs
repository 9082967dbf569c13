//! A search for many strings at once, which puts stars in their place.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::dfa::DFA;
use aho_corasick::{Input, StartKind};

use super::STARS;

/// Forms to hide. Of two that begin at the same place the longer one counts, so that a secret that begins with another
/// one is hidden whole.
pub(super) struct Forms {
    all: BTreeSet<String>,
    any_case: bool,
    /// Finds how forms begin; built at the first search, which comes after the configuration was read.
    finder: OnceLock<Option<DFA>>,
}

/// So much of a form is searched for: enough that few words begin like it, and no more, because an automaton of whole forms
/// would take longer to build than most runs last.
const BEGINNING: usize = 4;

impl Forms {
    pub(super) fn in_any_case(any_case: bool) -> Self {
        Self { all: BTreeSet::new(), any_case, finder: OnceLock::new() }
    }

    pub(super) fn insert(&mut self, form: String) {
        self.all.insert(form);
        self.finder = OnceLock::new();
    }

    fn finder(&self) -> Option<&DFA> {
        let beginning = |form: &String| form.as_bytes().get(..BEGINNING).unwrap_or(form.as_bytes()).to_vec();
        let build = || {
            let beginnings: BTreeSet<Vec<u8>> = self.all.iter().map(beginning).collect();
            // Whatever the text is, each byte takes one step.
            let mut builder = DFA::builder();
            builder.ascii_case_insensitive(self.any_case).prefilter(false).start_kind(StartKind::Unanchored);
            if beginnings.is_empty() { None } else { builder.build(beginnings).ok() }
        };
        self.finder.get_or_init(build).as_ref()
    }

    /// The text without these forms, when it holds one.
    pub(super) fn replaced(&self, text: &str) -> Option<String> {
        let finder = self.finder()?;
        let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
        while let Ok(Some(begin)) = finder.try_find(&Input::new(text).range(at..)).map(|found| Some(found?.start())) {
            at = begin + 1;
            if let Some(length) = text.get(begin..).and_then(|rest| self.length_at(rest)) {
                clean.push_str(text.get(copied..begin).unwrap_or_default());
                clean.push_str(STARS);
                copied = begin + length;
                at = copied;
            }
        }
        (copied > 0).then(|| clean + text.get(copied..).unwrap_or_default())
    }

    /// How long the longest form is that this text begins with.
    fn length_at(&self, text: &str) -> Option<usize> {
        let begins = |form: &&String| {
            let head = text.as_bytes().get(..form.len());
            head.is_some_and(|head| {
                head == form.as_bytes() || (self.any_case && head.eq_ignore_ascii_case(form.as_bytes()))
            })
        };
        self.all.iter().filter(begins).map(String::len).max()
    }
}
