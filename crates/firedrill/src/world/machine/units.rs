//! The units of the modelled machine. A unit is active unless a fault says otherwise; while it is
//! being restarted it is activating, and afterwards it is well again unless the fault is sticky.

use std::collections::BTreeMap;

use super::{
    answers::{self, Answer},
    faults::{Fault, Goes, Look, What},
};
use crate::inventory::full_name;

/// Restarts that are under way, by unit.
#[derive(Debug, Default)]
pub(super) struct Restarts(BTreeMap<String, u32>);

impl Restarts {
    pub(super) fn begin(&mut self, unit: &str) {
        *self.0.entry(unit.to_owned()).or_default() += 1;
    }

    pub(super) fn end(&mut self, unit: &str) {
        if let Some(left) = self.0.get_mut(unit) {
            *left = left.saturating_sub(1);
        }
    }

    fn is_under_way(&self, unit: &str) -> bool {
        self.0.get(unit).is_some_and(|left| *left > 0)
    }
}

/// Whether a fault on this unit, or on all, is on that one.
pub(super) fn is_on(unit: Option<&String>, wanted: &str) -> bool {
    unit.is_none_or(|unit| unit == wanted)
}

/// The state of a unit in systemctl's words; `not_found` when there is no such unit.
pub(super) fn state(faults: &[Fault], restarts: &Restarts, unit: &str, look: &mut Look) -> String {
    let unit = full_name(unit);
    let met = |what: &What| match what {
        What::Unit { unit: on, is } if is_on(on.as_ref(), &unit) => Some(is.clone()),
        _ => None,
    };
    let is = look.last(faults, met);
    match is.as_deref() {
        Some("not_found") => "not_found".to_owned(),
        _ if restarts.is_under_way(&unit) => "activating".to_owned(),
        _ => is.unwrap_or_else(|| "active".to_owned()),
    }
}

/// Whether what belongs to a unit in this state runs.
pub(super) fn is_running(state: &str) -> bool {
    matches!(state, "active" | "reloading" | "deactivating")
}

/// `systemctl is-active UNIT`.
pub(super) fn is_active(word: &str) -> Answer {
    // The real one has no word of its own for a unit that does not exist.
    answers::is_active(if word == "not_found" { "inactive" } else { word })
}

/// How a restart of a unit goes.
pub(super) fn restart(faults: &[Fault], unit: &str, look: &mut Look) -> Option<Goes> {
    let met = |what: &What| match what {
        What::Restart { unit: on, goes } if is_on(on.as_ref(), unit) => Some(*goes),
        _ => None,
    };
    look.last(faults, met)
}
