//! Two boards over two stores, as processes on loopback: they show each other, and one keeps what
//! it knew when the other falls silent.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, end on what they did not expect")]

#[path = "over_files/history.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod history;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use engine::{Severity, Status, Timestamp};
use history::{History, because, secs};
use serde_json::Value;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A board that is stopped when it goes out of scope.
struct Board {
    child: Child,
    address: String,
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Board {
    fn start(folder: &Path, addr: &str, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashboard"));
        command.args(["--addr", addr, "--config", "config.yaml"]).current_dir(folder).env_clear();
        command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.strip_prefix("dashboard listening on http://").unwrap();
        let address = address.trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// Status line and body of an answer.
    fn get(&self, path: &str, key: Option<&str>) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\n{key}connection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    fn cluster(&self) -> Value {
        let (head, body) = self.get("/api/cluster", None);
        assert!(head.contains("200"), "{head}");
        // A long answer comes in chunks; one object has the only braces at its ends.
        serde_json::from_str(&dechunked(&body)).unwrap()
    }

    fn page(&self) -> String {
        dechunked(&self.get("/cluster", None).1)
    }
}

/// The body without the sizes of its chunks.
fn dechunked(body: &str) -> String {
    if body.starts_with(['{', '<']) {
        return body.to_owned();
    }
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
fn wait<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < end, "not seen within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn now() -> Timestamp {
    dashboard::Clock::system().now()
}

/// A store in which a service was measured for a while, and a configuration.
fn folder(service: &str, config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::started(now() - secs(3600), &[(service, "http", Severity::P3)]);
    for n in (0..60).rev() {
        history.cycle(now() - secs(30 * n), service, Status::Ok, because("200 in 12 ms"));
    }
    fs::write(folder.path().join("results.jsonl"), &history.results).unwrap();
    fs::write(folder.path().join("state.json"), history.state()).unwrap();
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    folder
}

fn server_a(peer: &str, rest: &str) -> String {
    format!(
        "node_id: node-a\nnode_name: Server A\npeer_refresh_seconds: 0.2\npeers:\n  \
         - {{id: node-b, name: Server B, base_url: 'http://{peer}/', {rest}}}\n"
    )
}

const SERVER_B: &str = "node_id: node-b\nnode_name: Server of B\npeers: []\n";

#[test]
fn a_peer_is_shown_and_when_it_is_killed_its_data_stay_and_are_marked_stale() {
    let b_folder = folder("warehouse", SERVER_B);
    let b = Board::start(b_folder.path(), ":0", &[]);
    let a_folder = folder("shop", &server_a(&b.address, "enabled: true"));
    let a = Board::start(a_folder.path(), ":0", &[]);
    let both = wait("the peer's data", || {
        let cluster = a.cluster();
        (cluster["nodes"][1]["services"][0]["id"] == "warehouse").then_some(cluster)
    });
    assert_eq!(both["nodes"][0]["node"]["id"], "node-a");
    assert_eq!(both["nodes"][1]["node"]["id"], "node-b");
    assert_eq!(both["nodes"][1]["source"], "peer");
    assert_eq!(both["nodes"][1]["history"].as_array().unwrap().len(), 60);
    let page = a.page();
    assert!(page.contains("Server B") && page.contains("warehouse"), "{page}");
    assert!(!page.contains("sync error"), "{page}");
    let port = b.address.clone();
    drop(b);
    let page = wait("the sync error", || Some(a.page()).filter(|page| page.contains("sync error")));
    assert!(page.contains("Server B - sync error") && page.contains("connection refused"));
    assert!(page.contains("warehouse") && page.contains("STALE"), "{page}");
    let cluster = a.cluster();
    let node = &cluster["nodes"][1];
    assert_eq!(
        (node["stale"].as_bool(), node["services"][0]["id"].as_str()),
        (Some(true), Some("warehouse"))
    );
    assert!(node["error"].as_str().unwrap().contains("connection refused"));
    let _b = Board::start(b_folder.path(), &port, &[]);
    wait("the end of the error", || (!a.page().contains("sync error")).then_some(()));
}

#[test]
fn a_peer_with_a_key_wants_it_from_us_and_a_wrong_one_is_told_as_401() {
    let b_folder = folder("warehouse", SERVER_B);
    let b = Board::start(b_folder.path(), ":0", &[("API_KEY", "open sesame")]);
    assert!(b.get("/api/node/status", None).0.contains("401"));
    assert!(b.get("/api/node/status", Some("open sesame")).0.contains("200"));
    let a_folder = folder("shop", &server_a(&b.address, "api_key: 'wrong'"));
    let a = Board::start(a_folder.path(), ":0", &[]);
    let page = wait("401", || Some(a.page()).filter(|page| page.contains("401")));
    assert!(page.contains("Server B - sync error"), "{page}");
    assert!(!page.contains("wrong key"), "the key is shown");
    let right = server_a(&b.address, "api_key: '{PEER_KEY}'");
    fs::write(a_folder.path().join(".env"), "PEER_KEY='open sesame'\n").unwrap();
    fs::write(a_folder.path().join("config.yaml"), right).unwrap();
    let again = Board::start(a_folder.path(), ":0", &[]);
    wait("its data", || again.page().contains("warehouse").then_some(()));
    assert!(!again.page().contains("sesame"));
    // The one that runs takes up the edited file; it does not know the variable.
    wait("the refused edit", || a.page().contains("PEER_KEY").then_some(()));
}

#[test]
fn a_peer_that_accepts_and_says_nothing_delays_no_page_and_one_with_our_id_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let twin_folder = folder("warehouse", "node_id: node-a\npeers: []\n");
    let twin = Board::start(twin_folder.path(), ":0", &[]);
    let config = server_a(&twin.address, "enabled: true")
        + &format!("  - {{id: slow, base_url: 'http://{}'}}\n", silent.local_addr().unwrap())
        + &format!("  - {{id: tls, base_url: 'https://{}'}}\n", twin.address)
        + "  - {id: off, base_url: 'http://127.0.0.1:1', enabled: false}\n";
    let a_folder = folder("shop", &config);
    let a = Board::start(a_folder.path(), ":0", &[]);
    let (held, _) = silent.accept().unwrap();
    let page = wait("the twin", || Some(a.page()).filter(|page| page.contains("duplicate")));
    assert!(page.contains("duplicate node_id node-a"), "{page}");
    assert!(page.contains(">slow<") && !page.contains("127.0.0.1:1<"), "{page}");
    assert_eq!(a.cluster()["nodes"].as_array().unwrap().len(), 4);
    // A peer that does not speak TLS where it should is told of like any other trouble.
    wait("the broken TLS", || a.page().contains("no TLS with 127.0.0.1").then_some(()));
    drop(held);
}
