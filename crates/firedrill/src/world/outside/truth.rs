//! What an independent user would have got of name servers and hosts, told from the faults alone: a
//! sample at each of their edges, judged by the second opinion.

use std::collections::BTreeMap;

use engine::{
    Check,
    config::{Config, Spec},
};
use serde_json::{Map, Value};

use super::names::{Fault, Question, Zone, name_of};
use crate::{
    naive::{self, Answer},
    played::{FaultSpan, Sample, Truth},
    scenario::{Doing, Ms, Scenario},
};

/// A fault in its time, with its parameters.
type Spell<'a> = (&'a FaultSpan, &'a Map<String, Value>);

/// The samples of every check of a name server or a host, by its name.
pub(in super::super) fn of(
    scenario: &Scenario,
    config: &Config,
    spans: &[FaultSpan],
    end: Ms,
) -> BTreeMap<String, Vec<Sample>> {
    let zone = Zone::of(config);
    let step = |span: &FaultSpan| {
        let steps = scenario.timeline.iter();
        steps.filter(|step| step.id == span.id).find_map(|step| match &step.doing {
            Doing::Fault(fault) => Some(&fault.step),
            _ => None,
        })
    };
    let spells: Vec<Spell<'_>> =
        spans.iter().filter_map(|span| Some((span, step(span)?))).collect();
    let samples = config.enabled().filter_map(|check| {
        let met: Vec<Spell<'_>> =
            spells.iter().copied().filter(|spell| meets(check, spell)).collect();
        (!met.is_empty()).then(|| (check.name.to_string(), along(check, &zone, &met, end)))
    });
    samples.collect()
}

/// Whether a fault is on what a check asks.
fn meets(check: &Check, (span, step): &Spell<'_>) -> bool {
    let named = |key: &str, name: &str| {
        let wanted = step.get(key).and_then(Value::as_str);
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    match (&check.spec, span.kind.as_str()) {
        (Spec::Dns(spec), "dns.answer") => named("name", &name_of(spec)),
        (Spec::Dns(spec), "dns.fail") => spec.server.is_none(),
        (Spec::Ping(spec), "ping.answer") => named("host", &spec.host),
        _ => false,
    }
}

fn along(check: &Check, zone: &Zone, met: &[Spell<'_>], end: Ms) -> Vec<Sample> {
    let edges = met.iter().flat_map(|(span, _)| [Some(span.start), span.end]);
    let mut edges: Vec<Ms> = edges.flatten().filter(|at| *at < end).collect();
    edges.sort_unstable();
    edges.dedup();
    let holds = |at: Ms, span: &FaultSpan| span.start <= at && span.end.is_none_or(|end| end > at);
    let at = |at: Ms| {
        let fault = met.iter().rev().find(|(span, _)| holds(at, span)).map(|(_, step)| *step);
        let (took, (verdict, why)) = worth(check, zone, fault);
        let gated = fault.is_some_and(is_gated) && verdict != Truth::Good;
        let verdict = if gated { Truth::Unsure } else { verdict };
        Sample { at, until: at + took, verdict, why }
    };
    edges.into_iter().map(at).collect()
}

/// Whether it depends on a count, a draw or the moment whether a fault strikes.
fn is_gated(step: &Map<String, Value>) -> bool {
    ["p", "times", "skip", "every", "shape"].iter().any(|key| step.contains_key(*key))
}

fn worth(check: &Check, zone: &Zone, fault: Option<&Map<String, Value>>) -> (Ms, naive::Worth) {
    let number = |key: &str| fault.and_then(|fault| fault.get(key)?.as_u64());
    let ms = Ms::try_from(number("ms").unwrap_or(0)).unwrap_or(Ms::MAX);
    let limit = engine::time::millis(check.timeout);
    if let Spec::Ping(spec) = &check.spec {
        let took = match number("loss").unwrap_or(0) {
            0 => vec![ms; spec.count as usize],
            100 => Vec::new(),
            _ => return (ms, (Truth::Unsure, "some are lost".to_owned())),
        };
        return (ms, naive::echoes(spec, limit, spec.count, &took));
    }
    let Spec::Dns(spec) = &check.spec else { return (0, naive::nothing()) };
    let asked = naive::question(spec);
    let fault = fault
        .map(|step| Fault::of(step.get("kind").and_then(Value::as_str), number("ms").unwrap_or(0)));
    let got = Question::read(&asked).and_then(|question| zone.answer(&question, fault, true));
    let took = if let Some(Fault::Slow(_)) = fault { ms } else { 0 };
    let answer = match got {
        Some(got) => Answer { got, broken: false, opened: true },
        None => Answer::lost("no answer"),
    };
    (took, naive::judge(check, &answer, took))
}
