//! Actions: whether they run, what came of them, and whether they helped.

use crate::{
    board::Entry,
    config::{Action, CheckName},
    effect::{Effect, Run},
    engine::Engine,
    event::{ActionDone, ActionResult, EventKind},
    remedy::{Gates, SkipReason, Verdict, decide},
    status::{NoticeKind, Status},
    time::Now,
};

/// Starts of runs that are remembered of one action; more than any sensible hourly budget.
const RUNS_KEPT: usize = 1000;

impl Engine {
    /// Runs, skips or leaves alone each action of a check.
    pub(super) fn run_actions(&mut self, name: &CheckName, now: Now) {
        let Some(slot) = self.slots.get(name) else {
            return;
        };
        let check = slot.check.clone();
        for action in &check.actions {
            match self.verdict(name, action, now) {
                Verdict::Run => self.run_action(name, action, now),
                Verdict::Skip(reason) => self.skip_action(name, action, reason, now),
                Verdict::Wait => {}
            }
        }
    }

    /// What would be done about an action now.
    pub(super) fn verdict(&self, name: &CheckName, action: &Action, now: Now) -> Verdict {
        let Some(slot) = self.slots.get(name) else {
            return Verdict::Wait;
        };
        if slot.running.contains(&action.label) {
            return Verdict::Wait;
        }
        let runs = slot.runs.get(&action.label).map_or(&[][..], Vec::as_slice);
        let limits = self.setup.config.global.actions;
        let gates = Gates { limits, switches: self.setup.switches };
        decide(action, self.entry(name), runs, gates, now.mono)
    }

    fn run_action(&mut self, name: &CheckName, action: &Action, now: Now) {
        let id = self.next_id();
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        let runs = slot.runs.entry(action.label.clone()).or_default();
        runs.push(now.mono);
        let surplus = runs.len().saturating_sub(RUNS_KEPT);
        runs.drain(..surplus);
        slot.running.insert(action.label.clone());
        self.runs.insert(id, (name.clone(), action.label.clone()));
        self.record_action(name, &action.label, ActionResult::Started, None, now);
        self.effects.push_back(Effect::Act(Run {
            id,
            check: name.clone(),
            label: action.label.clone(),
            kind: action.kind.clone(),
            timeout: action.timeout,
        }));
    }

    fn skip_action(&mut self, name: &CheckName, action: &Action, reason: SkipReason, now: Now) {
        let word = Some(reason.word().to_owned());
        self.record_action(name, &action.label, ActionResult::Skipped, word, now);
        let told = self.entry(name).incident.as_ref().is_none_or(|incident| incident.exhausted);
        if reason == SkipReason::RateLimited && !told {
            self.raise_exhausted(name, action, now);
        }
    }

    /// An action ended.
    pub(super) fn acted(&mut self, run: u64, result: Result<String, String>, now: Now) {
        let Some((name, label)) = self.runs.remove(&run) else {
            return;
        };
        if let Some(slot) = self.slots.get_mut(&name) {
            slot.running.remove(&label);
        }
        let (result, reason) = match result {
            Ok(said) => (ActionResult::Ok, said),
            Err(why) => (ActionResult::Failed, why),
        };
        let reason = self.setup.mask.apply(&reason);
        self.record_action(&name, &label, result, Some(reason), now);
        // The cycle that would say so may have come before the answer of the action.
        if result == ActionResult::Ok && self.entry(&name).status.is_up() {
            let helped = Some(true);
            let done = ActionDone { name, action: label, result, reason: None, helped };
            self.record(EventKind::Action(done), now);
        }
    }

    /// The cycle after a run shows whether it helped, and the journal says so.
    pub(super) fn tell_whether_it_helped(&mut self, name: &CheckName, before: &Entry, now: Now) {
        let status = self.entry(name).status;
        let known = status == Status::Fail || status.is_up();
        let running = self.slots.get(name).map(|slot| slot.running.clone()).unwrap_or_default();
        let open: Vec<String> = before
            .actions
            .iter()
            .filter(|(_, state)| known && state.runs_in_incident > 0 && state.helped.is_none())
            .filter(|(label, _)| !running.contains(*label))
            .map(|(label, _)| label.clone())
            .collect();
        for label in open {
            self.record(
                EventKind::Action(ActionDone {
                    name: name.clone(),
                    result: before.actions[&label].last_result.unwrap_or(ActionResult::Ok),
                    action: label,
                    reason: None,
                    helped: Some(status.is_up()),
                }),
                now,
            );
        }
    }

    fn record_action(
        &mut self,
        name: &CheckName,
        label: &str,
        result: ActionResult,
        reason: Option<String>,
        now: Now,
    ) {
        let (name, action) = (name.clone(), label.to_owned());
        self.record(
            EventKind::Action(ActionDone { name, action, result, reason, helped: None }),
            now,
        );
    }

    fn raise_exhausted(&mut self, name: &CheckName, action: &Action, now: Now) {
        let Some(slot) = self.slots.get(name) else {
            return;
        };
        if slot.check.notify_on.contains(&NoticeKind::RemedyExhausted) {
            let check = slot.check.clone();
            let next = vec![format!(
                "no more `{}` until its budget of {} an hour frees up; monitoring goes on",
                action.label, action.max_per_hour
            )];
            self.raise_from_entry(NoticeKind::RemedyExhausted, &check, next, now);
        }
    }
}
