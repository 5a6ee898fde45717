//! What was seen of a name server: its answer to one question, or how the exchange broke.

use super::TransportError;

/// One question to a name server, and what became of it.
#[derive(Clone, Debug)]
pub struct DnsObservation {
    /// The server that was asked: `192.0.2.53:53`.
    pub server: String,
    /// The answer, or how far the attempt got.
    pub result: Result<DnsAnswer, TransportError>,
    /// From the start of the attempt to its end, in microseconds.
    pub total_us: u64,
}

/// The answer of a name server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsAnswer {
    /// The response code in capitals: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, …
    pub code: String,
    /// The records of the type that was asked for, as text: `192.0.2.1`, `10 mail.example.org`.
    /// Names are in small letters and without their last dot.
    pub records: Vec<String>,
    /// Whether it was asked again over TCP, because the answer did not fit in a datagram.
    pub over_tcp: bool,
}
