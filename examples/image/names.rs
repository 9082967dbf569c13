//! A name server that knows one name.

use std::net::UdpSocket;

/// Where it listens: a loopback address that nothing else uses (127.0.0.53 is systemd-resolved's), and the port that every
/// resolver asks, for which it takes root.
pub(crate) const ADDRESS: &str = "127.0.0.153:53";
/// Its address as a file `resolv.conf` has it.
pub(crate) const RESOLV_CONF: &str = "nameserver 127.0.0.153\noptions timeout:1 attempts:2\n";

/// Answers in a thread: `name` is 127.0.0.1, and all others do not exist.
pub(crate) fn serve(name: &'static str) -> Result<(), String> {
    let socket = UdpSocket::bind(ADDRESS).map_err(|error| format!("cannot listen at {ADDRESS}: {error}"))?;
    std::thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut packet) {
            if let Some(answer) = packet.get(..length).and_then(|question| answer(question, name)) {
                let _ = socket.send_to(&answer, asker);
            }
        }
    });
    Ok(())
}

/// RFC 1035, section 4: a header of 12 bytes, the question, and one record if the question is for an address of `name`.
fn answer(question: &[u8], name: &str) -> Option<Vec<u8>> {
    let (header, rest) = question.split_at_checked(12)?;
    let encoded: Vec<u8> =
        name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    let length = rest.iter().position(|byte| *byte == 0)? + 1;
    let asked = rest.get(..length + 4)?;
    let is_known = rest.get(..length - 1)?.eq_ignore_ascii_case(&encoded);
    let is_address = asked.ends_with(&[0, 1, 0, 1]);
    // A recursive answer; without an error, or that there is no such name.
    let (flags, count) = (if is_known { [0x81, 0x80] } else { [0x81, 0x83] }, u8::from(is_known && is_address));
    let mut answer = [header.get(..2)?, &flags, &[0, 1, 0, count, 0, 0, 0, 0], asked].concat();
    if count == 1 {
        // The name of the question, type A, class IN, a minute, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}
