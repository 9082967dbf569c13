//! Links a Bitbucket Cloud pull request and the Confluence pages it names, both ways.

pub mod ids;
pub mod surface;
