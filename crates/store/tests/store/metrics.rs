//! The file of metrics: its schema, its order, its readers, and what is said when it cannot be used.

use std::{fs, path::Path};

use engine::Timestamp;
use store::metrics::{MetricsDb, MetricsRow, MetricsThread, MetricsView, lima};

fn row(second: i64, worker_status: Option<u16>) -> MetricsRow {
    MetricsRow {
        at: Timestamp::from_millis(1_767_580_200_000 + second * 1000),
        cpu_percent: Some(second as f64),
        ram_percent: Some(50.0),
        ram_used_mb: Some(2048.5),
        disk_percent: None,
        container_count: Some(3),
        ping_ms: Some(12.25),
        worker_status,
        cycle_duration_ms: 40.0,
    }
}

#[test]
fn rows_are_read_newest_first_while_the_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/metrics.db");
    assert!(MetricsView::open(&path).unwrap().is_none(), "there is no file yet");
    let db = MetricsDb::open(&path).unwrap();
    assert_eq!(db.last_status().unwrap(), None);
    for second in 0..30 {
        db.insert(&row(second * 10, Some(200))).unwrap();
    }
    db.insert(&row(300, None)).unwrap();
    assert_eq!(db.last_status().unwrap(), Some(None), "a row without a code is a row");
    let view = MetricsView::open(&path).unwrap().unwrap();
    let newest = view.newest(20).unwrap();
    assert_eq!(newest.len(), 20);
    assert_eq!(newest[0].timestamp_lima, "2026-01-04T21:35:00.000-05:00");
    let values: Vec<_> = MetricsView::columns().zip(newest[0].values.clone()).collect();
    let wanted = [
        ("cpu_percent", Some(300.0)),
        ("ram_percent", Some(50.0)),
        ("ram_used_mb", Some(2048.5)),
        ("disk_percent", None),
        ("container_count", Some(3.0)),
        ("internet_ok", Some(1.0)),
        ("ping_ms", Some(12.25)),
        ("worker_status", None),
        ("cycle_duration_ms", Some(40.0)),
    ];
    assert_eq!(values, wanted);
    let spans = view.since(row(100, None).at).unwrap();
    let cpu = spans[0].measured.unwrap();
    assert_eq!((spans[0].column, cpu.min, cpu.avg, cpu.max), ("cpu_percent", 100.0, 200.0, 300.0));
    assert_eq!(spans[3].measured, None, "nothing was measured of the disk");
}

#[test]
fn the_order_of_the_texts_is_the_order_of_the_instants() {
    let instants = [0, 1, 999, 1000, 1_767_580_200_007, 1_767_589_199_999, 1_767_589_200_000];
    let texts = instants.map(|ms| lima(Timestamp::from_millis(ms)));
    assert!(texts.is_sorted(), "{texts:?}");
    assert!(texts.iter().all(|text| text.len() == 29 && text.ends_with("-05:00")), "{texts:?}");
    assert_eq!(texts[4], "2026-01-04T21:30:00.007-05:00");
}

#[test]
fn a_thread_writes_what_it_was_given_before_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.db");
    let thread = MetricsThread::spawn(MetricsDb::open(&path).unwrap()).unwrap();
    for second in 0..100 {
        thread.insert(row(second, Some(200)));
    }
    thread.flush(std::time::Duration::from_secs(60));
    assert_eq!(MetricsView::open(&path).unwrap().unwrap().newest(1000).unwrap().len(), 100);
}

#[test]
fn a_file_that_is_no_database_or_has_another_table_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    fs::write(&text, "this is no database, only a long enough text to be taken for one").unwrap();
    let said = MetricsDb::open(&text).unwrap_err().to_string();
    assert!(said.contains("text.db"), "{said}");
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE metrics (timestamp_lima TEXT)")
        .unwrap();
    let said = MetricsDb::open(&other).unwrap_err().to_string();
    assert!(said.contains("other.db has a table `metrics` with other columns"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_its_owner_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "").unwrap();
    let said = MetricsDb::open(&folder.path().join("data/metrics.db")).unwrap_err().to_string();
    for part in ["data/metrics.db", "belongs to user ", "chown ", "user:"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let said = MetricsDb::open(Path::new("/proc/no/metrics.db")).unwrap_err().to_string();
    assert!(said.contains("/proc belongs to user 0"), "{said}");
}
