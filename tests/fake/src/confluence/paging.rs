//! Pages of v2 lists, and their cursors.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::model::Confluence;
use super::{cursor, invalid, offset};
use crate::message::{Answer, Refusal, Request, Response};

/// A page of at most `limit` (default 25, at most 250). The next one is named relative to the site, in the body and in
/// the header `Link`; after the last one there is none.
pub fn page(confluence: &Confluence, request: &Request, values: Vec<Value>) -> Answer {
    let limit = limit(request)?;
    let start = match request.param("cursor") {
        None => 0,
        Some(text) => offset(text).ok_or_else(|| invalid("Invalid cursor"))?,
    };
    let total = values.len();
    let shown: Vec<Value> = values.into_iter().skip(start).take(limit).collect();
    let base = format!("{}/wiki", confluence.site_url);
    let mut body = json!({"results": shown, "_links": {"base": base}});
    let mut links = format!("<{base}>; rel=\"base\"");
    if start + limit < total {
        let next = next_link(request, &cursor(start + limit));
        links = format!("<{next}>; rel=\"next\", {links}");
        body["_links"]["next"] = next.into();
    }
    Ok(Response::json(200, &body).with("Link", &links))
}

/// `limit`, checked.
pub fn limit(request: &Request) -> Result<usize, Refusal> {
    let limit = request.param("limit").map_or(Ok(25), str::parse).unwrap_or(0);
    if (1..=250).contains(&limit) { Ok(limit) } else { Err(invalid("limit must be between 1 and 250")) }
}

/// The same request with another cursor, from `/wiki` on also when it came through the gateway.
fn next_link(request: &Request, cursor: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let at = request.path.find("/wiki/").unwrap_or(0);
    let kept = request.query.iter().filter(|(key, _)| key != "cursor");
    let mut pairs: Vec<String> = kept.map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.push(format!("cursor={cursor}"));
    format!("{}?{}", &request.path[at..], pairs.join("&"))
}

/// The numbers of a parameter that may be a list with commas, at most so many.
pub fn ids(request: &Request, name: &str, max: usize) -> Result<Option<Vec<u64>>, Refusal> {
    if request.param(name).is_none() {
        return Ok(None);
    }
    let values = request.params(name);
    if values.len() > max {
        return Err(invalid(&format!("Provided {name} list exceeds the maximum size of {max}")));
    }
    let ids: Result<Vec<u64>, _> = values.iter().map(|value| value.trim().parse()).collect();
    ids.map(Some)
        .map_err(|_| invalid(&format!("Provided value for '{name}' is not the correct type. Expected type is Long")))
}

/// Whether a parameter that is true or false is true.
pub fn flag(request: &Request, name: &str) -> Result<bool, Refusal> {
    match request.param(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(invalid(&format!("{name} may not be {other}"))),
    }
}

/// A parameter that may only be one of these.
pub fn one_of<'a>(request: &'a Request, name: &str, known: &[&str]) -> Result<Option<&'a str>, Refusal> {
    match request.param(name) {
        Some(value) if !known.contains(&value) => Err(invalid(&format!("{name} may not be {value}"))),
        value => Ok(value),
    }
}
