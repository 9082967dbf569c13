//! Mentions in texts: tables, a corpus of real histories, and hostile input.

mod branches;
mod corpus;
mod glance;
mod hostile;
mod keys;
mod merging;
mod regions;
mod scripts;
mod short_links;
mod tasks;
mod units;
mod urls;

use super::{Closing, Found, Gateway, Grammar, KeyRule, Mention, Origin, Target, Text, detect};
use crate::ids::{CloudId, Host, KeyPrefix, SpaceKey};

/// A text, what is found in it, and why that is right.
type Row = (&'static str, &'static str, &'static str);

fn grammar(keys: KeyRule) -> Grammar {
    let hosts = ["acme.atlassian.net", "docs.acme.example", "localhost:8090"];
    Grammar {
        site_hosts: hosts.map(|host| Host::parse(host).unwrap()).into(),
        gateway: Some(Gateway {
            host: Host::parse("api.atlassian.com").unwrap(),
            cloud_id: CloudId::parse("1324a887-45db-1bf4-1e99-ef0ff456d421").unwrap(),
        }),
        keys,
    }
}

/// `ENG`, `DOC` and `ADR` of their own spaces, `RFC` of the space ARCH.
fn configured() -> KeyRule {
    let spaces = [("ENG", "ENG"), ("DOC", "DOC"), ("ADR", "ADR"), ("RFC", "ARCH"), ("TASK", "TASK")];
    let pair = |(prefix, space)| (KeyPrefix::parse(prefix).unwrap(), SpaceKey::parse(space).unwrap());
    KeyRule::Configured(spaces.map(pair).into())
}

fn found(origin: Origin, body: &str, keys: KeyRule) -> Found {
    detect(&[Text { origin, body }], &grammar(keys))
}

/// Compares every row and reports all that differ at once.
fn check(origin: Origin, keys: &KeyRule, rows: &[Row]) {
    let mut wrong = String::new();
    for (body, expected, reason) in rows {
        let rendered = render(&found(origin, body, keys.clone()));
        if rendered != *expected {
            wrong += &format!("\n{body:?} ({reason})\n  expected: {expected}\n  found:    {rendered}");
        }
    }
    assert!(wrong.is_empty(), "{origin:?}, {keys:?}{wrong}");
}

/// `ENG-1 #4!, page 101`: a closed task has an exclamation mark, a withheld one a question mark.
fn render(found: &Found) -> String {
    let mentions: Vec<String> = found.mentions.iter().map(render_mention).collect();
    mentions.join(", ")
}

fn render_mention(mention: &Mention) -> String {
    let mut text = match &mention.target {
        Target::Content { id, kind: None } => format!("content {id}"),
        Target::Content { id, kind: Some(kind) } => format!("{} {id}", format!("{kind:?}").to_lowercase()),
        Target::Titled { space, title } => format!("titled {space}/{title}"),
        Target::SpaceHome { space } => format!("home {space}"),
        Target::Board { kind, space, id } => format!("{} {space}/{id}", format!("{kind:?}").to_lowercase()),
        Target::Key { key, space } if key.prefix() == space.as_str() => key.to_string(),
        Target::Key { key, space } => format!("{key} in {space}"),
    };
    for (task, closing) in &mention.tasks {
        let mark = match closing {
            Closing::Mentioned => "",
            Closing::Closes => "!",
            Closing::Withheld(_) => "?",
        };
        text += &format!(" #{task}{mark}");
    }
    text
}
