//! The rules. Each one panics when it is broken. `cargo test` tries each with a few hundred inputs, and
//! `fuzz/` with as many as it is given time for.

use std::collections::BTreeSet;
use std::ffi::OsString;

use confluence_pr_link::ids::{CloudId, Host, KeyPrefix, PageName, SpaceKey};
use confluence_pr_link::mention::{Found, Gateway, Grammar, KeyRule, Mention, Origin, Text, detect, short_link};
use confluence_pr_link::surface::index::{MAX_PAGES, Marker, SiteIdentity};
use confluence_pr_link::surface::{markdown, page_comment, storage};
use confluence_pr_link::variables::Raw;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Looking for mentions ends with the same answer each time; what is named twice is one mention.
pub(crate) fn detection(body: &str) {
    for origin in [Origin::Branch, Origin::Title, Origin::Description, Origin::Commit(0)] {
        for keys in [KeyRule::None, KeyRule::Any, configured()] {
            let grammar = grammar(keys);
            let text = Text { origin, body };
            let once = detect(&[text], &grammar);
            assert_eq!(detect(&[text], &grammar), once, "it is the same the second time");
            let twice = detect(&[text, text], &grammar);
            assert_eq!(names(&twice), names(&once), "what is said twice is one mention");
            for Mention { written, .. } in &once.mentions {
                assert!(!written.is_empty(), "a mention is written somehow");
                assert!(written.len() < 100 + 12 * body.len(), "it takes no more room than its text, encoded");
            }
        }
    }
}

fn names(found: &Found) -> Vec<(String, Vec<String>)> {
    let tasks = |mention: &Mention| mention.tasks.keys().map(|task| format!("{task:?}")).collect();
    found.mentions.iter().map(|mention| (format!("{:?}", mention.target), tasks(mention))).collect()
}

fn configured() -> KeyRule {
    let pairs = [("ENG", "ENG"), ("RFC", "ARCH")];
    KeyRule::Configured(
        pairs.map(|(prefix, space)| (KeyPrefix::parse(prefix).unwrap(), SpaceKey::parse(space).unwrap())).into(),
    )
}

fn grammar(keys: KeyRule) -> Grammar {
    let gateway = Gateway {
        host: Host::parse("api.atlassian.com").unwrap(),
        cloud_id: CloudId::parse("1324a887-45db-1bf4-1e99-ef0ff456d421").unwrap(),
    };
    Grammar { site_hosts: [Host::parse("acme.atlassian.net").unwrap()].into(), gateway: Some(gateway), keys }
}

/// An id and its short link name each other; what is no short link names nothing.
pub(crate) fn short_links(id: u64, tiny: &str) {
    if let Some(id) = confluence_pr_link::ids::ContentId::new(id) {
        assert_eq!(short_link::decode(&short_link::encode(id)), Some(id));
    }
    if let Some(id) = short_link::decode(tiny) {
        assert_eq!(short_link::encode(id), tiny.trim_end_matches('A'), "an id has one short link");
    }
}

/// A foreign text in Bitbucket's Markdown is read as that text, in a table, a sentence and a link, and as nothing else.
pub(crate) fn markdown_text(foreign: &str) {
    let seen = people_read(foreign);
    let cell = format!("| a | b |\n| --- | --- |\n| x {} | y |\n", markdown::text(foreign));
    let (texts, others) = cells(&cell);
    assert_eq!(others, 0, "nothing but text: {cell:?}");
    assert_eq!(texts, ["a", "b", format!("x {seen}").trim_end(), "y"], "{cell:?}");

    let link = format!("x {} y", markdown::link(foreign, "https://acme.example/a(b)|c"));
    let mut events = Parser::new_ext(&link, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let target = events.find_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    assert_eq!(target.as_deref(), Some("https://acme.example/a%28b%29%7Cc"), "{link:?}");
    let shown: Vec<Event<'_>> = events.by_ref().take_while(|event| *event != Event::End(TagEnd::Link)).collect();
    let words: String =
        shown.iter().map(|event| if let Event::Text(text) = event { text.as_ref() } else { "?" }).collect();
    let expected = if seen.is_empty() { "untitled".to_owned() } else { seen };
    assert_eq!(words.replace('\u{200b}', ""), expected, "{link:?}");
}

/// A word in a code span of Bitbucket's Markdown is read as that word on one line, in a table and in a sentence, and as
/// nothing else. Backticks and pipes are left out.
pub(crate) fn markdown_code(word: &str) {
    let seen = people_read(&word.replace(['`', '|'], ""));
    let span = markdown::code(word);
    for document in [format!("| a |\n| --- |\n| x {span}, y |\n"), format!("x {span}, y\n")] {
        let (mut words, mut around) = (vec![], String::new());
        for event in Parser::new_ext(&document, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Code(word) => words.push(word.into_string()),
                Event::Text(text) => around.push_str(&text),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell | Tag::Paragraph) => {}
                Event::End(_) => {}
                other => panic!("{other:?} in {document:?}"),
            }
        }
        assert_eq!(words.concat(), seen, "{document:?}");
        assert_eq!(words.len(), usize::from(!seen.is_empty()), "one span: {document:?}");
        assert_eq!(around.trim_start_matches('a'), "x , y", "{document:?}");
    }
}

/// The cells of a document's table as text, and how much is in them that is no text.
fn cells(document: &str) -> (Vec<String>, usize) {
    let (mut texts, mut others) = (vec![], 0);
    for event in Parser::new_ext(document, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::TableCell) => texts.push(String::new()),
            Event::Text(text) => texts.last_mut().unwrap().push_str(&text.replace('\u{200b}', "")),
            Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) => {}
            Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
            _ => others += 1,
        }
    }
    (texts, others)
}

/// A foreign text in Confluence's storage format is read as that text, in an element and in an attribute.
pub(crate) fn storage_text(foreign: &str) {
    // XML cannot hold these two.
    let seen = people_read(&foreign.replace(['\u{fffe}', '\u{ffff}'], ""));
    let safe = storage::text(foreign);
    let document = format!("<p title=\"{safe}\">{safe}</p>");
    let parsed = roxmltree::Document::parse(&document).unwrap_or_else(|error| panic!("{document:?}: {error}"));
    let root = parsed.root_element();
    assert_eq!(root.children().filter(|child| !child.is_text()).count(), 0, "nothing but text: {document:?}");
    assert_eq!((root.text().unwrap_or_default(), root.attribute("title").unwrap()), (seen.as_str(), seen.as_str()));
    assert_eq!(storage::plain(&document), seen, "we read back what we wrote");
}

/// What people read of a foreign text: one line without invisible characters, cut after 300 characters.
fn people_read(foreign: &str) -> String {
    let visible = foreign.chars().filter(|c| c.is_whitespace() || !(c.is_control() || is_format(*c)));
    let line = visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 300 {
        return line;
    }
    line.chars().take(300).chain(['…']).collect()
}

/// Zero widths, marks of direction, joiners.
fn is_format(c: char) -> bool {
    matches!(u32::from(c), 0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
        || matches!(u32::from(c), 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}

fn site() -> SiteIdentity {
    let host = Host::parse("acme.atlassian.net").unwrap();
    SiteIdentity { cloud_id: CloudId::parse("c1"), hosts: [host.clone()].into(), host }
}

/// An index is read as it was written, as long as there is room.
pub(crate) fn index(comment: &str, own: &BTreeSet<PageName>) {
    let own: BTreeSet<PageName> = own.iter().take(MAX_PAGES).copied().collect();
    let seen = format!("{comment}\n\nseen");
    let written = format!("{seen}\n\n{}", site().marker_line(&seen, &own));
    let (above, read) = Marker::split(&written).expect("our own line is read");
    assert_eq!((above, &read.pages), (seen.as_str(), &own));
    assert!(site().owns(&read));
}

/// Any comment can be read, costs a bounded number of reads, and what was read of it is written and read as the same.
pub(crate) fn foreign_index(comment: &str, pages: &BTreeSet<PageName>) {
    let names: Vec<String> = pages.iter().map(ToString::to_string).collect();
    let fields: Vec<String> = names.chunks(100).map(|names| format!("pages={}", names.join(","))).collect();
    let forged = format!("[//]: # (confluence-pr-link v1 {comment} site=acme.atlassian.net {})", fields.join(" "));
    let on_one_line = forged.replace('\n', " ");
    for comment in [comment, &forged, &on_one_line] {
        let Some((visible, read)) = Marker::split(comment) else { continue };
        assert!(comment.starts_with(visible));
        assert!(read.pages.len() <= MAX_PAGES, "{} pages", read.pages.len());
        let again = Marker::split(&site().marker_line("", &read.pages)).expect("our own line is read").1;
        assert_eq!(again.pages, read.pages);
    }
}

/// A page's comment can be read whatever stands in it, and what was understood is written and read as the same.
pub(crate) fn page_comment(body: &str) {
    let Ok(rows) = page_comment::rows(body) else { return };
    let written = page_comment::render(&rows);
    let again = page_comment::rows(&written).expect("what we write we can read");
    assert!(page_comment::purpose_of(&written).is_some());
    assert_eq!(again.len(), rows.len());
    for row in &rows {
        let read = again.iter().find(|other| other.key() == row.key() && other.name == row.name);
        assert!(read.is_some_and(|read| read.is_equivalent(row)), "{row:?} {read:?}");
    }
}

/// Any variables can be read. A list means the same in YAML and with commas.
pub(crate) fn lists(items: &[String]) {
    let clean: Vec<&str> =
        items.iter().map(|item| item.trim()).filter(|item| !item.is_empty() && !item.contains('\0')).collect();
    let pair = |name: String, value: String| (OsString::from(name), OsString::from(value));
    let mut in_yaml = vec![pair("SPACES_COUNT".to_owned(), clean.len().to_string())];
    in_yaml.extend(clean.iter().enumerate().map(|(at, item)| pair(format!("SPACES_{at}"), (*item).to_owned())));
    let joined = clean.join(",");
    let (in_yaml, problems) = Raw::read(in_yaml);
    // What begins so may be a mention, or stand in quotes.
    if joined.split(',').all(|item| !item.trim_start().starts_with(['"', '\'']) && !item.contains('$')) {
        assert_eq!(problems, [], "{clean:?}");
    }
    let (with_commas, the_same) = Raw::read([pair("SPACES".to_owned(), joined)]);
    assert_eq!(problems, the_same, "{clean:?}");
    assert_eq!(in_yaml.spaces, with_commas.spaces.filter(|list| !list.is_empty()));
    // Random names and values.
    let wild = items.iter().enumerate().map(|(at, item)| {
        let name = ["SPACES_COUNT", "SOURCES_COUNT", "SOURCES_1", "DRY_RUN_COUNT", "sources", "DEBUG"][at % 6];
        pair(name.to_owned(), item.clone())
    });
    let (_, problems) = Raw::read(wild);
    for problem in problems {
        let said = problem.to_string();
        let is_quoted = items.iter().any(|item| item.len() > 40 && said.contains(item.as_str()));
        assert!(!is_quoted, "a problem holds no value: {said}");
    }
}
