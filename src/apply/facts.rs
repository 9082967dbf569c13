//! What does the audit log keep of each write? Put together from the change and from what was read before it.

use serde_json::{Value, json};

use crate::audit::{Event, Operation, Outcome, Sha256, Why, WriteFacts};
use crate::http::HttpError;
use crate::plan::Write;
use crate::report::Failure;
use crate::surface::page_comment::{self, OurComment};
use crate::surface::pull_request_comment::{self, Candidate, Ownership};
use crate::surface::report::{self, Annotation, Report};

use super::Writer;

/// Which credentials writes are sent with, by their variables.
#[derive(Clone, Copy, Debug)]
pub struct Credentials {
    /// Bitbucket's; `pipeline` for reports through the pipeline's proxy.
    pub bitbucket: &'static str,
    /// Confluence's.
    pub confluence: &'static str,
}

/// What a write does, to what, and the texts before and after.
struct Texts {
    operation: Operation,
    target: Option<String>,
    before: Option<Sha256>,
    after: Option<Sha256>,
}

impl Writer<'_> {
    /// Of a write to the pull request's comments.
    pub(super) fn of_comment(
        &self,
        write: &Write,
        change: &pull_request_comment::Change,
        candidates: &[Candidate],
        owners: &Ownership,
    ) -> WriteFacts {
        use pull_request_comment::Change;
        let before = |id| {
            let known = candidates.iter().find(|candidate| candidate.id == id);
            known.map(|candidate| Sha256::of(&candidate.raw))
        };
        let texts = match change {
            Change::Create { body } => created(body),
            Change::Update { id, body } => updated(id.to_string(), before(*id), body),
            Change::Delete { id } => deleted(id.to_string(), before(*id)),
        };
        let account = owners.ours.as_ref().map(ToString::to_string);
        facts(write, self.credentials.bitbucket, account, texts)
    }

    /// Of a write to our comment on a page.
    pub(super) fn of_page(&self, write: &Write, ours: &[OurComment]) -> WriteFacts {
        use page_comment::Change;
        let before = |id| ours.iter().find(|comment| comment.id == id).map(|comment| Sha256::of(&comment.body));
        let texts = match write {
            Write::Page { change: Change::Create { body }, .. } => created(body),
            Write::Page { change: Change::Update { id, body, .. } | Change::Retire { id, body, .. }, .. } => {
                updated(id.to_string(), before(*id), body)
            }
            Write::Page { change: Change::Delete { id }, .. } => deleted(id.to_string(), before(*id)),
            Write::Comment(_) | Write::Report(_) | Write::Task { .. } | Write::Label { .. } => created(""),
        };
        facts(write, self.credentials.confluence, self.confluence_account(), texts)
    }

    /// Of a task that is completed, or a label that is added. Neither has a text: what is hashed is the task's status and
    /// the label's name.
    pub(super) fn of_mark(&self, write: &Write) -> WriteFacts {
        let texts = match write {
            Write::Task { id, .. } => updated(id.to_string(), Some(Sha256::of("incomplete")), "complete"),
            Write::Label { label, .. } => Texts { target: Some(label.to_string()), ..created(label.as_str()) },
            Write::Comment(_) | Write::Page { .. } | Write::Report(_) => created(""),
        };
        facts(write, self.credentials.confluence, self.confluence_account(), texts)
    }

    /// Known since the first read, or not at all: nothing is asked for the log's sake.
    fn confluence_account(&self) -> Option<String> {
        self.confluence.account().ok().map(|account| account.to_string())
    }

    /// Of a write to the report.
    pub(super) fn of_report(&self, write: &Write, change: &report::Change, before: Option<&Report>) -> WriteFacts {
        use report::Change;
        let id = report::id(self.name.id, self.site);
        let was = before.map(|report| Sha256::of(&text(report)));
        let texts = match change {
            Change::Put(report) if before.is_some() => updated(id, was, &text(report)),
            Change::Put(report) => Texts { target: Some(id), ..created(&text(report)) },
            Change::Delete => deleted(id, was),
            Change::Annotate(annotations) => {
                let ids = annotations.keys().map(String::as_str).collect::<Vec<_>>().join(",");
                let there = before.iter().flat_map(|report| &report.annotations);
                let there: Vec<_> = there.filter(|(id, _)| annotations.contains_key(*id)).collect();
                let text = all_noted(annotations);
                if there.is_empty() {
                    Texts { target: Some(ids), ..created(&text) }
                } else {
                    updated(ids, Some(Sha256::of(&all_noted(there))), &text)
                }
            }
            Change::Unannotate { id } => {
                let was = before.and_then(|report| report.annotations.get(id));
                deleted(id.clone(), was.map(|annotation| Sha256::of(&noted(id, annotation).to_string())))
            }
        };
        facts(write, self.credentials.bitbucket, None, texts)
    }
}

fn facts(write: &Write, credential: &'static str, account: Option<String>, texts: Texts) -> WriteFacts {
    let Texts { operation, target, before, after } = texts;
    let (place, page, what) = (write.place(), write.page().map(|page| page.to_string()), write.to_string());
    let (operation, credential) = (Some(operation), Some(credential));
    WriteFacts { place, page, what, operation, target, credential, account, before, after }
}

fn created(body: &str) -> Texts {
    Texts { operation: Operation::Create, target: None, before: None, after: Some(Sha256::of(body)) }
}

fn updated(target: String, before: Option<Sha256>, body: &str) -> Texts {
    Texts { operation: Operation::Update, target: Some(target), before, after: Some(Sha256::of(body)) }
}

fn deleted(target: String, before: Option<Sha256>) -> Texts {
    Texts { operation: Operation::Delete, target: Some(target), before, after: None }
}

/// A report as one text, the same whether it was read or will be sent.
fn text(report: &Report) -> String {
    let Report { title, details, result, link, links, annotations: _ } = report;
    let result = super::result_word(*result);
    let links: Vec<Value> = links.iter().map(|entry| json!([entry.title, entry.text, entry.href])).collect();
    json!({ "title": title, "details": details, "result": result, "link": link, "links": links }).to_string()
}

fn all_noted<'a>(annotations: impl IntoIterator<Item = (&'a String, &'a Annotation)>) -> String {
    let all: Vec<Value> = annotations.into_iter().map(|(id, annotation)| noted(id, annotation)).collect();
    Value::Array(all).to_string()
}

fn noted(id: &str, annotation: &Annotation) -> Value {
    json!({ "id": id, "summary": annotation.summary, "details": annotation.details })
}

/// What is said of a write that failed and whose place is read again.
pub(super) fn read_again(write: WriteFacts, failure: &Failure, error: &HttpError) -> Event {
    failed(write, failure, error, (Outcome::InDoubt, Outcome::Outdated))
}

/// What is said of a write that failed and that nothing of this run tries again.
pub(super) fn given_up(write: WriteFacts, failure: &Failure, error: &HttpError) -> Event {
    failed(write, failure, error, (Outcome::LeftInDoubt, Outcome::NotWritten))
}

/// The same of a write without which the run is no failure.
pub(super) fn refused(write: WriteFacts, error: &HttpError) -> Event {
    failed(write, &Failure::of(error), error, (Outcome::LeftInDoubt, Outcome::Refused))
}

fn failed(write: WriteFacts, failure: &Failure, error: &HttpError, (doubt, known): (Outcome, Outcome)) -> Event {
    let outcome = if error.in_doubt() { doubt } else { known };
    Event::write(outcome, write, Some(Why::from(failure)), error.request_id().map(str::to_owned))
}
