//! CQL queries: the part of the language that finds content and comments by space, label, title, type, id,
//! text, author and date.

use super::dates;

/// A query.
#[derive(Debug)]
pub enum Query {
    And(Vec<Query>),
    Or(Vec<Query>),
    Not(Box<Query>),
    Compare { field: String, sign: String, values: Vec<Value> },
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// `currentUser()`.
    CurrentUser,
    /// `now()` and `now("-30d")`: seconds from the present.
    Now(i64),
}

/// The order of the results: a date field, and whether the newest comes first.
pub type Order = Option<(String, bool)>;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

/// Reads a query and its order; why not, when it is none. Confluence's documents: the first clause may not be negative.
pub fn parse(cql: &str) -> Result<(Query, Order), String> {
    const BY: &str = " order by ";
    let lower = cql.to_ascii_lowercase();
    let end = lower.rfind(BY).unwrap_or(cql.len());
    let order = lower.get(end + BY.len()..).map(order).transpose()?;
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
        None => Ok((query, order)),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

fn order(text: &str) -> Result<(String, bool), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [field @ ("created" | "lastmodified"), rest @ ..] if matches!(rest, [] | ["asc" | "desc"]) => {
            Ok(((*field).to_owned(), rest == ["desc"]))
        }
        _ => Err(format!("cannot order by {text}")),
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
        "space" | "space.key" | "label" | "type" | "id" | "content" | "container" | "creator" | "contributor" => {
            &["=", "!="]
        }
        // The service knows `lastModified` in any case.
        "created" | "lastmodified" => &["=", "!=", ">=", ">", "<=", "<"],
        "title" => &["=", "!=", "~", "!~"],
        "text" | "sitesearch" => &["~", "!~"],
        other => return Err(format!("there is no field {other}")),
    };
    let negated = word(rest, "not");
    if word(rest, "in") {
        if signs[0] != "=" || !sign(rest, "(") {
            return Err(format!("{field} in needs a list"));
        }
        let mut values = vec![value(rest, &field)?];
        while sign(rest, ",") {
            values.push(value(rest, &field)?);
        }
        if !sign(rest, ")") {
            return Err("a list is not closed".to_owned());
        }
        let sign = if negated { "!=" } else { "=" }.to_owned();
        return Ok(Query::Compare { field, sign, values });
    }
    let found = signs.iter().find(|wanted| sign(rest, wanted));
    let sign = (*found.ok_or_else(|| format!("{field} does not know this operator"))?).to_owned();
    let value = value(rest, &field)?;
    Ok(Query::Compare { field, sign, values: vec![value] })
}

fn value(rest: &mut &[Token], field: &str) -> Result<Value, String> {
    let is_date = ["created", "lastmodified"].contains(&field);
    if let [Token::Word(name), Token::Sign(open), ..] = rest
        && open == "("
    {
        let name = name.to_lowercase();
        *rest = &rest[2..];
        let argument = match rest.first() {
            Some(Token::Text(text)) => Some(text.clone()),
            _ => None,
        };
        *rest = &rest[usize::from(argument.is_some())..];
        if !sign(rest, ")") {
            return Err(format!("{name} is not closed"));
        }
        return match (name.as_str(), argument) {
            ("currentuser", None) if ["creator", "contributor"].contains(&field) => Ok(Value::CurrentUser),
            ("now", argument) if is_date => Ok(Value::Now(dates::offset(argument.as_deref().unwrap_or("0d"))?)),
            (name, _) => Err(format!("{field} knows no function {name}")),
        };
    }
    let text = text(rest)?;
    if is_date {
        dates::parse(&text)?;
    }
    Ok(Value::Text(text))
}

fn text(rest: &mut &[Token]) -> Result<String, String> {
    let reserved = ["and", "or", "not", "in", "order", "by"];
    let found = match rest.first() {
        Some(Token::Text(text)) => text.clone(),
        // Stricter than the service may be: anything but a plain word wants quotes.
        Some(Token::Word(word))
            if !reserved.contains(&word.to_lowercase().as_str()) && !word.contains(['-', '#', '/', ':']) =>
        {
            word.clone()
        }
        other => return Err(format!("a value was expected, not {other:?}")),
    };
    *rest = &rest[1..];
    Ok(found)
}
