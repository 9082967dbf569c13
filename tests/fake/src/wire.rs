//! Requests and answers on the socket, and broken connections.
//!
//! The last byte of a request stays unread until the answer is about to be written: a socket that is closed with bytes
//! unread resets the connection, which is what a client sees when a load balancer dies.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::message::{Request, Response, Service};

/// Waits for the head of the next request, without taking it. `None` when the client has hung up.
pub fn peek_head(stream: &TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 16 * 1024];
    for _ in 0..10_000 {
        let read = stream.peek(&mut buffer)?;
        if read == 0 {
            return Ok(None);
        }
        if let Some(end) = buffer[..read].windows(4).position(|four| four == b"\r\n\r\n") {
            buffer.truncate(end + 4);
            return Ok(Some(buffer));
        }
        if read == buffer.len() {
            buffer.resize(read * 2, 0);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(None)
}

/// The request of this head, its body still to come. `None` when it is not HTTP.
pub fn parse_head(service: Service, head: &[u8]) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head).ok().filter(httparse::Status::is_complete)?;
    let headers = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()));
    Some(Request::new(service, parsed.method?, parsed.path?, headers.collect(), vec![]))
}

/// Takes the head and the body; all but the last byte of both together.
pub fn read_body(stream: &mut TcpStream, head: &[u8], request: &Request) -> io::Result<Vec<u8>> {
    let length = request.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    let chunked = request.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    if length == 0 && !chunked {
        take(stream, head.len() - 1)?;
        return Ok(vec![]);
    }
    take(stream, head.len())?;
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if chunked {
        return read_chunks(stream);
    }
    let mut body = take(stream, length - 1)?;
    let mut last = [0];
    if stream.peek(&mut last)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    body.extend(last);
    Ok(body)
}

fn read_chunks(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut body = vec![];
    loop {
        let mut line = String::new();
        while !line.ends_with("\r\n") {
            line.push(char::from(take(stream, 1)?[0]));
        }
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if size == 0 {
            take(stream, 1)?;
            return Ok(body);
        }
        body.extend(take(stream, size)?);
        take(stream, 2)?;
    }
}

/// Takes the byte that was left.
pub fn take_last(stream: &mut TcpStream) -> io::Result<()> {
    take(stream, 1).map(drop)
}

fn take(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Every answer of both services carries an id that their support asks for.
pub fn identified(response: Response, service: Service, number: usize) -> Response {
    match service {
        Service::Bitbucket | Service::Proxy => {
            // Clients read it from an answer without a body too.
            let response = if response.status == 204 {
                response.with("Content-Type", "text/html; charset=utf-8")
            } else {
                response
            };
            response.with("X-Request-Id", &format!("{number:032x}"))
        }
        _ => {
            let id = format!("{number:08x}-0000-4000-8000-000000000000");
            response.with("atl-traceid", &id.replace('-', "")).with("Atl-Request-Id", &id)
        }
    }
}

/// The same JSON with every character of its strings as `\u0041`; what is no JSON stays.
pub fn spelled(body: &[u8]) -> Vec<u8> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return body.to_vec() };
    spell(&value).into_bytes()
}

fn spell(value: &serde_json::Value) -> String {
    use serde_json::Value;
    let string = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    match value {
        Value::String(text) => format!("\"{}\"", string(text)),
        Value::Array(items) => format!("[{}]", items.iter().map(spell).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("\"{}\":{}", string(name), spell(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// The same JSON with half of a surrogate pair for each U+FFFD.
pub fn with_half_pairs(body: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(body).replace('\u{fffd}', "\\udcef").into_bytes()
}

/// The same JSON with one value replaced: the first two bytes choose it, the others are it, as JSON or else as a string.
pub fn altered(body: &[u8], bytes: &[u8]) -> Vec<u8> {
    let (Ok(mut value), [high, low, new @ ..]) = (serde_json::from_slice::<serde_json::Value>(body), bytes) else {
        return body.to_vec();
    };
    let new = serde_json::from_slice(new).unwrap_or_else(|_| String::from_utf8_lossy(new).into());
    let mut places = vec![];
    list_places(&value, String::new(), &mut places);
    let place = &places[usize::from(u16::from_be_bytes([*high, *low])) % places.len()];
    *value.pointer_mut(place).unwrap() = new;
    value.to_string().into_bytes()
}

/// The JSON pointers of every value in this one, itself first.
fn list_places(value: &serde_json::Value, place: String, places: &mut Vec<String>) {
    use serde_json::Value;
    let children: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        Value::Object(members) => {
            let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(name, member)| (escaped(name), member)).collect()
        }
        _ => vec![],
    };
    places.push(place.clone());
    for (name, child) in children {
        list_places(child, format!("{place}/{name}"), places);
    }
}

/// The bytes of an answer up to its body.
pub fn head(response: &Response, length_header: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.status != 204 {
        head.push_str(length_header);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// All bytes of an answer.
pub fn bytes(response: &Response) -> Vec<u8> {
    let mut bytes = head(response, &format!("Content-Length: {}\r\n", response.body.len()));
    bytes.extend(&response.body);
    bytes
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
