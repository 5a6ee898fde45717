//! The morning report as text: how things stand and what happened in the last 24 hours.
//! Pure: the board and the events come in, a subject and a text go out. Sends and reads nothing.

use std::{collections::BTreeMap, time::Duration};

use engine::{
    board::{Board, Entry},
    config::CheckName,
    event::{ActionDone, ActionResult, CheckDone, Event, EventKind, Notice},
    status::{NoticeKind, Status},
    time::{Timestamp, humane},
};
use jiff::tz::TimeZone;

/// How far back the report looks.
pub const REPORT_SPAN: Duration = Duration::from_secs(24 * 3600);

/// The most lines of one section: a bad night must not make an unreadable report.
const MOST_LINES: usize = 50;

/// A morning report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The subject line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Writes the report. Events older than [`REPORT_SPAN`] before `now` are left out; the others
/// must be in the order in which they happened.
#[must_use]
pub fn render(board: &Board, events: &[Event], zone: &TimeZone, now: Timestamp) -> Report {
    let from = now - REPORT_SPAN;
    let recent: Vec<&Event> = events.iter().filter(|e| e.ts > from && e.ts <= now).collect();
    let desk = Desk { board, recent, zone, now };
    let headline = desk.headline();
    let date = now.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string();
    let sections = [
        format!("Report of {}\n\n{headline}\n", now.in_zone(zone)),
        table(&desk.checks()),
        section("Incidents of the last 24 hours", &desk.incidents()),
        section("Alerts of the last 24 hours", &desk.alerts()),
        section("Actions of the last 24 hours", &desk.actions()),
    ];
    let short = headline.split(':').next().unwrap_or_default();
    Report { subject: format!("[REPORT] {date}: {short}"), text: sections.join("\n") }
}

/// What the report is written from.
struct Desk<'a> {
    board: &'a Board,
    recent: Vec<&'a Event>,
    zone: &'a TimeZone,
    now: Timestamp,
}

type Row = Vec<String>;

impl<'a> Desk<'a> {
    /// The checks of the configuration, in its order.
    fn entries(&self) -> Vec<(&'a CheckName, &'a Entry)> {
        let mut entries: Vec<_> = self.board.entries.iter().filter(|(_, e)| !e.removed).collect();
        entries.sort_by_key(|(_, entry)| entry.position);
        entries
    }

    fn headline(&self) -> String {
        let entries = self.entries();
        let of = |status: Status| entries.iter().filter(move |(_, entry)| entry.status == status);
        let total = entries.len();
        let failing: Vec<_> = of(Status::Fail).map(|(name, _)| name.as_str()).collect();
        if total == 0 {
            return "no checks are configured".to_owned();
        }
        if !failing.is_empty() {
            return format!("{} of {total} checks failing: {}", failing.len(), failing.join(", "));
        }
        let others = [Status::Warn, Status::Unknown, Status::Pending];
        let told = others.map(|status| (of(status).count(), status));
        let told: Vec<_> =
            told.iter().filter(|(n, _)| *n > 0).map(|(n, s)| format!("{n} {s}")).collect();
        match told.as_slice() {
            [] => format!("all {total} checks OK"),
            told => format!("no check failing, {} of {total}", told.join(", ")),
        }
    }

    fn checks(&self) -> Vec<Row> {
        let head = ["CHECK", "STATUS", "SINCE", "FAILURES", "LATENCY", "UP IN 24 H"];
        let rows = self.entries().into_iter().map(|(name, entry)| {
            vec![
                name.to_string(),
                entry.status.to_string(),
                entry.last_changed_at.map_or_else(dash, |at| self.at(at)),
                entry.consecutive_failures.to_string(),
                entry.latency_ms.map_or_else(dash, |ms| format!("{ms} ms")),
                self.uptime(name),
            ]
        });
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
    }

    /// The share of cycles that ended OK or WARN. Cycles that could not measure count neither way.
    fn uptime(&self, name: &CheckName) -> String {
        let cycles = self.cycles().filter(|(_, done)| done.name == *name);
        let (mut up, mut all) = (0_u64, 0_u64);
        for (_, done) in cycles {
            up += u64::from(done.status.is_up());
            all += u64::from(done.status.is_up() || done.status == Status::Fail);
        }
        match (up * 10_000).checked_div(all) {
            None => dash(),
            Some(share) => format!("{}.{:02} % of {all}", share / 100, share % 100),
        }
    }

    fn cycles(&self) -> impl Iterator<Item = (Timestamp, &'a CheckDone)> {
        self.recent.iter().filter_map(|event| {
            let EventKind::Check(done) = &event.kind else {
                return None;
            };
            Some((event.ts, done))
        })
    }

    /// Closed ones by the journal, open ones by the board.
    fn incidents(&self) -> Vec<Row> {
        let mut rows: Vec<(Timestamp, Row)> = Vec::new();
        let mut open: BTreeMap<&CheckName, (Timestamp, &str)> = BTreeMap::new();
        for (at, done) in self.cycles() {
            let began = || self.told_since(&done.name, at).map(|since| (since, ""));
            match done.status {
                Status::Fail if done.prev != Status::Fail => {
                    open.entry(&done.name).or_insert((at, &done.details.reason));
                }
                Status::Ok | Status::Warn => match open.remove(&done.name) {
                    Some(incident) => rows.push(self.closed(done, at, Some(incident))),
                    None if done.prev == Status::Fail => rows.push(self.closed(done, at, began())),
                    None => {}
                },
                Status::Fail | Status::Unknown | Status::Pending => {}
            }
        }
        rows.extend(self.entries().into_iter().filter_map(|(name, entry)| self.open(name, entry)));
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// When an incident began that is older than the report looks back, by its last notice.
    fn told_since(&self, name: &CheckName, ended: Timestamp) -> Option<Timestamp> {
        let recovered = |notice: &&Notice| {
            notice.kind == NoticeKind::Recovered
                && notice.name.as_ref() == Some(name)
                && notice.raised_at >= ended
        };
        self.notices().find(recovered)?.facts.since
    }

    fn closed(
        &self,
        done: &CheckDone,
        ended: Timestamp,
        began: Option<(Timestamp, &str)>,
    ) -> (Timestamp, Row) {
        let (since, lasted, reason) = match began {
            Some((at, reason)) => {
                (self.at(at), format!("lasted {}", humane(ended.since(at))), reason)
            }
            None => ("before that".to_owned(), format!("ended {}", self.at(ended)), ""),
        };
        let order = began.map_or(Timestamp::default(), |(at, _)| at);
        (order, vec![since, done.name.to_string(), lasted, reason.to_owned()])
    }

    fn open(&self, name: &CheckName, entry: &Entry) -> Option<(Timestamp, Row)> {
        let opened = entry.incident.as_ref()?.opened_at;
        let lasts = format!("open for {}", humane(self.now.since(opened)));
        Some((opened, vec![self.at(opened), name.to_string(), lasts, entry.details.reason.clone()]))
    }

    fn notices(&self) -> impl Iterator<Item = &'a Notice> {
        self.recent.iter().filter_map(|event| {
            let EventKind::Notify(notice) = &event.kind else {
                return None;
            };
            Some(notice)
        })
    }

    fn alerts(&self) -> Vec<Row> {
        let told = |notice: &&Notice| !matches!(notice.kind, NoticeKind::Report | NoticeKind::Test);
        let row = |notice: &Notice| {
            let accepted = self.accepted(notice.id);
            let to =
                if accepted.is_empty() { "nobody yet".to_owned() } else { accepted.join(", ") };
            vec![self.at(notice.raised_at), notice.subject.clone(), format!("to {to}")]
        };
        self.notices().filter(told).map(row).collect()
    }

    fn accepted(&self, id: u64) -> Vec<&'a str> {
        let channel = |event: &&'a Event| {
            let EventKind::Delivery(done) = &event.kind else {
                return None;
            };
            (done.id == id && done.ok).then_some(done.channel.as_str())
        };
        self.recent.iter().filter_map(channel).collect()
    }

    fn actions(&self) -> Vec<Row> {
        let all = || self.recent.iter().filter_map(|event| acted(event));
        let row = |(place, (at, done)): (usize, (Timestamp, &ActionDone))| {
            let same = |(_, later): &(Timestamp, &ActionDone)| {
                later.name == done.name && later.action == done.action
            };
            let next = all().skip(place + 1).find(same).map(|(_, later)| later);
            let told_later = done.result == ActionResult::Started && next.is_some_and(ended);
            (!told_later).then(|| self.action(at, done))
        };
        all().enumerate().filter_map(row).collect()
    }

    fn action(&self, at: Timestamp, done: &ActionDone) -> Row {
        let result = match (done.helped, done.result) {
            (Some(true), _) => "helped",
            (Some(false), _) => "did not help",
            (None, ActionResult::Started) => "started, end unknown",
            (None, ActionResult::Ok) => "ran",
            (None, ActionResult::Failed) => "failed",
            (None, ActionResult::Skipped) => "skipped",
        };
        let reason = done.reason.clone().unwrap_or_default();
        vec![self.at(at), done.name.to_string(), done.action.clone(), result.to_owned(), reason]
    }

    fn at(&self, at: Timestamp) -> String {
        at.in_zone(self.zone)
    }
}

fn acted(event: &Event) -> Option<(Timestamp, &ActionDone)> {
    let EventKind::Action(done) = &event.kind else {
        return None;
    };
    Some((event.ts, done))
}

fn ended(done: &ActionDone) -> bool {
    done.helped.is_none() && matches!(done.result, ActionResult::Ok | ActionResult::Failed)
}

fn dash() -> String {
    "-".to_owned()
}

fn section(title: &str, rows: &[Row]) -> String {
    if rows.is_empty() {
        return format!("{title}: none\n");
    }
    let more = rows.len().saturating_sub(MOST_LINES);
    let rest = if more > 0 { format!("… and {more} more\n") } else { String::new() };
    format!("{title}\n{}{rest}", table(&rows[..rows.len() - more]))
}

/// Columns as wide as their widest cell, two blanks between them.
fn table(rows: &[Row]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
