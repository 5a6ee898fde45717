//! The small JSON file that a `log_heartbeat` check keeps for other programs: flat, whole at any
//! instant, readable by everybody. Written after every cycle; what it says is never read back.

use std::path::Path;

use engine::{
    Config, Event, EventKind, Status,
    config::{LogHeartbeatSpec, Spec},
    event::CheckDone,
};
use serde_json::{Value, json};
use store::Disk;

/// Writes the file of the check whose cycle has just ended, if it has one.
pub(crate) fn keep(disk: &dyn Disk, config: &Config, event: &Event) {
    let EventKind::Check(done) = &event.kind else { return };
    let spec = config.check(done.name.as_str()).map(|check| &check.spec);
    let Some(Spec::LogHeartbeat(LogHeartbeatSpec { status_file: Some(file), .. })) = spec else {
        return;
    };
    let text = format!("{:#}\n", content(event, done));
    if let Err(error) = disk.publish(Path::new(file), text.as_bytes()) {
        tracing::warn!(check = %done.name, file, %error, "the status file could not be written");
    }
}

/// `last_heartbeat`, `minutes_ago` and `clients` are null when no heartbeat is known.
fn content(event: &Event, done: &CheckDone) -> Value {
    let fact = |name: &str| done.details.facts.get(name).cloned().unwrap_or_default();
    json!({
        "last_heartbeat": fact("last_heartbeat"),
        "minutes_ago": fact("minutes_ago"),
        "clients": fact("clients"),
        "ok": done.status == Status::Ok,
        "status": done.status.to_string(),
        "checked_at": event.ts.to_string(),
    })
}
