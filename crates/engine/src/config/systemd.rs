//! A `systemd` check: its keys and what they mean. It never restarts the unit by itself; a
//! `restart` action does, where one is written.

use std::time::Duration;

use crate::config::{
    section::Section,
    table::{
        Kind,
        Need::{Default, OneOf},
        Table,
    },
    tables::key,
    unit,
};

/// The limit of one attempt where none is written: a busy manager takes its time.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

pub(super) static SYSTEMD: Table = Table {
    name: "systemd_check",
    about: "A systemd unit: active is OK; activating, reloading and deactivating warn.",
    keys: &[
        key("unit", Kind::Text, OneOf, "The unit, such as `nginx.service`."),
        key("service", Kind::Text, OneOf, "Another word for `unit`."),
        key("use_sudo", Kind::Bool, Default("false"), "Whether it is asked through `sudo -n`."),
    ],
};

/// A `systemd` check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemdSpec {
    /// The unit.
    pub unit: String,
    /// Whether it is asked through `sudo -n`.
    pub use_sudo: bool,
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>) -> Option<SystemdSpec> {
    let unit = unit::read(section, &["unit", "service"]);
    let use_sudo = section.bool("use_sudo").unwrap_or(false);
    Some(SystemdSpec { unit: unit?, use_sudo })
}
