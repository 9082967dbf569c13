//! Pages and blog posts by id, and what else is known of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::http::{HttpError, ListEnd, Request, Wanted, pages};
use crate::ids::{AccountId, ContentId, PageKind, PageName, SpaceId, SpaceKey};

use super::users::Person;
use super::{Confluence, ListPage, PAGE_LENGTH, collection};

/// A page or blog post, as far as one answer has it. `None` means that the answer didn't have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub name: PageName,
    pub title: String,
    pub status: ContentStatus,
    /// Its space; v2 answers know the number only, v1 answers both.
    pub space: SpaceName,
    /// Its last change.
    pub changed: Option<LastChange>,
    /// Its labels, in lower case.
    pub labels: Option<BTreeSet<String>>,
    /// Whether viewing it is restricted on the page itself.
    pub restriction: Option<Restriction>,
    /// What it is directly below.
    pub parent: Option<ContentId>,
    /// Everything it is below; empty at a space's top. Restrictions there hold for the page too.
    pub ancestors: Option<Vec<ContentId>>,
    /// The owner of a page or author of a blog post, current, from v2.
    pub owner: Option<AccountId>,
    /// The same from search, which lags but has the name.
    pub owned_by: Option<Person>,
}

impl Content {
    /// The owner's name, if the answer had it.
    pub(crate) fn owner_name(&self) -> Option<&str> {
        let person = self.owned_by.as_ref()?;
        let is_still = self.owner.as_ref().is_none_or(|owner| *owner == person.account);
        person.name.as_deref().filter(|_| is_still)
    }
}

/// What is known of a page's space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpaceName {
    pub id: Option<SpaceId>,
    /// Its key, which never changes.
    pub key: Option<SpaceKey>,
    /// The key that people see: another one after a rename.
    pub alias: Option<SpaceKey>,
}

impl SpaceName {
    /// Whether a text that says `key` means this space.
    pub(crate) fn is(&self, key: &SpaceKey) -> bool {
        self.names().any(|name| name == key)
    }

    /// Its key and its alias, if that is another one.
    pub(crate) fn names(&self) -> impl Iterator<Item = &SpaceKey> {
        self.key.iter().chain(self.alias.iter().filter(|alias| self.key.as_ref() != Some(*alias)))
    }
}

/// A space that the account can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    pub name: SpaceName,
    /// Its home page, if it has one.
    pub home: Option<ContentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentStatus {
    Current,
    /// Never published.
    Draft,
    Archived,
    /// In the trash.
    Trashed,
}

/// A page's version and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastChange {
    pub version: u32,
    /// The day in UTC, `2026-11-22`; empty when the answer's time cannot be read.
    pub day: String,
    /// The moment; `None` when the answer's time cannot be read.
    pub at: Option<Timestamp>,
}

/// Whether viewing a page is restricted to some people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// Everyone who can view the space can view it.
    Open,
    /// Only these can.
    Restricted(Viewers),
}

/// The people whom a restriction names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewers {
    pub groups: Vec<String>,
    /// The number of people who are named one by one.
    pub people: u64,
}

impl Confluence {
    /// The pages or blog posts of these ids that can be seen, in bulk; drafts are not among them.
    pub(crate) fn contents(&self, kind: PageKind, ids: &[ContentId]) -> Result<Vec<Content>, HttpError> {
        let statuses: &[&str] = match kind {
            PageKind::Page => &["current", "archived", "trashed"],
            PageKind::BlogPost => &["current", "trashed"],
        };
        let mut contents = Vec::new();
        for chunk in ids.chunks(PAGE_LENGTH) {
            let request = Request::get(collection(kind)).query("id", joined(chunk)).query("limit", PAGE_LENGTH);
            let request = statuses.iter().fold(request, |request, status| request.query("status", status));
            let wires: Vec<Wire> = self.list(request, 8)?;
            contents.extend(wires.into_iter().filter_map(|wire| wire.meant(kind)));
        }
        Ok(contents)
    }

    /// One page or blog post, a draft included; `None` when it does not exist or cannot be seen.
    pub(crate) fn content(&self, name: PageName) -> Result<Option<Content>, HttpError> {
        let request = Request::get(format!("{}/{}", collection(name.kind), name.id)).query("get-draft", true);
        match self.send(&request) {
            Ok(answer) => Ok(answer.json::<Wire>()?.meant(name.kind)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether viewing a page is restricted on the page itself (v1 only).
    pub(crate) fn restriction(&self, id: ContentId) -> Result<Restriction, HttpError> {
        let answer = self.send(&Request::get(format!("/wiki/rest/api/content/{id}/restriction/byOperation/read")))?;
        let wire: RestrictionWire = answer.json()?;
        wire.meant().ok_or_else(|| answer.wrong_shape("the read restriction of a page"))
    }

    /// The name of a page's content state; empty when it has none (v1 only).
    pub(crate) fn state(&self, id: ContentId) -> Result<String, HttpError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            content_state: Option<State>,
        }
        #[derive(Deserialize)]
        struct State {
            name: String,
        }
        let wire: Wire = self.send(&Request::get(format!("/wiki/rest/api/content/{id}/state")))?.json()?;
        Ok(wire.content_state.map(|state| state.name).unwrap_or_default())
    }

    /// Whether people without an account may view a page (v1 only). It asks for others than oneself, which Confluence's
    /// documents allow to its administrators alone.
    pub(crate) fn is_open_to_anonymous_readers(&self, id: ContentId) -> Result<bool, HttpError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Checked {
            has_permission: bool,
        }
        let body = json!({ "subject": { "type": "user", "identifier": "anonymous" }, "operation": "read" });
        let request = Request::post(format!("/wiki/rest/api/content/{id}/permission/check")).reading();
        let Checked { has_permission } = self.send(&request.json(&body))?.json()?;
        Ok(has_permission)
    }

    /// Everything a page is below: pages, folders, boards; `None` when there is more than fits in one answer.
    pub(crate) fn ancestors(&self, id: ContentId) -> Result<Option<Vec<ContentId>>, HttpError> {
        let path = format!("/wiki/api/v2/pages/{id}/ancestors");
        let page: ListPage<AncestorWire> = self.send(&Request::get(path).query("limit", PAGE_LENGTH))?.json()?;
        Ok(Some(page.results).filter(|all| all.len() < PAGE_LENGTH).and_then(AncestorWire::meant))
    }

    /// What kinds of content these ids are, in the API's words; ids that cannot be seen are not there. At most 100.
    pub(crate) fn types(&self, ids: &[ContentId]) -> Result<BTreeMap<ContentId, String>, HttpError> {
        #[derive(Deserialize)]
        struct Types {
            results: BTreeMap<String, Option<String>>,
        }
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let request = Request::post("/wiki/api/v2/content/convert-ids-to-types").reading();
        let Types { results } = self.send(&request.json(&json!({ "contentIds": ids })))?.json()?;
        Ok(results.into_iter().filter_map(|(id, kind)| Some((ContentId::parse(&id)?, kind?))).collect())
    }

    pub(crate) fn spaces_by_id(&self, ids: &[SpaceId]) -> Result<Vec<Space>, HttpError> {
        self.spaces("ids", ids)
    }

    /// The spaces of these keys or aliases that can be seen. Atlassian says that an alias counts wherever a key does. That
    /// was never measured.
    pub(crate) fn spaces_by_key(&self, keys: &[SpaceKey]) -> Result<Vec<Space>, HttpError> {
        self.spaces("keys", keys)
    }

    /// The spaces that the account sees, at most a thousand.
    pub(crate) fn visible_spaces(&self) -> Result<VisibleSpaces, HttpError> {
        const MAX_PAGES: usize = 4;
        let mut spaces = Vec::new();
        let take = |page: ListPage<SpaceWire>| {
            spaces.extend(page.results.into_iter().map(SpaceWire::meant));
            Wanted::More
        };
        let first = Request::get("/wiki/api/v2/spaces").query("limit", PAGE_LENGTH);
        match pages(first, MAX_PAGES, |request| self.send(request), take) {
            ListEnd::Complete => Ok(VisibleSpaces { spaces, are_all: true }),
            ListEnd::Capped => Ok(VisibleSpaces { spaces, are_all: false }),
            ListEnd::Failed(error) => Err(error),
        }
    }

    fn spaces<T: ToString>(&self, parameter: &str, values: &[T]) -> Result<Vec<Space>, HttpError> {
        let mut spaces = Vec::new();
        for chunk in values.chunks(PAGE_LENGTH) {
            let request =
                Request::get("/wiki/api/v2/spaces").query(parameter, joined(chunk)).query("limit", PAGE_LENGTH);
            spaces.extend(self.list(request, 8)?.into_iter().map(SpaceWire::meant));
        }
        Ok(spaces)
    }
}

/// The spaces that an account sees, as far as they were listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VisibleSpaces {
    pub spaces: Vec<Space>,
    /// Whether there are no others.
    pub are_all: bool,
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpaceWire {
    id: String,
    key: String,
    /// What URLs show in place of the key after a rename; the key itself before.
    current_active_alias: Option<String>,
    homepage_id: Option<String>,
}

impl SpaceWire {
    fn meant(self) -> Space {
        let name = SpaceName {
            id: SpaceId::parse(&self.id),
            key: SpaceKey::parse(&self.key),
            alias: self.current_active_alias.as_deref().and_then(SpaceKey::parse),
        };
        Space { name, home: self.homepage_id.as_deref().and_then(ContentId::parse) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    title: String,
    space_id: Option<String>,
    parent_id: Option<String>,
    version: Option<VersionWire>,
    owner_id: Option<String>,
    author_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionWire {
    number: Option<u32>,
    created_at: Option<String>,
}

impl Wire {
    fn meant(self, kind: PageKind) -> Option<Content> {
        let version = self.version.and_then(|version| Some((version.number?, version.created_at)));
        let owner = match kind {
            PageKind::Page => self.owner_id,
            PageKind::BlogPost => self.author_id,
        };
        Some(Content {
            owner: owner.as_deref().and_then(AccountId::parse),
            owned_by: None,
            name: PageName { id: ContentId::parse(&self.id)?, kind },
            title: self.title,
            status: status(&self.status),
            space: SpaceName { id: self.space_id.as_deref().and_then(SpaceId::parse), ..SpaceName::default() },
            changed: version.map(|(number, at)| last_change(number, at.as_deref())),
            labels: None,
            restriction: None,
            parent: self.parent_id.as_deref().and_then(ContentId::parse),
            ancestors: match kind {
                PageKind::Page => None,
                PageKind::BlogPost => Some(Vec::new()),
            },
        })
    }
}

/// What a page is below, as both APIs write it.
#[derive(Deserialize)]
pub(super) struct AncestorWire {
    id: String,
}

impl AncestorWire {
    /// `None` when one of them has no valid id to ask for.
    pub(super) fn meant(all: Vec<Self>) -> Option<Vec<ContentId>> {
        all.iter().map(|ancestor| ContentId::parse(&ancestor.id)).collect()
    }
}

/// A status word of either API; `historical` and unknown ones are shown like current ones and never written, because
/// nothing says that they take comments.
pub(super) fn status(word: &str) -> ContentStatus {
    match word {
        "draft" => ContentStatus::Draft,
        "archived" => ContentStatus::Archived,
        "trashed" | "deleted" => ContentStatus::Trashed,
        _ => ContentStatus::Current,
    }
}

pub(super) fn last_change(version: u32, at: Option<&str>) -> LastChange {
    let at = at.and_then(|at| at.parse::<Timestamp>().ok());
    let day = at.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()).unwrap_or_default();
    LastChange { version, day, at }
}

/// The read restriction as v1 writes it: restricted when it names anybody.
#[derive(Deserialize)]
pub(super) struct RestrictionWire {
    restrictions: Option<Subjects>,
}

#[derive(Deserialize)]
struct Subjects {
    user: Option<Named>,
    group: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    results: Option<Vec<serde_json::Value>>,
    size: Option<u64>,
}

impl RestrictionWire {
    /// `None` when the answer doesn't have both users and groups.
    pub(super) fn meant(&self) -> Option<Restriction> {
        let subjects = self.restrictions.as_ref()?;
        let (users, groups) = (subjects.user.as_ref()?, subjects.group.as_ref()?);
        let (people, group_count) = (users.count()?, groups.count()?);
        if people == 0 && group_count == 0 {
            return Some(Restriction::Open);
        }
        let names = groups.results.iter().flatten().filter_map(|group| group.get("name")?.as_str());
        Some(Restriction::Restricted(Viewers { groups: names.map(str::to_owned).collect(), people }))
    }
}

impl Named {
    /// How many there are, as far as the answer says.
    fn count(&self) -> Option<u64> {
        self.size.max(self.results.as_ref().map(|results| results.len() as u64))
    }
}
