//! Foreign text in Bitbucket's Markdown.
#![no_main]

#[path = "../../tests/it/properties/rules.rs"]
#[allow(dead_code, reason = "each target uses one rule")]
mod rules;

libfuzzer_sys::fuzz_target!(|foreign: &str| {
    rules::markdown_text(foreign);
    rules::markdown_code(foreign);
});
