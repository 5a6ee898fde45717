//! Verdicts on single observations, as tables.

use std::time::Duration;

use bytes::Bytes;
use engine::{
    Check, Status, Timestamp,
    board::Entry,
    config::{HttpSpec, JsonQuery, JsonRule, Predicate, Spec},
    judge::judge,
    observation::{
        Certificate, Exchange, Observation, Phase, Phases, Response, TransportError,
        TransportErrorKind,
    },
    outcome::Outcome,
};
use serde_json::json;

use crate::support::{self, check};

fn with(change: impl FnOnce(&mut HttpSpec)) -> Check {
    let mut check = check("api");
    if let Spec::Http(spec) = &mut check.spec {
        change(spec);
    }
    check
}

fn exchange(status: u16, body: &'static [u8], ms: u64) -> Exchange {
    let body = Bytes::from_static(body);
    Exchange {
        result: Ok(Response { status, content_type: None, body, truncated: false }),
        phases: Phases { total_us: ms * 1000, ..Phases::default() },
        redirects: 0,
        certificate: None,
    }
}

fn verdict(check: &Check, exchange: Exchange) -> Outcome {
    judge(check, &Entry::default(), &Observation::Http(exchange), support::START)
}

fn says(check: &Check, exchange: Exchange) -> (Status, String) {
    let outcome = verdict(check, exchange);
    (outcome.status, outcome.details.reason)
}

#[test]
fn a_status_is_compared_with_the_wanted_one_or_with_any_2xx() {
    let any = with(|spec| spec.expect_status = None);
    let exact = with(|spec| spec.expect_status = Some(418));
    let cases = [
        (&any, 200, Status::Ok),
        (&any, 204, Status::Ok),
        (&any, 301, Status::Fail),
        (&any, 503, Status::Fail),
        (&exact, 418, Status::Ok),
        (&exact, 200, Status::Fail),
    ];
    for (check, code, wanted) in cases {
        assert_eq!(verdict(check, exchange(code, b"", 1)).status, wanted, "{code}");
    }
    assert_eq!(says(&exact, exchange(200, b"", 1)).1, "status 200, expected 418");
}

#[test]
fn latency_limits_are_reached_when_equal_and_fail_outweighs_warn() {
    let limits = with(|spec| {
        spec.warn = Some(Duration::from_millis(1000));
        spec.crit = Some(Duration::from_millis(3000));
    });
    let cases = [
        (500, Status::Ok, "status 200 in 500 ms"),
        (999, Status::Ok, "status 200 in 999 ms"),
        (1000, Status::Warn, "latency 1000 ms, warning from 1000 ms"),
        (2999, Status::Warn, "latency 2999 ms, warning from 1000 ms"),
        (3000, Status::Fail, "latency 3000 ms, limit 3000 ms"),
    ];
    for (ms, status, reason) in cases {
        assert_eq!(says(&limits, exchange(200, b"", ms)), (status, reason.to_owned()));
    }
}

#[test]
fn rules_on_the_body_hold_or_name_path_expectation_and_value() {
    let body: &[u8] = br#"{"ok":true,"n":12,"f":1.5,"s":"x","nul":null,"list":[{"v":1},{"v":9}]}"#;
    let cases = [
        ("$.ok", Predicate::Equals(json!(true)), None),
        ("$.ok", Predicate::Equals(json!(false)), Some("$.ok is true, expected false")),
        ("$.n", Predicate::Equals(json!(12.0)), None),
        ("$.n", Predicate::Lt(12.0), Some("$.n is 12, expected < 12")),
        ("$.n", Predicate::Lte(12.0), None),
        ("$.f", Predicate::Gt(1.4), None),
        ("$.f", Predicate::Gte(1.6), Some("$.f is 1.5, expected >= 1.6")),
        ("$.s", Predicate::Lt(5.0), Some("$.s is \"x\", expected < 5")),
        ("$.s", Predicate::Ne(json!("y")), None),
        ("$.nul", Predicate::Equals(json!(null)), None),
        ("$.gone", Predicate::Equals(json!(null)), Some("$.gone is missing, expected null")),
        ("$.gone", Predicate::Exists(false), None),
        ("$.gone", Predicate::Exists(true), Some("$.gone is missing, expected any value")),
        ("$.list[*].v", Predicate::Lt(10.0), None),
        ("$.list[*].v", Predicate::Lt(5.0), Some("$.list[*].v is 9, expected < 5")),
    ];
    for (path, predicate, broken) in cases {
        let rule = JsonRule {
            query: JsonQuery::parse(path).unwrap(),
            predicates: vec![predicate.clone()],
        };
        let (status, reason) =
            says(&with(|spec| spec.expect_jsonpath = vec![rule]), exchange(200, body, 1));
        match broken {
            None => assert_eq!(status, Status::Ok, "{path} {predicate:?}: {reason}"),
            Some(text) => assert_eq!((status, reason.as_str()), (Status::Fail, text)),
        }
    }
}

#[test]
fn a_body_that_is_no_json_fails_only_where_rules_ask_for_it() {
    let rule = JsonRule {
        query: JsonQuery::parse("$.ok").unwrap(),
        predicates: vec![Predicate::Equals(json!(true))],
    };
    let ruled = with(|spec| spec.expect_jsonpath = vec![rule]);
    assert_eq!(verdict(&check("api"), exchange(200, b"<html>", 1)).status, Status::Ok);
    for body in [&b""[..], b"<html>login</html>", b"{\"ok\":", b"\xff\xfe", b"{\"ok\":NaN}"] {
        let outcome = verdict(&ruled, exchange(200, body, 1));
        assert_eq!(outcome.status, Status::Fail, "{body:?}");
        assert!(outcome.retry && outcome.details.reason.contains("JSON"), "{outcome:?}");
    }
}

#[test]
fn a_broken_exchange_fails_with_its_kind_and_its_words() {
    let error = TransportError {
        kind: TransportErrorKind::Refused,
        phase: Phase::Connect,
        message: "connection refused by 127.0.0.1:8000".into(),
    };
    let broken = Exchange { result: Err(error), ..exchange(200, b"", 3) };
    let outcome = verdict(&check("api"), broken);
    assert_eq!(outcome.status, Status::Fail);
    assert_eq!(outcome.details.error, Some(TransportErrorKind::Refused));
    assert_eq!(outcome.details.reason, "connection refused by 127.0.0.1:8000");
}

#[test]
fn a_certificate_that_ends_soon_is_a_warning() {
    let days = |n: u64| Duration::from_secs(n * 86_400);
    let watched = with(|spec| spec.cert_warn = Some(days(14)));
    let ends_in = |n: u64| Exchange {
        certificate: Some(Certificate {
            not_after: Timestamp::from_millis(support::START.as_millis()) + days(n),
            subject: "CN=api".into(),
        }),
        ..exchange(200, b"", 1)
    };
    assert_eq!(verdict(&watched, ends_in(15)).status, Status::Ok);
    assert_eq!(says(&watched, ends_in(3)), (Status::Warn, "the certificate ends in 3 d".into()));
}

#[test]
fn a_failure_shows_at_most_two_hundred_characters_of_the_body() {
    let long: &'static [u8] = Box::leak("ä".repeat(5000).into_bytes().into_boxed_slice());
    let shown = verdict(&check("api"), exchange(500, long, 1)).details.body.unwrap();
    assert_eq!(shown.chars().count(), 201, "200 and an ellipsis");
}
