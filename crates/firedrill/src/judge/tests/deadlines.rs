//! deadline-once.

use super::*;

fn miss(played: Played, at: Ms, id: u64, name: &str) -> Played {
    played.alert(at, id, name, "deadline_miss")
}

#[test]
fn one_miss_a_day_is_fine_and_two_are_not() {
    let once = miss(miss(run(50 * H), 2 * H, 3, "nightly"), 26 * H, 9, "nightly");
    assert_eq!(broken(Invariant::DeadlineOnce, "", &once), FINE);
    let twice = miss(once, 27 * H, 11, "nightly");
    let said = "at 1d3h: a second deadline_miss for nightly in the window 2026-01-02";
    assert_eq!(broken(Invariant::DeadlineOnce, "", &twice), [said]);
}

#[test]
fn one_miss_a_job_is_fine_and_two_are_not() {
    let following =
        |played: Played, at: Ms, id: &str| played.job(at, "short", "FAIL", &json!({"id": id}));
    let first = miss(following(run(H), M, "job-1"), 6 * M, 3, "short");
    let once = miss(following(first.clone(), 10 * M, "job-2"), 16 * M, 5, "short");
    assert_eq!(broken(Invariant::DeadlineOnce, "", &once), FINE);
    let said = "at 16m: a second deadline_miss for short in the window job-1";
    assert_eq!(broken(Invariant::DeadlineOnce, "", &miss(first, 16 * M, 5, "short")), [said]);
}
