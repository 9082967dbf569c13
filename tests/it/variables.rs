//! The variables that the program reads are those of `--help` and of the documents.

use std::collections::BTreeSet;

use confluence_pr_link::variables::help::VARIABLES;
use confluence_pr_link::variables::{LISTS, Raw, Step};
use serde::de::value::Error;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use crate::linking::simple;

/// What a step holds that is not written for the pipe, and by whom. A variable that people set for the pipe belongs into
/// `Raw` and the table of the variables instead.
const OF_THE_STEP: [(&str, &[&str]); 3] = [
    (
        "Bitbucket Pipelines sets it",
        &[
            "BITBUCKET_REPO_FULL_NAME",
            "BITBUCKET_WORKSPACE",
            "BITBUCKET_REPO_SLUG",
            "BITBUCKET_REPO_UUID",
            "BITBUCKET_REPO_IS_PRIVATE",
            "BITBUCKET_PROJECT_KEY",
            "BITBUCKET_PR_ID",
            "BITBUCKET_PR_DESTINATION_BRANCH",
            "BITBUCKET_BRANCH",
            "BITBUCKET_TAG",
            "BITBUCKET_COMMIT",
            "BITBUCKET_CLONE_DIR",
            "BITBUCKET_PIPE_STORAGE_DIR",
            "BITBUCKET_PIPE_SHARED_STORAGE_DIR",
            "BITBUCKET_PIPELINE_UUID",
            "BITBUCKET_STEP_UUID",
        ],
    ),
    ("older pipes needed it; it is read to be refused", &["BITBUCKET_APP_PASSWORD"]),
    ("people set it for every program at once", &["NO_COLOR"]),
];

/// The environment as the type asks for it. It has nothing to give, and keeps what it was asked for.
#[derive(Default)]
struct Asked(BTreeSet<String>);

impl<'de> Deserializer<'de> for &mut Asked {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(fields.iter().map(|field| field.to_ascii_uppercase()));
        Err(Error::custom("it was asked"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no flat struct: its variables cannot be listed"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The variables that a type is filled from, as serde derives them from its fields.
fn read_by<T: for<'de> Deserialize<'de>>() -> BTreeSet<String> {
    let mut asked = Asked::default();
    let refused = T::deserialize(&mut asked).err().expect("nothing to fill it from");
    assert_eq!(refused.to_string(), "it was asked");
    asked.0
}

fn documented() -> BTreeSet<String> {
    VARIABLES.iter().map(|variable| variable.name.to_owned()).collect()
}

#[test]
fn documented_variables_are_those_that_are_read() {
    assert_eq!(read_by::<Raw>(), documented());
    assert_eq!(documented().len(), VARIABLES.len(), "each has one row");
}

#[test]
fn step_variables_arent_variables_of_the_pipe() {
    let known = OF_THE_STEP.iter().flat_map(|(_, names)| *names).map(|name| (*name).to_owned());
    assert_eq!(read_by::<Step>(), known.collect());
    assert_eq!(read_by::<Step>().intersection(&documented()).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn list_variable_is_documented() {
    let lists: BTreeSet<String> = LISTS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(lists.difference(&documented()).collect::<Vec<_>>(), [""; 0]);
    for variable in VARIABLES {
        let says = variable.usage.contains("List of") || variable.usage.contains("all of this list");
        assert_eq!(says, lists.contains(variable.name), "{}: {}", variable.name, variable.usage);
    }
}

#[test]
fn yaml_list_for_a_single_value_is_refused() {
    for name in VARIABLES.iter().map(|variable| variable.name).filter(|name| !LISTS.contains(name)) {
        let list = [(format!("{name}_COUNT"), "1"), (format!("{name}_0"), "x")];
        let (_, problems) = Raw::read(list.map(|(name, value)| (name.into(), value.into())));
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(said, [format!("{name} takes one value, not a list. Remove the brackets")]);
    }
}

fn read(variables: &[(&str, &str)]) -> (Raw, Vec<String>) {
    let (raw, problems) = Raw::read(variables.iter().map(|(name, value)| (name.into(), value.into())));
    (raw, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn list_counts_with_holes_and_without_a_count() {
    let items = [("SPACES_0", "ENG"), ("SPACES_1", " "), ("SPACES_3", "OPS")];
    let counted = [("SPACES_COUNT", "3")].into_iter().chain(items).collect::<Vec<_>>();
    assert_eq!((read(&items).0.spaces.as_deref(), read(&counted).0.spaces.as_deref()), (Some("ENG,OPS"), Some("ENG")));
}

#[test]
fn lower_case_names_do_not_count_except_the_proxies() {
    let foreign =
        [("debug", "1"), ("action", "build"), ("Days", "x"), ("spaces", "nyc3"), ("\u{212a}EY_PREFIXES", "x")];
    let (raw, problems) = read(&foreign);
    assert_eq!((raw.debug, raw.action, raw.days, raw.spaces, raw.key_prefixes), (None, None, None, None, None));
    assert_eq!(problems, [""; 0]);
    let (raw, problems) = read(&[("debug", "1"), ("DEBUG", "true"), ("BITBUCKET_PR_ID", "7"), ("dryrun", "true")]);
    assert_eq!((raw.debug.as_deref(), raw.step.bitbucket_pr_id.as_deref()), (Some("true"), Some("7")));
    assert_eq!((problems, raw.misspelled.len()), (vec![], 0));
    let (raw, _) = read(&[("https_proxy", "http://a:1"), ("no_proxy", "b"), ("NO_PROXY", "c")]);
    assert_eq!((raw.https_proxy.as_deref(), raw.no_proxy.as_deref()), (Some("http://a:1"), Some("c")));
}

#[test]
fn misspelled_names_get_a_warning_when_they_are_set() {
    let bed = simple().with("DRYRUN", "true").with("KEY_PREFIX_COUNT", "1").with("KEY_PREFIX_0", "ENG");
    let bed = bed.with("SPACE", "").with("HTTP_PROXY", "http://p").with("BITBUCKET_ACCESS_TOKENS", "x");
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let warnings: Vec<&str> = ran.log.lines().filter(|line| line.starts_with("WARNING: ")).collect();
    let said = |name: &str, meant: &str| {
        format!("WARNING: {name} isn't a variable of this pipe and is ignored. Did you mean {meant}?")
    };
    assert_eq!(
        warnings,
        [
            said("BITBUCKET_ACCESS_TOKENS", "BITBUCKET_ACCESS_TOKEN"),
            said("DRYRUN", "DRY_RUN"),
            said("KEY_PREFIX_0", "KEY_PREFIXES"),
            said("KEY_PREFIX_COUNT", "KEY_PREFIXES"),
        ]
    );
}
