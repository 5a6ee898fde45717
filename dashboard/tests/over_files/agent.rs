//! The page of a host's agent, over a real file of metrics: that is what it is for.

use dashboard::router;
use engine::Timestamp;
use http::Request;
use store::metrics::{MetricsDb, MetricsRow};

use crate::{
    history::History,
    site::{Site, ask},
};

const NOW: Timestamp = Timestamp::from_millis(1_767_580_200_000);

fn row(seconds_ago: u64, cpu: f64) -> MetricsRow {
    MetricsRow {
        at: NOW - std::time::Duration::from_secs(seconds_ago),
        cpu_percent: Some(cpu),
        ram_percent: Some(50.0),
        ram_used_mb: Some(2048.5),
        disk_percent: Some(40.0),
        container_count: None,
        ping_ms: Some(12.25),
        worker_status: Some(503),
        cycle_duration_ms: 40.0,
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_shows_the_newest_rows_and_the_last_day_whether_the_agent_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.db");
    let site = Site::at(NOW, &History::default());
    let board = router(site.app.clone().with_metrics(&path));
    let get = || ask(board.clone(), Request::get("/agent"));
    let missing = get().await;
    assert!(missing.has("metrics.db yet"), "{}", missing.text);
    let db = MetricsDb::open(&path).unwrap();
    db.insert(&row(25 * 3600, 99.0)).unwrap();
    for number in 0..30 {
        db.insert(&row(10 * number, number as f64)).unwrap();
    }
    let running = get().await;
    drop(db);
    let ended = get().await;
    assert_eq!(running.text, ended.text, "the page needs no checker");
    let span = "<td>cpu_percent<td class=r>0<td class=r>14.5<td class=r>29";
    assert!(running.has(span), "the row of yesterday does not count: {}", running.text);
    assert!(running.has("2026-01-04T21:30:00.000-05:00"), "{}", running.text);
    assert!(!running.has("2026-01-04T21:26:40.000-05:00"), "twenty rows: {}", running.text);
    assert!(running.has("<td class=r>503") && running.has("<td class=r>–"), "{}", running.text);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_database_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.db");
    std::fs::write(&path, "not a database at all, but long enough to be looked into").unwrap();
    let site = Site::at(NOW, &History::default());
    let board = router(site.app.clone().with_metrics(&path));
    let get = || ask(board.clone(), Request::get("/agent"));
    let page = get().await;
    assert!(page.has("metrics.db cannot be read: "), "{}", page.text);
}
