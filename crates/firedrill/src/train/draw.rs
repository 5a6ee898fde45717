//! Which exercise a seed draws, and by how much later than written it begins. The same seed and
//! level draw the same on every machine. Pure.

use std::path::PathBuf;

use super::shelf;
use crate::scenario::{Live, Ms, load_from};

/// One in so many exercises is a quiet one.
const QUIET_ONE_IN: u64 = 6;
/// By how much later than written everything happens, in seconds.
const SHIFT_S: std::ops::RangeInclusive<u64> = 20..=150;

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// The exercise, by its path on the shelf.
    pub(super) path: PathBuf,
    /// By how much later everything happens.
    pub(super) shift: Ms,
}

/// Draws by seed and level.
///
/// # Errors
/// There is no exercise of this level.
pub(super) fn draw(seed: u64, level: u8) -> Result<Drawn, String> {
    let quiet = hash(seed, level, 1).is_multiple_of(QUIET_ONE_IN);
    let all = of_level(level)?;
    let wanted: Vec<_> = all.iter().filter(|(_, is_quiet)| *is_quiet == quiet).collect();
    // A level without quiet days has none; one with nothing else has nothing else.
    let wanted = if wanted.is_empty() { all.iter().collect() } else { wanted };
    let nth = hash(seed, level, 2) % (wanted.len().max(1) as u64);
    let (path, _) = wanted.get(nth as usize).ok_or_else(|| none(level))?;
    let span = SHIFT_S.end() - SHIFT_S.start() + 1;
    let shift = SHIFT_S.start() + hash(seed, level, 3) % span;
    Ok(Drawn { path: path.clone(), shift: Ms::try_from(shift * 1000).unwrap_or(0) })
}

/// The exercises of a level that can be played live, and whether each is a quiet one.
fn of_level(level: u8) -> Result<Vec<(PathBuf, bool)>, String> {
    let shelf = shelf::bundle();
    let mut found = Vec::new();
    for path in shelf::exercises() {
        let cases = load_from(&path, &shelf).map_err(|refused| refused.to_string())?;
        let case = cases.into_iter().next().filter(|case| case.live != Live::No);
        let exercise = case.and_then(|case| case.exercise);
        let meant = exercise.filter(|exercise| exercise.level == level);
        found.extend(meant.map(|exercise| (path, exercise.answers.is_empty())));
    }
    Ok(found)
}

fn none(level: u8) -> String {
    format!("there is no exercise of level {level}")
}

/// A number for every seed, level and purpose, that looks like none in particular.
fn hash(seed: u64, level: u8, purpose: u64) -> u64 {
    [u64::from(level), purpose].iter().fold(mixed(seed), |hash, part| mixed(hash ^ part))
}

/// The finalizer of SplitMix64.
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_the_numbers_are_what_they_always_were() {
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_eq!(hash(0, 1, 1), 0x4653_9195_8fc6_1f13);
    }

    #[test]
    fn about_one_in_six_is_a_quiet_one_and_everything_is_shifted_within_its_limits() {
        let drawn: Vec<_> = (0..60).map(|seed| draw(seed, 1).unwrap()).collect();
        let quiet = (0..6000).filter(|seed| hash(*seed, 1, 1).is_multiple_of(QUIET_ONE_IN));
        assert!((900..1100).contains(&quiet.count()));
        assert!(drawn.iter().all(|one| (20_000..=150_000).contains(&one.shift)));
        let paths: std::collections::BTreeSet<_> = drawn.iter().map(|one| &one.path).collect();
        assert!(paths.len() > 1, "{paths:?}");
    }
}
