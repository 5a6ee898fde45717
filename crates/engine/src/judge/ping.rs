//! Judges the answers to echo requests: how many are missing, then how long the others took.

use serde_json::json;

use crate::{
    config::PingSpec,
    details::Details,
    judge::findings::Findings,
    observation::{Echoes, PingObservation, micros_to_millis},
    outcome::Outcome,
};

/// The verdict on the echoes. Facts: `address`, `sent`, `received`, `loss_percent`, and of those
/// that came `min_ms`, `avg_ms` and `max_ms`.
pub(crate) fn judge(spec: &PingSpec, seen: &PingObservation) -> Outcome {
    match &seen.result {
        Err(error) => {
            let mut findings = Findings::default();
            findings.fail(error.message.clone());
            let details = Details { error: Some(error.kind), ..Details::default() };
            findings.verdict(String::new(), details, None)
        }
        Ok(echoes) => judge_echoes(spec, echoes),
    }
}

fn judge_echoes(spec: &PingSpec, echoes: &Echoes) -> Outcome {
    let mut findings = Findings::default();
    let times = Times::of(echoes);
    let whom = whom(spec, echoes);
    match &times {
        None => findings.fail(match &echoes.trouble {
            Some(trouble) => format!("no answer from {whom} to {} pings: {trouble}", echoes.sent),
            None => format!("no answer from {whom} to {} pings", echoes.sent),
        }),
        Some(times) => {
            findings.limits(
                ("loss", " %"),
                loss(echoes),
                spec.loss_warn.map(u64::from),
                Some(spec.loss_crit.into()),
            );
            findings.latency(micros_to_millis(times.avg), spec.warn, spec.crit);
        }
    }
    let good = times.as_ref().map(|times| {
        let (came, sent) = (echoes.times_us.len(), echoes.sent);
        format!("{came} of {sent} answers from {whom}, average {} ms", millis(times.avg))
    });
    let details = Details { facts: facts(echoes, times.as_ref()), ..Details::default() };
    let latency = times.map(|times| micros_to_millis(times.avg));
    findings.verdict(good.unwrap_or_default(), details, latency)
}

fn whom(spec: &PingSpec, echoes: &Echoes) -> String {
    match spec.host == echoes.address {
        true => spec.host.clone(),
        false => format!("{} ({})", spec.host, echoes.address),
    }
}

/// In whole percent, rounded down: 100 only when nothing came.
fn loss(echoes: &Echoes) -> u64 {
    let came = u64::try_from(echoes.times_us.len()).unwrap_or(u64::MAX);
    let sent = u64::from(echoes.sent).max(1);
    sent.saturating_sub(came) * 100 / sent
}

/// In microseconds.
struct Times {
    min: u64,
    avg: u64,
    max: u64,
}

impl Times {
    fn of(echoes: &Echoes) -> Option<Self> {
        let times = &echoes.times_us;
        let count = u64::try_from(times.len()).ok()?;
        let avg = times.iter().sum::<u64>().checked_div(count)?;
        Some(Self { min: *times.iter().min()?, avg, max: *times.iter().max()? })
    }
}

/// Milliseconds with as many places as microseconds need.
fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

fn facts(echoes: &Echoes, times: Option<&Times>) -> serde_json::Map<String, serde_json::Value> {
    let mut facts = serde_json::Map::new();
    facts.insert("address".to_owned(), json!(echoes.address));
    facts.insert("sent".to_owned(), json!(echoes.sent));
    facts.insert("received".to_owned(), json!(echoes.times_us.len()));
    facts.insert("loss_percent".to_owned(), json!(loss(echoes)));
    if let Some(times) = times {
        facts.insert("min_ms".to_owned(), json!(millis(times.min)));
        facts.insert("avg_ms".to_owned(), json!(millis(times.avg)));
        facts.insert("max_ms".to_owned(), json!(millis(times.max)));
    }
    facts
}
