//! Raw facts of a machine: one cycle of its agent.

use crate::time::Timestamp;

/// What one cycle of the agent saw. A part that could not be measured is absent or says why.
#[derive(Clone, Debug)]
pub struct HostObservation {
    /// When the cycle began.
    pub at: Timestamp,
    /// Use of the processors since the cycle before, 0 to 100.
    pub cpu_percent: Option<f64>,
    /// Use of the memory, 0 to 100.
    pub ram_percent: Option<f64>,
    /// The same in megabytes of 1,048,576 bytes.
    pub ram_used_mb: Option<f64>,
    /// Use of the root file system, 0 to 100, as `df` counts it.
    pub disk_percent: Option<f64>,
    /// Running containers, or why they could not be counted.
    pub containers: Result<u32, String>,
    /// Milliseconds until the internet answered, or why it did not.
    pub ping_ms: Result<f64, String>,
    /// The status code that the heartbeat got, or why it got none; absent when none was sent.
    pub heartbeat: Option<Result<u16, String>>,
    /// What the newest stored row said of the heartbeat before; absent when there is no row.
    pub stored: Option<Option<u16>>,
    /// Duration of the cycle in milliseconds.
    pub cycle_ms: f64,
}
