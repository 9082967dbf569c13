//! Which variables are there, in a person's words? `--help` prints them; the README's table says the same.

/// One pipe variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Whether the pipe can do without.
    pub need: Need,
    /// What it is for, and its default.
    pub usage: &'static str,
}

/// Whether the pipe can do without a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always needed.
    Required,
    /// One Confluence credential is needed: an API token, or client id and secret.
    OneOfConfluence,
    /// Has a default.
    Optional,
}

const fn variable(name: &'static str, need: Need, usage: &'static str) -> Variable {
    Variable { name, need, usage }
}

/// Every variable of this version, in the order the README has them.
pub const VARIABLES: &[Variable] = &[
    variable(
        "CONFLUENCE_BASE_URL",
        Need::Required,
        "The Confluence site, such as `https://acme.atlassian.net`; with or without `/wiki`, or a custom domain.",
    ),
    variable(
        "CONFLUENCE_USER_EMAIL",
        Need::OneOfConfluence,
        "Confluence: e-mail address of the account whose token is `CONFLUENCE_API_TOKEN`; only a service account's token goes without.",
    ),
    variable(
        "CONFLUENCE_API_TOKEN",
        Need::OneOfConfluence,
        "Confluence: API token of the account that reads pages and writes comments, with or without scopes.",
    ),
    variable(
        "CONFLUENCE_CLIENT_ID",
        Need::OneOfConfluence,
        "Confluence: client id of a service account's OAuth 2.0 credential, instead of an API token.",
    ),
    variable(
        "CONFLUENCE_CLIENT_SECRET",
        Need::OneOfConfluence,
        "Confluence: the secret that goes with `CONFLUENCE_CLIENT_ID`.",
    ),
    variable(
        "BITBUCKET_ACCESS_TOKEN",
        Need::Optional,
        "Bitbucket: a repository, project or workspace access token with the scope `pullrequest`. Without a Bitbucket \
         credential only a report is written there.",
    ),
    variable(
        "ATLASSIAN_ACCOUNT_EMAIL",
        Need::Optional,
        "Bitbucket: e-mail address of an Atlassian account, with `ATLASSIAN_API_TOKEN`; comes before the access token.",
    ),
    variable(
        "ATLASSIAN_API_TOKEN",
        Need::Optional,
        "Bitbucket: that account's API token with the scopes `read:pullrequest:bitbucket` and `read:repository:bitbucket`.",
    ),
    variable(
        "KEY_PREFIXES",
        Need::Optional,
        "List of key prefixes: `ENG`, or `RFC=ARCH` when keys `RFC-12` live in the space ARCH; then only these are keys. \
         `none`: URLs and short links only. Default: a key counts when its page is in the space of that key.",
    ),
    variable(
        "SPACES",
        Need::Optional,
        "List of space keys whose pages may be titled, commented, labelled and have tasks completed; pages elsewhere are shown by link only. \
         Default: all that the account can see.",
    ),
    variable(
        "SOURCES",
        Need::Optional,
        "List of `branch`, `commits`, `title`, `description`. In descriptions a key needs a configured prefix, URLs \
         always count. Default: all four.",
    ),
    variable(
        "PULL_REQUEST_OUTPUT",
        Need::Optional,
        "List of `comment`, `report`, or `none`. Default: `comment,report`.",
    ),
    variable(
        "PAGE_OUTPUT",
        Need::Optional,
        "List of `comment`, `labels`, `tasks`, or `none`: what the pipe writes in Confluence. `labels` puts the label of a release on its pages. `tasks` completes the tasks that a merged pull request closes, as by `closes ENG-12#4`. Both need `comment` in the list and permission to edit the pages. Default: `comment`.",
    ),
    variable(
        "RELEASE_LABEL",
        Need::Optional,
        "With `labels`: the label of a release, of text, `{repository}` and `{version}`; it is made valid for Confluence. \
         Default: `{repository}-{version}`.",
    ),
    variable(
        "SHOW_TITLES",
        Need::Optional,
        "`auto`: no title or space of a view-restricted page, nor of any page when the repository is public. `never`: \
         no page titles in Bitbucket, no pull request titles in Confluence. Default: `auto`.",
    ),
    variable(
        "REQUIRE",
        Need::Optional,
        "Hold an open pull request (exit code 5) until it has all of this list: `link`, `current`, `label:NAME`, \
         `state:NAME`; with `no-skip` in it `[skip confluence]` waives nothing. Default: none.",
    ),
    variable(
        "REQUIRE_EXEMPT",
        Need::Optional,
        "List of the Atlassian account ids of authors whom `REQUIRE` does not hold, such as bots. Default: none.",
    ),
    variable(
        "ACTION",
        Need::Optional,
        "`auto`: a pull request's pipeline links it; a branch's links its open pull requests and updates the one that the pushed commit merged; a tag's adds the release to its pages. `link`, `release`: the same by name. `reconcile`: update the links of all pull requests of the last `DAYS`. `backfill`: the same, and comment on pages that were never linked. `remove`: delete them. `review`: report on links, in files. `check`: test credentials, scopes and spaces, and write nothing. Default: `auto`.",
    ),
    variable(
        "RELEASE_VERSION",
        Need::Optional,
        "The release, such as `1.4.0` or `web-1.4.0`, for `ACTION: release` in a pipeline without a tag. Default: the tag.",
    ),
    variable(
        "DAYS",
        Need::Optional,
        "How many days back `reconcile`, `backfill`, `remove` and `review` look, 1 to 3650. Default: `30`.",
    ),
    variable("DRY_RUN", Need::Optional, "Print the plan and write nothing but the files. Default: `false`."),
    variable(
        "ON_ERROR",
        Need::Optional,
        "`warn` or `fail` when Atlassian cannot be reached, a credential fails or a write fails. Default: `warn`.",
    ),
    variable(
        "OUTPUT_DIR",
        Need::Optional,
        "Directory for `receipt.json`, `audit.jsonl` and what an action makes, relative to the clone directory. Default: none.",
    ),
    variable(
        "TIMEOUT_SECONDS",
        Need::Optional,
        "The whole run's budget, 1 to 3600. Default: `60`; `600` for `release`, `reconcile`, `backfill`, `remove` and `review`.",
    ),
    variable(
        "CA_CERTIFICATE",
        Need::Optional,
        "Certificates of authorities to trust besides the built-in ones, as PEM or its base64. Default: none.",
    ),
    variable(
        "SSL_CERT_FILE",
        Need::Optional,
        "Advanced. A PEM file of such certificates; a relative path is one below the working directory, and a pipe sees the clone directory only. Default: none.",
    ),
    variable(
        "HTTPS_PROXY",
        Need::Optional,
        "Advanced. The proxy to the internet, such as `http://proxy.example:3128`, with `user:password@` if it asks. \
         `https_proxy` is read too. Default: none.",
    ),
    variable(
        "NO_PROXY",
        Need::Optional,
        "Advanced. List of hosts that are reached without it, with those below them; `*` is all. `no_proxy` is read \
         too. Default: this machine.",
    ),
    variable(
        "CONFLUENCE_SITE_ALIASES",
        Need::Optional,
        "Advanced. List of further hosts whose URLs count as the site's. Default: none.",
    ),
    variable(
        "CONFLUENCE_CLOUD_ID",
        Need::Optional,
        "Advanced. The site's cloud id; with it gateway URLs count as the site's. Default: asked of the site for the gateway.",
    ),
    variable(
        "ATLASSIAN_GATEWAY_URL",
        Need::Optional,
        "Advanced. The gateway that takes tokens with scopes. Default: `https://api.atlassian.com`.",
    ),
    variable(
        "ATLASSIAN_AUTH_URL",
        Need::Optional,
        "Advanced. Where client id and secret become an access token. Default: `https://auth.atlassian.com`.",
    ),
    variable(
        "BITBUCKET_API_URL",
        Need::Optional,
        "Advanced. Bitbucket's API. Default: `https://api.bitbucket.org/2.0`.",
    ),
    variable(
        "BITBUCKET_AUTH_PROXY",
        Need::Optional,
        "Advanced. The proxy of Bitbucket Pipelines that takes reports of those without a credential. Default: \
         `http://host.docker.internal:29418` in a pipe, `http://localhost:29418` in a plain step.",
    ),
    variable("DEBUG", Need::Optional, "Turn on extra debug information. Default: `false`."),
];

/// What `--help` prints.
pub fn help() -> String {
    let mut text = format!(
        "confluence-pr-link {}\n\nLinks a Bitbucket Cloud pull request and the Confluence pages it names, both ways.\n\
         A pipe takes variables, no arguments but --help and --version.\n\nVariables:\n",
        env!("CARGO_PKG_VERSION")
    );
    for Variable { name, need, usage } in VARIABLES {
        let mark = match need {
            Need::Required => " (required)",
            Need::OneOfConfluence => " (one Confluence credential is required)",
            Need::Optional => "",
        };
        text.push_str(&format!("\n  {name}{mark}\n"));
        for line in wrapped(usage, 90) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text.push_str(
        "\nLists may be YAML lists or comma-separated. Booleans are true/false, yes/no, on/off, 1/0.\n\nExit codes: 0 all \
         is well; 1 something failed; 2 bad configuration; 3 a credential or scope\nfails; 4 out of time; 5 a pull request is \
         not as REQUIRE asks. With ON_ERROR `warn`,\n1, 3 and 4 become 0 with a warning; with ACTION `check`, 3 stays 3.\n",
    );
    text
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut();
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
