//! The rules of the house, read from the sources themselves. Who breaks one is told the file and the line.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Files that are longer than a file should be. Whoever splits one takes it off the list.
const TOO_LONG: &[&str] = &[];

/// Arrows that point up. Whoever turns one round, or moves a `pub mod` line, takes it off the list.
const UPWARD: &[(&str, &str)] = &[];

/// What decides and does not act. It has no clients, no streams, no variables, no clock.
const PURE: &[&str] =
    &["src/mention/", "src/surface/", "src/plan/", "src/page/matching.rs", "src/http/retry.rs", "src/ids.rs"];

/// What the pure modules may know of the services: what was read, never who reads it.
const PLAIN_DATA: &[&str] =
    &["Content", "ContentStatus", "LastChange", "Person", "PullRequest", "PullRequestState", "Restriction", "Task"];

#[test]
fn a_module_uses_only_those_that_come_after_it_in_the_crate_documentation() {
    let order = modules();
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut known: Vec<(&str, &str)> = UPWARD.to_vec();
    let mut seen = Vec::new();
    let mut broken = Vec::new();
    for file in program() {
        let Some(own) = order.iter().find(|module| file.is_of(module)) else { continue };
        for (line, used) in file.all(r"\bcrate::(\w+)") {
            if used == *own || place(&used) > place(own) {
                continue;
            }
            match known.iter().find(|(from, to)| from == own && *to == used) {
                Some(exception) => seen.push(*exception),
                None => broken.push(format!("{}:{line}: `{own}` uses `{used}`, which comes before it", file.path)),
            }
        }
    }
    known.retain(|exception| !seen.contains(exception));
    broken.extend(known.iter().map(|(from, to)| format!("`{from}` uses `{to}` no more: take it off the list")));
    nothing(&broken);
}

#[test]
fn a_module_is_reached_by_its_full_name_so_that_the_arrows_can_be_read() {
    let mut broken = Vec::new();
    for file in program() {
        broken.extend(file.places(r"\bcrate::\{", "names several modules in one `use`"));
        let depth = file.path.matches('/').count() - usize::from(file.path.ends_with("/mod.rs"));
        let above = format!(r"\b(super::){{{depth}}}\w");
        broken.extend(file.places(&above, "climbs out of its module by `super`"));
    }
    nothing(&broken);
}

#[test]
fn what_decides_does_not_act() {
    let acting = r"\bcrate::(http|console|clock|config|variables|files|audit|apply|observe)\b|\bureq\b|\bstd::(env|fs|io|net|thread|process|time::Instant|time::SystemTime)\b";
    let mut broken = Vec::new();
    for file in program().iter().filter(|file| PURE.iter().any(|pure| file.path.starts_with(pure))) {
        let own = if file.path.starts_with("src/http/") { r"\bcrate::http::(send|session|service)\b" } else { acting };
        broken.extend(file.places(own, "acts"));
        for (line, used) in file.all(r"\bcrate::(?:bitbucket|confluence)::(\{[^}]*\}|\w+)") {
            let names = used.trim_matches(['{', '}']).split(',').map(str::trim).filter(|name| !name.is_empty());
            let clients = names.filter(|name| !PLAIN_DATA.contains(name));
            broken.extend(clients.map(|name| format!("{}:{line}: `{name}` is no plain data", file.path)));
        }
    }
    nothing(&broken);
}

#[test]
fn only_http_knows_the_http_library() {
    let elsewhere = program().into_iter().filter(|file| !file.path.starts_with("src/http/"));
    nothing(&elsewhere.flat_map(|file| file.places(r"\b(ureq|rustls)\b", "uses the library")).collect::<Vec<_>>());
}

#[test]
fn only_apply_writes() {
    let writing = r"\.(create|update|delete|put|complete|add)_\w*(comment|report|task|label)\(";
    let elsewhere = program().into_iter().filter(|file| !file.path.starts_with("src/apply"));
    nothing(&elsewhere.flat_map(|file| file.places(writing, "calls a write endpoint")).collect::<Vec<_>>());
}

#[test]
fn only_main_touches_the_process() {
    let process = r"\benv::\w|\bstd::env\b|\bstd::process\b|\bprocess::exit\b|\b(stdout|stderr|stdin)\(|\be?print(ln)?!|\b(Instant|SystemTime|Timestamp)::now\b|\bthread::sleep\b";
    let elsewhere = program().into_iter().filter(|file| file.path != "src/main.rs");
    nothing(&elsewhere.flat_map(|file| file.places(process, "touches the process")).collect::<Vec<_>>());
}

#[test]
fn the_program_does_not_panic_on_purpose() {
    let panics = r"\.unwrap\(\)|\.unwrap_err\(\)|\.expect\(|\b(panic|todo|unimplemented|unreachable|assert|assert_eq)!";
    nothing(&program().iter().flat_map(|file| file.places(panics, "panics")).collect::<Vec<_>>());
}

#[test]
fn no_test_is_left_out() {
    let left_out = concat!(r"#\[", "ignore");
    nothing(&every(&["rs"]).iter().flat_map(|file| file.places(left_out, "is ignored")).collect::<Vec<_>>());
}

#[test]
fn a_file_says_first_what_it_is_and_ends_before_it_is_too_long() {
    let mut broken = Vec::new();
    let mut known = TOO_LONG.to_vec();
    for file in every(&["rs"]) {
        if !file.text.starts_with("//! ") {
            broken.push(format!("{}:1: does not begin with `//!`", file.path));
        }
        let lines = file.text.lines().count();
        let listed = known.iter().position(|path| *path == file.path);
        match (lines > 400, listed) {
            (true, None) => broken.push(format!("{}: has {lines} lines, more than 400", file.path)),
            (true, Some(place)) => drop(known.remove(place)),
            (false, _) => {}
        }
    }
    broken.extend(known.iter().map(|path| format!("{path} is short enough now: take it off the list")));
    nothing(&broken);
}

#[test]
fn texts_are_clean() {
    let mut broken = Vec::new();
    for file in every(&["rs", "md"]) {
        broken.extend(file.places(r"[ \t]+$", "ends in white space"));
        broken.extend(file.places(r"\t", "holds a tab"));
        broken.extend(file.places(r"\r", "holds a carriage return"));
        if !file.text.ends_with('\n') || file.text.ends_with("\n\n") {
            broken.push(format!("{}: does not end with one line break", file.path));
        }
    }
    nothing(&broken);
}

#[test]
fn the_repository_names_no_place_on_one_machine() {
    let machine = [r"/wor", r"k\b|/tm", r"p/[a-z]-|/roo", r"t/"].concat();
    let texts = every(&["rs", "md", "toml", "yml", "yaml", "json", "sh", "txt", "Dockerfile", "lock"]);
    nothing(&texts.iter().flat_map(|file| file.places(&machine, "names a machine's path")).collect::<Vec<_>>());
}

/// A text file, and which of its lines are the program's.
struct Source {
    /// From the repository's root, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn is_of(&self, module: &str) -> bool {
        let inside = self.path.strip_prefix("src/").and_then(|path| path.strip_prefix(module));
        inside.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    }

    /// Every match's first group, or the whole match, with its line. A match may span lines.
    fn all(&self, pattern: &str) -> Vec<(usize, String)> {
        let pattern = Regex::new(&format!("(?m){pattern}")).unwrap();
        let line = |at: usize| self.text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        let found = pattern.captures_iter(&self.text);
        found
            .map(|captures| {
                let whole = captures.get(0).unwrap();
                (line(whole.start()), captures.get(1).unwrap_or(whole).as_str().to_owned())
            })
            .collect()
    }

    fn places(&self, pattern: &str, what: &str) -> Vec<String> {
        let lines: Vec<&str> = self.text.lines().collect();
        let of = |line: usize| lines.get(line - 1).map_or("", |text| text.trim());
        self.all(pattern).iter().map(|(line, _)| format!("{}:{line}: {what}: {}", self.path, of(*line))).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The modules in the order of their `pub mod` lines.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 5, "`pub mod` lines were not found: {names:?}");
    names
}

/// The program: everything in `src/` without comments and tests, line by line where it was.
fn program() -> Vec<Source> {
    let files = every(&["rs"]).into_iter().filter(|file| file.path.starts_with("src/"));
    let program: Vec<Source> = files
        .filter(|file| !file.path.contains("/tests/") && !file.path.ends_with("/tests.rs"))
        .map(|file| Source { text: without_tests(&file.text), path: file.path })
        .collect();
    assert!(program.len() > 10, "the program was not found");
    program
}

fn without_tests(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        let begins_tests = line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.ends_with('{'));
        if begins_tests {
            kept.push('\n');
            for skipped in lines.by_ref() {
                kept.push('\n');
                if skipped == "}" {
                    break;
                }
            }
        } else {
            kept.push_str(without_comment(line));
            kept.push('\n');
        }
    }
    kept
}

/// A comment begins a line or follows a space; `https://` is none.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or("") }
}

/// Every file of these endings but what is built.
fn every(endings: &[&str]) -> Vec<Source> {
    let mut files = Vec::new();
    let mut left = vec![root().to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    left.push(path);
                }
            } else if endings.iter().any(|ending| name.rsplit('.').next() == Some(ending)) {
                files.push(Source { text: fs::read_to_string(&path).unwrap(), path: relative(&path) });
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn relative(path: &Path) -> String {
    let parts: PathBuf = path.strip_prefix(root()).unwrap().to_owned();
    parts.to_string_lossy().replace('\\', "/")
}

#[track_caller]
fn nothing(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
