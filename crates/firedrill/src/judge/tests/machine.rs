//! What the modelled machine saw, held against what the checker said of it.

use super::*;

const MACHINE: &str = r#"
global: {timezone: UTC}
checks:
  - {name: web, type: systemd, unit: nginx, on_fail: {actions: [{type: restart}]}}
  - {name: shop, type: service, unit: shop, port: 8000, auto_restart: false}
  - {name: gateway, type: log_heartbeat, max_age_minutes: 5}
  - {name: feed, type: log_heartbeat, file: feed.log}
  - {name: workers, type: process, match: worker}
  - {name: disk, type: command, argv: [check_disk], nagios: true}
"#;

const ALL: [&str; 5] = ["web", "shop", "gateway", "workers", "disk"];

fn watched(end: Ms) -> Played {
    let none = |_: &str| None;
    let source = Source { file: "checks.yaml", text: MACHINE };
    Played { config: Some(Arc::new(parse(source, &none).unwrap().config)), ..run(end) }
}

fn sample(at: Ms, verdict: Truth) -> Sample {
    Sample { at, until: at, verdict, why: "it".to_owned() }
}

fn answered(mut played: Played, name: &str, samples: &[(Ms, Truth)]) -> Played {
    let samples = samples.iter().map(|(at, verdict)| sample(*at, *verdict)).collect();
    played.answers.insert(name.to_owned(), samples);
    played
}

fn seen(mut played: Played, name: &str, samples: &[(Ms, Truth)]) -> Played {
    let samples = samples.iter().map(|(at, verdict)| sample(*at, *verdict)).collect();
    played.truth.insert(name.to_owned(), samples);
    played
}

#[test]
fn an_alarm_about_a_machine_that_answered_well_is_false() {
    for name in ALL {
        let said = |verdict| {
            let played = answered(watched(10 * M), name, &[(2 * M, verdict)]);
            broken(Invariant::NoFalseAlarm, "", &played.alert(2 * M, 7, name, "first_fail"))
        };
        assert_eq!(said(Truth::Bad), FINE, "{name}");
        let false_one = format!("at 2m: first_fail for {name} after 0 bad answers, not 1");
        for verdict in [Truth::Good, Truth::Slow] {
            assert!(said(verdict)[0].starts_with(&false_one), "{:?}", said(verdict));
        }
    }
}

#[test]
fn an_alarm_where_nobody_could_be_asked_is_false() {
    let played = answered(watched(10 * M), "web", &[(2 * M, Truth::Blind)]);
    let said =
        "at 2m: first_fail for web after 0 bad answers, not 1 (the machine had answered: it)";
    let played = played.alert(2 * M, 7, "web", "first_fail");
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), [said]);
}

#[test]
fn an_all_clear_needs_that_every_part_was_seen_to_be_well() {
    let said = |parts: &[(Ms, Truth)]| {
        let played = answered(watched(10 * M), "shop", parts).alert(6 * M, 9, "shop", "recovered");
        broken(Invariant::NoFalseAlarm, "", &played).len()
    };
    assert_eq!(said(&[(5 * M, Truth::Bad), (6 * M, Truth::Good), (6 * M, Truth::Good)]), 0);
    assert_eq!(said(&[(6 * M, Truth::Bad), (6 * M, Truth::Good)]), 1);
    assert_eq!(said(&[(6 * M, Truth::Good), (6 * M, Truth::Blind)]), 1);
}

#[test]
fn who_reads_a_file_is_not_noted_and_nothing_is_said_of_it() {
    let played = answered(watched(10 * M), "web", &[(0, Truth::Good)]);
    let played = played.alert(2 * M, 7, "feed", "first_fail");
    assert_eq!(broken(Invariant::NoFalseAlarm, "", &played), FINE);
}

#[test]
fn an_outage_of_the_machine_that_nobody_found_is_missed() {
    for name in ALL.iter().chain(&["feed"]) {
        let samples = [(0, Truth::Good), (2 * M, Truth::Bad), (6 * M, Truth::Good)];
        let played = seen(watched(10 * M), name, &samples);
        let missed = broken(Invariant::NoMissedOutage, "", &played.clone().check(0, name, "OK"));
        let said = format!(
            "at 2m: an outage of {name} that lasted 4m was never found \
             (everybody else was answered: it)"
        );
        assert_eq!(missed, [said]);
        let found = played.check(0, name, "OK").check(2 * M + 10 * S, name, "FAIL");
        assert_eq!(broken(Invariant::NoMissedOutage, "", &found), FINE);
    }
}

#[test]
fn what_a_log_says_of_its_age_proves_nothing_under_a_wrong_clock() {
    let samples = [(0, Truth::Good), (2 * M, Truth::Bad), (6 * M, Truth::Good)];
    let played = seen(watched(10 * M), "gateway", &samples).check(0, "gateway", "OK");
    let played = played.fault("clock.step", Realm::Clock, M, Some(M));
    assert_eq!(broken(Invariant::NoMissedOutage, "", &played), FINE);
}

#[test]
fn green_where_nobody_could_be_asked_is_no_recovery() {
    let samples = [(2 * M, Truth::Bad), (4 * M, Truth::Blind)];
    let played = seen(watched(10 * M), "web", &samples);
    let played = played.check(2 * M, "web", "FAIL").check(4 * M, "web", "UNKNOWN");
    assert_eq!(broken(Invariant::RecoverBound, "", &played), FINE);
}

#[test]
fn green_while_nobody_could_be_asked_is_caught_once_the_bound_is_over() {
    let said = |until: Ms, status: &str| {
        let samples = [(0, Truth::Good), (2 * M, Truth::Blind), (until, Truth::Good)];
        let played = seen(watched(10 * M), "web", &samples).check(0, "web", "OK");
        broken(Invariant::NoMissedOutage, "", &played.check(2 * M + 10 * S, "web", status))
    };
    assert_eq!(said(5 * M, "UNKNOWN"), FINE);
    assert_eq!(said(2 * M + 40 * S, "OK"), FINE);
    let green = "at 5m: web is OK although nobody could be asked (since 2m: it)";
    assert_eq!(said(5 * M, "OK"), [green]);
}

fn restarted(times: &[Ms], recorded: usize) -> Played {
    let mut played = watched(10 * M);
    for at in &times[..recorded] {
        let fields = json!({"name": "web", "action": "restart nginx", "result": "STARTED"});
        played = played.event(*at, "action", &fields);
    }
    played.restarts = times.iter().map(|at| (*at, "nginx.service".to_owned())).collect();
    played
}

#[test]
fn a_restart_that_the_journal_does_not_know_is_caught() {
    assert_eq!(broken(Invariant::RemedyRate, "", &restarted(&[M], 1)), FINE);
    let said = "at 3m: the machine saw 2 restarts, the journal knows of 1";
    assert_eq!(broken(Invariant::RemedyRate, "", &restarted(&[M, 3 * M], 1)), [said]);
}

#[test]
fn a_restart_is_caught_where_restarts_are_off() {
    for flags in ["flags: [--no-restart]", "flags: [--no-actions]"] {
        let said = "at 1m: nginx.service was restarted although restarts are off";
        assert_eq!(broken(Invariant::RemedyRate, flags, &restarted(&[M], 1)), [said]);
    }
}
