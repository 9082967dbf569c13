//! The links of a Jira issue that lead to pages.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::http::{HttpError, Request};
use crate::ids::{ContentId, Key};

use super::Confluence;

/// The most links that are kept of one issue: no team reads more.
const MAX_LINKS: usize = 100;

/// The links of one issue to pages.
#[derive(Debug, Default)]
pub(crate) struct RemoteLinks {
    /// Those that a person made. The caller checks whose pages they lead to.
    pub links: Vec<RemoteLink>,
    /// Whether there are others.
    pub cut: bool,
}

/// A link that a person made with "Link Confluence page". Other Confluence sites look the same.
#[derive(Debug)]
pub(crate) struct RemoteLink {
    /// The page, if the link names it by its number.
    pub page: Option<ContentId>,
    /// Where the link leads.
    pub url: String,
}

impl Confluence {
    /// The pages that are linked in the Jira issue of a key. Jira says `mentioned in` of pages that mention the issue, and
    /// clients write anything else, so only the words of its own dialog show that a person meant it.
    pub(crate) fn remote_links(&self, key: &Key) -> Result<RemoteLinks, HttpError> {
        self.products()?.jira.send(&Request::get(format!("/rest/api/3/issue/{key}/remotelink")))?.json()
    }
}

/// Thousands of links need no more memory than those that are kept.
impl<'de> Deserialize<'de> for RemoteLinks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Links;
        impl<'de> Visitor<'de> for Links {
            type Value = RemoteLinks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of links")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<RemoteLinks, A::Error> {
                let mut found = RemoteLinks::default();
                while let Some(entry) = entries.next_element()? {
                    let Entry::Link(wire) = entry else { continue };
                    match wire.meant() {
                        Some(_) if found.links.len() == MAX_LINKS => found.cut = true,
                        link => found.links.extend(link),
                    }
                }
                Ok(found)
            }
        }
        deserializer.deserialize_seq(Links)
    }
}

/// One odd entry must not hide the others.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Link(Wire),
    Odd(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    global_id: Option<Text>,
    application: Application,
    relationship: String,
    object: Object,
}

#[derive(Deserialize)]
struct Application {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Object {
    url: String,
}

/// A text, or what should be one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Odd(IgnoredAny),
}

impl Wire {
    fn meant(self) -> Option<RemoteLink> {
        let is_of_a_person = self.application.kind == "com.atlassian.confluence" && self.relationship == "Wiki Page";
        let page = match &self.global_id {
            Some(Text::Text(id)) => page_of(id),
            Some(Text::Odd(_)) | None => None,
        };
        is_of_a_person.then_some(RemoteLink { page, url: self.object.url })
    }
}

/// The page in a global id, `appId=…&pageId=101`. Some clients encode it.
fn page_of(global_id: &str) -> Option<ContentId> {
    let plain = percent_decode_str(global_id).decode_utf8_lossy();
    let named = plain.split(['&', ';']).filter_map(|part| part.split_once('='));
    let mut ids = named.filter(|(name, _)| name.eq_ignore_ascii_case("pageId")).map(|(_, id)| id);
    ids.find_map(|id| ContentId::parse(id.trim()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn link(change: impl FnOnce(&mut Value)) -> Value {
        let mut link = json!({
            "id": 32001,
            "globalId": "appId=f0000000-0000-3000-8000-000000000001&pageId=101",
            "application": { "type": "com.atlassian.confluence", "name": "System Confluence" },
            "relationship": "Wiki Page",
            "object": { "url": "https://acme.example/x", "title": "Wiki Page", "icon": {}, "status": { "icon": {} } },
        });
        change(&mut link);
        link
    }

    fn pages(links: &Value) -> Vec<Option<u64>> {
        let found: RemoteLinks = serde_json::from_value(links.clone()).unwrap();
        found.links.iter().map(|link| link.page.map(ContentId::get)).collect()
    }

    #[test]
    fn a_link_names_its_page_by_its_global_id() {
        let table = [
            (json!("appId=f&pageId=101"), Some(101)),
            (json!("pageId=101"), Some(101)),
            (json!("appId=f&pageId=x&pageId=102"), Some(102)),
            (json!("appId=f&pageId=-1"), None),
            (json!("appId=f&pageId=101x"), None),
            (json!("appId=f&pageId=99999999999999999999"), None),
            (json!("appId%3Df%26pageId%3D101"), Some(101)),
            (json!("pageId=%31%30%31&appId=f"), Some(101)),
            (json!("appId=f&amp;pageId=101"), Some(101)),
            (json!("appId=f&pageid=101"), Some(101)),
            (json!("appId=f&xpageId=101"), None),
            (json!("appId=pageId=101"), None),
            (json!(101), None),
            (json!(null), None),
        ];
        for (id, page) in table {
            assert_eq!(pages(&json!([link(|link| link["globalId"] = id.clone())])), [page], "{id}");
        }
    }

    #[test]
    fn only_links_to_pages_that_people_made_count() {
        let odd = json!([
            link(|link| link["relationship"] = json!("mentioned in")),
            link(|link| link["relationship"] = json!("wiki page")),
            link(|link| drop(link.as_object_mut().unwrap().remove("relationship"))),
            link(|link| drop(link.as_object_mut().unwrap().remove("application"))),
            link(|link| link["application"]["type"] = json!("com.atlassian.jira")),
            link(|link| link["object"] = json!([])),
            json!(null),
            json!([[[]]]),
            json!("Wiki Page"),
            link(|_| ()),
        ]);
        assert_eq!(pages(&odd), [Some(101)]);
        assert!(serde_json::from_value::<RemoteLinks>(json!({ "links": [] })).is_err());
    }

    #[test]
    fn more_links_than_are_kept_are_noted() {
        let links = |count| serde_json::from_value::<RemoteLinks>(vec![link(|_| ()); count].into()).unwrap();
        assert_eq!([MAX_LINKS, MAX_LINKS + 1, 5_000].map(|count| links(count).links.len()), [MAX_LINKS; 3]);
        assert_eq!([MAX_LINKS, MAX_LINKS + 1].map(|count| links(count).cut), [false, true]);
    }
}
