//! Whether a node reaches the world, over real programs: the probe is a TCP connect, it is told of only
//! where it is switched on, and a peer sees it, too.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
};

use serde_json::Value;

use crate::stack::{Running, Stack, command, http, listen, wait};

fn config(enabled: bool, target: SocketAddr) -> String {
    format!(
        "node_id: node-a\nglobal: {{notify_on: []}}\nchecks:\n  - {{name: web, type: http, interval_s: \
         0.5, url: \"{{MOCKAPP_BASE}}/api/ping\"}}\nmonitor_dns: {{enabled: {enabled}, target: \
         \"{target}\", interval_seconds: 1, timeout_seconds: 1}}\n"
    )
}

fn board(stack: &Stack, config: &str) -> (Running, String) {
    let mut board = command("dashboard", &stack.path(""));
    board.args(["--addr", ":0", "--config", config]);
    listen(board)
}

fn json(url: &str) -> Value {
    let mut curl = std::process::Command::new("curl");
    serde_json::from_slice(&curl.args(["-s", url]).output().unwrap().stdout).unwrap_or_default()
}

/// What the node says of itself, once it is as wanted.
fn until(board: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    wait(what, || Some(json(&format!("{board}api/node/status"))).filter(|node| wanted(node)))
}

#[test]
fn the_probe_of_the_network_is_told_of_with_its_latency_or_its_error_and_only_where_it_is_on() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = target.local_addr().unwrap();
    let stack = Stack::with(&config(false, address));
    let _checker = stack.watch();
    let (_a, a) = board(&stack, "checks.yaml");
    let peers = format!(
        "node_id: node-b\npeer_refresh_seconds: 0.2\npeers:\n  - {{id: a, base_url: \"{}\"}}\n",
        a.trim_end_matches('/')
    );
    fs::write(stack.path("peers.yaml"), peers).unwrap();
    fs::create_dir(stack.path("b")).unwrap();
    let mut other = command("dashboard", &stack.path("b"));
    other.args(["--addr", ":0", "--config", "../peers.yaml"]);
    let (_b, b) = listen(other);

    let off = until(&a, "a first look", |node| node["status"]["checks"][0]["ok"] == true);
    assert!(off.get("connectivity").is_none(), "{off}");
    target.set_nonblocking(true).unwrap();
    assert!(target.accept().is_err(), "nobody has connected");
    let page = || http(&format!("{a}cluster"), "GET", "");
    assert!(!page().contains("<dt>Connectivity"));

    fs::write(stack.path("checks.yaml"), config(true, address)).unwrap();
    let on = until(&a, "the probe", |node| node["connectivity"]["ok"] == true);
    assert!(on["connectivity"]["latency_ms"].is_u64(), "{on}");
    assert!(on["connectivity"]["target"].as_str().unwrap().contains(&address.to_string()), "{on}");
    assert_eq!(on["status"]["checks"].as_array().unwrap().len(), 1, "the probe is no service");
    assert!(target.accept().is_ok(), "somebody has connected");
    assert!(page().contains("<dt>Connectivity") && page().contains(" ms</b>"), "{}", page());
    let of_a_peer = wait("the peer's view", || {
        let cluster = json(&format!("{b}api/cluster"));
        Some(cluster["nodes"][1]["connectivity"].clone()).filter(|found| found["ok"] == true)
    });
    assert_eq!(of_a_peer["target"], on["connectivity"]["target"]);

    drop(target);
    let failed = until(&a, "the failure", |node| node["connectivity"]["ok"] == false);
    let error = failed["connectivity"]["error"].as_str().unwrap();
    assert!(
        error.contains("refused") && failed["connectivity"]["latency_ms"].is_null(),
        "{failed}"
    );
    assert!(page().contains("connectivity failed") && page().contains("refused"), "{}", page());

    fs::write(stack.path("checks.yaml"), config(false, address)).unwrap();
    until(&a, "the end of the probe", |node| node.get("connectivity").is_none());
    assert!(!page().contains("<dt>Connectivity"));
}
