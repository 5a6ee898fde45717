//! What was seen of a host that was pinged.

use super::TransportError;

/// Some echo requests to a host, and what became of them.
#[derive(Clone, Debug)]
pub struct PingObservation {
    /// What came back, or why nothing could be sent.
    pub result: Result<Echoes, TransportError>,
}

/// The answers of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echoes {
    /// The address that was asked.
    pub address: String,
    /// How many requests there were.
    pub sent: u32,
    /// How long each answer took that came within the limit, in microseconds, in their order.
    pub times_us: Vec<u64>,
    /// What the network said in place of an answer: "no route to host".
    pub trouble: Option<String>,
}
