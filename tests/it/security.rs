//! SECURITY.md: each threat names tests, and all of them exist.

use std::path::Path;

use regex::Regex;

use crate::documents::code_spans;

const DOCUMENT: &str = include_str!("../../SECURITY.md");

/// Whether `leaks::to_confluence::NAME` is a test in tests/it/leaks/to_confluence.rs, or in its `mod.rs`.
fn is_a_test(path: &str) -> bool {
    let (module, name) = path.rsplit_once("::").unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(module.replace("::", "/"));
    let texts = [file.with_extension("rs"), file.join("mod.rs")].map(|file| std::fs::read_to_string(file).ok());
    let test = Regex::new(&format!(r"#\[test\]\s+(#\[[^\]]*\]\s+)*fn {name}\(")).unwrap();
    texts.iter().flatten().any(|text| test.is_match(text))
}

#[test]
fn threats_name_tests_that_exist() {
    let (_, table) = DOCUMENT.split_once("| --- |").unwrap();
    let threats: Vec<&str> = table.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    assert!(threats.len() > 10, "{threats:#?}");
    for threat in threats {
        let tests = code_spans(threat).into_iter().filter(|span| span.contains("::"));
        assert!(tests.clone().count() > 0, "no test: {threat}");
        tests.for_each(|test| assert!(is_a_test(test), "no such test: {test}"));
    }
}
