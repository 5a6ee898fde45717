//! Stories of one or a few checks, told as scripts and read as transcripts.

use std::time::Duration;

use crate::support::{Scripted, action, at, check, expect, play, setup, start, transcript};
use engine::{
    Mono, NoticeKind, Severity, Status,
    board::Board,
    config::Spec,
    discrete::Discrete,
    effect::{Input, Route},
    schedule::Schedule,
};

fn story(script: &str, seconds: i64) -> String {
    transcript(&play(vec![check("api")], Scripted::of(&[("api", script)]), seconds))
}

#[test]
fn an_outage_gives_one_first_fail_and_one_recovered() {
    expect(
        &story("..xxx.", 180),
        "0 api OK status 200 in 12 ms
        60 api FAIL status 503, expected 200
        60 [P1][FIRST_FAIL] api
        150 api OK status 200 in 12 ms
        150 [P1][RECOVERED] api",
    );
}

#[test]
fn a_first_success_is_no_event_and_a_first_failure_is() {
    expect(&story(".", 60), "0 api OK status 200 in 12 ms");
    expect(
        &story("x", 60),
        "0 api FAIL status 503, expected 200
        0 [P1][FIRST_FAIL] api",
    );
}

#[test]
fn a_failed_attempt_that_is_made_good_by_a_retry_is_no_failure() {
    let mut flaky = check("api");
    flaky.retries = 2;
    let run = play(vec![flaky], Scripted::of(&[("api", ".xx.")]), 59);
    expect(&transcript(&run), "0 api OK status 200 in 12 ms");
    assert_eq!(run.engine.board().entries["api"].attempts, 3);
}

#[test]
fn retries_wait_only_between_attempts_and_a_failure_counts_once() {
    let mut down = check("api");
    down.retries = 2;
    let run = play(vec![down], Scripted::of(&[("api", "x")]), 29);
    expect(&transcript(&run), "10 api FAIL status 503, expected 200\n10 [P1][FIRST_FAIL] api");
    assert_eq!(run.engine.board().entries["api"].consecutive_failures, 1);
}

#[test]
fn a_warning_is_up_and_opens_no_incident() {
    let mut slow = check("api");
    if let Spec::Http(spec) = &mut slow.spec {
        spec.warn = Some(Duration::from_millis(1000));
    }
    slow.notify_on.insert(NoticeKind::Warn);
    let run = play(vec![slow], Scripted::of(&[("api", ".wxw.")]), 150);
    expect(
        &transcript(&run),
        "0 api OK status 200 in 12 ms
        30 api WARN latency 1500 ms, warning from 1000 ms
        30 [P1][WARN] api
        60 api FAIL status 503, expected 200
        60 [P1][FIRST_FAIL] api
        90 api WARN latency 1500 ms, warning from 1000 ms
        90 [P1][RECOVERED] api
        120 api OK status 200 in 12 ms",
    );
}

#[test]
fn what_cannot_be_measured_neither_opens_nor_closes_an_incident() {
    let run = play(vec![check("api")], Scripted::of(&[("api", ".uxux.")]), 150);
    expect(
        &transcript(&run),
        "0 api OK status 200 in 12 ms
        30 api UNKNOWN no permission
        60 api FAIL status 503, expected 200
        60 [P1][FIRST_FAIL] api
        90 api UNKNOWN no permission
        120 api FAIL status 503, expected 200
        150 api OK status 200 in 12 ms
        150 [P1][RECOVERED] api",
    );
}

#[test]
fn an_outage_of_two_hours_less_a_minute_gives_three_reminders_half_an_hour_apart() {
    let mut watched = check("api");
    watched.notify_on.insert(NoticeKind::Reminder);
    let run = play(vec![watched], Scripted::of(&[("api", "x")]), 7140);
    let times: Vec<_> = run.world.delivered.iter().map(|(at, s, _)| (*at, s.as_str())).collect();
    assert_eq!(
        times,
        [
            (0, "[P1][FIRST_FAIL] api"),
            (1800, "[P1][REMINDER] api"),
            (3600, "[P1][REMINDER] api"),
            (5400, "[P1][REMINDER] api")
        ]
    );
}

#[test]
fn change_is_sent_for_every_transition_that_nothing_else_is_sent_for() {
    let mut agent = check("api");
    agent.notify_on = [NoticeKind::Change].into();
    agent.initial_alert = false;
    let run = play(vec![agent], Scripted::of(&[("api", "x.xu.")]), 120);
    let subjects: Vec<_> = run.world.delivered.iter().map(|(at, s, _)| (*at, s.as_str())).collect();
    let change = "[P1][CHANGE] api";
    assert_eq!(subjects, [(30, change), (60, change), (90, change), (120, change)]);
}

#[test]
fn a_restart_in_an_outage_repeats_nothing_and_counts_on() {
    let first = play(vec![check("api")], Scripted::of(&[("api", ".xx")]), 60);
    let (engine, world) = first.into_parts();
    let seq = world.events.last().unwrap().seq;
    let again = start(setup(vec![check("api")]), engine.board().clone(), seq + 1, at(100));
    let mut run = Discrete::new(again, Scripted::of(&[("api", "x.")]), at(100));
    run.run_until(Mono(100_000));
    assert_eq!(run.engine.board().entries["api"].consecutive_failures, 3);
    run.run_until(Mono(140_000));
    expect(&transcript(&run), "130 api OK status 200 in 12 ms\n130 [P1][RECOVERED] api");
}

#[test]
fn an_outage_that_ended_while_the_checker_was_down_is_told_at_its_first_cycle() {
    let (engine, world) = play(vec![check("api")], Scripted::of(&[("api", "x")]), 30).into_parts();
    let seq = world.events.last().unwrap().seq;
    let again = start(setup(vec![check("api")]), engine.board().clone(), seq + 1, at(3600));
    let mut run = Discrete::new(again, Scripted::of(&[("api", ".")]), at(3600));
    run.run_until(Mono(3_600_000));
    expect(&transcript(&run), "3600 api OK status 200 in 12 ms\n3600 [P1][RECOVERED] api");
}

#[test]
fn notices_wait_for_a_channel_that_is_down_and_arrive_once_in_order_marked_late() {
    let mut world = Scripted::of(&[("api", ".xxx.")]);
    world.mail_down = vec![(0, 400)];
    let run = play(vec![check("api")], world, 700);
    let got: Vec<_> = run.world.delivered.iter().map(|(_, s, late)| (s.as_str(), *late)).collect();
    assert_eq!(got, [("[P1][FIRST_FAIL] api", true), ("[P1][RECOVERED] api", true)]);
    assert!(run.engine.board().entries["api"].pending.is_empty());
}

#[test]
fn one_channel_that_refuses_does_not_hold_up_another() {
    let mut world = Scripted::of(&[("api", "x")]);
    world.refuse.insert("email:gone@example.test".into());
    let mut both = setup(vec![check("api")]);
    both.routes = ["email:gone@example.test", "email:ops@example.test"]
        .map(|channel| Route { channel: channel.into(), severities: Vec::new() })
        .into();
    let mut run = Discrete::new(start(both, Board::default(), 1, at(0)), world, at(0));
    run.run_until(Mono(1000));
    assert_eq!(run.world.delivered.len(), 1);
    let pending = &run.engine.board().entries["api"].pending;
    assert_eq!(pending[0].waiting.keys().collect::<Vec<_>>(), ["email:gone@example.test"]);
}

#[test]
fn an_undelivered_notice_is_given_up_after_a_day() {
    let mut world = Scripted::of(&[("api", "x")]);
    world.mail_down = vec![(0, i64::MAX)];
    let run = play(vec![check("api")], world, 86_500);
    assert!(transcript(&run).contains("86400 gave up first_fail: not delivered within 24 h"));
    assert!(run.engine.board().entries["api"].pending.is_empty());
}

#[test]
fn a_channel_is_told_only_of_its_severities() {
    let mut minor = check("api");
    minor.severity = Severity::P3;
    let mut picky = setup(vec![minor]);
    picky.routes[0].severities = vec![Severity::P1];
    let world = Scripted::of(&[("api", "x")]);
    let mut run = Discrete::new(start(picky, Board::default(), 1, at(0)), world, at(0));
    run.run_until(Mono(60_000));
    assert!(run.world.delivered.is_empty());
}

#[test]
fn an_action_runs_on_the_transition_and_the_next_cycle_says_that_it_helped() {
    let mut healed = check("api");
    healed.actions = vec![action("reset")];
    let mut world = Scripted::of(&[("api", ".x")]);
    world.remedy.insert("api".into(), '.');
    expect(
        &transcript(&play(vec![healed], world, 90)),
        "0 api OK status 200 in 12 ms
        30 api FAIL status 503, expected 200
        30 [P1][FIRST_FAIL] api
        30 reset Started
        30 reset Ok 200
        60 api OK status 200 in 12 ms
        60 reset helped: true
        60 [P1][RECOVERED] api",
    );
}

#[test]
fn an_action_that_fails_is_recorded_and_tried_once_an_incident() {
    let mut stuck = check("api");
    stuck.actions = vec![action("reset")];
    let mut world = Scripted::of(&[("api", "x")]);
    world.action_fails = true;
    expect(
        &transcript(&play(vec![stuck], world, 300)),
        "0 api FAIL status 503, expected 200
        0 [P1][FIRST_FAIL] api
        0 reset Started
        0 reset Failed status 500
        30 reset helped: false",
    );
}

#[test]
fn a_remedy_of_one_check_waits_until_its_whole_tick_has_been_seen() {
    let (mut one, mut two) = (check("api"), check("db"));
    one.actions = vec![action("reset")];
    two.retries = 2;
    let mut world = Scripted::of(&[("api", "x"), ("db", "x")]);
    world.remedy.insert("api".into(), '.');
    let run = play(vec![one, two], world, 29);
    expect(
        &transcript(&run),
        "0 api FAIL status 503, expected 200
        0 [P1][FIRST_FAIL] api
        10 db FAIL status 503, expected 200
        10 [P1][FIRST_FAIL] db
        10 reset Started
        10 reset Ok 200",
    );
}

#[test]
fn a_check_that_takes_long_delays_only_itself() {
    let (mut fast, slow) = (check("api"), check("slow"));
    fast.actions = vec![action("reset")];
    let mut world = Scripted::of(&[("api", "x"), ("slow", ".")]);
    world.delays.insert("slow".into(), Duration::from_secs(70));
    let run = play(vec![fast, slow], world, 100);
    let acted: Vec<_> = run.world.acted.iter().map(|(at, _)| *at).collect();
    assert_eq!(acted, [30], "the action waits for its tick, but not beyond the check's own turn");
    assert_eq!(run.engine.board().entries["slow"].skipped, 2);
}

#[test]
fn a_spent_budget_is_told_once_an_incident_and_monitoring_goes_on() {
    let mut storm = check("api");
    storm.actions = vec![action("reset")];
    storm.notify_on.insert(NoticeKind::RemedyExhausted);
    let script: String = "x.....".repeat(20);
    let run = play(vec![storm], Scripted::of(&[("api", &script)]), 3599);
    assert_eq!(run.world.acted.len(), 4);
    let text = transcript(&run);
    assert_eq!(text.matches("reset Skipped rate_limited").count(), 16);
    assert_eq!(text.matches("[REMEDY_EXHAUSTED]").count(), 16);
    assert_eq!(text.matches("[FIRST_FAIL]").count(), 20);
}

#[test]
fn off_switches_are_recorded_and_say_which_one_it_was() {
    let skipped = |change: fn(&mut engine::effect::Setup)| {
        let mut failing = check("api");
        failing.actions = vec![action("reset")];
        let mut setup = setup(vec![failing]);
        change(&mut setup);
        let world = Scripted::of(&[("api", "x")]);
        let mut run = Discrete::new(start(setup, Board::default(), 1, at(0)), world, at(0));
        run.run_until(Mono(90_000));
        assert!(run.world.acted.is_empty());
        transcript(&run)
    };
    assert_eq!(
        skipped(|s| s.switches.no_actions = true).matches("Skipped disabled_by_flag").count(),
        1
    );
    let off = |s: &mut engine::effect::Setup| {
        std::sync::Arc::make_mut(&mut s.config).global.actions.enabled = false;
    };
    assert_eq!(skipped(off).matches("reset Skipped disabled\n").count(), 1);
}

#[test]
fn after_failures_and_every_count_failed_cycles() {
    let mut patient = check("api");
    let mut restart = action("restart");
    (restart.after_failures, restart.every, restart.max_per_hour) = (2, 3, 100);
    patient.actions = vec![restart];
    let run = play(vec![patient], Scripted::of(&[("api", "x")]), 300);
    let acted: Vec<_> = run.world.acted.iter().map(|(at, _)| *at).collect();
    assert_eq!(acted, [30, 120, 210, 300]);
}

#[test]
fn a_reload_keeps_the_state_of_what_stays_and_removes_what_is_gone() {
    let mut run =
        play(vec![check("api"), check("old")], Scripted::of(&[("api", "x"), ("old", "x")]), 30);
    let mut renamed = check("api");
    renamed.display_name = Some("The API".into());
    run.tell(Input::Reload(Box::new(setup(vec![renamed, check("new")]))));
    run.run_until(Mono(60_000));
    let board = run.engine.board();
    assert_eq!(board.entries["api"].consecutive_failures, 3);
    assert_eq!(board.entries["api"].display_name.as_deref(), Some("The API"));
    assert_eq!(board.entries["new"].status, Status::Ok);
    assert!(!board.entries.contains_key("old"));
    let text = transcript(&run);
    assert_eq!(text.matches("[FIRST_FAIL]").count(), 2, "nothing is announced again: {text}");
    assert!(text.contains("[RECOVERED] old"), "who was told of the problem learns the end of it");
}

#[test]
fn a_refused_configuration_changes_nothing_but_is_recorded() {
    let mut run = play(vec![check("api")], Scripted::of(&[("api", ".")]), 30);
    run.tell(Input::ReloadRefused { file: "checks.yaml".into(), error: "line 3".into() });
    run.run_until(Mono(300_000));
    assert_eq!(run.engine.board().entries["api"].status, Status::Ok);
    let refusals = run
        .world
        .events
        .iter()
        .filter(|event| matches!(&event.kind, engine::EventKind::Config(loaded) if !loaded.ok));
    assert_eq!(refusals.count(), 1);
}

#[test]
fn aligned_checks_start_on_multiples_of_their_interval_and_move_with_a_stepped_clock() {
    let mut aligned = check("api");
    aligned.schedule = Schedule::Aligned(Duration::from_secs(10));
    let begin =
        engine::Now { wall: crate::support::START + Duration::from_millis(3_400), mono: Mono(0) };
    let engine = start(setup(vec![aligned]), Board::default(), 1, begin);
    let mut run = Discrete::new(engine, Scripted::of(&[("api", ".")]), begin);
    run.run_until(Mono(30_000));
    let checks = run.world.events.iter().filter(|event| event.kind.word() == "check");
    let ends: Vec<_> = checks.map(|event| event.ts.as_millis() % 60_000).collect();
    assert_eq!(ends, [10_000, 20_000, 30_000]);
}

#[test]
fn cron_checks_fire_at_the_hour_of_their_zone() {
    let mut hourly = check("api");
    hourly.schedule = Schedule::Cron(
        engine::schedule::Cron::parse("0 * * * *", crate::support::kolkata()).unwrap(),
    );
    let run = play(vec![hourly], Scripted::of(&[("api", ".")]), 3 * 3600);
    let cycles = run.world.taken["api"];
    assert_eq!(cycles, 3, "08:00 exactly is the start, 09:00, 10:00 and 11:00 follow");
}

#[test]
fn five_minutes_of_a_check_every_thirty_seconds_are_eleven_cycles() {
    let run = play(vec![check("api")], Scripted::of(&[("api", ".")]), 300);
    assert_eq!(run.world.taken["api"], 11);
}

#[test]
fn every_day_of_the_journal_begins_with_the_configuration() {
    let run = play(vec![check("api")], Scripted::of(&[("api", ".")]), 2 * 86_400);
    let mut day = String::new();
    for event in &run.world.events {
        if event.ts.utc_date() != day && !day.is_empty() {
            assert_eq!(event.kind.word(), "config", "at {}", event.ts);
        }
        day = event.ts.utc_date();
    }
}

#[test]
fn a_stepped_wall_clock_moves_the_turns_that_follow_it_and_no_others() {
    let (mut aligned, steady) = (check("aligned"), check("steady"));
    aligned.schedule = Schedule::Aligned(Duration::from_secs(1800));
    let mut engine = start(setup(vec![aligned, steady]), Board::default(), 1, at(10));
    let stepped = |wall: i64, mono: i64| engine::Now { wall: at(wall).wall, mono: at(mono).mono };
    let next = |engine: &engine::Engine| engine.poll_timeout().unwrap().0;
    assert_eq!(next(&engine), at(40).mono, "the steady check is due 30 s after the start");
    engine.handle(stepped(1790, 20), Input::Time);
    assert_eq!(next(&engine), at(30).mono, "ten seconds before the half hour by the new time");
    engine.handle(stepped(1800, 30), Input::Time);
    assert_eq!(next(&engine), at(40).mono, "the steady check has not moved");
}

#[test]
fn an_action_keeps_its_distance_and_says_once_an_incident_why_it_waits() {
    let mut flapping = check("api");
    let mut reset = action("reset");
    reset.cooldown = Duration::from_secs(100);
    flapping.actions = vec![reset];
    let run = play(vec![flapping], Scripted::of(&[("api", ".x.xxx.")]), 179);
    let acted: Vec<_> = run.world.acted.iter().map(|(at, _)| *at).collect();
    assert_eq!(acted, [30, 150]);
    assert_eq!(transcript(&run).matches("reset Skipped cooldown").count(), 1);
}

#[test]
fn a_recovery_never_overtakes_its_problem_on_a_slow_channel() {
    let mut world = Scripted::of(&[("api", ".x.")]);
    world.slow_mail = Some(("FIRST_FAIL".into(), Duration::from_secs(100)));
    let run = play(vec![check("api")], world, 300);
    let got: Vec<_> = run.world.delivered.iter().map(|(at, s, _)| (*at, s.as_str())).collect();
    assert_eq!(got, [(130, "[P1][FIRST_FAIL] api"), (130, "[P1][RECOVERED] api")]);
}

#[test]
fn a_channel_that_has_come_back_is_trusted_again() {
    let mut world = Scripted::of(&[("api", &format!(".x{}x", ".".repeat(18)))]);
    world.mail_down = vec![(0, 400), (600, 603)];
    let run = play(vec![check("api")], world, 700);
    let last = run.world.delivered.last().unwrap();
    assert_eq!((last.0, last.1.as_str()), (605, "[P1][FIRST_FAIL] api"));
}
