//! The Code Insights report of a commit.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{HttpError, Request};
use crate::ids::CommitHash;

use super::Bitbucket;

/// A report, as it goes over the wire in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireReport {
    /// Its heading.
    pub title: String,
    /// What it says.
    pub details: String,
    /// `PASSED` or `FAILED`.
    pub result: String,
    /// Where its heading leads.
    pub link: String,
    /// Entries of type LINK: title, text, target.
    pub links: Vec<(String, String, String)>,
}

impl Bitbucket {
    /// Our report on a commit; `None` when there is none.
    pub fn report(&self, commit: &CommitHash, id: &str) -> Result<Option<WireReport>, HttpError> {
        match self.reports().send(&Request::get(self.report_path(commit, id))) {
            Ok(answer) => Ok(Some(answer.json::<Wire>()?.meant())),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes our report on a commit, whether or not one was there.
    pub fn put_report(&self, commit: &CommitHash, id: &str, report: &WireReport) -> Result<Option<String>, HttpError> {
        let WireReport { title, details, result, link, links } = report;
        let data: Vec<Value> = links
            .iter()
            .map(|(title, text, href)| json!({ "title": title, "type": "LINK", "value": { "text": text, "href": href } }))
            .collect();
        let body = json!({
            "title": title, "details": details, "report_type": "TEST", "reporter": "confluence-pr-link",
            "result": result, "link": link, "data": data,
        });
        let answer = self.reports().send(&Request::put(self.report_path(commit, id)).json(&body))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    /// Deletes our report on a commit.
    pub fn delete_report(&self, commit: &CommitHash, id: &str) -> Result<Option<String>, HttpError> {
        let answer = self.reports().send(&Request::delete(self.report_path(commit, id)))?;
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
