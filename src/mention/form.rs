//! The forms of URLs on the Confluence site, and what they name.
//!
//! The forms are those of Confluence's documents and of public code that reads such URLs. The id is the identity:
//! a space's key in a URL may be an old one or an alias, so it only counts where nothing better is there.

use percent_encoding::percent_decode_str;
use url::Url;

use super::short_link;
use super::{ContentKind, Grammar, Target};
use crate::ids::{ContentId, Host, SpaceKey, TaskId};

#[derive(Debug)]
pub(super) struct Named {
    pub(super) form: Form,
    /// Scheme, host and path as far as they identify the target, so without the title's slug where there is an id.
    pub(super) written: String,
    pub(super) task: Option<TaskId>,
}

/// What a URL leads to.
#[derive(Debug)]
pub(super) enum Form {
    Target(Target),
    /// To a page that only Confluence knows: a share link, `/l/cp/…`.
    ShareLink,
}

/// Reads a URL; `None` when it is on another host or of no known form.
pub(super) fn read(text: &str, grammar: &Grammar) -> Option<Named> {
    if !may_be_known(text, grammar) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let host = Host::of(&url)?;
    let mut path = Path::of(&url)?;
    if !grammar.site_hosts.contains(&host) {
        let gateway = grammar.gateway.as_ref().filter(|gateway| gateway.host == host)?;
        // The same id is another page on another site, so a gateway URL counts for the known cloud id only.
        let cloud_id = if path.take("ex") && path.take("confluence") { path.next()? } else { return None };
        if !cloud_id.eq_ignore_ascii_case(gateway.cloud_id.as_str()) {
            return None;
        }
    }
    // Custom domains may go without the prefix.
    path.take("wiki");
    let query = Query(&url);
    let (form, identifying) = match path.take_share_link() {
        true => (Form::ShareLink, None),
        false => target(&mut path, &query).map(|(target, identifying)| (Form::Target(target), identifying))?,
    };
    let mut written = format!("{}://{}{}", url.scheme(), host, path.taken());
    if let Some(identifying) = identifying {
        written.push('?');
        written.push_str(&identifying);
    }
    let task = query.value("focusedTaskId").and_then(|id| TaskId::parse(id.trim_end_matches(['_', '-'])));
    Some(Named { form, written, task })
}

/// Whether a URL is one of the site's, whatever it names there.
pub fn is_on_site(url: &str, grammar: &Grammar) -> bool {
    Url::parse(url).ok().and_then(|url| Host::of(&url)).is_some_and(|host| grammar.site_hosts.contains(&host))
}

/// The content that a URL of the site names by its number.
pub fn content_of(url: &str, grammar: &Grammar) -> Option<ContentId> {
    match read(url, grammar)?.form {
        Form::Target(Target::Content { id, .. }) => Some(id),
        Form::Target(_) | Form::ShareLink => None,
    }
}

/// Where the text begins that follows a URL of the site without a space, as in scripts that use none: behind an id or a
/// name, the first character beyond ASCII. A title may hold any character, so all of it belongs to the URL.
pub(super) fn text_behind(url: &str, grammar: &Grammar) -> Option<usize> {
    if url.is_ascii() || !may_be_known(url, grammar) {
        return None;
    }
    let authority = url.find("://")? + 3;
    let path = authority + url.get(authority..)?.find('/')?;
    let path_end = url.get(path..)?.find(['?', '#']).map_or(url.len(), |length| path + length);
    let (mut start, mut before, mut title, mut date_parts) = (path, "", false, 0_u8);
    for segment in url.get(path..path_end)?.split('/').skip(1) {
        start += 1;
        if let Some(at) = segment.find(|c: char| !c.is_ascii()).filter(|_| !title) {
            return Some(start + at);
        }
        let is_number = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
        if before == "blog" && is_number && segment.len() == 4 {
            date_parts = 3;
        }
        // A title follows an id, or the space of `/display/`.
        title |= before == "display" || (is_number && date_parts == 0);
        date_parts = date_parts.saturating_sub(1);
        (start, before) = (start + segment.len(), segment);
    }
    let query = url.get(path_end..)?.strip_prefix('?')?;
    let mut start = path_end + 1;
    for parameter in query.split('#').next()?.split('&') {
        let known = parameter.split_once('=').is_some_and(|(name, _)| VALUES.contains(&name));
        if let Some(at) = parameter.find(|c: char| !c.is_ascii()).filter(|_| known) {
            return Some(start + at);
        }
        start += parameter.len() + 1;
    }
    None
}

/// The parameters that hold an id or a key.
const VALUES: [&str; 5] = ["pageId", "draftId", "homepageId", "focusedTaskId", "spaceKey"];

/// Whether the host looks like one of ours. Most URLs are others', and parsing is most of the cost of reading them.
fn may_be_known(url: &str, grammar: &Grammar) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    host_may_be_known(authority, grammar)
}

/// The same of what stands before the path. A name beyond ASCII has another form in a parsed URL, and so has one with
/// escapes.
pub(super) fn host_may_be_known(authority: &str, grammar: &Grammar) -> bool {
    let written = host_name(authority);
    let mut known = grammar.site_hosts.iter().chain(grammar.gateway.as_ref().map(|gateway| &gateway.host));
    let plain = written.is_ascii() && !written.contains(['%', '\\']);
    !plain || known.any(|host| host_name(host.as_str()).eq_ignore_ascii_case(written))
}

/// An authority without user and port.
fn host_name(authority: &str) -> &str {
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

/// A target and the part of the query that names it.
type Identified = (Target, Option<String>);

fn target(path: &mut Path<'_>, query: &Query<'_>) -> Option<Identified> {
    let by_path = |target: Target| Some((target, None));
    match path.next()?.as_str() {
        "spaces" => in_space(path, query),
        "pages" => action(path, query),
        "x" => by_path(content(short_link::decode(&path.next()?)?, None)),
        "display" => {
            let space = SpaceKey::parse(&path.next()?)?;
            let mut title = None;
            // A blog post's URL has its date before the title.
            while let Some(part) = path.next_title() {
                title = Some(part);
            }
            by_path(title.map_or(Target::SpaceHome { space: space.clone() }, |title| Target::Titled { space, title }))
        }
        "api" if path.take("v2") => {
            let kind = match path.next()?.as_str() {
                "pages" => ContentKind::Page,
                "blogposts" => ContentKind::BlogPost,
                _ => return None,
            };
            by_path(content(path.next_id()?, Some(kind)))
        }
        "rest" if path.take("api") && path.take("content") => by_path(content(path.next_id()?, None)),
        _ => None,
    }
}

/// What follows `/spaces/`.
fn in_space(path: &mut Path<'_>, query: &Query<'_>) -> Option<Identified> {
    let space = path.next()?;
    let place = path.next().unwrap_or_default();
    let kind = match place.trim_end_matches('_') {
        "" | "overview" => {
            // The home's URL may carry the id of the page that is shown there.
            if let Some((id, identifying)) = query.content("homepageId") {
                return Some((content(id, Some(ContentKind::Page)), Some(identifying)));
            }
            return Some((Target::SpaceHome { space: SpaceKey::parse(&space)? }, None));
        }
        "pages" => {
            if path.rest_begins_with_action() {
                return action(path, query);
            }
            let _editor = path.take("edit-v2") || path.take("edit");
            return Some((content(path.next_id()?, Some(ContentKind::Page)), None));
        }
        "blog" => {
            let _editor = path.take("edit-v2") || path.take("edit");
            // `2024/05/06/ID`, or the id alone: no id has four digits where years go on.
            if path.peek_is_year() {
                for _part in ["year", "month", "day"] {
                    path.next()?;
                }
            }
            return Some((content(path.next_id()?, Some(ContentKind::BlogPost)), None));
        }
        "whiteboard" => ContentKind::Whiteboard,
        "database" => ContentKind::Database,
        "slide" | "slides" => ContentKind::Slide,
        "folder" => ContentKind::Folder,
        "embed" => ContentKind::Embed,
        _ => return None,
    };
    Some((
        Target::Board { kind, space: SpaceKey::parse(&space)?, id: board_id(path.next()?.trim_end_matches('_'))? },
        None,
    ))
}

/// `viewpage.action?pageId=…` and its relatives.
fn action(path: &mut Path<'_>, query: &Query<'_>) -> Option<Identified> {
    let action = path.next()?;
    if !action.ends_with(".action") || action == "createpage.action" {
        return None;
    }
    if let Some((id, identifying)) = query.content("pageId").or_else(|| query.content("draftId")) {
        return Some((content(id, None), Some(identifying)));
    }
    let space = SpaceKey::parse(&query.value("spaceKey")?)?;
    let title = query.get("title").filter(|title| is_title(title))?;
    let identifying = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("spaceKey", space.as_str())
        .append_pair("title", &title)
        .finish();
    Some((Target::Titled { space, title }, Some(identifying)))
}

fn content(id: ContentId, kind: Option<ContentKind>) -> Target {
    Target::Content { id, kind }
}

/// Whiteboards and slides have numbers or UUIDs.
fn board_id(text: &str) -> Option<String> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let uuid = groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if uuid { Some(text.to_ascii_lowercase()) } else { ContentId::parse(text).map(|id| id.to_string()) }
}

/// Confluence's titles have at most 255 characters.
fn is_title(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 255 && !text.chars().any(char::is_control)
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

/// What a segment begins with, decoded, as far as it can be an id, a key or a name of Confluence's; and its length as
/// written.
fn value(segment: &str) -> (String, usize) {
    let plain = segment.bytes().position(|b| !is_of_value(char::from(b))).unwrap_or(segment.len());
    if segment.as_bytes().get(plain) != Some(&b'%') {
        return (segment.get(..plain).unwrap_or_default().to_owned(), plain);
    }
    let (mut value, mut length) = (String::new(), 0);
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    loop {
        let (byte, written) = match segment.as_bytes().get(length..) {
            Some([b'%', high, low, ..]) => (hex(*high).zip(hex(*low)).map_or(b'%', |(high, low)| 16 * high + low), 3),
            Some([byte, ..]) => (*byte, 1),
            Some([]) | None => break,
        };
        if !is_of_value(char::from(byte)) {
            break;
        }
        value.push(char::from(byte));
        length += written;
    }
    (value, length)
}

fn is_of_value(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

/// The segments of a path, taken one by one.
struct Path<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Path<'a> {
    fn of(url: &'a Url) -> Option<Self> {
        let whole = url.path();
        whole.starts_with('/').then_some(Self { whole, rest: whole })
    }

    /// The next segment as written, and what follows it.
    fn peek(&self) -> Option<(&'a str, &'a str)> {
        let rest = self.rest.strip_prefix('/')?;
        let end = rest.find('/').unwrap_or(rest.len());
        rest.split_at_checked(end).filter(|(segment, _)| !segment.is_empty())
    }

    /// The value that the next segment begins with. What else is in the segment is text behind the URL, and ends the path.
    fn next(&mut self) -> Option<String> {
        let (segment, _) = self.peek()?;
        let (value, length) = value(segment);
        self.rest = self.rest.get(1 + length..)?;
        Some(value)
    }

    /// Takes the next segment if it is `name`.
    fn take(&mut self, name: &str) -> bool {
        match self.peek() {
            Some((segment, rest)) if segment == name => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A segment that is an id. An emphasis may end behind it.
    fn next_id(&mut self) -> Option<ContentId> {
        let value = self.next()?;
        let id = value.trim_end_matches('_');
        // What is written again ends with the id.
        let behind = value.len() - id.len();
        self.rest = self.whole.get(self.whole.len() - self.rest.len() - behind..)?;
        ContentId::parse(id)
    }

    /// Takes a share link: `/l/cp/TOKEN`, `/l/c/TOKEN`.
    fn take_share_link(&mut self) -> bool {
        let start = self.rest;
        let is_one =
            self.take("l") && (self.take("cp") || self.take("c")) && self.next().is_some_and(|id| !id.is_empty());
        if !is_one {
            self.rest = start;
        }
        is_one
    }

    /// A segment that is a page's title: `+` is a space there.
    fn next_title(&mut self) -> Option<String> {
        let (segment, rest) = self.peek()?;
        let title = decoded(&segment.replace('+', " ")).filter(|title| is_title(title))?;
        self.rest = rest;
        Some(title)
    }

    fn rest_begins_with_action(&self) -> bool {
        self.peek().is_some_and(|(segment, _)| segment.ends_with(".action"))
    }

    fn peek_is_year(&self) -> bool {
        self.peek().is_some_and(|(segment, _)| segment.len() == 4 && segment.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The path up to where it was read.
    fn taken(&self) -> &'a str {
        self.whole.strip_suffix(self.rest).unwrap_or(self.whole)
    }
}

struct Query<'a>(&'a Url);

impl Query<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A parameter that is an id or a key, without the text behind it.
    fn value(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let behind = value.trim_start_matches(is_of_value);
        let is_text = behind.is_empty() || !behind.starts_with(|c: char| c.is_ascii());
        is_text.then(|| value.get(..value.len() - behind.len()).map(str::to_owned))?
    }

    /// An id and the parameter as it is written again.
    fn content(&self, name: &str) -> Option<(ContentId, String)> {
        let id = ContentId::parse(self.value(name)?.trim_end_matches('_'))?;
        Some((id, format!("{name}={id}")))
    }
}
