//! The writer when things go wrong: torn lines, broken files, full disks, files that vanish.

use std::sync::mpsc;

use engine::{Mono, Status, Timestamp};
use store::{Disk as _, MemoryDisk, OpenError, Store, StoreThread, disk::Failure};

use crate::stories::{
    DAY, HOUR, MONDAY, check, config, fold, lines, notice, ok, open, paths, segment, shared, state,
    written,
};

fn three() -> [engine::Event; 3] {
    [
        config(1, MONDAY, &["api", "db"], true),
        check(2, MONDAY + HOUR, "api", Status::Pending, Status::Fail),
        notice(3, MONDAY + HOUR, "api"),
    ]
}

#[test]
fn a_torn_last_line_is_cut_off_wherever_it_tore_and_the_next_record_is_clean() {
    let whole = lines(&three());
    let last = lines(&three()[..2]).len();
    for torn_at in last + 1..whole.len() - 1 {
        let disk = MemoryDisk::default();
        disk.put(&paths().results, &whole.as_bytes()[..torn_at]);
        let (mut store, opened) = open(&disk, MONDAY + HOUR);
        assert_eq!((opened.next_seq, opened.notes.len()), (3, 1), "{:?}", opened.notes);
        store.record(&three()[2]);
        store.close().unwrap();
        assert_eq!(written(&disk, &paths()), whole);
        assert_eq!(state(&disk, &paths()), fold(&three()));
    }
}

#[test]
fn reads_that_bring_half_of_what_they_should_cost_nothing() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    three().iter().for_each(|event| store.record(event));
    store.close().unwrap();
    disk.set_failure(Some(Failure::ShortRead));
    let (store, opened) = open(&disk, MONDAY + HOUR);
    assert_eq!((opened.next_seq, &opened.notes[..]), (4, &[][..]));
    assert!(disk.failures() > 0, "no read was short");
    drop(store);
    disk.set_failure(None);
    assert_eq!(written(&disk, &paths()), lines(&three()));
    assert_eq!(state(&disk, &paths()), fold(&three()));
}

#[test]
fn a_failure_strikes_only_the_operations_that_somebody_picks() {
    let disk = MemoryDisk::default();
    let (asked, turn) = (std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)), 2);
    let count = std::sync::Arc::clone(&asked);
    disk.set_failure_when(Failure::Sync, move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == turn
    });
    let mut file = disk.append(&paths().results).unwrap();
    let done: Vec<bool> = (0..4).map(|_| file.sync().is_ok()).collect();
    assert_eq!((done, disk.failures()), (vec![true, true, false, true], 1));
}

#[test]
fn a_last_line_that_lacks_nothing_but_its_newline_is_kept() {
    let disk = MemoryDisk::default();
    disk.put(&paths().results, lines(&three()).trim_end().as_bytes());
    let (_store, opened) = open(&disk, MONDAY + HOUR);
    assert_eq!((opened.next_seq, opened.board), (4, fold(&three())));
    assert_eq!(written(&disk, &paths()), lines(&three()));
}

#[test]
fn lines_in_the_middle_that_do_not_parse_are_passed_over_and_told() {
    let disk = MemoryDisk::default();
    let (before, after) = (lines(&three()[..2]), lines(&three()[2..]));
    disk.put(&paths().results, format!("{before}\0\0\0\n<<<< HEAD\n\n{after}").as_bytes());
    let (_store, opened) = open(&disk, MONDAY + HOUR);
    assert_eq!((opened.next_seq, opened.board), (4, fold(&three())));
    assert_eq!(opened.notes, ["3 lines of the history do not parse and were passed over"]);
}

#[test]
fn a_state_that_does_not_parse_is_moved_aside_and_rebuilt_from_all_days() {
    for broken in ["", "{", "[]", "{\"api\": 7}", "\0\0\0\0"] {
        let disk = MemoryDisk::default();
        let (mut store, _) = open(&disk, MONDAY);
        let mut events = three().to_vec();
        events.push(ok(4, MONDAY + DAY, "db"));
        events.iter().for_each(|event| store.record(event));
        store.close().unwrap();
        disk.put(&paths().state, broken.as_bytes());
        let (_store, opened) = open(&disk, MONDAY + DAY + HOUR);
        assert_eq!((opened.board, opened.next_seq), (fold(&events), 5));
        assert!(opened.notes[0].contains("moved to /data/state.json.corrupt-20260106T010000Z"));
        let aside = paths().state.with_file_name("state.json.corrupt-20260106T010000Z");
        assert_eq!(disk.read(&aside).unwrap(), broken.as_bytes());
        assert_eq!(state(&disk, &paths()), fold(&events));
    }
}

#[test]
fn a_state_that_is_older_than_the_journal_catches_up_over_midnight() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let mut events = three().to_vec();
    events.iter().for_each(|event| store.record(event));
    store.close().unwrap();
    let old = disk.read(&paths().state).unwrap();
    let (mut store, _) = open(&disk, MONDAY + HOUR);
    events
        .extend((4..10).map(|seq| ok(seq, MONDAY + (i64::try_from(seq).unwrap() - 3) * DAY, "db")));
    events[3..].iter().for_each(|event| store.record(event));
    store.close().unwrap();
    disk.put(&paths().state, &old);
    let (_store, opened) = open(&disk, MONDAY + 9 * DAY);
    assert_eq!((opened.board, opened.next_seq), (fold(&events), 10));
}

#[test]
fn a_lone_results_json_of_older_tools_is_read_with_a_warning() {
    let disk = MemoryDisk::default();
    disk.put(&paths().legacy(), lines(&three()).as_bytes());
    let (store, opened) = open(&disk, MONDAY + HOUR);
    assert_eq!((opened.board, opened.next_seq), (fold(&three()), 4));
    assert_eq!(opened.notes.len(), 1);
    assert!(opened.notes[0].starts_with("/data/results.json is read as older history"));
    store.close().unwrap();
    let (_store, opened) = open(&disk, MONDAY + HOUR);
    assert_eq!((opened.board, opened.next_seq), (fold(&three()), 4));
    assert_eq!(opened.notes, Vec::<String>::new());
    assert_eq!(disk.read(&paths().legacy()).unwrap(), lines(&three()).as_bytes());
}

#[test]
fn whatever_breaks_on_the_disk_nothing_is_harmed_and_all_of_it_is_written_later() {
    for failure in [Failure::Full, Failure::Io, Failure::Sync] {
        let disk = MemoryDisk::default();
        let (mut store, _) = open(&disk, MONDAY);
        let [first, second, third] = three();
        let fourth = ok(4, MONDAY + DAY, "db");
        store.record(&first);
        store.tick(Mono(0));
        disk.set_failure(Some(failure));
        store.record(&second);
        assert!(store.sync(Mono(10)).is_err());
        store.record(&third);
        store.record(&fourth);
        store.tick(Mono(2_000));
        let health = store.health().unwrap();
        assert!(health.starts_with("/data/results.jsonl cannot be written: "), "{health}");
        assert!(health.ends_with("; 3 lines wait"), "{health}");
        disk.set_failure(None);
        assert!(written(&disk, &paths()).starts_with(&lines(&three()[..1])));
        store.tick(Mono(2_500));
        assert!(store.health().is_some(), "a second passes before the next try");
        store.tick(store.next_tick().unwrap());
        assert_eq!(store.health(), None);
        let all = [first, second, third, fourth];
        assert_eq!(written(&disk, &paths()), lines(&all));
        assert_eq!(state(&disk, &paths()), fold(&all), "{failure:?}");
    }
}

#[test]
fn a_full_disk_does_not_stop_a_start() {
    let disk = MemoryDisk::default();
    disk.set_failure(Some(Failure::Full));
    let (mut store, _) = open(&disk, MONDAY);
    assert!(store.health().is_some());
    store.record(&three()[0]);
    disk.set_failure(None);
    store.close().unwrap();
    assert_eq!(state(&disk, &paths()), fold(&three()[..1]));
}

#[test]
fn when_memory_is_full_too_plain_results_give_way_to_the_rest() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    disk.set_failure(Some(Failure::Full));
    (1..=100_003).for_each(|seq| store.record(&ok(seq, MONDAY, "api")));
    store.record(&notice(100_004, MONDAY, "api"));
    assert!(store.sync(Mono(0)).is_err());
    assert!(store.health().unwrap().ends_with("; 100001 lines wait; 3 were lost for want of room"));
    disk.set_failure(None);
    store.sync(Mono(5_000)).unwrap();
    assert_eq!(written(&disk, &paths()).lines().count(), 100_001);
    let health = store.health();
    assert_eq!(health.as_deref(), Some("the disk works again; 3 were lost for want of room"));
}

#[test]
fn a_ticket_on_a_broken_disk_is_answered_with_the_reason() {
    let disk = MemoryDisk::default();
    let (store, _) = open(&disk, MONDAY);
    disk.set_failure(Some(Failure::Full));
    let mut thread = StoreThread::spawn(store, || Mono(0)).unwrap();
    let (done, answer) = mpsc::channel();
    for event in three() {
        thread.record(event);
        let done = done.clone();
        thread.when_durable(Box::new(move |result| done.send(result).unwrap()));
        assert!(answer.recv().unwrap().is_err());
    }
    disk.set_failure(None);
    thread.when_durable(Box::new(move |result| done.send(result).unwrap()));
    assert_eq!(answer.recv().unwrap(), Ok(()));
    assert_eq!(written(&disk, &paths()), lines(&three()));
    let told = thread.health();
    assert!(told.is_none_or(|told| told.contains("cannot be written")));
    thread.close().unwrap();
}

#[test]
fn a_journal_that_is_taken_away_is_begun_again() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    store.record(&three()[0]);
    store.sync(Mono(0)).unwrap();
    disk.rename(&paths().results, &segment("elsewhere")).unwrap();
    store.record(&three()[1]);
    store.sync(Mono(0)).unwrap();
    disk.remove(&paths().results).unwrap();
    disk.put(&paths().results, b"foreign\n");
    store.record(&three()[2]);
    store.sync(Mono(0)).unwrap();
    let expected = format!("foreign\n{}", lines(&three()[2..]));
    assert_eq!(disk.read(&paths().results).unwrap(), expected.as_bytes());
}

#[test]
fn a_store_that_cannot_be_used_names_the_path_and_the_remedy() {
    let disk = MemoryDisk::default();
    disk.set_failure(Some(Failure::Io));
    let now = Timestamp::from_millis(MONDAY);
    let error = Store::open(&paths(), shared(&disk), now, "me").unwrap_err();
    let expected = "/data: input/output error; see that the disk works, or choose another path";
    assert_eq!(error.to_string(), expected);
    disk.set_failure(None);
    let (_store, _) = open(&disk, MONDAY);
    let error = Store::open(&paths(), shared(&disk), now, "me").unwrap_err();
    assert!(matches!(&error, OpenError::Locked { holder } if holder == "pid 1"));
    assert!(error.to_string().contains("pid 1. Stop it first"));
}
