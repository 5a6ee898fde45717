//! Nothing that somebody on duty can reach names the fault before the debrief: no file, no process,
//! no page, no interface, on any port that the programs listen on.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use super::desk::{BAD_RELEASE, Exercise, children};
use crate::stack::said;

/// What must not be read anywhere: the id of the fault, its kind, the title, what really happened.
const SECRETS: [&str; 4] = ["seventh-typo", "app.deploy_bad", "The typo of Friday", "has a typo"];
/// The kind is one of all the causes that can be named, and stands there as often as any other.
const KIND: &str = "app.deploy_bad";
const ANOTHER: &str = "app.crash";

/// Pages and interfaces of all programs, wherever they are: each is asked of every port.
const PATHS: [&str; 47] = [
    "/",
    "/duty",
    "/duty/mail/1",
    "/debrief",
    "/debrief/1",
    "/debrief/post-mortem.md",
    "/ranking",
    "/ops",
    "/panel/live",
    "/panel/faults",
    "/panel/inject",
    "/admin",
    "/admin/faults",
    "/admin/faults/seventh-typo",
    "/admin/faults/1",
    "/admin/catalogue",
    "/admin/state",
    "/admin/operations",
    "/admin/webhooks",
    "/api/ping",
    "/db/health",
    "/queue/health",
    "/jobs/1/status",
    "/check/api",
    "/check/db",
    "/incidents",
    "/cluster",
    "/datum",
    "/agent",
    "/kiosk",
    "/api",
    "/api/state",
    "/api/results",
    "/api/status",
    "/api/history",
    "/api/uptime",
    "/api/node/status",
    "/api/node/history?range=24h",
    "/api/cluster",
    "/metrics",
    "/healthz",
    "/static/live.js",
    "/static/board.css",
    "/static/look.css",
    "/static/panel.js",
    "/badge/api.svg",
    "/no/such/page",
];

fn look_for(text: &[u8], place: &str) {
    let text = String::from_utf8_lossy(text);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place} names {secret}:\n{text}");
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

/// The ports of loopback that a process listens on.
fn ports(pid: u32) -> BTreeSet<u16> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .filter_map(|fd| Some(fs::read_link(fd.ok()?.path()).ok()?.display().to_string()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap_or_default();
    let listening = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let ours = sockets.contains(&format!("socket:[{}]", fields.get(9)?));
        let port = fields.get(1)?.rsplit(':').next()?;
        (ours && fields.get(3) == Some(&"0A")).then(|| u16::from_str_radix(port, 16).unwrap())
    });
    listening.collect()
}

/// Whatever is answered to a request, headers and all; a connection may also just end.
fn answer(port: u16, path: &str, more: &str) -> Vec<u8> {
    let mut got = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let head = format!("host: 127.0.0.1:{port}\r\nconnection: close\r\n{more}");
        let _ = write!(stream, "GET {path} HTTP/1.1\r\n{head}\r\n");
        let _ = stream.read_to_end(&mut got);
    }
    got
}

/// The page where causes are named has every one of them; apart from that it must be silent, too.
fn look_at_duty(port: u16) {
    let page = answer(port, "/duty", "cookie: firedrill_name=Ada\r\n");
    let page = String::from_utf8_lossy(&page).into_owned();
    let times = |words: &str| page.matches(words).count();
    assert_eq!((times(KIND), times(ANOTHER)), (1, 1), "{page}");
    look_for(page.replace(KIND, "").as_bytes(), "/duty");
}

#[test]
fn nothing_that_can_be_looked_at_names_the_fault_before_the_debrief() {
    let mut exercise = Exercise::begin(BAD_RELEASE, &["--minutes=20"]);
    exercise.until("[FIRST_FAIL]");
    exercise.ask("act restart-db", "restart-db: ");
    exercise.ask("hint", "Look at the time.");
    exercise.ask("status", "hints left: 1");
    look_for(exercise.said().as_bytes(), "the terminal");
    for file in files(&exercise.folder) {
        look_for(&fs::read(&file).unwrap_or_default(), &file.display().to_string());
    }
    let own = exercise.process().id();
    let programs = children(own);
    assert_eq!(programs.len(), 3, "{programs:?}");
    let pids = programs.iter().map(|(_, pid)| pid.as_raw_nonzero().get().unsigned_abs());
    let mut listening = BTreeSet::new();
    for pid in pids.chain([own]) {
        for what in ["cmdline", "environ", "comm", "status"] {
            let place = format!("/proc/{pid}/{what}");
            look_for(&fs::read(&place).unwrap_or_default(), &place);
        }
        listening.extend(ports(pid));
    }
    // The pages, the panel, the control plane, the board and the mail server.
    assert!(listening.len() >= 5, "{listening:?}");
    for port in &listening {
        for path in PATHS {
            let got = answer(*port, path, "");
            // A page that says that nothing is there may say where.
            let got = String::from_utf8_lossy(&got).replace("/admin/faults/seventh-typo", "");
            look_for(got.as_bytes(), &format!("port {port}, {path}"));
            if !got.starts_with("HTTP/") {
                // The mail server, which answers every question alike.
                assert!(got.starts_with("220 "), "port {port}: {got}");
                break;
            }
        }
    }
    let mut debrief = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    let refused = debrief.arg("debrief").arg(&exercise.folder).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("is still under way"), "{}", said(&refused));
    let duty = exercise.address("on duty");
    let port = duty.split([':', '/']).nth(4).unwrap();
    look_at_duty(port.parse().unwrap());
    exercise.type_in("leave");
    let played = exercise.end();
    // What was looked for is there once it is over: the search would have found it.
    let record = played.record().to_string();
    SECRETS.iter().for_each(|secret| assert!(record.contains(secret) || *secret == "seventh-typo"));
}
