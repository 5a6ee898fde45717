//! no-missed-outage and no-false-alarm for what calls in.

use super::*;
use crate::world::Beat;

const CALLS: &str = "checks:\n  - {name: backup, type: push, token: backup-token-0123456789, every: 5m, grace: 1m, \
                     interval_s: 30}\n";

/// A run in which the thing called at these seconds; those below zero found nobody there.
fn calls(end: Ms, seconds: &[Ms]) -> Played {
    let none = |_: &str| None;
    let config = parse(Source { file: "checks.yaml", text: CALLS }, &none).unwrap().config;
    let beat = |at: &Ms| Beat {
        check: "backup".to_owned(),
        at: at.abs() * S,
        status: if *at < 0 { 0 } else { 200 },
    };
    let beats = seconds.iter().map(beat).collect();
    Played { end, config: Some(Arc::new(config)), beats, ..Played::default() }
}

#[test]
fn a_silence_longer_than_allowed_must_be_found() {
    let played = calls(12 * M, &[7, 307]);
    let said = "at 11m38s: backup was silent for 6m53s and was not FAIL";
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), [said]);
    let found = played.check(11 * M + 30 * S, "backup", "FAIL");
    assert_eq!(broken(Invariant::NoMissedOutage, "", &found), FINE);
    let in_time = calls(12 * M, &[7, 307, 660]);
    assert_eq!(broken(Invariant::NoMissedOutage, "", &in_time), FINE);
}

#[test]
fn a_silence_within_what_is_allowed_is_no_alarm() {
    let told = |played: Played| {
        broken(Invariant::NoFalseAlarm, "", &played.alert(11 * M, 7, "backup", "first_fail"))
    };
    let said = "at 11m: first_fail for backup after 5m53s of silence (6m are allowed, and in part \
                of it nobody was there)";
    assert_eq!(told(calls(20 * M, &[7, 307])), [said]);
    assert_eq!(told(calls(20 * M, &[7])), FINE);
}

#[test]
fn what_found_nobody_there_had_called_all_the_same() {
    let alarm = |played: Played| {
        let played = played.alert(17 * M, 7, "backup", "first_fail");
        broken(Invariant::NoFalseAlarm, "", &played).len()
    };
    assert_eq!(alarm(calls(20 * M, &[7, 307, -607, -907]).down(10 * M, 16 * M)), 1);
    assert_eq!(alarm(calls(20 * M, &[7, 307]).down(10 * M, 10 * M + 5 * S)), 0);
}
