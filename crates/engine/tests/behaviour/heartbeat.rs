//! The heartbeat in a log: exact words, what counts as the newest, zones, and when a restart may be.

use std::time::Duration;

use engine::{
    Check, Config, Mono, Now, Status, Timestamp,
    board::{Board, Entry},
    config::{Source, parse},
    discrete::{Discrete, World},
    effect::{Delivery, DeliveryError, Mask, Probe, Run, Setup, Switches},
    event::{Event, EventKind},
    judge::judge,
    observation::{LogSeen, Observation},
    outcome::Outcome,
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::support::start;

/// 2025-08-16 15:06:00 in UTC.
const NOW: Timestamp = Timestamp::from_millis(1_755_356_760_000);

fn config(keys: &str, below: &str) -> Config {
    let text = format!(
        "global: {{timezone: UTC}}\nchecks: [{{name: datum-gateway, type: log_heartbeat{keys}}}]{below}"
    );
    parse(Source { file: "checks.yaml", text: &text }, &|_| None).unwrap().config
}

fn check(keys: &str) -> Check {
    (*config(keys, "").checks[0]).clone()
}

fn log(text: &str) -> Observation {
    Observation::Log(LogSeen { text: text.into(), cut: false, absent: None, zone: None })
}

fn judged(check: &Check, text: &str) -> Outcome {
    judge(check, &Entry::default(), &log(text), NOW)
}

/// The line of a heartbeat so many seconds before now; a negative number is in the future.
fn line(seconds_ago: i64, clients: u64) -> String {
    let at = Timestamp::from_millis(NOW.as_millis() - seconds_ago * 1000);
    let local = at.to_jiff().to_zoned(TimeZone::UTC);
    let time = local.strftime("%Y-%m-%d %H:%M:%S.487");
    format!(
        "Aug 16 15:03:54 pi datum_gateway[781961]: {time} [main] INFO: Server stats: {clients} clients / 14.36 Th/s\n"
    )
}

fn says(check: &Check, text: &str) -> String {
    let outcome = judged(check, text);
    format!("[{}] {}", outcome.status, outcome.details.reason)
}

#[test]
fn the_words_are_those_that_operators_know_byte_for_byte() {
    let two = check(", min_clients: 2");
    let cases = [
        (line(174, 2), "[OK] Last heartbeat 2.9 min ago with 2 clients — all good."),
        (line(306, 1), "[WARN] Heartbeat is recent (5.1 min ago) but only 1 clients."),
        (String::new(), "[FAIL] No recent heartbeat found in journal logs."),
        (line(2700, 2), "[FAIL] Last heartbeat was 45.0 min ago (max 30) with 2 clients."),
    ];
    for (text, words) in cases {
        assert_eq!(says(&two, &text), words);
    }
}

#[test]
fn clients_and_minutes_have_their_defaults_and_their_limits() {
    let cases = [
        ("", 300, 1, Status::Ok),
        ("", 300, 0, Status::Warn),
        ("", 29 * 60, 1, Status::Ok),
        ("", 30 * 60, 1, Status::Ok),
        ("", 31 * 60, 1, Status::Fail),
        (", min_clients: 3", 300, 2, Status::Warn),
        (", min_clients: 3", 300, 3, Status::Ok),
        (", min_clients: 0", 300, 0, Status::Ok),
        (", max_age_minutes: 10", 9 * 60, 1, Status::Ok),
        (", max_age_minutes: 10", 11 * 60, 1, Status::Fail),
    ];
    for (keys, seconds, clients, status) in cases {
        let outcome = judged(&check(keys), &line(seconds, clients));
        assert_eq!(outcome.status, status, "{keys} {seconds} {clients}");
        assert_eq!(outcome.retry, status == Status::Fail);
    }
}

#[test]
fn the_newest_of_many_lines_wins_in_any_order_and_garbage_is_ignored() {
    let garbage = "\u{fffd}\u{0}\n-- No entries --\n2025-08-16 15:05:00 Server stats: many clients\n\
                   2025-13-45 99:00:00 Server stats: 9 clients\n\
                   2025-08-16 15:05:00 Server stats: 99999999999999999999999 clients\n";
    let lines = [line(900, 7), garbage.into(), line(120, 3), line(600, 5)];
    let mut reversed = lines.clone();
    reversed.reverse();
    for text in [lines.concat(), reversed.concat()] {
        let said = says(&check(""), &text);
        assert_eq!(said, "[OK] Last heartbeat 2.0 min ago with 3 clients — all good.");
    }
    assert_eq!(says(&check(""), garbage), "[FAIL] No recent heartbeat found in journal logs.");
}

#[test]
fn the_line_is_read_with_and_without_padding() {
    let lines = [
        "datum_gateway[781961]: 2025-08-16 15:03:54.487 [main] INFO: Server stats: 2 clients / 14.36 Th/s",
        "2025-08-16 15:03:54.487 [      main]  INFO: Server stats: 2 clients / 14.36 Th/s",
        "2025-08-16T15:03:54,487 [main] INFO: Server stats:   2 clients",
        "2025-08-16 15:03:54 x Server stats: 2 client",
    ];
    for text in lines {
        let facts = judged(&check(""), text).details.facts;
        assert_eq!(facts["last_heartbeat"], "2025-08-16T15:03:54", "{text}");
        assert_eq!((&facts["minutes_ago"], &facts["clients"]), (&json!(2.1), &json!(2)), "{text}");
        assert_eq!(facts["stale"], false);
    }
}

#[test]
fn without_a_heartbeat_the_facts_are_nulls_and_it_counts_as_stale() {
    let facts = judged(&check(""), "").details.facts;
    let nulls = ["last_heartbeat", "minutes_ago", "clients"].map(|name| facts[name].clone());
    assert_eq!((nulls, &facts["stale"]), ([Value::Null, Value::Null, Value::Null], &json!(true)));
}

#[test]
fn what_is_older_than_the_lookback_is_no_heartbeat_at_all() {
    let words = "[FAIL] No recent heartbeat found in journal logs.";
    assert_eq!(says(&check(""), &line(3700, 2)), words);
    assert_eq!(says(&check(", lookback_minutes: 30"), &line(1900, 2)), words);
    assert!(says(&check(", lookback_minutes: 90"), &line(3700, 2)).contains("61.7 min ago"));
}

#[test]
fn a_clock_that_is_a_little_ahead_is_forgiven_and_one_far_ahead_is_not() {
    let check = check("");
    let fine = "[OK] Last heartbeat 0.0 min ago with 2 clients — all good.";
    assert_eq!(says(&check, &line(-240, 2)), fine);
    let ahead =
        "[FAIL] Last heartbeat has a timestamp in the future (12.0 min ahead) with 2 clients.";
    assert_eq!(says(&check, &line(-720, 2)), ahead);
    // One heartbeat that can be believed is enough, as long as it is recent.
    let both = line(60, 3) + &line(-720, 2);
    assert_eq!(says(&check, &both), "[OK] Last heartbeat 1.0 min ago with 3 clients — all good.");
    let old = line(2000, 3) + &line(-720, 2);
    assert_eq!(says(&check, &old), ahead);
}

#[test]
fn times_without_a_zone_are_of_the_log_then_of_the_check_then_of_the_machine() {
    let lima = TimeZone::get("America/Lima").unwrap();
    let local = "2025-08-16 10:03:00 Server stats: 2 clients";
    let with = |keys: &str, global: &str, zone: Option<TimeZone>| {
        let text = format!("{global}checks: [{{name: a, type: log_heartbeat{keys}}}]");
        let config = parse(Source { file: "checks.yaml", text: &text }, &|_| None).unwrap().config;
        let seen = LogSeen { text: local.into(), cut: false, absent: None, zone };
        judge(&config.checks[0], &Entry::default(), &Observation::Log(seen), NOW)
    };
    let utc = "global: {timezone: UTC}\n";
    for outcome in [
        with(", log_timezone: America/Lima", utc, None),
        with(", timezone: America/Lima", utc, Some(TimeZone::UTC)),
        with("", "global: {timezone: America/Lima}\n", Some(TimeZone::UTC)),
        with("", "", Some(lima)),
    ] {
        let facts = &outcome.details.facts;
        assert_eq!((outcome.status, &facts["minutes_ago"]), (Status::Ok, &json!(3.0)));
        assert_eq!(facts["last_heartbeat"], "2025-08-16T10:03:00");
    }
    assert_eq!(with("", utc, None).status, Status::Fail);
    let zoned = "2025-08-16T17:03:00+02:00 alive, 4 clients";
    let own = check(", pattern: '(?P<time>\\S+) alive, (?P<clients>\\d+) clients'");
    assert_eq!(says(&own, zoned), "[OK] Last heartbeat 3.0 min ago with 4 clients — all good.");
}

#[test]
fn an_hour_that_comes_twice_is_taken_as_the_one_that_fits() {
    let check = check(", log_timezone: Europe/Berlin");
    let text = "2025-10-26 02:30:00 Server stats: 2 clients";
    for (now, ago) in [("2025-10-26T00:33:00Z", 3.0), ("2025-10-26T01:33:00Z", 3.0)] {
        let outcome = judge(&check, &Entry::default(), &log(text), now.parse().unwrap());
        assert_eq!(outcome.details.facts["minutes_ago"], ago, "{now}");
    }
}

#[test]
fn a_file_is_named_where_nothing_was_found_in_it_and_why() {
    let file = check(", file: /var/log/datum.log");
    let found_nothing = |cut, absent: Option<&str>| {
        let absent = absent.map(str::to_owned);
        let seen = LogSeen { text: String::new(), cut, absent, zone: None };
        judge(&file, &Entry::default(), &Observation::Log(seen), NOW).details
    };
    let details = found_nothing(false, None);
    assert_eq!(details.reason, "No recent heartbeat found in /var/log/datum.log.");
    let details = found_nothing(false, Some("there is no such file"));
    assert!(details.reason.ends_with("datum.log: there is no such file."), "{}", details.reason);
    // Not all of it was read, so nothing is restarted for it.
    let details = found_nothing(true, None);
    assert!(details.reason.contains("the newest part of"), "{}", details.reason);
    assert_eq!(details.facts["stale"], false);
}

/// A log that stays as it is, and a note of every run of an action.
struct Log {
    text: String,
    events: Vec<Event>,
    acted: Vec<String>,
}

impl World for Log {
    fn probe(&mut self, _: &Probe, _: Now) -> (Duration, Observation) {
        (Duration::ZERO, log(&self.text))
    }

    fn deliver(&mut self, _: &Delivery, _: Now) -> (Duration, Result<(), DeliveryError>) {
        (Duration::ZERO, Ok(()))
    }

    fn act(&mut self, run: &Run, _: Now) -> (Duration, Result<String, String>) {
        self.acted.push(run.label.clone());
        (Duration::ZERO, Ok("restarted".into()))
    }

    fn record(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
}

/// Two minutes over one log: what was run, and what the journal says of it.
fn two_minutes(keys: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let setup = Setup {
        config: std::sync::Arc::new(config(keys, "")),
        file: "checks.yaml".into(),
        routes: Vec::new(),
        switches: Switches::default(),
        once: None,
        mask: Mask::default(),
    };
    let now = Now { wall: NOW, mono: Mono(0) };
    let log = Log { text: text.into(), events: Vec::new(), acted: Vec::new() };
    let mut run = Discrete::new(start(setup, Board::default(), 1, now), log, now);
    run.run_until(Mono(120_000));
    let told = run.world.events.iter().filter_map(|event| match &event.kind {
        EventKind::Action(done) if done.helped.is_none() => {
            let reason = done.reason.as_deref().unwrap_or_default();
            Some(format!("{} {:?} {reason}", done.action, done.result).trim().to_owned())
        }
        _ => None,
    });
    (run.world.acted.clone(), told.collect())
}

const ENABLED: &str = ", on_fail: {actions: [{type: restart, enabled: true}]}";

#[test]
fn by_default_nothing_is_restarted_and_the_journal_says_that_it_could_have_been() {
    for text in [line(2700, 0), String::new()] {
        let (acted, told) = two_minutes("", &text);
        assert!(acted.is_empty());
        assert_eq!(told, ["restart datum_gateway Skipped disabled"]);
    }
}

#[test]
fn once_enabled_it_restarts_when_stale_and_without_clients_and_only_once_an_incident() {
    for text in [line(2700, 0), String::new()] {
        let (acted, told) = two_minutes(ENABLED, &text);
        assert_eq!(acted, ["restart datum_gateway"]);
        let story = ["restart datum_gateway Started", "restart datum_gateway Ok restarted"];
        assert_eq!(told, story);
    }
}

#[test]
fn it_does_not_restart_what_has_clients_or_is_fresh_or_has_a_wrong_clock() {
    let skipped = vec!["restart datum_gateway Skipped condition_not_met".to_owned()];
    assert_eq!(two_minutes(ENABLED, &line(2700, 2)), (Vec::new(), skipped.clone()));
    assert_eq!(two_minutes(ENABLED, &line(-1200, 0)), (Vec::new(), skipped));
    assert_eq!(two_minutes(ENABLED, &line(60, 0)), (Vec::new(), Vec::new()));
    assert_eq!(two_minutes(ENABLED, &line(60, 5)), (Vec::new(), Vec::new()));
    // What is switched off and not wanted either is not worth a line.
    assert_eq!(two_minutes("", &line(2700, 2)), (Vec::new(), Vec::new()));
}

#[test]
fn who_wants_it_restarted_in_any_case_can_say_so() {
    let always = ", on_fail: {actions: [{type: restart, enabled: true, when: always}]}";
    assert_eq!(two_minutes(always, &line(2700, 2)).0, ["restart datum_gateway"]);
}
