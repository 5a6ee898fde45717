//! no-false-alarm.

use super::*;

fn alarm() -> Played {
    run(10 * M).alert(2 * M + 20 * S, 7, API, "first_fail")
}

fn bad_at(played: Played, times: &[Ms]) -> Played {
    times.iter().fold(played, |played, at| played.answer(*at, Truth::Bad, "503"))
}

#[test]
fn an_alarm_with_as_many_bad_answers_as_attempts_is_right() {
    let played = bad_at(alarm(), &[2 * M, 2 * M + 10 * S, 2 * M + 20 * S]);
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), FINE);
}

#[test]
fn an_alarm_with_fewer_bad_answers_is_false() {
    let played =
        bad_at(alarm(), &[2 * M, 2 * M + 10 * S]).answer(2 * M + 20 * S, Truth::Good, "200");
    let said = "at 2m20s: first_fail for api-availability after 2 bad answers, not 3 \
                (the mock app had answered: 200)";
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), [said]);
}

#[test]
fn answers_that_nobody_can_judge_are_no_proof_of_a_false_alarm() {
    let times = [2 * M, 2 * M + 10 * S, 2 * M + 20 * S];
    let unsure = |played: Played, at: &Ms| played.answer(*at, Truth::Unsure, "a redirect");
    let played = times.iter().fold(alarm(), unsure);
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), FINE);
}

#[test]
fn bad_answers_of_another_cycle_do_not_count() {
    let played = bad_at(alarm(), &[M, M + 10 * S, M + 20 * S]);
    let said = "at 2m20s: first_fail for api-availability after 0 bad answers, not 3 \
                (the mock app had answered: 503)";
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), [said]);
}

#[test]
fn an_all_clear_needs_a_good_answer() {
    let told = |verdict, why| {
        let played = run(10 * M).alert(6 * M, 9, API, "recovered").answer(6 * M, verdict, why);
        broken(Invariant::NoFalseAlarm, "", &played)
    };
    assert_eq!(told(Truth::Good, "200"), FINE);
    assert_eq!(told(Truth::Slow, "1200 ms"), FINE);
    let said = "at 6m: recovered for api-availability although the last answer was bad \
                (the mock app had answered: 503)";
    assert_eq!(told(Truth::Bad, "503"), [said]);
}

#[test]
fn where_nobody_listened_on_the_wire_nothing_is_said() {
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &alarm()), FINE);
}

#[test]
fn a_missed_deadline_that_is_told_as_a_failure_needs_no_bad_answer() {
    let told = |name: &str, reason: &str| {
        let details = json!({"reason": reason});
        let cycle = json!({
            "name": name, "type": "job", "status": "FAIL", "prev": "OK", "severity": "P1",
            "latency_ms": 1, "attempts": 1, "details": details, "job": null,
        });
        let played = run(10 * M).answer(2 * M, Truth::Good, "running");
        let played = played.event(6 * M, "check", &cycle).alert(6 * M, 7, name, "first_fail");
        broken(Invariant::NoFalseAlarm, "", &played)
    };
    assert_eq!(told("short", "missed deadline 5 min after its start"), FINE);
    let said = "at 6m: first_fail for short after 0 bad answers, not 1 \
                (the mock app had answered: nothing)";
    assert_eq!(told("short", "job 7 running"), [said]);
}
