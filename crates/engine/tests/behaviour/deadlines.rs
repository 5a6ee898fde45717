//! Jobs and their deadlines over days, nights and daylight-saving changes.

use std::time::Duration;

use bytes::Bytes;
use engine::{
    Check, CheckName, EventKind, Mono, NoticeKind, Now, Timestamp,
    board::Board,
    config::{JobSpec, JobUrl, JsonQuery, Spec, WhenNoJob},
    discrete::{Discrete, World},
    effect::Probe,
    observation::{Exchange, JobId, JobObservation, Observation, Phases, Response},
    schedule::Schedule,
};
use jiff::{civil::time, tz::TimeZone};

use crate::support::{self, check, expect, setup, start};

/// What the server says of the latest job from an instant on.
#[derive(Debug)]
struct Runs {
    says: Vec<(Timestamp, &'static str, &'static str, bool)>,
    told: String,
    zone: TimeZone,
}

impl World for Runs {
    fn probe(&mut self, _: &Probe, now: Now) -> (Duration, Observation) {
        let latest = self.says.iter().rfind(|(from, ..)| *from <= now.wall);
        let seen = match latest {
            None => JobObservation { id: Ok(None), exchange: None },
            Some((_, id, status, reachable)) => JobObservation {
                id: JobId::parse(id, None).map(Some),
                exchange: Some(answer(status, *reachable)),
            },
        };
        (Duration::ZERO, Observation::Job(seen))
    }

    fn record(&mut self, event: &engine::Event) {
        let text = match &event.kind {
            EventKind::Check(done) if done.status != done.prev => {
                let late = done.details.late_by_s.map(|s| format!(" (late by {s} s)"));
                format!("{} {}{}", done.status, done.details.reason, late.unwrap_or_default())
            }
            EventKind::Notify(notice) => notice.subject.clone(),
            _ => return,
        };
        let local = event.ts.to_jiff().to_zoned(self.zone.clone());
        self.told += &format!("{} {text}\n", local.strftime("%a %H:%M"));
    }
}

fn answer(status: &str, reachable: bool) -> Exchange {
    let body = Bytes::from(format!("{{\"status\":\"{status}\"}}"));
    let code = match (reachable, status) {
        (false, _) => 500,
        (true, "unknown") => 404,
        (true, _) => 200,
    };
    let response = Response { status: code, content_type: None, body, truncated: false };
    let phases = Phases { total_us: 3000, ..Phases::default() };
    Exchange { result: Ok(response), phases, redirects: 0, certificate: None }
}

fn job(zone: &str) -> Check {
    Check {
        name: CheckName::new("job"),
        schedule: Schedule::Every(Duration::from_secs(60)),
        timezone: TimeZone::get(zone).unwrap(),
        notify_on: [NoticeKind::DeadlineMiss, NoticeKind::Recovered].into(),
        spec: Spec::Job(JobSpec {
            status_url: JobUrl::parse("http://127.0.0.1:8000/jobs/{job_id}/status").unwrap(),
            headers: Vec::new(),
            job_id_file: ".last_job_id".into(),
            status_path: JsonQuery::parse("$.status").unwrap(),
            success_by: None,
            window_start: time(0, 0, 0, 0),
            within: None,
            when_no_job: WhenNoJob::Miss,
        }),
        ..check("job")
    }
}

fn with(mut check: Check, change: impl FnOnce(&mut JobSpec)) -> Check {
    if let Spec::Job(spec) = &mut check.spec {
        change(spec);
    }
    check
}

fn by(hour: i8, minute: i8) -> impl FnOnce(&mut JobSpec) {
    move |spec| spec.success_by = Some(time(hour, minute, 0, 0))
}

type Says<'a> = &'a [(&'a str, &'static str, &'static str)];

/// Plays from one local time to another; `says` are local times, job ids and states.
fn play(check: Check, from: &str, hours: u64, says: Says<'_>) -> Discrete<Runs> {
    let zone = check.timezone.clone();
    let local = |text: &str| -> Timestamp {
        let at: jiff::civil::DateTime = text.parse().unwrap();
        at.to_zoned(zone.clone()).unwrap().timestamp().into()
    };
    let says = says.iter().map(|(at, id, status)| match status.strip_suffix('!') {
        Some(status) => (local(at), *id, status, false),
        None => (local(at), *id, *status, true),
    });
    let begin = Now { wall: local(from), mono: Mono(0) };
    let world = Runs { says: says.collect(), told: String::new(), zone: zone.clone() };
    let engine = start(setup(vec![check]), Board::default(), 1, begin);
    let mut run = Discrete::new(engine, world, begin);
    run.run_until(Mono(0) + Duration::from_secs(hours * 3600));
    run
}

fn story(check: Check, from: &str, hours: u64, says: Says<'_>) -> String {
    play(check, from, hours, says).world.told
}

#[test]
fn without_a_deadline_no_job_and_a_running_job_are_fine() {
    let says: Says<'_> =
        &[("2026-01-05 09:00", "a", "running"), ("2026-01-05 09:10", "a", "succeeded")];
    expect(
        &story(job("Asia/Kolkata"), "2026-01-05 08:00", 3, says),
        "Mon 08:00 OK no job started yet",
    );
}

#[test]
fn a_job_that_failed_is_not_retried_and_the_next_run_makes_it_good() {
    let mut check = job("Asia/Kolkata");
    check.retries = 3;
    check.notify_on = [NoticeKind::FirstFail, NoticeKind::Recovered].into();
    let says: Says<'_> = &[
        ("2026-01-05 08:10", "a", "failed"),
        ("2026-01-05 08:20", "b", "running"),
        ("2026-01-05 08:30", "b", "succeeded"),
    ];
    expect(
        &story(check, "2026-01-05 08:00", 1, says),
        "Mon 08:00 OK no job started yet
        Mon 08:10 FAIL job a failed
        Mon 08:10 [P1][FIRST_FAIL] job
        Mon 08:20 OK job b running
        Mon 08:20 [P1][RECOVERED] job",
    );
}

#[test]
fn a_job_that_the_server_does_not_know_is_a_warning() {
    let says: Says<'_> = &[("2026-01-05 08:10", "a", "unknown")];
    expect(
        &story(job("Asia/Kolkata"), "2026-01-05 08:00", 1, says),
        "Mon 08:00 OK no job started yet
        Mon 08:10 WARN the server does not know job a",
    );
}

#[test]
fn a_day_without_a_job_misses_its_deadline_once_and_stays_missed_over_midnight() {
    let says: Says<'_> =
        &[("2026-01-06 10:00", "a", "running"), ("2026-01-06 10:05", "a", "succeeded")];
    expect(
        &story(with(job("Asia/Kolkata"), by(23, 0)), "2026-01-05 20:00", 16, says),
        "Mon 20:00 OK no job started yet, waiting until 23:00
        Mon 23:00 FAIL missed deadline 23:00 (no job ran today)
        Mon 23:00 [P1][DEADLINE_MISS] job
        Tue 10:05 OK job a succeeded
        Tue 10:05 [P1][RECOVERED] job",
    );
}

#[test]
fn yesterdays_success_does_not_count_for_today_and_each_day_is_announced_once() {
    let says: Says<'_> = &[("2026-01-05 10:00", "a", "succeeded")];
    expect(
        &story(with(job("Asia/Kolkata"), by(12, 0)), "2026-01-05 09:00", 60, says),
        "Mon 09:00 OK no job started yet, waiting until 12:00
        Tue 12:00 FAIL missed deadline 12:00 (no job ran today, last status succeeded)
        Tue 12:00 [P1][DEADLINE_MISS] job
        Wed 12:00 [P1][DEADLINE_MISS] job",
    );
}

#[test]
fn a_late_success_is_fine_and_says_by_how_much() {
    let says: Says<'_> =
        &[("2026-01-05 11:30", "a", "running"), ("2026-01-05 12:02", "a", "succeeded")];
    expect(
        &story(with(job("Asia/Kolkata"), by(12, 0)), "2026-01-05 11:00", 2, says),
        "Mon 11:00 OK no job started yet, waiting until 12:00
        Mon 12:00 FAIL missed deadline 12:00 (last status running)
        Mon 12:00 [P1][DEADLINE_MISS] job
        Mon 12:02 OK job a succeeded (late by 120 s)
        Mon 12:02 [P1][RECOVERED] job",
    );
}

#[test]
fn when_only_first_fail_is_listed_a_missed_deadline_sends_it() {
    let mut check = with(job("Asia/Kolkata"), by(12, 0));
    check.notify_on = [NoticeKind::FirstFail].into();
    let told = story(check, "2026-01-05 11:00", 30, &[]);
    assert_eq!(told.matches("[FIRST_FAIL]").count(), 1, "{told}");
    assert!(told.contains("Mon 12:00 [P1][FIRST_FAIL] job"));
}

#[test]
fn when_both_are_listed_a_miss_replaces_first_fail() {
    let mut check = with(job("Asia/Kolkata"), by(12, 0));
    check.notify_on.insert(NoticeKind::FirstFail);
    let told = story(check, "2026-01-05 11:00", 3, &[]);
    assert!(!told.contains("FIRST_FAIL") && told.contains("DEADLINE_MISS"), "{told}");
}

#[test]
fn no_job_can_be_made_to_count_as_fine() {
    let quiet = with(job("Asia/Kolkata"), |spec| {
        spec.success_by = Some(time(12, 0, 0, 0));
        spec.when_no_job = WhenNoJob::Ok;
    });
    assert!(!story(quiet, "2026-01-05 11:00", 30, &[]).contains("FAIL"));
}

#[test]
fn a_window_may_reach_over_midnight() {
    let nightly = with(job("Asia/Kolkata"), |spec| {
        spec.window_start = time(22, 0, 0, 0);
        spec.success_by = Some(time(6, 0, 0, 0));
    });
    let says: Says<'_> = &[("2026-01-05 23:00", "a", "succeeded")];
    expect(
        &story(nightly, "2026-01-05 21:00", 36, says),
        "Mon 21:00 FAIL missed deadline 06:00 (no job ran today)
        Mon 21:00 [P1][DEADLINE_MISS] job
        Mon 23:00 OK job a succeeded
        Mon 23:00 [P1][RECOVERED] job
        Wed 06:00 FAIL missed deadline 06:00 (no job ran today, last status succeeded)
        Wed 06:00 [P1][DEADLINE_MISS] job",
    );
}

#[test]
fn minutes_after_start_count_from_when_the_job_was_first_seen_and_once_a_job() {
    let check = with(job("Asia/Kolkata"), |spec| spec.within = Some(Duration::from_secs(1800)));
    let says: Says<'_> = &[
        ("2026-01-05 08:10", "a", "running"),
        ("2026-01-05 09:00", "b", "running"),
        ("2026-01-05 09:20", "b", "succeeded"),
    ];
    expect(
        &story(check, "2026-01-05 08:00", 3, says),
        "Mon 08:00 OK no job started yet
        Mon 08:40 FAIL missed deadline 30 min after its start (job a, last status running)
        Mon 08:40 [P1][DEADLINE_MISS] job
        Mon 09:20 OK job b succeeded
        Mon 09:20 [P1][RECOVERED] job",
    );
}

#[test]
fn a_server_that_cannot_be_asked_fails_and_the_deadline_is_judged_all_the_same() {
    let says: Says<'_> =
        &[("2026-01-05 11:30", "a", "running"), ("2026-01-05 11:50", "a", "running!")];
    expect(
        &story(with(job("Asia/Kolkata"), by(12, 0)), "2026-01-05 11:00", 2, says),
        "Mon 11:00 OK no job started yet, waiting until 12:00
        Mon 11:50 FAIL status 500, expected 2xx
        Mon 12:00 [P1][DEADLINE_MISS] job",
    );
}

#[test]
fn changing_the_rule_forgives_the_miss_and_a_restart_does_not() {
    let miss = with(job("Asia/Kolkata"), by(12, 0));
    let mut run = play(miss.clone(), "2026-01-05 11:00", 2, &[]);
    let seq = 1000;
    let again = start(setup(vec![miss]), run.engine.board().clone(), seq, run.now());
    let later = Runs { says: Vec::new(), told: String::new(), zone: support::kolkata() };
    let mut restarted = Discrete::new(again, later, run.now());
    restarted.run_until(run.now().mono + Duration::from_secs(600));
    assert_eq!(restarted.world.told, "", "the same miss is neither lost nor announced again");

    run.world.told.clear();
    let forgiven = with(job("Asia/Kolkata"), by(23, 59));
    run.tell(engine::effect::Input::Reload(Box::new(setup(vec![forgiven]))));
    run.run_until(run.now().mono + Duration::from_secs(600));
    expect(
        &run.world.told,
        "Mon 13:01 OK no job started yet, waiting until 23:59
        Mon 13:01 [P1][RECOVERED] job",
    );
}

#[test]
fn a_deadline_that_passed_while_the_checker_was_down_is_told_at_its_first_cycle() {
    let check = with(job("Asia/Kolkata"), by(23, 0));
    let first = play(check.clone(), "2026-01-05 22:00", 0, &[]);
    let wall = first.now().wall + Duration::from_secs(4 * 3600);
    let now = Now { wall, mono: Mono(0) };
    let again = start(setup(vec![check]), first.engine.board().clone(), 100, now);
    let world = Runs { says: Vec::new(), told: String::new(), zone: support::kolkata() };
    let run = Discrete::new(again, world, now);
    let mut run = run;
    run.run_until(Mono(1000));
    expect(
        &run.world.told,
        "Tue 02:00 FAIL missed deadline 23:00 (no job ran on 2026-01-05)
        Tue 02:00 [P1][DEADLINE_MISS] job",
    );
}

#[test]
fn a_deadline_in_a_daylight_saving_gap_is_the_first_instant_after_it() {
    let check = with(job("America/New_York"), by(2, 30));
    let told = story(check, "2026-03-08 00:00", 4, &[]);
    assert!(told.contains("Sun 03:00 FAIL missed deadline 02:30"), "{told}");
}

#[test]
fn a_deadline_in_a_daylight_saving_overlap_is_the_first_of_the_two_and_comes_once() {
    let check = with(job("America/New_York"), by(1, 30));
    let run = play(check, "2026-11-01 00:00", 5, &[]);
    let told = &run.world.told;
    assert_eq!(told.matches("[DEADLINE_MISS]").count(), 1, "{told}");
    let entry = &run.engine.board().entries["job"];
    let missed = entry.job.as_ref().and_then(|job| job.missed.as_ref()).unwrap();
    assert_eq!(missed.deadline.to_string(), "2026-11-01T05:30:00.000Z", "01:30 EDT, not EST");
}
