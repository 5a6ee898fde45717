//! Who does everything right at the prompt, and takes something else for the cause.

use crate::{exercise::Exercise, lesson::Lesson};

/// Plays it and names that cause; tells the points. It is worth so many of those for a diagnosis.
pub(crate) fn play(lesson: &Lesson, cause: &str, worth: i64) -> i64 {
    assert!(lesson.causes().all(|right| right != cause), "{cause} is right");
    let mut exercise = Exercise::begin(lesson);
    exercise.until("[FIRST_FAIL]");
    let said = exercise.said();
    let (_, alert) = said.split_once("[FIRST_FAIL] ").unwrap();
    let check = alert.split_whitespace().next().unwrap();
    exercise.ask(&format!("ack {check}"), "acknowledged: ");
    exercise.ask("declare", "an incident is declared");
    exercise.ask(&format!("diagnose {}", cause.replace('/', " ")), "told in the debrief");
    for treatment in &lesson.treatments {
        exercise.ask(&format!("act {}", treatment.tool), &format!("{}: ", treatment.tool));
    }
    exercise.until("[RECOVERED]");
    exercise.ask("resolved", "the exercise is over");
    let record = exercise.record();
    assert_eq!(record.part("diagnosis"), (worth, 30), "{}", record.said);
    assert!(record.value["score"]["diagnose"].is_null(), "{}", record.said);
    assert_eq!(record.part("closing").0, 10, "all the rest is right\n{}", record.said);
    assert!(record.part("mitigation").0 > 0, "all the rest is right\n{}", record.said);
    assert!(record.points("score") <= 70 + worth, "{}", record.said);
    record.points("score")
}
