//! The laws that hold for every history: random outcomes, delays, broken mail and restarts.

use std::time::Duration;

use engine::{
    Check, Event, EventKind, Mono, NoticeKind, Status, board::Board, discrete::Discrete,
    event::ActionResult,
};
use proptest::prelude::*;

use crate::support::{Scripted, action, at, check, play, setup, start};

/// What one cycle finds, mostly runs of the same.
fn script() -> impl Strategy<Value = String> {
    let run = (prop::sample::select(vec!['.', 'x', 'r', 'u']), 1_usize..6);
    prop::collection::vec(run, 1..20)
        .prop_map(|runs| runs.iter().map(|(sign, n)| sign.to_string().repeat(*n)).collect())
}

fn watched() -> Check {
    let mut check = check("api");
    check.notify_on = NoticeKind::LISTABLE.into();
    check.reminder_every = Duration::from_secs(120);
    let mut remedy = action("reset");
    (remedy.every, remedy.cooldown) = (1, Duration::from_secs(10));
    check.actions = vec![remedy];
    check
}

fn kinds(events: &[Event], wanted: &[NoticeKind]) -> Vec<(i64, NoticeKind)> {
    let notices = events.iter().filter_map(|event| match &event.kind {
        EventKind::Notify(notice) => Some((event.ts.as_millis(), notice.kind)),
        _ => None,
    });
    notices.filter(|(_, kind)| wanted.contains(kind)).collect()
}

/// Counts failures by hand: all that a naive monitor knows.
fn naive(script: &str, cycles: usize) -> (u32, bool) {
    let signs: Vec<char> = script.chars().collect();
    let seen = (0..cycles).map(|n| *signs.get(n).unwrap_or(&signs[signs.len() - 1]));
    let mut failures = 0;
    let mut down = false;
    for sign in seen {
        match sign {
            'x' | 'r' => (failures, down) = (failures + 1, true),
            'u' => {}
            _ => (failures, down) = (0, false),
        }
    }
    (failures, down)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn first_fail_and_recovered_alternate_and_recovered_is_never_first(script in script()) {
        let run = play(vec![watched()], Scripted::of(&[("api", &script)]), 3000);
        let pair = [NoticeKind::FirstFail, NoticeKind::Recovered];
        for (n, (_, kind)) in kinds(&run.world.events, &pair).iter().enumerate() {
            prop_assert_eq!(*kind, pair[n % 2]);
        }
    }

    #[test]
    fn a_naive_model_agrees_on_failures_and_on_up_or_down(script in script()) {
        let run = play(vec![watched()], Scripted::of(&[("api", &script)]), 3000);
        let entry = &run.engine.board().entries["api"];
        let (failures, down) = naive(&script, run.world.taken["api"]);
        prop_assert_eq!(entry.consecutive_failures, failures);
        prop_assert_eq!(entry.incident.is_some(), down);
        prop_assert_eq!(entry.first_failed_at.is_some(), entry.status == Status::Fail);
    }

    #[test]
    fn reminders_keep_their_distance(script in script()) {
        let run = play(vec![watched()], Scripted::of(&[("api", &script)]), 3000);
        let told = kinds(&run.world.events, &[NoticeKind::FirstFail, NoticeKind::Reminder]);
        for pair in told.windows(2).filter(|pair| pair[1].1 == NoticeKind::Reminder) {
            prop_assert!(pair[1].0 - pair[0].0 >= 120_000);
        }
    }

    #[test]
    fn no_hour_sees_more_runs_of_an_action_than_its_budget(script in script()) {
        let run = play(vec![watched()], Scripted::of(&[("api", &script.repeat(8))]), 20_000);
        let starts: Vec<i64> = run.world.events.iter().filter_map(|event| match &event.kind {
            EventKind::Action(done) if done.result == ActionResult::Started && done.helped.is_none() =>
                Some(event.ts.as_millis()),
            _ => None,
        }).collect();
        prop_assert_eq!(starts.len(), run.world.acted.len());
        for window in starts.windows(5) {
            prop_assert!(window[4] - window[0] >= 3_600_000);
        }
    }

    #[test]
    fn replaying_the_journal_rebuilds_the_state(script in script(), from in 0_i64..900, long in 0_i64..900) {
        let mut world = Scripted::of(&[("api", &script), ("db", ".x")]);
        world.mail_down = vec![(from, from + long)];
        let run = play(vec![watched(), check("db")], world, 3000);
        let mut board = Board::default();
        for event in &run.world.events {
            board.apply(event);
        }
        prop_assert_eq!(&board, run.engine.board());
        for event in &run.world.events {
            board.apply(event);
        }
        prop_assert_eq!(&board, run.engine.board(), "folding twice changes nothing");
    }

    #[test]
    fn every_notice_arrives_once_and_in_order_whenever_mail_was_down(
        script in script(), from in 0_i64..2000, long in 0_i64..4000,
    ) {
        let mut world = Scripted::of(&[("api", &(script + "."))]);
        world.mail_down = vec![(from, from + long)];
        let run = play(vec![watched()], world, 12_000);
        let raised: Vec<_> = run.world.events.iter().filter_map(|event| match &event.kind {
            EventKind::Notify(notice) => Some(notice.subject.clone()),
            _ => None,
        }).collect();
        let arrived: Vec<_> = run.world.delivered.iter().map(|(_, subject, _)| subject.clone()).collect();
        prop_assert_eq!(raised, arrived);
    }

    #[test]
    fn the_engine_never_asks_to_be_woken_in_the_past(script in script(), delay in 0_u64..70) {
        let mut world = Scripted::of(&[("api", &script)]);
        world.delays.insert("api".into(), Duration::from_secs(delay));
        let mut slow = watched();
        slow.retries = 2;
        let engine = start(setup(vec![slow]), Board::default(), 1, at(0));
        let mut run = Discrete::new(engine, world, at(0));
        for second in 1..300 {
            run.run_until(Mono(second * 1000));
            let wake = run.engine.poll_timeout().map(|(at, _)| at);
            prop_assert!(wake.is_none_or(|wake| wake > Mono(second * 1000)));
        }
    }

    #[test]
    fn a_restart_at_any_turn_changes_no_event(script in script(), turn in 1_usize..60) {
        let whole = play(vec![watched()], Scripted::of(&[("api", &script)]), 3000);
        let second = i64::try_from(turn).unwrap() * 30;
        let half = play(vec![watched()], Scripted::of(&[("api", &script)]), second - 1);
        let (engine, mut world) = half.into_parts();
        let last = world.events.last().unwrap().seq;
        let events = std::mem::take(&mut world.events);
        let again = start(setup(vec![watched()]), engine.board().clone(), last + 1, at(second));
        let mut rest = Discrete::new(again, world, at(second));
        rest.run_until(Mono(3_000_000));
        let both: Vec<_> = events.iter().chain(&rest.world.events).cloned().collect();
        prop_assert_eq!(told(&both), told(&whole.world.events));
    }

    #[test]
    fn seq_has_no_gaps(script in script()) {
        let run = play(vec![watched()], Scripted::of(&[("api", &script)]), 3000);
        for (n, event) in (1..).zip(&run.world.events) {
            prop_assert_eq!(event.seq, n);
        }
    }
}

/// What people and files were told, without what a restart itself adds.
fn told(events: &[Event]) -> Vec<String> {
    let lasting = events.iter().filter(|event| {
        !matches!(event.kind, EventKind::Start(_) | EventKind::Config(_) | EventKind::Delivery(_))
    });
    lasting
        .map(|event| match &event.kind {
            EventKind::Notify(notice) => format!("{} {}", event.ts, notice.subject),
            EventKind::Check(done) => format!("{} {}", event.ts, done.status),
            EventKind::Action(done) => {
                format!("{} {} {:?} {:?}", event.ts, done.action, done.result, done.helped)
            }
            other => format!("{} {}", event.ts, other.word()),
        })
        .collect()
}
