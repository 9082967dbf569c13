//! Exempt authors, drafts and waivers, and where they are shown.

use serde_json::{Value, json};

use super::{asking, ends, note, report, retitle};
use crate::receipt::CloneDir;

#[test]
fn skipping_waives_it_and_says_so_everywhere() {
    let bed = asking("link", "nothing [skip confluence]");
    let ran = bed.run_twice();
    ends(&ran, 0);
    assert!(
        ran.log.contains("✔ Skipped, because [skip confluence] is in the title or description, requirements waived"),
        "{}",
        ran.log
    );
    assert!(ran.details.contains("Requirements waived: [skip confluence] is in the title"), "{}", ran.details);
    assert_eq!(
        note(&bed).unwrap(),
        "**Requirements waived**, because `[skip confluence]` is in the title. To enforce them, remove it and rerun the \
         pipeline step."
    );
    assert_eq!(
        report(&bed),
        ["PASSED Confluence pages: requirements waived: No page is linked to pull request #1. Requirements waived: \
          [skip confluence] is in the title."]
    );

    let strict = asking("link,no-skip", "ENG-1 [skip confluence]");
    let ran = strict.run_twice();
    ends(&ran, 5);
    assert_eq!(
        report(&strict)[1..],
        [
            "no-skip: REQUIRE no-skip: [skip confluence] is in the title and waives nothing; Remove it. Then rerun the pipeline step."
        ]
    );
    retitle(&strict, "ENG-1");
    ends(&strict.run_twice(), 0);
}

#[test]
fn automation_is_exempt_by_its_account_and_by_no_branch() {
    let author = asking("link", "x").fake.state().bitbucket.pull_request(1).author.account_id.clone();
    let bed = asking("link", "nothing").with("REQUIRE_EXEMPT", &format!("712020:other,{author}"));
    let ran = bed.run_twice();
    ends(&ran, 0);
    assert!(ran.log.contains(", requirements don't apply to this author"), "{}", ran.log);
    assert!(ran.details.contains("Requirements don't apply: REQUIRE_EXEMPT has the author"), "{}", ran.details);
    let exempt = "PASSED Confluence pages: author exempt: No page is linked to pull request #1. \
                  Requirements don't apply: REQUIRE_EXEMPT has the author.";
    assert_eq!(report(&bed), [exempt]);
    assert_eq!(bed.comments(1), Vec::<String>::new(), "a comment only for this is noise");
    retitle(&bed, "ENG-1");
    bed.run_twice();
    assert_eq!(note(&bed).as_deref(), Some("**Requirements don't apply**, because `REQUIRE_EXEMPT` has the author."));
    ends(&asking("link", "nothing").with("REQUIRE_EXEMPT", "712020:other").run_twice(), 5);
    ends(&asking("link", "nothing").with("REQUIRE_EXEMPT", "work").run_twice(), 5);
}

#[test]
fn draft_shows_unmet_requirements_and_passes() {
    let bed = asking("link", "nothing");
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    let ran = bed.run_twice();
    ends(&ran, 0);
    assert!(ran.log.contains("WARNING: Requirements not met (not enforced while this is a draft)"), "{}", ran.log);
    let last = ran.log.lines().last().unwrap_or_default();
    assert!(last.starts_with('✔') && last.contains("not enforced while this is a draft"), "{last}");
    let shown = |bed: &crate::bed::Bed| [note(bed).unwrap_or_default(), report(bed)[0].clone()];
    for place in shown(&bed) {
        assert!(place.to_lowercase().contains("not enforced while this is a draft"), "{place}");
    }
    assert!(report(&bed)[0].starts_with("FAILED"));
    bed.fake.state().bitbucket.pull_request_mut(1).draft = false;
    ends(&bed.run_twice(), 5);
    for place in shown(&bed) {
        assert!(place.to_lowercase().contains("requirements not met") && !place.contains("draft"), "{place}");
    }
}

#[test]
fn what_is_not_open_is_not_held() {
    for close in ["merge", "decline"] {
        let bed = asking("link", "nothing");
        ends(&bed.run(), 5);
        match close {
            "merge" => drop(bed.fake.state().merge(1, false)),
            _ => bed.fake.state().decline(1),
        }
        ends(&bed.run_twice(), 0);
        assert_eq!((note(&bed), report(&bed)), (None, Vec::new()), "{close}");
    }
}

#[test]
fn receipt_and_audit_log_show_verdict_and_waiver() {
    let table = [
        ("link", "[skip confluence]", json!(["waived", "title", []])),
        ("link", "ENG-1", json!(["met", null, []])),
        ("link", "nothing", json!(["unmet", null, [true]])),
        ("label:x", "ENG-1", json!(["unmet", null, [false]])),
    ];
    for (requires, title, expected) in table {
        let (clone, bed) = CloneDir::new().of(asking(requires, title));
        bed.fake.state().confluence.content_mut(101).read_users.push(fake::BOT.to_owned());
        bed.run();
        let receipt = clone.receipt()["subjects"][0]["requirements"].clone();
        let event = clone.audit().into_iter().find(|line| line["event"] == "requirements").unwrap();
        assert_eq!(receipt["verdict"], event["verdict"], "{requires} {title}");
        let unmet = receipt["unmet"].as_array().into_iter().flatten();
        let verified: Vec<&Value> = unmet.map(|it| &it["verified"]).collect();
        assert_eq!(json!([receipt["verdict"], event["waived_in"], verified]), expected, "{requires} {title}");
    }
}
