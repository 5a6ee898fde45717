//! The writer when all goes well: what it writes, when it does, and what it gives up.

use std::sync::mpsc;

use engine::{CheckName, Mono, Status, board::Retrying, event::ActionResult};
use proptest::prelude::*;
use store::{Disk as _, MemoryDisk, OpenError, Store, StoreThread, Writer, reset};

use crate::stories::{
    DAY, HOUR, MONDAY, action, at, check, config, delivery, fold, history, lines, notice, ok, open,
    paths, segment, shared, skip, start, state, stop, written,
};

#[test]
fn the_beginning_of_the_journal_never_changes_while_it_grows_and_days_are_closed() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let choices: Vec<_> = (0..120).map(|n| (n, i64::from(n % 7) * HOUR)).collect();
    let mut before = String::new();
    for event in history(&choices) {
        store.record(&event);
        store.sync(Mono(0)).unwrap();
        let after = written(&disk, &paths());
        assert!(after.starts_with(&before) && after.len() > before.len());
        before = after;
    }
    assert_eq!(before, lines(&history(&choices)));
    assert!(disk.list(&paths().segments()).unwrap().len() > 10);
}

#[test]
fn a_day_is_closed_under_its_date_when_the_first_line_of_the_next_comes() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let days = [ok(1, MONDAY, "api"), ok(2, MONDAY + DAY - 1, "api"), ok(3, MONDAY + DAY, "api")];
    days.iter().for_each(|event| store.record(event));
    store.close().unwrap();
    let read = |path: std::path::PathBuf| String::from_utf8(disk.read(&path).unwrap()).unwrap();
    assert_eq!(read(segment("2026-01-05.jsonl")), lines(&days[..2]));
    assert_eq!(read(paths().results), lines(&days[2..]));
}

#[test]
fn a_clock_that_is_set_back_loses_no_line_and_no_file() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let times = [0, DAY, DAY - HOUR, 400 * DAY, 2 * DAY, 3 * DAY, 0, DAY, 2 * DAY];
    let events: Vec<_> = (1..).zip(times).map(|(seq, by)| ok(seq, MONDAY + by, "api")).collect();
    events.iter().for_each(|event| store.record(event));
    store.close().unwrap();
    let names = disk.list(&paths().segments()).unwrap();
    let expected = ["2026-01-05.2", "2026-01-05", "2026-01-06.2", "2026-01-06", "2026-01-07"]
        .into_iter()
        .chain(["2026-01-08", "2027-02-09"]);
    let expected: Vec<_> = expected.map(|day| format!("{day}.jsonl")).collect();
    assert_eq!(names, expected);
    disk.remove(&paths().state).unwrap();
    let (_store, opened) = open(&disk, MONDAY + 2 * DAY);
    assert_eq!((opened.board, opened.next_seq), (fold(&events), 10));
}

#[test]
fn a_file_of_a_past_day_is_closed_at_the_start() {
    let disk = MemoryDisk::default();
    disk.put(&paths().results, lines(&[ok(1, MONDAY, "api")]).as_bytes());
    let (_store, opened) = open(&disk, MONDAY + 3 * DAY);
    assert_eq!(opened.next_seq, 2);
    assert_eq!(disk.read(&paths().results).unwrap(), b"");
    assert!(disk.stat(&segment("2026-01-05.jsonl")).is_ok());
}

#[test]
fn pruning_deletes_whole_days_before_the_date_and_no_other_file() {
    let disk = MemoryDisk::default();
    for name in ["2026-01-03.jsonl", "2026-01-04.2.jsonl", "2026-01-05.jsonl", "notes.jsonl"] {
        disk.put(&segment(name), b"");
    }
    let (mut store, _) = open(&disk, MONDAY + DAY);
    assert_eq!(store.prune(at(MONDAY + HOUR)), 2);
    assert_eq!(disk.list(&paths().segments()).unwrap(), ["2026-01-05.jsonl", "notes.jsonl"]);
    assert_eq!(store.prune(at(MONDAY + HOUR)), 0);
}

#[test]
fn plain_results_wait_for_a_quarter_of_a_second_and_all_else_goes_at_once() {
    let important = [
        notice(9, MONDAY, "api"),
        action(9, MONDAY, "api", ActionResult::Ok),
        config(9, MONDAY, &["api"], true),
        start(9, MONDAY),
        stop(9, MONDAY),
        check(9, MONDAY, "api", Status::Ok, Status::Fail),
    ];
    let plain = [ok(9, MONDAY, "api"), skip(9, MONDAY, "api"), delivery(9, MONDAY, "api", 8, true)];
    let waits = |event| {
        let disk = MemoryDisk::default();
        let (mut store, _) = open(&disk, MONDAY);
        store.tick(Mono(5_000));
        store.record(&ok(1, MONDAY, "db"));
        store.tick(Mono(5_000));
        store.record(&event);
        let mut now = Mono(5_001);
        loop {
            store.tick(now);
            if written(&disk, &paths()).contains("\"seq\":9") {
                return now.0 - 5_001;
            }
            now = store.next_tick().unwrap().max(now);
        }
    };
    assert_eq!(important.map(waits), [0; 6]);
    assert_eq!(plain.map(waits), [249; 3]);
}

#[test]
fn the_state_is_written_at_most_once_a_second_and_only_when_it_changed() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let (mut writings, mut identity) = (0, 0);
    for now in (0..10_000).step_by(50) {
        if now < 5_000 {
            store.record(&ok(1 + u64::try_from(now).unwrap(), MONDAY + now, "api"));
        }
        store.tick(Mono(now));
        let there = disk.stat(&paths().state).unwrap().identity;
        writings += u32::from(there != identity);
        identity = there;
    }
    assert!((5..=7).contains(&writings), "{writings}");
    assert_eq!(store.next_tick(), None);
    assert_eq!(state(&disk, &paths()), *store.board());
}

#[test]
fn retrying_is_shown_but_not_restored() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let (api, next_at) = (CheckName::new("api"), at(MONDAY));
    let retrying = Retrying { failed: 1, of: 3, reason: "refused".to_owned(), next_at };
    store.record(&ok(1, MONDAY, "api"));
    store.retrying(&api, Some(retrying.clone()));
    store.retrying(&CheckName::new("nobody"), Some(retrying.clone()));
    store.close().unwrap();
    assert_eq!(state(&disk, &paths()).entries[&api].retrying, Some(retrying));
    let (_store, opened) = open(&disk, MONDAY);
    assert_eq!((opened.board.entries.len(), &opened.board.entries[&api].retrying), (1, &None));
}

#[test]
fn deleting_both_files_is_a_clean_slate_and_numbers_go_on() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    store.record(&ok(1, MONDAY, "api"));
    store.record(&ok(2, MONDAY + DAY, "api"));
    store.close().unwrap();
    disk.remove(&paths().state).unwrap();
    disk.remove(&paths().results).unwrap();
    let (_store, opened) = open(&disk, MONDAY + DAY);
    assert_eq!((opened.board.entries.len(), opened.next_seq), (0, 2));
}

#[test]
fn a_reset_deletes_state_and_history_unless_somebody_writes_them() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    store.record(&ok(1, MONDAY, "api"));
    store.record(&ok(2, MONDAY + DAY, "api"));
    store.sync(Mono(0)).unwrap();
    assert!(
        matches!(reset(&paths(), &disk), Err(OpenError::Locked { holder }) if holder == "pid 1")
    );
    store.close().unwrap();
    reset(&paths(), &disk).unwrap();
    assert_eq!(disk.files(), [paths().lock()]);
    reset(&paths(), &disk).unwrap();
}

#[test]
fn a_thread_answers_a_ticket_once_all_that_came_before_is_durable() {
    let disk = MemoryDisk::default();
    let (store, _) = open(&disk, MONDAY);
    let mut thread = StoreThread::spawn(store, || Mono(0)).unwrap();
    let (done, answers) = mpsc::channel();
    for seq in 1..=50 {
        thread.record(ok(seq, MONDAY, "api"));
        let (done, disk) = (done.clone(), disk.clone());
        thread.when_durable(Box::new(move |result| {
            let lines = disk.read(&paths().results).unwrap();
            done.send((seq, result, lines.iter().filter(|b| **b == b'\n').count())).unwrap();
        }));
    }
    for expected in 1..=50 {
        let (seq, result, lines) = answers.recv().unwrap();
        assert_eq!((seq, result), (expected, Ok(())));
        assert!(lines as u64 >= seq);
    }
    thread.close().unwrap();
    assert_eq!(state(&disk, &paths()).last_seq(), 50);
}

#[test]
fn a_dropped_thread_has_written_everything_and_freed_the_lock() {
    let disk = MemoryDisk::default();
    let (store, _) = open(&disk, MONDAY);
    let mut thread = StoreThread::spawn(store, || Mono(0)).unwrap();
    (1..=20).for_each(|seq| thread.record(ok(seq, MONDAY, "api")));
    drop(thread);
    assert_eq!(written(&disk, &paths()).lines().count(), 20);
    assert_eq!(open(&disk, MONDAY).1.next_seq, 21);
}

#[test]
fn in_line_a_ticket_is_answered_before_the_call_returns() {
    let disk = MemoryDisk::default();
    let mut writer = Writer::Inline(Box::new(open(&disk, MONDAY).0));
    writer.record(notice(1, MONDAY, "api"));
    assert_eq!(writer.next_tick().map(|due| due <= Mono(7)), Some(true));
    let (done, answer) = mpsc::channel();
    writer.when_durable(Mono(7), Box::new(move |result| done.send(result).unwrap()));
    assert_eq!(answer.try_recv(), Ok(Ok(())));
    assert_eq!(written(&disk, &paths()).lines().count(), 1);
    writer.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_history_in_any_number_of_sittings_gives_its_fold(
        choices in proptest::collection::vec((any::<u8>(), 0..5 * HOUR), 1..80),
        sitting in 1..40_usize,
        without_state in any::<bool>(),
    ) {
        let (disk, events) = (MemoryDisk::default(), history(&choices));
        for sitting in events.chunks(sitting) {
            let now = sitting[0].ts;
            let (mut store, opened) = Store::open(&paths(), shared(&disk), now, "me").unwrap();
            prop_assert_eq!(opened.next_seq, sitting[0].seq);
            prop_assert_eq!(opened.notes, Vec::<String>::new());
            sitting.iter().for_each(|event| store.record(event));
            store.close().unwrap();
            if without_state {
                disk.remove(&paths().state).unwrap();
            }
        }
        let (_store, opened) = open(&disk, MONDAY + DAY);
        prop_assert_eq!(opened.board, fold(&events));
        prop_assert_eq!(written(&disk, &paths()), lines(&events));
    }
}
