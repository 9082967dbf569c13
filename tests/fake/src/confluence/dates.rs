//! Dates in CQL.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cql::Value;

/// The seconds of `-30d`: years, months, weeks, days, hours or minutes from now.
pub fn offset(text: &str) -> Result<i64, String> {
    let wrong = || format!("now does not understand {text}");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "y" => 365 * 86_400,
        "M" => 30 * 86_400,
        "w" => 7 * 86_400,
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return Err(wrong()),
    };
    Ok(number * seconds)
}

/// `2026-11-22` or `2026-11-22 09:30`, also with slashes. The service reads them in the time zone of the account; here that
/// is UTC.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    let text = text.trim().replace('/', "-");
    let whole = if text.contains(' ') { text } else { format!("{text} 00:00") };
    let civil = DateTime::strptime("%Y-%m-%d %H:%M", &whole).map_err(|_| format!("{whole} is no date"))?;
    civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|error| error.to_string())
}

/// The moment that a value of a query means.
pub fn moment(value: &Value, now: Timestamp) -> Option<Timestamp> {
    match value {
        Value::Text(text) => parse(text).ok(),
        Value::Now(seconds) => now.checked_add(SignedDuration::from_secs(*seconds)).ok(),
        Value::CurrentUser => None,
    }
}
