//! Hosts: answering, lossy, gone, and with or without the permission to ask them. Where packets are
//! to be lost a network namespace has a filter that loses exactly those.

use engine::Status;

use crate::{
    namespace::Namespace,
    skip::skipped,
    support::{found, said},
};

/// What a ping of this machine finds; nothing, with the skip noted, without the permission.
async fn permitted(keys: &str) -> Option<engine::outcome::Outcome> {
    let outcome = found(keys).await;
    if outcome.status == Status::Unknown {
        assert!(outcome.details.reason.starts_with("cannot ping: "), "{outcome:?}");
        skipped("permission to ping not found");
        return None;
    }
    Some(outcome)
}

#[tokio::test]
async fn loopback_answers_every_ping_on_ipv4_and_ipv6() {
    for host in ["127.0.0.1", "::1"] {
        let keys = format!("type: ping, host: '{host}', count: 5, warn_ms: 4000");
        let Some(outcome) = permitted(&keys).await else { return };
        assert_eq!(outcome.status, Status::Ok, "{outcome:?}");
        let start = format!("5 of 5 answers from {host}, average ");
        assert!(outcome.details.reason.starts_with(&start), "{outcome:?}");
        let facts = &outcome.details.facts;
        assert_eq!((&facts["sent"], &facts["received"]), (&5.into(), &5.into()));
        assert_eq!(facts["loss_percent"], 0);
        assert!(facts["min_ms"].as_f64() <= facts["avg_ms"].as_f64());
        assert!(facts["avg_ms"].as_f64() <= facts["max_ms"].as_f64());
    }
}

#[tokio::test]
async fn a_name_is_pinged_by_its_address_and_an_unknown_one_is_told() {
    let Some(outcome) = permitted("type: ping, host: localhost, count: 1").await else { return };
    assert_eq!(outcome.status, Status::Ok, "{outcome:?}");
    assert!(outcome.details.reason.contains("from localhost ("), "{outcome:?}");
    let (status, reason) = said("type: ping, host: no-such-host.invalid").await;
    assert_eq!(status, Status::Fail, "{reason}");
    assert!(reason.contains("no-such-host.invalid"), "{reason}");
}

#[tokio::test]
async fn many_pings_at_once_do_not_take_each_other_s_answers() {
    let Some(_) = permitted("type: ping, host: 127.0.0.1, count: 1").await else { return };
    let pings = (0..20).map(|_| found("type: ping, host: 127.0.0.1, count: 4"));
    for outcome in futures_util::future::join_all(pings).await {
        assert_eq!(outcome.details.facts["received"], 4, "{outcome:?}");
    }
}

#[test]
fn nobody_may_not_ping_and_the_check_is_unknown_until_the_group_is_let_in() {
    let Some(net) = Namespace::new() else { return };
    let range = "net.ipv4.ping_group_range";
    let keys = "type: ping, host: 127.0.0.1";
    net.run("sysctl", &["-w", &format!("{range}=1 0")]);
    let Some(said) = net.once_as_nobody(keys) else { return };
    assert!(said.starts_with("[UNKNOWN] it cannot ping: a datagram socket"), "{said}");
    assert!(said.contains(range) && said.contains("CAP_NET_RAW"), "{said}");
    let let_in = net.run("sysctl", &["-w", &format!("{range}=0 65534")]);
    if !let_in.status.success() {
        return skipped("sysctl not found");
    }
    for host in ["127.0.0.1", "::1"] {
        let said = net.once_as_nobody(&format!("type: ping, host: '{host}'")).unwrap();
        assert!(said.starts_with("[OK] it 3 of 3 answers from "), "by a datagram socket: {said}");
    }
}

#[test]
fn loss_is_counted_and_held_against_its_limits() {
    let Some(net) = Namespace::new() else { return };
    for (limits, verdict) in [
        ("loss_warn_percent: 26", "[OK] it 3 of 4 answers from 127.0.0.1"),
        ("loss_warn_percent: 25", "[WARN] it loss 25 %, warning from 25 %"),
        ("loss_crit_percent: 25", "[FAIL] it loss 25 %, limit 25 %"),
    ] {
        // Each round loses the first of four, exactly.
        if !net.filter("icmp type echo-request numgen inc mod 4 == 0 drop") {
            return;
        }
        let keys = format!("type: ping, host: 127.0.0.1, count: 4, timeout_s: 1, {limits}");
        let said = net.once(&keys);
        assert!(said.starts_with(verdict), "{said}");
    }
}

#[test]
fn a_black_hole_no_route_and_a_closed_port_are_told_apart() {
    let Some(net) = Namespace::new() else { return };
    // The namespace has no route that leads there: its own network, and nothing of the host.
    let said = net.once("type: ping, host: 192.0.2.1, timeout_s: 1");
    let unknown = "[UNKNOWN] it this machine has no way to 192.0.2.1: Network is unreachable";
    assert!(said.starts_with(unknown), "{said}");
    let said = net.once("type: tcp, target: '127.0.0.1:8080'");
    assert_eq!(said, "[FAIL] it connection refused by 127.0.0.1:8080");
    if !net.filter("icmp type echo-request drop\ntcp dport 8080 drop\nudp dport 53 drop") {
        return;
    }
    let said = net.once("type: ping, host: 127.0.0.1, timeout_s: 0.5");
    assert_eq!(said, "[FAIL] it no answer from 127.0.0.1 to 3 pings");
    let said = net.once("type: tcp, target: '127.0.0.1:8080', timeout_s: 0.5");
    assert_eq!(said, "[FAIL] it no connection to 127.0.0.1:8080 within 500 ms");
    let said = net.once("type: dns, server: 127.0.0.1, query: a.test, timeout_s: 0.5");
    assert_eq!(said, "[FAIL] it no answer from 127.0.0.1:53 within 500 ms");
    assert!(net.filter("tcp dport 8080 reject with tcp reset"));
    let said = net.once("type: tcp, target: '127.0.0.1:8080'");
    assert_eq!(said, "[FAIL] it connection refused by 127.0.0.1:8080");
}
