//! The index in a comment.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

use confluence_pr_link::ids::{ContentId, PageKind, PageName};

libfuzzer_sys::fuzz_target!(|input: (&str, Vec<u64>)| {
    let (comment, ids) = input;
    let page = |id: u64| {
        let kind = if id.is_multiple_of(2) { PageKind::Page } else { PageKind::BlogPost };
        Some(PageName { id: ContentId::new(id)?, kind })
    };
    let pages = ids.into_iter().filter_map(page).collect();
    rules::index(comment, &pages);
    rules::foreign_index(comment, &pages);
});
