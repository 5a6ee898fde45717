//! A node as pages and the API tell of it, whether it is this one or a peer. Plain data.

use std::time::Duration;

use engine::Timestamp;
use store::read::Stretch;

use crate::cluster::uptime::Uptime;

/// A node and what it watches, in one window.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The shortest regular wait between two results.
    pub(crate) every: Duration,
    pub(crate) services: Vec<Service>,
    pub(crate) connectivity: Option<Connectivity>,
    /// When anything was last heard of it.
    pub(crate) updated_at: Option<Timestamp>,
}

/// Something that a node watches.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) ok: bool,
    /// The target's own word where it has one, else the status in small letters.
    pub(crate) state: String,
    /// Why it is not OK.
    pub(crate) error: Option<String>,
    pub(crate) last: Option<Timestamp>,
    /// Its own wait between two results.
    pub(crate) every: Duration,
    /// Whether a warning is not good enough.
    pub(crate) strict: bool,
    /// What was found in the window.
    pub(crate) found: Vec<Stretch>,
    pub(crate) uptime: Uptime,
    pub(crate) percent: f64,
}

/// Whether the node reaches the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connectivity {
    /// What it asks, for people.
    pub(crate) target: String,
    pub(crate) ok: bool,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) error: Option<String>,
    pub(crate) checked_at: Option<Timestamp>,
}
