//! Messages to and from name servers. The only place that knows which DNS library is used.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU16, Ordering},
};

use engine::{config::Record, observation::DnsAnswer};
use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};

/// Tells questions of this process apart. Their port is the system's choice and the socket hears
/// nobody but the server.
static NUMBER: AtomicU16 = AtomicU16::new(1);

/// One question.
pub(super) struct Question {
    query: Query,
    id: u16,
    bytes: Vec<u8>,
}

/// What a message that belongs to the question says.
pub(super) enum Reply {
    Answer(DnsAnswer),
    Truncated,
}

impl Question {
    /// Asks for records of a name; for `PTR` an address stands for its name in `in-addr.arpa`.
    ///
    /// # Errors
    /// Says why the name cannot be asked for.
    pub(super) fn new(name: &str, record: Record) -> Result<Self, String> {
        let cannot = |why: &dyn std::fmt::Display| format!("`{name}` cannot be asked for: {why}");
        let mut full = match name.parse::<IpAddr>() {
            Ok(ip) => Name::from(ip),
            Err(_) => Name::from_ascii(name).map_err(|error| cannot(&error))?,
        };
        full.set_fqdn(true);
        let query = Query::query(full, record_type(record));
        let id = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut message = Message::new(id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(query.clone());
        let bytes = message.to_vec().map_err(|error| cannot(&error))?;
        Ok(Self { query, id, bytes })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a message.
    ///
    /// # Errors
    /// Says why it is no answer to this question.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Reply, String> {
        let head =
            Header::of(bytes).ok_or_else(|| format!("{} bytes are no message", bytes.len()))?;
        if head.id != self.id || !head.is_response {
            return Err("it belongs to another question".to_owned());
        }
        // What was cut off in the middle of a record need not be readable.
        if head.truncated {
            return Ok(Reply::Truncated);
        }
        let message =
            Message::from_vec(bytes).map_err(|error| format!("it is damaged: {error}"))?;
        if message.queries.first().is_some_and(|query| *query != self.query) {
            return Err("it belongs to another question".to_owned());
        }
        Ok(Reply::Answer(self.answer(&message)))
    }

    fn answer(&self, message: &Message) -> DnsAnswer {
        let wanted =
            |record: &&hickory_proto::rr::Record| record.record_type() == self.query.query_type();
        let records = message.answers.iter().filter(wanted).map(|record| text(&record.data));
        let code = code(message.metadata.response_code);
        DnsAnswer { code, records: records.collect(), over_tcp: false }
    }
}

/// The beginning of every message.
struct Header {
    id: u16,
    is_response: bool,
    truncated: bool,
}

impl Header {
    fn of(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<12>()?;
        let id = u16::from_be_bytes([head[0], head[1]]);
        Some(Self { id, is_response: head[2] & 0x80 != 0, truncated: head[2] & 0x02 != 0 })
    }
}

const fn record_type(record: Record) -> RecordType {
    match record {
        Record::A => RecordType::A,
        Record::Aaaa => RecordType::AAAA,
        Record::Cname => RecordType::CNAME,
        Record::Mx => RecordType::MX,
        Record::Txt => RecordType::TXT,
        Record::Ns => RecordType::NS,
        Record::Soa => RecordType::SOA,
        Record::Srv => RecordType::SRV,
        Record::Ptr => RecordType::PTR,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is told by its number")]
fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("code {}", u16::from(other)),
    }
}

/// A record as the configuration writes it.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other types of record are asked for")]
fn text(data: &RData) -> String {
    match data {
        RData::A(ip) => ip.0.to_string(),
        RData::AAAA(ip) => ip.0.to_string(),
        RData::CNAME(name) => plain(&name.0),
        RData::NS(name) => plain(&name.0),
        RData::PTR(name) => plain(&name.0),
        RData::MX(mx) => format!("{} {}", mx.preference, plain(&mx.exchange)),
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        RData::SRV(srv) => {
            format!("{} {} {} {}", srv.priority, srv.weight, srv.port, plain(&srv.target))
        }
        RData::SOA(soa) => {
            format!("{} {} {}", plain(&soa.mname), plain(&soa.rname), soa.serial)
        }
        other => other.to_string(),
    }
}

/// A name in small letters and without its last dot.
fn plain(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}
