//! Raw facts: what a probe saw, before anybody has an opinion on it.
//! The edge fills these in; `judge` turns them into an outcome. Nothing here decides anything.

mod dns;
mod host;
mod log;
mod ping;
mod program;
mod service;
mod tcp;
mod unit;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

pub use self::{
    dns::{DnsAnswer, DnsObservation},
    host::HostObservation,
    log::LogSeen,
    ping::{Echoes, PingObservation},
    program::{ProgramEnd, ProgramSeen},
    service::{Part, ServiceSeen},
    tcp::{Conversation, TALK_CAP},
    unit::UnitSeen,
};

/// What one attempt of a probe brought back.
#[derive(Clone, Debug)]
pub enum Observation {
    /// What a name server answered.
    Dns(DnsObservation),
    /// A cycle of the agent.
    Host(HostObservation),
    /// An HTTP exchange, or the way in which it broke.
    Http(Exchange),
    /// The state of the latest job.
    Job(JobObservation),
    /// The end of a log.
    Log(LogSeen),
    /// A program of the user's own.
    Program(ProgramSeen),
    /// The numbers of the processes that fit.
    Process(Vec<u32>),
    /// The parts of a service.
    Service(Box<ServiceSeen>),
    /// The state of a systemd unit.
    Unit(UnitSeen),
    /// What came back from a host that was pinged.
    Ping(PingObservation),
    /// A connection to a port.
    Tcp(Conversation),
    /// Nothing to look at but the time; or a call that has just come.
    Push {
        /// Whether a call has just come.
        beat: bool,
    },
    /// The checker could not look, for a reason of its own (never the target's fault).
    Unmeasured {
        /// Why, in words for people.
        reason: String,
    },
}

/// One HTTP request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The final response, or how far the attempt got.
    pub result: Result<Response, TransportError>,
    /// Where the time went, summed over redirects.
    pub phases: Phases,
    /// Redirects that were followed.
    pub redirects: u32,
    /// The server's certificate, on TLS connections that got that far.
    pub certificate: Option<Certificate>,
}

/// A complete HTTP response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The `Content-Type` header, when it was text.
    pub content_type: Option<String>,
    /// The body, at most [`BODY_CAP`] bytes of it.
    pub body: Bytes,
    /// Whether the body went on beyond the cap.
    pub truncated: bool,
}

/// The most that is read of a response body, in bytes.
pub const BODY_CAP: usize = 1 << 20;

/// The times of an exchange, in microseconds; a phase that was not reached is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Name resolution; absent for a literal address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dns_us: Option<u64>,
    /// TCP connect; absent on a reused connection.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connect_us: Option<u64>,
    /// TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls_us: Option<u64>,
    /// From the request to the head of the response.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_byte_us: Option<u64>,
    /// From the head of the response to the end of its body.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_us: Option<u64>,
    /// From the start of the attempt to its end, whatever the end was.
    pub total_us: u64,
}

/// The part of an exchange in which something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Name resolution.
    Dns,
    /// TCP connect.
    Connect,
    /// TLS handshake.
    Tls,
    /// Sending the request and waiting for the head of the response.
    FirstByte,
    /// Reading the body.
    Body,
}

/// How an exchange broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// What went wrong, told apart for judgement and for files.
    pub kind: TransportErrorKind,
    /// Where it went wrong.
    pub phase: Phase,
    /// The same for people: names the address and, for a time-out, the limit.
    pub message: String,
}

/// The ways in which an exchange can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportErrorKind {
    /// The name does not exist.
    DnsNotFound,
    /// The resolver could not answer.
    DnsFailed,
    /// Nobody listens there.
    Refused,
    /// No route to the host or network.
    Unreachable,
    /// The peer broke the connection off.
    Reset,
    /// The peer closed before the response was complete.
    Closed,
    /// A limit of time was reached.
    Timeout,
    /// The certificate is no longer valid.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate is self-signed or signed by an authority that is not trusted.
    CertificateUntrusted,
    /// The certificate is for another host.
    CertificateWrongHost,
    /// Any other failure of TLS.
    Tls,
    /// The peer does not speak HTTP, or speaks it wrongly.
    Protocol,
    /// A redirect could not be followed, or there were too many.
    Redirect,
    /// The address of the check cannot be requested.
    BadUrl,
}

/// What is told of a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The last instant at which it is valid.
    pub not_after: Timestamp,
    /// Its subject, for people.
    pub subject: String,
}

/// What was seen of the latest job.
#[derive(Clone, Debug)]
pub struct JobObservation {
    /// The latest job's id: absent when no job has run, an error when the id file is unusable.
    pub id: Result<Option<JobId>, String>,
    /// What the status address answered; absent when there was no id to ask for.
    pub exchange: Option<Exchange>,
}

/// The id of a job as the id file gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobId {
    /// 1 to 128 characters of `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// When the file was written, if the file system says.
    pub written_at: Option<Timestamp>,
}

impl JobId {
    /// Checks the shape of an id; surrounding white space is dropped.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str, written_at: Option<Timestamp>) -> Result<Self, String> {
        let id = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if id.is_empty() || id.len() > 128 || !id.chars().all(allowed) {
            return Err("the job id must be 1 to 128 characters of A-Z a-z 0-9 . _ -".to_owned());
        }
        Ok(Self { id: id.to_owned(), written_at })
    }
}

/// Whole milliseconds of a phase, for people and thresholds.
#[must_use]
pub const fn micros_to_millis(micros: u64) -> u64 {
    micros / 1000
}
