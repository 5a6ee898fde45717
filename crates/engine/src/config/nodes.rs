//! The words in which a node of a cluster is described: its name, its peers, the services that it
//! watches, and its probe of the network.

/// The name of the check that `monitor_dns` stands for.
pub const MONITOR_DNS: &str = "monitor_dns";
