//! A machine that has lost its own network: nothing is known of others then, and what runs on the
//! machine itself is measured as ever. A host that nobody answers for on a network that is there is an
//! outage all the same.

use crate::{namespace::Namespace, skip::skipped};

#[test]
fn without_a_network_of_its_own_nothing_is_said_of_other_machines() {
    let Some(net) = Namespace::new() else { return };
    let others = [
        "type: http, url: 'http://192.0.2.1/'",
        "type: http, url: 'http://[2001:db8::1]/'",
        "type: tcp, target: '192.0.2.1:80'",
        "type: dns, server: 192.0.2.53, query: a.test",
        "type: ping, host: 192.0.2.1, timeout_s: 1",
        "type: service, url: 'http://192.0.2.1/'",
    ];
    for keys in others {
        let said = net.once(keys);
        assert!(said.starts_with("[UNKNOWN]"), "{keys}: {said}");
        assert!(said.contains("no way to"), "{keys}: {said}");
    }
    let said = net.once("type: http, url: 'http://shop.example/', timeout_s: 8");
    assert!(said.starts_with("[UNKNOWN]") && said.contains("no network"), "{said}");
    let said = net.once("type: http, url: 'http://127.0.0.1:9/'");
    assert!(said.starts_with("[FAIL]") && said.contains("connection refused"), "{said}");
}

#[test]
fn on_a_network_that_is_there_a_host_that_is_not_is_an_outage() {
    let Some(net) = Namespace::new() else { return };
    let ready = [
        // Nobody is at the other end.
        &["link", "add", "out", "type", "veth", "peer", "name", "far"][..],
        &["address", "add", "192.0.2.9/24", "dev", "out"],
        &["link", "set", "out", "up"],
        &["link", "set", "far", "up"],
    ];
    if !ready.iter().all(|args| net.run("ip", args).status.success()) {
        return skipped("veth network interfaces not found");
    }
    let said = net.once("type: tcp, target: '192.0.2.1:80', timeout_s: 5");
    assert!(said.starts_with("[FAIL]"), "{said}");
    // Another network, to which no route leads.
    let said = net.once("type: tcp, target: '198.51.100.1:80', timeout_s: 5");
    assert!(said.starts_with("[UNKNOWN]"), "{said}");
    assert!(net.run("ip", &["route", "add", "default", "via", "192.0.2.1"]).status.success());
    let said = net.once("type: tcp, target: '198.51.100.1:80', timeout_s: 5");
    assert!(said.starts_with("[FAIL]"), "{said}");
    assert!(net.run("ip", &["link", "set", "out", "down"]).status.success());
    let said = net.once("type: tcp, target: '192.0.2.1:80', timeout_s: 5");
    assert!(said.starts_with("[UNKNOWN]"), "{said}");
}
