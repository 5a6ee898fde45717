//! The exercises that come with the program: their texts, so that they can be played anywhere.
//! Draws none; `draw` does.

use std::path::PathBuf;

use crate::scenario::Bundle;

/// The folder of the exercises, as their files name each other.
const FOLDER: &str = "exercises";

macro_rules! exercise {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../scenarios/exercises/", $name)))
    };
}

/// The files, in the order of their names.
const FILES: [(&str, &str); 20] = [
    exercise!("a-bad-day-for-two-reasons.yaml"),
    exercise!("checks.yaml"),
    exercise!("quiet-day.yaml"),
    exercise!("the-cure.yaml"),
    exercise!("the-database-is-innocent.yaml"),
    exercise!("the-echo.yaml"),
    exercise!("the-half-open-door.yaml"),
    exercise!("the-key-of-last-year.yaml"),
    exercise!("the-last-free-block.yaml"),
    exercise!("the-letter-nobody-could-open.yaml"),
    exercise!("the-nervous-board.yaml"),
    exercise!("the-order-that-nobody-kept.yaml"),
    exercise!("the-pool-runs-dry.yaml"),
    exercise!("the-release-before-lunch.yaml"),
    exercise!("the-report-for-ten-oclock.yaml"),
    exercise!("the-service-with-the-hiccups.yaml"),
    exercise!("the-silent-pager.yaml"),
    exercise!("the-slow-morning.yaml"),
    exercise!("the-swapped-disk.yaml"),
    exercise!("the-worker-went-home.yaml"),
];

/// All files by their paths.
pub(super) fn bundle() -> Bundle {
    let files = FILES.iter();
    Bundle(files.map(|(name, text)| (format!("{FOLDER}/{name}"), (*text).to_owned())).collect())
}

/// The paths of the exercises, in the order of their names.
pub(super) fn exercises() -> impl Iterator<Item = PathBuf> {
    let names = FILES.iter().map(|(name, _)| *name).filter(|name| *name != "checks.yaml");
    names.map(|name| PathBuf::from(FOLDER).join(name))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::{live::refused_exercise, scenario::load_from};

    #[test]
    fn every_exercise_of_the_folder_is_on_the_shelf() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/exercises");
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.into_string().unwrap());
        let there: BTreeSet<_> = names.filter(|name| name.ends_with(".yaml")).collect();
        let shelf: BTreeSet<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(shelf, there);
    }

    #[test]
    fn every_exercise_of_the_shelf_reads_and_says_what_it_is() {
        for path in exercises() {
            let cases = load_from(&path, &bundle()).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(cases.len(), 1, "{}", path.display());
            assert!(cases[0].exercise.is_some(), "{}", path.display());
        }
    }

    #[test]
    fn what_is_drawn_can_be_played_at_every_usual_speed() {
        let checks = &bundle().0["exercises/checks.yaml"];
        for path in exercises() {
            let case = load_from(&path, &bundle()).unwrap().remove(0);
            for speed in [1.0, 10.0] {
                let why = refused_exercise(&case, checks, speed).unwrap();
                let drawn = case.live != crate::scenario::Live::No;
                assert!(!drawn || why.is_none(), "{} at {speed}: {why:?}", path.display());
            }
        }
    }
}
