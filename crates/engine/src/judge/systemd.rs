//! Judges the state of a systemd unit.
//! Facts: `unit`, `state` (the word of `systemctl is-active`), `ok` and, when not, `error`.

use serde_json::{Map, Value};

use crate::{
    config::SystemdSpec, details::Details, observation::UnitSeen, outcome::Outcome, status::Status,
};

/// The verdict: only `active` is well, and a unit on its way to or from that is worth a warning.
pub(crate) fn judge(spec: &SystemdSpec, seen: &UnitSeen) -> Outcome {
    let status = status_of(&seen.state);
    let details =
        Details { reason: reason(spec, seen), facts: facts(spec, seen), ..<_>::default() };
    Outcome { status, details, latency_ms: None, retry: status == Status::Fail, job: None }
}

/// What a state of a unit means.
pub(crate) fn status_of(state: &str) -> Status {
    match state {
        "active" => Status::Ok,
        "activating" | "reloading" | "refreshing" | "deactivating" => Status::Warn,
        _ => Status::Fail,
    }
}

fn reason(spec: &SystemdSpec, seen: &UnitSeen) -> String {
    match &seen.complaint {
        None => format!("{} is {}", spec.unit, seen.state),
        Some(complaint) => format!("{} is {}: {complaint}", spec.unit, seen.state),
    }
}

fn facts(spec: &SystemdSpec, seen: &UnitSeen) -> Map<String, Value> {
    let ok = status_of(&seen.state) == Status::Ok;
    let error = (!ok).then(|| seen.complaint.clone().unwrap_or_else(|| seen.state.clone()));
    let known = [
        ("unit", Some(Value::from(spec.unit.clone()))),
        ("state", Some(seen.state.clone().into())),
        ("ok", Some(ok.into())),
        ("error", error.map(Value::from)),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(state: &str, complaint: Option<&str>) -> Outcome {
        let spec = SystemdSpec { unit: "nginx.service".into(), use_sudo: false };
        let complaint = complaint.map(str::to_owned);
        judge(&spec, &UnitSeen { state: state.into(), complaint })
    }

    #[test]
    fn active_is_well_and_a_unit_on_its_way_warns_and_anything_else_fails() {
        let table = [
            ("active", Status::Ok),
            ("activating", Status::Warn),
            ("reloading", Status::Warn),
            ("deactivating", Status::Warn),
            ("inactive", Status::Fail),
            ("failed", Status::Fail),
            ("maintenance", Status::Fail),
            ("unknown", Status::Fail),
            ("a word of next year", Status::Fail),
        ];
        for (state, status) in table {
            let outcome = judged(state, None);
            assert_eq!(outcome.status, status, "{state}");
            assert_eq!(outcome.retry, status == Status::Fail, "{state}");
            assert_eq!(outcome.details.reason, format!("nginx.service is {state}"));
            let facts = &outcome.details.facts;
            assert_eq!(
                (facts["state"].as_str(), facts["ok"].as_bool()),
                (Some(state), Some(state == "active"))
            );
            assert_eq!(facts.contains_key("error"), state != "active");
        }
    }

    #[test]
    fn what_systemctl_complains_of_is_told() {
        let outcome = judged("unknown", Some("Unit nginx.service could not be found."));
        assert_eq!(
            outcome.details.reason,
            "nginx.service is unknown: Unit nginx.service could not be found."
        );
        assert_eq!(outcome.details.facts["error"], "Unit nginx.service could not be found.");
    }
}
