//! Links a Bitbucket Cloud pull request and the Confluence pages it names, both ways.

pub mod reference;
pub mod surface;

pub mod http;

pub mod clock;
pub mod console;
pub mod ids;
pub mod secret;
