//! What playing well, badly or not at all is worth.

use super::desk::{BAD_RELEASE, Exercise, Played, QUIET};

fn figure(played: &Played, who: &str, name: &str) -> f64 {
    played.record()[who][name].as_f64().unwrap()
}

#[test]
fn who_does_nothing_scores_what_nobody_there_scores() {
    let played = Exercise::begin(BAD_RELEASE, &["--minutes=4"]).end();
    let record = played.record();
    assert_eq!(played.status.code(), Some(0), "{}", played.said);
    assert_eq!(record["ending"], "time_up");
    assert_eq!(record["score"]["points"], record["nobody"]["points"]);
    let pain = |who| figure(&played, who, "pain_minutes");
    assert!(pain("nobody") > 1.0, "{record:#}");
    assert!((pain("score") - pain("nobody")).abs() < 0.3, "{record:#}");
    assert_eq!(record["causes"][0]["fault"], "app.deploy_bad");
}

/// Plays the outage as it should be played.
fn well() -> Played {
    let mut exercise = Exercise::begin(BAD_RELEASE, &["--minutes=10"]);
    exercise.until("[FIRST_FAIL]");
    exercise.ask("ack api", "acknowledged: [P1][FIRST_FAIL] api");
    exercise.ask("declare", "an incident is declared");
    exercise.ask("diagnose api app.deploy_bad", "told in the debrief");
    exercise.ask("act rollback-deploy", "under way; done in 30 s");
    exercise.until("[RECOVERED] api");
    exercise.type_in("resolved");
    exercise.end()
}

/// Plays it badly: the wrong cause, tools that do not help, and home before it is over.
fn badly() -> Played {
    let mut exercise = Exercise::begin(BAD_RELEASE, &["--minutes=10"]);
    exercise.until("[FIRST_FAIL]");
    exercise.ask("diagnose db db", "told in the debrief");
    exercise.ask("act restart-db", "restart-db: ");
    exercise.ask("act restart-api", "restart-api: ");
    exercise.ask("hint", "Look at the time.");
    exercise.type_in("resolved");
    exercise.end()
}

#[test]
fn the_same_incident_is_worth_more_when_it_is_played_well() {
    let (good, bad) = (well(), badly());
    assert!(good.points() > 80, "{}", good.said);
    assert!(bad.points() < 20, "{}", bad.said);
    assert_eq!(good.record()["causes"], bad.record()["causes"], "it is the same incident");
    let pain = |played: &Played| figure(played, "nobody", "pain_minutes");
    assert_eq!(pain(&good), pain(&bad), "it is the same incident");
    let worth = |played: &Played, nth: usize| played.record()["operations"][nth]["worth"].clone();
    assert_eq!(worth(&good, 0), "helped", "{}", good.said);
    assert_ne!(worth(&bad, 0), "helped", "{}", bad.said);
    assert_eq!(worth(&bad, 1), "harmful", "{}", bad.said);
    assert_eq!(good.why("diagnosis").0, 30, "{}", good.said);
    assert_eq!(bad.why("diagnosis").0, 0, "{}", bad.said);
    assert_eq!(good.record()["ending"], "resolved");
    for file in ["debrief.html", "postmortem.md"] {
        assert!(good.folder.join(file).exists(), "{file} is missing");
    }
}

#[test]
fn on_a_quiet_day_keeping_calm_wins_and_an_incident_loses() {
    let calm = {
        let mut exercise = Exercise::begin(QUIET, &["--minutes=3"]);
        exercise.ask("status", "0:");
        exercise.end()
    };
    let nervous = {
        let mut exercise = Exercise::begin(QUIET, &["--minutes=3"]);
        exercise.ask("declare", "an incident is declared");
        exercise.type_in("leave");
        exercise.end()
    };
    assert_eq!(calm.points(), 100, "{}", calm.said);
    assert!(nervous.points() < 60, "{}", nervous.said);
    assert_eq!(calm.record()["causes"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_done_is_said_and_not_written_down() {
    let mut exercise = Exercise::begin(QUIET, &["--minutes=20"]);
    for (line, answer) in [
        ("reboot", "there is no command `reboot`"),
        ("ack web", "there is no check `web`; there are: api, db"),
        ("ack api", "no alert about api has arrived"),
        ("act restart-moon", "there is no tool `restart-moon`; there are: restart-api"),
        ("diagnose moon db", "there is no component `moon`; there are: api"),
        ("diagnose db moon", "db has no fault `moon`; it has: db"),
        ("hint", "there are no more hints"),
    ] {
        exercise.ask(line, answer);
    }
    exercise.type_in("leave");
    let played = exercise.end();
    assert_eq!(played.record()["done"].as_array().unwrap().len(), 1, "{}", played.said);
    assert_eq!(played.record()["done"][0]["by"], "Ada");
}
