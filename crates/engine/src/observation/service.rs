//! What was seen of the parts of a service. A part that was not asked for is absent; one that
//! the checker could not look at has its reason.

use crate::observation::{Exchange, TransportError};

/// A part: absent, or what was seen, or why the checker could not look.
pub type Part<T> = Option<Result<T, String>>;

/// What was seen of a service.
#[derive(Clone, Debug, Default)]
pub struct ServiceSeen {
    /// The answer of its address.
    pub http: Part<Exchange>,
    /// The microseconds that a connection to its port took, or why there was none.
    pub port: Part<Result<u64, TransportError>>,
    /// The state of its unit in systemd's word: `active`, `failed`, …
    pub unit: Part<String>,
    /// The numbers of its processes, in ascending order.
    pub processes: Part<Vec<u32>>,
}
