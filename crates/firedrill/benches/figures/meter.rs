//! Processor time of this process, all of its threads, and how figures are printed.

use std::fs;

/// Prints a line.
#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Prints a figure with what it is.
pub(crate) fn tell(what: &str, figure: &str) {
    say(&format!("  {what:<58} {figure}"));
}

/// Seconds of processor time of the threads that are alive.
pub(crate) fn processor_time() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let seconds = tasks.map(|task| {
        let stat = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap_or_default();
        stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
    });
    seconds.sum()
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
