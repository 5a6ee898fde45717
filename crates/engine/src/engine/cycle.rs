//! Turns, attempts and the end of a cycle.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    board::Retrying,
    config::{Check, CheckName},
    effect::{Effect, Probe},
    engine::{Cycle, Engine, NEVER, Task, Tick},
    event::{CheckDone, EventKind, Skipped},
    judge::judge,
    observation::Observation,
    outcome::Outcome,
    status::Status,
    step::step,
    time::{Mono, Now},
};

impl Engine {
    /// Starts a cycle of every check that is due, but of those that still run.
    pub(super) fn begin_tick(&mut self, due: Vec<CheckName>, now: Now) {
        let tick = self.next_id();
        let mut open = BTreeSet::new();
        for name in due {
            let Some(slot) = self.slots.get_mut(&name) else {
                continue;
            };
            let once = self.setup.once.is_some();
            slot.due = if once { NEVER } else { slot.check.schedule.next(slot.due, now) };
            self.agenda.insert((slot.due, Task::Due(name.clone())));
            if slot.cycle.is_some() {
                let reason = "the cycle before was still running".to_owned();
                self.record(EventKind::Skip(Skipped { name, reason }), now);
            } else {
                slot.cycle = Some(Cycle { tick, attempt: 0, probe: None });
                open.insert(name);
            }
        }
        self.ticks.insert(tick, Tick { open: open.clone(), failed: Vec::new(), latest: None });
        for name in open {
            self.attempt(&name);
        }
    }

    /// Starts the next attempt of the cycle under way.
    pub(super) fn attempt(&mut self, name: &CheckName) {
        let id = self.next_id();
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        let Some(cycle) = slot.cycle.as_mut() else {
            return;
        };
        cycle.attempt += 1;
        cycle.probe = Some(id);
        let probe = Probe { id, check: slot.check.clone(), attempt: cycle.attempt };
        self.probes.insert(id, name.clone());
        self.effects.push_back(Effect::Probe(probe));
    }

    /// A probe came back; answers to probes that nobody waits for are dropped.
    pub(super) fn observed(&mut self, probe: u64, observation: &Observation, now: Now) {
        let Some(name) = self.probes.remove(&probe) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(&name) else {
            return;
        };
        let Some(cycle) = slot.cycle.as_mut().filter(|cycle| cycle.probe == Some(probe)) else {
            return;
        };
        cycle.probe = None;
        let (attempt, check) = (cycle.attempt, slot.check.clone());
        let mut outcome = judge(&check, self.entry(&name), observation, now.wall);
        outcome.hide(&self.setup.mask);
        let of = check.retries.saturating_add(1);
        if outcome.status == Status::Fail && outcome.retry && attempt < of {
            self.retry(&name, outcome, (attempt, of), check.backoff, now);
        } else {
            self.end_cycle(&name, outcome, attempt, now);
        }
    }

    fn retry(
        &mut self,
        name: &CheckName,
        outcome: Outcome,
        (failed, of): (u32, u32),
        backoff: Duration,
        now: Now,
    ) {
        self.agenda.insert((now.mono + backoff, Task::Attempt(name.clone())));
        let reason = outcome.details.reason;
        let retrying = Some(Retrying { failed, of, reason, next_at: now.wall + backoff });
        self.effects.push_back(Effect::Retrying { check: name.clone(), retrying });
    }

    /// Records the verdict, then raises notices, then lets the tick's actions run if this was
    /// its last check.
    pub(super) fn end_cycle(
        &mut self,
        name: &CheckName,
        outcome: Outcome,
        attempts: u32,
        now: Now,
    ) {
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        let Some(cycle) = slot.cycle.take() else {
            return;
        };
        let (check, opened) = (slot.check.clone(), slot.opened);
        let unannounced = slot.announced.or(opened).map_or(Duration::ZERO, |at| now.mono.since(at));
        let before = self.entry(name);
        let step = step(before, &outcome, &check, unannounced);
        let prev = before.status;
        let known = (!step.notices.is_empty() || !before.actions.is_empty())
            .then(|| (before.clone(), outcome.clone()));
        let failed = outcome.status == Status::Fail;
        self.record(EventKind::Check(done(&check, prev, outcome, attempts)), now);
        self.track_incident(name, step.opened, step.closed, now.mono);
        if let Some((before, outcome)) = known {
            self.tell_whether_it_helped(name, &before, now);
            let lasted = opened.map(|opened| now.mono.since(opened));
            for kind in step.notices {
                self.raise(kind, &check, &before, &outcome, lasted, now);
            }
        }
        self.leave_tick(cycle.tick, name, failed, now);
    }

    fn track_incident(&mut self, name: &CheckName, opened: bool, closed: bool, at: Mono) {
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        if opened {
            slot.opened = Some(at);
        }
        if closed {
            (slot.opened, slot.announced) = (None, None);
        }
    }

    /// Actions wait until every check of their tick has ended, so that a remedy of one cannot
    /// hide the failure of another; at the latest until the turn after, so that a check that
    /// takes long delays only itself.
    fn leave_tick(&mut self, id: u64, name: &CheckName, failed: bool, now: Now) {
        let Some(tick) = self.ticks.get_mut(&id) else {
            return self.run_actions(name, now);
        };
        tick.open.remove(name);
        if failed {
            tick.failed.push(name.clone());
            let due = self.slots.get(name).map_or(now.mono, |slot| slot.due);
            let latest = *tick.latest.get_or_insert(due);
            self.agenda.insert((latest, Task::Actions(id)));
        }
        if self.ticks.get(&id).is_some_and(|tick| tick.open.is_empty()) {
            self.end_tick(id, now);
        }
    }

    /// Runs what the failed checks of a tick ask for. Late comers of the tick run theirs alone.
    pub(super) fn end_tick(&mut self, id: u64, now: Now) {
        let Some(tick) = self.ticks.remove(&id) else {
            return;
        };
        if let Some(latest) = tick.latest {
            self.agenda.remove(&(latest, Task::Actions(id)));
        }
        for name in tick.failed {
            self.run_actions(&name, now);
        }
    }
}

fn done(check: &Check, prev: Status, outcome: Outcome, attempts: u32) -> CheckDone {
    CheckDone {
        name: check.name.clone(),
        type_word: check.spec.type_word().to_owned(),
        status: outcome.status,
        prev,
        severity: check.severity,
        latency_ms: outcome.latency_ms,
        attempts,
        details: outcome.details,
        job: outcome.job,
    }
}
