//! A cycle of the agent: what cannot be asked is absent with its reason, and nothing holds it up
//! beyond its limit.

use std::{collections::BTreeSet, path::Path, time::Duration};

use checker::probe::fetch;
use engine::{
    config::{Check, CheckName, Heartbeat, HostLimits, HostSpec, Spec},
    observation::{HostObservation, Observation},
    schedule::Schedule,
    status::Severity,
};
use store::MemoryDisk;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixListener,
    time::Instant,
};

use crate::server::{OK, answering, hands};

const LIMIT: Duration = Duration::from_secs(2);

fn check(socket: &Path, internet: &str, heartbeat: Option<&str>) -> Check {
    let header = ("Authorization".to_owned(), "Bearer s3cret".to_owned());
    let spec = HostSpec {
        db: "never/opened.db".into(),
        internet_url: internet.parse().unwrap(),
        docker_sock: socket.display().to_string(),
        heartbeat: heartbeat
            .map(|url| Heartbeat { url: url.parse().unwrap(), headers: vec![header] }),
        node_id: Some("lima-1".into()),
        cpu: HostLimits::default(),
        ram: HostLimits::default(),
        disk: HostLimits::default(),
        min_containers: None,
        require_internet: false,
    };
    Check {
        name: CheckName::new("host"),
        display_name: None,
        enabled: true,
        severity: Severity::P3,
        schedule: Schedule::Aligned(Duration::from_secs(10)),
        timeout: LIMIT,
        retries: 0,
        backoff: Duration::ZERO,
        timezone: jiff::tz::TimeZone::UTC,
        notify_on: BTreeSet::new(),
        initial_alert: false,
        reminder_every: Duration::ZERO,
        actions: Vec::new(),
        spec: Spec::Host(spec),
    }
}

/// The kernel's counts of a machine that uses a quarter of its memory.
fn machine() -> MemoryDisk {
    let disk = MemoryDisk::default();
    disk.put(Path::new("/proc/stat"), b"cpu  100 0 100 700 100 0 0 0 0 0\n");
    disk.put(Path::new("/proc/meminfo"), b"MemTotal: 4096 kB\nMemAvailable: 3072 kB\n");
    disk
}

async fn look(check: &Check, disk: MemoryDisk) -> HostObservation {
    let Observation::Host(seen) = fetch(&hands(disk), check).await else {
        panic!("not what was seen of a host")
    };
    seen
}

/// Answers every connection with these bytes, and then closes it or, without any, never.
fn engine(socket: &Path, answer: &'static [u8]) {
    let listener = UnixListener::bind(socket).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
                let _ = stream.write_all(answer).await;
            });
        }
    });
}

#[tokio::test]
async fn what_a_cycle_sees_is_sent_as_an_authorised_heartbeat() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("d.sock");
    engine(&socket, b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[{},{}]");
    let (internet, _asked) = answering(OK).await;
    let (worker, mut beats) = answering(OK).await;
    let (internet, worker) = (format!("http://{internet}/"), format!("http://{worker}/beat"));
    let seen = look(&check(&socket, &internet, Some(&worker)), machine()).await;
    assert_eq!((seen.containers, seen.heartbeat), (Ok(2), Some(Ok(200))));
    assert_eq!((seen.ram_percent, seen.ram_used_mb), (Some(25.0), Some(1.0)));
    assert!(seen.ping_ms.unwrap() > 0.0 && seen.cycle_ms > 0.0);
    assert_eq!(seen.stored, None, "nothing was opened, so nothing is known");
    assert!(!Path::new("never").exists());
    let beat = beats.recv().await.unwrap();
    assert!(beat.starts_with("POST /beat HTTP/1.1\r\n"), "{beat}");
    assert!(beat.contains("authorization: Bearer s3cret\r\n"), "{beat}");
    let (_, body) = beat.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["node_id"], &body["container_count"]), (&"lima-1".into(), &2.into()));
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
}

#[tokio::test]
async fn without_internet_the_heartbeat_is_tried_all_the_same() {
    let (worker, _beats) =
        answering(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    let worker = format!("http://{worker}/");
    let seen =
        look(&check(Path::new("/no"), "http://127.0.0.1:9/", Some(&worker)), machine()).await;
    assert!(seen.ping_ms.unwrap_err().contains("127.0.0.1:9"));
    assert_eq!(seen.heartbeat, Some(Ok(401)), "a refusal is an answer");
    let dead = check(Path::new("/no"), &worker, Some("http://127.0.0.1:9/"));
    let seen = look(&dead, machine()).await;
    assert!(seen.ping_ms.is_ok() && matches!(seen.heartbeat, Some(Err(_))));
    assert_eq!(look(&check(Path::new("/no"), &worker, None), machine()).await.heartbeat, None);
}

#[tokio::test]
async fn an_engine_that_does_not_answer_well_is_told_with_its_socket() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 5] = [
        ("500", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "the answer was 500"),
        ("text", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "expected"),
        ("short", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[", ""),
        ("garbage", b"\x16\x03\x01", ""),
        ("silent", b"", "no answer within 1000 ms"),
    ];
    for (name, answer, part) in cases {
        let socket = folder.path().join(name);
        engine(&socket, answer);
        let began = Instant::now();
        let seen = look(&check(&socket, "http://127.0.0.1:9/", None), machine()).await;
        let why = seen.containers.unwrap_err();
        let named = format!("containers cannot be counted over {}: ", socket.display());
        assert!(why.starts_with(&named) && why.contains(part), "{name}: {why}");
        assert!(began.elapsed() < 3 * LIMIT, "{name} is held up for {:?}", began.elapsed());
    }
    let gone =
        look(&check(&folder.path().join("gone"), "http://127.0.0.1:9/", None), machine()).await;
    assert!(gone.containers.unwrap_err().contains("its socket mounted?"));
}

#[tokio::test]
async fn a_machine_without_counts_leaves_them_out() {
    let seen =
        look(&check(Path::new("/no"), "http://127.0.0.1:9/", None), MemoryDisk::default()).await;
    assert_eq!((seen.cpu_percent, seen.ram_percent, seen.ram_used_mb), (None, None, None));
    assert!(seen.disk_percent.is_some());
}
