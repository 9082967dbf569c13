//! What does a CQL query mean? The part of the language that finds content by space, label, title, type, id and text.

use super::model::{Confluence, Content};

/// A query.
#[derive(Debug)]
pub enum Query {
    And(Vec<Query>),
    Or(Vec<Query>),
    Not(Box<Query>),
    Compare { field: String, sign: String, values: Vec<String> },
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

/// Reads a query; why not, when it is not one. Confluence's documents: the first clause may not be negative.
pub fn parse(cql: &str) -> Result<Query, String> {
    // `order by` comes last and does not select.
    let lower = cql.to_ascii_lowercase();
    let end = lower.rfind(" order by ").unwrap_or(cql.len());
    let tokens = tokens(&cql[..end]).ok_or("a string is not closed")?;
    let negative = matches!(tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("not"))
        || matches!(tokens.get(1), Some(Token::Sign(sign)) if sign.starts_with('!'))
        || matches!(tokens.get(1), Some(Token::Word(word)) if word.eq_ignore_ascii_case("not"));
    if negative {
        return Err("the first clause may not be negative".to_owned());
    }
    let mut rest = tokens.as_slice();
    let query = either(&mut rest)?;
    match rest.first() {
        None => Ok(query),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

fn tokens(cql: &str) -> Option<Vec<Token>> {
    let mut tokens = vec![];
    let mut characters = cql.chars().peekable();
    while let Some(&character) = characters.peek() {
        match character {
            _ if character.is_whitespace() => drop(characters.next()),
            '"' | '\'' => {
                characters.next();
                let mut text = String::new();
                loop {
                    match characters.next()? {
                        end if end == character => break,
                        '\\' => text.push(characters.next()?),
                        other => text.push(other),
                    }
                }
                tokens.push(Token::Text(text));
            }
            '(' | ')' | ',' => {
                characters.next();
                tokens.push(Token::Sign(character.to_string()));
            }
            '=' | '!' | '~' | '<' | '>' => {
                let mut sign = String::new();
                while let Some(next) = characters.next_if(|next| "=!~<>".contains(*next)) {
                    sign.push(next);
                }
                tokens.push(Token::Sign(sign));
            }
            _ => {
                let ends = |next: &char| next.is_whitespace() || "()\",'=!~<>".contains(*next);
                let mut word = String::new();
                while let Some(next) = characters.next_if(|next| !ends(next)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

fn word(rest: &mut &[Token], wanted: &str) -> bool {
    let found = matches!(rest.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
    *rest = &rest[usize::from(found)..];
    found
}

fn sign(rest: &mut &[Token], wanted: &str) -> bool {
    let found = rest.first() == Some(&Token::Sign(wanted.to_owned()));
    *rest = &rest[usize::from(found)..];
    found
}

fn either(rest: &mut &[Token]) -> Result<Query, String> {
    let mut parts = vec![both(rest)?];
    while word(rest, "or") {
        parts.push(both(rest)?);
    }
    Ok(Query::Or(parts))
}

fn both(rest: &mut &[Token]) -> Result<Query, String> {
    let mut parts = vec![single(rest)?];
    while word(rest, "and") {
        parts.push(single(rest)?);
    }
    Ok(Query::And(parts))
}

fn single(rest: &mut &[Token]) -> Result<Query, String> {
    if word(rest, "not") {
        return Ok(Query::Not(Box::new(single(rest)?)));
    }
    if sign(rest, "(") {
        let inner = either(rest)?;
        return if sign(rest, ")") { Ok(inner) } else { Err("a bracket is not closed".to_owned()) };
    }
    let field = match rest.first() {
        Some(Token::Word(field)) => field.to_lowercase(),
        other => return Err(format!("a field was expected, not {other:?}")),
    };
    *rest = &rest[1..];
    let signs: &[&str] = match field.as_str() {
        "space" | "space.key" | "label" | "type" | "id" | "content" => &["=", "!="],
        "title" => &["=", "!=", "~", "!~"],
        "text" | "sitesearch" => &["~", "!~"],
        other => return Err(format!("there is no field {other}")),
    };
    let negated = word(rest, "not");
    if word(rest, "in") {
        if signs[0] != "=" || !sign(rest, "(") {
            return Err(format!("{field} in needs a list"));
        }
        let mut values = vec![value(rest)?];
        while sign(rest, ",") {
            values.push(value(rest)?);
        }
        if !sign(rest, ")") {
            return Err("a list is not closed".to_owned());
        }
        let sign = if negated { "!=" } else { "=" }.to_owned();
        return Ok(Query::Compare { field, sign, values });
    }
    let found = signs.iter().find(|wanted| sign(rest, wanted));
    let sign = (*found.ok_or_else(|| format!("{field} does not know this operator"))?).to_owned();
    Ok(Query::Compare { field, sign, values: vec![value(rest)?] })
}

fn value(rest: &mut &[Token]) -> Result<String, String> {
    let reserved = ["and", "or", "not", "in", "order", "by"];
    let found = match rest.first() {
        Some(Token::Text(text)) => text.clone(),
        // Stricter than the service may be: anything but a plain word wants quotes.
        Some(Token::Word(word))
            if !reserved.contains(&word.to_lowercase().as_str()) && !word.contains(['-', '#', '/']) =>
        {
            word.clone()
        }
        other => return Err(format!("a value was expected, not {other:?}")),
    };
    *rest = &rest[1..];
    Ok(found)
}

impl Query {
    /// Whether this content, as the index has it, answers the query.
    pub fn holds(&self, confluence: &Confluence, content: &Content) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(confluence, content)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(confluence, content)),
            Self::Not(inner) => !inner.holds(confluence, content),
            Self::Compare { field, sign, values } => {
                let any = values.iter().any(|value| one(confluence, content, field, sign, value));
                any != sign.starts_with('!')
            }
        }
    }
}

fn one(confluence: &Confluence, content: &Content, field: &str, sign: &str, value: &str) -> bool {
    let same = |text: &str| text.to_lowercase() == value.to_lowercase();
    match field {
        "space" | "space.key" => {
            let space = confluence.spaces.iter().find(|space| space.id == content.space);
            space.is_some_and(|space| same(&space.key))
        }
        "label" => content.labels.iter().any(|label| same(label)),
        "type" => content.kind.name() == value.to_lowercase(),
        "id" | "content" => content.id.to_string() == value,
        "title" if sign.ends_with('=') => same(&content.title),
        "title" => matches(&content.title, value),
        _ => matches(&format!("{} {}", content.title, content.body), value),
    }
}

fn words(text: &str) -> Vec<String> {
    let split = text.split(|character: char| !character.is_alphanumeric());
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Measured against the service: `~` is about words, not about text. All words must occur, in any order and anywhere,
/// so `ENG-12` also finds `12 reasons for ENG`; only a phrase in quotes of its own must occur in order. A word may end
/// in `*`.
fn matches(text: &str, value: &str) -> bool {
    let have = words(text);
    let phrase = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    if let Some(phrase) = phrase {
        let wanted = words(phrase);
        return !wanted.is_empty() && have.windows(wanted.len()).any(|part| part == wanted.as_slice());
    }
    let pieces: Vec<&str> = value.split_whitespace().collect();
    !words(value).is_empty()
        && pieces.iter().all(|piece| {
            let wanted = words(piece);
            let open = piece.ends_with('*');
            wanted.iter().enumerate().all(|(index, wanted_word)| {
                let last = index + 1 == wanted.len();
                have.iter().any(|word| word == wanted_word || (open && last && word.starts_with(wanted_word.as_str())))
            })
        })
}
