//! The doctor: a store that was written in peace is healthy, every kind of damage is found at its
//! place, and a repair loses no byte.

use engine::{Event, Mono};
use proptest::prelude::*;
use store::{
    Disk, MemoryDisk,
    doctor::{Examined, Grade, examine, repair},
};

use crate::stories::{DAY, HOUR, MONDAY, at, fold, history, open, paths, segment, shared, state};

/// A store that was written and closed, and its events.
fn healthy(choices: &[(u8, i64)]) -> (MemoryDisk, Vec<Event>) {
    let (disk, events) = (MemoryDisk::default(), history(choices));
    let first = events[0].ts;
    let (mut store, _) = store::Store::open(&paths(), shared(&disk), first, "pid 1").unwrap();
    for event in &events {
        store.record(event);
        store.tick(Mono(event.ts.as_millis() - MONDAY));
    }
    store.close().unwrap();
    (disk, events)
}

fn usual() -> (MemoryDisk, Vec<Event>) {
    let choices: Vec<_> = (0..60_u8).map(|n| (n.wrapping_mul(67), HOUR)).collect();
    healthy(&choices)
}

fn look(disk: &MemoryDisk) -> Examined {
    examine(&paths(), disk).unwrap()
}

/// What was found, as `grade file:line what`.
fn told(examined: &Examined) -> Vec<String> {
    let tell = |one: &store::doctor::Finding| {
        let name = one.file.file_name().unwrap().to_string_lossy();
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{:?} {name}{line} {}", one.grade, one.what)
    };
    examined.findings.iter().map(tell).collect()
}

fn journal(disk: &MemoryDisk) -> Vec<u8> {
    disk.read(&paths().results).unwrap()
}

fn mend(disk: &MemoryDisk) -> (Vec<String>, Examined) {
    repair(&paths(), disk, at(MONDAY + 9 * DAY)).unwrap()
}

#[test]
fn nothing_at_all_and_a_store_that_was_closed_in_peace_are_healthy() {
    let empty = MemoryDisk::default();
    assert_eq!(look(&empty), Examined::default());
    assert!(empty.files().is_empty(), "looking leaves nothing behind");
    let (disk, events) = usual();
    let before = disk.files();
    let examined = look(&disk);
    assert_eq!(told(&examined), [""; 0]);
    assert_eq!(examined.seqs, Some((1, events.len() as u64)));
    assert_eq!((examined.lines, examined.checks), (events.len() as u64, 3));
    assert!(examined.files >= 3, "several days: {examined:?}");
    assert_eq!(disk.files(), before);
    assert_eq!(mend(&disk).0, [""; 0], "there is nothing to repair");
}

#[test]
fn a_torn_end_is_cut_off_and_kept_and_a_whole_one_is_ended() {
    let (disk, events) = usual();
    let whole = journal(&disk);
    disk.put(&paths().results, &[&whole[..], b"{\"ts\":\"2026-01"].concat());
    let lines = whole.iter().filter(|byte| **byte == b'\n').count();
    let expected = format!(
        "Repairable results.jsonl:{} the file ends in the middle of a line, with 14 bytes of it",
        lines + 1
    );
    assert_eq!(told(&look(&disk)), [expected]);
    let (done, after) = mend(&disk);
    assert_eq!(told(&after), [""; 0]);
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(journal(&disk), whole);
    let torn = std::path::Path::new("/data/results.jsonl.torn-20260114T000000Z");
    assert_eq!(disk.read(torn).unwrap(), b"{\"ts\":\"2026-01");
    disk.put(&paths().results, whole.trim_ascii_end());
    assert_eq!(look(&disk).worst(), Grade::Repairable);
    assert_eq!(told(&mend(&disk).1), [""; 0]);
    assert_eq!(journal(&disk), whole, "an event that lacked only its end is kept");
    assert_eq!(state(&disk, &paths()), fold(&events));
}

#[test]
fn a_damaged_line_of_a_closed_day_is_named_taken_out_and_kept() {
    let (disk, events) = usual();
    let day = segment("2026-01-06.jsonl");
    let good = disk.read(&day).unwrap();
    let mut bad = good.clone();
    let second = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    bad[second] = b'x';
    disk.put(&day, &bad);
    let found = told(&look(&disk));
    assert_eq!(found.len(), 1, "the gap is explained by the line: {found:?}");
    assert!(found[0].starts_with("Repairable 2026-01-06.jsonl:2 it does not parse"), "{found:?}");
    let (done, after) = mend(&disk);
    assert!(done[0].starts_with("took 1 lines out of"), "{done:?}");
    assert_eq!(after.worst(), Grade::Note, "{:?}", told(&after));
    assert_eq!(disk.read(&segment("2026-01-06.jsonl.damaged-20260114T000000Z")).unwrap(), bad);
    assert_eq!(after.lines, events.len() as u64 - 1);
    assert_eq!(state(&disk, &paths()), fold(&events), "the state knew the line, and is kept");
    let (store, opened) = open(&disk, MONDAY + 9 * DAY);
    assert_eq!((opened.next_seq, opened.notes), (events.len() as u64 + 1, Vec::new()));
    store.close().unwrap();
}

#[test]
fn lines_that_are_gone_are_beyond_repair_and_nothing_is_touched() {
    let (disk, _) = usual();
    let whole = String::from_utf8(journal(&disk)).unwrap();
    let first = whole.find('\n').unwrap() + 1;
    disk.put(&paths().results, &whole.as_bytes()[first..]);
    let examined = look(&disk);
    assert_eq!(examined.worst(), Grade::Beyond);
    assert!(told(&examined)[0].contains("is missing before this line"), "{:?}", told(&examined));
    let before = disk.files();
    let (done, after) = mend(&disk);
    assert_eq!((done, after), (Vec::new(), examined));
    assert_eq!(disk.files().len(), before.len());
    let (disk, _) = usual();
    disk.remove(&paths().results).unwrap();
    let found = told(&look(&disk));
    assert!(
        found.iter().any(|one| one.starts_with("Beyond state.json it knows event")),
        "{found:?}"
    );
}

#[test]
fn a_state_that_lies_is_moved_aside_and_made_anew() {
    let (disk, events) = usual();
    let text = disk.read(&paths().state).unwrap();
    let lie = String::from_utf8(text).unwrap().replacen("\"skipped\":", "\"skipped\":9", 1);
    let torn = lie[..lie.len() / 2].to_owned();
    for (text, mark) in [(lie, "old"), (torn, "corrupt")] {
        disk.put(&paths().state, text.as_bytes());
        let found = told(&look(&disk));
        assert!(found[0].starts_with("Repairable state.json"), "{found:?}");
        assert_eq!(told(&mend(&disk).1), [""; 0]);
        assert_eq!(state(&disk, &paths()), fold(&events));
        let aside = format!("/data/state.json.{mark}-20260114T000000Z");
        assert_eq!(disk.read(std::path::Path::new(&aside)).unwrap(), text.as_bytes());
    }
    disk.remove(&paths().state).unwrap();
    assert_eq!(look(&disk).worst(), Grade::Repairable);
    assert_eq!(told(&mend(&disk).1), [""; 0]);
    assert_eq!(state(&disk, &paths()), fold(&events));
}

#[test]
fn leftovers_and_strangers_are_named_and_only_ours_are_moved() {
    let (disk, _) = usual();
    let (temporary, stranger) =
        (std::path::Path::new("/data/.state.json.tmp"), segment("notes.txt"));
    disk.put(temporary, b"half");
    disk.put(&stranger, b"mine");
    let expected = [
        "Repairable .state.json.tmp a temporary file that was never put in its place",
        "Note notes.txt this is no closed day, so that nobody reads it",
    ];
    assert_eq!(told(&look(&disk)), expected);
    assert_eq!(told(&mend(&disk).1), expected[1..]);
    let aside = std::path::Path::new("/data/state.json.tmp.leftover-20260114T000000Z");
    assert_eq!(
        (disk.read(aside).unwrap(), disk.read(&stranger).unwrap()),
        (b"half".into(), b"mine".into())
    );
}

#[test]
fn a_store_that_is_being_written_is_looked_at_with_care_and_not_repaired() {
    let (disk, events) = usual();
    let (mut store, _) = open(&disk, events.last().unwrap().ts.as_millis());
    disk.put(std::path::Path::new("/data/.state.json.tmp"), b"half");
    let mut bytes = journal(&disk);
    bytes.extend_from_slice(b"{\"ts\"");
    disk.put(&paths().results, &bytes);
    let examined = look(&disk);
    assert_eq!((told(&examined), examined.running.as_deref()), (Vec::new(), Some("pid 1")));
    let refused = repair(&paths(), &disk, at(MONDAY)).unwrap_err().to_string();
    assert!(refused.contains("pid 1") && refused.contains("Stop it first"), "{refused}");
    store.tick(Mono(0));
}

/// A kind of damage, and how far into the files it is done.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip,
    Cut,
    Garbage,
    State,
    NoState,
    Temporary,
}

fn hurt(disk: &MemoryDisk, harm: Harm, place: usize) {
    let files: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    let file = &files[place % files.len()];
    let mut bytes = disk.read(file).unwrap();
    let at = place % bytes.len().max(1);
    match harm {
        Harm::Flip if !bytes.is_empty() => bytes[at] ^= 0x15,
        Harm::Cut => bytes.truncate(at),
        Harm::Flip | Harm::Garbage => {
            bytes.splice(at..at, *b"\n\0garbage\n");
        }
        Harm::State => return disk.put(&paths().state, b"{\"api\": {\"seq\": 1}}"),
        Harm::NoState => return disk.remove(&paths().state).unwrap_or_default(),
        Harm::Temporary => return disk.put(std::path::Path::new("/data/.state.json.tmp"), b"x"),
    }
    disk.put(file, &bytes);
}

fn everything(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    let files = disk.files().into_iter().filter(|file| *file != paths().lock());
    files.map(|file| disk.read(&file).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_was_done_to_a_store_a_repair_loses_nothing_and_leaves_nothing_to_repair(
        choices in proptest::collection::vec((any::<u8>(), 0..6 * HOUR), 1..40),
        harms in proptest::collection::vec((
            proptest::sample::select(vec![
                Harm::Flip, Harm::Cut, Harm::Garbage, Harm::State, Harm::NoState, Harm::Temporary,
            ]),
            any::<usize>(),
        ), 0..4),
    ) {
        let (disk, events) = healthy(&choices);
        for (harm, place) in &harms {
            hurt(&disk, *harm, *place);
        }
        let (before, found) = (everything(&disk), look(&disk));
        prop_assert!(!harms.is_empty() || found.findings.is_empty(), "{:?}", told(&found));
        let (_, after) = mend(&disk);
        let left = everything(&disk);
        for old in before.iter().filter(|old| !old.is_empty()) {
            let is_there = left.iter().any(|new| new == old);
            // A torn end is kept for itself.
            let cut = (0..old.len()).rev().find(|at| old[*at] == b'\n').map_or(0, |at| at + 1);
            let (head, tail) = old.split_at(cut);
            let in_two = left.iter().any(|new| new == head || head.is_empty())
                && left.iter().any(|new| new == tail);
            let ended = left.iter().any(|new| *new == [&old[..], b"\n"].concat());
            prop_assert!(is_there || in_two || ended, "lost: {}", String::from_utf8_lossy(old));
        }
        prop_assert!(
            after.findings.iter().all(|one| one.grade != Grade::Repairable),
            "left: {:?}", told(&after)
        );
        let again = mend(&disk);
        prop_assert_eq!((again.0.len(), &again.1), (0, &after), "a second repair has nothing to do");
        if found.worst() == Grade::Note {
            prop_assert_eq!(state(&disk, &paths()), fold(&events));
        }
        let (store, opened) = open(&disk, MONDAY + 40 * DAY);
        prop_assert!(opened.next_seq >= 1);
        store.close().unwrap();
    }
}
