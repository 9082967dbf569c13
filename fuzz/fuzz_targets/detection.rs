//! Text in, mentions out.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

libfuzzer_sys::fuzz_target!(|body: &str| rules::detection(body));
