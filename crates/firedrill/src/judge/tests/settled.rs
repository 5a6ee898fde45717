//! settles.

use super::*;

/// The fault is over at 6m, and the check is still red at 8m.
fn red() -> Played {
    run(20 * M).outage(2 * M, 6 * M).check(0, API, "OK").check(2 * M, API, "FAIL")
}

#[test]
fn a_check_that_is_back_when_settle_is_over_is_fine() {
    assert_eq!(broken(Invariant::Settles, "", &red().check(8 * M, API, "OK")), FINE);
}

#[test]
fn a_check_that_comes_back_later_is_caught() {
    let played = red().check(8 * M + 1, API, "OK");
    let said = "at 8m: api-availability is FAIL, 2m after the last trouble ended";
    assert_eq!(broken(Invariant::Settles, "", &played), [said]);
    assert_eq!(broken(Invariant::Settles, "settle: 2m1s", &played), FINE);
}

#[test]
fn a_warning_is_not_settled_and_a_check_that_never_ran_is() {
    let played = run(20 * M).outage(2 * M, 6 * M).check(0, API, "WARN");
    let said = "at 8m: api-availability is WARN, 2m after the last trouble ended";
    assert_eq!(broken(Invariant::Settles, "", &played), [said]);
    assert_eq!(broken(Invariant::Settles, "", &run(20 * M).outage(2 * M, 6 * M)), FINE);
}

#[test]
fn a_check_that_turns_red_again_is_caught() {
    let played = red().check(7 * M, API, "OK").check(9 * M, API, "FAIL").check(10 * M, API, "OK");
    let said = "at 9m: api-availability is FAIL, 3m after the last trouble ended";
    assert_eq!(broken(Invariant::Settles, "", &played), [said]);
}

#[test]
fn a_death_without_a_fault_must_settle_too() {
    let played = run(20 * M).down(2 * M, 3 * M).check(0, API, "OK").check(4 * M, API, "FAIL");
    let said = "at 5m: api-availability is FAIL, 2m after the last trouble ended";
    assert_eq!(broken(Invariant::Settles, "", &played), [said]);
}

#[test]
fn a_killed_checker_has_the_time_from_when_it_is_back() {
    let played = red().down(5 * M, 7 * M).check(9 * M, API, "OK");
    assert_eq!(broken(Invariant::Settles, "", &played), FINE);
}

#[test]
fn nothing_need_settle_without_a_fault_or_under_one_or_before_the_time_is_over() {
    let none = Played { faults: Vec::new(), ..red() };
    let still = red().fault("db", Realm::App, 3 * M, None);
    let short = Played { end: 8 * M - 1, ..red() };
    for played in [none, still, short] {
        assert_eq!(broken(Invariant::Settles, "", &played), FINE);
    }
}

#[test]
fn what_the_scenario_expects_itself_need_not_settle() {
    let state = "expect:\n  state: [{at: 9m, check: api-availability, is: FAIL}]";
    let alert = "expect:\n  alerts: [{check: api-availability, event: first_fail}]";
    for lines in [state, alert] {
        assert_eq!(broken(Invariant::Settles, lines, &red()), FINE, "{lines}");
    }
}

#[test]
fn what_the_scenario_expects_to_recover_must_settle() {
    let early = "expect:\n  state: [{at: 5m, check: api-availability, is: FAIL}]";
    let both = "expect:\n  alerts: [{check: api-availability, event: first_fail}, \
                {check: api-availability, event: recovered}]";
    let other = "expect:\n  state: [{at: 9m, check: nightly, is: FAIL}]";
    for lines in [early, both, other] {
        assert_eq!(broken(Invariant::Settles, lines, &red()).len(), 1, "{lines}");
    }
}

#[test]
fn a_check_that_was_taken_out_need_not_settle() {
    let played = red().event(7 * M, "check_removed", &json!({"name": API}));
    assert_eq!(broken(Invariant::Settles, "", &played), FINE);
}

#[test]
fn a_job_that_missed_its_deadline_has_the_time_from_when_it_is_run_again() {
    let red = |steps: &str| {
        let mut played = run(4 * H).fault("job", Realm::App, M, Some(H));
        played.steps.insert("again".to_owned(), (3 * H, Some(3 * H)));
        let played = played.check(0, "nightly", "OK").check(2 * H, "nightly", "FAIL");
        broken(Invariant::Settles, steps, &played.check(3 * H + M, "nightly", "OK"))
    };
    assert_eq!(red("timeline: [{id: again, at: 3h, run_job: nightly}]"), FINE);
    let said = "at 2h: nightly is FAIL, 1h after the last trouble ended";
    assert_eq!(red("timeline: [{id: again, at: 3h, restart: checker}]"), [said]);
}
