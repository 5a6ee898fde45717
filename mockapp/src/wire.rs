//! What may be done to the bytes of one answer, as plain data, and what a connection must be able to do.
//! Owns no stream; [`crate::faulty_stream`] carries it out.

use crate::stack::Slot;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// A stream that the mock app can serve: a socket, or a pipe of a virtual world.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Makes the coming drop a reset (RST) instead of a tidy end. A pipe that cannot do that just ends.
    fn prepare_reset(&mut self) {}
}

impl Connection for tokio::net::TcpStream {
    fn prepare_reset(&mut self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::warn!(%error, "SO_LINGER refused: the connection ends without a reset");
        }
    }
}

impl Connection for tokio::io::DuplexStream {}

/// How a cut connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// FIN.
    Close,
    /// RST.
    Reset,
}

/// Where an answer is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// After so many bytes, head included.
    AfterBytes(u64, Ending),
    /// After so many bytes of the body, by a FIN.
    AfterBody(u64),
}

/// A body in drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drops {
    /// Size of one drop.
    pub bytes: usize,
    /// Pause between two.
    pub every: Duration,
}

/// What is done to the bytes of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WirePlan {
    /// Ends the connection early.
    pub cut: Option<Cut>,
    /// Waits so long before it is cut.
    pub cut_waits: Duration,
    /// Slows the body down.
    pub drip: Option<Drops>,
    /// Waits so long before the first byte.
    pub stall: Duration,
    /// Waits so long after each line of the head.
    pub head_line: Duration,
    /// Sends no faster than so many bytes a second.
    pub bytes_per_s: Option<u64>,
    /// Sent instead of the answer, then the connection is closed.
    pub raw: Option<Bytes>,
    /// Sends the whole answer a second time.
    pub twice: bool,
    /// Waits so long before the connection is closed.
    pub close_waits: Duration,
}

impl WirePlan {
    /// Whether the connection cannot be used for another request.
    pub(crate) fn ends_connection(&self) -> bool {
        self.cut.is_some() || self.raw.is_some()
    }
}

/// What is held until an answer has left.
pub(crate) type Held = Arc<Vec<Slot>>;

/// A plan on its way to the connection.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) plan: WirePlan,
    pub(crate) held: Option<Held>,
}
