//! What `systemctl` said of a unit, word for word.

/// The state of a systemd unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSeen {
    /// The word of `systemctl is-active`: `active`, `inactive`, `failed`, `activating`,
    /// `reloading`, `deactivating`, `maintenance`, or `unknown` where there is no such unit.
    pub state: String,
    /// What else it said, for people, when the unit is not active.
    pub complaint: Option<String>,
}
