//! The ledger in a comment.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

use confluence_pr_link::ids::{ContentId, Key, PageKind, PageName, TaskId};
use confluence_pr_link::surface::ledger::Ledger;

libfuzzer_sys::fuzz_target!(|input: (&str, Vec<u64>, Vec<(u64, &str)>, Vec<u64>, Vec<(u64, &str)>)| {
    let (comment, pages, keys, refused, closed) = input;
    let page = |id: u64| {
        let kind = if id.is_multiple_of(2) { PageKind::Page } else { PageKind::BlogPost };
        Some(PageName { id: ContentId::new(id)?, kind })
    };
    let mut own = Ledger { pages: pages.into_iter().filter_map(page).collect(), ..Ledger::default() };
    for (id, key) in keys {
        let Some((id, key)) = ContentId::new(id).zip(Key::parse(key)) else { continue };
        own.keys.entry(id).or_default().insert(key);
    }
    own.refused = refused.into_iter().filter_map(ContentId::new).collect();
    own.closed = closed.into_iter().filter_map(|(id, task)| ContentId::new(id).zip(TaskId::parse(task))).collect();
    rules::ledger(comment, &own);
    rules::foreign_ledger(comment, &own.pages);
});
