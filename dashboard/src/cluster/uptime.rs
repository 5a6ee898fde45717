//! How long a service was up: results that passed against all that should have been there.
//! What was not measured counts as downtime. Pure.

use std::time::Duration;

use engine::{Status, Timestamp};
use store::read::Stretch;

use crate::cluster::range::Window;

/// The account of a service in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uptime {
    /// Results that were good.
    pub(crate) passing: u64,
    /// Results that were not.
    pub(crate) failing: u64,
    /// Results that should have been there.
    pub(crate) missing: u64,
}

impl Uptime {
    /// Counts results that lie in the window. `strict` means that a warning is not good enough.
    pub(crate) fn of(found: &[Stretch], window: Window, every: Duration, strict: bool) -> Self {
        let total: u64 = found.iter().map(|one| u64::from(one.count)).sum();
        let good = found.iter().filter(|one| passes(one.status, strict));
        let passing = good.map(|one| u64::from(one.count)).sum();
        Self { passing, failing: total - passing, missing: missing(found, window, every) }
    }

    /// How many results there are.
    pub(crate) const fn total(&self) -> u64 {
        self.passing + self.failing
    }

    /// The share of good results in percent, to two decimals.
    pub(crate) fn percent(&self) -> f64 {
        let slots = self.total() + self.missing;
        if slots == 0 {
            return 0.0;
        }
        (self.passing as f64 * 10_000.0 / slots as f64).round() / 100.0
    }
}

/// Whether a result counts as up.
pub(crate) const fn passes(status: Status, strict: bool) -> bool {
    if strict { matches!(status, Status::Ok) } else { status.is_up() }
}

/// How many results are missing in a window. A gap counts from one and a half intervals on, so
/// that a slow cycle is none. Where there are gaps, the number of results that fit into the window
/// settles what its edges cut off.
pub(crate) fn missing(found: &[Stretch], window: Window, every: Duration) -> u64 {
    let step = every.as_millis().max(1);
    let in_gap = |gap: Duration| {
        let gap = gap.as_millis();
        if gap * 2 > step * 3 { ((gap + step / 2) / step).saturating_sub(1) } else { 0 }
    };
    let is_gap = |gap: &Duration| gap.as_millis() * 2 > step * 3;
    let (mut least, mut any) = (0, false);
    for (gap, times) in gaps(found, window) {
        least += in_gap(gap) * u128::from(times);
        any |= times > 0 && is_gap(&gap);
    }
    if !any {
        return 0;
    }
    let total: u64 = found.iter().map(|one| u64::from(one.count)).sum();
    let slots = (window.span().as_millis() + step / 2) / step;
    let fitting = slots.saturating_sub(u128::from(total)).clamp(least, least + 2);
    u64::try_from(fitting).unwrap_or(u64::MAX)
}

/// Every gap between two results, and between them and the edges, with how often it occurs.
fn gaps(found: &[Stretch], window: Window) -> Vec<(Duration, u32)> {
    let mut all = Vec::with_capacity(found.len() * 2 + 1);
    let mut last: Timestamp = window.from;
    for one in found {
        all.push((one.first.since(last), 1));
        all.push((one.pace(), one.count - 1));
        last = one.last;
    }
    all.push((window.until.since(last), 1));
    all
}

#[cfg(test)]
mod tests {
    use store::read::{Runs, Sample};

    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    /// The uptime of an hour with good results at these minutes.
    fn hour(minutes: &[i64]) -> Uptime {
        let mut runs = Runs::default();
        for minute in minutes {
            let sample = Sample { ts: at(*minute), status: Status::Ok, state: None, reason: "" };
            runs.push("a", sample);
        }
        let window = Window { from: at(0), until: at(60) };
        Uptime::of(&runs.stretches("a", at(0), at(60)), window, EVERY, false)
    }

    #[test]
    fn six_good_results_in_twelve_slots_are_half_wherever_the_others_are_missing() {
        for minutes in [
            [0, 5, 10, 15, 20, 25],
            [30, 35, 40, 45, 50, 55],
            [35, 40, 45, 50, 55, 60],
            [0, 5, 10, 45, 50, 55],
            [15, 20, 25, 30, 35, 40],
            [0, 10, 20, 30, 40, 50],
            [5, 15, 25, 35, 45, 55],
        ] {
            let uptime = hour(&minutes);
            assert_eq!((uptime.total(), uptime.missing), (6, 6), "{minutes:?}");
            assert!((uptime.percent() - 50.0).abs() < f64::EPSILON, "{minutes:?}");
        }
    }

    #[test]
    fn a_full_hour_misses_nothing_at_either_edge_and_an_empty_one_misses_all() {
        for phase in 0..5 {
            let minutes: Vec<_> = (0..12).map(|n| n * 5 + phase).collect();
            assert_eq!((hour(&minutes).missing, hour(&minutes).passing), (0, 12), "phase {phase}");
        }
        let thirteen: Vec<_> = (0..=12).map(|n| n * 5).collect();
        assert_eq!(hour(&thirteen).missing, 0);
        let none = hour(&[]);
        assert_eq!((none.missing, none.total()), (12, 0));
        assert!(none.percent().abs() < f64::EPSILON);
    }

    #[test]
    fn a_late_result_is_not_a_missing_one() {
        assert_eq!(hour(&[0, 5, 10, 17, 20, 25, 30, 35, 40, 45, 50, 55]).missing, 0);
    }

    #[test]
    fn a_warning_is_up_unless_the_type_is_strict() {
        assert!(passes(Status::Warn, false) && !passes(Status::Warn, true));
        assert!(!passes(Status::Unknown, false) && passes(Status::Ok, true));
    }
}
