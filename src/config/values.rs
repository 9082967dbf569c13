//! Lists, words and booleans as variables write them.

use std::collections::BTreeSet;

use crate::variables::{Problem, Raw, words};

/// Whether debug lines are wanted; known before anything else is parsed, so a bad value means no here.
pub(crate) fn debug(raw: &Raw) -> bool {
    boolean("DEBUG", &raw.debug).unwrap_or(false)
}

/// Every problem of the variables so far.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub(super) fn note<T>(&mut self, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.0.push(problem)).ok()
    }
}

pub(super) fn list_of(
    name: &'static str,
    value: &Option<String>,
    choices: &[&str],
) -> Result<BTreeSet<String>, Problem> {
    let chosen: BTreeSet<String> = list(value).map(str::to_ascii_lowercase).collect();
    let unknown = chosen.iter().any(|word| !choices.contains(&word.as_str()));
    if unknown || (chosen.contains("none") && chosen.len() > 1) {
        return Err(Problem::new(name, words::list_of(choices)));
    }
    Ok(chosen)
}

pub(super) fn one_of<T: Copy>(name: &'static str, value: &Option<String>, choices: &[(&str, T)]) -> Result<T, Problem> {
    let names: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let problem = || Problem::new(name, words::one_of(&names));
    match value {
        None => choices.first().map(|(_, default)| *default).ok_or_else(problem),
        Some(value) => {
            let chosen = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
            chosen.map(|(_, choice)| *choice).ok_or_else(problem)
        }
    }
}

pub(super) fn boolean(name: &'static str, value: &Option<String>) -> Result<bool, Problem> {
    let Some(value) = value else { return Ok(false) };
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Problem::new(name, words::BOOLEAN)),
    }
}

pub(super) fn list(value: &Option<String>) -> impl Iterator<Item = &str> {
    value.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty())
}
