//! Each line of the audit log is as `docs/audit.schema.json` says, and each write can be proven from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::bed::{Bed, fast_clock, run_by, run_with};
use crate::fake::{Account, BOT, Fault, FaultKind, Response, Service, State, Status, Who};
use crate::linking::simple;
use crate::{faults, gate, labels, reconcile, remove, review, tasks};

/// The lines of a run.
fn lines(bed: &Bed, story: &str) -> Vec<Value> {
    lines_by(bed, story, run_with)
}

fn lines_by<T>(bed: &Bed, story: &str, run: impl Fn(&BTreeMap<String, String>) -> T) -> Vec<Value> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit").join(story);
    drop(std::fs::remove_dir_all(&dir));
    let mut variables = bed.variables.clone();
    variables.insert("OUTPUT_DIR".to_owned(), dir.to_str().unwrap().to_owned());
    variables.insert("BITBUCKET_PIPELINE_UUID".to_owned(), "{pipeline}".to_owned());
    variables.insert("BITBUCKET_STEP_UUID".to_owned(), "{step}".to_owned());
    run(&variables);
    let text = std::fs::read_to_string(dir.join("audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn events(schema: &Value) -> impl Iterator<Item = &str> {
    schema["oneOf"].as_array().unwrap().iter().map(|one| one["properties"]["event"]["const"].as_str().unwrap())
}

fn hash(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of all writes the same fields.
fn of_event<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// Stories in which everything happens that a log can tell of.
fn stories() -> Vec<(&'static str, Bed)> {
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
        let raw = bed.fake.pull_request_comments(1).remove(0);
        bed.fake.state().comment(1, Account::somebody_else(), &raw);
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
        ("held", gate::asking("link,label:approved", "nothing")),
        ("met", gate::asking("link", "ENG-1")),
        ("waived", gate::asking("link", "[skip confluence]")),
        ("doubt", faulty(simple(), posts())),
        ("conflict", faulty(faults::change_of_mind(), conflict())),
        ("report in doubt", faulty(simple(), Fault::always(FaultKind::ResetAfter).method("PUT").path("/reports/"))),
        ("no report", faulty(simple(), Fault::always(FaultKind::refused(403)).method("PUT").path("/reports/"))),
        ("no read", faulty(simple(), Fault::always(FaultKind::refused(400)).path("/content/search"))),
        (
            "no comment",
            faulty(simple(), Fault::always(FaultKind::refused(400)).method("POST").path("/pullrequests/1/comments")),
        ),
        ("forged", forged),
        ("unwanted", unwanted),
        ("untitled", untitled),
        ("alone", alone),
        ("branch", branch("another")),
        ("spaces", gate::asking("", "RFC-7").with("KEY_PREFIXES", "RFC=ARCX")),
        ("project", simple().with("BITBUCKET_PROJECT_KEY", "SHOP")),
        ("many", simple().with("ACTION", "reconcile")),
        ("tasks", tasks::merged("closes ENG-1#4")),
        ("tasks unremembered", tasks::bed("closes ENG-1#4").with("PULL_REQUEST_OUTPUT", "report")),
        ("labels", labels::releasing()),
        ("removal", remove::pilot()),
        ("three", reconcile::three()),
        ("review", review::month()),
        ("declined", declined),
        ("outsider", outsider),
        ("invisible", gate::asking("", "https://acme.example/wiki/spaces/ENG/pages/404404")),
        ("first tag", simple().with("ACTION", "release").with("RELEASE_VERSION", "1.0.0")),
        ("wrong", simple().with("CONFLUENCE_API_TOKEN", "wrong")),
    ]
}

#[test]
fn every_line_of_every_story_is_as_the_schema_says() {
    let schema = schema();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let mut seen = BTreeSet::new();
    for (story, bed) in stories() {
        let lines = lines(&bed, &story.replace(' ', "-"));
        assert!(!lines.is_empty(), "{story}");
        for line in lines {
            let wrong: Vec<String> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{story}: {line}: {wrong:#?}");
            assert_eq!((&line["pipeline"], &line["step"]), (&json!("{pipeline}"), &json!("{step}")));
            let text = line.to_string();
            let people = ["developer", "maintainer", "somebody else", "@example.com"];
            assert!(!people.iter().any(|name| text.contains(name)), "{story}: {text}");
            seen.insert(line["event"].as_str().unwrap().to_owned());
        }
    }
    let wanted =
        ["written", "refused", "not-written", "outdated", "in-doubt", "left-in-doubt", "gate", "release", "finding"];
    for event in wanted.into_iter().chain(["tasks-need-comment"]) {
        assert!(seen.contains(event), "no story has {event}: {seen:?}");
    }
    let mut broken = lines(&simple(), "broken").remove(0);
    assert!(validator.is_valid(&broken));
    broken["surplus"] = json!(1);
    assert!(!validator.is_valid(&broken), "the schema knows every field");
}

#[test]
fn the_schema_has_every_event_with_its_fields() {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit/event.rs")).unwrap();
    let list = source.split("pub enum Event {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
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
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let row = readme.lines().find(|line| line.starts_with("| `event` | ")).unwrap();
    let told: BTreeSet<&str> = row.split('`').skip(1).step_by(2).skip(1).collect();
    assert_eq!(events(&schema).collect::<BTreeSet<_>>(), told);
}

#[test]
fn a_write_says_what_by_whom_and_what_stood_there_before_and_after() {
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
    let of = |bed: &Bed, story: &str, place: &str| {
        let lines = lines(bed, story);
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
fn no_line_names_a_page_by_its_title_not_even_of_what_holds_the_pull_request() {
    for dry_run in ["false", "true"] {
        let bed = gate::asking("current", "").with("DRY_RUN", dry_run);
        bed.fake.state().confluence.content_mut(101).status = Status::Archived;
        gate::retitle(&bed, &format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url()));
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
fn what_is_noted_anew_in_the_report_says_what_was_noted_there_before() {
    let bed = gate::asking("current", "");
    let link = |id: u64| format!("{}/wiki/spaces/ENG/pages/{id}", bed.fake.confluence_url());
    for id in [101, 102] {
        bed.fake.state().confluence.content_mut(id).status = Status::Archived;
    }
    gate::retitle(&bed, &link(101));
    let noted = |story: &str| {
        let lines = lines(&bed, story);
        let about = |line: &&Value| line["target"].as_str().is_some_and(|target| target.ends_with("-current"));
        let line = of_event(&lines, "written").into_iter().find(about).cloned().unwrap();
        ["operation", "before", "after"].map(|name| line[name].clone())
    };
    let [operation, before, first] = noted("noted");
    assert_eq!((operation, before), (json!("create"), Value::Null));
    gate::retitle(&bed, &format!("{} {}", link(101), link(102)));
    let [operation, before, second] = noted("noted-anew");
    assert_eq!((operation, &before), (json!("update"), &first));
    assert_ne!(second, first);
}

#[test]
fn a_report_whose_answer_was_lost_is_not_said_to_be_refused() {
    for (kind, event) in [(FaultKind::ResetAfter, "left-in-doubt"), (FaultKind::refused(403), "refused")] {
        let bed = simple();
        bed.fake.state().faults.push(Fault::always(kind).method("PUT").path("/reports/"));
        let lines = lines(&bed, &format!("report-{event}"));
        let report: Vec<&Value> = lines.iter().filter(|line| line["place"] == "report").collect();
        assert_eq!(report.iter().map(|line| &line["event"]).collect::<Vec<_>>(), [event], "{report:#?}");
    }
}

#[test]
fn a_deletion_that_is_refused_while_clearing_up_is_told_too() {
    let bed = simple();
    bed.run();
    {
        let mut state = bed.fake.state();
        state.add_page(102, "ENG", "ENG-2 Two");
        state.bitbucket.pull_request_mut(1).title = "ENG-123 ENG-2".to_owned();
        for method in ["PUT", "DELETE"] {
            state
                .faults
                .push(Fault::always(FaultKind::refused(403)).at(Service::Bitbucket).method(method).path("/comments/"));
        }
    }
    let lines = lines(&bed, "clearing-up");
    let sent = bed.fake.requests();
    let sent = sent.iter().filter(|it| it.request.method == "DELETE" && it.request.path.contains("/comments/")).count();
    let refused = of_event(&lines, "refused").into_iter().filter(|line| line["operation"] == "delete").count();
    assert_eq!((sent, refused), (1, 1), "{lines:#?}");
}

/// How many writes were answered so, by lines of the log and by the services.
fn told_and_sent(bed: &Bed, story: &str) -> [(usize, usize); 2] {
    bed.fake.clear_requests();
    let lines = lines(bed, story);
    let told = |events: &[&str]| events.iter().map(|event| of_event(&lines, event).len()).sum();
    let sent: Vec<u16> = bed.fake.writes().iter().filter_map(|sent| sent.status).collect();
    let (done, refused): (Vec<u16>, Vec<u16>) = sent.into_iter().partition(|status| *status < 300);
    let refusals = ["refused", "outdated", "not-written", "foreign-comment"];
    [(told(&["written"]), done.len()), (told(&refusals), refused.len())]
}

type Story = fn() -> Bed;

#[test]
fn every_write_and_every_refusal_has_its_line_whichever_is_refused_and_how() {
    let stories: [(&str, Story); 6] = [
        ("linking", faults::linking),
        ("changing", faults::change_of_mind),
        ("unlinking", faults::unlinking_everything),
        ("held", || gate::asking("link,current", "nothing")),
        ("tasks", || tasks::merged("closes ENG-1#4")),
        ("labels", labels::releasing),
    ];
    let (mut outdated, mut troubles) = (0, vec![]);
    for (name, story) in stories {
        let writes = {
            let bed = story();
            bed.fake.clear_requests();
            bed.run();
            bed.fake.writes().len()
        };
        assert!(writes > 0, "{name}");
        for (nth, status) in (1..=writes).flat_map(|nth| [403, 404, 409].map(|status| (nth, status))) {
            let bed = story();
            bed.fake.state().faults.push(Fault::once(FaultKind::refused(status)).writes().nth(nth));
            let case = format!("line-{name}-{nth}-{status}");
            let [(written, done), (told, refused)] = told_and_sent(&bed, &case);
            outdated += usize::from(status != 403 && refused == 1);
            if (written, told) != (done, refused) || refused == 0 {
                troubles.push(format!("{case}: {written} lines of {done} writes, {told} of {refused} refusals"));
            }
        }
    }
    assert!(outdated > 0 && troubles.is_empty(), "{troubles:#?}");
}

#[test]
fn a_write_that_is_in_doubt_when_the_time_is_up_is_not_said_to_have_failed() {
    for (path, place) in [("/footer-comments", "page-comment"), ("/pullrequests/1/comments", "pull-request-comment")] {
        let bed = simple().with("TIMEOUT_SECONDS", "10");
        bed.fake.state().faults.push(Fault::always(FaultKind::Silence).method("POST").path(path));
        let in_time = |variables: &_| run_by(&fast_clock(faults::PACE), variables);
        let lines = lines_by(&bed, &format!("late-{place}"), in_time);
        let of_it: Vec<&Value> = lines.iter().filter(|line| line["place"] == place).collect();
        let events: Vec<&Value> = of_it.iter().map(|line| &line["event"]).collect();
        assert_eq!(events.first().unwrap().as_str(), Some("left-in-doubt"), "{of_it:#?}");
        // What was not sent any more is not in doubt.
        assert!(events[1..].iter().all(|event| *event == "not-written"), "{of_it:#?}");
    }
}

#[test]
fn a_write_that_was_done_before_its_repetition_was_refused_is_not_said_to_be_refused() {
    let lost = || FaultKind::ActThenAnswer(Response::html(502, "<h1>Bad Gateway</h1>"));
    let stories: [(&str, Story, Service, &str, &str); 3] = [
        ("page-put", faults::change_of_mind, Service::Confluence, "PUT", "/footer-comments/"),
        ("report-put", faults::change_of_mind, Service::Bitbucket, "PUT", "/reports/"),
        ("comment-delete", faults::unlinking_everything, Service::Bitbucket, "DELETE", "/comments/"),
    ];
    for (name, story, service, method, path) in stories {
        let bed = story();
        bed.fake.clear_requests();
        bed.fake.state().faults.push(Fault::once(lost()).at(service).method(method).path(path));
        let lines = lines(&bed, &format!("repeated-{name}"));
        let sent: Vec<_> = bed.fake.writes().iter().map(|sent| (sent.line(), sent.status)).collect();
        assert!(sent.iter().any(|(_, status)| *status == Some(502)), "{name}: {sent:#?}");
        for event in ["outdated", "refused", "not-written"] {
            assert_eq!(of_event(&lines, event).len(), 0, "{name}: {sent:#?} {lines:#?}");
        }
    }
}

#[test]
fn a_services_own_words_are_for_the_log_only() {
    let bed = simple();
    let words = json!({ "type": "error", "error": { "message": "Somebody Else may not say ENG-123 Secret title" } });
    for (method, path) in [("POST", "/pullrequests/1/comments"), ("PUT", "/reports/")] {
        let fault = Fault::always(FaultKind::json(400, &words)).at(Service::Bitbucket);
        bed.fake.state().faults.push(fault.method(method).path(path));
    }
    let ran = bed.run();
    assert!(ran.log.contains("Secret title"), "{}", ran.log);
    let lines = lines(&bed, "words");
    let told: Vec<String> = lines.iter().map(Value::to_string).collect();
    assert!(told.iter().any(|line| line.contains("answered 400")), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("Somebody") || line.contains("Secret")), "{told:#?}");
}
