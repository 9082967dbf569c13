//! The state of Bitbucket.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::Clock;
use crate::lag::Replica;
use crate::numbers::Numbers;

/// The repository access token of the default world, sent as Bearer.
pub const BITBUCKET_TOKEN: &str = "bitbucket-repository-token";
/// The address of the default world's user API token, sent as Basic with [`BITBUCKET_USER_TOKEN`].
pub const BITBUCKET_EMAIL: &str = "bot@example.com";
/// The user API token of the default world.
pub const BITBUCKET_USER_TOKEN: &str = "bitbucket-user-token";

/// Bitbucket Cloud.
#[derive(Clone, Debug)]
pub struct Bitbucket {
    /// `http://127.0.0.1:PORT/2.0`; set when the fake starts.
    pub api_url: String,
    /// Who may come in.
    pub tokens: Vec<BitbucketToken>,
    /// The repositories; the first is the one that the shorthands mean.
    pub repositories: Vec<Repository>,
    /// Where ids of new comments come from.
    pub numbers: Numbers,
    /// Whether the app that answers `commit/{sha}/pullrequests` is installed; without it that is 404.
    pub pr_commit_links: bool,
    /// Which comments the lists show.
    pub comments: Replica<PullRequestComment>,
    /// What the service makes of a comment's text before it keeps it. Some keep it as it is, and nothing promises that.
    pub kept_text: fn(&str) -> String,
}

/// An account, or an access token's stand-in for one: comments of an access token appear under the token's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// With braces.
    pub uuid: String,
    /// The shown name.
    pub display_name: String,
    /// Atlassian's account id.
    pub account_id: String,
    /// The `kind` of an app user, which an access token is; `None` for a person.
    pub app: Option<String>,
}

impl Account {
    /// An account of this role; the uuid is made of the number.
    pub fn new(display_name: &str, number: u32) -> Self {
        Self {
            uuid: format!("{{00000000-0000-4000-8000-{number:012}}}"),
            display_name: display_name.to_owned(),
            account_id: format!("712020:00000000-0000-4000-8000-{number:012}"),
            app: None,
        }
    }

    /// The stand-in of an access token.
    pub fn token(display_name: &str, number: u32) -> Self {
        Self { app: Some("repository_access_token".to_owned()), ..Self::new(display_name, number) }
    }

    /// Who writes the pull requests.
    pub fn developer() -> Self {
        Self::new("developer", 1)
    }

    /// Who merges them.
    pub fn maintainer() -> Self {
        Self::new("maintainer", 2)
    }

    /// The account of the default repository token.
    pub fn bot() -> Self {
        Self::token("shop pipeline", 3)
    }

    /// A person that has nothing to do with it.
    pub fn somebody_else() -> Self {
        Self::new("somebody else", 4)
    }

    /// An access token of another program.
    pub fn other_token() -> Self {
        Self::token("release pipeline", 6)
    }

    /// The account of the default user API token.
    pub fn bot_user() -> Self {
        Self::new("bot user", 5)
    }
}

/// How a token is made and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BitbucketTokenKind {
    /// A repository (project, workspace) access token: Bearer. It is no user, so `GET /user` is refused.
    Access,
    /// An API token of a user with this address: Basic.
    User {
        /// The account's address.
        email: String,
    },
}

/// A credential.
#[derive(Clone, Debug)]
pub struct BitbucketToken {
    /// How it is sent.
    pub kind: BitbucketTokenKind,
    /// The secret.
    pub secret: String,
    /// In whose name it writes.
    pub account: Account,
    /// The scopes it has: `pullrequest` for access tokens, `read:pullrequest:bitbucket` for users' API tokens.
    pub scopes: Vec<String>,
    /// Whether its time is over.
    pub expired: bool,
    /// The repositories it may see, by full name.
    pub repositories: Vec<String>,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// `acme/shop`.
    pub full_name: String,
    /// Names it had before that still lead to it. Answers have its present name.
    pub former_names: Vec<String>,
    /// With braces.
    pub uuid: String,
    /// Whether the world may read it.
    pub is_private: bool,
    /// The key of its project.
    pub project_key: String,
    /// The name of its main branch.
    pub main_branch: String,
    /// Branches, and the hash each one points to.
    pub branches: BTreeMap<String, String>,
    /// Tags, and the hash each one points to.
    pub tags: BTreeMap<String, String>,
    /// When each annotated tag was made.
    pub annotated: BTreeMap<String, Timestamp>,
    /// All commits, in the order in which they were made.
    pub commits: Vec<Commit>,
    /// The pull requests.
    pub pull_requests: Vec<PullRequest>,
    /// Code Insights reports.
    pub reports: Vec<Report>,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// 40 hexadecimal digits.
    pub hash: String,
    /// The whole message.
    pub message: String,
    /// When it was made.
    pub date: Timestamp,
    /// The hashes of its parents; two for a merge.
    pub parents: Vec<String>,
    /// `name <address>` as git has it.
    pub author_raw: String,
    /// The account with that address, if there is one.
    pub author: Option<Account>,
}

/// The state of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRequestState {
    /// Waiting.
    Open,
    /// Done.
    Merged,
    /// Refused.
    Declined,
    /// Replaced by another.
    Superseded,
}

impl PullRequestState {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Merged => "MERGED",
            Self::Declined => "DECLINED",
            Self::Superseded => "SUPERSEDED",
        }
    }
}

/// A pull request.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// Its number in the repository.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its description, as typed.
    pub description: String,
    /// Its state.
    pub state: PullRequestState,
    /// Whether it is a draft.
    pub draft: bool,
    /// The branch it comes from.
    pub source_branch: String,
    /// The tip of that branch, 40 digits; answers show 12 of them.
    pub source_commit: String,
    /// The full name of the repository it comes from; `None` when that fork is deleted.
    pub source_repository: Option<String>,
    /// Whether the source branch is still there; without it the list of commits is empty.
    pub source_branch_exists: bool,
    /// The branch it goes to.
    pub destination_branch: String,
    /// The tip of that branch, 40 digits; answers show 12 of them.
    pub destination_commit: String,
    /// Its commits, newest first, by hash.
    pub commits: Vec<String>,
    /// What merging it made, 40 digits; answers show 12 of them.
    pub merge_commit: Option<String>,
    /// Who made it.
    pub author: Account,
    /// When it was made.
    pub created_on: Timestamp,
    /// When anything of it last changed.
    pub updated_on: Timestamp,
    /// Who took part: everyone who was asked, approved or commented.
    pub participants: Vec<Participant>,
    /// Its comments, oldest first, deleted ones too.
    pub comments: Vec<PullRequestComment>,
}

/// Somebody who took part in a pull request.
#[derive(Clone, Debug)]
pub struct Participant {
    /// Who.
    pub user: Account,
    /// Whether they approved.
    pub approved: bool,
    /// When they did, or else last commented.
    pub at: Timestamp,
}

/// A comment on a pull request.
#[derive(Clone, Debug)]
pub struct PullRequestComment {
    /// Its id.
    pub id: u64,
    /// The Markdown, byte for byte as it was sent.
    pub raw: String,
    /// Its author.
    pub user: Account,
    /// Deleted comments stay listed, with nothing in them.
    pub deleted: bool,
    /// The comment it replies to.
    pub parent: Option<u64>,
    /// The file and line it is about.
    pub inline: Option<(String, u64)>,
    /// When it was made.
    pub created_on: Timestamp,
    /// When it last changed.
    pub updated_on: Timestamp,
}

/// A Code Insights report on a commit.
#[derive(Clone, Debug)]
pub struct Report {
    /// The whole hash of the commit.
    pub commit: String,
    /// The reporter's own id.
    pub id: String,
    /// As the API shows it.
    pub json: Value,
    /// Its annotations, as the API shows them.
    pub annotations: Vec<Value>,
}

/// A hash of 40 digits made of a number: the first 12 digits differ for different numbers.
pub fn hash(number: u64) -> String {
    format!("{:016x}{:016x}{:08x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15), number, 0xc0ff_ee00_u32)
}

impl Bitbucket {
    /// Workspace `acme`, private repository `shop`, one commit on `main`, and two tokens that may do what is needed.
    pub fn small_world(clock: &Clock) -> Self {
        let access = BitbucketToken {
            kind: BitbucketTokenKind::Access,
            secret: BITBUCKET_TOKEN.to_owned(),
            account: Account::bot(),
            scopes: vec!["pullrequest".to_owned(), "repository".to_owned()],
            expired: false,
            repositories: vec!["acme/shop".to_owned()],
        };
        let user_scopes = ["read:pullrequest:bitbucket", "read:repository:bitbucket", "read:user:bitbucket"];
        let user = BitbucketToken {
            kind: BitbucketTokenKind::User { email: BITBUCKET_EMAIL.to_owned() },
            secret: BITBUCKET_USER_TOKEN.to_owned(),
            account: Account::bot_user(),
            scopes: user_scopes.map(str::to_owned).to_vec(),
            ..access.clone()
        };
        Self {
            api_url: String::new(),
            tokens: vec![access, user],
            repositories: vec![Repository::new("acme/shop", clock)],
            numbers: Numbers::from(500_000),
            pr_commit_links: false,
            comments: Replica::default(),
            kept_text: str::to_owned,
        }
    }

    /// The repository of this full name.
    pub fn repository(&self, full_name: &str) -> &Repository {
        self.repositories.iter().find(|repository| repository.full_name == full_name).expect("a repository")
    }

    /// The same, to change it.
    pub fn repository_mut(&mut self, full_name: &str) -> &mut Repository {
        self.repositories.iter_mut().find(|repository| repository.full_name == full_name).expect("a repository")
    }

    /// The pull request of this number in the first repository.
    pub fn pull_request(&self, id: u64) -> &PullRequest {
        self.repositories[0].pull_requests.iter().find(|request| request.id == id).expect("a pull request")
    }

    /// The same, to change it.
    pub fn pull_request_mut(&mut self, id: u64) -> &mut PullRequest {
        self.repositories[0].pull_requests.iter_mut().find(|request| request.id == id).expect("a pull request")
    }

    /// The token with this secret, to change it.
    pub fn token_mut(&mut self, secret: &str) -> &mut BitbucketToken {
        self.tokens.iter_mut().find(|token| token.secret == secret).expect("a token")
    }
}
