//! Lists that come page by page.

use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::error::HttpError;
use super::request::Request;

/// One page of a list.
pub trait Page: DeserializeOwned {
    /// The link to the next page, when there is one.
    fn next(&self) -> Option<String>;
}

/// How reading a list ended.
#[derive(Debug)]
pub enum ListEnd {
    Complete,
    /// At our own limit.
    Capped,
    /// At a page that could not be read.
    Failed(HttpError),
}

impl ListEnd {
    /// What ended it early.
    pub fn failure(&self) -> Option<&HttpError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Complete | Self::Capped => None,
        }
    }
}

/// Whether a list is read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    More,
    /// What was read is enough.
    Enough,
}

/// Reads a list page by page, at most `most` pages. Each page is gone before the next one is read: entries can be of
/// any length.
pub fn pages<P: Page>(
    first: Request,
    most: usize,
    send: impl Fn(&Request) -> Result<Answer, HttpError>,
    mut take: impl FnMut(P) -> Wanted,
) -> ListEnd {
    let expand: Vec<_> = first.query.iter().filter(|(name, _)| name == "expand").cloned().collect();
    let mut request = first;
    for _ in 0..most {
        let next = send(&request).and_then(|answer| {
            let page: P = answer.json()?;
            let next = page.next();
            let wanted = take(page);
            next.filter(|_| wanted == Wanted::More).map(|next| answer.follow(&next)).transpose()
        });
        request = match next {
            Ok(Some(path)) => {
                // Some links lose what is to be expanded.
                let has_it = path.as_str().contains("expand=");
                let lost = expand.iter().filter(|_| !has_it);
                lost.fold(Request::get(path), |request, (name, value)| request.query(name, value))
            }
            Ok(None) => return ListEnd::Complete,
            Err(error) => return ListEnd::Failed(error),
        };
    }
    ListEnd::Capped
}
