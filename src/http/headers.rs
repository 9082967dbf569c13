//! The headers of an answer: request id, time of the next try, account.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use ureq::http::HeaderMap;

use crate::secret::Scrubber;

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// Atlassian's products go on as for a visitor when they do not accept a credential, and say so here alone.
pub(super) fn is_anonymous(headers: &HeaderMap) -> bool {
    let reason = text(headers, "x-seraph-loginreason").unwrap_or_default().to_ascii_uppercase();
    reason.contains("FAILED") || reason.contains("DENIED")
}

/// The services' names for an answer, the first that is there.
const REQUEST_ID_HEADERS: [&str; 4] = ["x-request-id", "atl-request-id", "atl-traceid", "x-arequestid"];

/// Scrubbed before it is cut, which could leave a part of a secret that no longer looks like one.
pub(super) fn id_of(headers: &HeaderMap, scrubber: &Scrubber) -> Option<String> {
    let value = REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name))?;
    let visible = value.as_bytes().iter().filter(|byte| byte.is_ascii_graphic());
    let id: String = visible.map(|byte| char::from(*byte)).collect();
    let id: String = scrubber.scrub(&id).chars().take(128).collect();
    (!id.is_empty()).then_some(id)
}

/// How long the service asks to wait: `Retry-After`, or for a 429 when its limit starts again.
pub(super) fn wait_of(headers: &HeaderMap, status: u16, now: Timestamp) -> Option<Duration> {
    // By the clock that wrote the times, if it shows.
    let now = text(headers, "date").and_then(date_of).unwrap_or(now);
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
    let asked = text(headers, "retry-after").and_then(|value| seconds_of(value).or_else(|| date_of(value).map(until)));
    if asked.is_some() || status != 429 {
        return asked;
    }
    // Seconds that are left from Bitbucket, a time from Atlassian's products.
    let reset = text(headers, "x-ratelimit-reset").and_then(|value| match seconds_of(value) {
        Some(time) if time >= SINCE_1970 => Timestamp::from_second(time.as_secs().try_into().ok()?).ok().map(until),
        Some(left) => Some(left),
        None => value.parse().or_else(|_| format!("{value}Z").parse()).ok().or_else(|| date_of(value)).map(until),
    });
    // Of several limits, the one that takes longest.
    let parts = || text(headers, "ratelimit").unwrap_or_default().split([';', ',']);
    let left = || parts().filter_map(|part| seconds_of(part.trim().strip_prefix("t=")?)).max();
    // A quota of points starts again with each full hour.
    let reason = text(headers, "ratelimit-reason").unwrap_or_default().to_ascii_lowercase();
    let is_quota = reason.contains("quota") || reason.contains("global");
    reset.or_else(left).or_else(|| is_quota.then(|| Duration::from_secs(HOUR - now.as_second().unsigned_abs() % HOUR)))
}

const HOUR: u64 = 3_600;

/// More than a run waits, and few enough for every unit of time.
const LONGEST_SECONDS: f64 = 1e12;

/// A number of seconds as large as this is a time: no service asks for thirty years of patience.
const SINCE_1970: Duration = Duration::from_secs(1_000_000_000);

/// Whole seconds; a fraction counts as one.
fn seconds_of(value: &str) -> Option<Duration> {
    let seconds: f64 = value.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite())?;
    Duration::try_from_secs_f64(seconds.ceil().min(LONGEST_SECONDS)).ok()
}

/// A time in one of the three formats that RFC 9110 asks recipients to read.
pub(super) fn date_of(value: &str) -> Option<Timestamp> {
    let old = |format| DateTime::strptime(format, value).ok()?.to_zoned(TimeZone::UTC).ok();
    let old_ones = || ["%A, %d-%b-%y %T GMT", "%a %b %e %T %Y"].into_iter().find_map(old);
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok().or_else(|| Some(old_ones()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;
    use crate::secret::Secret;

    #[test]
    fn waits_come_from_any_header_that_names_one() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let reset = "x-ratelimit-reset";
        let table = [
            (429, vec![("retry-after", "7"), (reset, "3600")], Some(7)),
            (429, vec![("retry-after", " 0 ")], Some(0)),
            (429, vec![("retry-after", "1.5")], Some(2)),
            (429, vec![("retry-after", "Sun, 22 Nov 2026 12:00:09 GMT")], Some(9)),
            (503, vec![("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT")], Some(0)),
            (429, vec![("retry-after", "Sunday, 22-Nov-26 12:00:09 GMT")], Some(9)),
            (429, vec![("retry-after", "Sun Nov 22 12:00:09 2026")], Some(9)),
            (
                429,
                vec![("retry-after", "Sun, 22 Nov 2026 12:00:09 GMT"), ("date", "Sun, 22 Nov 2026 11:59:00 GMT")],
                Some(69),
            ),
            (429, vec![("retry-after", "99999999999999999999")], Some(1_000_000_000_000)),
            (429, vec![("retry-after", "inf")], None),
            (429, vec![("retry-after", "soon")], None),
            (429, vec![("retry-after", "-1")], None),
            (429, vec![("retry-after", "")], None),
            (429, vec![("retry-after", "soon"), (reset, "745")], Some(745)),
            (429, vec![(reset, "2026-11-22T12:30Z")], Some(1_800)),
            (429, vec![(reset, "2026-11-22T12:00:30.5Z")], Some(30)),
            (429, vec![(reset, "2026-11-22T12:30:00")], Some(1_800)),
            (429, vec![(reset, "2026-11-22T14:30:00+02:00")], Some(1_800)),
            (429, vec![(reset, "2026-11-22T11:00:00Z")], Some(0)),
            (429, vec![(reset, "1795349100")], Some(300)),
            (429, vec![(reset, "Sun, 22 Nov 2026 12:01:00 GMT")], Some(60)),
            (429, vec![(reset, "inf")], None),
            (503, vec![(reset, "745")], None),
            (429, vec![("ratelimit", "\"global-app-quota\";r=0;t=50")], Some(50)),
            (429, vec![("ratelimit", "\"a\";r=0;t=2000, \"b\";r=10;t=1")], Some(2_000)),
            (429, vec![("ratelimit-reason", "confluence-Quota-tenant-based")], Some(3_600)),
            (429, vec![("ratelimit-reason", "conf-global-based")], Some(3_600)),
            (429, vec![("ratelimit-reason", "jira-burst-based")], None),
            (429, vec![], None),
        ];
        for (status, pairs, wait) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in &pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let asked = wait_of(&headers, status, now).map(|wait| wait.as_secs());
            assert_eq!(asked, wait, "{status} {pairs:?}");
        }
    }

    #[test]
    fn request_ids_are_short_and_visible() {
        let scrubber = Scrubber::default();
        scrubber.hide(&Secret::parse("t0ken-of-ours").unwrap());
        let id_of = |headers: &HeaderMap| id_of(headers, &scrubber);
        let mut headers = HeaderMap::new();
        assert_eq!(id_of(&headers), None);
        headers.insert("x-arequestid", HeaderValue::from_static("old"));
        assert_eq!(id_of(&headers).unwrap(), "old");
        headers.insert("atl-traceid", HeaderValue::from_bytes(b"a b\tc\xff").unwrap());
        assert_eq!(id_of(&headers).unwrap(), "abc");
        headers.insert("x-request-id", HeaderValue::from_str(&"x".repeat(500)).unwrap());
        assert_eq!(id_of(&headers).unwrap().len(), 128);
        let at_the_cut = format!("{}t0ken-of-ours", "x".repeat(125));
        headers.insert("x-request-id", HeaderValue::from_str(&at_the_cut).unwrap());
        assert_eq!(id_of(&headers).unwrap(), format!("{}***", "x".repeat(125)));
    }
}
