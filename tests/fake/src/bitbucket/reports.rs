//! Code Insights reports of a commit, and their annotations.

use serde_json::{Map, Value, json};

use super::model::Report;
use super::not_found;
use super::paging::Paging;
use crate::clock::bitbucket_date;
use crate::message::{Answer, Refusal, Request, Response, only_members};
use crate::state::State;

const REPORT: [&str; 11] = [
    "type",
    "title",
    "details",
    "external_id",
    "reporter",
    "link",
    "remote_link_enabled",
    "logo_url",
    "report_type",
    "result",
    "data",
];
const ANNOTATION: [&str; 10] =
    ["type", "external_id", "annotation_type", "path", "line", "summary", "details", "result", "severity", "link"];

/// The reports API has an error shape of its own.
fn refuse(message: &str) -> Refusal {
    Response::json(400, &json!({"code": 400, "message": message})).into()
}

/// Answers everything below `commit/{commit}/reports`.
pub fn answer(state: &mut State, at: usize, request: &Request, commit: &str, rest: &[&str]) -> Answer {
    request.only_params(&["page", "pagelen", "fields"])?;
    let repository = &state.bitbucket.repositories[at];
    let commit = repository.resolve(commit).ok_or_else(|| not_found("Commit not found"))?.hash.clone();
    let reports = &repository.reports;
    let known = |id: &str| reports.iter().position(|report| report.commit == commit && report.id == id);
    let must = |id: &str| known(id).ok_or_else(|| not_found("Report not found"));
    let paging = Paging { api_url: &state.bitbucket.api_url.clone(), default: 10, max: 100, counted: true };
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let all = reports.iter().filter(|report| report.commit == commit).map(|report| report.json.clone());
            paging.page(request, all.collect())
        }
        ("GET", [id]) => Ok(Response::json(200, &reports[must(id)?].json)),
        ("PUT", [id]) => put(state, at, request, commit, id),
        ("DELETE", [id]) => {
            let known = known(id);
            state.clock.tick();
            if let Some(known) = known {
                state.bitbucket.repositories[at].reports.remove(known);
            }
            Ok(Response::empty(204))
        }
        ("GET", [id, "annotations"]) => paging.page(request, reports[must(id)?].annotations.clone()),
        ("POST", [id, "annotations"]) => {
            let place = must(id)?;
            let body = request.json()?;
            let sent = body.as_array().ok_or_else(|| Refusal::bad("an array was expected"))?;
            if sent.is_empty() || sent.len() > 100 {
                return Err(refuse("Bulk upload supports a maximum of /100 annotations."));
            }
            annotate(state, (at, place), sent)
        }
        ("PUT", [id, "annotations", annotation]) => {
            let place = must(id)?;
            let mut body = request.json()?;
            body["external_id"] = (*annotation).into();
            let answer = annotate(state, (at, place), std::slice::from_ref(&body))?;
            let written: Value = serde_json::from_slice(&answer.body).unwrap();
            Ok(Response::json(200, &written[0]))
        }
        ("DELETE", [id, "annotations", annotation]) => {
            let place = must(id)?;
            state.clock.tick();
            let annotations = &mut state.bitbucket.repositories[at].reports[place].annotations;
            annotations.retain(|one| one["external_id"] != **annotation && one["uuid"] != **annotation);
            Ok(Response::empty(204))
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn put(state: &mut State, at: usize, request: &Request, commit: String, id: &str) -> Answer {
    let mut sent = request.object(&REPORT)?;
    for required in ["title", "details", "report_type"] {
        if sent.get(required).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(refuse(&format!("{required} is required")));
        }
    }
    one_of(&sent, "report_type", &["SECURITY", "COVERAGE", "TEST", "BUG"])?;
    one_of(&sent, "result", &["PASSED", "FAILED", "PENDING"])?;
    let data = sent.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    if data.len() > 10 {
        return Err(refuse("A report may hold at most 10 data fields"));
    }
    for field in &data {
        let field = only_members(field, &["type", "title", "value"])?;
        one_of(&field, "type", &["BOOLEAN", "DATE", "DURATION", "LINK", "NUMBER", "PERCENTAGE", "TEXT"])?;
        if field.get("type").is_some_and(|kind| kind == "LINK") {
            only_members(field.get("value").unwrap_or(&Value::Null), &["text", "href"])?;
        }
    }
    let now = bitbucket_date(state.clock.tick());
    let reports = &mut state.bitbucket.repositories[at].reports;
    let known = reports.iter().position(|report| report.commit == commit && report.id == id);
    let created = known.map_or_else(|| now.clone().into(), |known| reports[known].json["created_on"].clone());
    sent.insert("type".to_owned(), "report".into());
    sent.insert("external_id".to_owned(), id.into());
    sent.insert("uuid".to_owned(), uuid(id, &commit).into());
    sent.insert("created_on".to_owned(), created);
    sent.insert("updated_on".to_owned(), now.into());
    let json = Value::Object(sent);
    match known {
        Some(known) => reports[known].json = json.clone(),
        None => reports.push(Report { commit, id: id.to_owned(), json: json.clone(), annotations: vec![] }),
    }
    Ok(Response::json(200, &json))
}

fn annotate(state: &mut State, (at, place): (usize, usize), sent: &[Value]) -> Answer {
    let now = bitbucket_date(state.clock.tick());
    let report = &mut state.bitbucket.repositories[at].reports[place];
    let mut written = vec![];
    for annotation in sent {
        let mut annotation = only_members(annotation, &ANNOTATION)?;
        one_of(&annotation, "annotation_type", &["VULNERABILITY", "CODE_SMELL", "BUG"])?;
        one_of(&annotation, "severity", &["CRITICAL", "HIGH", "MEDIUM", "LOW"])?;
        one_of(&annotation, "result", &["PASSED", "FAILED", "SKIPPED", "IGNORED"])?;
        for required in ["external_id", "annotation_type", "summary"] {
            if annotation.get(required).and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(refuse(&format!("{required} is required")));
            }
        }
        let id = annotation["external_id"].as_str().unwrap_or_default().to_owned();
        annotation.insert("type".to_owned(), "report_annotation".into());
        annotation.insert("uuid".to_owned(), uuid(&id, &report.commit).into());
        annotation.insert("created_on".to_owned(), now.clone().into());
        annotation.insert("updated_on".to_owned(), now.clone().into());
        written.push(Value::Object(annotation));
    }
    for annotation in &written {
        report.annotations.retain(|one| one["external_id"] != annotation["external_id"]);
        report.annotations.push(annotation.clone());
    }
    if report.annotations.len() > 1000 {
        report.annotations.truncate(1000);
        return Err(refuse("A report may hold at most 1000 annotations"));
    }
    Ok(Response::json(200, &Value::Array(written)))
}

fn one_of(object: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), Refusal> {
    match object.get(name) {
        Some(value) if value.as_str().is_none_or(|value| !known.contains(&value)) => {
            Err(Refusal::bad(format!("{name} may not be {value}")))
        }
        _ => Ok(()),
    }
}

/// A uuid made of the reporter's id and the commit, the same in every run.
fn uuid(id: &str, commit: &str) -> String {
    let sum = id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("{{{}-0000-4000-8000-{:012x}}}", &commit[..8], sum & 0xffff_ffff_ffff)
}
