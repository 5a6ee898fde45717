//! remedy-rate.

use super::*;

fn runs(times: &[Ms]) -> Played {
    times.iter().fold(run(3 * H), |played, at| played.action(*at, "STARTED").action(*at, "OK"))
}

fn posted(mut played: Played, times: &[Ms]) -> Played {
    played.posts = times.iter().map(|at| (*at, "/admin/reset".to_owned())).collect();
    played
}

#[test]
fn the_budget_may_be_spent_and_is_whole_again_after_an_hour() {
    let played = runs(&[M, 2 * M, 3 * M, 4 * M, M + H]);
    assert_eq!(broken(Invariant::RemedyRate, "", &played), FINE);
}

#[test]
fn one_more_within_an_hour_is_caught() {
    let played = runs(&[M, 2 * M, 3 * M, 4 * M, M + H - 1]);
    let label = played.config.as_ref().unwrap().checks[0].actions[0].label.clone();
    let said = format!(
        "at 1h59s999ms: {label} of api-availability ran 5 times within an hour; its budget is 4"
    );
    assert_eq!(broken(Invariant::RemedyRate, "", &played), [said]);
}

#[test]
fn a_run_that_was_skipped_spends_nothing() {
    let played = runs(&[M, 2 * M, 3 * M, 4 * M]).action(5 * M, "SKIPPED");
    assert_eq!(broken(Invariant::RemedyRate, "", &played), FINE);
}

#[test]
fn a_remedy_that_the_journal_does_not_know_is_caught() {
    assert_eq!(broken(Invariant::RemedyRate, "", &posted(runs(&[M]), &[M])), FINE);
    let said = "at 3m: the mock app saw 2 remedies, the journal knows of 1";
    assert_eq!(broken(Invariant::RemedyRate, "", &posted(runs(&[M]), &[M, 3 * M])), [said]);
}

#[test]
fn a_remedy_is_caught_where_actions_are_off() {
    let said = "at 1m: POST /admin/reset came although actions are off";
    let played = posted(runs(&[M]), &[M]);
    assert_eq!(broken(Invariant::RemedyRate, "flags: [--no-actions]", &played), [said]);
}
