//! The script lines of docs/secretless.md, run by a shell as a step runs them, with stand-ins for the tools and the stores.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::bed::Bed;
use crate::binary::Place;
use crate::documents::documents;
use crate::examples::examples;
use crate::linking::simple;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_TOKEN, SOMEBODY_ELSE};

const IDENTITY: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzdGVwIn0.c2lnbmF0dXJl";

/// The AWS command line exchanges the exported identity for each request, and fails with these codes.
const AWS: &str = r#"#!/bin/sh
refuse() { echo "An error occurred ($1)" >&2; exit "$2"; }
[ "$AWS_DEFAULT_REGION" = eu-central-1 ] || refuse NoRegion 253
[ "$AWS_ROLE_ARN" = arn:aws:iam::123456789012:role/confluence-pr-link ] || refuse NoCredentials 253
[ "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" = "{identity}" ] || refuse InvalidIdentityToken 254
case "$*" in
"secretsmanager get-secret-value --secret-id confluence-pr-link/confluence --query SecretString --output text") echo "{first}" ;;
"secretsmanager get-secret-value --secret-id confluence-pr-link/bitbucket --query SecretString --output text")
    [ "{second}" ] || refuse AccessDeniedException 254
    echo "{second}" ;;
*) refuse Usage 252 ;;
esac
"#;

/// `curl -f` ends with 22 when Vault refuses.
const CURL: &str = r#"#!/bin/sh
refuse() { echo "curl: (22) The requested URL returned error: 403" >&2; exit 22; }
case "$*" in
"-fsS -d @- https://vault.acme.example:8200/v1/auth/jwt/login")
    [ "$(cat)" = '{"role":"confluence-pr-link","jwt":"{identity}"}' ] || refuse
    echo '{"request_id":"1","auth":{"client_token":"hvs.CAES"}}' ;;
"-fsS -H X-Vault-Token:hvs.CAES https://vault.acme.example:8200/v1/secret/data/confluence-pr-link")
    echo '{"data":{"data":{"confluence_api_token":"{first}"{second field}}}}' ;;
*) refuse ;;
esac
"#;

/// `jq -e` ends with 1 when there is no such field; an empty one is printed. A filter that a document doesn't fit finds
/// nothing.
const JQ: &str = r#"#!/bin/sh
[ "$1" = -er ] || exit 2
case "$2" in
.auth.client_token | .data.data.confluence_api_token | .data.data.bitbucket_access_token) ;;
*) exit 1 ;;
esac
text=$(cat)
case "$text" in
*"\"${2##*.}\":"*) printf '%s\n' "$text" | sed -n "s/.*\"${2##*.}\":\"\([^\"]*\)\".*/\1/p" ;;
*) echo null; exit 1 ;;
esac
"#;

/// The step of one store.
struct Step {
    store: &'static str,
    script: Vec<String>,
    variables: Vec<String>,
}

/// What became of a step.
struct Ended {
    code: i32,
    output: String,
    /// Whether the lines before the pipe all succeeded.
    pipe_started: bool,
}

fn steps() -> Vec<Step> {
    let of_document = examples().into_iter().filter(|(name, example)| name == "secretless.md" && !example.is_empty());
    of_document.map(|(_, example)| Step::read(&example)).collect()
}

impl Step {
    fn read(example: &str) -> Self {
        assert!(example.contains("    oidc: true\n"), "the step gets no OIDC token: {example}");
        let (_, script) = example.split_once("    script:\n").unwrap();
        let (lines, pipe) = script.split_once("      - pipe: ").unwrap();
        let (_, variables) = pipe.split_once("        variables:\n").unwrap();
        let script: Vec<String> = lines.lines().map(|line| line.strip_prefix("      - ").unwrap().to_owned()).collect();
        // Such a line means to YAML what it says.
        let is_plain = |line: &String| {
            line.starts_with(char::is_alphabetic)
                && !line.contains(": ")
                && !line.contains(" #")
                && !line.ends_with(':')
        };
        assert!(script.iter().all(is_plain), "{script:#?}");
        // Bitbucket starts a pipe as `docker run -e NAME="value"` in the step's shell.
        let variables = variables.lines().map(|line| line.trim().replacen(": ", "=", 1)).collect();
        let store = if example.contains("aws secretsmanager") { "aws" } else { "vault" };
        Self { store, script, variables }
    }

    /// Runs the step as somebody with this identity, at a store whose second secret is this, if it has one. AWS holds no
    /// empty secret.
    fn run(&self, bed: &Bed, identity: &str, second: Option<&str>) -> Ended {
        let place = Place::new();
        let tools = place.join("bin");
        fs::create_dir(&tools).unwrap();
        let [aws, curl, jq] = if self.store == "aws" { [true, false, false] } else { [false, true, true] };
        for (name, text, is_there) in [("aws", AWS, aws), ("curl", CURL, curl), ("jq", JQ, jq)] {
            let field = second.map(|token| format!(",\"bitbucket_access_token\":\"{token}\"")).unwrap_or_default();
            let tool = text.replace("{identity}", IDENTITY).replace("{first}", CONFLUENCE_TOKEN);
            let tool = tool.replace("{second field}", &field).replace("{second}", second.unwrap_or_default());
            fs::write(tools.join(name), if is_there { &tool } else { "#!/bin/sh\nexit 127\n" }).unwrap();
            fs::set_permissions(tools.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let tokens = ["CONFLUENCE_API_TOKEN", "BITBUCKET_ACCESS_TOKEN"];
        let others = bed.variables.iter().filter(|(name, _)| !tokens.contains(&name.as_str()));
        let others: Vec<String> = others.map(|(name, value)| format!("{name}='{value}'")).collect();
        let program = env!("CARGO_BIN_EXE_confluence-pr-link");
        let pipe = format!("env -i {} {} '{program}'", self.variables.join(" "), others.join(" "));
        let script = [self.script.join("\n"), "touch started".to_owned(), pipe].join("\n");
        let output = Command::new("sh")
            .args(["-e", "-c", &script])
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
            .env("TMPDIR", place.text())
            .env("BITBUCKET_STEP_OIDC_TOKEN", identity)
            .current_dir(place.text())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ended {
            code: output.status.code().unwrap(),
            output: String::from_utf8(text).unwrap(),
            pipe_started: place.join("started").exists(),
        }
    }
}

#[test]
fn script_lines_fetch_the_tokens_and_pages_get_linked() {
    let steps = steps();
    assert_eq!(steps.iter().map(|step| step.store).collect::<Vec<_>>(), ["aws", "vault"]);
    for step in steps {
        let bed = simple();
        let ended = step.run(&bed, IDENTITY, Some(BITBUCKET_TOKEN));
        assert_eq!(ended.code, 0, "{}: {}", step.store, ended.output);
        assert_eq!((bed.only_rows(101).len(), bed.comments(1).len()), (1, 1), "{}", ended.output);
        for secret in [CONFLUENCE_TOKEN, BITBUCKET_TOKEN, IDENTITY, "hvs.CAES"] {
            assert!(!ended.output.contains(secret), "{}", ended.output);
        }
    }
}

#[test]
fn refused_identity_ends_the_step_before_the_pipe() {
    for step in steps() {
        let bed = simple();
        let ended = step.run(&bed, "another-identity", Some(BITBUCKET_TOKEN));
        assert!(ended.code != 0 && !ended.pipe_started, "{}: {}", step.store, ended.output);
        assert_eq!(bed.fake.requests().len(), 0);
    }
}

#[test]
fn missing_or_empty_secret_ends_the_step_before_the_pipe() {
    for (step, second) in steps().iter().flat_map(|step| [(step, None), (step, Some(""))]) {
        let bed = simple();
        let ended = step.run(&bed, IDENTITY, second);
        assert!(ended.code != 0 && !ended.pipe_started, "{} {second:?}: {}", step.store, ended.output);
        assert_eq!(bed.fake.requests().len(), 0);
    }
}

/// The exit code that the document names for a setting.
fn documented_code(setting: &str) -> u8 {
    let (_, text) = documents().into_iter().find(|(path, _)| path.ends_with("secretless.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with(&format!("| {setting}"))).unwrap().to_owned();
    let cell = row.trim_matches(['|', ' ']).rsplit(" | ").next().unwrap();
    cell.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

#[test]
fn expired_token_changes_nothing_and_ends_as_documented() {
    let settings = [
        ("`ON_ERROR: \"warn\"` (default)", "ON_ERROR", "warn"),
        ("`ON_ERROR: \"fail\"`", "ON_ERROR", "fail"),
        ("`REQUIRE`", "REQUIRE", "link"),
        ("`ACTION: \"check\"`", "ACTION", "check"),
    ];
    for (documented, variable, value) in settings {
        for token in ["CONFLUENCE_API_TOKEN", "BITBUCKET_ACCESS_TOKEN"] {
            let bed = simple();
            assert_eq!(bed.run().exit.code(), 0);
            let rows = bed.only_rows(101);
            let bed = match token {
                "CONFLUENCE_API_TOKEN" => {
                    bed.fake.state().confluence.token_mut(CONFLUENCE_TOKEN).expired = true;
                    bed
                }
                _ => bed.with(token, "of-last-year"),
            };
            let ran = bed.with("ON_ERROR", "warn").with(variable, value);
            let (bed, ran) = (&ran, ran.run());
            assert_eq!(ran.exit.code(), documented_code(documented), "{token}, {documented}: {}", ran.log);
            assert_eq!(bed.only_rows(101), rows, "{token}, {documented}: {}", ran.log);
        }
    }
}

#[test]
fn pages_move_to_another_account_by_remove_and_backfill() {
    let bed = simple();
    bed.run_twice();
    let mut bed = bed.with("ACTION", "remove");
    bed.variables.remove("BITBUCKET_PR_ID");
    assert_eq!(bed.run().exit.code(), 0);
    assert_eq!(bed.rows(101), Vec::<Vec<String>>::new());
    SOMEBODY_ELSE.clone_into(&mut bed.fake.state().confluence.token_mut(CONFLUENCE_TOKEN).account);
    let bed = bed.with("ACTION", "backfill");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
}
