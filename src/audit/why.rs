//! The reason of a failure, for the log and for the file.

use std::fmt;

use serde::{Serialize, Serializer};

/// A reason as people read it at the step, and as the audit log keeps it: there without a service's own words, which may
/// hold a title or somebody's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    pub for_people: String,
    pub for_file: String,
}

impl From<String> for Why {
    /// A reason in our own words.
    fn from(for_people: String) -> Self {
        Self { for_file: for_people.clone(), for_people }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.for_people)
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.for_file)
    }
}
