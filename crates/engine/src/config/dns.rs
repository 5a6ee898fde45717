//! The keys of a `dns` check.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use crate::config::{
    context::Node,
    endpoint::Endpoint,
    http::Limits,
    section::{Section, items},
    table::{
        Kind,
        Need::{Default, Optional},
        Table,
    },
    tables::key,
    text::expanded,
    yaml::Yaml,
};

/// The port of name servers.
const PORT: u16 = 53;

/// A `dns` check.
#[derive(Clone, Debug)]
pub struct DnsSpec {
    /// Who is asked; absent means the first name server of this machine.
    pub server: Option<Endpoint>,
    /// What is asked for: a name without its last dot, or for `PTR` an address as well.
    pub query: String,
    /// The type of record.
    pub record: Record,
    /// What the answer must be.
    pub expect: DnsExpect,
    /// WARN from this latency on.
    pub warn: Option<Duration>,
    /// FAIL from this latency on.
    pub crit: Option<Duration>,
}

/// What the answer of a name server must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DnsExpect {
    /// At least one record.
    #[default]
    Any,
    /// This response code.
    Code(&'static str),
    /// At least these records, as text.
    Records(Vec<String>),
}

/// The types of record that can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Record {
    /// An IPv4 address.
    #[default]
    A,
    /// An IPv6 address.
    Aaaa,
    /// The name behind an alias.
    Cname,
    /// A mail server: `10 mail.example.org`.
    Mx,
    /// A text.
    Txt,
    /// A name server.
    Ns,
    /// The beginning of a zone: `ns.example.org admin.example.org 7`, the last one its serial number.
    Soa,
    /// A service: `10 5 5060 sip.example.org`.
    Srv,
    /// The name of an address.
    Ptr,
}

const RECORDS: &[&str] = &["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "PTR"];

/// The response codes that can be expected.
const CODES: &[&str] = &["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

impl Record {
    const ALL: [Self; 9] = [
        Self::A,
        Self::Aaaa,
        Self::Cname,
        Self::Mx,
        Self::Txt,
        Self::Ns,
        Self::Soa,
        Self::Srv,
        Self::Ptr,
    ];

    /// The word of `record:`.
    #[must_use]
    pub fn word(self) -> &'static str {
        let place = Self::ALL.iter().position(|one| *one == self).unwrap_or_default();
        RECORDS[place]
    }

    fn parse(word: &str) -> Option<Self> {
        let place = RECORDS.iter().position(|one| *one == word)?;
        Self::ALL.get(place).copied()
    }

    /// A value as answers are written: names in small letters and without their last dot,
    /// addresses in their shortest form.
    ///
    /// # Errors
    /// Says what the value should be.
    fn normal(self, value: &str) -> Result<String, &'static str> {
        match self {
            Self::A => value
                .parse::<Ipv4Addr>()
                .map(|ip| ip.to_string())
                .map_err(|_| "an A record is an IPv4 address"),
            Self::Aaaa => value
                .parse::<Ipv6Addr>()
                .map(|ip| ip.to_string())
                .map_err(|_| "an AAAA record is an IPv6 address"),
            Self::Txt => Ok(value.to_owned()),
            Self::Mx if value.split(' ').count() != 2 => {
                Err("an MX record is a number and a name: \"10 mail.example.org\"")
            }
            Self::Srv if value.split(' ').count() != 4 => {
                Err("an SRV record is three numbers and a name: \"10 5 5060 sip.example.org\"")
            }
            Self::Soa if value.split(' ').count() != 3 => {
                Err("a SOA record is two names and the serial number")
            }
            Self::Cname | Self::Mx | Self::Ns | Self::Soa | Self::Srv | Self::Ptr => {
                let lower = value.to_ascii_lowercase();
                let parts = lower.split(' ').map(|part| part.strip_suffix('.').unwrap_or(part));
                Ok(parts.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

pub(super) static DNS: Table = Table {
    name: "dns_check",
    about: "A question to a name server.",
    keys: &[
        key(
            "server",
            Kind::Endpoint,
            Optional,
            "Who is asked; port 53 when none is written. Absent: the first one in /etc/resolv.conf.",
        ),
        key(
            "query",
            Kind::Text,
            Optional,
            "The name that is asked for; for PTR an address as well. Absent: the name of the check.",
        ),
        key("record", Kind::Word(RECORDS), Default("\"A\""), "The type of record."),
        key(
            "expect",
            Kind::TextOrTexts,
            Optional,
            "Records that must be among the answers, or a response code such as NXDOMAIN. Absent: at least one record.",
        ),
        key("warn_ms", Kind::Millis, Optional, "WARN from this latency on."),
        key("crit_ms", Kind::Millis, Optional, "FAIL from this latency on."),
    ],
};

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<DnsSpec> {
    let server = section.endpoint("server", PORT);
    let record = section.word("record").and_then(Record::parse).unwrap_or_default();
    let query = query(section, record);
    let expect = expect(section, record);
    let limits = Limits::read(section, "warn_ms", "crit_ms", Limits::default());
    Some(DnsSpec {
        server,
        query: query?,
        record,
        expect: expect?,
        warn: limits.warn,
        crit: limits.crit,
    })
}

fn query(section: &Section<'_>, record: Record) -> Option<String> {
    if section.has("query") {
        let text = section.text("query")?;
        let node = section.find("query")?;
        return name(&text, record).or_else(|| {
            let problem =
                node.problem(format!("`{}` is no name that can be asked for", node.written()));
            node.refuse(
                problem.help("letters, digits, `-` and `_` between dots, at most 63 a part"),
            )
        });
    }
    let node = section.find("name")?;
    name(node.yaml.as_text()?, record).or_else(|| {
        let problem = section
            .problem("`query` is missing, and the check's own name is none that can be asked for");
        node.refuse(problem.help("add the name that is asked for: `query: www.example.org`"))
    })
}

/// A name without its last dot; addresses only where they have names.
fn name(text: &str, record: Record) -> Option<String> {
    if text.parse::<IpAddr>().is_ok() {
        return (record == Record::Ptr).then(|| text.to_owned());
    }
    let plain = text.strip_suffix('.').unwrap_or(text);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let part = |part: &str| (1..=63).contains(&part.len()) && part.chars().all(allowed);
    (plain.len() <= 253 && plain.split('.').all(part)).then(|| plain.to_owned())
}

fn expect(section: &Section<'_>, record: Record) -> Option<DnsExpect> {
    let Some((node, kind)) = section.get("expect") else {
        return Some(DnsExpect::Any);
    };
    if matches!(node.yaml, Yaml::List(_)) {
        let found = items(&node, "");
        let records: Vec<_> = found.iter().map(|item| value(item, record)).collect();
        let empty =
            || node.refuse(node.problem("`expect` is empty").help("remove it, or list a record"));
        let records = records.into_iter().collect::<Option<Vec<_>>>()?;
        return if records.is_empty() { empty() } else { Some(DnsExpect::Records(records)) };
    }
    let text = expanded(&node, &kind.expects())?;
    if let Some(code) = CODES.iter().find(|code| **code == text) {
        return Some(DnsExpect::Code(code));
    }
    value(&node, record).map(|one| DnsExpect::Records(vec![one]))
}

/// A record that is expected.
fn value(node: &Node<'_>, record: Record) -> Option<String> {
    let text = expanded(node, "text")?;
    if node.is_item && CODES.contains(&text.as_str()) {
        let problem = node.problem(format!("`{text}` is a response code, not a record"));
        return node.refuse(problem.help(format!("write `expect: {text}`")));
    }
    record.normal(&text).map_or_else(
        |why| {
            let problem = node.problem(format!("`{}` cannot be answered: {why}", node.written()));
            let codes = format!("or a response code: {}", CODES.join(", "));
            node.refuse(if node.is_item { problem } else { problem.help(codes) })
        },
        Some,
    )
}
