//! Variable names that are probably misspelled names of ours.

use super::help::VARIABLES;

/// Other tools read these, and a step may have them.
const OTHERS: &[&str] = &["HTTP_PROXY", "ALL_PROXY"];

/// A name of so many letters is still recognized with two typos.
const LONG: usize = 8;

const MAX_EDITS: usize = 2;

/// The variable that a name was probably meant to be.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let name = without_list_suffix(name);
    let is_known = VARIABLES.iter().any(|variable| variable.name == name);
    if is_known || OTHERS.contains(&name) {
        return None;
    }
    // Bitbucket sets dozens of variables and may add more. A step without its token would run without a credential.
    let may_be_meant = |ours: &&str| !name.starts_with("BITBUCKET_") || *ours == "BITBUCKET_ACCESS_TOKEN";
    // A step has a hundred variables: most names aren't compared letter by letter. An edit takes one away and adds one.
    let letters_here = letters(name);
    let is_similar = |ours: &&str| {
        let differ = (letters(ours) ^ letters_here).count_ones() as usize;
        ours.len().abs_diff(name.len()) <= MAX_EDITS && differ <= 2 * MAX_EDITS
    };
    // No name is near two of ours.
    VARIABLES.iter().map(|variable| variable.name).filter(is_similar).filter(may_be_meant).find(|ours| {
        let letters = ours.bytes().filter(u8::is_ascii_uppercase).count();
        strsim::osa_distance(name, ours) <= if letters >= LONG { MAX_EDITS } else { 1 }
    })
}

/// A bit for each letter of a name.
fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte % 32))
}

/// A YAML list arrives as `NAME_COUNT` and `NAME_0`, `NAME_1`, …
fn without_list_suffix(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((list, "COUNT")) => list,
        Some((list, index)) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => list,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_recognized_and_others_pass() {
        let table = [
            ("DRYRUN", Some("DRY_RUN")),
            ("DRY_RNU", Some("DRY_RUN")),
            ("XSPACES", Some("SPACES")),
            ("SPICES", Some("SPACES")),
            ("HOME", None),
            ("KEY_PREFIX", Some("KEY_PREFIXES")),
            ("KEY_PREFIX_COUNT", Some("KEY_PREFIXES")),
            ("KEY_PREFIX_0", Some("KEY_PREFIXES")),
            ("DAY", Some("DAYS")),
            ("CONFLUENCE_URL", None),
            // Two typos are too many for a short name.
            ("DRUN", None),
            ("REQUIRE_EXPEMT", Some("REQUIRE_EXEMPT")),
            ("TIMEOVT_SECONDZ", Some("TIMEOUT_SECONDS")),
            ("SPACESXX", None),
            ("DRY_RUN", None),
            ("SPACES_COUNT", None),
            ("SPACES_12", None),
            ("HTTP_PROXY", None),
            ("ALL_PROXY", None),
            ("BITBUCKET_ACCES_TOKEN", Some("BITBUCKET_ACCESS_TOKEN")),
            ("BITBUCKET_ACCESS_TOKENS", Some("BITBUCKET_ACCESS_TOKEN")),
            ("BITBUCKET_STEP_OIDC_TOKEN", None),
            ("BITBUCKET_API_URI", None),
            ("NO_COLOR", None),
            ("PATH", None),
            ("CI", None),
        ];
        for (name, ours) in table {
            assert_eq!(meant(name), ours, "{name}");
        }
    }
}
