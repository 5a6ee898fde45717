//! What the world itself finds wrong with the files is passed on, each under its own name.

use super::*;
use crate::{played::Breach, verdict::Verdict};

const OF_THE_WORLD: [Invariant; 5] = [
    Invariant::JournalPrefix,
    Invariant::StateIsFold,
    Invariant::MailEventuallyOnce,
    Invariant::Deterministic,
    Invariant::SimEqualsLive,
];

fn breached(invariant: Invariant) -> Played {
    let breach = Breach { invariant: invariant.word(), at: 3 * M, what: "it is so".to_owned() };
    Played { breaches: vec![breach], ..run(10 * M) }
}

#[test]
fn a_breach_is_passed_on_under_its_invariant_and_under_no_other() {
    for invariant in OF_THE_WORLD {
        let played = breached(invariant);
        assert_eq!(broken(invariant, "", &run(10 * M)), FINE);
        assert_eq!(broken(invariant, "", &played), ["at 3m: it is so"]);
        for other in Invariant::ALL.into_iter().filter(|other| *other != invariant) {
            assert_eq!(broken(other, "", &played), FINE);
        }
    }
}

#[test]
fn a_breach_fails_the_run_unless_its_invariant_is_not_asked_for() {
    for invariant in OF_THE_WORLD {
        let played = breached(invariant);
        let judged = super::super::judge(&scenario(""), &played);
        assert_eq!(judged.verdict, Verdict::Fail);
        assert_eq!(judged.findings[0].rule, invariant.word());
        let without = scenario(&format!("always: {{except: [{}]}}", invariant.word()));
        assert_eq!(super::super::judge(&without, &played).verdict, Verdict::Pass);
    }
}

#[test]
fn a_run_that_could_not_be_played_proves_nothing_whatever_else_is_wrong() {
    let why = Some("the port is taken".to_owned());
    let played = Played { inconclusive: why, ..breached(Invariant::StateIsFold) };
    let judged = super::super::judge(&scenario(""), &played);
    assert_eq!(judged.verdict, Verdict::Inconclusive);
    assert_eq!(judged.findings.len(), 1);
    assert_eq!(judged.findings[0].message, "the port is taken");
}

#[test]
fn a_step_that_could_not_be_done_fails_the_run() {
    let notes = vec![(5 * M, "the edit was refused".to_owned())];
    let judged = super::super::judge(&scenario(""), &Played { notes, ..run(10 * M) });
    assert_eq!(judged.verdict, Verdict::Fail);
    assert_eq!(judged.findings[0].message, "at 5m: the edit was refused");
}
