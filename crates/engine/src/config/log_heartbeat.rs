//! A `log_heartbeat` check: its keys and what they mean. By default it looks after
//! `datum_gateway`, and says how it would be restarted without ever doing it.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::{
    pattern::Pattern,
    section::Section,
    table::{
        Kind,
        Need::{Default, Optional},
        Table,
    },
    tables::key,
    unit,
};

/// The unit that is looked after when none is written.
const UNIT: &str = "datum_gateway";

/// What a heartbeat looks like when nothing is written:
/// `2025-08-16 15:03:54.487 [main] INFO: Server stats: 2 clients / 14.36 Th/s`.
const PATTERN: &str = r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?).*\bServer stats:\s+(?P<clients>\d+) clients?\b";

const WEEK_MIN: u64 = 7 * 24 * 60;

pub(super) static LOG_HEARTBEAT: Table = Table {
    name: "log_heartbeat_check",
    about: "A line that a service writes into its log again and again, with the number of its clients.",
    keys: &[
        key(
            "unit",
            Kind::Text,
            Default("\"datum_gateway\""),
            "The systemd unit whose journal is read.",
        ),
        key("datum_service_name", Kind::Text, Optional, "Another word for `unit`."),
        key("file", Kind::Text, Optional, "A log file that is read instead of the journal."),
        key(
            "pattern",
            Kind::Regex,
            Optional,
            "What a heartbeat looks like: a regular expression with the groups `time` and `clients`. Absent: the line of datum_gateway.",
        ),
        key(
            "min_clients",
            Kind::Int { min: 0, max: 1_000_000_000 },
            Default("1"),
            "WARN with fewer clients than this.",
        ),
        key(
            "max_age_minutes",
            Kind::Int { min: 1, max: WEEK_MIN },
            Default("30"),
            "FAIL when the last heartbeat is older.",
        ),
        key(
            "lookback_minutes",
            Kind::Int { min: 1, max: 2 * WEEK_MIN },
            Optional,
            "How far back the log is read. Absent: twice `max_age_minutes`.",
        ),
        key(
            "log_timezone",
            Kind::Zone,
            Optional,
            "The zone of the times in the log. Absent: `timezone`; where that is absent too, the machine's own.",
        ),
        key(
            "status_file",
            Kind::Text,
            Optional,
            "A JSON file for other programs, written after every cycle.",
        ),
    ],
};

/// A `log_heartbeat` check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeartbeatSpec {
    /// Where the log is.
    pub source: LogSource,
    /// What a heartbeat looks like; it has the groups `time` and `clients`.
    pub pattern: Pattern,
    /// WARN with fewer clients than this.
    pub min_clients: u64,
    /// FAIL when the last heartbeat is older.
    pub max_age: Duration,
    /// How far back the log is read; not less than `max_age`.
    pub lookback: Duration,
    /// The zone of the times in the log, where one is written.
    pub zone: Option<TimeZone>,
    /// A file for other programs.
    pub status_file: Option<String>,
}

/// Where a log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// In the journal, under this unit.
    Journal(String),
    /// In this file.
    File(String),
}

/// Reads the keys. `zone` is the zone of the check when one is written for it.
/// What is wrong has been reported.
pub(super) fn read(section: &Section<'_>, zone: Option<&TimeZone>) -> Option<LogHeartbeatSpec> {
    let source = source(section);
    let pattern = pattern(section);
    let min_clients = section.int("min_clients").unwrap_or(1);
    let ages = ages(section);
    let zone = section.zone("log_timezone").or_else(|| zone.cloned());
    let status_file = section.text("status_file");
    let (max_age, lookback) = ages?;
    Some(LogHeartbeatSpec {
        source: source?,
        pattern: pattern?,
        min_clients,
        max_age,
        lookback,
        zone,
        status_file,
    })
}

fn source(section: &Section<'_>) -> Option<LogSource> {
    const WORDS: [&str; 2] = ["unit", "datum_service_name"];
    let named = WORDS.iter().find(|word| section.has(word));
    let unit = unit::read(section, &WORDS);
    let Some(node) = section.find("file") else {
        return named.map_or(Some(UNIT.to_owned()), |_| unit).map(LogSource::Journal);
    };
    let file = section.text("file");
    if let Some(word) = named {
        let problem = node.problem(format!("`{word}` and `file` exclude each other"));
        return node.refuse(problem.help("a heartbeat is looked for in one log; remove one"));
    }
    file.map(LogSource::File)
}

fn pattern(section: &Section<'_>) -> Option<Pattern> {
    let Some(node) = section.find("pattern") else {
        return Pattern::parse(PATTERN).ok();
    };
    let pattern = section.pattern("pattern")?;
    let missing: Vec<_> =
        ["time", "clients"].into_iter().filter(|group| !pattern.has_group(group)).collect();
    if missing.is_empty() {
        return Some(pattern);
    }
    let message = format!("`pattern` has no group `{}`", missing.join("` and no group `"));
    node.refuse(
        node.problem(message)
            .help("such as (?P<time>[0-9: -]+) alive, (?P<clients>[0-9]+) clients"),
    )
}

/// How old a heartbeat may be, and how far back one is looked for.
fn ages(section: &Section<'_>) -> Option<(Duration, Duration)> {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let written = (section.int("max_age_minutes"), section.int("lookback_minutes"));
    let max_age = written.0.unwrap_or(30);
    let lookback = written.1.unwrap_or(2 * max_age);
    if lookback >= max_age {
        return Some((minutes(max_age), minutes(lookback)));
    }
    let node = section.find("lookback_minutes")?;
    let message =
        format!("`lookback_minutes` ({lookback}) must not be below `max_age_minutes` ({max_age})");
    node.refuse(node.problem(message).help("a heartbeat that still counts would not be looked for"))
}
