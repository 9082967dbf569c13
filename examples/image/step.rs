//! The start of a pipe by Bitbucket Pipelines: a container with these mounts and variables.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake};

/// Where the clone is, in the step and in the pipe.
pub(crate) const CLONE: &str = "/opt/atlassian/pipelines/agent/build";

/// The container engine and the image under test.
pub(crate) struct Engine {
    /// The words of its command, such as `docker`.
    pub(crate) command: Vec<String>,
    pub(crate) image: String,
}

/// What a container came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    /// Both streams, stderr first.
    pub(crate) log: String,
}

/// How the clone is mounted.
#[derive(Clone, Copy)]
pub(crate) enum Mount {
    Writable,
    ReadOnly,
}

/// One pipe of a step.
pub(crate) struct Step<'a> {
    engine: &'a Engine,
    /// The directory on this machine that is the clone.
    pub(crate) clone: PathBuf,
    mount: Mount,
    workdir: String,
    options: Vec<String>,
    variables: Vec<(String, String)>,
}

impl<'a> Step<'a> {
    /// The step of pull request 1 of `acme/shop`, as root and in the clone directory. The directory is named, so that
    /// checks do not see each other's files; it is below the repository, because Pipelines mounts nothing else.
    pub(crate) fn new(engine: &'a Engine, name: &str, fake: &Fake) -> Result<Self, String> {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/image").join(name);
        let _ = fs::remove_dir_all(&place);
        let made = ["build", "ssh", "docker"].iter().try_for_each(|part| fs::create_dir_all(place.join(part)));
        // Pipelines makes the clone directory everybody's.
        let opened = made.and_then(|()| fs::set_permissions(place.join("build"), Permissions::from_mode(0o777)));
        opened.map_err(|error| format!("{}: {error}", place.display()))?;
        let commit = fake.state().bitbucket.pull_request(1).source_commit.clone();
        let mut step = Self {
            engine,
            clone: place.join("build"),
            mount: Mount::Writable,
            workdir: CLONE.to_owned(),
            options: Vec::new(),
            variables: Vec::new(),
        };
        let own = format!("{CLONE}/.bitbucket/pipelines/generated/pipeline/pipes/confluence-pr-link");
        for (name, value) in [
            ("BITBUCKET_WORKSPACE", "acme"),
            ("BITBUCKET_REPO_SLUG", "shop"),
            ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
            ("BITBUCKET_REPO_IS_PRIVATE", "true"),
            ("BITBUCKET_BRANCH", "feature/ENG-123-checkout"),
            ("BITBUCKET_COMMIT", &commit),
            ("BITBUCKET_PR_ID", "1"),
            ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
            ("BITBUCKET_BUILD_NUMBER", "57"),
            ("BITBUCKET_CLONE_DIR", CLONE),
            ("BITBUCKET_PIPE_STORAGE_DIR", &own),
            ("BITBUCKET_PIPE_SHARED_STORAGE_DIR", &format!("{CLONE}/.bitbucket/pipelines/generated/pipeline/pipes")),
            ("BITBUCKET_PIPELINES_VARIABLES_PATH", "/opt/atlassian/pipelines/agent/tmp/pipelines-variables"),
            ("BITBUCKET_DOCKER_HOST_INTERNAL", "127.0.0.1"),
            ("BITBUCKET_GIT_HTTP_ORIGIN", "http://bitbucket.org/acme/shop"),
            ("DOCKER_HOST", "tcp://host.docker.internal:2375"),
            ("CI", "true"),
            // An unset default variable, and one that is set in the pipeline.
            ("KEY_PREFIXES", ""),
            ("ON_ERROR", "fail"),
            ("BITBUCKET_API_URL", &fake.bitbucket_api_url()),
            ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN),
            ("CONFLUENCE_BASE_URL", &fake.confluence_url()),
            ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL),
            ("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN),
        ] {
            step = step.with(name, value);
        }
        Ok(step)
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it in another directory of the clone, which is made.
    pub(crate) fn below(mut self, directory: &str) -> Result<Self, String> {
        fs::create_dir_all(self.clone.join(directory)).map_err(|error| format!("{directory}: {error}"))?;
        self.workdir = format!("{CLONE}/{directory}");
        Ok(self)
    }

    pub(crate) fn mounted(mut self, mount: Mount) -> Self {
        self.mount = mount;
        self
    }

    /// Further options of the engine.
    pub(crate) fn options(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    /// Runs the pipe once, by the command that Bitbucket writes into the log of a step. One thing is different: the
    /// container shares this machine's loopback, where the services are.
    pub(crate) fn run(&self) -> Result<Ran, String> {
        let Some((program, words)) = self.engine.command.split_first() else { return Err("no engine".to_owned()) };
        let sibling = |part: &str| self.clone.with_file_name(part).display().to_string();
        let mode = match self.mount {
            Mount::Writable => "",
            Mount::ReadOnly => ":ro",
        };
        let mut command = Command::new(program);
        command.args(words).args(["run", "--rm", "--network=host"]);
        command.arg(format!("--volume={}:{CLONE}{mode}", self.clone.display()));
        command.arg(format!("--volume={}:/opt/atlassian/pipelines/agent/ssh:ro", sibling("ssh")));
        command.arg(format!("--volume={}:/usr/local/bin/docker:ro", sibling("docker")));
        command.arg(format!("--workdir={}", self.workdir)).arg("--label=org.bitbucket.pipelines.system=true");
        for (name, value) in &self.variables {
            command.arg(format!("--env={name}={value}"));
        }
        command.args(&self.options).arg(&self.engine.image);
        let output = command.output().map_err(|error| format!("{program}: {error}"))?;
        let log = [output.stderr, output.stdout].concat();
        Ok(Ran { code: output.status.code(), log: String::from_utf8_lossy(&log).into_owned() })
    }
}
