//! The speed at which texts are read for mentions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use confluence_pr_link::ids::{Host, KeyPrefix, SpaceKey};
use confluence_pr_link::mention::{Grammar, KeyRule, Origin, Text, detect};

use crate::stage;
use crate::units::UNITS;

/// As many commits as one pull request has at most: more are not read.
const COMMITS: usize = 1_000;

/// Each text is read twice as often until it takes so long, as the system tells a thread's time in steps of some milliseconds.
const LONG_ENOUGH: Duration = Duration::from_millis(60);

/// Prints bytes per second of histories, and the time per byte of hostile texts as they grow.
#[expect(clippy::print_stdout, reason = "it shows figures")]
pub(crate) fn show() {
    println!("\ndetection: commit messages, 1,000 at once as of one pull request");
    println!("{:<28}  {:>9}  {:>9}  {:>6}  {:>10}", "texts", "messages", "kB", "MB/s", "mentions");
    for (name, messages) in histories() {
        println!("{}", speed(&name, &messages));
    }
    println!("\ndetection: hostile texts, nanoseconds per byte of description as it grows");
    println!("{:<28}  {:>7}  {:>7}  {:>7}", "a repetition of", "16 kB", "64 kB", "256 kB");
    let mut rows: Vec<(f64, String)> = UNITS.iter().map(|unit| growth(unit)).collect();
    rows.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    for (_, row) in rows.iter().take(12) {
        println!("{row}");
    }
    let steepest = rows.iter().map(|(growth, _)| *growth).fold(0.0, f64::max);
    println!("the 12 of {} whose time per byte grows most; the steepest: {steepest:.2} times", rows.len());
}

/// The histories of the corpus, in `CONFLUENCE_PR_LINK_CORPUS` or next to the repository; without it, made-up ones.
#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it asks where its data is, and says so")]
fn histories() -> Vec<(String, Vec<String>)> {
    let sibling = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("CONFLUENCE_PR_LINK_CORPUS").map_or_else(sibling, PathBuf::from);
    let files = ["bitbucket-history.jsonl", "no-keys-history.jsonl"];
    let read: Vec<(String, Vec<String>)> = files
        .iter()
        .filter_map(|file| Some(((*file).to_owned(), messages(&std::fs::read_to_string(corpus.join(file)).ok()?))))
        .collect();
    if read.len() == files.len() {
        return read;
    }
    println!("no corpus at {}: generated texts", corpus.display());
    vec![("generated, keys".to_owned(), generated("ENG-")), ("generated, no keys".to_owned(), generated("step "))]
}

fn messages(lines: &str) -> Vec<String> {
    let message = |line: &str| {
        let commit: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(commit.get("message")?.as_str()?.to_owned())
    };
    lines.lines().filter_map(message).collect()
}

fn generated(before_number: &str) -> Vec<String> {
    let message = |number: usize| {
        format!(
            "{before_number}{}: `code`, and what was done\n\nWhy it was done - in a line or two, by \
             somebody@example.com.\nSee https://example.com/a/b-{number} for more.\n",
            number % 300
        )
    };
    (0..3 * COMMITS).map(message).collect()
}

fn speed(name: &str, messages: &[String]) -> String {
    let grammar = grammar(KeyRule::Any);
    let mut took = Duration::ZERO;
    let mut mentions = 0;
    for commits in messages.chunks(COMMITS) {
        let texts: Vec<Text<'_>> =
            commits.iter().enumerate().map(|(at, body)| Text { origin: Origin::Commit(at), body }).collect();
        mentions += detect(&texts, &grammar).mentions.len();
        took += once(&texts, &grammar);
    }
    let bytes: usize = messages.iter().map(String::len).sum();
    let rate = bytes as f64 / took.as_secs_f64() / 1e6;
    format!("{name:<28}  {:>9}  {:>9.1}  {rate:>6.0}  {mentions:>10}", messages.len(), bytes as f64 / 1e3)
}

/// How much the time per byte grows, and a line that shows it.
fn growth(unit: &str) -> (f64, String) {
    let prefix = |text| KeyPrefix::parse(text).zip(SpaceKey::parse(text));
    let grammar = grammar(KeyRule::Configured(prefix("ENG").into_iter().collect()));
    let each = [16, 64, 256].map(|kilobytes: usize| {
        let body = unit.repeat(kilobytes * 1_000 / unit.len());
        let took = once(&[Text { origin: Origin::Description, body: &body }], &grammar);
        took.as_secs_f64() * 1e9 / body.len() as f64
    });
    let [small, medium, large] = each;
    let name = format!("{unit:?}");
    (large / small, format!("{name:<28}  {small:>7.1}  {medium:>7.1}  {large:>7.1}"))
}

/// The processor time of reading texts once. Not wall-clock time, which other programs add to.
fn once(texts: &[Text<'_>], grammar: &Grammar) -> Duration {
    let mut times = 1;
    loop {
        let begin = stage::processor_time();
        for _ in 0..times {
            std::hint::black_box(detect(texts, grammar));
        }
        let took = stage::processor_time().saturating_sub(begin);
        if took >= LONG_ENOUGH {
            return took / times;
        }
        times *= 2;
    }
}

fn grammar(keys: KeyRule) -> Grammar {
    let site_hosts: BTreeSet<Host> = Host::parse("acme.atlassian.net").into_iter().collect();
    Grammar { site_hosts, gateway: None, keys }
}
