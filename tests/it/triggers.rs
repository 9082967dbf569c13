//! The examples of event triggers: Bitbucket's schema checks neither the names of events nor those of pipelines.

use std::path::Path;

use regex::Regex;

/// The YAML examples with triggers in a document.
fn examples(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let fence = Regex::new(r"(?ms)^```yaml\n(.*?)^```$").unwrap();
    let all = fence.captures_iter(&text).map(|found| found[1].to_owned());
    all.filter(|example| example.contains("\ntriggers:\n")).collect()
}

#[test]
fn triggers_name_known_events_and_existing_pipelines() {
    let examples = examples("README.md");
    assert!(!examples.is_empty());
    let event = Regex::new(r"(?m)^  ([a-z-]+):$").unwrap();
    let pipeline = Regex::new(r"(?m)^        - (.+)$").unwrap();
    for example in examples {
        let (before, triggers) = example.split_once("\ntriggers:\n").unwrap();
        let events: Vec<&str> = event.captures_iter(triggers).map(|found| found.get(1).unwrap().as_str()).collect();
        assert_eq!(events, ["pullrequest-updated", "pullrequest-fulfilled", "pullrequest-rejected"]);
        let custom = before.split_once("\n  custom:\n").unwrap().1;
        for name in pipeline.captures_iter(triggers) {
            assert!(custom.contains(&format!("    {}:\n      - step: *update-links", &name[1])), "{}", &name[1]);
        }
        let step = before.split_once("&update-links\n").unwrap().1.split_once("\npipelines:").unwrap().0;
        assert!(step.contains("        clone:\n          enabled: false\n"), "{step}");
        assert!(!step.contains("OUTPUT_DIR"), "{step}");
    }
}
