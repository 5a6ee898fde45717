//! Taking up a configuration: at the start, on a reload, and at the turn of a day.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    board::Pending,
    config::{Check, CheckName},
    effect::{Effect, Setup},
    engine::{Engine, NEVER, Slot, Task, day},
    event::{CheckCard, CheckRemoved, ConfigLoaded, EventKind},
    schedule::spread_offset,
    time::{Mono, Now, Timestamp, millis},
};

impl Engine {
    /// Brings the state in line with the configuration in force, at a start.
    pub(super) fn take_up(&mut self, now: Now) {
        self.record_config(now);
        self.drop_absent(&BTreeMap::new(), now);
        let checks: Vec<_> = self.setup.config.enabled().cloned().collect();
        for check in checks {
            self.add(&check, now);
        }
        self.refill_outbox(now);
        self.plan_by_wall(now.wall);
    }

    /// Puts another configuration in force. Checks are known by name: what stays keeps its
    /// state and, unless its schedule changed, its phase.
    pub(super) fn reload(&mut self, setup: Setup, now: Now) {
        self.setup = setup;
        self.refused = None;
        self.record_config(now);
        let old = std::mem::take(&mut self.slots);
        self.drop_absent(&old, now);
        let checks: Vec<_> = self.setup.config.enabled().cloned().collect();
        let mut old = old;
        for check in checks {
            match old.remove(&check.name) {
                Some(slot) => self.keep(slot, check, now),
                None => self.add(&check, now),
            }
        }
        for name in old.into_keys() {
            self.agenda.retain(|(_, task)| !concerns(task, &name));
            self.leave_all_ticks(&name);
        }
        self.plan_by_wall(now.wall);
    }

    /// A new configuration was refused; the one in force stays.
    pub(super) fn refuse(&mut self, file: String, error: String, now: Now) {
        self.refused = Some((file, error));
        self.record_refusal(now);
    }

    /// What the housekeeper's question brings: the report if it is due, and once a day the end
    /// of what is too old.
    pub(super) fn housekeeping(&mut self, now: Now) {
        if let Some(due) = self.report_due.filter(|due| *due <= now.wall) {
            let config = Arc::clone(&self.setup.config);
            let report = config.global.morning_report.as_ref();
            let channels = report.map(|report| report.channels.clone()).unwrap_or_default();
            self.effects.push_back(Effect::Report { channels, due });
            self.report_due = report.and_then(|report| report.cron.next_after(now.wall.max(due)));
        }
        if self.pruned_day.replace(day(now.wall)) != Some(day(now.wall)) {
            let keep_from = now.wall - self.setup.config.global.keep;
            self.effects.push_back(Effect::Prune { keep_from });
        }
    }

    /// Writes the configuration in force, and a refused one behind it.
    pub(super) fn record_config(&mut self, now: Now) {
        self.day = Some(day(now.wall));
        let config = Arc::clone(&self.setup.config);
        let loaded = ConfigLoaded {
            ok: true,
            file: self.setup.file.clone(),
            error: None,
            timezone: config.global.timezone.iana_name().map(str::to_owned),
            checks: config.enabled().map(|check| card(check, now.wall)).collect(),
        };
        self.record(EventKind::Config(loaded), now);
        self.record_refusal(now);
    }

    /// Starts a new day's segment if this instant is the first of its day.
    pub(super) fn open_day(&mut self, now: Now) {
        if self.day != Some(day(now.wall)) {
            self.record_config(now);
        }
    }

    /// Turns that follow the wall clock move with it when it is stepped.
    pub(super) fn reschedule_by_wall(&mut self, now: Now) {
        for (name, slot) in &mut self.slots {
            if slot.check.schedule.is_by_wall() {
                self.agenda.remove(&(slot.due, Task::Due(name.clone())));
                slot.due = slot.check.schedule.next(now.mono, now);
                self.agenda.insert((slot.due, Task::Due(name.clone())));
            }
        }
    }

    fn record_refusal(&mut self, now: Now) {
        if let Some((file, error)) = self.refused.clone() {
            self.record(
                EventKind::Config(ConfigLoaded {
                    ok: false,
                    file,
                    error: Some(error),
                    timezone: None,
                    checks: Vec::new(),
                }),
                now,
            );
        }
    }

    fn drop_absent(&mut self, old: &BTreeMap<CheckName, Slot>, now: Now) {
        let config = Arc::clone(&self.setup.config);
        let stays = |name: &CheckName| config.enabled().any(|check| check.name == *name);
        let gone: Vec<CheckName> = self
            .board
            .entries
            .iter()
            .filter(|(name, entry)| !entry.removed && !stays(name))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            if let Some(slot) = old.get(&name) {
                self.farewell(&slot.check, now);
            }
            self.record(EventKind::CheckRemoved(CheckRemoved { name }), now);
        }
    }

    fn add(&mut self, check: &Arc<Check>, now: Now) {
        let due = self.first_turn(check, now);
        let entry = self.entry(&check.name);
        let incident = entry.incident.as_ref();
        let mono = |at: Timestamp| now.mono_of(at).min(now.mono);
        let runs = entry.actions.iter().map(|(label, state)| {
            (label.clone(), state.recent.iter().map(|at| mono(*at)).collect::<Vec<Mono>>())
        });
        let slot = Slot {
            due,
            cycle: None,
            opened: incident.map(|incident| mono(incident.opened_at)),
            announced: incident.and_then(|incident| incident.announced_at).map(mono),
            runs: runs.collect(),
            running: std::collections::BTreeSet::new(),
            check: Arc::clone(check),
        };
        self.agenda.insert((due, Task::Due(check.name.clone())));
        self.slots.insert(check.name.clone(), slot);
    }

    fn keep(&mut self, mut slot: Slot, check: Arc<Check>, now: Now) {
        if !same_turns(&slot.check, &check) {
            self.agenda.remove(&(slot.due, Task::Due(check.name.clone())));
            slot.due = check.schedule.first(now, std::time::Duration::ZERO);
            self.agenda.insert((slot.due, Task::Due(check.name.clone())));
        }
        slot.check = check;
        self.slots.insert(slot.check.name.clone(), slot);
    }

    fn first_turn(&self, check: &Check, now: Now) -> Mono {
        let offset = spread_offset(check.name.as_str(), self.setup.config.global.spread);
        match &self.setup.once {
            None => check.schedule.first(now, offset),
            Some(names) if names.contains(&check.name) => now.mono,
            Some(_) => NEVER,
        }
    }

    fn leave_all_ticks(&mut self, name: &CheckName) {
        for tick in self.ticks.values_mut() {
            tick.open.remove(name);
        }
        let done: Vec<u64> =
            self.ticks.iter().filter(|(_, tick)| tick.open.is_empty()).map(|(id, _)| *id).collect();
        for id in done {
            self.end_tick(id, self.last_now);
        }
    }

    fn refill_outbox(&mut self, now: Now) {
        let pending: Vec<Pending> =
            self.board.entries.values().flat_map(|entry| entry.pending.clone()).collect();
        let mut pending = pending;
        pending.sort_by_key(|one| one.notice.id);
        for one in pending {
            let notice = Arc::new(one.notice);
            for (channel, waiting) in one.waiting {
                self.outbox.push(&channel, &notice, waiting.attempts, now);
            }
        }
    }

    /// Plans what follows the wall clock: the report, and the naps that notice its steps.
    fn plan_by_wall(&mut self, after: Timestamp) {
        self.by_wall = self.slots.values().any(|slot| slot.check.schedule.is_by_wall());
        let report = self.setup.config.global.morning_report.as_ref();
        self.report_due = report.and_then(|report| report.cron.next_after(after));
    }
}

fn concerns(task: &Task, name: &CheckName) -> bool {
    match task {
        Task::Actions(_) => false,
        Task::Attempt(of) | Task::Due(of) => of == name,
    }
}

fn same_turns(one: &Check, other: &Check) -> bool {
    use crate::schedule::Schedule::{Aligned, Cron, Every};
    match (&one.schedule, &other.schedule) {
        (Every(a), Every(b)) | (Aligned(a), Aligned(b)) => a == b,
        (Cron(a), Cron(b)) => a.text() == b.text() && one.timezone == other.timezone,
        (Every(_) | Aligned(_) | Cron(_), _) => false,
    }
}

fn card(check: &Check, now: Timestamp) -> CheckCard {
    CheckCard {
        name: check.name.clone(),
        type_word: check.spec.type_word().to_owned(),
        display_name: check.display_name.clone(),
        severity: check.severity,
        interval_ms: u64::try_from(millis(check.schedule.interval(now))).unwrap_or(0),
    }
}
