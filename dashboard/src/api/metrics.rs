//! `/metrics` in the text format of Prometheus. `check_up` carries the name alone; type and
//! severity stand on all the others.

use std::fmt::{Display, Write as _};

use engine::Timestamp;

use crate::{
    app::{Look, Seen},
    shown::Shown,
};

/// The page; `reads` is how often a file was read so far.
pub(crate) fn text(look: &Look<'_>, reads: u64) -> String {
    let mut page = Page::default();
    checks(&mut page, &look.checks());
    store(&mut page, look);
    page.family("firedrill_dashboard_file_reads_total", "counter", "File reads so far.");
    page.sample("firedrill_dashboard_file_reads_total", "", reads);
    let build = format!("{{version={}}}", quoted(env!("CARGO_PKG_VERSION")));
    page.family("firedrill_dashboard_build_info", "gauge", "The version of the dashboard.");
    page.sample("firedrill_dashboard_build_info", &build, 1);
    page.0
}

/// How one family of a check is told.
type Family = (&'static str, &'static str, fn(&Seen<'_>) -> Option<String>);

const FAMILIES: [Family; 6] = [
    (
        "check_status",
        "The last word on the check as Nagios codes it: 0 OK, 1 WARN, 2 FAIL, 3 not known.",
        |seen| Some(code(seen.shown).to_string()),
    ),
    ("check_latency_seconds", "Duration of the last attempt.", |seen| {
        seen.entry.latency_ms.map(millis)
    }),
    ("check_consecutive_failures", "Failed cycles in a row.", |seen| {
        Some(seen.entry.consecutive_failures.to_string())
    }),
    ("check_last_checked_timestamp_seconds", "When the last cycle ended.", |seen| {
        seen.entry.last_checked_at.map(instant)
    }),
    ("check_skipped_turns", "Turns skipped because the check was still running.", |seen| {
        Some(seen.entry.skipped.to_string())
    }),
    ("check_notices_waiting", "Notices that not every channel has accepted yet.", |seen| {
        Some(seen.entry.pending.len().to_string())
    }),
];

fn checks(page: &mut Page, checks: &[Seen<'_>]) {
    page.family("check_up", "gauge", "Whether the check is OK or WARN, measured of late.");
    for seen in checks {
        let label = format!("{{name={}}}", quoted(seen.name.as_str()));
        page.sample("check_up", &label, u8::from(seen.shown.is_up()));
    }
    for (name, help, value) in FAMILIES {
        page.family(name, "gauge", help);
        for seen in checks {
            if let Some(value) = value(seen) {
                page.sample(name, &labels(seen), value);
            }
        }
    }
}

fn store(page: &mut Page, look: &Look<'_>) {
    let condition = look.condition();
    let readable = condition.state_error.is_none() && condition.results_error.is_none();
    let refused = condition.config.as_ref().is_some_and(|(_, config)| !config.ok);
    let gauges = [
        ("firedrill_store_readable", "Whether the files can be read.", flag(readable)),
        (
            "firedrill_config_refused",
            "Whether the newest configuration was refused.",
            flag(refused),
        ),
        ("firedrill_journal_unparsable_lines", "Lines left out.", condition.unparsable.to_string()),
        ("firedrill_checks", "Checks on the board.", look.checks().len().to_string()),
    ];
    for (name, help, value) in gauges {
        page.family(name, "gauge", help);
        page.sample(name, "", value);
    }
    if let Some(at) = condition.last_event_at {
        let name = "firedrill_last_event_timestamp_seconds";
        page.family(name, "gauge", "When the newest event happened.");
        page.sample(name, "", instant(at));
    }
}

/// The page as it grows.
#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

fn labels(seen: &Seen<'_>) -> String {
    format!(
        "{{name={},type={},severity={}}}",
        quoted(seen.name.as_str()),
        quoted(&seen.entry.type_word),
        quoted(seen.entry.severity.word())
    )
}

fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

const fn code(shown: Shown) -> u8 {
    match shown {
        Shown::Ok => 0,
        Shown::Warn => 1,
        Shown::Fail | Shown::Retrying => 2,
        Shown::Unknown | Shown::Pending | Shown::Stale => 3,
    }
}

fn flag(value: bool) -> String {
    u8::from(value).to_string()
}

fn millis(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn instant(at: Timestamp) -> String {
    let ms = at.as_millis();
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}
