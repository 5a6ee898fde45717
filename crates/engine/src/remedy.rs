//! Whether an action may run now: its own conditions, the off switches, cool-down and budget.
//! Pure; returns a reason, not a bool, so that silence can be explained.

use crate::{
    board::{ActionState, BUDGET_SPAN, Entry},
    config::{Action, ActionKind, ActionLimits, RestartWhen},
    effect::Switches,
    status::Status,
    time::Mono,
};

/// What is to be done about an action at the end of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Run it.
    Run,
    /// It is its turn, but it must not run.
    Skip(SkipReason),
    /// It is not its turn.
    Wait,
}

/// Why an action was skipped. The words stand in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// By the configuration.
    Disabled,
    /// By the command line.
    DisabledByFlag,
    /// The last run is too recent.
    Cooldown,
    /// The hourly budget is spent.
    RateLimited,
    /// What it wants besides the failure does not hold.
    ConditionNotMet,
}

impl SkipReason {
    /// The word of the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::DisabledByFlag => "disabled_by_flag",
            Self::Cooldown => "cooldown",
            Self::RateLimited => "rate_limited",
            Self::ConditionNotMet => "condition_not_met",
        }
    }
}

/// The off switches from everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Gates {
    /// Of the configuration.
    pub limits: ActionLimits,
    /// Of the command line.
    pub switches: Switches,
}

/// Decides about one action. `runs` are the starts of its runs by monotonic time, oldest first.
#[must_use]
pub fn decide(action: &Action, entry: &Entry, runs: &[Mono], gates: Gates, now: Mono) -> Verdict {
    let state = entry.actions.get(&action.label);
    if entry.status != Status::Fail || !is_its_turn(action, entry, state) {
        return Verdict::Wait;
    }
    let holds = condition_holds(action, entry);
    match obstacle(action, runs, gates, now) {
        None if holds => Verdict::Run,
        // Nobody asks why something did not run that was not wanted.
        Some(_) if !holds => Verdict::Wait,
        obstacle => {
            let reason = obstacle.unwrap_or(SkipReason::ConditionNotMet);
            let told = state.and_then(|state| state.skipped_in_incident.as_deref());
            if told == Some(reason.word()) { Verdict::Wait } else { Verdict::Skip(reason) }
        }
    }
}

fn is_its_turn(action: &Action, entry: &Entry, state: Option<&ActionState>) -> bool {
    let failures = entry.consecutive_failures;
    let (runs, at_run) = state.map_or((0, 0), |s| (s.runs_in_incident, s.failures_at_run));
    let again = action.every > 0 && failures.saturating_sub(at_run) >= action.every;
    failures >= action.after_failures && (runs == 0 || again)
}

/// Whether what an action wants besides the failure holds, by the facts of the last cycle.
fn condition_holds(action: &Action, entry: &Entry) -> bool {
    let ActionKind::Restart { when: RestartWhen::StaleAndNoClients, .. } = action.kind else {
        return true;
    };
    let fact = |name: &str| entry.details.facts.get(name);
    let stale = fact("stale").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let clients = fact("clients").and_then(serde_json::Value::as_u64).unwrap_or(0);
    stale && clients == 0
}

fn obstacle(action: &Action, runs: &[Mono], gates: Gates, now: Mono) -> Option<SkipReason> {
    let restart = matches!(action.kind, ActionKind::Restart { .. });
    if gates.switches.no_actions || (restart && gates.switches.no_restart) {
        return Some(SkipReason::DisabledByFlag);
    }
    if !action.enabled || !gates.limits.enabled || (restart && !gates.limits.restart) {
        return Some(SkipReason::Disabled);
    }
    if runs.last().is_some_and(|last| now.since(*last) < action.cooldown) {
        return Some(SkipReason::Cooldown);
    }
    (spent(runs, now) >= action.max_per_hour).then_some(SkipReason::RateLimited)
}

/// Runs that still count against the hourly budget.
#[must_use]
pub fn spent(runs: &[Mono], now: Mono) -> u32 {
    let counts = |run: &&Mono| now.since(**run) < BUDGET_SPAN;
    u32::try_from(runs.iter().filter(counts).count()).unwrap_or(u32::MAX)
}
