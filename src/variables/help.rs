//! The variables in a person's words. `--help` prints them; the README's table says the same.

#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub name: &'static str,
    pub topic: Topic,
    /// Whether the pipe works without it.
    pub need: Need,
    /// What it is for, and its default.
    pub usage: &'static str,
}

/// What variables are about: the headings of `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Confluence,
    Bitbucket,
    Pages,
    Output,
    Requirements,
    Network,
    Addresses,
    /// Addresses that only tests change. `--help` and the README leave them out.
    Testing,
    Run,
}

/// Whether the pipe works without a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    /// One Confluence credential is needed: an API token, or client id and secret.
    OneOfConfluence,
    /// Has a default.
    Optional,
}

impl Variable {
    /// Whether users read about it.
    pub fn is_for_users(&self) -> bool {
        self.topic != Topic::Testing
    }
}

const fn variable(name: &'static str, topic: Topic, need: Need, usage: &'static str) -> Variable {
    Variable { name, topic, need, usage }
}

/// Every variable of this version, in the order of `--help` and of the README.
pub const VARIABLES: &[Variable] = &[
    variable(
        "CONFLUENCE_BASE_URL",
        Topic::Confluence,
        Need::Required,
        "URL of the site, such as `https://acme.atlassian.net`.",
    ),
    variable(
        "CONFLUENCE_USER_EMAIL",
        Topic::Confluence,
        Need::OneOfConfluence,
        "Email address of the account that `CONFLUENCE_API_TOKEN` belongs to. Leave it out for a service account.",
    ),
    variable("CONFLUENCE_API_TOKEN", Topic::Confluence, Need::OneOfConfluence, "API token, with or without scopes."),
    variable(
        "CONFLUENCE_CLIENT_ID",
        Topic::Confluence,
        Need::OneOfConfluence,
        "OAuth 2.0 client id of a service account, instead of an API token.",
    ),
    variable("CONFLUENCE_CLIENT_SECRET", Topic::Confluence, Need::OneOfConfluence, "OAuth 2.0 client secret."),
    variable(
        "BITBUCKET_ACCESS_TOKEN",
        Topic::Bitbucket,
        Need::Optional,
        "Repository, project or workspace access token with the scope `pullrequest`. Without a credential, the pipe writes only a report.",
    ),
    variable(
        "ATLASSIAN_ACCOUNT_EMAIL",
        Topic::Bitbucket,
        Need::Optional,
        "Email address of an Atlassian account, with `ATLASSIAN_API_TOKEN`. Both replace the access token.",
    ),
    variable(
        "ATLASSIAN_API_TOKEN",
        Topic::Bitbucket,
        Need::Optional,
        "API token with the scopes `read:pullrequest:bitbucket` and `read:repository:bitbucket`.",
    ),
    variable(
        "KEY_PREFIXES",
        Topic::Pages,
        Need::Optional,
        "List of key prefixes, such as `ENG`, or `RFC=ARCH` if keys such as `RFC-12` live in space ARCH. Only these count as keys. `none`: no keys, only URLs. Default: the keys of all spaces.",
    ),
    variable(
        "SPACES",
        Topic::Pages,
        Need::Optional,
        "List of space keys. Pages in other spaces are shown by link only and get no new rows. Default: all spaces that the account can view, except personal ones.",
    ),
    variable(
        "SOURCES",
        Topic::Pages,
        Need::Optional,
        "List of `branch`, `commits`, `title`, `description`, `jira`. Keys in descriptions count only with `KEY_PREFIXES`. `jira`: if a key has no page, link the pages in its Jira issue. Default: all but `jira`.",
    ),
    variable(
        "PULL_REQUEST_OUTPUT",
        Topic::Output,
        Need::Optional,
        "List of `comment`, `report`, or `none`. Default: `comment,report`.",
    ),
    variable(
        "PAGE_OUTPUT",
        Topic::Output,
        Need::Optional,
        "List of `comment`, `labels`, `tasks`, or `none`. `labels` adds the label of a release to its pages. `tasks` completes the tasks that a merged pull request closes, such as `closes ENG-12#4`. Both need `comment` in the list and permission to edit the pages. Default: `comment`.",
    ),
    variable(
        "RELEASE_LABEL",
        Topic::Output,
        Need::Optional,
        "Label of a release: text, `{repository}` and `{version}`. Default: `{repository}-{version}`.",
    ),
    variable(
        "SHOW_TITLES",
        Topic::Output,
        Need::Optional,
        "`auto`: hide title and space of restricted pages, and of all pages if the repository is public. `never`: hide page titles in Bitbucket and pull request titles in Confluence. Default: `auto`.",
    ),
    variable(
        "REQUIRE",
        Topic::Requirements,
        Need::Optional,
        "List of `link`, `current`, `label:NAME`, `state:NAME`. The step fails (exit code 5) until an open pull request has all of this list. `no-skip`: `[skip confluence]` waives nothing. Default: none.",
    ),
    variable(
        "REQUIRE_EXEMPT",
        Topic::Requirements,
        Need::Optional,
        "List of Atlassian account ids whose pull requests don't have to meet `REQUIRE`, such as bots. Default: none.",
    ),
    variable(
        "CA_CERTIFICATE",
        Topic::Network,
        Need::Optional,
        "Certificate authorities to trust besides the built-in ones: PEM, base64 of PEM, or a path. Default: none.",
    ),
    variable(
        "SSL_CERT_FILE",
        Topic::Network,
        Need::Optional,
        "Path of a PEM file with more authorities. Default: none.",
    ),
    variable(
        "HTTPS_PROXY",
        Topic::Network,
        Need::Optional,
        "Proxy, such as `http://proxy.example:3128`, with `user:password@` if needed. `https_proxy` works too. Default: none.",
    ),
    variable(
        "NO_PROXY",
        Topic::Network,
        Need::Optional,
        "List of hosts to reach without the proxy, with their subdomains. `*`: all. `no_proxy` works too. Default: this machine.",
    ),
    variable(
        "CONFLUENCE_SITE_ALIASES",
        Topic::Addresses,
        Need::Optional,
        "List of other hosts of the site, such as a former name. Default: none.",
    ),
    variable(
        "CONFLUENCE_CLOUD_ID",
        Topic::Addresses,
        Need::Optional,
        "Cloud id of the site. Default: read from the site.",
    ),
    variable(
        "ATLASSIAN_GATEWAY_URL",
        Topic::Addresses,
        Need::Optional,
        "Gateway for tokens with scopes. Default: `https://api.atlassian.com`.",
    ),
    variable(
        "ATLASSIAN_AUTH_URL",
        Topic::Testing,
        Need::Optional,
        "Where a client id and secret become an access token. Default: `https://auth.atlassian.com`.",
    ),
    variable(
        "BITBUCKET_API_URL",
        Topic::Testing,
        Need::Optional,
        "Bitbucket's API. Default: `https://api.bitbucket.org/2.0`.",
    ),
    variable(
        "BITBUCKET_AUTH_PROXY",
        Topic::Testing,
        Need::Optional,
        "The proxy that sends reports for steps without a credential. Default: `http://host.docker.internal:29418` in a pipe, `http://localhost:29418` in a plain step.",
    ),
    variable(
        "ACTION",
        Topic::Run,
        Need::Optional,
        "`auto`: link the pull requests of this pipeline, or add a tag's release to its pages. `link`, `release`: only that. `reconcile`: update the links of all pull requests of the last `DAYS`. `backfill`: the same, and comment on pages that were never linked. `remove`: delete what the pipe wrote. `review`: write files that report on all links. `check`: test credentials, scopes and spaces. Default: `auto`.",
    ),
    variable(
        "RELEASE_VERSION",
        Topic::Run,
        Need::Optional,
        "The release for `ACTION: release`, such as `1.4.0`. Default: the tag. With `ACTION: remove`, only this release is removed.",
    ),
    variable(
        "DAYS",
        Topic::Run,
        Need::Optional,
        "How many days back `reconcile`, `backfill`, `remove` and `review` look, 1 to 3650. Default: `30`.",
    ),
    variable("DRY_RUN", Topic::Run, Need::Optional, "Print the plan and write only files. Default: `false`."),
    variable(
        "ON_ERROR",
        Topic::Run,
        Need::Optional,
        "`warn` or `fail` when a service, a credential or a write fails. Default: `warn`.",
    ),
    variable(
        "OUTPUT_DIR",
        Topic::Run,
        Need::Optional,
        "Directory for `receipt.json`, `audit.jsonl` and other files, relative to the clone directory. Default: none.",
    ),
    variable(
        "TIMEOUT_SECONDS",
        Topic::Run,
        Need::Optional,
        "Time budget of the run, 1 to 3600. Default: `60`; `600` for `release`, `reconcile`, `backfill`, `remove` and `review`.",
    ),
    variable("DEBUG", Topic::Run, Need::Optional, "Turn on extra debug information. Default: `false`."),
];

/// What `--help` prints.
pub fn help() -> String {
    let mut text = format!(
        "confluence-pr-link {}\n\nLinks Bitbucket Cloud pull requests and the Confluence pages they mention, in both directions.\n\
         The pipe is configured by variables. Its only arguments are --help and --version.\n",
        env!("CARGO_PKG_VERSION")
    );
    let mut topic = None;
    for variable in VARIABLES.iter().filter(|variable| variable.is_for_users()) {
        if topic.replace(variable.topic) != Some(variable.topic) {
            text.push_str(&format!("\n{:?}\n", variable.topic));
        }
        let need = match variable.need {
            Need::Required => "Required. ",
            Need::OneOfConfluence | Need::Optional => "",
        };
        let mut name = variable.name;
        for line in wrapped(&format!("{need}{}", variable.usage), 72) {
            text.push_str(&format!("  {name:<24}  {line}\n"));
            name = "";
        }
    }
    text.push_str(
        "\nOne Confluence credential is required: CONFLUENCE_USER_EMAIL and CONFLUENCE_API_TOKEN, a service\n\
         account's CONFLUENCE_API_TOKEN, or CONFLUENCE_CLIENT_ID and CONFLUENCE_CLIENT_SECRET.\n\
         Lists are YAML lists or comma-separated text. Booleans are true/false, yes/no, on/off or 1/0.\n\n\
         Exit codes: 0 success, 1 failure, 2 bad configuration, 3 credential or scope, 4 timeout,\n\
         5 REQUIRE not met. With ON_ERROR `warn`, 1, 3 and 4 become 0; with ACTION `check`, 3 stays 3.\n",
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
