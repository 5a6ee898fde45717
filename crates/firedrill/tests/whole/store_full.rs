//! A disk that is full, for real: the checker goes on, says so at `/healthz`, and catches up when
//! there is room again.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    browser::skip,
    push::code,
    stack::{Running, Stack, http, listen, wait},
};

const CHECKS: &str = "global: {interval_s: 0.2}\nchecks:\n  - name: api\n    type: http\n    url: \
                      \"{MOCKAPP_BASE}/api/ping\"\n";

/// A checker whose store is a small file system of its own, in a name space of its own.
struct Small {
    checker: Running,
    door: String,
    store: PathBuf,
}

impl Small {
    fn start(stack: &Stack) -> Self {
        fs::create_dir(stack.path("store")).unwrap();
        let script = "mount -t tmpfs -o size=256k tmpfs store && exec \"$0\" program checker -- run \
                      --listen 127.0.0.1:0";
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", "private", "sh", "-c", script]);
        unshare.arg(env!("CARGO_BIN_EXE_firedrill")).current_dir(stack.path(""));
        unshare.envs([("STATE_PATH", "store/state.json"), ("RESULTS_PATH", "store/results.jsonl")]);
        let log = fs::File::create(stack.path("log.txt")).unwrap();
        let (checker, door) = listen({
            unshare.stdin(Stdio::piped()).stderr(log);
            unshare
        });
        let seen = format!("/proc/{}/root{}", checker.0.id(), stack.path("store").display());
        Self { checker, door, store: seen.into() }
    }

    fn health(&self) -> (String, String) {
        let answer = http(&format!("{}healthz", self.door), "GET", "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (code(&answer).to_owned(), body.trim().to_owned())
    }

    /// Waits for a health, and tells its words.
    fn until(&self, wanted: &str) -> String {
        wait(wanted, || Some(self.health()).filter(|(code, _)| code == wanted)).1
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = fs::File::create(self.store.join("fill")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    /// The lines of the journal, each of which must be whole.
    fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.store.join("results.jsonl")).unwrap();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
    }
}

#[test]
fn a_full_disk_is_told_at_healthz_and_when_there_is_room_again_nothing_is_missing() {
    if !rustix::process::geteuid().is_root() {
        return skip::skipped("only root may mount a small disk");
    }
    let stack = Stack::with(CHECKS);
    let small = Small::start(&stack);
    assert_eq!(small.until("200"), "ok");
    wait("a few cycles", || (small.journal().len() > 5).then_some(()));
    small.fill();
    assert_eq!(small.until("503"), "the store cannot be written");
    let before = small.journal();
    // It goes on meanwhile: the outage is seen and told although nothing can be kept of it.
    stack.post("admin/faults", r#"{"api_down":true}"#);
    let log = || fs::read_to_string(stack.path("log.txt")).unwrap();
    wait("it says so", || log().contains("; checks and alerts go on").then_some(()));
    fs::remove_file(small.store.join("fill")).unwrap();
    assert_eq!(small.until("200"), "ok");
    wait("the outage is kept", || {
        small.journal().iter().any(|line| line["status"] == "FAIL").then_some(())
    });
    assert!(log().contains("can be written again"), "{}", log());
    let after = small.journal();
    assert_eq!(after[..before.len()], before, "what was written before is not touched");
    let numbers: Vec<_> = after.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a + 1 == *b), "an event is missing: {numbers:?}");
    assert_eq!(small.checker.terminate().code(), Some(0));
}
