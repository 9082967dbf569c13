//! Pages of lists, and their `next` links.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::error;
use crate::message::{Answer, Refusal, Request, Response};

/// How a list is cut into pages.
pub struct Paging<'a> {
    /// The API's own address, for the absolute `next`.
    pub api_url: &'a str,
    /// The page length when none is asked for.
    pub default: usize,
    /// The highest page length; more is refused.
    pub max: usize,
    /// Whether the answer says how many there are and which page this is. Lists of commits do not.
    pub counted: bool,
}

impl Paging<'_> {
    /// The page of `values` that the request asks for. `next` is absolute and not to be made by hand: lists of commits
    /// have an opaque `ctx` in it (Bitbucket's documents: "do not construct your own links").
    pub fn page(&self, request: &Request, values: Vec<Value>) -> Answer {
        let length = number(request, "pagelen", self.default)?;
        if length > self.max || length == 0 {
            return Err(error(400, "Invalid pagelen").into());
        }
        let page = number(request, "page", 1)?;
        if page == 0 {
            return Err(error(404, "Invalid page").into());
        }
        if !self.counted && page > 1 && request.param("ctx").is_none() {
            return Err(error(404, "Invalid page").into());
        }
        let size = values.len();
        let start = (page - 1) * length;
        if page > 1 && start >= size {
            return Err(error(404, "Invalid page").into());
        }
        let shown: Vec<Value> = values.into_iter().skip(start).take(length).collect();
        let mut body = json!({"values": shown, "pagelen": length});
        if self.counted {
            body["size"] = size.into();
            body["page"] = page.into();
        }
        if start + length < size {
            body["next"] = self.link(request, page + 1).into();
        }
        if page > 1 && self.counted {
            body["previous"] = self.link(request, page - 1).into();
        }
        Ok(Response::json(200, &body))
    }

    fn link(&self, request: &Request, page: usize) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let kept = request.query.iter().filter(|(key, _)| key != "page" && key != "ctx");
        let mut pairs: Vec<String> = kept.map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        if !self.counted {
            pairs.push(format!("ctx={:016x}", 0x5eed_0000_0000_0000_u64 + page as u64));
        }
        pairs.push(format!("page={page}"));
        let path = request.path.strip_prefix("/2.0").unwrap_or(&request.path);
        format!("{}{path}?{}", self.api_url, pairs.join("&"))
    }
}

fn number(request: &Request, name: &str, default: usize) -> Result<usize, Refusal> {
    match request.param(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| error(400, &format!("Invalid {name}")).into()),
    }
}
