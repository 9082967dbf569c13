//! What the services answer: whole runs of the pipe against the tests' fake, values of its answers replaced.
#![no_main]

#[path = "../../tests/it/properties/answers.rs"]
mod answers;
#[path = "../../tests/it/claims.rs"]
mod claims;

libfuzzer_sys::fuzz_target!(|alterations: Vec<Vec<u8>>| {
    answers::survived(&alterations);
});
