//! Which matches of a fault are injected: chance and counts. The one rule for every fault of the
//! project; holds no counters.

use super::kind::draw_of;
use crate::draw::Draw;

/// `p`, `times`, `skip` and `every` of one fault. All absent: every match is injected.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gate {
    /// Probability of each match, 0 to 1.
    pub p: Option<f64>,
    /// At most so many injections.
    pub times: Option<u64>,
    /// The first so many matches pass.
    pub skip: Option<u64>,
    /// Each so-many-th match after them; at least 1.
    pub every: Option<u64>,
}

impl Gate {
    /// Whether the `nth` match (from 1) of the fault `id` is injected, given how many were
    /// injected before it. The draw is a function of `seed`, `id` and `nth` alone.
    #[must_use]
    pub fn injects(&self, seed: u64, id: &str, nth: u64, injected: u64) -> bool {
        self.injects_at(1.0, (seed, id, nth), nth, injected)
    }

    /// As [`Self::injects`], with the probability scaled by `level`, 0 to 1, and with a draw that
    /// may be that of an earlier match.
    pub(crate) fn injects_at(
        &self,
        level: f64,
        (seed, id, drawn): (u64, &str, u64),
        nth: u64,
        injected: u64,
    ) -> bool {
        self.counts(nth, injected) && self.draws(seed, id, drawn, level)
    }

    fn counts(&self, nth: u64, injected: u64) -> bool {
        let skip = self.skip.unwrap_or(0);
        nth > skip
            && (nth - skip).is_multiple_of(self.every.unwrap_or(1))
            && self.times.is_none_or(|times| injected < times)
    }

    /// A certain match draws nothing.
    fn draws(&self, seed: u64, id: &str, nth: u64, level: f64) -> bool {
        match (self.p, level >= 1.0) {
            (None, true) => true,
            (p, _) => Draw::new(seed, id, nth).unit(draw_of::CHANCE) < p.unwrap_or(1.0) * level,
        }
    }

    /// Whether `times` is used up.
    pub(crate) fn spent(&self, injected: u64) -> bool {
        self.times.is_some_and(|times| injected >= times)
    }

    /// Whether any field decides match by match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.first_key().is_some()
    }

    /// The first of its keys that was given.
    pub(crate) fn first_key(&self) -> Option<&'static str> {
        let given = [
            ("p", self.p.is_some()),
            ("times", self.times.is_some()),
            ("skip", self.skip.is_some()),
            ("every", self.every.is_some()),
        ];
        given.into_iter().find(|(_, is)| *is).map(|(key, _)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matches of `count` that are injected.
    fn injected(gate: Gate, count: u64) -> Vec<u64> {
        let mut hits = Vec::new();
        for nth in 1..=count {
            if gate.injects(1, "mail", nth, hits.len() as u64) {
                hits.push(nth);
            }
        }
        hits
    }

    #[test]
    fn counts_pick_exactly_their_matches() {
        let gate = |skip, every, times| Gate { p: None, skip, every, times };
        assert_eq!(injected(gate(None, None, None), 3), [1, 2, 3]);
        assert_eq!(injected(gate(Some(1), Some(2), Some(2)), 9), [3, 5]);
        assert_eq!(injected(gate(None, None, Some(2)), 9), [1, 2]);
    }

    #[test]
    fn chance_is_a_function_of_seed_id_and_match() {
        let gate = Gate { p: Some(0.3), ..Gate::default() };
        let hits = injected(gate, 1_000);
        assert!((250..350).contains(&hits.len()), "{} of 1000 at p 0.3", hits.len());
        assert_eq!(hits, injected(gate, 1_000));
        assert!(hits.iter().all(|nth| gate.injects(1, "mail", *nth, 0)), "history has no say");
        assert!((1..=1_000).any(|nth| gate.injects(2, "mail", nth, 0) != hits.contains(&nth)));
    }

    #[test]
    fn a_level_scales_the_chance_and_nothing_at_level_zero() {
        let all = Gate::default();
        let at = |level| {
            (1..=1_000).filter(|nth| all.injects_at(level, (1, "x", *nth), *nth, 0)).count()
        };
        assert_eq!((at(0.0), at(1.0)), (0, 1_000));
        assert!((450..550).contains(&at(0.5)), "{} of 1000 at half", at(0.5));
    }
}
