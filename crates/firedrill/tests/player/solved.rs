//! The exercises are played, some at once, and held against what a good player must reach.

use std::{
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use crate::{
    chromium::{Browser, axe_core},
    lesson::{self, Lesson},
    person, rival,
};

/// How many exercises are played at once: each is four programs and a browser, which mostly wait.
const AT_ONCE: usize = 5;

/// What a player who knows the answer reaches at least.
pub(crate) const GOOD: i64 = 75;
/// And so much more than nobody there.
pub(crate) const BETTER: i64 = 50;

/// What came of an exercise: its points, or what went wrong.
type Outcome = (String, Result<i64, String>);

/// Plays many exercises, some at once, and waits for all; one that fails keeps no other from it.
fn play_all(lessons: Vec<Lesson>, play: impl Fn(&Lesson) -> i64 + Sync) -> Vec<Outcome> {
    let (waiting, outcomes) = (Mutex::new(lessons), Mutex::new(Vec::new()));
    let player = || {
        loop {
            let Some(lesson) = waiting.lock().unwrap().pop() else { return };
            let played = catch_unwind(AssertUnwindSafe(|| play(&lesson)));
            let outcome = played.map_err(|panic| words_of(panic.as_ref()));
            let _ = writeln!(std::io::stderr(), "{}: {outcome:?}", lesson.name());
            outcomes.lock().unwrap().push((lesson.name(), outcome));
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(player))));
    outcomes.into_inner().unwrap()
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Fails with everything that went wrong.
fn all_went_well(outcomes: &[Outcome]) {
    let failed: Vec<_> = outcomes
        .iter()
        .filter_map(|(name, outcome)| Some((name, outcome.as_ref().err()?)))
        .collect();
    let told: Vec<_> = failed.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    assert!(
        failed.is_empty(),
        "{} of {} failed\n{}",
        failed.len(),
        outcomes.len(),
        told.join("\n\n")
    );
}

/// Those that the reader asked for, else all.
fn wanted() -> Vec<Lesson> {
    let only = std::env::var("FIREDRILL_ONLY").unwrap_or_default();
    let mut lessons = lesson::shelf();
    assert!(lessons.len() >= 12, "only {} exercises are shipped", lessons.len());
    lessons.retain(|lesson| lesson.name().contains(&only));
    // The longest are begun first.
    lessons.sort_by_key(Lesson::is_long);
    lessons
}

#[test]
fn every_exercise_that_ships_is_solved_through_the_pages() {
    // One that is there at all is all that is wanted here; it is skipped aloud otherwise.
    if Browser::start().is_none() {
        return;
    }
    let axe = axe_core();
    let outcomes = play_all(wanted(), |lesson| person::play(lesson, axe.as_deref()));
    all_went_well(&outcomes);
}

/// What everybody would take for the cause, and what that is worth of 30 points.
const MISTAKEN: [(&str, &str, i64); 3] = [
    ("the-swapped-disk", "api/app.crash", 0),
    ("the-database-is-innocent", "db/db", 0),
    // The right part of the stack, and another fault.
    ("the-order-that-nobody-kept", "db/db", 12),
];

#[test]
fn a_wrong_diagnosis_is_never_worth_a_right_one_however_well_the_rest_is_played() {
    let mut lessons = lesson::shelf();
    let mistake = |of: &Lesson| MISTAKEN.into_iter().find(|(name, ..)| of.name() == *name);
    lessons.retain(|lesson| mistake(lesson).is_some());
    assert_eq!(lessons.len(), MISTAKEN.len());
    all_went_well(&play_all(lessons, |lesson| {
        let (_, cause, worth) = mistake(lesson).unwrap();
        rival::play(lesson, cause, worth)
    }));
}
