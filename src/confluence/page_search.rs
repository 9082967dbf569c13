//! Pages and blog posts by search: the queries, escaped by construction, and what their hits say.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::http::HttpError;
use crate::ids::{ContentId, Key, PageKind, PageName, SpaceId, SpaceKey};

use super::content::{AncestorWire, RestrictionWire, last_change, status};
use super::search::SearchEnd;
use super::users::UserWire;
use super::{Confluence, Content, SpaceName};

/// The longest query: a URL of 6,000 characters, of which the query is at most this much before it is encoded. Blanks,
/// quotes and equals signs take three bytes each there, which is less than half of a query.
const MAX_CQL: usize = 2_800;

/// The most answers read for one query.
const MAX_ANSWERS: usize = 10;

/// What is wanted of one space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// Pages that may be a key's, by label or title.
    Key(Key),
    /// The page of this title.
    Title(String),
}

#[derive(Debug)]
pub(crate) struct Searched {
    /// The hits. The caller checks them.
    pub contents: Vec<Content>,
    /// Whether there were more hits than were read.
    pub cut: bool,
}

impl Confluence {
    /// Runs one query of [`queries`] or [`queries_of_ids`].
    pub(crate) fn search_pages(&self, cql: &str) -> Result<Searched, HttpError> {
        let mut contents = Vec::new();
        let end = self.search(cql, EXPAND, MAX_ANSWERS, |wire: Wire| contents.extend(wire.meant()))?;
        Ok(Searched { contents, cut: end == SearchEnd::Cut })
    }
}

/// The fewest queries that ask for all terms, each short enough for a URL.
pub(crate) fn queries(wanted: &BTreeSet<(SpaceKey, Term)>) -> Vec<String> {
    let mut queries = Vec::new();
    let mut clauses: Vec<String> = Vec::new();
    let mut length = 0;
    for (space, term) in wanted {
        let clause = format!("(space = {} and {})", quoted(space.as_str()), clause(term));
        if length + clause.len() > MAX_CQL && !clauses.is_empty() {
            queries.push(assembled(&clauses));
            clauses.clear();
            length = 0;
        }
        length += clause.len() + 4;
        clauses.push(clause);
    }
    if !clauses.is_empty() {
        queries.push(assembled(&clauses));
    }
    queries
}

/// The queries that ask for pages by id, for what v2 answers don't have: labels, restrictions, the space's key.
pub(crate) fn queries_of_ids(ids: &[ContentId]) -> Vec<String> {
    ids.chunks(100)
        .map(|chunk| {
            let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
            format!("type in (page, blogpost) and id in ({})", ids.join(", "))
        })
        .collect()
}

fn assembled(clauses: &[String]) -> String {
    format!("type in (page, blogpost) and ({})", clauses.join(" or "))
}

fn clause(term: &Term) -> String {
    match term {
        Term::Title(title) => format!("title = {}", quoted(title)),
        Term::Key(key) => {
            let spellings = spellings(key);
            let labels = spellings.iter().map(|key| format!("label = {}", quoted(&key.to_lowercase())));
            let titles = spellings.iter().map(|key| format!("title ~ {}", quoted(key)));
            let each: Vec<String> = labels.chain(titles).collect();
            format!("({})", each.join(" or "))
        }
    }
}

/// A key as labels and titles may write it: leading zeros do not count, and `ADR-0012` is the usual form of some.
fn spellings(key: &Key) -> Vec<String> {
    let number = key.number();
    let widths = std::iter::once(number.len()).chain((2..=4).filter(|width| *width > number.len()));
    widths.map(|width| format!("{}-{number:0>width$}", key.prefix())).collect()
}

/// A CQL string: a backslash, then a quote, each behind a backslash.
fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Not the restrictions of the ancestors: where one of those cannot be read, the service answers 404 to the whole query
/// (Atlassian's bug CONFCLOUD-77618).
const EXPAND: &str = "content.space,content.version,content.history.ownedBy,content.metadata.labels,\
    content.ancestors,content.restrictions.read.restrictions.user,content.restrictions.read.restrictions.group";

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    status: Option<String>,
    title: Option<String>,
    space: Option<SpaceWire>,
    version: Option<VersionWire>,
    metadata: Option<Metadata>,
    restrictions: Option<Restrictions>,
    ancestors: Option<Vec<AncestorWire>>,
    history: Option<History>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    owned_by: Option<UserWire>,
    created_by: Option<UserWire>,
}

#[derive(Deserialize)]
struct SpaceWire {
    id: Option<serde_json::Value>,
    key: Option<String>,
    alias: Option<String>,
}

#[derive(Deserialize)]
struct VersionWire {
    number: Option<u32>,
    when: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    labels: Option<Labels>,
}

#[derive(Deserialize)]
struct Labels {
    results: Option<Vec<Label>>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
struct Restrictions {
    read: Option<RestrictionWire>,
}

impl Wire {
    fn meant(self) -> Option<Content> {
        let kind = match self.kind.as_str() {
            "page" => PageKind::Page,
            "blogpost" => PageKind::BlogPost,
            _ => return None,
        };
        let space = self.space.map(|space| SpaceName {
            id: space.id.and_then(|id| SpaceId::parse(id.to_string().trim_matches('"'))),
            key: space.key.as_deref().and_then(SpaceKey::parse),
            alias: space.alias.as_deref().and_then(SpaceKey::parse),
        });
        let labels = self.metadata.and_then(|metadata| metadata.labels);
        let version = self.version.and_then(|version| Some((version.number?, version.when)));
        Some(Content {
            name: PageName { id: ContentId::parse(&self.id)?, kind },
            title: self.title.unwrap_or_default(),
            status: status(self.status.as_deref().unwrap_or_default()),
            space: space.unwrap_or_default(),
            changed: version.map(|(number, at)| last_change(number, at.as_deref())),
            labels: labels
                .and_then(|labels| labels.results)
                .map(|labels| labels.into_iter().map(|label| label.name.to_lowercase()).collect()),
            restriction: self.restrictions.and_then(|restrictions| restrictions.read?.meant()),
            parent: None,
            owner: None,
            owned_by: self.history.and_then(|history| match kind {
                PageKind::Page => history.owned_by?.meant(),
                PageKind::BlogPost => history.created_by?.meant(),
            }),
            ancestors: match kind {
                PageKind::Page => self.ancestors.and_then(AncestorWire::meant),
                PageKind::BlogPost => Some(Vec::new()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_labels_and_titles_in_the_space_of_the_key() {
        let wanted = [
            (SpaceKey::parse("ENG").unwrap(), Term::Key(Key::parse("ENG-7").unwrap())),
            (SpaceKey::parse("OPS").unwrap(), Term::Title(r#"a "quote" \ end"#.to_owned())),
        ];
        insta::assert_snapshot!(queries(&wanted.into()).join("\n"), @r#"type in (page, blogpost) and ((space = "ENG" and (label = "eng-7" or label = "eng-07" or label = "eng-007" or label = "eng-0007" or title ~ "ENG-7" or title ~ "ENG-07" or title ~ "ENG-007" or title ~ "ENG-0007")) or (space = "OPS" and title = "a \"quote\" \\ end"))"#);
    }

    #[test]
    fn many_keys_make_few_queries_that_fit_a_url() {
        let space = SpaceKey::parse("ENGINEERING").unwrap();
        let wanted =
            (10_000..10_200).map(|n| (space.clone(), Term::Key(Key::parse(&format!("ENGINEERING-{n}")).unwrap())));
        let queries = queries(&wanted.collect());
        assert!(queries.len() <= 12, "{}", queries.len());
        for query in &queries {
            let encoded = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC).to_string();
            assert!(encoded.len() < 5_800, "{}", encoded.len());
        }
        for n in 10_000..10_200 {
            assert!(queries.iter().any(|query| query.contains(&format!("title ~ \"ENGINEERING-{n}\""))));
        }
    }
}
