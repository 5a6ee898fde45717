//! Power failures at every step that a disk can take: nothing that was acknowledged is lost, and
//! what is left is whole.

use engine::{Event, Mono};
use proptest::prelude::*;
use store::MemoryDisk;

use crate::stories::{
    DAY, HOUR, MINUTE, MONDAY, fold, history, lines, open, paths, state, written,
};

/// Writes until the machine stops; returns how many events were acknowledged by then.
fn write(disk: &MemoryDisk, events: &[Event], from: usize) -> usize {
    let now = events.get(from).map_or(0, |event| event.ts.as_millis());
    let opened = store::Store::open(
        &paths(),
        crate::stories::shared(disk),
        engine::Timestamp::from_millis(now),
        "pid 1",
    );
    let Ok((mut store, opened)) = opened else {
        return from;
    };
    assert_eq!(opened.next_seq, from as u64 + 1);
    let mut acknowledged = from;
    for (index, event) in events.iter().enumerate().skip(from) {
        store.record(event);
        let mono = Mono(event.ts.as_millis() - MONDAY);
        store.tick(mono);
        if index % 3 == 0 && store.sync(mono).is_ok() {
            acknowledged = index + 1;
        }
    }
    if store.close().is_ok() { events.len() } else { acknowledged }
}

/// What is on the disk after a return of power: a beginning of the history with everything that was
/// acknowledged, and the state that it comes to. Returns its length.
fn inspect(disk: &MemoryDisk, events: &[Event], acknowledged: usize, now: i64) -> usize {
    let (store, opened) = open(disk, now);
    let kept = usize::try_from(opened.next_seq).unwrap() - 1;
    assert!(kept >= acknowledged, "{kept} of {acknowledged} acknowledged events are left");
    assert_eq!(written(disk, &paths()), lines(&events[..kept]));
    assert_eq!(opened.board, fold(&events[..kept]));
    store.close().unwrap();
    assert_eq!(state(disk, &paths()), fold(&events[..kept]));
    kept
}

/// Stops the machine after some steps, inspects, writes the rest, inspects again. Returns whether
/// the machine was stopped at all.
fn crash_and_go_on(events: &[Event], steps: u64, unsynced: usize) -> bool {
    let disk = MemoryDisk::default();
    disk.halt_after(Some(steps));
    let acknowledged = write(&disk, events, 0);
    let stopped = disk.steps() == steps;
    disk.crash_keeping(unsynced);
    let next = events.get(acknowledged).unwrap_or(&events[0]);
    let kept = inspect(&disk, events, acknowledged, next.ts.as_millis());
    assert_eq!(write(&disk, events, kept), events.len());
    disk.crash();
    inspect(&disk, events, events.len(), MONDAY + 40 * DAY);
    stopped
}

#[test]
fn a_crash_at_any_step_of_the_disk_loses_nothing_that_was_acknowledged() {
    let choices: Vec<_> =
        (0..40_u8).map(|n| (n.wrapping_mul(67), 7 * MINUTE * i64::from(n))).collect();
    let events = history(&choices);
    let days = (events[40].ts.as_millis() - MONDAY) / DAY;
    assert!(days >= 3, "the history passes several midnights");
    for unsynced in [0, 1, 60, usize::MAX] {
        let mut steps = 0;
        while crash_and_go_on(&events, steps, unsynced) {
            steps += 1;
        }
        assert!(steps > 100, "there were {steps} steps");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn after_any_crash_the_state_is_the_fold_of_what_is_left(
        choices in proptest::collection::vec((any::<u8>(), 0..3 * HOUR), 1..60),
        steps in 0..300_u64,
        unsynced in 0..1000_usize,
    ) {
        crash_and_go_on(&history(&choices), steps, unsynced);
    }
}
