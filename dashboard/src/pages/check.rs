//! `/check/{name}`: everything that is known of one check. Pure but for the look at the store.

use askama::Template;
use engine::{
    Timestamp,
    board::{ActionState, BUDGET_SPAN, Entry},
    details::BODY_SHOWN,
    job::JobState,
    observation::Phases,
};

use crate::{
    app::{Look, Seen},
    overview::{Caution, cautions},
    pages::{Frame, clip, ledger::Ledger, results::Results, tile::Tile},
    query::{Filter, check_path},
    refusal::Refusal,
    shown::{Shown, stale_after},
    zone::{Moment, Zone, micros},
};

/// A line of "what: value".
type Fact = (&'static str, String);

#[derive(Template)]
#[template(path = "check.html", whitespace = "minimize")]
struct CheckPage {
    frame: Frame,
    name: String,
    tile: Tile,
    stale: bool,
    cautions: Vec<Caution>,
    facts: Vec<Fact>,
    expectations: Vec<Expected>,
    phases: Option<Split>,
    body: Option<String>,
    incident: Option<Open>,
    job: Option<Job>,
    actions: Vec<Remedy>,
    ledger: Ledger,
    results: Results,
}

#[derive(Debug)]
struct Expected {
    class: &'static str,
    word: &'static str,
    what: String,
    actual: String,
    expected: String,
}

#[derive(Debug)]
struct Split {
    total: String,
    summary: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    class: &'static str,
    label: &'static str,
    time: String,
    x: u64,
    width: u64,
}

#[derive(Debug)]
struct Open {
    id: u64,
    opened: Moment,
    announced: String,
}

#[derive(Debug)]
struct Job {
    facts: Vec<Fact>,
    missed: Option<String>,
}

#[derive(Debug)]
struct Remedy {
    label: String,
    facts: Vec<Fact>,
}

pub(crate) fn render(look: &Look<'_>, name: &str, filter: Filter) -> Result<String, Refusal> {
    let seen = look.check(name).ok_or_else(|| Refusal::NoSuchCheck(name.to_owned()))?;
    let Seen { entry, shown, .. } = seen;
    let title = format!("{} {} · firedrill", shown.word(), seen.title());
    // The check stands in the path, so it must not stand in the query of the links as well.
    let filter = Filter { name: None, ..filter };
    let page = CheckPage {
        frame: Frame::new(look, title, "/check", shown.colour()),
        name: seen.name.to_string(),
        tile: Tile::of(look, &seen, 60),
        stale: shown == Shown::Stale,
        cautions: cautions(look),
        facts: facts(look, entry),
        expectations: entry.details.expectations.iter().map(Expected::of).collect(),
        phases: entry.details.phases.as_ref().and_then(Split::of),
        body: entry.details.body.as_deref().map(|body| clip(body, BODY_SHOWN)),
        incident: Open::of(look, entry),
        job: entry.job.as_ref().map(|job| Job::of(job, look)),
        actions: entry.actions.iter().map(|(label, done)| Remedy::of(label, done, look)).collect(),
        ledger: Ledger::of(look, &seen),
        results: Results::of(look, filter, &check_path(name), Some(seen.name)),
    };
    Ok(page.render()?)
}

fn told(zone: &Zone, at: Timestamp, now: Timestamp) -> String {
    let moment = zone.moment(at, now);
    format!("{}, {}", moment.clock, moment.ago)
}

fn facts(look: &Look<'_>, entry: &Entry) -> Vec<Fact> {
    let at = |at: Option<Timestamp>| at.map(|at| told(&look.zone, at, look.now));
    let details = &entry.details;
    let interval = std::time::Duration::from_millis(entry.interval_ms);
    let known = [
        ("Latency", entry.latency_ms.map(crate::zone::latency)),
        ("Attempts", (entry.attempts > 0).then(|| entry.attempts.to_string())),
        ("Failing since", at(entry.first_failed_at)),
        ("Last change", at(entry.last_changed_at)),
        ("Last OK", at(entry.last_ok_at)),
        ("Last notice delivered", at(entry.last_notification_at)),
        ("Status code", details.code.map(|code| code.to_string())),
        ("Transport", details.error.map(transport)),
        ("Certificate until", details.certificate_until.map(|end| look.zone.day(end))),
        ("Measured every", (entry.interval_ms > 0).then(|| engine::time::humane(interval))),
        ("Stale after", Some(engine::time::humane(stale_after(entry)))),
        ("Turns skipped", (entry.skipped > 0).then(|| entry.skipped.to_string())),
    ];
    known.into_iter().filter_map(|(what, value)| Some((what, value?))).collect()
}

/// The word of a transport error as it stands in files: `certificate_expired`.
fn transport(kind: engine::observation::TransportErrorKind) -> String {
    let word = serde_json::to_value(kind).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or_default().replace('_', " ")
}

impl Expected {
    fn of(rule: &engine::details::Expectation) -> Self {
        let (shown, word) = if rule.ok { (Shown::Ok, "held") } else { (Shown::Fail, "broken") };
        Self {
            class: shown.class(),
            word,
            what: rule.what.clone(),
            actual: clip(&rule.actual, BODY_SHOWN),
            expected: rule.expected.clone(),
        }
    }
}

impl Split {
    fn of(phases: &Phases) -> Option<Self> {
        let known = [
            ("p1", "DNS", phases.dns_us),
            ("p2", "Connect", phases.connect_us),
            ("p3", "TLS", phases.tls_us),
            ("p4", "First byte", phases.first_byte_us),
            ("p5", "Body", phases.body_us),
        ];
        let sum: u64 = known.iter().filter_map(|(_, _, us)| *us).sum();
        let whole = sum.max(phases.total_us).max(1);
        let mut x = 0;
        let mut part = |(class, label, us): (&'static str, &'static str, u64)| {
            let width = us.saturating_mul(1000) / whole;
            let part = Part { class, label, time: micros(us), x, width };
            x += width;
            part
        };
        let reached = known.into_iter().filter_map(|(class, label, us)| Some((class, label, us?)));
        let parts: Vec<_> = reached.map(&mut part).collect();
        let summary = parts.iter().map(|part| format!("{} {}", part.label, part.time));
        let summary = summary.collect::<Vec<_>>().join(", ");
        (!parts.is_empty()).then(|| Self { total: micros(phases.total_us), summary, parts })
    }
}

impl Open {
    fn of(look: &Look<'_>, entry: &Entry) -> Option<Self> {
        let incident = entry.incident.as_ref()?;
        let announced = match incident.announced_at {
            Some(at) => format!("Last announced {}.", told(&look.zone, at, look.now)),
            None => "Nobody was told of it yet.".to_owned(),
        };
        let spent = if incident.exhausted { " The actions have used up their budget." } else { "" };
        Some(Self {
            id: incident.id,
            opened: look.zone.moment(incident.opened_at, look.now),
            announced: announced + spent,
        })
    }
}

impl Job {
    fn of(job: &JobState, look: &Look<'_>) -> Self {
        let at = |at: Option<Timestamp>| at.map(|at| told(&look.zone, at, look.now));
        let known = [
            ("Latest job", Some(job.id.clone().unwrap_or_else(|| "none yet".to_owned()))),
            ("Its state", job.status.clone()),
            ("Started", at(job.started_at)),
            ("First seen", at(job.first_seen_at)),
            ("Last success", at(job.last_success_at)),
        ];
        let missed = job.missed.as_ref().map(|missed| {
            let deadline = look.zone.moment(missed.deadline, look.now);
            format!("{} (deadline {}, {})", missed.reason, deadline.clock, deadline.ago)
        });
        let facts = known.into_iter().filter_map(|(what, value)| Some((what, value?))).collect();
        Self { facts, missed }
    }
}

impl Remedy {
    fn of(label: &str, done: &ActionState, look: &Look<'_>) -> Self {
        let lately = done.recent.iter().filter(|at| look.now.since(**at) < BUDGET_SPAN).count();
        let ran = done.last_result.map(|result| {
            let word = serde_json::to_value(result).ok();
            let word = word.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
            let when = done.last_at.map(|at| told(&look.zone, at, look.now)).unwrap_or_default();
            format!("{word} {when}")
        });
        let helped = done.helped.map(|helped| if helped { "yes" } else { "no" }.to_owned());
        let known = [
            ("Last result", ran),
            ("Why", done.last_reason.as_deref().map(|reason| clip(reason, BODY_SHOWN))),
            ("Did it help", helped),
            ("Runs in this incident", Some(done.runs_in_incident.to_string())),
            ("Runs in the last hour", Some(lately.to_string())),
        ];
        let facts = known.into_iter().filter_map(|(what, value)| Some((what, value?))).collect();
        Self { label: label.to_owned(), facts }
    }
}
