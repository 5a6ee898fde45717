//! An exercise that ships, as a program under way: what it says, its prompt, and what it leaves.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    path::PathBuf,
    process::{ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    lesson::Lesson,
    stack::{Running, wait},
};

/// How many times faster than real time.
const SPEED: u64 = 20;

/// How often one is begun at most.
const TRIES: usize = 5;

/// An exercise under way.
#[derive(Debug)]
pub(crate) struct Exercise {
    running: Running,
    prompt: ChildStdin,
    said: Arc<Mutex<String>>,
    folder: PathBuf,
    _root: TempDir,
}

impl Exercise {
    /// Starts one and waits until people are asked to their desk. A machine that is too busy for a
    /// green stack is given another try.
    pub(crate) fn begin(lesson: &Lesson) -> Self {
        let mut speed = SPEED;
        for _ in 1..TRIES {
            let exercise = Self::started(lesson, speed);
            if exercise.says("Commands work here") {
                return exercise;
            }
            if exercise.said().contains("cannot be played live") {
                // A deadline in whole minutes cannot be divided by everything.
                speed = lesson.scale;
            }
        }
        let exercise = Self::started(lesson, speed);
        exercise.until("Commands work here");
        exercise
    }

    fn started(lesson: &Lesson, speed: u64) -> Self {
        let root = TempDir::new().unwrap();
        let folder = root.path().join("played");
        let speed = speed.to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_firedrill"))
            .args(["train", "--as=Rae", "--name=Blue", "--minutes=20", "--speed", &speed])
            .args(["--port=0", "--mockapp-port=0", "--dashboard-port=0"])
            .arg("--scenario")
            .arg(&lesson.path)
            .arg("--data")
            .arg(&folder)
            .current_dir(root.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let prompt = child.stdin.take().unwrap();
        keep(child.stdout.take().unwrap(), &said);
        keep(child.stderr.take().unwrap(), &said);
        Self { running: Running(child), prompt, said, folder, _root: root }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said something; false when it has ended without.
    fn says(&self, words: &str) -> bool {
        let gone = || {
            fs::read_to_string(format!("/proc/{}/stat", self.running.0.id()))
                .map_or(true, |stat| stat.contains(") Z "))
        };
        wait(&format!("`{words}` or the end"), || {
            // What it said last is there a moment after it has ended.
            let over = gone();
            let found = self.said().contains(words);
            (found || over).then_some(found)
        })
    }

    /// Waits until it has said something.
    pub(crate) fn until(&self, words: &str) {
        assert!(self.says(words), "`{words}` is missing in\n{}", self.said());
    }

    /// Types a command at its prompt and waits for the answer.
    pub(crate) fn ask(&mut self, line: &str, answer: &str) {
        writeln!(self.prompt, "{line}").unwrap();
        self.until(answer);
    }

    /// Where the page for people on duty is.
    pub(crate) fn duty(&self) -> String {
        let said = self.said();
        let line = said.lines().find(|line| line.trim_start().starts_with("on duty")).unwrap();
        line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
    }

    /// Stops it once it is over, as its reader does, and reads what it left.
    pub(crate) fn record(mut self) -> Record {
        self.until("The debrief stays at");
        kill_process(Pid::from_child(&self.running.0), Signal::INT).unwrap();
        let status = wait("it ends", || self.running.0.try_wait().unwrap());
        assert_eq!(status.code(), Some(0), "{}", self.said());
        let text = fs::read_to_string(self.folder.join("exercise.json")).unwrap();
        Record { value: serde_json::from_str(&text).unwrap(), said: self.said() }
    }
}

fn keep(from: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// What an exercise left.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) value: Value,
    pub(crate) said: String,
}

impl Record {
    pub(crate) fn points(&self, who: &str) -> i64 {
        self.value[who]["points"].as_i64().unwrap()
    }

    /// The reasons for the points, as they were told.
    pub(crate) fn reasons(&self) -> &str {
        let told = self.said.rsplit_once(" of 100 points\n").map_or("", |(_, told)| told);
        told.split("\n\n").next().unwrap_or_default()
    }

    /// What was reached of what could have been, for something.
    pub(crate) fn part(&self, name: &str) -> (i64, i64) {
        let parts = self.value["score"]["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["name"] == name);
        let part = part.unwrap_or_else(|| panic!("no {name} in\n{}", self.said));
        (part["points"].as_i64().unwrap(), part["of"].as_i64().unwrap())
    }
}
