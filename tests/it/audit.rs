//! `audit.jsonl`: every line matches `docs/audit.schema.json`, and every write has one.

mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::bed::{Bed, run_with};
use crate::linking::simple;
use crate::{faults, jira, labels, moved_keys, on_a_commit, reconcile, remove, requirements, review, tasks};
use fake::{Account, BOT, Fault, FaultKind, Service, State, Status, Who};

/// The lines of a run.
fn lines(bed: &Bed, scenario: &str) -> Vec<Value> {
    lines_by(bed, scenario, run_with)
}

fn lines_by<T>(bed: &Bed, scenario: &str, run: impl Fn(&BTreeMap<String, String>) -> T) -> Vec<Value> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit").join(scenario);
    drop(std::fs::remove_dir_all(&dir));
    let mut variables = bed.variables.clone();
    variables.insert("OUTPUT_DIR".to_owned(), dir.to_str().unwrap().to_owned());
    variables.insert("BITBUCKET_PIPELINE_UUID".to_owned(), "{pipeline}".to_owned());
    variables.insert("BITBUCKET_STEP_UUID".to_owned(), "{step}".to_owned());
    run(&variables);
    let text = std::fs::read_to_string(dir.join("audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hash(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of all writes the same fields.
/// Of a write what became of it, else the event.
pub(crate) fn name_of(line: &Value) -> &str {
    let name = if line["event"] == "write" { "outcome" } else { "event" };
    line[name].as_str().unwrap()
}

fn of_event<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| name_of(line) == event).collect()
}

/// Stories in which everything happens that a log can tell of.
fn scenarios() -> Vec<(&'static str, Bed)> {
    let faulty = |bed: Bed, fault: Fault| {
        bed.fake.state().faults.push(fault);
        bed
    };
    let branch = |name: &str| {
        let mut bed = simple().with("BITBUCKET_BRANCH", name);
        bed.variables.remove("BITBUCKET_PR_ID");
        bed
    };
    let forged = {
        let bed = simple();
        bed.run();
        let raw = bed.fake.pull_request_comments(1).remove(0).replace("ENG-123", "ENG-999");
        bed.fake.state().comment(1, Account::other_token(), &raw.replace(" sent=", " sent=0"));
        bed
    };
    let unwanted = {
        let bed = simple();
        bed.fake.state().confluence.content_mut(101).comment = Who::AllBut(vec![BOT.to_owned()]);
        bed
    };
    let untitled = {
        let mut state = State::default();
        for id in [101, 102] {
            state.add_page(id, "ENG", "ENG-1 Twice");
        }
        let id = state.open_pull_request("work", "ENG-1 OPS-9 CVE-1-2 RFC-7", "", &["ENG-1"]);
        Bed::new(state, id)
    };
    let alone = {
        let mut bed = simple();
        bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
        let proxy = bed.fake.proxy_url();
        bed.with("BITBUCKET_AUTH_PROXY", &proxy).with("BITBUCKET_BRANCH", "ENG-123")
    };
    let declined = {
        let bed = simple();
        bed.run();
        bed.fake.state().decline(1);
        bed
    };
    let outsider = {
        let bed = simple();
        bed.fake.state().bitbucket.pull_request_mut(1).source_repository = Some("outsider/shop".to_owned());
        bed
    };
    let posts = || Fault::once(FaultKind::ResetAfter).at(Service::Confluence).method("POST");
    let conflict = || Fault::once(FaultKind::refused(409)).at(Service::Confluence).method("PUT");
    vec![
        ("linking", faults::linking()),
        ("changing", faults::change_of_mind()),
        ("unlinking", faults::unlinking_everything()),
        ("dry", simple().with("DRY_RUN", "true")),
        ("held", requirements::asking("link,label:approved", "nothing")),
        ("met", requirements::asking("link", "ENG-1")),
        ("moved", moved_keys::labelled_elsewhere()),
        ("waived", requirements::asking("link", "[skip confluence]")),
        ("doubt", faulty(simple(), posts())),
        ("conflict", faulty(faults::change_of_mind(), conflict())),
        ("report in doubt", faulty(simple(), Fault::always(FaultKind::ResetAfter).method("PUT").path("/reports/"))),
        ("no report", faulty(simple(), Fault::always(FaultKind::refused(403)).method("PUT").path("/reports/"))),
        ("no read", faulty(simple(), Fault::always(FaultKind::refused(400)).path("/rest/api/search"))),
        (
            "no comment",
            faulty(simple(), Fault::always(FaultKind::refused(400)).method("POST").path("/pullrequests/1/comments")),
        ),
        ("jira", faulty(jira::linking(), Fault::always(FaultKind::refused(403)).path("/remotelink"))),
        ("forged", forged),
        ("unwanted", unwanted),
        ("untitled", untitled),
        ("alone", alone),
        ("branch", branch("another")),
        ("commit", on_a_commit::on_a_commit(simple())),
        ("project", simple().with("BITBUCKET_PROJECT_KEY", "SHOP")),
        ("many", simple().with("ACTION", "reconcile")),
        ("tasks", tasks::merged("closes ENG-1#4")),
        ("no such task", tasks::merged("closes ENG-1#5")),
        ("labels", labels::releasing()),
        ("removal", remove::pilot()),
        ("three", reconcile::three()),
        ("review", review::month()),
        ("declined", declined),
        ("outsider", outsider),
        ("invisible", requirements::asking("", "https://acme.example/wiki/spaces/ENG/pages/404404")),
        ("first tag", simple().with("ACTION", "release").with("RELEASE_VERSION", "1.0.0")),
        ("wrong", simple().with("CONFLUENCE_API_TOKEN", "wrong")),
    ]
}

/// What is wrong with a line by the schema. Its `unevaluatedProperties` allows the fields of all lines and of the event.
fn wrong_by_schema() -> impl Fn(&Value) -> Vec<String> {
    let schemas = contract::Schemas::new(schema());
    let root = schemas.at("");
    assert_eq!(root["unevaluatedProperties"], false);
    move |line| {
        let events = root["oneOf"].as_array().unwrap();
        let event = events.iter().find(|event| event["properties"]["event"]["const"] == line["event"]).unwrap();
        let known = [root, event, schemas.followed(event)].map(|schema| &schema["properties"]);
        let unknown = line.as_object().unwrap().keys().filter(|name| !known.iter().any(|it| it.get(name).is_some()));
        schemas.wrong("", line).into_iter().chain(unknown.map(|name| format!("no schema has {name:?}"))).collect()
    }
}

#[test]
fn every_line_of_every_story_is_as_the_schema_says() {
    let wrong = wrong_by_schema();
    let mut seen = BTreeSet::new();
    for (scenario, bed) in scenarios() {
        let lines = lines(&bed, &scenario.replace(' ', "-"));
        assert!(!lines.is_empty(), "{scenario}");
        for line in lines {
            assert_eq!(wrong(&line), Vec::<String>::new(), "{scenario}: {line}");
            assert_eq!((&line["pipeline"], &line["step"]), (&json!("{pipeline}"), &json!("{step}")));
            let text = line.to_string();
            let people = ["developer", "maintainer", "somebody else", "@example.com"];
            assert!(!people.iter().any(|name| text.contains(name)), "{scenario}: {text}");
            seen.insert(name_of(&line).to_owned());
        }
    }
    let wanted = [
        "written",
        "refused",
        "not-written",
        "conflict",
        "uncertain",
        "unconfirmed",
        "requirements",
        "release",
        "finding",
        "jira-not-read",
    ];
    let events = ["commit", "no-tracking-comment", "skipped", "foreign", "key-moved", "weak-requirements"];
    for event in wanted.into_iter().chain(events) {
        assert!(seen.contains(event), "no scenario has {event}: {seen:?}");
    }
    let mut broken = lines(&simple(), "broken").remove(0);
    assert_eq!(wrong(&broken), Vec::<String>::new());
    broken["surplus"] = json!(1);
    assert_eq!(wrong(&broken), ["no schema has \"surplus\""]);
    broken["version"] = json!(2);
    assert_eq!(wrong(&broken).len(), 2);
}

#[test]
fn the_schema_has_every_event_with_its_fields() {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit/event.rs")).unwrap();
    let list = source.split("pub(crate) enum Event {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let mut written: Vec<BTreeSet<String>> = vec![];
    let mut attribute = "";
    for line in list.lines() {
        let (depth, line) = (line.len() - line.trim_start().len(), line.trim_start());
        match (depth, line.split_once(':')) {
            (4, _) if line.starts_with(char::is_uppercase) => written.push(BTreeSet::from(["event".to_owned()])),
            (8, Some((name, _))) if !line.starts_with(['/', '#']) => {
                let name = if attribute.contains("flatten") { "$ref" } else { name };
                let kept = !attribute.contains("skip");
                written.last_mut().unwrap().extend(kept.then(|| name.to_owned()));
                attribute = "";
            }
            _ if line.starts_with('#') => attribute = line,
            _ => {}
        }
    }
    let schema = schema();
    let known = schema["oneOf"].as_array().unwrap().iter().map(|event| {
        let names = event["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        let names: BTreeSet<String> = names.chain(event.get("$ref").map(|_| "$ref".to_owned())).collect();
        let described: BTreeSet<&str> = event["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(described.iter().all(|name| names.contains(*name)), "{event}");
        names
    });
    assert_eq!(known.collect::<Vec<_>>(), written);
}

#[test]
fn write_event_names_account_and_text_before_and_after() {
    let bed = faults::change_of_mind();
    let bodies = |bed: &Bed| [bed.fake.page_comments(102).concat(), bed.fake.pull_request_comments(1).concat()];
    let before = bodies(&bed);
    let lines = lines(&bed, "proof");
    let after = bodies(&bed);
    let written = of_event(&lines, "written");
    let page = written.iter().find(|line| line["page"] == "page:102").unwrap();
    assert_eq!((&page["operation"], &page["before"]), (&json!("update"), &json!(hash(&before[0]))));
    assert_eq!((&page["credential"], &page["account"]), (&json!("CONFLUENCE_API_TOKEN"), &json!(BOT)));
    let comments: Vec<&&Value> = written.iter().filter(|line| line["place"] == "pull-request-comment").collect();
    assert_eq!(comments.first().unwrap()["before"], hash(&before[1]));
    assert_eq!(comments.last().unwrap()["after"], hash(&after[1]));
    // Each stands on what the one before it wrote.
    for pair in comments.windows(2) {
        assert_eq!(pair[1]["before"], pair[0]["after"]);
    }
    assert_eq!(comments[0]["account"], Account::bot().uuid);
    assert!(written.iter().all(|line| line["request_id"].is_string()), "{written:#?}");
    let report = written.iter().find(|line| line["place"] == "report").unwrap();
    assert_eq!((&report["credential"], &report["account"]), (&json!("BITBUCKET_ACCESS_TOKEN"), &Value::Null));
}

#[test]
fn a_task_and_a_label_are_proven_by_what_they_are_now() {
    let of = |bed: &Bed, scenario: &str, place: &str| {
        let lines = lines(bed, scenario);
        let line = of_event(&lines, "written").into_iter().find(|line| line["place"] == place).cloned().unwrap();
        ["page", "operation", "target", "account", "before", "after"].map(|name| line[name].clone())
    };
    let (incomplete, complete) = (hash("incomplete"), hash("complete"));
    let bed = tasks::merged("closes ENG-1#4");
    let id = bed.fake.state().confluence.tasks[0].id.to_string();
    let task = of(&bed, "proof-of-a-task", "task");
    assert_eq!(task, [json!("page:101"), json!("update"), json!(id), json!(BOT), json!(incomplete), json!(complete)]);
    let label = of(&labels::releasing(), "proof-of-a-label", "label");
    let name = "shop-1-4-0";
    assert_eq!(label, [json!("page:101"), json!("create"), json!(name), json!(BOT), Value::Null, json!(hash(name))]);
}

#[test]
fn audit_lines_name_no_page_by_its_title() {
    for dry_run in ["false", "true"] {
        let bed = requirements::asking("current", "").with("DRY_RUN", dry_run);
        bed.fake.state().confluence.content_mut(101).status = Status::Archived;
        requirements::retitle(&bed, &format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url()));
        let lines = lines(&bed, &format!("untitled-{dry_run}"));
        assert!(lines.iter().any(|line| line["place"] == "report"), "{lines:#?}");
        for line in lines {
            assert!(!line.to_string().contains("First"), "{line}");
        }
    }
}

#[test]
fn a_new_comment_on_a_page_is_named_by_its_id() {
    let bed = simple();
    let lines = lines(&bed, "new-comment");
    let id = bed.fake.state().confluence.comments.last().unwrap().id.to_string();
    let created = of_event(&lines, "written").into_iter().find(|line| line["place"] == "page-comment").unwrap();
    assert_eq!((&created["operation"], &created["target"]), (&json!("create"), &json!(id)));
}

#[test]
fn changed_annotation_names_the_text_before() {
    let bed = requirements::asking("current", "");
    let link = |id: u64| format!("{}/wiki/spaces/ENG/pages/{id}", bed.fake.confluence_url());
    for id in [101, 102] {
        bed.fake.state().confluence.content_mut(id).status = Status::Archived;
    }
    requirements::retitle(&bed, &link(101));
    let noted = |scenario: &str| {
        let lines = lines(&bed, scenario);
        let about = |line: &&Value| line["target"].as_str().is_some_and(|target| target.ends_with("-current"));
        let line = of_event(&lines, "written").into_iter().find(about).cloned().unwrap();
        ["operation", "before", "after"].map(|name| line[name].clone())
    };
    let [operation, before, first] = noted("noted");
    assert_eq!((operation, before), (json!("create"), Value::Null));
    requirements::retitle(&bed, &format!("{} {}", link(101), link(102)));
    let [operation, before, second] = noted("noted-again");
    assert_eq!((operation, &before), (json!("update"), &first));
    assert_ne!(second, first);
}
