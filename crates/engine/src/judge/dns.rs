//! Judges the answer of a name server: response code and records first, then its latency.

use serde_json::json;

use crate::{
    config::{DnsExpect, DnsSpec},
    details::Details,
    judge::findings::Findings,
    observation::{DnsAnswer, DnsObservation, micros_to_millis},
    outcome::Outcome,
};

/// The verdict on an answer. Facts: `server`, `code`, `records` and `transport`.
pub(crate) fn judge(spec: &DnsSpec, seen: &DnsObservation) -> Outcome {
    let ms = micros_to_millis(seen.total_us);
    let mut findings = Findings::default();
    let mut details = Details::default();
    let mut good = String::new();
    details.facts.insert("server".to_owned(), json!(seen.server));
    match &seen.result {
        Err(error) => {
            findings.fail(error.message.clone());
            details.error = Some(error.kind);
        }
        Ok(answer) => {
            judge_answer(spec, seen, answer, &mut findings);
            findings.latency(ms, spec.warn, spec.crit);
            good = format!("{} in {ms} ms", found(spec, answer));
            let transport = if answer.over_tcp { "tcp" } else { "udp" };
            details.facts.insert("code".to_owned(), json!(answer.code));
            details.facts.insert("records".to_owned(), json!(answer.records));
            details.facts.insert("transport".to_owned(), json!(transport));
        }
    }
    findings.verdict(good, details, Some(ms))
}

fn judge_answer(
    spec: &DnsSpec,
    seen: &DnsObservation,
    answer: &DnsAnswer,
    findings: &mut Findings,
) {
    let code = answer.code.as_str();
    let saw = found(spec, answer);
    let (wanted, ok) = match &spec.expect {
        DnsExpect::Code(wanted) => ((*wanted).to_owned(), *wanted == code),
        DnsExpect::Any => {
            ("at least one".to_owned(), code == "NOERROR" && !answer.records.is_empty())
        }
        DnsExpect::Records(wanted) => {
            let all = wanted.iter().all(|one| answer.records.contains(one));
            (wanted.join(", "), code == "NOERROR" && all)
        }
    };
    let expected = match &spec.expect {
        DnsExpect::Any => String::new(),
        DnsExpect::Code(_) | DnsExpect::Records(_) => format!(", expected {wanted}"),
    };
    if !ok {
        findings.fail(match code {
            "NOERROR" | "NXDOMAIN" => format!("{saw}{expected}"),
            "SERVFAIL" => format!("{} could not find out (SERVFAIL){expected}", seen.server),
            "REFUSED" => format!("{} refuses to answer (REFUSED){expected}", seen.server),
            _ => format!("{} answered {code}{expected}", seen.server),
        });
    }
    let what = format!("{} of {}", spec.record.word(), spec.query);
    let actual = match answer.records.as_slice() {
        [] => code.to_owned(),
        records => records.join(", "),
    };
    findings.saw(&what, wanted, actual, ok);
}

/// What the answer says, in words.
fn found(spec: &DnsSpec, answer: &DnsAnswer) -> String {
    let (query, record) = (&spec.query, spec.record.word());
    match (answer.code.as_str(), answer.records.as_slice()) {
        ("NOERROR", []) => format!("{query} has no {record} record"),
        ("NOERROR", records) => format!("{record} of {query} is {}", records.join(", ")),
        ("NXDOMAIN", _) => format!("{query} does not exist (NXDOMAIN)"),
        (code, _) => format!("{query} is answered with {code}"),
    }
}
