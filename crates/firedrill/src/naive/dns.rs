//! What the answer of a name server is worth: its bytes taken apart by hand, apart from the library of
//! the checker and from whoever wrote the answer.

use std::net::{Ipv4Addr, Ipv6Addr};

use engine::config::{DnsExpect, DnsSpec};

use super::{Answer, Worth, bad};
use crate::{played::Truth, scenario::Ms};

/// The types of record with their numbers.
const TYPES: [(&str, u16); 9] = [
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("PTR", 12),
    ("MX", 15),
    ("TXT", 16),
    ("AAAA", 28),
    ("SRV", 33),
];

const CODES: [&str; 6] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

fn number(spec: &DnsSpec) -> u16 {
    let found = TYPES.iter().find(|(word, _)| *word == spec.record.word());
    found.map_or(0, |(_, number)| *number)
}

/// The name that a check asks for, as it goes over the wire.
fn wire_name(query: &str) -> String {
    if let Ok(ip) = query.parse::<Ipv4Addr>() {
        let parts: Vec<String> = ip.octets().iter().rev().map(u8::to_string).collect();
        return parts.join(".") + ".in-addr.arpa";
    }
    if let Ok(ip) = query.parse::<Ipv6Addr>() {
        let digits: Vec<char> = format!("{:032x}", ip.to_bits()).chars().rev().collect();
        return digits.iter().map(|digit| format!("{digit}.")).collect::<String>() + "ip6.arpa";
    }
    query.trim_end_matches('.').to_ascii_lowercase()
}

/// The question of a check as a message.
pub(crate) fn question(spec: &DnsSpec) -> Vec<u8> {
    let mut all = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in wire_name(&spec.query).split('.').filter(|label| !label.is_empty()) {
        all.push(u8::try_from(label.len()).unwrap_or(63));
        all.extend(label.as_bytes());
    }
    all.push(0);
    all.extend(number(spec).to_be_bytes());
    all.extend([0, 1]);
    all
}

/// Whether a message asks what a check asks.
pub(crate) fn is_question(spec: &DnsSpec, asked: &[u8]) -> bool {
    let own = question(spec);
    let rest = |bytes: &[u8]| bytes.get(12..).map(<[u8]>::to_ascii_lowercase);
    rest(&own) == rest(asked)
}

/// Whether a message says only that the answer is to be had in another way.
pub(crate) fn is_cut_short(got: &[u8]) -> bool {
    got.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

pub(super) fn worth(spec: &DnsSpec, limit: Ms, answer: &Answer, took: Ms) -> Worth {
    if !answer.opened {
        return bad(String::from_utf8_lossy(&answer.got));
    }
    let Some((code, records)) = said(&answer.got, number(spec)) else {
        return bad("no answer that can be read");
    };
    let name = CODES.get(usize::from(code)).copied().unwrap_or("another code");
    let fits = match &spec.expect {
        DnsExpect::Code(wanted) => *wanted == name,
        DnsExpect::Any => code == 0 && !records.is_empty(),
        DnsExpect::Records(wanted) => {
            code == 0 && wanted.iter().all(|wanted| records.contains(wanted))
        }
    };
    if !fits {
        return bad(if code == 0 { records.join(", ") } else { name.to_owned() });
    }
    let over = |limit: Option<std::time::Duration>| {
        limit.is_some_and(|limit| took >= engine::time::millis(limit))
    };
    match (took > limit || over(spec.crit), over(spec.warn)) {
        (true, _) => bad(format!("{took} ms")),
        (false, true) => (Truth::Slow, format!("{took} ms")),
        (false, false) => (Truth::Good, name.to_owned()),
    }
}

/// The code of a message, and its answers of one type as text.
fn said(message: &[u8], wanted: u16) -> Option<(u8, Vec<String>)> {
    let code = *message.get(3)? & 0x0f;
    let (asked, answers) = (short(message, 4)?, short(message, 6)?);
    let mut at = 12;
    for _ in 0..asked {
        at = name(message, at)?.1 + 4;
    }
    let mut records = Vec::new();
    for _ in 0..answers {
        at = name(message, at)?.1;
        let (kind, length) = (short(message, at)?, usize::from(short(message, at + 8)?));
        at += 10;
        message.get(at..at + length)?;
        if kind == wanted {
            records.push(text(message, kind, at, length)?);
        }
        at += length;
    }
    Some((code, records))
}

fn short(message: &[u8], at: usize) -> Option<u16> {
    message.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
}

/// The name at a place, and where it ends; what points elsewhere is followed.
fn name(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let (mut labels, mut end) = (Vec::new(), None);
    for _ in 0..128 {
        let length = *message.get(at)?;
        match length {
            0 => return Some((labels.join("."), end.unwrap_or(at + 1))),
            192.. => {
                end = end.or(Some(at + 2));
                at = usize::from(short(message, at)? & 0x3fff);
            }
            _ => {
                let label = message.get(at + 1..at + 1 + usize::from(length))?;
                labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
                at += 1 + usize::from(length);
            }
        }
    }
    None
}

/// A record as the configuration writes it.
fn text(message: &[u8], kind: u16, at: usize, length: usize) -> Option<String> {
    let data = message.get(at..at + length)?;
    Some(match kind {
        1 => Ipv4Addr::from(*data.first_chunk::<4>()?).to_string(),
        28 => Ipv6Addr::from(*data.first_chunk::<16>()?).to_string(),
        15 => format!("{} {}", short(message, at)?, name(message, at + 2)?.0),
        33 => {
            let numbers = [0, 2, 4].map(|by| short(message, at + by));
            let [priority, weight, port] = numbers;
            let target = name(message, at + 6)?.0;
            format!("{} {} {} {target}", priority?, weight?, port?)
        }
        16 => {
            let (mut rest, mut all) = (data, Vec::new());
            while let Some((length, tail)) = rest.split_first() {
                let length = usize::from(*length).min(tail.len());
                all.extend(&tail[..length]);
                rest = &tail[length..];
            }
            String::from_utf8_lossy(&all).into_owned()
        }
        6 => {
            let (primary, next) = name(message, at)?;
            let (person, next) = name(message, next)?;
            let serial =
                message.get(next..)?.first_chunk().map(|four| u32::from_be_bytes(*four))?;
            format!("{primary} {person} {serial}")
        }
        _ => name(message, at)?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_real_server_is_taken_apart() {
        // dnsmasq's answer to `MX example.test`, with its compressed names.
        let message = b"\x00\x01\x85\x80\x00\x01\x00\x02\x00\x00\x00\x00\x07example\x04test\x00\
            \x00\x0f\x00\x01\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x00\x00\x09\x00\x0a\x04mail\xc0\x0c\
            \xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xc0\x00\x02\x01";
        assert_eq!(said(message, 15), Some((0, vec!["10 mail.example.test".to_owned()])));
        assert_eq!(said(message, 1), Some((0, vec!["192.0.2.1".to_owned()])));
        assert_eq!(said(&message[..40], 15), None, "what is cut off cannot be read");
        let refused = b"\x00\x01\x81\x85\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01";
        assert_eq!(said(refused, 1), Some((5, Vec::new())));
    }

    #[test]
    fn a_name_that_points_at_itself_ends() {
        assert_eq!(name(b"\xc0\x00", 0), None);
    }
}
