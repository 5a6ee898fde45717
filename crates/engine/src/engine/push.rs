//! Calls of things that call in by themselves: each ends a cycle of its check at once, so that it is
//! recorded before it is forgotten and a recovery is told without waiting for the next turn.

use std::time::Duration;

use crate::{
    config::{CheckName, Spec},
    engine::{Cycle, Engine},
    judge::judge,
    observation::Observation,
    status::Status,
    time::{Now, Timestamp},
};

/// Calls that follow each other faster than this are recorded as one.
const GROUPED: Duration = Duration::from_secs(1);

impl Engine {
    /// A call has come for a check.
    pub(super) fn pushed(&mut self, name: &CheckName, now: Now) {
        if self.is_known_already(name, now.wall) {
            return;
        }
        let id = self.next_id();
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        let Spec::Push(_) = &slot.check.spec else {
            return;
        };
        let check = slot.check.clone();
        let attempt = slot.cycle.get_or_insert(Cycle { tick: id, attempt: 1, probe: None }).attempt;
        let seen = Observation::Push { beat: true };
        let outcome = judge(&check, self.entry(name), &seen, now.wall);
        self.end_cycle(name, outcome, attempt, now);
    }

    fn is_known_already(&self, name: &CheckName, now: Timestamp) -> bool {
        let entry = self.entry(name);
        let last = entry.details.facts.get(crate::judge::LAST_BEAT);
        let last = last.and_then(|at| at.as_str()?.parse::<Timestamp>().ok());
        let fresh = last.is_some_and(|last| last <= now && now.since(last) < GROUPED);
        fresh && entry.status == Status::Ok
    }
}
