//! alternation.

use super::*;

/// Failing from 2m to 6m, with the states that belong to it.
fn outage() -> Played {
    run(10 * M).check(0, API, "OK").check(2 * M, API, "FAIL").check(6 * M, API, "OK")
}

#[test]
fn problem_and_recovery_in_turn_are_fine() {
    let played = outage().alert(2 * M, 3, API, "first_fail").alert(6 * M, 5, API, "recovered");
    let played = played.alert(7 * M, 7, API, "first_fail").alert(8 * M, 9, API, "recovered");
    assert_eq!(broken(Invariant::Alternation, "", &played), FINE);
}

#[test]
fn a_second_problem_without_a_recovery_in_between_is_caught() {
    let played = outage().alert(2 * M, 3, API, "first_fail").alert(3 * M, 4, API, "first_fail");
    let played = played.alert(6 * M, 5, API, "recovered");
    let said = "at 3m: a second first_fail for api-availability on email:ops@example.test, \
                with no recovered in between (the first came at 2m)";
    assert_eq!(broken(Invariant::Alternation, "", &played), [said]);
}

#[test]
fn a_copy_with_the_same_key_is_no_second_problem() {
    let played = outage().alert(2 * M, 3, API, "first_fail");
    let played =
        played.receipt(3 * M, 3, 2 * M, API, "first_fail").alert(6 * M, 5, API, "recovered");
    assert_eq!(broken(Invariant::Alternation, "", &played), FINE);
}

#[test]
fn a_recovery_that_comes_first_is_caught() {
    let played = outage().alert(6 * M, 5, API, "recovered");
    let said = "at 6m: recovered for api-availability on email:ops@example.test, \
                where no problem had been announced";
    assert_eq!(broken(Invariant::Alternation, "", &played), [said]);
}

#[test]
fn a_second_recovery_is_caught() {
    let played = outage().alert(2 * M, 3, API, "first_fail").alert(6 * M, 5, API, "recovered");
    assert_eq!(
        broken(Invariant::Alternation, "", &played.alert(7 * M, 6, API, "recovered")).len(),
        1
    );
}

#[test]
fn a_problem_that_is_never_taken_back_is_caught() {
    let played = outage().alert(2 * M, 3, API, "first_fail");
    let said = "at 6m: the first_fail for api-availability of 2m on email:ops@example.test was never \
                taken back (api-availability is OK since 6m)";
    assert_eq!(broken(Invariant::Alternation, "", &played), [said]);
}

#[test]
fn a_problem_that_still_holds_or_whose_end_has_just_come_need_not_be_taken_back() {
    let still = run(10 * M).check(0, API, "OK").check(2 * M, API, "FAIL");
    let still = still.alert(2 * M, 3, API, "first_fail");
    assert_eq!(broken(Invariant::Alternation, "", &still), FINE);
    let just = Played { end: 8 * M, ..outage().alert(2 * M, 3, API, "first_fail") };
    assert_eq!(broken(Invariant::Alternation, "", &just), FINE);
    let later = Played { end: 8 * M + 1, ..just };
    assert_eq!(broken(Invariant::Alternation, "", &later).len(), 1);
}

#[test]
fn a_mail_server_that_is_down_puts_off_the_end_of_the_story() {
    let played = outage().alert(2 * M, 3, API, "first_fail");
    let played = played.fault("mail.refuse", Realm::Mail, 5 * M, Some(9 * M));
    assert_eq!(broken(Invariant::Alternation, "", &played), FINE);
}

#[test]
fn who_died_with_a_broken_disk_may_tell_again_what_was_not_written() {
    let told = |kind: &str, down: bool| {
        let played = outage().fault(kind, Realm::Disk, M, Some(5 * M));
        let played = if down { played.down(3 * M, 4 * M) } else { played };
        let played = played.alert(2 * M, 3, API, "first_fail").alert(4 * M, 4, API, "first_fail");
        broken(Invariant::Alternation, "", &played.alert(6 * M, 5, API, "recovered")).len()
    };
    assert_eq!((told("disk.full", true), told("disk.full", false)), (0, 1));
    assert_eq!(told("disk.slow", true), 1);
}
