//! Requirements don't reveal the label or the state of a hidden page.

use super::{Hidden, KINDS, emitted, world};
use crate::binary::Place;

/// Everything that a run says and writes while a requirement asks for the page's label or state, which the page has or
/// lacks; in one order, without what depends on time, chance and the fake's address.
fn answer(hidden: &Hidden, requirement: &str, has_it: bool) -> (u8, Vec<String>) {
    let place = Place::new();
    let mut bed = world().with("REQUIRE", requirement);
    bed = bed.with("BITBUCKET_CLONE_DIR", &place.text()).with("OUTPUT_DIR", "out");
    for (name, value) in hidden.variables {
        bed = bed.with(name, value);
    }
    {
        let mut state = bed.fake.state();
        if has_it {
            let page = state.confluence.content_mut(101);
            page.labels.push("approved".to_owned());
            page.state = Some("Approved".to_owned());
        }
        (hidden.hide)(&mut state);
    }
    let ran = bed.run();
    let changing = r#"[0-9.]+ ?m?s\b|"(elapsed_ms|waited_ms)": ?\d+|"started": "[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|7[0-9]{9}"#;
    let changing = regex::Regex::new(changing).unwrap();
    let lines = emitted(&bed, &place, &ran.log).into_iter().flat_map(|(name, text)| {
        let text = changing.replace_all(&bed.placed(&text), "…").into_owned();
        text.lines().map(|line| format!("{name}: {line}")).collect::<Vec<_>>()
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    (ran.exit.code(), lines)
}

#[test]
fn label_and_state_of_a_hidden_page_can_not_be_probed() {
    let hidden = KINDS.iter().filter(|kind| !matches!(kind.name, "without titles" | "a whiteboard"));
    for kind in hidden {
        for requirement in ["label:approved", "state:Approved"] {
            let (code, lacks) = answer(kind, requirement, false);
            let verdict = lacks.iter().find(|line| line.contains("Not verified whether a linked page has the "));
            assert!(code == 5 && verdict.is_some(), "{} {requirement}: {lacks:#?}", kind.name);
            let (code, has) = answer(kind, requirement, true);
            let differs: Vec<_> = has.iter().zip(&lacks).filter(|(one, other)| one != other).take(3).collect();
            assert!(code == 5 && has == lacks, "{} {requirement}: {differs:#?}", kind.name);
        }
    }
}

#[test]
fn label_and_state_of_a_shown_page_meet_requirements() {
    let shown = Hidden { name: "not at all", hide: |_| {}, variables: &[], secrets: &[] };
    for requirement in ["label:approved", "state:Approved"] {
        assert_eq!((answer(&shown, requirement, true).0, answer(&shown, requirement, false).0), (0, 5));
    }
}
