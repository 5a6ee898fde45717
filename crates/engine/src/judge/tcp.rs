//! Judges a conversation with a TCP port: connection, answer, latency, certificate, in this order.

use crate::{
    config::{Pattern, TcpSpec},
    details::{Details, excerpt},
    judge::findings::Findings,
    observation::{Conversation, TALK_CAP, micros_to_millis},
    outcome::Outcome,
    time::{Timestamp, humane},
};

/// The verdict on a conversation.
pub(crate) fn judge(spec: &TcpSpec, seen: &Conversation, now: Timestamp) -> Outcome {
    let ms = micros_to_millis(seen.phases.total_us);
    let mut findings = Findings::default();
    match (&spec.expect, &seen.error) {
        (Some(pattern), error) => {
            judge_answer(
                spec,
                pattern,
                seen,
                error.as_ref().map(ToString::to_string),
                &mut findings,
            );
        }
        (None, Some(error)) => findings.fail(error.message.clone()),
        (None, None) => {}
    }
    if seen.error.is_none() {
        findings.latency(ms, spec.warn, spec.crit);
        certificate(spec, seen, now, &mut findings);
    }
    let body = Some(excerpt(&seen.received)).filter(|text| findings.failed() && !text.is_empty());
    let details = Details {
        error: seen.error.as_ref().map(|error| error.kind),
        phases: Some(seen.phases),
        body,
        certificate_until: seen.certificate.as_ref().map(|one| one.not_after),
        ..Details::default()
    };
    findings.verdict(good(spec, ms), details, Some(ms))
}

fn good(spec: &TcpSpec, ms: u64) -> String {
    match (&spec.expect, spec.tls) {
        (Some(pattern), _) => format!("answered `{}` in {ms} ms", pattern.text()),
        (None, true) => format!("TLS connection in {ms} ms"),
        (None, false) => format!("connected in {ms} ms"),
    }
}

fn judge_answer(
    spec: &TcpSpec,
    pattern: &Pattern,
    seen: &Conversation,
    error: Option<String>,
    findings: &mut Findings,
) {
    let wanted = pattern.text();
    if seen.phases.first_byte_us.is_none() {
        return findings.fail(error.unwrap_or_else(|| format!("{} was not asked", spec.target)));
    }
    let ok = error.is_none() && !seen.received.is_empty() && pattern.is_in(&seen.received);
    let actual = match seen.received.len() {
        0 => "nothing".to_owned(),
        _ => format!("`{}`", excerpt(&seen.received)),
    };
    if !ok {
        findings.fail(match (error, seen.received.len()) {
            (Some(error), _) => format!("{error}, expected `{wanted}`"),
            (None, 0) => {
                format!("{} closed the connection without a word, expected `{wanted}`", spec.target)
            }
            (None, TALK_CAP..) => {
                format!("nothing in the first {} KiB matches `{wanted}`", TALK_CAP / 1024)
            }
            (None, _) => format!("the answer does not match `{wanted}`"),
        });
    }
    findings.saw("answer", format!("`{wanted}`"), actual, ok);
}

fn certificate(spec: &TcpSpec, seen: &Conversation, now: Timestamp, findings: &mut Findings) {
    let left = seen.certificate.as_ref().map(|certificate| certificate.not_after.since(now));
    if let Some(left) = left
        && spec.cert_warn.is_some_and(|limit| left <= limit)
    {
        findings.warn(format!("the certificate ends in {}", humane(left)));
    }
}
