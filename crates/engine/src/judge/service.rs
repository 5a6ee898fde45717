//! Judges a service by its parts: one that is false fails it, one that could not be looked at
//! leaves it unknown. Processes that are not required decide nothing. Facts: `http`, `port`, `systemd` and `processes`, each null when it is not
//! configured, else with `ok` (null when it could not be measured) and what was seen.

use serde_json::{Map, Value, json};

use crate::{
    config::{ServiceSpec, mask_url},
    details::{Details, Expectation, excerpt},
    judge::process,
    observation::{Exchange, ServiceSeen, micros_to_millis},
    outcome::Outcome,
    status::Status,
};

/// What was found of one part.
struct Finding {
    /// Its key among the facts.
    key: &'static str,
    /// Whether it is well; absent when it could not be measured.
    ok: Option<bool>,
    /// Whether the verdict depends on it.
    decides: bool,
    /// The finding for people.
    says: String,
    fact: Map<String, Value>,
    expectation: Option<Expectation>,
}

const KEYS: [&str; 4] = ["http", "port", "systemd", "processes"];

/// The verdict on a service.
pub(crate) fn judge(spec: &ServiceSpec, seen: &ServiceSeen) -> Outcome {
    let found = [http(spec, seen), port(spec, seen), unit(spec, seen), processes(spec, seen)];
    let found: Vec<Finding> = found.into_iter().flatten().collect();
    let any = |ok: Option<bool>| found.iter().any(|one| one.decides && one.ok == ok);
    let (status, telling) = match (any(Some(false)), any(None)) {
        (true, _) => (Status::Fail, Some(false)),
        (false, true) => (Status::Unknown, None),
        (false, false) => (Status::Ok, Some(true)),
    };
    let tells = |one: &&Finding| one.ok == telling && (one.decides || status == Status::Ok);
    let said = found.iter().filter(tells).map(|one| one.says.as_str());
    let reason = said.collect::<Vec<_>>().join("; ");
    let exchange = seen.http.as_ref().and_then(|http| http.as_ref().ok());
    let details = details(status, exchange, Details { reason, ..Details::default() });
    let facts = facts(&found);
    let expectations = found.into_iter().filter_map(|one| one.expectation).collect();
    let details = Details { facts, expectations, ..details };
    Outcome { status, details, latency_ms: latency(seen), retry: status == Status::Fail, job: None }
}

/// What an HTTP check would tell besides.
fn details(status: Status, exchange: Option<&Exchange>, details: Details) -> Details {
    let Some(exchange) = exchange else {
        return details;
    };
    let response = exchange.result.as_ref().ok();
    let body = response.filter(|_| status == Status::Fail).map(|answer| excerpt(&answer.body));
    Details {
        code: response.map(|answer| answer.status),
        error: exchange.result.as_ref().err().map(|error| error.kind),
        phases: Some(exchange.phases),
        body: body.filter(|text| !text.is_empty()),
        ..details
    }
}

fn facts(found: &[Finding]) -> Map<String, Value> {
    let fact = |key: &str| {
        found.iter().find(|one| one.key == key).map_or(Value::Null, |one| {
            let ok = std::iter::once(("ok".to_owned(), json!(one.ok)));
            let error = (one.ok != Some(true)).then(|| ("error".to_owned(), json!(one.says)));
            Value::Object(ok.chain(one.fact.clone()).chain(error).collect())
        })
    };
    KEYS.into_iter().map(|key| (key.to_owned(), fact(key))).collect()
}

fn latency(seen: &ServiceSeen) -> Option<u64> {
    let http = seen.http.as_ref().and_then(|http| http.as_ref().ok());
    let port = seen.port.as_ref().and_then(|port| port.as_ref().ok()?.as_ref().ok());
    let micros = http.map(|exchange| exchange.phases.total_us).or(port.copied());
    micros.map(micros_to_millis)
}

impl Finding {
    fn unmeasured(key: &'static str, reason: &str, fact: Map<String, Value>) -> Self {
        Self { key, ok: None, decides: true, says: reason.to_owned(), fact, expectation: None }
    }

    fn new(key: &'static str, ok: bool, says: String, fact: Map<String, Value>) -> Self {
        Self { key, ok: Some(ok), decides: true, says, fact, expectation: None }
    }

    fn saw(self, what: &str, expected: &str, actual: &str) -> Self {
        let (expected, actual) = (expected.to_owned(), actual.to_owned());
        let ok = self.ok == Some(true);
        let expectation = Some(Expectation { what: what.to_owned(), expected, actual, ok });
        Self { expectation, ..self }
    }
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn http(spec: &ServiceSpec, seen: &ServiceSeen) -> Option<Finding> {
    let (request, seen) = (spec.http.as_ref()?, seen.http.as_ref()?);
    let wanted = spec.expect_status;
    let mut fact = map([
        ("url", json!(mask_url(request.url.as_str()))),
        ("expected", json!(wanted)),
        ("status", Value::Null),
        ("latency_ms", Value::Null),
    ]);
    let exchange = match seen {
        Ok(exchange) => exchange,
        Err(reason) => return Some(Finding::unmeasured("http", reason, fact)),
    };
    let latency_ms = micros_to_millis(exchange.phases.total_us);
    fact.insert("latency_ms".to_owned(), json!(latency_ms));
    Some(match &exchange.result {
        Err(error) => Finding::new("http", false, error.message.clone(), fact),
        Ok(answer) => {
            let (code, ok) = (answer.status, answer.status == wanted);
            fact.insert("status".to_owned(), json!(code));
            let says = if ok {
                format!("status {code} in {latency_ms} ms")
            } else {
                format!("status {code}, expected {wanted}")
            };
            let finding = Finding::new("http", ok, says, fact);
            finding.saw("status", &wanted.to_string(), &code.to_string())
        }
    })
}

fn port(spec: &ServiceSpec, seen: &ServiceSeen) -> Option<Finding> {
    let (at, seen) = (spec.port.as_ref()?, seen.port.as_ref()?);
    let what = format!("port {at}");
    let mut fact =
        map([("host", json!(at.host)), ("port", json!(at.port)), ("latency_ms", Value::Null)]);
    Some(match seen {
        Err(reason) => Finding::unmeasured("port", reason, fact),
        Ok(Err(error)) => {
            Finding::new("port", false, error.message.clone(), fact).saw(&what, "open", "closed")
        }
        Ok(Ok(micros)) => {
            fact.insert("latency_ms".to_owned(), json!(micros_to_millis(*micros)));
            Finding::new("port", true, format!("{what} is open"), fact).saw(&what, "open", "open")
        }
    })
}

/// A unit that reloads still serves; one that is only starting does not.
fn unit(spec: &ServiceSpec, seen: &ServiceSeen) -> Option<Finding> {
    let (unit, seen) = (spec.unit.as_ref()?, seen.unit.as_ref()?);
    let mut fact = map([("unit", json!(unit)), ("state", Value::Null)]);
    Some(match seen {
        Err(reason) => Finding::unmeasured("systemd", reason, fact),
        Ok(state) => {
            fact.insert("state".to_owned(), json!(state));
            let ok = matches!(state.as_str(), "active" | "reloading");
            let says = format!("unit {unit} is {state}");
            Finding::new("systemd", ok, says, fact).saw(&format!("unit {unit}"), "active", state)
        }
    })
}

/// Processes that are not required are counted and decide nothing.
fn processes(spec: &ServiceSpec, seen: &ServiceSeen) -> Option<Finding> {
    let (wanted, seen) = (spec.processes.as_ref()?, seen.processes.as_ref()?);
    let decides = spec.require_process;
    let required = ("required".to_owned(), json!(decides));
    Some(match seen {
        Err(reason) => {
            let fact = map([("match", json!(wanted.patterns)), ("count", Value::Null)]);
            let fact = fact.into_iter().chain([required]).collect();
            Finding { decides, ..Finding::unmeasured("processes", reason, fact) }
        }
        Ok(pids) => {
            let fact = process::facts(wanted, pids).into_iter().chain([required]).collect();
            let ok = wanted.is_well(pids.len());
            let says = process::counted(wanted, pids);
            let expectation = decides.then(|| process::expectation(wanted, pids, ok));
            Finding { expectation, decides, ..Finding::new("processes", ok, says, fact) }
        }
    })
}
