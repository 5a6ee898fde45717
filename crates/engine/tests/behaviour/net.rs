//! What is made of what was seen of ports, name servers and hosts, and what their bounds are.

use std::time::Duration;

use engine::{
    Check, Status, Timestamp,
    board::Entry,
    bound::bound,
    config::{Source, parse},
    explain::{Question, explain},
    judge::judge,
    observation::{
        Conversation, DnsAnswer, DnsObservation, Echoes, Observation, Phase, Phases,
        PingObservation, TransportError, TransportErrorKind as Kind,
    },
    outcome::Outcome,
};

fn check(keys: &str) -> Check {
    let text = format!("checks:\n  - {{name: it, {keys}}}\n");
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &|_| None);
    let parsed = parsed.unwrap_or_else(|errors| panic!("{errors}"));
    Check::clone(&parsed.config.checks[0])
}

fn verdict(keys: &str, seen: &Observation) -> Outcome {
    judge(&check(keys), &Entry::default(), seen, Timestamp::from_millis(0))
}

fn said(keys: &str, seen: &Observation) -> (Status, String) {
    let outcome = verdict(keys, seen);
    (outcome.status, outcome.details.reason)
}

fn talk(received: &'static str, ms: u64) -> Conversation {
    let phases = Phases { total_us: ms * 1000, first_byte_us: Some(1), ..Phases::default() };
    Conversation { received: received.into(), phases, ..Conversation::default() }
}

fn error(kind: Kind) -> TransportError {
    TransportError { kind, phase: Phase::Connect, message: "it broke".to_owned() }
}

#[test]
fn a_port_that_opens_late_is_a_warning_or_a_failure_and_both_findings_are_told() {
    let keys = "type: tcp, target: a, warn_ms: 10, crit_ms: 20";
    let at = |ms| said(keys, &Observation::Tcp(talk("", ms)));
    assert_eq!(at(9), (Status::Ok, "connected in 9 ms".to_owned()));
    assert_eq!(at(10), (Status::Warn, "latency 10 ms, warning from 10 ms".to_owned()));
    assert_eq!(at(20), (Status::Fail, "latency 20 ms, limit 20 ms".to_owned()));
    let keys = "type: tcp, target: a, expect: b, crit_ms: 20";
    let reason = "the answer does not match `b`; latency 20 ms, limit 20 ms".to_owned();
    assert_eq!(said(keys, &Observation::Tcp(talk("x", 20))), (Status::Fail, reason));
}

#[test]
fn a_broken_connection_fails_even_when_enough_had_come() {
    let seen = Conversation { error: Some(error(Kind::Reset)), ..talk("220 hello", 1) };
    let outcome = verdict("type: tcp, target: a, expect: '^220'", &Observation::Tcp(seen));
    assert_eq!((outcome.status, outcome.retry), (Status::Fail, true));
    assert_eq!(outcome.details.reason, "it broke, expected `^220`");
    assert_eq!(outcome.details.body.as_deref(), Some("220 hello"));
}

fn dns(code: &str, records: &[&str], ms: u64) -> Observation {
    let records = records.iter().map(|one| (*one).to_owned()).collect();
    let result = Ok(DnsAnswer { code: code.to_owned(), records, over_tcp: false });
    Observation::Dns(DnsObservation { server: "ns:53".to_owned(), result, total_us: ms * 1000 })
}

#[test]
fn all_expected_records_must_be_there_and_others_may() {
    let keys = "type: dns, query: a.test, expect: [192.0.2.1, 192.0.2.2]";
    let seen = |records: &[&str]| said(keys, &dns("NOERROR", records, 3));
    assert_eq!(seen(&["192.0.2.3", "192.0.2.2", "192.0.2.1"]).0, Status::Ok);
    let reason = "A of a.test is 192.0.2.1, expected 192.0.2.1, 192.0.2.2".to_owned();
    assert_eq!(seen(&["192.0.2.1"]), (Status::Fail, reason));
    let reason = "a.test has no A record, expected 192.0.2.1, 192.0.2.2".to_owned();
    assert_eq!(seen(&[]), (Status::Fail, reason));
}

#[test]
fn an_expected_code_is_ok_and_every_other_one_is_not() {
    let keys = |code: &str| format!("type: dns, query: a.test, expect: {code}");
    for code in ["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"] {
        assert_eq!(verdict(&keys(code), &dns(code, &[], 1)).status, Status::Ok, "{code}");
        let other = if code == "NOERROR" { "NXDOMAIN" } else { "NOERROR" };
        assert_eq!(verdict(&keys(code), &dns(other, &[], 1)).status, Status::Fail, "{code}");
    }
    let (_, reason) = said(&keys("NXDOMAIN"), &dns("code 9", &[], 1));
    assert_eq!(reason, "ns:53 answered code 9, expected NXDOMAIN");
    let slow = said("type: dns, query: a.test, crit_ms: 5", &dns("NOERROR", &["192.0.2.1"], 5));
    assert_eq!(slow, (Status::Fail, "latency 5 ms, limit 5 ms".to_owned()));
}

fn echoes(sent: u32, times_us: &[u64]) -> Observation {
    let (address, trouble) = ("192.0.2.1".to_owned(), None);
    let echoes = Echoes { address, sent, times_us: times_us.to_vec(), trouble };
    Observation::Ping(PingObservation { result: Ok(echoes) })
}

#[test]
fn loss_and_average_are_held_against_their_limits() {
    let keys = "type: ping, host: 192.0.2.1, loss_warn_percent: 34, loss_crit_percent: 66, \
                warn_ms: 10, crit_ms: 20";
    let seen = |sent, times: &[u64]| said(keys, &echoes(sent, times));
    let good = "3 of 3 answers from 192.0.2.1, average 5.5 ms".to_owned();
    assert_eq!(seen(3, &[1500, 5500, 9500]), (Status::Ok, good));
    let good = "2 of 3 answers from 192.0.2.1, average 9.999 ms".to_owned();
    assert_eq!(seen(3, &[9_999, 9_999]), (Status::Ok, good), "33 % is below 34");
    assert_eq!(seen(3, &[10_000]).1, "loss 66 %, limit 66 %; latency 10 ms, warning from 10 ms");
    assert_eq!(seen(4, &[25_000, 25_000, 25_000]).0, Status::Fail);
    assert_eq!(seen(2, &[1, 1]).0, Status::Ok);
    assert_eq!(seen(2, &[1]), (Status::Warn, "loss 50 %, warning from 34 %".to_owned()));
    let none = (Status::Fail, "no answer from 192.0.2.1 to 3 pings".to_owned());
    assert_eq!(seen(3, &[]), none);
}

#[test]
fn an_error_on_the_way_is_a_failure_with_its_own_words() {
    let dns =
        DnsObservation { server: "ns:53".into(), result: Err(error(Kind::Timeout)), total_us: 1 };
    let ping = PingObservation { result: Err(error(Kind::DnsNotFound)) };
    for (keys, seen, kind) in [
        ("type: dns, query: a.test, expect: REFUSED", Observation::Dns(dns), Kind::Timeout),
        ("type: ping, host: a.test", Observation::Ping(ping), Kind::DnsNotFound),
    ] {
        let outcome = verdict(keys, &seen);
        assert_eq!((outcome.status, outcome.details.error), (Status::Fail, Some(kind)));
        assert_eq!((&*outcome.details.reason, outcome.retry), ("it broke", true));
    }
}

#[test]
fn the_bound_and_its_explanation_count_with_the_limit_of_the_type() {
    let tcp = check("type: tcp, target: a, interval_s: 60, retries: 2, retry_backoff_s: 3");
    let now = Timestamp::from_millis(0);
    let bound = bound(&tcp, now);
    assert_eq!(bound.detect, Duration::from_secs(60 + 3 * 4 + 2 * 3));
    assert_eq!(bound.recover, Duration::from_secs(64));
    let text = explain(&Question { check: &tcp, entry: None, ledger: &[], now });
    let sum = "60 s interval + 3 × 4 s time-out + 2 × 3 s back-off";
    assert!(text.contains(sum) || text.contains(&sum.replace("60 s", "1 min")), "{text}");
}
