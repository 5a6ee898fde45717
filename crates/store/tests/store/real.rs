//! The same on the file system of the machine: permissions, locks, a reader beside a writer.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use engine::{Mono, Timestamp};
use proptest::prelude::*;
use store::{Disk, OpenError, Paths, RealDisk, Store, StoreThread, read::Query, read::View};

use crate::stories::{DAY, HOUR, MONDAY, at, fold, history, lines, notice, ok, state, written};

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

fn open(paths: &Paths, now: Timestamp, holder: &str) -> Result<Store, OpenError> {
    Store::open(paths, disk(), now, holder).map(|(store, _)| store)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_and_folders_are_closed_to_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::in_folder(&folder.path().join("deep").join("data"));
    let mut store = open(&paths, at(MONDAY), "me").unwrap();
    store.record(&ok(1, MONDAY, "api"));
    store.record(&ok(2, MONDAY + DAY, "api"));
    store.close().unwrap();
    let closed = paths.segments().join("2026-01-05.jsonl");
    for file in [&paths.state, &paths.results, &paths.lock(), &closed] {
        assert_eq!(mode(file) & !0o640, 0, "{} is {:o}", file.display(), mode(file));
    }
    for folder in [&folder.path().join("deep"), &paths.segments()] {
        assert_eq!(mode(folder) & !0o750, 0, "{} is {:o}", folder.display(), mode(folder));
    }
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::in_folder(folder.path());
    let first = open(&paths, at(MONDAY), "pid 4711 since 2026-01-05T00:00:00Z").unwrap();
    match open(&paths, at(MONDAY), "pid 4712").unwrap_err() {
        OpenError::Locked { holder } => {
            assert_eq!(holder, "pid 4711 since 2026-01-05T00:00:00Z");
        }
        error @ OpenError::Unusable { .. } => panic!("{error}"),
    }
    first.close().unwrap();
    open(&paths, at(MONDAY), "pid 4712").unwrap();
}

#[test]
fn a_path_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::in_folder(&folder.path().join("taken"));
    fs::write(folder.path().join("taken"), "a file").unwrap();
    let error = open(&paths, at(MONDAY), "me").unwrap_err().to_string();
    assert!(error.contains("/taken: ") && error.contains("; "), "{error}");
}

#[test]
fn a_view_reads_while_a_thread_writes_over_midnights() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::in_folder(folder.path());
    let store = open(&paths, at(MONDAY), "me").unwrap();
    let mut writer = StoreThread::spawn(store, || Mono(0)).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let (reading, stop) = (paths.clone(), Arc::clone(&done));
    let reader = thread::spawn(move || {
        let (mut view, mut refreshes) = (View::open(reading, disk()), 0);
        while refreshes < 200 || !stop.load(Ordering::SeqCst) {
            let newest = view.condition().last_event_at.unwrap_or(at(MONDAY));
            view.refresh(newest);
            refreshes += 1;
            let condition = view.condition();
            assert_eq!((condition.unparsable, &condition.state_error), (0, &None));
            assert_eq!(condition.results_error, None);
            let from = newest - std::time::Duration::from_secs(3 * 3600);
            let page = view.page(&query(from));
            assert_eq!(page.rows.len(), page.total.min(50), "every row can be read");
            let gaps = page.rows.windows(2).filter(|pair| pair[0].seq != pair[1].seq + 1).count();
            assert_eq!(gaps, 0);
        }
        view.refresh(view.condition().last_event_at.unwrap());
        (view.board().clone(), view.condition().last_event_at)
    });
    let events: Vec<_> = (1..=200_u64)
        .map(|seq| notice(seq, MONDAY + i64::try_from(seq).unwrap() * HOUR / 2, "api"))
        .collect();
    for event in &events {
        let (told, heard) = std::sync::mpsc::channel();
        writer.record(event.clone());
        writer.when_durable(Box::new(move |result| told.send(result).unwrap()));
        heard.recv().unwrap().unwrap();
    }
    writer.close().unwrap();
    done.store(true, Ordering::SeqCst);
    assert_eq!(reader.join().unwrap(), (fold(&events), Some(events[199].ts)));
    assert_eq!(written(&RealDisk, &paths), lines(&events));
    assert!(RealDisk.list(&paths.segments()).unwrap().len() >= 4);
}

fn query(from: Timestamp) -> Query {
    Query {
        from,
        until: at(i64::MAX),
        name: None,
        statuses: Vec::new(),
        events: Vec::new(),
        page: 1,
        per_page: 50,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn files_on_a_real_disk_hold_the_history_and_its_fold(
        choices in proptest::collection::vec((any::<u8>(), 0..5 * HOUR), 1..60),
        sitting in 5..40_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (paths, events) = (Paths::in_folder(folder.path()), history(&choices));
        for sitting in events.chunks(sitting) {
            let mut store = open(&paths, sitting[0].ts, "me").unwrap();
            sitting.iter().for_each(|event| store.record(event));
            store.close().unwrap();
        }
        prop_assert_eq!(written(&RealDisk, &paths), lines(&events));
        prop_assert_eq!(state(&RealDisk, &paths), fold(&events));
    }
}
