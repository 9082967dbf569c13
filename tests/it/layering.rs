//! The layers of the program: which module may use which, read from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

/// Modules that decide and do no I/O.
const PURE: &str = "mention surface plan page::matching page::describe page::copies page::jira texts http::retry ids";
/// Modules that do I/O, or know the environment.
const ACTING: &str = "http::send http::session http::service console clock config variables files audit apply link run";
/// The answers of the services, which pure modules may know. Their clients aren't among them.
const ANSWERS: &str = "AuthorKind Comment Commit CommitFacts Commits Content ContentStatus LastChange ListEnd Person \
    PullRequest PullRequestState RemoteLinks Restriction SpaceName Task Viewers WireAnnotation WireReport";

/// Modules with sentences outside `words.rs`: places we write to, errors of a service, tables and templates.
const WITH_SENTENCES: &str = "surface http bitbucket confluence files variables::help action::review::finding \
    action::review::html action::release::notes";

/// A file of the program without comments and tests, line by line as it is.
struct Module {
    file: String,
    /// Its path in the crate, such as `page::matching`; empty for `lib.rs`.
    name: String,
    text: String,
}

/// A place where a module names something of this crate.
struct Import {
    place: String,
    from: String,
    /// The module with the longest name that contains it.
    to: String,
    item: String,
}

#[test]
fn modules_use_only_later_ones_of_lib() {
    let library = include_str!("../../src/lib.rs");
    let order: Vec<&str> = Regex::new(r"(?m)^(?:pub\S* )?mod (\w+);$")
        .unwrap()
        .captures_iter(library)
        .map(|found| found.extract::<1>().1[0])
        .collect();
    assert!(order.len() > 5, "no modules in lib.rs");
    let place = |module: &str| order.iter().position(|one| module.split("::").next() == Some(one));
    let upward =
        imports().into_iter().filter(|import| !import.from.is_empty() && place(&import.to) < place(&import.from));
    none(upward.map(|import| format!("{}: `{}` comes before `{}`", import.place, import.to, import.from)));
}

#[test]
fn files_use_each_other_in_no_new_circle() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // A module and its submodules are one thing.
    let apart = |import: &&Import| !within(&import.from, &import.to) && !within(&import.to, &import.from);
    for import in imports().iter().filter(apart) {
        uses.entry(import.from.clone()).or_default().insert(import.to.clone());
    }
    let mut circles = vec![];
    for start in uses.keys() {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(module) = open.pop() {
            open.extend(uses.get(module).into_iter().flatten().filter(|next| seen.insert(*next)));
        }
        if seen.contains(start) {
            circles.push(format!("`{start}` is used by what it uses"));
        }
    }
    none(circles);
}

#[test]
fn what_decides_does_not_act() {
    let modules = modules();
    for name in PURE.split(' ').chain(ACTING.split(' ')) {
        assert!(modules.iter().any(|module| module.name == name), "there is no module {name}: correct the lists");
    }
    let is_in = |list: &str, name: &str| list.split(' ').any(|module| within(name, module));
    let pure = |name: &str| is_in(PURE, name);
    let clients = |import: &Import| {
        is_in("bitbucket confluence", &import.to) && !ANSWERS.split_whitespace().any(|answer| answer == import.item)
    };
    let acts = |import: &Import| is_in(ACTING, &import.to) || clients(import);
    let imports = imports().into_iter().filter(|import| pure(&import.from) && acts(import));
    let of_crate = imports.map(|import| format!("{}: `{}::{}` acts", import.place, import.to, import.item));
    let std = r"\bureq\b|\bstd::(env|fs|io|net|thread|process|time::(Instant|SystemTime))\b";
    let of_std = modules.iter().filter(|module| pure(&module.name)).flat_map(|module| module.places(std));
    none(of_crate.chain(of_std));
}

#[test]
fn only_apply_writes() {
    let writing = r"\.(create|update|delete|put|complete|add)_\w*(comment|report|task|label)\(";
    let modules = modules();
    none(modules.iter().filter(|module| !within(&module.name, "apply")).flat_map(|module| module.places(writing)));
}

#[test]
fn only_http_knows_the_http_library() {
    let modules = modules();
    let elsewhere = modules.iter().filter(|module| !within(&module.name, "http"));
    none(elsewhere.flat_map(|module| module.places(r"\b(ureq|rustls)\b")));
}

#[test]
fn patterns_ignore_case_without_unicode_tables() {
    // The program is built without these tables, so such a pattern is none there; dependencies of the tests bring them.
    none(modules().iter().flat_map(|module| module.places(r"\(\?i\)")));
}

#[test]
fn sentences_are_in_words_files() {
    let modules = modules();
    let may_have_some =
        |name: &str| name.ends_with("words") || WITH_SENTENCES.split_whitespace().any(|module| within(name, module));
    let attributes = Regex::new(r"#\[\w+\([^\]]*\]").unwrap();
    let literals = Regex::new(r#"'(?:\\.|[^'\\])'|"((?s:\\.|[^"\\])*)""#).unwrap();
    let prose = Regex::new(r"[A-Za-z]\S*(?: [a-z`{]\S*){4}").unwrap();
    let others = modules.iter().filter(|module| !may_have_some(&module.name));
    none(others.flat_map(|module| {
        let text = attributes.replace_all(&module.text, "").replace("\\\n", " ");
        let texts = literals.captures_iter(&text).filter_map(|found| Some(found.get(1)?.as_str().to_owned()));
        let texts: Vec<String> = texts.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        texts.into_iter().filter(|text| prose.is_match(text)).map(|text| format!("{}: {text}", module.file))
    }));
}

fn within(name: &str, module: &str) -> bool {
    name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[track_caller]
fn none(broken: impl IntoIterator<Item = String>) {
    let broken: Vec<String> = broken.into_iter().collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

impl Module {
    fn place(&self, at: usize) -> String {
        format!("{}:{}", self.file, self.text.split_at(at).0.matches('\n').count() + 1)
    }

    fn places(&self, pattern: &str) -> Vec<String> {
        let pattern = Regex::new(pattern).unwrap();
        pattern
            .find_iter(&self.text)
            .map(|found| format!("{}: {}", self.place(found.start()), found.as_str()))
            .collect()
    }
}

/// Every module but `main.rs`, which is another crate.
fn modules() -> Vec<Module> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut modules, mut open) = (vec![], vec![source.clone()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let file = path.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
        let name = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        if name != "main" && !name.split("::").any(|part| part == "tests") {
            let name = if name == "lib" { String::new() } else { name };
            modules.push(Module { file, name, text: program(&std::fs::read_to_string(path).unwrap()) });
        }
    }
    modules
}

/// The lines of a file, with comments and tests as empty lines.
fn program(text: &str) -> String {
    let blank = |found: &regex::Captures<'_>| "\n".repeat(found[0].matches('\n').count());
    let tests = Regex::new(r"(?ms)^#\[cfg\(test\)\]\n(?:pub\S* )?mod \w+ \{.*?^\}$").unwrap();
    Regex::new(r"(?m)(^|\s)//.*$").unwrap().replace_all(&tests.replace_all(text, blank), "$1").into_owned()
}

/// Every path that begins with `crate` or `super`; one for each name of a group in braces.
fn imports() -> Vec<Import> {
    let modules = modules();
    let path = Regex::new(r"\b(crate|super(?:::super)*)::((?:\w+(?:::)?)*)(?:\{([^}]*)\})?").unwrap();
    let mut imports = vec![];
    for module in &modules {
        assert!(!module.text.contains("crate::{"), "{}: one `use` for each module", module.file);
        for found in path.captures_iter(&module.text) {
            let above = found[1].matches("super").count();
            let own = module.name.split("::").collect::<Vec<_>>();
            let base = if above == 0 { vec![] } else { own[..own.len() - above].to_vec() };
            let base = base.into_iter().chain(found[2].split("::")).filter(|part| !part.is_empty()).collect::<Vec<_>>();
            for name in found.get(3).map_or("", |group| group.as_str()).split(',').map(str::trim) {
                let full = [&base[..], &name.split("::").collect::<Vec<_>>()[..]].concat().join("::");
                let known = modules.iter().filter(|one| !one.name.is_empty() && within(&full, &one.name));
                let to = known.max_by_key(|one| one.name.len()).map_or_else(String::new, |one| one.name.clone());
                let item =
                    full.split_at(to.len()).1.trim_matches(':').split("::").next().unwrap_or_default().to_owned();
                let place = module.place(found.get(0).unwrap().start());
                imports.push(Import { place, from: module.name.clone(), to, item });
            }
        }
    }
    assert!(imports.len() > 100, "the imports were not found");
    imports
}
