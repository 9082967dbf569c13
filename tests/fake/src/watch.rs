//! A caller's own checks of requests and answers.

use super::message::{Request, Response};

/// Checks that the fake runs on everything it receives and answers. Each returns what is wrong, in sentences.
pub trait Watch: Send + Sync {
    /// Checks a request before its body is read. What it finds is unexpected: see [`super::Fake::take_unexpected`].
    fn arrival(&self, _request: &Request) -> Vec<String> {
        vec![]
    }

    /// Checks a request whose body is never read. What it finds is a breach: see [`super::Fake::take_breaches`].
    fn head(&self, _request: &Request) -> Vec<String> {
        vec![]
    }

    /// Checks a request, and the answer if the service could give it. What it finds is a breach.
    fn exchange(&self, _request: &Request, _answer: Option<&Response>) -> Vec<String> {
        vec![]
    }
}

/// Checks nothing.
pub struct Unwatched;

impl Watch for Unwatched {}
