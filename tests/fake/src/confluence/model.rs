//! The state of Confluence.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

pub use super::footer_comment::FooterComment;
use super::login::OauthClient;
use crate::clock::Clock;
use crate::lag::Replica;
use crate::numbers::Numbers;

/// The address of the default world's bot account.
pub const CONFLUENCE_EMAIL: &str = "bot@example.com";
/// Its classic token: Basic, on the site and on the gateway.
pub const CONFLUENCE_TOKEN: &str = "confluence-classic-token";
/// Its scoped token: Basic, on the gateway only.
pub const CONFLUENCE_SCOPED_TOKEN: &str = "confluence-scoped-token";
/// A service account's token: Basic, or alone as Bearer; on the gateway only.
pub const CONFLUENCE_SERVICE_TOKEN: &str = "confluence-service-token";
/// The OAuth client of the service account.
pub const CONFLUENCE_CLIENT_ID: &str = "confluence-client-id";
/// Its secret, for `POST /oauth/token` of the auth origin.
pub const CONFLUENCE_CLIENT_SECRET: &str = "confluence-client-secret";
/// The first access token that the OAuth client gets: Bearer, on the gateway only.
pub const CONFLUENCE_ACCESS_TOKEN: &str = "confluence-access-token";
/// The site's cloud id.
pub const CLOUD_ID: &str = "c10d0000-0000-4000-8000-000000000001";
/// The bot's account id.
pub const BOT: &str = "712020:bot";
/// The account id of a person who writes pages.
pub const AUTHOR: &str = "712020:author";
/// The account id of somebody who has nothing to do with it.
pub const SOMEBODY_ELSE: &str = "712020:somebody-else";

/// What people call an account.
pub fn display_name(account: &str) -> &str {
    match account {
        AUTHOR => "page author",
        other => other,
    }
}

/// Confluence Cloud.
#[derive(Clone, Debug)]
pub struct Confluence {
    /// `http://127.0.0.1:PORT`; set when the fake starts.
    pub site_url: String,
    /// Answered by `/_edge/tenant_info`, and part of the gateway's paths.
    pub cloud_id: String,
    /// Who may come in.
    pub tokens: Vec<ConfluenceToken>,
    /// The service account's OAuth client.
    pub client: OauthClient,
    /// The spaces.
    pub spaces: Vec<Space>,
    /// Pages, live docs, blog posts, whiteboards, databases, folders.
    pub contents: Vec<Content>,
    /// Footer comments, oldest first.
    pub comments: Vec<FooterComment>,
    /// Inline tasks.
    pub tasks: Vec<Task>,
    /// Content properties.
    pub properties: Vec<Property>,
    /// Where ids of new comments and properties come from.
    pub numbers: Numbers,
    /// The account ids of Confluence's administrators.
    pub admins: Vec<String>,
    /// What a comment is refused with when the account may view the page but not comment it: 403 or 404.
    pub refuse_comments_with: u16,
    /// What search knows, when it lags; `None` while it is up to date. See [`Confluence::freeze_index`].
    pub index: Option<Vec<Content>>,
    /// The comments that search knows, when it lags.
    pub comment_index: Option<Vec<FooterComment>>,
    /// Which comments the lists show.
    pub replica: Replica<FooterComment>,
    /// Whether search also finds what is no content, a space for instance.
    pub finds_spaces: bool,
    /// Expansions that `/rest/api/search` does not give, `restrictions` or `ancestors`: no document says that it does.
    pub search_lacks: Vec<String>,
    /// Where an alias stands for its space.
    pub aliases: Aliases,
    /// What an update with a stale version is refused with: 409, or 400.
    pub refuse_stale_with: u16,
    /// Pages of search results hold at most so many, although `limit` is higher and more follow.
    pub short_pages: Option<usize>,
    /// How many answers without hits come after the first page of search results, each with a link to a next one.
    pub empty_pages: usize,
    /// Whether what is written in storage format comes back rewritten, as it does from the service.
    pub rewrite_storage: bool,
}

/// How a credential is sent and where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfluenceTokenKind {
    /// Basic with the address, on the site and on the gateway; no scopes.
    Classic,
    /// Basic with the address; on the gateway only.
    Scoped,
    /// Basic with the address, or Bearer alone; on the gateway only.
    ServiceAccount,
    /// What an OAuth client gets: Bearer; on the gateway only.
    Access,
}

/// A credential.
#[derive(Clone, Debug)]
pub struct ConfluenceToken {
    /// How it is sent.
    pub kind: ConfluenceTokenKind,
    /// The account's address.
    pub email: String,
    /// The secret.
    pub secret: String,
    /// Who it is.
    pub account: String,
    /// What a scoped token may do; not looked at for a classic one.
    pub scopes: BTreeSet<String>,
    /// Whether its time is over.
    pub expired: bool,
    /// For how many more requests it is taken; `None` is any number.
    pub good_for: Option<usize>,
    /// The groups of the account.
    pub groups: Vec<String>,
}

/// A set of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everyone with an account.
    Everyone,
    /// Nobody.
    Nobody,
    /// These account ids.
    Only(Vec<String>),
    /// Everyone but these account ids.
    AllBut(Vec<String>),
}

impl Who {
    /// Whether this account belongs to it.
    pub fn holds(&self, account: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Nobody => false,
            Self::Only(accounts) => accounts.iter().any(|one| one == account),
            Self::AllBut(accounts) => accounts.iter().all(|one| one != account),
        }
    }
}

/// Where an alias stands for its space. Atlassian says everywhere. That was never measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aliases {
    Everywhere,
    /// In `keys=`, not in CQL.
    InKeys,
    Nowhere,
}

/// A space.
#[derive(Clone, Debug)]
pub struct Space {
    /// Its number.
    pub id: u64,
    /// `ENG`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `global`, `personal`, ….
    pub kind: String,
    /// Its homepage.
    pub homepage: u64,
    /// What URLs show in place of the key.
    pub alias: Option<String>,
    /// Who sees it and what is in it.
    pub view: Who,
    /// Who may delete comments of others.
    pub admins: Vec<String>,
    /// Whether people without an account see it and what is in it.
    pub anonymous: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a piece of content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page; with [`Content::live`] a live doc.
    Page,
    /// A blog post.
    BlogPost,
    /// A whiteboard.
    Whiteboard,
    /// A database.
    Database,
    /// A folder.
    Folder,
}

impl Kind {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::BlogPost => "blogpost",
            Self::Whiteboard => "whiteboard",
            Self::Database => "database",
            Self::Folder => "folder",
        }
    }
}

/// The status of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Published.
    Current,
    /// Never published.
    Draft,
    /// Put away; search does not see it.
    Archived,
    /// Thrown away.
    Trashed,
}

impl Status {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Draft => "draft",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
        }
    }
}

/// One version of content or of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// By which account.
    pub author: String,
}

/// Content.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its id; ids of Confluence Cloud exceed 2^32.
    pub id: u64,
    /// What it is.
    pub kind: Kind,
    /// Whether it is a live doc.
    pub live: bool,
    /// The space it is in.
    pub space: u64,
    /// The content it is below.
    pub parent: Option<u64>,
    /// Its title.
    pub title: String,
    /// Its status.
    pub status: Status,
    /// Its body in storage format.
    pub body: String,
    /// All versions, oldest first; never empty.
    pub versions: Vec<Version>,
    /// Its labels, all of them global.
    pub labels: Vec<String>,
    /// The name of its content state, which people set in the editor.
    pub state: Option<String>,
    /// Accounts of its own view restriction.
    pub read_users: Vec<String>,
    /// Groups of its own view restriction.
    pub read_groups: Vec<String>,
    /// Who sees it, besides space and restriction (a draft's author alone, say).
    pub view: Who,
    /// Who may comment it.
    pub comment: Who,
    /// Who may edit it: its labels, properties and tasks.
    pub edit: Who,
}

impl Content {
    /// Its present version.
    pub fn version(&self) -> &Version {
        self.versions.last().expect("content has a version")
    }

    /// Whether somebody has restricted viewing it.
    pub fn is_restricted(&self) -> bool {
        !self.read_users.is_empty() || !self.read_groups.is_empty()
    }
}

/// An inline task.
#[derive(Clone, Debug)]
pub struct Task {
    /// The id that the API wants.
    pub id: u64,
    /// The id that people see, unique on its page only; digits, or a UUID in newer content.
    pub local_id: String,
    /// The page or blog post it is on.
    pub content: u64,
    /// Its text in storage format.
    pub body: String,
    /// Whether it is done.
    pub complete: bool,
    /// Who it is assigned to.
    pub assigned_to: Option<String>,
    /// Who completed it.
    pub completed_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A content property.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its id.
    pub id: u64,
    /// The content it belongs to.
    pub content: u64,
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Its version.
    pub version: Version,
}

impl Confluence {
    /// Spaces ENG and OPS with their homepages, and a bot with a token of each kind and an OAuth client.
    pub fn small_world(clock: &Clock) -> Self {
        let classic = ConfluenceToken {
            kind: ConfluenceTokenKind::Classic,
            email: CONFLUENCE_EMAIL.to_owned(),
            secret: CONFLUENCE_TOKEN.to_owned(),
            account: BOT.to_owned(),
            scopes: BTreeSet::new(),
            expired: false,
            good_for: None,
            groups: vec!["confluence-users".to_owned()],
        };
        let scopes: BTreeSet<String> = super::access::ALL_SCOPES.iter().map(|&scope| scope.to_owned()).collect();
        let kind = ConfluenceTokenKind::Scoped;
        let scoped = ConfluenceToken { kind, secret: CONFLUENCE_SCOPED_TOKEN.to_owned(), scopes, ..classic.clone() };
        let service_account = ConfluenceToken {
            kind: ConfluenceTokenKind::ServiceAccount,
            secret: CONFLUENCE_SERVICE_TOKEN.to_owned(),
            ..scoped.clone()
        };
        let client = OauthClient::new(scoped.scopes.clone());
        let mut world = Self {
            site_url: String::new(),
            cloud_id: CLOUD_ID.to_owned(),
            tokens: vec![classic, scoped, service_account],
            client,
            spaces: vec![],
            contents: vec![],
            comments: vec![],
            tasks: vec![],
            properties: vec![],
            numbers: Numbers::from(7_000_000_000),
            admins: vec![],
            refuse_comments_with: 403,
            index: None,
            comment_index: None,
            replica: Replica::default(),
            finds_spaces: false,
            search_lacks: vec![],
            aliases: Aliases::Everywhere,
            refuse_stale_with: 409,
            short_pages: None,
            empty_pages: 1,
            rewrite_storage: true,
        };
        world.add_space(clock, 65_537, "ENG", "Engineering");
        world.add_space(clock, 65_538, "OPS", "Operations");
        world
    }
}
