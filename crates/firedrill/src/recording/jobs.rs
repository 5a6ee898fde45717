//! The runs of a job: when each began and how it ended, as steps of a scenario. Pure.

use engine::Timestamp;
use serde_json::json;

use super::{
    beat::Beat,
    card::Card,
    cycles::Cycle,
    plan::{Fault, Step},
};
use crate::scenario::Ms;

/// How long the mock app's jobs take when nothing is wrong, in milliseconds.
const LASTS: Ms = 20_000;

/// A run as the checker saw it.
#[derive(Debug)]
struct Run {
    /// The cycle in which it was first seen.
    first: usize,
    /// The last cycle that knew of it.
    last: usize,
    /// The cycle that saw its end, and whether it was a good one.
    ended: Option<(usize, bool)>,
    /// When it began, by its own word.
    began: Option<Timestamp>,
    /// When it ended well, by its own word.
    finished: Option<Timestamp>,
}

/// What the runs of a job come to.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Starts of jobs.
    pub(super) steps: Vec<Step>,
    /// What makes them late, or fail.
    pub(super) faults: Vec<Fault>,
}

/// The runs between the scenario's beginning and `until`, as steps. A run that was over before
/// counts for a deadline of the day only when none was `missed`.
pub(super) fn play(
    card: &Card,
    cycles: &[Cycle],
    beat: &Beat,
    (until, missed): (Timestamp, bool),
) -> Played {
    let mut played = Played::default();
    let inside = |cycle: &Cycle| beat.at(cycle.ended) >= 0 && cycle.ended <= until;
    let past = |run: &Run| missed && run.ended.is_some_and(|(at, _)| beat.at(cycles[at].ended) < 0);
    let runs = runs(cycles);
    let met = |run: &&Run| inside(&cycles[run.last]) || inside(&cycles[run.first]);
    for run in runs.iter().filter(met).filter(|run| !past(run)) {
        one(card, cycles, beat, (run, until), &mut played);
    }
    played
}

fn one(
    card: &Card,
    cycles: &[Cycle],
    beat: &Beat,
    (run, until): (&Run, Timestamp),
    out: &mut Played,
) {
    let nth = out.steps.len() + 1;
    let before = beat.at(cycles[run.first].ended) <= 0 || run.first == 0;
    let told = run.began.map(|at| beat.at(at));
    let begins = beat.gap(card, cycles, run.first.checked_sub(1));
    let from = match told {
        Some(at) if before => at.max(500),
        None if before => 500,
        Some(at) => at.clamp(begins.lo.max(0), begins.hi.max(1)),
        None => begins.middle(),
    };
    let ended = run.ended.filter(|(at, _)| cycles[*at].ended <= until);
    let Some((at, well)) = ended else {
        let last = cycles.iter().rposition(|cycle| cycle.ended <= until).unwrap_or(run.last);
        let to = beat.gap(card, cycles, Some(last)).middle();
        out.steps.push(Step::job(from, &card.called));
        if to - from > LASTS {
            let says = format!("run {nth} of {} went on and on", card.called);
            out.faults.push(fault(card, format!("hangs-{nth}"), (from, to), says, "hang"));
        }
        return;
    };
    let seen = beat.gap(card, cycles, at.checked_sub(1));
    let told = run.finished.filter(|_| well).map(|at| beat.at(at));
    let to = told.map_or(seen.hi, |at| at.clamp(seen.lo, seen.hi)).max(0);
    let to = if to - from < LASTS { seen.hi.max(LASTS) } else { to };
    let from = from.min(to - LASTS).max(0);
    out.steps.push(Step::job(from, &card.called));
    let by = to - from - LASTS;
    if by > 1_000 {
        let says = format!("run {nth} of {} took its time", card.called);
        let mut late = fault(card, format!("late-{nth}"), (from, to), says, "late");
        late.params.push(("by", json!(super::text::length(by))));
        out.faults.push(late);
    }
    if !well {
        let says = format!("run {nth} of {} failed", card.called);
        out.faults.push(fault(
            card,
            format!("fails-{nth}"),
            ((to - 3_000).max(0), to + 3_000),
            says,
            "fail",
        ));
    }
}

fn fault(card: &Card, id: String, (from, to): (Ms, Ms), says: String, kind: &str) -> Fault {
    Fault {
        id,
        kind: "job",
        params: vec![("kind", json!(kind))],
        on: Some(format!("job:{}", card.called)),
        when: None,
        from,
        to,
        says,
        must_strike: true,
    }
}

fn runs(cycles: &[Cycle]) -> Vec<Run> {
    let mut found: Vec<(String, Run)> = Vec::new();
    for (at, cycle) in cycles.iter().enumerate() {
        let Some(job) = &cycle.done.job else { continue };
        let Some(id) = &job.id else { continue };
        if found.last().is_none_or(|(known, _)| known != id) {
            let began = job.started_at;
            let run = Run { first: at, last: at, ended: None, began, finished: None };
            found.push((id.clone(), run));
        }
        let Some((_, run)) = found.last_mut() else { continue };
        run.last = at;
        let word = job.status.as_deref().unwrap_or_default();
        let well = match word {
            "succeeded" => true,
            "failed" | "error" | "cancelled" => false,
            _ => continue,
        };
        if run.ended.is_none() {
            run.ended = Some((at, well));
            run.finished = job.last_success_at.filter(|_| well);
        }
    }
    found.into_iter().map(|(_, run)| run).collect()
}
