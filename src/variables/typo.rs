//! Variable names that are probably misspelled names of ours.

use super::help::VARIABLES;

/// Other tools read these, and a step may have them.
const OTHERS: &[&str] = &["HTTP_PROXY", "ALL_PROXY"];

/// A name of so many letters is still recognized with two typos.
const LONG: usize = 8;

/// The variable that a name was probably meant to be.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let name = without_list_suffix(name);
    let is_known = VARIABLES.iter().any(|variable| variable.name == name);
    if is_known || name.starts_with("BITBUCKET_") || OTHERS.contains(&name) {
        return None;
    }
    let near = VARIABLES.iter().map(|variable| variable.name).filter_map(|ours| {
        let letters = ours.bytes().filter(u8::is_ascii_uppercase).count();
        let edits = edits(name, ours);
        (edits <= if letters >= LONG { 2 } else { 1 }).then_some((edits, ours))
    });
    near.min_by_key(|(edits, _)| *edits).map(|(_, ours)| ours)
}

/// A YAML list arrives as `NAME_COUNT` and `NAME_0`, `NAME_1`, …
fn without_list_suffix(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((list, "COUNT")) => list,
        Some((list, index)) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => list,
        _ => name,
    }
}

/// How many letters to insert, delete, replace or swap with the next one (optimal string alignment).
fn edits(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut older, mut previous): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=right.len()).collect());
    for (row, &from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &to) in right.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut best = at(&previous, column) + usize::from(from != to);
            best = best.min(at(&previous, column + 1) + 1).min(at(&current, column) + 1);
            let is_swapped =
                row > 0 && column > 0 && left.get(row - 1) == Some(&to) && right.get(column - 1) == Some(&from);
            if is_swapped {
                best = best.min(at(&older, column - 1) + 1);
            }
            current.push(best);
        }
        older = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_as_a_person_types() {
        let table = [
            ("", "", 0),
            ("", "AB", 2),
            ("DRYRUN", "DRY_RUN", 1),
            ("DRY_RNU", "DRY_RUN", 1),
            ("KEY_PREFIX", "KEY_PREFIXES", 2),
            ("SPACE", "SPACES", 1),
            ("XSPACES", "SPACES", 1),
            ("SPICES", "SPACES", 1),
            ("HOME", "DAYS", 4),
        ];
        for (left, right, count) in table {
            assert_eq!((edits(left, right), edits(right, left)), (count, count), "{left} {right}");
        }
    }

    #[test]
    fn near_names_are_recognized_and_others_pass() {
        let table = [
            ("DRYRUN", Some("DRY_RUN")),
            ("KEY_PREFIX", Some("KEY_PREFIXES")),
            ("KEY_PREFIX_COUNT", Some("KEY_PREFIXES")),
            ("KEY_PREFIX_0", Some("KEY_PREFIXES")),
            ("DAY", Some("DAYS")),
            ("CONFLUENCE_URL", None),
            // Two typos are too many for a short name.
            ("DRUN", None),
            ("SPACESXX", None),
            ("DRY_RUN", None),
            ("SPACES_COUNT", None),
            ("SPACES_12", None),
            ("HTTP_PROXY", None),
            ("ALL_PROXY", None),
            ("BITBUCKET_ACCESS_TOKENS", None),
            ("NO_COLOR", None),
            ("PATH", None),
            ("CI", None),
        ];
        for (name, ours) in table {
            assert_eq!(meant(name), ours, "{name}");
        }
    }
}
