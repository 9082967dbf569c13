//! `q=` and `sort=`: a part of Bitbucket's query language. The rest of it is refused.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::error;
use crate::message::Refusal;

const FIELDS: [&str; 22] = [
    "id",
    "title",
    "description",
    "state",
    "draft",
    "author.uuid",
    "author.display_name",
    "source.branch.name",
    "source.commit.hash",
    "source.repository.full_name",
    "source.repository.uuid",
    "destination.branch.name",
    "destination.commit.hash",
    "destination.repository.full_name",
    "merge_commit.hash",
    "created_on",
    "updated_on",
    "content.raw",
    "user.uuid",
    "deleted",
    "parent.id",
    "name",
];

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Compare { field: String, sign: String, value: Value },
}

/// The values that `q` selects, in the order of `sort`.
pub fn filter_and_sort(mut values: Vec<Value>, q: Option<&str>, sort: Option<&str>) -> Result<Vec<Value>, Refusal> {
    if let Some(q) = q.filter(|q| !q.trim().is_empty()) {
        let bad = || Refusal::from(error(400, &format!("Invalid query: {q}")));
        let expression = parse(q).ok_or_else(bad)?;
        values.retain(|value| holds(&expression, value));
    }
    if let Some(sort) = sort {
        let (field, down) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
        if !FIELDS.contains(&field) {
            return Err(error(400, &format!("Invalid field name: {field}")).into());
        }
        values.sort_by(|a, b| compare(look_up(a, field), look_up(b, field)).unwrap_or(Ordering::Equal));
        if down {
            values.reverse();
        }
    }
    Ok(values)
}

fn tokens(q: &str) -> Option<Vec<Token>> {
    let mut tokens = vec![];
    let mut characters = q.chars().peekable();
    while let Some(&character) = characters.peek() {
        if character.is_whitespace() {
            characters.next();
        } else if character == '"' {
            characters.next();
            let mut text = String::new();
            loop {
                match characters.next()? {
                    '"' => break,
                    '\\' => text.push(characters.next()?),
                    other => text.push(other),
                }
            }
            tokens.push(Token::Text(text));
        } else if "()".contains(character) {
            characters.next();
            tokens.push(Token::Sign(character.to_string()));
        } else {
            let is_sign = |character: &char| "=!<>~".contains(*character);
            let sign = is_sign(&character);
            let ends = |next: &char| next.is_whitespace() || "()\"".contains(*next) || is_sign(next) != sign;
            let mut text = String::new();
            while let Some(next) = characters.next_if(|next| !ends(next)) {
                text.push(next);
            }
            tokens.push(if sign { Token::Sign(text) } else { Token::Word(text) });
        }
    }
    Some(tokens)
}

fn parse(q: &str) -> Option<Expression> {
    let tokens = tokens(q)?;
    let mut rest = tokens.as_slice();
    let expression = either(&mut rest)?;
    rest.is_empty().then_some(expression)
}

fn is_word(rest: &[Token], word: &str) -> bool {
    matches!(rest.first(), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word))
}

fn either(rest: &mut &[Token]) -> Option<Expression> {
    let mut parts = vec![both(rest)?];
    while is_word(rest, "OR") {
        *rest = &rest[1..];
        parts.push(both(rest)?);
    }
    Some(Expression::Or(parts))
}

fn both(rest: &mut &[Token]) -> Option<Expression> {
    let mut parts = vec![single(rest)?];
    while is_word(rest, "AND") {
        *rest = &rest[1..];
        parts.push(single(rest)?);
    }
    Some(Expression::And(parts))
}

fn single(rest: &mut &[Token]) -> Option<Expression> {
    if rest.first()? == &Token::Sign("(".to_owned()) {
        *rest = &rest[1..];
        let inner = either(rest)?;
        let closed = rest.first()? == &Token::Sign(")".to_owned());
        *rest = &rest[1..];
        return closed.then_some(inner);
    }
    let [Token::Word(field), Token::Sign(sign), value, ..] = rest else { return None };
    let value = match value {
        Token::Text(text) => Value::String(text.clone()),
        Token::Word(word) if word == "true" || word == "false" => Value::Bool(word == "true"),
        Token::Word(word) if word == "null" => Value::Null,
        Token::Word(word) => word.parse::<u64>().map(Value::from).ok().or_else(|| {
            let date = word.parse::<Timestamp>().is_ok() || word.parse::<jiff::civil::Date>().is_ok();
            date.then(|| Value::String(word.clone()))
        })?,
        Token::Sign(_) => return None,
    };
    let known =
        FIELDS.contains(&field.as_str()) && ["=", "!=", "~", "!~", ">", ">=", "<", "<="].contains(&sign.as_str());
    let comparison = Expression::Compare { field: field.clone(), sign: sign.clone(), value };
    *rest = &rest[3..];
    known.then_some(comparison)
}

fn look_up<'a>(value: &'a Value, field: &str) -> &'a Value {
    field.split('.').fold(value, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn date(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        text.parse::<jiff::civil::Date>()
            .ok()?
            .at(0, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|at| at.timestamp())
    })
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (date(a), date(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.cmp(b)),
        },
        (Value::Number(a), Value::Number(b)) => Some(a.as_u64()?.cmp(&b.as_u64()?)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

fn holds(expression: &Expression, value: &Value) -> bool {
    match expression {
        Expression::And(parts) => parts.iter().all(|part| holds(part, value)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, value)),
        Expression::Compare { field, sign, value: wanted } => {
            let found = look_up(value, field);
            let order = compare(found, wanted);
            let within = || {
                let text = found.as_str().unwrap_or_default().to_lowercase();
                text.contains(&wanted.as_str().unwrap_or_default().to_lowercase())
            };
            match sign.as_str() {
                "=" => order == Some(Ordering::Equal),
                "!=" => order != Some(Ordering::Equal),
                "~" => within(),
                "!~" => !within(),
                ">" => order == Some(Ordering::Greater),
                ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                "<" => order == Some(Ordering::Less),
                _ => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            }
        }
    }
}
