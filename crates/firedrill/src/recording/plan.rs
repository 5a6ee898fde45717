//! From what a journal tells to what a scenario says: the faults, the steps and the alerts that must
//! follow, and what cannot be played again. Pure.

use std::collections::BTreeSet;

use engine::{Event, NoticeKind, Status, Timestamp};
use serde_json::Value;

use super::{
    beat::{Beat, Gap},
    card::{Card, Wants},
    cycles::{Cycle, Cycles, Trouble},
    jobs, losses,
    seat::{Seat, seats},
    symptom::Symptom,
};
use crate::scenario::Ms;

/// A fault of the timeline.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Its id.
    pub(super) id: String,
    /// Its kind.
    pub(super) kind: &'static str,
    /// Its parameters.
    pub(super) params: Vec<(&'static str, Value)>,
    /// What it is on.
    pub(super) on: Option<String>,
    /// The header, and its value, of the requests that it is on.
    pub(super) when: Option<(String, String)>,
    /// From when.
    pub(super) from: Ms,
    /// Until when.
    pub(super) to: Ms,
    /// What happened, for people.
    pub(super) says: String,
    /// Whether it is counted by what it struck.
    pub(super) must_strike: bool,
}

/// Another step of the timeline.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// When.
    pub(super) at: Ms,
    /// The rest of it.
    pub(super) text: String,
}

impl Step {
    /// A job that starts.
    pub(super) fn job(at: Ms, name: &str) -> Self {
        Self { at, text: format!("run_job: {}", Value::from(name)) }
    }
}

/// An alert that must come.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    /// The check, as it is called in the scenario.
    pub(super) check: String,
    /// The event.
    pub(super) event: NoticeKind,
    /// When it came.
    pub(super) at: Ms,
    /// By how much it may come earlier or later.
    pub(super) slack: Ms,
}

/// Everything that is written down.
#[derive(Debug)]
pub(super) struct Plan {
    /// The instant of 0s.
    pub(super) start: Timestamp,
    /// The checks and their places.
    pub(super) checks: Vec<(Card, Seat)>,
    /// The faults, by their beginning.
    pub(super) faults: Vec<Fault>,
    /// The other steps.
    pub(super) steps: Vec<Step>,
    /// The alerts.
    pub(super) alerts: Vec<Alert>,
    /// What is not as it was.
    pub(super) notes: Vec<String>,
    /// What was wrong, in words.
    pub(super) about: Vec<String>,
    /// The checks that have asked an address at all.
    asking: BTreeSet<String>,
    /// The jobs that have missed a deadline.
    late: BTreeSet<String>,
}

/// What a plan is made from.
#[derive(Debug)]
pub(super) struct Material<'a> {
    /// All events.
    pub(super) events: &'a [Event],
    /// The results of every check.
    pub(super) cycles: &'a Cycles,
    /// The checks that are played.
    pub(super) cards: Vec<Card>,
    /// What was wrong.
    pub(super) troubles: Vec<Trouble>,
}

/// A fault before it is put together with others of its cause.
struct Draft {
    check: usize,
    symptom: Symptom,
    begins: Gap,
    ends: Gap,
}

impl Plan {
    /// Makes a plan.
    pub(super) fn of(material: Material<'_>) -> Self {
        let mut notes = Vec::new();
        let mut cards = material.cards;
        one_job_only(&mut cards, &mut notes);
        let first = beginning(&cards, material.cycles, &material.troubles);
        let beat = Beat::find(&cards, material.cycles, material.events, first);
        let seats = seats(&cards);
        let mut plan = Self {
            start: beat.zero(),
            checks: cards.into_iter().zip(seats).collect(),
            faults: Vec::new(),
            steps: Vec::new(),
            alerts: Vec::new(),
            notes,
            about: Vec::new(),
            asking: asking(material.cycles),
            late: late(&material.troubles),
        };
        plan.about = plan.told(&material.troubles);
        let until = plan.expect(&material.troubles, material.cycles, material.events, &beat);
        let drafts = plan.drafts(&material.troubles, material.cycles, &beat);
        plan.merge(drafts);
        plan.jobs(material.cycles, &beat, until);
        plan.checker(material.events, &beat, until);
        plan.faults.sort_by_key(|fault| fault.from);
        plan.steps.sort_by_key(|step| step.at);
        plan.alerts.sort_by_key(|alert| alert.at);
        plan
    }

    /// What was wrong, check by check.
    fn told(&self, troubles: &[Trouble]) -> Vec<String> {
        let mut found = Vec::new();
        for trouble in troubles {
            let Some(check) = self.find(&trouble.check) else { continue };
            let text = format!("{}: {}", self.checks[check].0.called, trouble.symptom.words());
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.checks.iter().position(|(card, _)| card.name == name)
    }

    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The faults of all troubles but those that a job has with itself.
    fn drafts(&mut self, troubles: &[Trouble], cycles: &Cycles, beat: &Beat) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for trouble in troubles {
            let Some(check) = self.find(&trouble.check) else { continue };
            let (card, of) = (self.checks[check].0.clone(), &cycles[&trouble.check]);
            if let Symptom::Strange(what) = trouble.symptom {
                self.note(format!("{}: {what} cannot be played", card.called));
                continue;
            }
            let own = matches!(trouble.symptom, Symptom::JobFailed | Symptom::Late);
            if own && !card.is_answer() {
                continue;
            }
            let begins = match beat.tick(&card, &of[trouble.first]) {
                ..=0 => Gap { lo: 0, hi: 0 },
                _ => beat.gap(&card, of, trouble.first.checked_sub(1)),
            };
            let ends = beat.gap(&card, of, Some(trouble.last));
            let symptom = worst(trouble, of);
            drafts.push(Draft { check, symptom, begins, ends });
        }
        drafts
    }

    /// Puts drafts of the same cause into one fault each.
    fn merge(&mut self, mut drafts: Vec<Draft>) {
        drafts.sort_by_key(|draft| (draft.begins.lo, draft.check));
        while !drafts.is_empty() {
            let lead = drafts.remove(0);
            let (mut begins, mut ends) = (lead.begins, lead.ends);
            let (mut members, mut rest) = (vec![lead.check], Vec::new());
            for draft in drafts {
                let both = meet(begins, draft.begins).zip(meet(ends, draft.ends));
                let same = self.same_cause(&lead, &draft) && !members.contains(&draft.check);
                match both.filter(|_| same) {
                    Some((earlier, later)) => {
                        (begins, ends) = (earlier, later);
                        members.push(draft.check);
                    }
                    None => rest.push(draft),
                }
            }
            drafts = rest;
            self.fault(&members, &lead.symptom, (begins.middle(), ends.middle()));
        }
    }

    fn same_cause(&self, one: &Draft, other: &Draft) -> bool {
        let played = |draft: &Draft| {
            let (kind, params, _) = self.checks[draft.check].1.fault(&draft.symptom);
            (kind, params)
        };
        let figures = matches!(one.symptom, Symptom::Values(_) | Symptom::Slow(_));
        !figures && one.symptom == other.symptom && played(one) == played(other)
    }

    fn fault(&mut self, members: &[usize], symptom: &Symptom, (from, to): (Ms, Ms)) {
        let names: Vec<_> = members.iter().map(|at| self.checks[*at].0.called.clone()).collect();
        let all = *symptom == Symptom::Refused && self.are_all(members);
        let seat = &self.checks[members[0]].1;
        let (kind, params, note) = match all {
            true => ("net.refuse", Vec::new(), None),
            false => seat.fault(symptom),
        };
        let (on, when) = match all {
            true => (None, None),
            false => self.target(members),
        };
        for note in note.into_iter() {
            self.note(format!("{}: {note}", names.join(", ")));
        }
        if members.iter().any(|at| matches!(self.checks[*at].0.wants, Wants::Else)) {
            let of = &self.checks[members[0]].0;
            self.note(format!(
                "{}: the mock app has nothing for a check of type {}; a route that fails stands in for it",
                names.join(", "),
                of.type_word
            ));
        }
        let says = format!("{}: {}", names.join(", "), symptom.words());
        let id = format!("trouble-{}", self.faults.len() + 1);
        self.faults.push(Fault { id, kind, params, on, when, from, to, says, must_strike: !all });
    }

    /// Whether these are all checks that ask the mock app anything.
    fn are_all(&self, members: &[usize]) -> bool {
        let mut others = (0..self.checks.len()).filter(|at| !members.contains(at));
        others.all(|at| !self.asking.contains(&self.checks[at].0.name))
    }

    /// The route of a fault, and the mark of those requests that it is on.
    fn target(&mut self, members: &[usize]) -> (Option<String>, Option<(String, String)>) {
        if let [only] = members {
            let seat = &self.checks[*only].1;
            let mark = seat.marks.first().map(|mark| ("x-check".to_owned(), mark.clone()));
            return (Some(seat.on()), mark);
        }
        let name = format!("cause-{}", self.faults.len() + 1);
        for member in members {
            self.checks[*member].1.marks.push(name.clone());
        }
        (Some("*".to_owned()), Some((format!("x-{name}"), "yes".to_owned())))
    }

    fn jobs(&mut self, cycles: &Cycles, beat: &Beat, until: Timestamp) {
        let job = |(card, _): &&(Card, Seat)| !card.is_answer();
        let Some((card, _)) = self.checks.iter().find(job).cloned() else { return };
        let Some(of) = cycles.get(&card.name) else { return };
        let missed = self.late.contains(&card.name);
        let played = jobs::play(&card, of, beat, (until, missed));
        let asked = self
            .faults
            .iter()
            .any(|fault| fault.on.as_deref().is_some_and(|on| on.starts_with("GET /jobs")));
        if played.steps.is_empty() && asked {
            self.steps.push(Step::job(500, &card.called));
        }
        self.steps.extend(played.steps);
        self.faults.extend(played.faults);
    }

    /// The checker's own life, and what it did.
    fn checker(&mut self, events: &[Event], beat: &Beat, until: Timestamp) {
        let cards: Vec<&Card> = self.checks.iter().map(|(card, _)| card).collect();
        let downs = beat.downs(events, &cards, until);
        self.steps.extend(downs.into_iter().map(|(at, text)| Step { at, text }));
        let inside = |event: &&Event| event.ts >= beat.zero() && event.ts <= until;
        let events: Vec<&Event> = events.iter().filter(inside).collect();
        losses::of(&events).into_iter().for_each(|loss| self.note(loss));
    }
}

fn late(troubles: &[Trouble]) -> BTreeSet<String> {
    let late = troubles.iter().filter(|trouble| trouble.symptom == Symptom::Late);
    late.map(|trouble| trouble.check.clone()).collect()
}

/// A job of which nobody knows asks nobody.
fn asking(cycles: &Cycles) -> BTreeSet<String> {
    let asks = |cycle: &Cycle| {
        let done = &cycle.done;
        done.type_word != "job" || done.details.code.is_some() || done.details.error.is_some()
    };
    let names = cycles.iter().filter(|(_, of)| of.iter().any(asks));
    names.map(|(name, _)| name.clone()).collect()
}

/// The mock app tells the id of one job only: others are answers that fail.
fn one_job_only(cards: &mut [Card], notes: &mut Vec<String>) {
    for card in cards.iter_mut().filter(|card| !card.is_answer()).skip(1) {
        card.wants = Wants::Else;
        notes.push(format!(
            "{}: only one job can be played; a route stands in for this one",
            card.called
        ));
    }
}

/// When the first trouble began: for a missed deadline, when its job did.
fn beginning(cards: &[Card], cycles: &Cycles, troubles: &[Trouble]) -> Timestamp {
    let began = |trouble: &Trouble| {
        let cycle = cycles.get(&trouble.check)?.get(trouble.first)?;
        let card = cards.iter().find(|card| card.name == trouble.check)?;
        let took = i64::try_from(cycle.done.latency_ms.unwrap_or(0)).unwrap_or(0);
        let turn = cycle.ended.as_millis() - card.cycle(cycle.done.attempts, took);
        let job = cycle.done.job.as_ref().and_then(|job| job.started_at);
        let day = |at: &Timestamp| cycle.ended.since(*at).as_secs() < 86_400;
        let job = job.filter(|at| matches!(trouble.symptom, Symptom::Late) && day(at));
        Some(job.map_or(turn, |at| at.as_millis().min(turn)))
    };
    Timestamp::from_millis(troubles.iter().filter_map(began).min().unwrap_or_default())
}

/// The figure of a trouble that is surely over its limit: the worst of its cycles.
fn worst(trouble: &Trouble, of: &[Cycle]) -> Symptom {
    let all = of[trouble.first..=trouble.last].iter().map(|cycle| Symptom::of(&cycle.done));
    let slow = all.filter_map(|symptom| {
        let Symptom::Slow(ms) = symptom else { return None };
        Some(ms)
    });
    let figure = if trouble.status == Status::Warn { slow.min() } else { slow.max() };
    figure.map_or_else(|| trouble.symptom.clone(), Symptom::Slow)
}

fn meet(one: Gap, other: Gap) -> Option<Gap> {
    if one == other { Some(one) } else { one.and(other) }
}
