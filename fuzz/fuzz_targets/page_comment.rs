//! The comment on a page, read back.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

libfuzzer_sys::fuzz_target!(|body: &str| rules::page_comment(body));
