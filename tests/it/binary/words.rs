//! The words for people: nothing to do, wrong variables, and help.

use confluence_pr_link::variables::help::VARIABLES;

use super::{checkout, command, run, said, with};

const NOTHING: [(&str, &str); 0] = [];

#[test]
fn help_names_every_variable_and_fits_a_terminal() {
    for argument in ["--help", "-h"] {
        let said = said(command().arg(argument));
        assert_eq!((said.code, said.log.as_str()), (Some(0), ""));
        for variable in VARIABLES {
            let is_named = said.out.contains(&format!("\n  {} ", variable.name));
            assert_eq!(is_named, variable.is_for_users(), "{}", variable.name);
        }
        assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
        let head: Vec<&str> = said.out.lines().take(10).collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(head.join("\n"), @r"
            confluence-pr-link 0.1.0

            Links Bitbucket Cloud pull requests and the Confluence pages they mention, in both directions.
            The pipe is configured by variables. Its only arguments are --help and --version.

            Confluence
              CONFLUENCE_BASE_URL       Required. URL of the site, such as `https://acme.atlassian.net`.
              CONFLUENCE_USER_EMAIL     Email address of the account that `CONFLUENCE_API_TOKEN` belongs to.
                                        Leave it out for a service account.
              CONFLUENCE_API_TOKEN      API token, with or without scopes.
            ");
        }
    }
}

#[test]
fn version_is_the_packages() {
    for argument in ["--version", "-V"] {
        let said = said(command().arg(argument));
        assert_eq!(said.out, format!("confluence-pr-link {}\n", env!("CARGO_PKG_VERSION")));
        assert_eq!((said.code, said.log.as_str()), (Some(0), ""));
    }
}

#[test]
fn any_other_argument_is_refused() {
    let (bed, _) = checkout();
    for argument in ["--dry-run", "link", ""] {
        let said = said(command().arg(argument).envs(&bed.variables));
        assert_eq!(said.code, Some(2));
        assert_eq!(
            said.out + &said.log,
            "The pipe is configured by variables. Its only arguments are --help and --version.\n"
        );
    }
    assert_eq!(bed.fake.requests().len(), 0);
}

#[test]
fn a_fork_without_variables_passes_with_one_sentence() {
    let pipeline = [("CI", "true"), ("BITBUCKET_REPO_FULL_NAME", "someone/fork"), ("BITBUCKET_PR_ID", "7")];
    for said in [with(NOTHING), with(pipeline)] {
        assert_eq!(said.code, Some(0));
        assert_eq!(said.log, "\u{1b}[34mINFO: Executing the pipe...\u{1b}[0m\n");
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.out.escape_debug(), @r"\u{1b}[32m✔ Nothing is configured, so nothing is linked. Set CONFLUENCE_BASE_URL and the credentials to use this pipe\u{1b}[0m\n");
        }
    }
}

#[test]
fn variables_that_arrive_empty_are_not_there() {
    let empty =
        ["CONFLUENCE_BASE_URL", "CONFLUENCE_API_TOKEN", "BITBUCKET_ACCESS_TOKEN", "REQUIRE", "DRY_RUN", "DEBUG"];
    let none = with(empty.map(|name| (name, "")));
    assert_eq!(none.code, Some(0), "{none:?}");
    assert!(none.out.contains("Nothing is configured"), "{none:?}");

    let (mut bed, _) = checkout();
    for name in ["KEY_PREFIXES", "SPACES_COUNT", "ACTION", "TIMEOUT_SECONDS", "ATLASSIAN_ACCOUNT_EMAIL", "OUTPUT_DIR"] {
        bed = bed.with(name, "  ");
    }
    let ran = run(&bed.variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(bed.fake.writes().len(), 3);
}

#[test]
fn every_problem_is_said_at_once_and_no_value() {
    let typed = [
        ("NO_COLOR", "1"),
        ("CONFLUENCE_BASE_URL", "ftp://typed-host.test"),
        ("CONFLUENCE_API_TOKEN", "typed-token"),
        ("BITBUCKET_ACCESS_TOKEN", "typed-token"),
        ("KEY_PREFIXES_COUNT", "2"),
        ("KEY_PREFIXES_0", "ENG"),
        ("KEY_PREFIXES_1", "typed prefix"),
        ("SPACES", "typed space"),
        ("SOURCES", "branch,typed-source"),
        ("PULL_REQUEST_OUTPUT", "none,typed"),
        ("PAGE_OUTPUT", "typed"),
        ("SHOW_TITLES", "typed"),
        ("ACTION", "typed"),
        ("DRY_RUN", "typed"),
        ("ON_ERROR", "typed"),
        ("DEBUG", "typed"),
        ("TIMEOUT_SECONDS", "typed"),
        ("CONFLUENCE_SITE_ALIASES", "typed alias"),
        ("CONFLUENCE_CLOUD_ID", "typed id"),
        ("BITBUCKET_API_URL", "typed"),
        ("BITBUCKET_REPO_FULL_NAME", "typed"),
        ("BITBUCKET_PR_ID", "typed"),
    ];
    let said = with(typed);
    assert_eq!(said.code, Some(2));
    assert!(!(said.out.clone() + &said.log).contains("typed"), "{said:?}");
    insta::assert_snapshot!(said.log, @r"
    INFO: Executing the pipe...
    ERROR: CONFLUENCE_BASE_URL must be a URL that begins with `https://`
    ERROR: BITBUCKET_API_URL must be a URL that begins with `https://`
    ERROR: KEY_PREFIXES has an invalid item (number 2). Use prefixes such as `ENG` or `RFC=ARCH`
    ERROR: CONFLUENCE_CLOUD_ID must be the site's id: letters, digits and hyphens
    ERROR: CONFLUENCE_SITE_ALIASES must be a list of host names
    ERROR: SPACES has an invalid item (number 1). Use space keys such as `ENG`
    ERROR: SOURCES must be a list of `branch`, `commits`, `title`, `description`, `jira`
    ERROR: PULL_REQUEST_OUTPUT must be a list of `comment`, `report`, or `none` alone
    ERROR: PAGE_OUTPUT must be a list of `comment`, `labels`, `tasks`, or `none` alone
    ERROR: SHOW_TITLES must be `auto` or `never`
    ERROR: ON_ERROR must be `warn` or `fail`
    ERROR: ACTION must be `auto` or `link` or `release` or `reconcile` or `backfill` or `check` or `review` or `remove`
    ERROR: DRY_RUN must be `true` or `false`
    ERROR: DEBUG must be `true` or `false`
    ERROR: TIMEOUT_SECONDS must be a number from 1 to 3600
    ERROR: BITBUCKET_REPO_FULL_NAME is missing or isn't the name of a repository. Run the pipe as a step of a Bitbucket pipeline
    ERROR: BITBUCKET_PR_ID isn't the number of a pull request
    ");
    insta::assert_snapshot!(said.out.escape_debug(), @r"✖ Bad configuration (17 problems). Nothing was read or written. See https://bitbucket.org/confluence-pr-link/confluence-pr-link\n");
}

#[test]
fn half_a_configuration_is_refused_before_anything_is_read() {
    let (bed, _) = checkout();
    for missing in ["CONFLUENCE_BASE_URL", "CONFLUENCE_API_TOKEN"] {
        let mut variables = bed.variables.clone();
        variables.insert(missing.to_owned(), String::new());
        let said = run(&variables);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.log.contains(&format!("ERROR: {missing} is missing")), "{said:?}");
        assert!(said.out.contains("(1 problem)"), "{said:?}");
    }
    assert_eq!(bed.fake.requests().len(), 0);
}
