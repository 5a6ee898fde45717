//! `/healthz`: whether the board can be believed, for whoever watches the watcher.

use serde_json::{Value, json};

use crate::{app::Look, overview::Overview};

/// Whether all is well with the board itself, and the object that says so.
pub(crate) fn body(look: &Look<'_>) -> (bool, Value) {
    let reason = trouble(look);
    let condition = look.condition();
    let body = json!({
        "status": if reason.is_none() { "ok" } else { "unhealthy" },
        "reason": reason,
        "last_event_at": condition.last_event_at,
        "checks": look.checks().len(),
    });
    (reason.is_none(), body)
}

fn trouble(look: &Look<'_>) -> Option<String> {
    let condition = look.condition();
    let overview = Overview::of(look);
    let unreadable = condition.state_error.as_ref().map(|error| format!("state: {error}"));
    let results = || condition.results_error.as_ref().map(|error| format!("results: {error}"));
    let no_data =
        || overview.last.is_none().then(|| "no data: nothing was measured yet".to_owned());
    let stale = || overview.all_stale.then(|| overview.headline.clone());
    unreadable.or_else(results).or_else(no_data).or_else(stale)
}
