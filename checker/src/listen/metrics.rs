//! The state of the checker in the text format of Prometheus: one family after the other, each with
//! its help and its type, names as base units want them.

use std::fmt::Write as _;

use engine::{CheckName, Timestamp, board::Entry, status::Status};

use crate::live::Shown;

/// How one family of a check is told.
type Family = (&'static str, &'static str, fn(&Entry) -> Option<String>);

const FAMILIES: [Family; 7] = [
    ("checker_check_up", "Whether the check is OK or WARN.", |entry| {
        Some(u8::from(entry.status.is_up()).to_string())
    }),
    (
        "checker_check_status",
        "The status as Nagios codes it: 0 OK, 1 WARN, 2 FAIL, 3 not known.",
        |entry| Some(code(entry.status).to_string()),
    ),
    ("checker_check_latency_seconds", "Duration of the last attempt.", |entry| {
        entry.latency_ms.map(|ms| seconds(i64::try_from(ms).unwrap_or(i64::MAX)))
    }),
    ("checker_check_consecutive_failures", "Failed cycles in a row.", |entry| {
        Some(entry.consecutive_failures.to_string())
    }),
    ("checker_check_last_checked_timestamp_seconds", "When the last cycle ended.", |entry| {
        entry.last_checked_at.map(|at: Timestamp| seconds(at.as_millis()))
    }),
    (
        "checker_check_skipped_turns",
        "Turns skipped because the check was still running.",
        |entry| Some(entry.skipped.to_string()),
    ),
    (
        "checker_check_notices_waiting",
        "Notices that not every channel has accepted yet.",
        |entry| Some(entry.pending.len().to_string()),
    ),
];

/// The page.
pub(super) fn text(shown: &Shown) -> String {
    let entries = || shown.board.entries.iter().filter(|(_, entry)| !entry.removed);
    let mut page = String::new();
    for (name, help, value) in FAMILIES {
        family(&mut page, name, help);
        for (check, entry) in entries() {
            if let Some(value) = value(entry) {
                sample(&mut page, name, &labels(check, entry), &value);
            }
        }
    }
    let gauges = [
        ("checker_checks", "Checks on the board.", entries().count().to_string()),
        (
            "checker_store_writable",
            "Whether the store can be written.",
            u8::from(shown.store_error.is_none()).to_string(),
        ),
    ];
    for (name, help, value) in gauges {
        family(&mut page, name, help);
        sample(&mut page, name, "", &value);
    }
    family(&mut page, "checker_build_info", "The version of the checker.");
    let version = format!("{{version={}}}", quoted(env!("CARGO_PKG_VERSION")));
    sample(&mut page, "checker_build_info", &version, "1");
    page
}

fn family(page: &mut String, name: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(page: &mut String, name: &str, labels: &str, value: &str) {
    let _ = writeln!(page, "{name}{labels} {value}");
}

fn labels(check: &CheckName, entry: &Entry) -> String {
    let (kind, severity) = (quoted(&entry.type_word), quoted(entry.severity.word()));
    format!("{{name={},type={kind},severity={severity}}}", quoted(check.as_str()))
}

fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

const fn code(status: Status) -> u8 {
    match status {
        Status::Ok => 0,
        Status::Warn => 1,
        Status::Fail => 2,
        Status::Unknown | Status::Pending => 3,
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use engine::board::Board;

    use super::*;

    #[test]
    fn every_sample_follows_its_help_and_type_and_hostile_names_are_quoted() {
        let mut board = Board::default();
        let name = "a \"b\" \\ ü";
        let entry = Entry { latency_ms: Some(1234), ..Entry::default() };
        board.entries.insert(CheckName::new(name), entry);
        board.entries.insert(CheckName::new("b"), Entry { removed: true, ..Entry::default() });
        let page = text(&Shown { board, store_error: None });
        let mut family = "";
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                family = rest.split(' ').next().unwrap();
                assert_eq!(page.matches(&format!("# TYPE {family} ")).count(), 1, "{line}");
            } else if !line.starts_with("# TYPE ") {
                let end = line.find(['{', ' ']).unwrap();
                assert_eq!(&line[..end], family, "{line}");
                let value = line.rsplit(' ').next().unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
            }
        }
        let quoted = "checker_check_latency_seconds{name=\"a \\\"b\\\" \\\\ ü\",type=\"\"";
        assert!(page.contains(quoted) && page.contains("} 1.234\n"), "{page}");
        assert!(page.ends_with('\n') && page.contains("checker_checks 1\n"), "{page}");
    }
}
