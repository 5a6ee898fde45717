//! A `systemd` check: one question to `systemctl`.

use std::time::Duration;

use engine::{config::SystemdSpec, observation::Observation};

use crate::{actions::Tools, command::Command, systemctl};

/// What systemctl says of the unit.
///
/// # Errors
/// Says why nothing is known of it.
pub(super) async fn fetch(
    command: &dyn Command,
    tools: &Tools,
    spec: &SystemdSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let seen = systemctl::is_active(command, tools, &spec.unit, spec.use_sudo, timeout).await;
    seen.map(Observation::Unit).map_err(|why| why.to_string())
}
