//! A day in virtual time: the whole program, real HTTP on both sides, beside the same day on bare
//! paused timers. The processor time is that of the child, so that everything counts.

use std::{fs, process::Command, time::Duration};

use tokio::time::Instant;

use crate::meter::{median, say, tell};

/// How often a day is played.
const TURNS: usize = 5;

const CHECK: &str = "    type: http\n    url: \"{MOCKAPP_BASE}/db/health\"\n    expect_jsonpath:\n      \
                     - {path: \"$.ok\", equals: true}\n      - {path: \"$.latency_ms\", lt: 100}\n";

/// Days of more and more checks.
pub(crate) fn days() {
    say("\nA rehearsed day: the whole checker and the whole mock app, HTTP over pipes");
    [10, 100, 1000].into_iter().for_each(a_day);
}

/// A day of so many checks every 30 s.
fn a_day(count: u32) {
    let folder = tempfile::tempdir().unwrap();
    let checks: String = (0..count).map(|n| format!("  - name: c{n}\n{CHECK}")).collect();
    fs::write(folder.path().join("checks.yaml"), format!("checks:\n{checks}")).unwrap();
    let scenario = "scenario: a-day\nchecks: checks.yaml\nrun: 24h\nexpect: {alerts: none}\n";
    let path = folder.path().join("a-day.yaml");
    fs::write(&path, scenario).unwrap();
    let figures: Vec<_> = (0..TURNS).map(|_| played(&path)).collect();
    let wall = median(figures.iter().map(|(wall, _)| *wall).collect());
    let cpu = median(figures.iter().map(|(_, cpu)| *cpu).collect());
    let cycles = f64::from(count) * 2880.0;
    tell(
        &format!("a day of {count} checks every 30 s, whole process"),
        &format!("{:.0} ms, {:.0} ms of processor time", wall * 1e3, cpu * 1e3),
    );
    tell("  checks", &format!("{:.0} a second of processor time", cycles / cpu));
    let bare = median((0..TURNS).map(|_| bare(count)).collect());
    tell("  ratio to the same day on bare paused timers", &format!("{:.1}", cpu / bare));
}

/// Seconds on the wall and of processor time.
fn played(path: &std::path::Path) -> (f64, f64) {
    let (before, began) = (children(), Instant::now());
    let output =
        Command::new(env!("CARGO_BIN_EXE_firedrill")).arg("run").arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    (began.elapsed().as_secs_f64(), children() - before)
}

/// Processor time of children that have ended, in seconds.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap();
    ticks / 100.0
}

/// The same number of timers on a paused runtime, and nothing else.
fn bare(count: u32) -> f64 {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let before = crate::meter::processor_time();
    runtime.block_on(async {
        let tasks = (0..count).map(|_| {
            tokio::spawn(async {
                for _ in 0..2880 {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
    crate::meter::processor_time() - before
}
