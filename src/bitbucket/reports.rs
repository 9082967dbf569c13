//! The Code Insights report of a commit.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{HttpError, Request};
use crate::ids::CommitHash;

use super::{Bitbucket, ListPage};

/// A report, as it goes over the wire in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireReport {
    pub title: String,
    pub details: String,
    /// `PASSED` or `FAILED`.
    pub result: String,
    /// Where its heading leads.
    pub link: String,
    /// Entries of type LINK: title, text, target.
    pub links: Vec<(String, String, String)>,
}

/// One thing noted in a report, as it goes over the wire in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireAnnotation {
    /// The writer's own id of it.
    pub id: String,
    pub summary: String,
    pub details: String,
}

/// The most annotations that one page holds, and one request takes (Bitbucket's documents).
const MAX_ANNOTATIONS: usize = 100;

impl Bitbucket {
    /// Our report on a commit; `None` when there is none.
    pub(crate) fn report(&self, commit: &CommitHash, id: &str) -> Result<Option<WireReport>, HttpError> {
        match self.send_report(&Request::get(self.report_path(commit, id))) {
            Ok(answer) => Ok(Some(answer.json::<Wire>()?.meant())),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes our report on a commit, whether or not one was there.
    pub(crate) fn put_report(
        &self,
        commit: &CommitHash,
        id: &str,
        report: &WireReport,
    ) -> Result<Option<String>, HttpError> {
        let WireReport { title, details, result, link, links } = report;
        let data: Vec<Value> = links
            .iter()
            .map(|(title, text, href)| json!({ "title": title, "type": "LINK", "value": { "text": text, "href": href } }))
            .collect();
        let body = json!({
            "title": title, "details": details, "report_type": "TEST", "reporter": "confluence-pr-link",
            "result": result, "link": link, "data": data,
        });
        let answer = self.send_report(&Request::put(self.report_path(commit, id)).json(&body))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// Deletes our report on a commit.
    pub(crate) fn delete_report(&self, commit: &CommitHash, id: &str) -> Result<Option<String>, HttpError> {
        let answer = self.send_report(&Request::delete(self.report_path(commit, id)))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// What is noted in a report on a commit.
    pub(crate) fn annotations(&self, commit: &CommitHash, id: &str) -> Result<Vec<WireAnnotation>, HttpError> {
        let request = Request::get(format!("{}/annotations", self.report_path(commit, id)));
        let request = request.query("pagelen", MAX_ANNOTATIONS);
        let page: ListPage<AnnotationWire> = self.send_report(&request)?.json()?;
        Ok(page.values.into_iter().filter_map(AnnotationWire::meant).collect())
    }

    /// Adds or replaces these in our report, [`MAX_ANNOTATIONS`] at most.
    pub(crate) fn put_report_annotations(
        &self,
        commit: &CommitHash,
        id: &str,
        annotations: &[WireAnnotation],
    ) -> Result<Option<String>, HttpError> {
        let body = annotations.iter().take(MAX_ANNOTATIONS).map(|WireAnnotation { id, summary, details }| {
            json!({
                "external_id": id, "annotation_type": "CODE_SMELL", "summary": summary, "details": details,
                "result": "FAILED", "severity": "HIGH",
            })
        });
        let request = Request::post(format!("{}/annotations", self.report_path(commit, id)));
        let answer = self.send_report(&request.json(&Value::Array(body.collect())))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// Takes away what was noted in our report.
    pub(crate) fn delete_report_annotation(
        &self,
        commit: &CommitHash,
        id: &str,
        annotation: &str,
    ) -> Result<Option<String>, HttpError> {
        let path = format!("{}/annotations/{annotation}", self.report_path(commit, id));
        let answer = self.send_report(&Request::delete(path))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    fn report_path(&self, commit: &CommitHash, id: &str) -> String {
        self.path(&format!("/commit/{commit}/reports/{id}"))
    }
}

#[derive(Deserialize)]
struct Wire {
    title: Option<String>,
    details: Option<String>,
    result: Option<String>,
    link: Option<String>,
    #[serde(default)]
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct AnnotationWire {
    external_id: Option<String>,
    summary: Option<String>,
    details: Option<String>,
}

impl AnnotationWire {
    fn meant(self) -> Option<WireAnnotation> {
        let (summary, details) = (self.summary.unwrap_or_default(), self.details.unwrap_or_default());
        Some(WireAnnotation { id: self.external_id?, summary, details })
    }
}

#[derive(Deserialize)]
struct Entry {
    title: Option<String>,
    value: Option<Value>,
}

impl Wire {
    fn meant(self) -> WireReport {
        let links = self.data.into_iter().map(|entry| {
            let part = |name: &str| {
                let part = entry.value.as_ref().and_then(|value| value.get(name)).and_then(Value::as_str);
                part.unwrap_or_default().to_owned()
            };
            (entry.title.clone().unwrap_or_default(), part("text"), part("href"))
        });
        WireReport {
            links: links.collect(),
            title: self.title.unwrap_or_default(),
            details: self.details.unwrap_or_default(),
            result: self.result.unwrap_or_default(),
            link: self.link.unwrap_or_default(),
        }
    }
}
