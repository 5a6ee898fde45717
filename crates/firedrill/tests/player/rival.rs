//! Who does everything right at the prompt, and takes something else for the cause.

use crate::{exercise::Exercise, lesson::Lesson};

/// A cause of another part of the stack.
fn wrong(lesson: &Lesson) -> (&'static str, &'static str) {
    let all = [("queue", "queue"), ("credentials", "http.auth")];
    let part = |cause: &str| cause.split('/').next().unwrap().to_owned();
    let free = all.into_iter().find(|(name, _)| lesson.causes().all(|cause| part(cause) != *name));
    free.unwrap()
}

/// Plays it; tells the points.
pub(crate) fn play(lesson: &Lesson) -> i64 {
    let mut exercise = Exercise::begin(lesson);
    exercise.until("[FIRST_FAIL]");
    let said = exercise.said();
    let (_, alert) = said.split_once("[FIRST_FAIL] ").unwrap();
    let check = alert.split_whitespace().next().unwrap();
    exercise.ask(&format!("ack {check}"), "acknowledged: ");
    exercise.ask("declare", "an incident is declared");
    let (component, fault) = wrong(lesson);
    exercise.ask(&format!("diagnose {component} {fault}"), "told in the debrief");
    for treatment in &lesson.treatments {
        exercise.ask(&format!("act {}", treatment.tool), &format!("{}: ", treatment.tool));
    }
    exercise.until("[RECOVERED]");
    exercise.ask("resolved", "the exercise is over");
    let record = exercise.record();
    let (diagnosis, of) = record.part("diagnosis");
    assert_eq!((diagnosis, of), (0, 30), "a wrong one is worth nothing\n{}", record.said);
    assert!(record.value["score"]["diagnose"].is_null(), "{}", record.said);
    assert!(record.points("score") <= 100 - of, "{}", record.said);
    record.points("score")
}
