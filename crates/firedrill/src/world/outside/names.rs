//! The name server of a rehearsed world: what it knows, and its messages byte by byte, written apart
//! from the library that the checker reads them with.

use std::{collections::BTreeMap, net::IpAddr};

use engine::config::{Config, DnsExpect, DnsSpec, Record, Spec};

/// The most that goes into a datagram.
const DATAGRAM: usize = 512;
/// Where the name of the question stands in every message.
const QUESTION: [u8; 2] = [0xc0, 0x0c];
const TTL: u32 = 60;

const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Fault {
    NoSuchName,
    CannotSay,
    Refused,
    Silent,
    Wrong,
    Slow(u64),
    CutShort,
}

impl Fault {
    /// The fault of a word of the grammar.
    pub(super) fn of(word: Option<&str>, ms: u64) -> Self {
        match word {
            Some("servfail") => Self::CannotSay,
            Some("refused") => Self::Refused,
            Some("timeout") => Self::Silent,
            Some("wrong" | "wrong_ip") => Self::Wrong,
            Some("slow") => Self::Slow(ms),
            Some("truncated") => Self::CutShort,
            _ => Self::NoSuchName,
        }
    }
}

/// What the server knows: by name and type, the records or the code.
#[derive(Clone, Debug, Default)]
pub(super) struct Zone(BTreeMap<(String, u16), Known>);

#[derive(Clone, Debug)]
enum Known {
    Records(Vec<String>),
    Code(u8),
}

/// A question, taken out of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    id: [u8; 2],
    pub(super) name: String,
    kind: u16,
    /// The question as it stood there.
    raw: Vec<u8>,
}

impl Zone {
    /// Everything that the checks of a configuration expect.
    pub(super) fn of(config: &Config) -> Self {
        let mut zone = Self::default();
        for check in config.enabled() {
            let Spec::Dns(spec) = &check.spec else { continue };
            let key = (name_of(spec), number(spec.record));
            let known = known(spec);
            match (zone.0.get_mut(&key), known) {
                (Some(Known::Records(old)), Known::Records(new)) => {
                    let more: Vec<_> = new.into_iter().filter(|one| !old.contains(one)).collect();
                    old.extend(more);
                }
                (Some(_), _) => {}
                (None, known) => {
                    zone.0.insert(key, known);
                }
            }
        }
        zone
    }

    /// The answer to a question: whole, or cut short for a datagram. Nothing for silence.
    pub(super) fn answer(
        &self,
        question: &Question,
        fault: Option<Fault>,
        over_tcp: bool,
    ) -> Option<Vec<u8>> {
        let known = self.0.get(&(question.name.clone(), question.kind));
        let truth = match known {
            Some(Known::Code(code)) => message(question, *code, &[]),
            Some(Known::Records(records)) => message(question, 0, records),
            None => message(question, 0, &[made_up(question.kind, &question.name, false)]),
        };
        let whole = match fault {
            Some(Fault::Silent) => return None,
            Some(Fault::NoSuchName) => message(question, NXDOMAIN, &[]),
            Some(Fault::CannotSay) => message(question, SERVFAIL, &[]),
            Some(Fault::Refused) => message(question, REFUSED, &[]),
            Some(Fault::Wrong) => {
                message(question, 0, &[made_up(question.kind, &question.name, true)])
            }
            Some(Fault::Slow(_) | Fault::CutShort) | None => truth,
        };
        let cut = fault == Some(Fault::CutShort) || whole.len() > DATAGRAM;
        Some(if cut && !over_tcp { cut_short(question) } else { whole })
    }
}

/// The name that is asked for: that of an address stands in a tree of its own.
pub(super) fn name_of(spec: &DnsSpec) -> String {
    let name = match spec.query.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(ip)) => {
            let digits = ip.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            digits.map(|digit| format!("{digit:x}.")).collect::<String>() + "ip6.arpa"
        }
        Err(_) => spec.query.clone(),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn known(spec: &DnsSpec) -> Known {
    match &spec.expect {
        DnsExpect::Any => Known::Records(vec![made_up(number(spec.record), &spec.query, false)]),
        DnsExpect::Records(records) => Known::Records(records.clone()),
        DnsExpect::Code(word) => {
            let codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
            let place = codes.iter().position(|code| code == word).unwrap_or_default();
            Known::Code(u8::try_from(place).unwrap_or_default())
        }
    }
}

/// The number of a type of record on the wire.
fn number(record: Record) -> u16 {
    match record {
        Record::A => 1,
        Record::Ns => 2,
        Record::Cname => 5,
        Record::Soa => 6,
        Record::Ptr => 12,
        Record::Mx => 15,
        Record::Txt => 16,
        Record::Aaaa => 28,
        Record::Srv => 33,
    }
}

/// A record where nobody says which: an address for documentation, a name below the one asked for.
fn made_up(kind: u16, name: &str, wrong: bool) -> String {
    let host = if wrong { "wrong.invalid".to_owned() } else { format!("host.{name}") };
    let (v4, v6) =
        if wrong { ("203.0.113.66", "2001:db8:bad::66") } else { ("192.0.2.10", "2001:db8::10") };
    match kind {
        1 => v4.to_owned(),
        28 => v6.to_owned(),
        15 => format!("10 {host}"),
        33 => format!("10 5 443 {host}"),
        6 => format!("{host} admin.{host} 7"),
        _ => host,
    }
}

impl Question {
    /// Takes the one question out of a message; nothing when there is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let id = *bytes.first_chunk::<2>()?;
        let (mut at, mut labels) = (12, Vec::new());
        loop {
            let length = usize::from(*bytes.get(at)?);
            let label = bytes.get(at + 1..at + 1 + length)?;
            at += 1 + length;
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        }
        let kind = u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
        let raw = bytes.get(12..at + 4)?.to_vec();
        Some(Self { id, name: labels.join("."), kind, raw })
    }
}

/// A message with this code and these records.
fn message(question: &Question, code: u8, records: &[String]) -> Vec<u8> {
    let mut all = head(question, 0x81, code, records.len());
    for record in records {
        let data = data(question.kind, record);
        all.extend(QUESTION);
        all.extend(question.kind.to_be_bytes());
        all.extend(1_u16.to_be_bytes());
        all.extend(TTL.to_be_bytes());
        all.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        all.extend(data);
    }
    all
}

/// A message that says only that the answer does not fit.
fn cut_short(question: &Question) -> Vec<u8> {
    head(question, 0x83, 0, 0)
}

fn head(question: &Question, flags: u8, code: u8, answers: usize) -> Vec<u8> {
    let mut head = question.id.to_vec();
    head.extend([flags, 0x80 | code, 0, 1]);
    head.extend(u16::try_from(answers).unwrap_or(u16::MAX).to_be_bytes());
    head.extend([0; 4]);
    head.extend(&question.raw);
    head
}

/// What stands in a record.
fn data(kind: u16, text: &str) -> Vec<u8> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let short = |word: &str| word.parse::<u16>().unwrap_or_default().to_be_bytes();
    match (kind, words.as_slice()) {
        (1 | 28, [ip]) => match ip.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.octets().to_vec(),
            Ok(IpAddr::V6(ip)) => ip.octets().to_vec(),
            Err(_) => Vec::new(),
        },
        (16, _) => text.as_bytes().chunks(255).flat_map(string).collect(),
        (15, [preference, host]) => [&short(preference)[..], &labels(host)].concat(),
        (33, [priority, weight, port, host]) => {
            [&short(priority)[..], &short(weight), &short(port), &labels(host)].concat()
        }
        (6, [primary, person, serial]) => {
            let serial = serial.parse::<u32>().unwrap_or_default().to_be_bytes();
            let times = [3_600_u32, 600, 86_400, 60].map(u32::to_be_bytes).concat();
            [&labels(primary)[..], &labels(person), &serial, &times].concat()
        }
        (_, words) => labels(words.first().unwrap_or(&"")),
    }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [&[length], bytes].concat()
}

fn labels(name: &str) -> Vec<u8> {
    let parts = name.split('.').filter(|part| !part.is_empty());
    let mut all: Vec<u8> = parts.flat_map(|part| string(part.as_bytes())).collect();
    all.push(0);
    all
}
