//! Which pages may hold this pull request's row? The marker lines at the end of our pull request comment.
//!
//! They are Markdown link definitions nobody refers to: Bitbucket renders nothing for them and keeps them byte for
//! byte, while it shows HTML comments as text. The last line is the ledger; the line before it, the memory, remembers
//! which key led to a page, where Confluence refused a comment and which tasks were seen complete after the merge, so that
//! none is forgotten between runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ContentId, Host, Key, PageName, TaskId};

use super::PRODUCT;

/// What our comment remembers of a pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The pages that may hold this pull request's row.
    pub pages: BTreeSet<PageName>,
    /// The keys that led to a page when it was last linked: a renamed page still belongs to its key.
    pub keys: BTreeMap<ContentId, BTreeSet<Key>>,
    /// Pages on which a comment was refused: asked about before the next try.
    pub refused: BTreeSet<ContentId>,
    /// Tasks, by their pages, that the merged pull request closes and that were seen complete: whoever reopens one has the
    /// last word.
    pub closed: BTreeSet<(ContentId, TaskId)>,
}

impl Ledger {
    /// A forged ledger costs at most this many reads.
    pub const MAX_PAGES: usize = 200;

    /// The memory adorns the ledger: what does not fit into so many bytes is forgotten, the pages never are.
    const MAX_MEMORY: usize = 4_000;

    /// So many tasks always fit into the memory, whatever their numbers. One that could not be remembered would be
    /// completed again and again.
    pub const MAX_CLOSED: usize = 40;

    /// The same without the keys of pages that it does not name: nobody needs those, before the writes as little as after
    /// them, else a comment that is added would be changed once more when they are done.
    pub fn with_keys_of_its_pages(mut self) -> Self {
        self.keys.retain(|id, _| self.pages.iter().any(|page| page.id == *id));
        self
    }

    /// Both marker lines, ready to end a comment.
    pub fn render(&self, site: &Host) -> String {
        let pages: Vec<String> = self.pages.iter().map(ToString::to_string).collect();
        let ledger = format!("[//]: # ({PRODUCT} v1 site={site} pages={})", pages.join(","));
        let keys = self.keys.iter().map(|(id, keys)| {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            format!("{id}={}", keys.join("+"))
        });
        let refused = self.refused.iter().map(|id| format!("{id}=refused"));
        let closed = self.closed.iter().take(Self::MAX_CLOSED).map(|(id, task)| format!("{id}=closed#{task}"));
        let mut room = Self::MAX_MEMORY;
        let memory: Vec<String> =
            closed.chain(keys).chain(refused).take_while(|entry| take_room(&mut room, entry.len() + 1)).collect();
        if memory.is_empty() {
            return ledger;
        }
        format!("[//]: # (memory {})\n{ledger}", memory.join(" "))
    }

    /// Splits a comment into what people see and the ledger of this site; `None` when it carries none: it is not ours
    /// then, nor when the ledger is another site's.
    pub fn split<'a>(comment: &'a str, site: &Host) -> Option<(&'a str, Self)> {
        let (above, last) = last_line(comment);
        let fields = definition(last)?.strip_prefix(PRODUCT)?.strip_prefix(" v1 ")?;
        let mut ledger = Self::default();
        let mut of_this_site = false;
        for field in fields.split_whitespace() {
            match field.split_once('=') {
                Some(("site", host)) => of_this_site = Host::parse(host).as_ref() == Some(site),
                Some(("pages", pages)) => {
                    let room = Self::MAX_PAGES.saturating_sub(ledger.pages.len());
                    ledger.pages.extend(pages.split(',').filter_map(PageName::parse).take(room));
                }
                Some(_) | None => {}
            }
        }
        if !of_this_site {
            return None;
        }
        let (further_above, memory) = last_line(above);
        let Some(memory) = definition(memory).and_then(|text| text.strip_prefix("memory ")) else {
            return Some((above.trim_end(), ledger));
        };
        for entry in memory.split_whitespace().take(Self::MAX_CLOSED + 2 * Self::MAX_PAGES) {
            ledger.remember(entry);
        }
        Some((further_above.trim_end(), ledger))
    }

    /// Takes in what another ledger of the same pull request knows.
    pub fn unite(&mut self, other: &Self) {
        self.pages.extend(other.pages.iter().copied());
        for (id, keys) in &other.keys {
            self.keys.entry(*id).or_default().extend(keys.iter().cloned());
        }
        self.refused.extend(other.refused.iter().copied());
        self.closed.extend(other.closed.iter().cloned());
    }

    fn remember(&mut self, entry: &str) {
        let Some((id, what)) = entry.split_once('=') else { return };
        let Some(id) = ContentId::parse(id) else { return };
        if what == "refused" {
            self.refused.insert(id);
        } else if let Some(task) = what.strip_prefix("closed#") {
            self.closed.extend(TaskId::parse(task).map(|task| (id, task)));
        } else {
            // What a later version of this product remembers is no key, and left out.
            let keys: BTreeSet<Key> = what.split('+').filter_map(Key::parse).collect();
            if !keys.is_empty() {
                self.keys.entry(id).or_default().extend(keys);
            }
        }
    }
}

fn take_room(room: &mut usize, needed: usize) -> bool {
    let fits = *room >= needed;
    *room = room.saturating_sub(needed);
    fits
}

fn last_line(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    text.rsplit_once('\n').map_or(("", text), |(above, last)| (above, last.trim_end_matches('\r')))
}

fn definition(line: &str) -> Option<&str> {
    line.strip_prefix("[//]: # (")?.strip_suffix(')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PageKind;

    fn site() -> Host {
        Host::parse("acme.atlassian.net").unwrap()
    }

    fn ledger() -> Ledger {
        let page = |id, kind| PageName { id: ContentId::new(id).unwrap(), kind };
        Ledger {
            pages: [page(101, PageKind::Page), page(110, PageKind::BlogPost)].into(),
            keys: [(ContentId::new(101).unwrap(), [Key::parse("ENG-1").unwrap(), Key::parse("ENG-2").unwrap()].into())]
                .into(),
            refused: [ContentId::new(7).unwrap()].into(),
            closed: [(ContentId::new(101).unwrap(), TaskId::parse("4").unwrap())].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lines = ledger().render(&site());
        insta::assert_snapshot!(lines, @r"
        [//]: # (memory 101=closed#4 101=ENG-1+ENG-2 7=refused)
        [//]: # (confluence-pr-link v1 site=acme.atlassian.net pages=page:101,blogpost:110)
        ");
        let comment = format!("seen by people\n\n{lines}\n");
        assert_eq!(Ledger::split(&comment, &site()), Some(("seen by people", ledger())));
        let with_carriage_returns = comment.replace('\n', "\r\n");
        assert_eq!(Ledger::split(&with_carriage_returns, &site()), Some(("seen by people", ledger())));
    }

    #[test]
    fn another_sites_comment_is_not_ours_nor_one_that_quotes_the_marker_higher_up() {
        let lines = ledger().render(&site());
        assert_eq!(Ledger::split(&lines, &Host::parse("other.atlassian.net").unwrap()), None);
        assert_eq!(Ledger::split(&format!("{lines}\n\nwhat is this line?"), &site()), None);
        assert_eq!(Ledger::split("", &site()), None);
    }

    #[test]
    fn a_ledger_edited_by_hand_gives_what_can_be_read() {
        let edited = "[//]: # (confluence-pr-link v1 site=acme.atlassian.net pages=page:101,page:x,,folder:3,page:0)";
        let (_, read) = Ledger::split(edited, &site()).unwrap();
        assert_eq!(read.pages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["page:101"]);
    }

    #[test]
    fn an_older_memory_is_read_and_what_nobody_knows_in_it_is_left_out() {
        let memory = |entries: &str| {
            let lines = format!("[//]: # (memory {entries})\n{}", Ledger::default().render(&site()));
            Ledger::split(&lines, &site()).unwrap().1
        };
        let old = memory("101=ENG-1+ENG-2 7=refused");
        assert_eq!((old.keys.len(), old.refused.len(), old.closed.len()), (1, 1, 0));
        assert_eq!(memory("101=painted#4 101=closed# 101=closed#4)x x=closed#4 =closed#4"), Ledger::default());
    }

    #[test]
    fn the_most_tasks_with_the_longest_numbers_are_remembered_whatever_else_is() {
        let long = |number: usize| TaskId::parse(&format!("{number:0>64}")).unwrap();
        let page = ContentId::new(i64::MAX.unsigned_abs()).unwrap();
        let closed: BTreeSet<_> = (0..Ledger::MAX_CLOSED).map(|number| (page, long(number))).collect();
        let ledger = Ledger { closed: closed.clone(), ..ledger() };
        assert_eq!(Ledger::split(&ledger.render(&site()), &site()).unwrap().1.closed, closed);
    }
}
