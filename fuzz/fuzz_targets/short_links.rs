//! Ids and short links.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

libfuzzer_sys::fuzz_target!(|input: (u64, &str)| rules::short_links(input.0, input.1));
