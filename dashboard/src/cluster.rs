//! This machine and its peers as nodes of one cluster: what each watches, how long it was up, and
//! whether it can be reached. Peers are asked in the background only; no page waits for one.

pub(crate) mod entries;
mod fetch;
pub(crate) mod incidents;
pub(crate) mod local;
pub(crate) mod model;
pub(crate) mod peer;
pub(crate) mod range;
pub(crate) mod sync;
pub(crate) mod timeline;
pub(crate) mod uptime;

use std::sync::Arc;

pub use local::Identity;

/// What is known of the cluster at one instant.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Who this machine says it is.
    pub identity: Identity,
    /// The peers in the order of the configuration.
    pub(crate) peers: Vec<Arc<peer::Peer>>,
    /// Why the configuration could not be read.
    pub(crate) trouble: Option<String>,
}

impl Cluster {
    /// A machine without peers.
    #[must_use]
    pub const fn alone(identity: Identity) -> Self {
        Self { identity, peers: Vec::new(), trouble: None }
    }
}
