//! The places we write to, one file each: what it should say, how ours is recognized, which changes lead there.
//!
//! Everything here is pure: text in, text and changes out. Two builders, [`markdown`] and [`storage`], are the only
//! ways for a foreign text to enter what we write.

pub mod index;
pub mod markdown;
pub mod page_comment;
pub mod page_row;
pub mod pull_request_comment;
pub mod report;
pub mod requirements_note;
pub mod storage;

/// Where this product lives; also the target of the page comment's last line.
pub const PRODUCT_URL: &str = "https://bitbucket.org/confluence-pr-link/confluence-pr-link";

/// The product's name, as it stands in markers and report ids.
pub const PRODUCT: &str = "confluence-pr-link";
