//! Things that call in by themselves: a missed call is a failure, a late one the recovery, and the
//! time in which the checker was down counts for nothing.

use std::time::Duration;

use engine::{
    Check, CheckName, Event, EventKind, Mono, Now,
    board::Board,
    config::{PushSpec, Spec},
    discrete::{Discrete, World},
    effect::{Input, Probe},
    observation::Observation,
};

use crate::support::{START, at, check, expect, setup, start};

/// A backup that calls every five minutes, with a minute of grace; looked at every 30 s.
fn backup() -> Check {
    let (every, grace) = (Duration::from_secs(300), Duration::from_secs(60));
    let spec = Spec::Push(PushSpec { token: "t0k3n-of-backup".into(), every, grace });
    Check { spec, ..check("backup") }
}

/// Seconds from and to which this machine has no network.
const OFFLINE: (i64, i64) = (5_000, 6_000);

#[derive(Debug, Default)]
struct Watch(Vec<Event>);

impl World for Watch {
    fn probe(&mut self, _: &Probe, now: Now) -> (Duration, Observation) {
        let second = now.mono.0 / 1000;
        let seen = match (OFFLINE.0..OFFLINE.1).contains(&second) {
            true => Observation::Unmeasured { reason: "no network".to_owned() },
            false => Observation::Push { beat: false },
        };
        (Duration::ZERO, seen)
    }

    fn record(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

/// Runs from one second to another with calls at these seconds; gives the state and the story.
fn run(board: Board, (from, to): (i64, i64), calls: &[i64]) -> (Board, String) {
    let (next, initial) = (board.last_seq() + 1, board.clone());
    let engine = start(setup(vec![backup()]), board, next, at(from));
    let mut run = Discrete::new(engine, Watch::default(), at(from));
    for call in calls {
        run.run_until(Mono(call * 1000));
        run.tell(Input::Pushed { check: CheckName::new("backup") });
    }
    run.run_until(Mono(to * 1000));
    let folded = run.world.0.iter().fold(initial, |mut board, event| {
        board.apply(event);
        board
    });
    assert_eq!(folded.entries, run.engine.board().entries, "the state is the fold of the journal");
    (run.engine.board().clone(), run.world.0.iter().filter_map(line).collect())
}

fn line(event: &Event) -> Option<String> {
    let second = event.ts.since(START).as_secs();
    match &event.kind {
        EventKind::Check(done) if done.status != done.prev => {
            Some(format!("{second} {} {}\n", done.status, done.details.reason))
        }
        EventKind::Notify(notice) => Some(format!("{second} {}\n", notice.subject)),
        EventKind::Check(_)
        | EventKind::Delivery(_)
        | EventKind::Action(_)
        | EventKind::Start(_)
        | EventKind::Stop(_)
        | EventKind::Config(_)
        | EventKind::CheckRemoved(_)
        | EventKind::Skip(_) => None,
    }
}

#[test]
fn a_missed_call_fails_and_the_next_call_recovers_at_once() {
    let (_, story) = run(Board::default(), (0, 900), &[10, 310, 800]);
    expect(
        &story,
        "0 OK no call has come yet
         690 FAIL the last call came 6 min 20 s ago, expected every 5 min with 1 min of grace
         690 [P1][FIRST_FAIL] backup
         800 OK a call has just come
         800 [P1][RECOVERED] backup",
    );
}

#[test]
fn what_never_calls_fails_once_its_time_is_over() {
    let (_, story) = run(Board::default(), (0, 400), &[]);
    expect(
        &story,
        "0 OK no call has come yet
         390 FAIL no call has come since this was first watched, 6 min 30 s ago, expected every 5 min with 1 min of grace
         390 [P1][FIRST_FAIL] backup",
    );
}

#[test]
fn a_restart_does_not_reset_the_time() {
    let (board, _) = run(Board::default(), (0, 200), &[10]);
    let (_, story) = run(board, (210, 500), &[]);
    expect(
        &story,
        "390 FAIL the last call came 6 min 20 s ago, expected every 5 min with 1 min of grace
         390 [P1][FIRST_FAIL] backup",
    );
}

#[test]
fn the_time_in_which_the_checker_was_down_does_not_count() {
    let (board, _) = run(Board::default(), (0, 100), &[10]);
    // Down from the look at 90 on. Twelve calls were due until 3690, the next one is at 3910.
    let (_, story) = run(board, (3690, 4100), &[]);
    expect(
        &story,
        "3990 FAIL the last call came 6 min 20 s ago, expected every 5 min with 1 min of grace, not counting 1 h in which nobody looked
         3990 [P1][FIRST_FAIL] backup",
    );
}

#[test]
fn a_call_that_found_nobody_there_in_a_short_restart_is_no_failure() {
    let (board, _) = run(Board::default(), (0, 301), &[10]);
    // The call of second 310 is lost; the one of 610 comes.
    let (board, story) = run(board, (315, 640), &[610]);
    expect(&story, "");
    // A restart at another time excuses nothing.
    let (board, _) = run(board, (645, 800), &[]);
    let (_, story) = run(board, (810, 1000), &[]);
    expect(
        &story,
        "990 FAIL the last call came 6 min 20 s ago, expected every 5 min with 1 min of grace
         990 [P1][FIRST_FAIL] backup",
    );
}

#[test]
fn a_silence_that_was_told_is_not_taken_back_by_a_restart() {
    let (board, _) = run(Board::default(), (0, 600), &[10]);
    let (_, story) = run(board, (620, 900), &[]);
    expect(&story, "");
}

#[test]
fn a_flood_of_calls_is_one_line_a_second() {
    let engine = start(setup(vec![backup()]), Board::default(), 1, at(0));
    let mut run = Discrete::new(engine, Watch::default(), at(0));
    run.run_until(Mono(10_000));
    let before = run.world.0.len();
    for call in 0..500 {
        run.run_until(Mono(10_000 + 10 * call));
        run.tell(Input::Pushed { check: CheckName::new("backup") });
    }
    let after = run.world.0.len() - before;
    assert!((5..=6).contains(&after), "{after} lines in five seconds");
}

#[test]
fn a_call_for_another_kind_of_check_or_for_none_is_left_alone() {
    let engine = start(setup(vec![check("web")]), Board::default(), 1, at(0));
    let mut run = Discrete::new(engine, Watch::default(), at(0));
    run.run_until(Mono(1000));
    let before = run.world.0.len();
    for name in ["web", "nobody"] {
        run.tell(Input::Pushed { check: CheckName::new(name) });
    }
    assert_eq!(run.world.0.len(), before);
}

#[test]
fn calls_that_nobody_could_make_are_not_missed_and_later_ones_are() {
    let (board, _) = run(Board::default(), (4_500, 4_900), &[4_600, 4_890]);
    // Those of 5190, 5490 and 5790 could not be made. The one of 6090 comes, that of 6390 does not.
    let (board, story) = run(board, (4_905, 6_100), &[6_090]);
    expect(
        &story,
        "5025 UNKNOWN no network
         6015 OK the last call came 18 min 45 s ago",
    );
    let (_, story) = run(board, (6_105, 6_600), &[]);
    expect(
        &story,
        "6465 FAIL the last call came 6 min 15 s ago, expected every 5 min with 1 min of grace
         6465 [P1][FIRST_FAIL] backup",
    );
}

#[test]
fn a_silence_that_was_told_goes_on_behind_a_lost_network() {
    let (board, _) = run(Board::default(), (4_400, 4_900), &[4_450]);
    let (_, story) = run(board, (4_910, 6_200), &[]);
    expect(&story, "5000 UNKNOWN no network
         6020 FAIL the last call came 9 min 40 s ago, expected every 5 min with 1 min of grace, not counting 16 min 30 s in which nobody looked");
}
