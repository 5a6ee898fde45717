//! When a job must have succeeded: windows of the day in a time zone, and minutes after a start.
//! A daylight-saving gap means the first instant after it, an overlap the first of the two.

use std::time::Duration;

use jiff::{
    civil::{Date, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{
    config::{JobSpec, WhenNoJob},
    job::{JobState, Missed},
    time::{Timestamp, humane},
};

/// One day's window: a success counts from `start` on and must be known at `deadline`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) date: Date,
    pub(crate) start: Timestamp,
    pub(crate) deadline: Timestamp,
}

/// The window that `now` lies in.
pub(crate) fn window(start: Time, by: Time, zone: &TimeZone, now: Timestamp) -> Window {
    let today = now.to_jiff().to_zoned(zone.clone()).date();
    let current = on(today, start, by, zone);
    if current.start <= now { current } else { before(&current, start, by, zone) }
}

/// The window before another one.
pub(crate) fn before(this: &Window, start: Time, by: Time, zone: &TimeZone) -> Window {
    on(this.date.yesterday().unwrap_or(this.date), start, by, zone)
}

fn on(date: Date, start: Time, by: Time, zone: &TimeZone) -> Window {
    let last_day = if by > start { date } else { date.tomorrow().unwrap_or(date) };
    Window { date, start: instant(date, start, zone), deadline: instant(last_day, by, zone) }
}

/// The instant of a time of day. In a gap that is the first instant after it, in an overlap the
/// first of the two.
pub(crate) fn instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time));
    let in_gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let Ok(compatible) = ambiguous.compatible() else {
        return Timestamp::from_millis(i64::MAX);
    };
    let first = in_gap.then(|| zone.preceding(compatible).next().map(|t| t.timestamp())).flatten();
    first.unwrap_or(compatible).into()
}

/// The deadline that is missed at `now`, given what is known of the job; the earlier one when
/// both are. `checked_at` is when the job was last looked at: a window that ended unseen in
/// between is judged too.
pub(crate) fn missed(
    spec: &JobSpec,
    zone: &TimeZone,
    job: &JobState,
    checked_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Missed> {
    let by_window = missed_window(spec, zone, job, checked_at, now);
    let by_start = missed_start(spec, job, now);
    [by_window, by_start].into_iter().flatten().min_by_key(|missed| missed.deadline)
}

fn missed_window(
    spec: &JobSpec,
    zone: &TimeZone,
    job: &JobState,
    checked_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Missed> {
    let by = spec.success_by?;
    if job.id.is_none() && spec.when_no_job == WhenNoJob::Ok {
        return None;
    }
    let current = window(spec.window_start, by, zone, now);
    let previous = before(&current, spec.window_start, by, zone);
    let unseen = checked_at.is_some_and(|at| at < previous.deadline) && previous.deadline <= now;
    let succeeded = |since: Timestamp| job.last_success_at.is_some_and(|at| at >= since);
    let missed = |window: &Window, day: &str| miss_of_window(spec, zone, job, window, (by, day));
    if now >= current.deadline && !succeeded(current.start) {
        return Some(missed(&current, "today"));
    }
    let day = format!("on {}", previous.date);
    (unseen && !succeeded(previous.start)).then(|| missed(&previous, &day))
}

fn miss_of_window(
    spec: &JobSpec,
    zone: &TimeZone,
    job: &JobState,
    window: &Window,
    (by, day): (Time, &str),
) -> Missed {
    let ran = job.started_at.or(job.first_seen_at).is_some_and(|at| at >= window.start);
    let why = match (&job.status, ran) {
        (Some(status), true) => format!("last status {status}"),
        (Some(status), false) => format!("no job ran {day}, last status {status}"),
        (None, _) => format!("no job ran {day}"),
    };
    Missed {
        of: format!("window {}", window.date),
        rule: window_rule(spec, zone, by),
        deadline: window.deadline,
        reason: format!("missed deadline {} ({why})", by.strftime("%H:%M")),
    }
}

fn missed_start(spec: &JobSpec, job: &JobState, now: Timestamp) -> Option<Missed> {
    let within = spec.within?;
    let id = job.id.as_deref()?;
    let deadline = job.started_at? + within;
    let open = job.status.as_deref() != Some("succeeded");
    (open && now >= deadline).then(|| Missed {
        of: format!("job {id}"),
        rule: start_rule(within),
        deadline,
        reason: format!(
            "missed deadline {} after its start (job {id}, last status {})",
            humane(within),
            job.status.as_deref().unwrap_or("unknown")
        ),
    })
}

fn window_rule(spec: &JobSpec, zone: &TimeZone, by: Time) -> String {
    let zone = zone.iana_name().unwrap_or("fixed offset");
    format!(
        "success_by {} from {} {zone}",
        by.strftime("%H:%M"),
        spec.window_start.strftime("%H:%M")
    )
}

fn start_rule(within: Duration) -> String {
    format!("within {} of its start", humane(within))
}

/// Whether a rule by which a deadline was missed is still in force.
pub(crate) fn still_in_force(spec: &JobSpec, zone: &TimeZone, missed: &Missed) -> bool {
    let window = spec.success_by.map(|by| window_rule(spec, zone, by));
    let start = spec.within.map(start_rule);
    [window, start].into_iter().flatten().any(|rule| rule == missed.rule)
}

/// By how long a success at `at` came after its deadline, when it did.
pub(crate) fn late_by(
    spec: &JobSpec,
    zone: &TimeZone,
    job: &JobState,
    at: Timestamp,
) -> Option<Duration> {
    let by_window = spec.success_by.map(|by| window(spec.window_start, by, zone, at).deadline);
    let by_start = spec.within.and_then(|within| job.started_at.map(|start| start + within));
    let deadline = [by_window, by_start].into_iter().flatten().min()?;
    (at > deadline).then(|| at.since(deadline))
}
