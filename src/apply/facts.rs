//! The audit facts of a write, from the change alone.

use serde_json::{Value, json};

use crate::audit::{Event, Operation, Outcome, Why, WriteFacts};
use crate::digest::Sha256;
use crate::http::HttpError;
use crate::plan::{Edit, Write};
use crate::report::{Failure, sentence};
use crate::surface::page_comment;
use crate::surface::pull_request_comment;
use crate::surface::report::{self, Annotation, Report};

use super::Writer;

/// What is known of a write before it is sent.
#[derive(Clone, Debug)]
pub(super) struct Facts(WriteFacts);

impl Facts {
    /// It was done. The answer may say what was added.
    pub(super) fn written(self, target: Option<String>, request_id: Option<String>) -> Event {
        let target = target.or(self.0.target.clone());
        Event::write(Outcome::Written, WriteFacts { target, ..self.0 }, None, request_id)
    }

    /// The same by the account that the answer named.
    pub(super) fn by(self, account: Option<String>) -> Self {
        Self(WriteFacts { account: account.or(self.0.account.clone()), ..self.0 })
    }

    /// The service refused it for good, which is no failure of the run.
    pub(super) fn refused(self, failure: &Failure, error: &HttpError) -> Event {
        self.failed_as((Outcome::Unconfirmed, Outcome::Refused), failure, error)
    }

    /// The comment that refused it belongs to another account.
    pub(super) fn of_another_account(self, comment: String, failure: &Failure, error: &HttpError) -> Event {
        let write = WriteFacts { target: Some(comment), ..self.0 };
        // The remedy for a refused credential doesn't apply: the comment is someone else's.
        let why = Why { for_people: sentence(error), ..Why::from(failure) };
        Event::write(Outcome::Foreign, write, Some(why), error.request_id().map(str::to_owned))
    }

    fn failed_as(self, (doubt, known): (Outcome, Outcome), failure: &Failure, error: &HttpError) -> Event {
        let outcome = if error.is_ambiguous() { doubt } else { known };
        Event::write(outcome, self.0, Some(Why::from(failure)), error.request_id().map(str::to_owned))
    }
}

/// A dry run would send it.
pub(crate) fn planned(write: &Write) -> Event {
    let page = write.page().map(|page| page.to_string());
    let write = WriteFacts::unsent(write.place(), page, write.to_string());
    Event::write(Outcome::Planned, write, None, None)
}

/// It failed, and its place is read again.
pub(super) fn read_again(facts: Facts, failure: &Failure, error: &HttpError) -> Event {
    facts.failed_as((Outcome::Uncertain, Outcome::Conflict), failure, error)
}

/// It failed, and nothing of this run tries it again.
pub(super) fn failed(facts: Facts, failure: &Failure, error: &HttpError) -> Event {
    facts.failed_as((Outcome::Unconfirmed, Outcome::NotWritten), failure, error)
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
    pub(super) fn comment_facts(&self, change: &pull_request_comment::Change, account: Option<String>) -> Facts {
        use pull_request_comment::Change;
        let texts = match change {
            Change::Create { body } => created(body),
            Change::Update { id, before, body } => updated(id.to_string(), Some(Sha256::of(before)), body),
            Change::Delete { id, before } => deleted(id.to_string(), Some(Sha256::of(before))),
        };
        self.facts(&Write::Comment(change.clone()), self.bitbucket_credential(), account, texts)
    }

    /// Of a write to our comment on a page.
    pub(super) fn row_facts(&self, write: &Write, change: &page_comment::Change) -> Facts {
        use page_comment::Change;
        self.page_facts(
            write,
            match change {
                Change::Create { body } => created(body),
                Change::Update { id, before, body, .. } | Change::Retire { id, before, body, .. } => {
                    updated(id.to_string(), Some(Sha256::of(before)), body)
                }
                Change::Delete { id, before } => deleted(id.to_string(), Some(Sha256::of(before))),
            },
        )
    }

    /// Of a task or a label. They have no text: what is hashed is the task's status and the label's name.
    pub(super) fn edit_facts(&self, write: &Write, edit: &Edit) -> Facts {
        self.page_facts(
            write,
            match edit {
                Edit::CompleteTask { id, .. } => updated(id.to_string(), Some(Sha256::of("incomplete")), "complete"),
                Edit::AddLabel(label) => Texts { target: Some(label.to_string()), ..created(label.as_str()) },
            },
        )
    }

    fn page_facts(&self, write: &Write, texts: Texts) -> Facts {
        // Known since the first read, or not at all: nothing is asked for the log's sake.
        let account = self.run.confluence.account().ok().map(|account| account.to_string());
        self.facts(write, self.run.config.confluence.credential, account, texts)
    }

    /// Of a write to the report of this id, of which this is there before.
    pub(super) fn report_facts(&self, id: &str, change: &report::Change, before: Option<&Report>) -> Facts {
        use report::Change;
        let was = before.map(|report| Sha256::of(&text(report)));
        let texts = match change {
            Change::Put(report) if before.is_some() => updated(id.to_owned(), was, &text(report)),
            Change::Put(report) => Texts { target: Some(id.to_owned()), ..created(&text(report)) },
            Change::Delete => deleted(id.to_owned(), was),
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
        self.facts(&Write::Report(change.clone()), self.bitbucket_credential(), None, texts)
    }

    fn bitbucket_credential(&self) -> &'static str {
        self.run.config.bitbucket.credential.as_ref().map_or("pipeline", |credential| credential.variable)
    }

    fn facts(&self, write: &Write, credential: &'static str, account: Option<String>, texts: Texts) -> Facts {
        let Texts { operation, target, before, after } = texts;
        let (place, page, what) = (write.place(), write.page().map(|page| page.to_string()), write.to_string());
        let (operation, credential) = (Some(operation), Some(credential));
        Facts(WriteFacts { place, page, what, operation, target, credential, account, before, after })
    }
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
    let result = super::report::result_word(*result);
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
