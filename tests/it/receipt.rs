//! The receipt and the audit log in `OUTPUT_DIR`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bed::{Bed, run_with};
use crate::binary::Place;
use crate::linking::simple;
use fake::{BITBUCKET_TOKEN, BOT, Fault, FaultKind, Service, State, Who};

/// A clone directory of its own for each scenario.
pub(crate) struct CloneDir(Place);

impl CloneDir {
    pub(crate) fn new() -> Self {
        Self(Place::new())
    }

    pub(crate) fn of(self, bed: Bed) -> (Self, Bed) {
        let bed = bed.with("BITBUCKET_CLONE_DIR", &self.0.text()).with("OUTPUT_DIR", "out/links");
        (self, bed)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join("out/links").join(name)).unwrap()
    }

    pub(crate) fn receipt(&self) -> Value {
        serde_json::from_str(&self.text("receipt.json")).unwrap()
    }

    pub(crate) fn audit(&self) -> Vec<Value> {
        self.text("audit.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The receipt's pages in short: id, result, reason, title.
fn pages(receipt: &Value) -> Vec<String> {
    let word = |page: &Value, name: &str| page[name].as_str().unwrap_or("-").to_owned();
    let short = |page: &Value| ["id", "result", "reason", "title"].map(|name| word(page, name)).join(" ");
    receipt["pages"].as_array().unwrap().iter().map(short).collect()
}

#[test]
fn the_receipt_says_what_was_linked_and_the_audit_log_grows() {
    let (clone, bed) = CloneDir::new().of(simple());
    bed.run();
    let receipt = clone.receipt();
    assert_eq!(pages(&receipt), ["101 written - ENG-123 Checkout redesign"]);
    let mention = json!({
        "pull_request": 1, "key": "ENG-123", "origins": ["branch", "title", "commits"], "commits": 1,
        "outcome": "linked", "pages": ["page:101"],
    });
    assert_eq!(receipt["mentions"], json!([mention]));
    let subject = json!({
        "pull_request": 1, "url": "https://bitbucket.org/acme/shop/pull-requests/1", "state": "open",
        "outcome": "linked", "complete": true,
    });
    assert_eq!(receipt["subjects"], json!([subject]));
    assert_eq!(
        [&receipt["exit_code"], &receipt["dry_run"], &receipt["failures"]],
        [&json!(0), &json!(false), &json!([])]
    );
    assert_eq!(receipt["counts"]["writes"], 3);
    assert_eq!(receipt["repository"], "acme/shop");
    assert_eq!(receipt["site"], bed.fake.confluence_url().as_str());
    let events = |lines: &[Value]| lines.iter().map(|line| crate::audit::name_of(line).to_owned()).collect::<Vec<_>>();
    let lines = clone.audit();
    assert_eq!(events(&lines), ["linked", "written", "written", "written"]);
    assert!(
        lines
            .iter()
            .all(|line| line["pull_request"] == 1 && line["repository"] == "acme/shop" && line["dry_run"] == false)
    );
    assert!(!clone.text("audit.jsonl").contains("Checkout"), "the audit log may travel further than titles");

    bed.run();
    let receipt = clone.receipt();
    assert_eq!(pages(&receipt), ["101 unchanged - ENG-123 Checkout redesign"]);
    assert_eq!(receipt["subjects"][0]["outcome"], "unchanged");
    assert_eq!(events(&clone.audit()), ["linked", "written", "written", "written", "linked"]);
}

#[test]
fn the_receipt_names_share_links_that_led_nowhere() {
    let mut state = State::default();
    let id = state.open_pull_request("work", "Limits", "", &["x"]);
    let (clone, bed) = CloneDir::new().of(Bed::new(state, id));
    let url = format!("{}/l/cp/AbCd1234", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = format!("See {url}?atlOrigin=x.");
    bed.run_twice();
    let mention = json!({
        "pull_request": id, "url": url, "origins": ["description"], "commits": 0, "outcome": "share-link", "pages": [],
    });
    assert_eq!(clone.receipt()["mentions"], json!([mention]));
    assert!(clone.text("audit.jsonl").contains(r#""event":"share-links","count":1"#), "{}", clone.text("audit.jsonl"));
}

#[test]
fn the_receipt_says_what_leaves_and_what_is_left_alone() {
    let mut state = State::default();
    for id in [101, 102, 103] {
        state.add_page(id, "ENG", &format!("ENG-{} Page", id - 100));
    }
    state.confluence.content_mut(103).read_users.push(BOT.to_owned());
    let id = state.open_pull_request("work", "ENG-1 ENG-2 ENG-3 ENG-9", "", &["x"]);
    let (clone, bed) = CloneDir::new().of(Bed::new(state, id));
    bed.run();
    assert_eq!(pages(&clone.receipt()), ["101 written - ENG-1 Page", "102 written - ENG-2 Page", "103 written - -"]);
    assert_eq!(clone.receipt()["mentions"][3]["outcome"], "no-page");

    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1".to_owned();
    let mut off = bed.variables.clone();
    off.insert("PAGE_OUTPUT".to_owned(), "none".to_owned());
    run_with(&off);
    assert_eq!(pages(&clone.receipt()), ["101 listed-only output-off ENG-1 Page", "102 kept - -", "103 kept - -"]);

    let refusal = FaultKind::refused(403);
    bed.fake.state().faults.push(Fault::once(refusal).at(Service::Confluence).method("PUT"));
    bed.run();
    let mut results: Vec<String> =
        clone.receipt()["pages"].as_array().unwrap().iter().map(|page| page["result"].to_string()).collect();
    results.sort();
    assert_eq!(results, ["\"failed\"", "\"removed\"", "\"unchanged\""], "which of the two failed is chance");
    assert_eq!(clone.receipt()["exit_code"], 1);
    assert_eq!(clone.receipt()["failures"].as_array().unwrap().len(), 1);
    bed.run();
    bed.fake.state().confluence.content_mut(101).view = Who::Nobody;
    bed.run();
    assert_eq!(pages(&clone.receipt()), ["101 kept unread -"]);
}

#[test]
fn a_dry_run_leaves_its_plan_in_files_that_say_so() {
    let (clone, bed) = CloneDir::new().of(simple().with("DRY_RUN", "true"));
    bed.run();
    let receipt = clone.receipt();
    assert_eq!(receipt["dry_run"], true);
    assert_eq!(receipt["subjects"][0]["outcome"], "planned");
    assert_eq!(receipt["subjects"][0]["plan"].as_array().unwrap().len(), 3);
    assert_eq!(pages(&receipt), ["101 planned - ENG-123 Checkout redesign"]);
    assert!(clone.audit().iter().all(|line| line["dry_run"] == true));
}

#[test]
fn what_was_not_read_makes_the_receipt_incomplete() {
    for path in ["/rest/api/search", "/commits"] {
        let (clone, bed) = CloneDir::new().of(simple());
        bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).path(path));
        bed.run();
        assert_eq!(clone.receipt()["subjects"][0]["complete"], false, "{path}");
        assert_eq!(clone.receipt()["exit_code"], 1, "{path}");
    }
}

#[test]
fn secret_in_a_title_is_in_no_file() {
    let (clone, bed) = CloneDir::new().of(simple());
    bed.fake.state().confluence.content_mut(101).title = format!("ENG-123 {BITBUCKET_TOKEN}");
    let ran = bed.run();
    for text in [clone.text("receipt.json"), clone.text("audit.jsonl"), ran.log] {
        assert!(!text.contains(BITBUCKET_TOKEN), "{text}");
    }
    assert_eq!(pages(&clone.receipt()), ["101 written - ENG-123 ***"]);
}

/// Names, numbers and literals of a value; every text is one dash.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => json!("-"),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[test]
fn short_secrets_leave_both_files_as_they_are() {
    let left = |password: &str| {
        let (clone, bed) = CloneDir::new().of(simple());
        let encoded = percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC);
        bed.with("HTTPS_PROXY", &format!("http://me:{encoded}@127.0.0.1:9")).run();
        let mut receipt = clone.receipt();
        // Some time passed, and perhaps some of it waiting.
        receipt["elapsed_ms"] = json!(0);
        (receipt, clone.audit())
    };
    let (receipt, audit) = left("in none of the files");
    // The fake's port differs from run to run.
    let texts = |receipt: &Value| {
        let page = &receipt["pages"][0];
        json!([page["id"], page["kind"], page["title"], page["space"], page["result"], receipt["subjects"]])
    };
    for password in ["true", "1", "page", "linked", ":", "\"", "Checkout", "redesign"] {
        let (hidden, lines) = left(password);
        assert_eq!(shape(&hidden), shape(&receipt), "{password}");
        assert_eq!(lines.iter().map(shape).collect::<Vec<_>>(), audit.iter().map(shape).collect::<Vec<_>>());
        if password.len() < 8 {
            assert_eq!(texts(&hidden), texts(&receipt), "{password}");
        } else {
            assert!(!texts(&hidden).to_string().contains(password), "{password}: {hidden:#}");
        }
    }
}

#[test]
fn a_symbolic_link_in_the_clone_leads_nothing_elsewhere() {
    for (scenario, name) in [("link-dir", ""), ("link-receipt", "receipt.json"), ("link-audit", "audit.jsonl")] {
        let (clone, bed) = CloneDir::new().of(simple());
        let elsewhere = CloneDir::new();
        let target = elsewhere.0.join("precious");
        let place = clone.0.join("out/links").join(name);
        if name.is_empty() {
            std::fs::create_dir_all(&target).unwrap();
        } else {
            std::fs::write(&target, "precious").unwrap();
        }
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&target, without_slash(&place)).unwrap();
        let ran = bed.run();
        assert_eq!((ran.exit.code(), ran.writes.len()), (2, 0), "{scenario}: {}", ran.log);
        let said = ["OUTPUT_DIR can't be written to", "is a symbolic link"];
        assert!(said.iter().all(|words| ran.log.contains(words)), "{}", ran.log);
        if name.is_empty() {
            assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0, "{scenario}");
        } else {
            assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious", "{scenario}");
        }
    }
}

#[test]
fn output_dir_outside_the_clone_is_refused() {
    let outer = CloneDir::new();
    let clone = outer.0.join("clone");
    std::fs::create_dir(&clone).unwrap();
    let into = |dir: &str| simple().with("BITBUCKET_CLONE_DIR", clone.to_str().unwrap()).with("OUTPUT_DIR", dir);
    let dotted = format!("{}/../x", clone.display());
    for dir in ["../x", "..", "a/../../x", "../clone-beside", &dotted] {
        let bed = into(dir);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 2, "{dir}: {}", ran.log);
        assert!(ran.log.contains("ERROR: OUTPUT_DIR leads out of the clone directory"), "{dir}: {}", ran.log);
        assert!(bed.fake.requests().is_empty());
    }
    assert_eq!(std::fs::read_dir(outer.0.join("")).unwrap().count(), 1, "the clone alone is there");
    let (absolute, elsewhere) = (clone.join("absolute"), outer.0.join("elsewhere"));
    let absolutes = [(absolute.to_str().unwrap(), "absolute"), (elsewhere.to_str().unwrap(), "../elsewhere")];
    for (dir, place) in [("a/../b", "b"), (".", ".")].into_iter().chain(absolutes) {
        assert_eq!(into(dir).run().exit.code(), 0, "{dir}");
        assert!(clone.join(place).join("receipt.json").is_file(), "{dir}");
    }
}

#[test]
fn nothing_is_written_if_the_files_cannot_be() {
    for (name, on_error) in [("audit.jsonl", "fail"), ("audit.jsonl", "warn"), ("receipt.json", "warn")] {
        let (clone, bed) = CloneDir::new().of(simple());
        std::fs::create_dir_all(clone.0.join("out/links").join(name)).unwrap();
        let ran = bed.with("ON_ERROR", on_error).with("REQUIRE", "link").run();
        assert_eq!((ran.exit.code(), ran.writes.len()), (2, 0), "{}", ran.log);
    }
}

fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}
