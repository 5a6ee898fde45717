//! no-missed-outage, detect-bound, recover-bound.

use super::*;

/// Bad for everybody from 2m until 6m.
fn outage() -> Played {
    let run = run(10 * M).check(0, API, "OK").truth(0, Truth::Good, "200");
    run.truth(2 * M, Truth::Bad, "503").truth(6 * M, Truth::Good, "200")
}

#[test]
fn an_outage_that_was_found_is_not_missed() {
    let played = outage().check(2 * M + 20 * S, API, "FAIL").check(6 * M, API, "OK");
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), FINE);
}

#[test]
fn an_outage_that_nobody_found_is_missed() {
    let said = "at 2m: an outage of api-availability that lasted 4m was never found \
                (everybody else was answered: 503)";
    assert_eq!(broken(Invariant::NoMissedOutage, "", &outage()), [said]);
}

#[test]
fn an_outage_as_short_as_the_bound_may_be_missed_and_a_longer_one_not() {
    let lasting = |length: Ms| {
        let run = run(10 * M).check(0, API, "OK").truth(0, Truth::Good, "200");
        let run = run.truth(2 * M, Truth::Bad, "503").truth(2 * M + length, Truth::Good, "200");
        broken(Invariant::NoMissedOutage, "", &run).len()
    };
    // 55 s, and one for rounding.
    assert_eq!((lasting(56 * S), lasting(56 * S + 1)), (0, 1));
}

#[test]
fn an_outage_may_be_missed_while_the_checker_is_down() {
    let played = outage().down(2 * M + 30 * S, 5 * M + 30 * S);
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), FINE);
    // With what is left long enough, it may not.
    let played = outage().down(2 * M + 30 * S, 4 * M);
    let said = "at 4m: an outage of api-availability that lasted 2m was never found \
                (everybody else was answered: 503)";
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), [said]);
}

#[test]
fn an_answer_that_depends_on_a_draw_is_no_outage() {
    let run = run(10 * M).check(0, API, "OK").truth(0, Truth::Good, "200");
    let played = run.truth(2 * M, Truth::Unsure, "503").truth(8 * M, Truth::Slow, "1200 ms");
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), FINE);
}

#[test]
fn an_outage_is_found_in_time_up_to_the_bound_and_late_after_it() {
    let found = |after: Ms| {
        let played = outage().check(2 * M + after, API, "FAIL");
        broken(Invariant::DetectBound, "", &played)
    };
    assert_eq!(found(56 * S), FINE);
    let said =
        "at 2m56s1ms: api-availability was FAIL 56s1ms after its outage began; the bound is 55s";
    assert_eq!(found(56 * S + 1), [said]);
}

#[test]
fn a_checker_that_comes_back_has_the_whole_bound_from_then_on() {
    let found = |at: Ms| {
        let played = outage().down(M, 4 * M).check(at, API, "FAIL");
        broken(Invariant::DetectBound, "", &played).len()
    };
    assert_eq!((found(4 * M + 56 * S), found(4 * M + 57 * S)), (0, 1));
}

#[test]
fn the_end_of_an_outage_is_found_in_time_up_to_the_bound_and_late_after_it() {
    let back = |after: Ms| {
        let played = outage().check(2 * M + 20 * S, API, "FAIL").check(6 * M + after, API, "OK");
        broken(Invariant::RecoverBound, "", &played)
    };
    assert_eq!(back(36 * S), FINE);
    assert_eq!(
        back(36 * S + 1),
        ["at 6m36s: api-availability is still FAIL 35s after its outage ended"]
    );
}

#[test]
fn nobody_has_to_see_a_recovery_while_the_checker_is_down_or_after_the_run() {
    let failing = outage().check(2 * M + 20 * S, API, "FAIL");
    assert_eq!(broken(Invariant::RecoverBound, "", &failing).len(), 1);
    let down = failing.clone().down(6 * M, 6 * M + S);
    assert_eq!(broken(Invariant::RecoverBound, "", &down), FINE);
    let over = Played { end: 6 * M + 35 * S, ..failing };
    assert_eq!(broken(Invariant::RecoverBound, "", &over), FINE);
}

#[test]
fn answers_that_change_between_good_and_slow_are_a_recovery_all_the_same() {
    let mut played = outage().check(2 * M + 20 * S, API, "FAIL");
    for n in 1..12 {
        let verdict = if n % 2 == 1 { Truth::Slow } else { Truth::Good };
        played = played.truth(6 * M + n * 20 * S, verdict, "200");
    }
    let said = "at 6m36s: api-availability is still FAIL 35s after its outage ended";
    assert_eq!(broken(Invariant::RecoverBound, "", &played), [said]);
}
