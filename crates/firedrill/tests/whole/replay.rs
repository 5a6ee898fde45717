//! An exercise that was played before, back on the real board. `tests/replayed` is one: the pool ran
//! dry, Ann found out, at a speed of 20.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::stack::{PATIENCE, Running, http, now, said, wait};

fn replayed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replayed")
}

fn replay(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.arg("replay").arg(folder).arg("--port=0");
    command
}

/// A copy of the exercise that a test may break.
fn copied() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["exercise.json", "results.jsonl"] {
        fs::copy(replayed().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// A replay under way, and what it says.
struct Replay {
    running: Running,
    lines: Receiver<String>,
    board: String,
    debrief: String,
}

impl Replay {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = replay(folder).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            reader.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        let mut this =
            Self { running: Running(child), lines, board: String::new(), debrief: String::new() };
        this.board = this.address("status board");
        this.debrief = this.address("debrief");
        this
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("another line")
    }

    fn address(&self, of: &str) -> String {
        let named = |line: &String| line.trim_start().starts_with(of);
        let line = std::iter::repeat_with(|| self.line()).find(named).unwrap();
        let address = line.split_whitespace().find(|word| word.starts_with("http"));
        address.unwrap().to_owned()
    }

    /// Waits for a line with these words, and answers the lines up to it.
    fn until(&self, words: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| !line.contains(words)) {
            lines.push(self.line());
        }
        lines
    }

    fn check(&self, name: &str) -> Value {
        let text = http(&format!("{}api/state", self.board), "GET", "");
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        let state: Value = serde_json::from_str(body).unwrap_or_default();
        find(&state, name).cloned().unwrap_or_default()
    }
}

/// The object that has this name, or stands under it.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    if value["name"] == name {
        return Some(value);
    }
    if let Some(found) = value.get(name).filter(|found| found.is_object()) {
        return Some(found);
    }
    let fields = value.as_object().into_iter().flat_map(|fields| fields.values());
    let items = value.as_array().into_iter().flatten();
    fields.chain(items).find_map(|inner| find(inner, name))
}

fn is_gone(address: &str) {
    let host = address.trim_start_matches("http://").split('/').next().unwrap();
    wait("nobody listens there", || TcpStream::connect(host).is_err().then_some(()));
}

#[test]
fn an_exercise_is_played_back_on_the_real_board_and_ends_with_its_debrief() {
    let replay = Replay::start(&replayed(), &["--speed=40"]);
    let told = replay.until("FIRST_FAIL] db-health");
    let failing = wait("the board shows the failure", || {
        Some(replay.check("db-health")).filter(|check| check["status"] == "FAIL")
    });
    let at: engine::Timestamp = failing["first_failed_at"].as_str().unwrap().parse().unwrap();
    assert!(now().since(at) < PATIENCE, "it failed just now, not when it was played: {failing}");
    assert!(http(&replay.board, "GET", "").contains("FAIL"), "the board itself says so");
    assert!(http(&replay.debrief, "GET", "").contains("The pool runs dry"));

    let rest = replay.until("of 100 points");
    let all = [told, rest].concat().join("\n");
    let mut place = 0;
    for words in [
        "[   2:40] fault: db begins",
        "FIRST_FAIL] db-health",
        "Ann: acknowledged db-health",
        "Ann: declared an incident",
        "Ann: noted: the API waits for the database",
        "Ann: asked for a hint → Which alert came first",
        "Ann: named a cause: db → right",
        "Ann: used “",
        "RECOVERED] db-health",
        "Ann: said that it is over",
        "95 of 100 points",
    ] {
        let found = all[place..].find(words);
        place += found.unwrap_or_else(|| panic!("no `{words}` in its turn in\n{all}"));
    }
    wait("the board shows the end", || (replay.check("db-health")["status"] == "OK").then_some(()));
    replay.until("Ctrl-C ends both");

    let (board, debrief) = (replay.board.clone(), replay.debrief.clone());
    let mut running = replay.running;
    kill_process(Pid::from_child(&running.0), Signal::INT).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    is_gone(&board);
    is_gone(&debrief);
}

#[test]
fn a_replay_that_is_killed_leaves_no_program_behind() {
    let Replay { running, board, .. } = Replay::start(&replayed(), &["--speed=1"]);
    assert!(http(&board, "GET", "").contains("Morning Checks"));
    drop(running);
    is_gone(&board);
}

#[test]
fn what_cannot_be_replayed_is_refused_with_its_place_and_the_cure() {
    let text = |name: &str| fs::read_to_string(replayed().join(name)).unwrap();
    let results = text("results.jsonl");
    let mut lines: Vec<&str> = results.lines().collect();
    lines[4] = r#"{"ts":"2026-01-05T08:00:00.000Z","seq":5,"event":"check","name":7}"#;
    let wrong_line = lines.join("\n") + "\n";
    lines[4] = r#"{"ts":"2026-01-05T08:00:00.000Z","seq":5,"event":"party"}"#;
    let unknown = lines.join("\n") + "\n";
    let alien = results.replace("\"ts\":\"20", "\"ts\":\"19");
    let table: [(&str, Option<&str>, &[&str]); 7] = [
        ("exercise.json", None, &["exercise.json: ", "firedrill debrief FOLDER"]),
        ("exercise.json", Some("{\n \"title\": 5}"), &["exercise.json:2:11: ", "record"]),
        ("exercise.json", Some(""), &["exercise.json:1:0: "]),
        ("results.jsonl", None, &["results.jsonl: there is no such file", "beside exercise.json"]),
        ("results.jsonl", Some(&wrong_line), &["results.jsonl:5:", "no event", "checker doctor"]),
        ("results.jsonl", Some(&unknown), &["results.jsonl:5:1: ", "\"party\" is not known"]),
        ("results.jsonl", Some(&alien), &["results.jsonl: nothing in it happened between"]),
    ];
    for (name, content, words) in table {
        let folder = copied();
        let path = folder.path().join(name);
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let output = replay(folder.path()).arg("--exit").output().unwrap();
        let text = said(&output);
        assert_eq!(output.status.code(), Some(3), "{name}: {text}");
        for word in words {
            assert!(text.contains(word), "{name}: no `{word}` in\n{text}");
        }
    }
    for args in [["--speed", "0"], ["--speed", "fast"], ["--port", "70000"]] {
        let output = replay(&replayed()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", said(&output));
    }
}

#[test]
fn a_journal_that_lost_the_end_of_its_last_line_is_played_as_far_as_it_goes() {
    let folder = copied();
    let path = folder.path().join("results.jsonl");
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() - 9]).unwrap();
    // The file is as good as its folder.
    let file = folder.path().join("exercise.json");
    let output = replay(&file).args(["--speed=400", "--exit"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("lost its end and is left out"), "{text}");
    assert!(text.contains("95 of 100 points"), "{text}");
}
