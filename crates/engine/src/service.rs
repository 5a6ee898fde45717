//! A service as other programs read it, in `status.json` and in `/api/status`: one object a
//! service, with null for every part that is not configured. Pure; the parts come from the facts
//! of its judgement, the restart from what its action has done.

use serde_json::{Value, json};

use crate::{
    board::{ActionState, Entry},
    config::CheckName,
    event::ActionResult,
};

/// The word of `type:`.
pub const TYPE: &str = "service";

/// The object of a service. `ok` and `word` say how it is shown: a board may know that the state
/// is old.
#[must_use]
pub fn tell(name: &CheckName, entry: &Entry, ok: bool, word: &str) -> Value {
    let part = |key: &str| entry.details.facts.get(key).cloned().unwrap_or_default();
    let restart = entry.actions.iter().find(|(label, _)| label.starts_with("restart "));
    let restart = restart.map(|(_, state)| state);
    json!({
        "name": entry.title(name),
        "ok": ok,
        "status": word,
        "severity": entry.severity,
        "latency_ms": entry.latency_ms,
        "last_checked_at": entry.last_checked_at,
        "consecutive_failures": entry.consecutive_failures,
        "reason": entry.details.reason,
        "http": part("http"),
        "port": part("port"),
        "systemd": part("systemd"),
        "processes": part("processes"),
        "auto_restart_attempted": restart.is_some_and(|state| state.runs_in_incident > 0),
        "auto_restart_result": restart.and_then(result),
    })
}

/// What became of the last restart; null before the first.
fn result(state: &ActionState) -> Option<String> {
    let word = match state.last_result? {
        ActionResult::Started => "STARTED",
        ActionResult::Ok => "OK",
        ActionResult::Failed => "FAILED",
        ActionResult::Skipped => "SKIPPED",
    };
    Some(match &state.last_reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    })
}
