//! Judges an HTTP exchange: transport, status, body, latency, certificate, in this order.

use std::time::Duration;

use crate::{
    config::HttpSpec,
    details::{Details, Expectation, excerpt},
    judge::rules,
    observation::{BODY_CAP, Exchange, Response, micros_to_millis},
    outcome::Outcome,
    status::Status,
    time::{Timestamp, humane},
};

/// The verdict on an exchange. The worst finding decides; all broken expectations are told.
pub(crate) fn judge(spec: &HttpSpec, exchange: &Exchange, now: Timestamp) -> Outcome {
    let latency_ms = micros_to_millis(exchange.phases.total_us);
    let mut findings = Findings::default();
    match &exchange.result {
        Err(error) => findings.fail(error.message.clone()),
        Ok(response) => judge_response(spec, response, &mut findings),
    }
    if exchange.result.is_ok() {
        findings.latency(spec, latency_ms);
        findings.certificate(spec, exchange, now);
    }
    findings.into_outcome(exchange, latency_ms)
}

fn judge_response(spec: &HttpSpec, response: &Response, findings: &mut Findings) {
    let code = response.status;
    let wanted = spec.expect_status.map_or((200..300).contains(&code), |status| status == code);
    let expected = spec.expect_status.map_or_else(|| "2xx".to_owned(), |status| status.to_string());
    if !wanted {
        findings.fail(format!("status {code}, expected {expected}"));
    }
    findings.saw("status", expected, code.to_string(), wanted);
    if wanted && !spec.expect_jsonpath.is_empty() {
        judge_body(spec, response, findings);
    }
}

fn judge_body(spec: &HttpSpec, response: &Response, findings: &mut Findings) {
    if response.truncated {
        findings.fail(format!("the body is longer than {} KiB", BODY_CAP / 1024));
        return;
    }
    match serde_json::from_slice(&response.body) {
        Err(error) if response.body.is_empty() => {
            findings.fail(format!("the body is empty, expected JSON ({error})"));
        }
        Err(error) => findings.fail(format!("the body is not JSON: {error}")),
        Ok(value) => {
            for rule in &spec.expect_jsonpath {
                for seen in rules::judge(rule, &value) {
                    findings.expectation(seen);
                }
            }
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings {
    status: Option<Status>,
    reasons: Vec<String>,
    expectations: Vec<Expectation>,
    certificate_until: Option<Timestamp>,
}

impl Findings {
    fn fail(&mut self, reason: String) {
        self.status = Some(Status::Fail);
        self.reasons.push(reason);
    }

    fn warn(&mut self, reason: String) {
        self.status = self.status.or(Some(Status::Warn));
        self.reasons.push(reason);
    }

    fn saw(&mut self, what: &str, expected: String, actual: String, ok: bool) {
        self.expectations.push(Expectation { what: what.to_owned(), expected, actual, ok });
    }

    fn expectation(&mut self, seen: Expectation) {
        if !seen.ok {
            self.fail(format!("{} is {}, expected {}", seen.what, seen.actual, seen.expected));
        }
        self.expectations.push(seen);
    }

    fn latency(&mut self, spec: &HttpSpec, latency_ms: u64) {
        let reached = |limit: Duration| u128::from(latency_ms) >= limit.as_millis();
        let Some(limit) = spec.crit.filter(|l| reached(*l)).or(spec.warn) else {
            return;
        };
        let ok = !reached(limit);
        if spec.crit.is_some_and(reached) {
            self.fail(format!("latency {latency_ms} ms, limit {} ms", limit.as_millis()));
        } else if !ok {
            self.warn(format!("latency {latency_ms} ms, warning from {} ms", limit.as_millis()));
        }
        self.saw("latency", format!("< {} ms", limit.as_millis()), format!("{latency_ms} ms"), ok);
    }

    fn certificate(&mut self, spec: &HttpSpec, exchange: &Exchange, now: Timestamp) {
        let Some(certificate) = &exchange.certificate else {
            return;
        };
        self.certificate_until = Some(certificate.not_after);
        let left = certificate.not_after.since(now);
        if spec.cert_warn.is_some_and(|limit| left <= limit) {
            self.warn(format!("the certificate ends in {}", humane(left)));
        }
    }

    fn into_outcome(self, exchange: &Exchange, latency_ms: u64) -> Outcome {
        let status = self.status.unwrap_or(Status::Ok);
        let response = exchange.result.as_ref().ok();
        let code = response.map(|response| response.status);
        let reason = match code {
            Some(code) if self.reasons.is_empty() => format!("status {code} in {latency_ms} ms"),
            _ => self.reasons.join("; "),
        };
        let body = response.filter(|_| status == Status::Fail).map(|r| excerpt(&r.body));
        let details = Details {
            reason,
            code,
            error: exchange.result.as_ref().err().map(|error| error.kind),
            phases: Some(exchange.phases),
            expectations: self.expectations,
            body: body.filter(|text| !text.is_empty()),
            certificate_until: self.certificate_until,
            ..Details::default()
        };
        let retry = status == Status::Fail;
        Outcome { status, details, latency_ms: Some(latency_ms), retry, job: None }
    }
}
