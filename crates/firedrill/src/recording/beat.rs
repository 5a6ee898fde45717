//! Real instants in the time of a scenario: turns are put on whole intervals, where the rehearsed
//! checker has its own. Pure.

use engine::{Event, EventKind, Status, Timestamp};

use super::{
    card::Card,
    cycles::{Cycle, Cycles},
    symptom::Symptom,
};
use crate::scenario::Ms;

/// How long an answer takes that is wrong at once, in milliseconds.
const AT_ONCE: Ms = 20;

/// Where the scenario's time begins, and how the checker lived in it.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    /// The instant of 0s, in milliseconds.
    zero: i64,
    /// When the checker began its turns anew, in milliseconds of the scenario.
    lives: Vec<Ms>,
}

/// A gap between two cycles in which nothing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// From when.
    pub(super) lo: Ms,
    /// Until when.
    pub(super) hi: Ms,
}

impl Gap {
    /// The part that two have in common.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let both = Self { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        (both.hi - both.lo >= 100).then_some(both)
    }

    /// An instant in it, on a whole second when there is one.
    pub(super) fn middle(self) -> Ms {
        let middle = i64::midpoint(self.lo, self.hi);
        let whole = middle / 1_000 * 1_000;
        if whole > self.lo { whole } else { middle }.max(0)
    }
}

impl Beat {
    /// Finds the instant of 0s: a turn of the checker, well before `first` if there was one.
    pub(super) fn find(
        cards: &[Card],
        cycles: &Cycles,
        events: &[Event],
        first: Timestamp,
    ) -> Self {
        let starts: Vec<i64> = starts(events).map(Timestamp::as_millis).collect();
        let begun = starts.iter().copied().filter(|at| *at <= first.as_millis()).max();
        let longest =
            cards.iter().filter(|card| card.cron.is_none()).map(|card| card.interval).max();
        let longest = longest.unwrap_or(30_000).clamp(1_000, 600_000);
        let turn =
            begun.unwrap_or_else(|| a_turn(cards, cycles, longest).unwrap_or(first.as_millis()));
        let lead = (2 * longest).max(60_000);
        let turns = (first.as_millis() - lead - turn).div_euclid(longest);
        let turns = if begun.is_some() { turns.max(0) } else { turns };
        let mut zero = turn + turns * longest;
        // It must be an instant at which the checker ran.
        while let Some((gone, _)) = silences(events, cards)
            .into_iter()
            .find(|(gone, back)| *gone < zero && zero < *back && *gone > turn)
        {
            zero -= (zero - gone + longest - 1) / longest * longest;
        }
        let lives = starts.into_iter().filter(|at| *at > zero).map(|at| at - zero);
        Self { zero, lives: std::iter::once(0).chain(lives).collect() }
    }

    /// The instant of 0s.
    pub(super) fn zero(&self) -> Timestamp {
        Timestamp::from_millis(self.zero)
    }

    /// An instant that is no turn.
    pub(super) fn at(&self, real: Timestamp) -> Ms {
        real.as_millis() - self.zero
    }

    /// When the turn of a cycle is in the scenario.
    pub(super) fn tick(&self, card: &Card, cycle: &Cycle) -> Ms {
        let began = self.at(cycle.ended) - took(card, cycle);
        let life =
            self.lives.iter().copied().filter(|life| *life <= began + 1_000).max().unwrap_or(0);
        if card.cron.is_some() || card.interval <= 0 {
            return began;
        }
        let turns = (began - life + card.interval / 2).div_euclid(card.interval);
        life + turns * card.interval
    }

    /// When a cycle is over in the scenario.
    pub(super) fn over(&self, card: &Card, cycle: &Cycle) -> Ms {
        self.tick(card, cycle) + played(card, cycle)
    }

    /// The gap after the cycle with this number; before the first one for none.
    pub(super) fn gap(&self, card: &Card, cycles: &[Cycle], after: Option<usize>) -> Gap {
        let next = cycles.get(after.map_or(0, |at| at + 1));
        let last = after.and_then(|at| cycles.get(at));
        let lo = match (last, next) {
            (Some(cycle), _) => self.over(card, cycle),
            (None, Some(next)) => self.tick(card, next) - card.interval,
            (None, None) => 0,
        };
        let hi = match (next, last) {
            (Some(next), _) => self.tick(card, next),
            (None, Some(last)) => self.tick(card, last) + card.interval,
            (None, None) => 0,
        };
        let hi = hi.max(lo + 2);
        let edge = ((hi - lo) / 5).min(2_000);
        Gap { lo: lo + edge, hi: hi - edge }
    }

    /// When the checker was not there until an instant: from when, and what it takes to play it.
    pub(super) fn downs(
        &self,
        events: &[Event],
        cards: &[&Card],
        until: Timestamp,
    ) -> Vec<(Ms, String)> {
        let mut found = Vec::new();
        let shortest = cards.iter().map(|card| card.interval).min().unwrap_or(30_000);
        let inside = |event: &Event| event.ts >= self.zero() && event.ts <= until;
        for two in events.windows(2).filter(|two| inside(&two[0]) && inside(&two[1])) {
            let (gone, back) = (self.at(two[0].ts), self.at(two[1].ts));
            let gone = (gone + 200).min(back - 10);
            let lasts = super::text::length(back - gone);
            match (&two[0].kind, &two[1].kind) {
                (EventKind::Stop(_), EventKind::Start(_)) => {
                    found.push((gone, format!("restart: checker, down: {lasts}")));
                }
                (_, EventKind::Start(_)) => {
                    found.push((gone, format!("kill: checker, down: {lasts}")));
                }
                _ if back - gone > 2 * shortest => {
                    found.push((gone, format!("pause: checker, for: {lasts}")));
                }
                _ => {}
            }
        }
        found
    }
}

/// Stretches of a journal in which nothing was written although something was due.
fn silences(events: &[Event], cards: &[Card]) -> Vec<(i64, i64)> {
    let shortest = cards.iter().map(|card| card.interval).min().unwrap_or(30_000);
    let ends = |two: &[Event]| (two[0].ts.as_millis(), two[1].ts.as_millis());
    let silent = |(gone, back): &(i64, i64)| back - gone > 2 * shortest;
    events.windows(2).map(ends).filter(silent).collect()
}

fn starts(events: &[Event]) -> impl Iterator<Item = Timestamp> {
    events.iter().filter(|event| matches!(event.kind, EventKind::Start(_))).map(|event| event.ts)
}

/// The turn of some cycle of the slowest check that was well at once.
fn a_turn(cards: &[Card], cycles: &Cycles, longest: Ms) -> Option<i64> {
    let slowest = cards.iter().filter(|card| card.interval == longest && card.cron.is_none());
    let first = slowest.filter_map(|card| Some((card, cycles.get(&card.name)?.first()?)));
    first.map(|(card, cycle)| cycle.ended.as_millis() - took(card, cycle)).min()
}

/// How long a cycle really took.
fn took(card: &Card, cycle: &Cycle) -> Ms {
    let latency = i64::try_from(cycle.done.latency_ms.unwrap_or(0)).unwrap_or(0);
    card.cycle(cycle.done.attempts, latency)
}

/// How long it takes when it is played.
fn played(card: &Card, cycle: &Cycle) -> Ms {
    let done = &cycle.done;
    let latency = i64::try_from(done.latency_ms.unwrap_or(0)).unwrap_or(0);
    let symptom = Symptom::of(done);
    let (attempts, each) = match (done.status, symptom) {
        (Status::Fail, Symptom::JobFailed | Symptom::Late) => (1, AT_ONCE),
        (Status::Fail, Symptom::Silence) => (card.retries + 1, card.timeout),
        (Status::Fail, Symptom::Slow(_)) => (card.retries + 1, latency),
        (Status::Fail, _) => (card.retries + 1, AT_ONCE),
        (Status::Warn, _) => (1, latency),
        _ => (1, AT_ONCE),
    };
    card.cycle(attempts, each)
}
