//! What was seen of a TCP port: whether it opened, and what came back over it.

use bytes::Bytes;

use super::{Certificate, Phases, TransportError};

/// One connection to a port, and what became of it.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// How it broke, if it did. What had come back by then is kept.
    pub error: Option<TransportError>,
    /// What came back, at most [`TALK_CAP`] bytes of it.
    pub received: Bytes,
    /// Where the time went.
    pub phases: Phases,
    /// The server's certificate, on TLS connections that got that far.
    pub certificate: Option<Certificate>,
}

/// The most that is read of what a port says, in bytes: greetings and status lines are short.
pub const TALK_CAP: usize = 64 << 10;
