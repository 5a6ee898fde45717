//! Judges the latest run of a job, and its deadlines.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{
    config::JobSpec,
    details::{Details, excerpt},
    job::JobState,
    judge::deadline,
    observation::{Exchange, JobId, JobObservation, micros_to_millis},
    outcome::Outcome,
    status::Status,
    time::Timestamp,
};

/// What was known before this attempt.
pub(crate) struct Before<'a> {
    pub(crate) job: Option<&'a JobState>,
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) zone: &'a TimeZone,
}

/// What the server said of the job.
enum Said {
    NoJob,
    Unusable(String),
    Unreachable(String),
    Strange(String),
    NotKnown,
    Running(String),
    Succeeded,
    Failed(String),
}

/// The verdict. A missed deadline outweighs everything but a success that makes it good.
pub(crate) fn judge(
    spec: &JobSpec,
    before: &Before<'_>,
    seen: &JobObservation,
    now: Timestamp,
) -> Outcome {
    let (said, document) = listen(spec, seen);
    let mut job = remember(before, seen, &said, &document, now);
    job.missed = missed(spec, before, &job, now);
    let mut details = describe(spec, before, &job, &said, now);
    let (mut status, mut retry) = verdict(&said);
    if let Some(missed) = &job.missed {
        status = Status::Fail;
        details.reason.clone_from(&missed.reason);
        retry = false;
        if let Said::Unreachable(why) = &said {
            details.reason = format!("{}; {why}", missed.reason);
            retry = true;
        }
    }
    let exchange = seen.exchange.as_ref();
    fill(&mut details, exchange, status);
    let latency_ms = exchange.map(|e| micros_to_millis(e.phases.total_us));
    Outcome { status, details, latency_ms, retry, job: Some(job) }
}

fn verdict(said: &Said) -> (Status, bool) {
    match said {
        Said::NoJob | Said::Running(_) | Said::Succeeded => (Status::Ok, false),
        Said::NotKnown => (Status::Warn, false),
        Said::Unusable(_) => (Status::Unknown, false),
        Said::Unreachable(_) | Said::Strange(_) => (Status::Fail, true),
        Said::Failed(_) => (Status::Fail, false),
    }
}

fn listen(spec: &JobSpec, seen: &JobObservation) -> (Said, Value) {
    let said = match (&seen.id, &seen.exchange) {
        (Err(why), _) => Said::Unusable(why.clone()),
        (Ok(None), _) => Said::NoJob,
        (Ok(Some(_)), None) => Said::Unusable("the job's address was not asked".to_owned()),
        (Ok(Some(_)), Some(exchange)) => return hear(spec, exchange),
    };
    (said, Value::Null)
}

fn hear(spec: &JobSpec, exchange: &Exchange) -> (Said, Value) {
    let response = match &exchange.result {
        Err(error) => return (Said::Unreachable(error.message.clone()), Value::Null),
        Ok(response) => response,
    };
    if response.status == 404 {
        return (Said::NotKnown, Value::Null);
    }
    if !(200..300).contains(&response.status) {
        let why = format!("status {}, expected 2xx", response.status);
        return (Said::Unreachable(why), Value::Null);
    }
    match serde_json::from_slice::<Value>(&response.body) {
        Err(error) => (Said::Strange(format!("the body is not JSON: {error}")), Value::Null),
        Ok(document) => (word(spec, &document), document),
    }
}

fn word(spec: &JobSpec, document: &Value) -> Said {
    let found = spec.status_path.find(document);
    let Some(word) = found.first().and_then(|value| value.as_str()) else {
        return Said::Strange(format!("no state at {}", spec.status_path.text()));
    };
    match word {
        "succeeded" | "success" | "completed" => Said::Succeeded,
        "running" | "queued" | "pending" | "started" => Said::Running(word.to_owned()),
        "failed" | "error" | "cancelled" => Said::Failed(word.to_owned()),
        "unknown" => Said::NotKnown,
        other => Said::Strange(format!(
            "state `{}`, expected running, succeeded or failed",
            excerpt(other.as_bytes())
        )),
    }
}

fn remember(
    before: &Before<'_>,
    seen: &JobObservation,
    said: &Said,
    document: &Value,
    now: Timestamp,
) -> JobState {
    let known = before.job.cloned().unwrap_or_default();
    let mut job = match &seen.id {
        Ok(Some(latest)) if known.id.as_deref() != Some(latest.id.as_str()) => {
            another(known, latest, now)
        }
        Ok(_) | Err(_) => known,
    };
    let told = |field: &str| document.get(field)?.as_str()?.parse::<Timestamp>().ok();
    job.started_at = told("started_at").or(job.started_at);
    let known = job.status.as_deref() == Some("succeeded");
    match said {
        Said::Succeeded if known => {}
        Said::Succeeded => {
            job.last_success_at = Some(told("finished_at").unwrap_or(now));
            job.status = Some("succeeded".to_owned());
        }
        Said::Running(word) | Said::Failed(word) => job.status = Some(word.clone()),
        Said::NotKnown => job.status = Some("unknown".to_owned()),
        Said::NoJob | Said::Unusable(_) | Said::Unreachable(_) | Said::Strange(_) => {}
    }
    job
}

/// Another job has started: only what is about the past is kept.
fn another(known: JobState, latest: &JobId, now: Timestamp) -> JobState {
    JobState {
        id: Some(latest.id.clone()),
        status: None,
        first_seen_at: Some(now),
        started_at: latest.written_at.or(Some(now)),
        last_success_at: known.last_success_at,
        missed: known.missed,
    }
}

/// A miss stays until a later success, or until its rule is changed.
fn missed(
    spec: &JobSpec,
    before: &Before<'_>,
    job: &JobState,
    now: Timestamp,
) -> Option<crate::job::Missed> {
    let fresh = deadline::missed(spec, before.zone, job, before.checked_at, now);
    let news = job.last_success_at > before.job.and_then(|known| known.last_success_at);
    let carried = job
        .missed
        .clone()
        .filter(|miss| !news && deadline::still_in_force(spec, before.zone, miss));
    match (fresh, carried) {
        (Some(fresh), Some(carried)) if fresh.of == carried.of => Some(carried),
        (Some(fresh), Some(carried)) if fresh.deadline < carried.deadline => Some(carried),
        (Some(fresh), _) => Some(fresh),
        (None, carried) => carried,
    }
}

fn describe(
    spec: &JobSpec,
    before: &Before<'_>,
    job: &JobState,
    said: &Said,
    now: Timestamp,
) -> Details {
    let id = job.id.as_deref().unwrap_or("?");
    let mut details = Details { job_id: job.id.clone(), ..Details::default() };
    details.reason = match said {
        Said::NoJob => waiting(spec, before, now),
        Said::Unusable(why) | Said::Unreachable(why) | Said::Strange(why) => why.clone(),
        Said::NotKnown => format!("the server does not know job {id}"),
        Said::Running(word) | Said::Failed(word) => format!("job {id} {word}"),
        Said::Succeeded => format!("job {id} succeeded"),
    };
    if let (Said::Succeeded, Some(at)) = (said, job.last_success_at) {
        let late = deadline::late_by(spec, before.zone, job, at);
        details.late_by_s = late.map(|late| late.as_secs());
    }
    details
}

fn waiting(spec: &JobSpec, before: &Before<'_>, now: Timestamp) -> String {
    let upcoming = spec
        .success_by
        .filter(|by| now < deadline::window(spec.window_start, *by, before.zone, now).deadline);
    match upcoming {
        Some(by) => format!("no job started yet, waiting until {}", by.strftime("%H:%M")),
        None => "no job started yet".to_owned(),
    }
}

fn fill(details: &mut Details, exchange: Option<&Exchange>, status: Status) {
    let Some(exchange) = exchange else { return };
    details.phases = Some(exchange.phases);
    match &exchange.result {
        Err(error) => details.error = Some(error.kind),
        Ok(response) => {
            details.code = Some(response.status);
            let body = (status == Status::Fail).then(|| excerpt(&response.body));
            details.body = body.filter(|text| !text.is_empty());
        }
    }
}
