//! `status.json`: what it says, when it is written and who may read it.

#![expect(clippy::unwrap_used, reason = "a test stops where it is")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test picks the effects it is about")]

use std::{os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use checker::services_file::{ServicesFile, path, render};
use engine::{
    CheckName, Engine, Event, EventKind, Mono, Now, Status, Timestamp,
    board::Board,
    config::{Source, parse},
    details::Details,
    effect::{Input, Mask, Setup, Switches},
    event::Started,
    observation::{Observation, ServiceSeen},
};
use serde_json::{Value, json};
use store::{MemoryDisk, RealDisk, disk::Failure};

const CHECKS: &str = "services:
  - {key: chat, name: ChatStack, systemd: chat, process_match: [chat.py]}
  - {key: lead, name: LeadFlowTracker, systemd: lead}
checks: [{name: api, type: process, match: x}]";

fn now(second: i64) -> Now {
    Now {
        wall: Timestamp::from_millis(1_767_580_200_000 + second * 1000),
        mono: Mono(second * 1000),
    }
}

/// An engine whose checks are all due.
fn engine() -> Engine {
    let parsed = parse(Source { file: "monitor.yml", text: CHECKS }, &|_| None).unwrap();
    let setup = Setup {
        config: Arc::new(parsed.config),
        file: "monitor.yml".into(),
        routes: Vec::new(),
        switches: Switches::default(),
        once: None,
        mask: Mask::default(),
    };
    let started = Started { version: "test".into(), pid: None };
    Engine::restore(setup, Board::default(), 1, started, now(0))
}

/// Answers every probe that is wanted: `chat` is well, `lead` is not.
fn answer(engine: &mut Engine, file: &mut ServicesFile, second: i64) {
    while let Some(effect) = engine.poll_effect() {
        match effect {
            engine::effect::Effect::Record(event) => file.saw(&event),
            engine::effect::Effect::Probe(probe) => {
                let state = if probe.check.name.as_str() == "chat" { "active" } else { "failed" };
                let unit = Some(Ok(state.to_owned()));
                let processes = (state == "active").then(|| Ok(vec![7]));
                let seen = ServiceSeen { unit, processes, ..ServiceSeen::default() };
                let observation = match probe.check.name.as_str() {
                    "api" => Observation::Process(Vec::new()),
                    _ => Observation::Service(Box::new(seen)),
                };
                engine.handle(now(second), Input::Observed { probe: probe.id, observation });
            }
            _ => {}
        }
    }
    file.tick(engine, now(second));
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[tokio::test]
async fn after_a_tick_the_file_tells_of_every_service_and_only_the_group_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chatstack/deep/status.json");
    let mut engine = engine();
    let mut file = ServicesFile::start(Some(path.clone()), Arc::new(RealDisk), Mono(0));
    file.tick(&engine, now(0));
    answer(&mut engine, &mut file, 0);
    file.close(&engine, now(0)).await;
    let status = read(&path);
    let keys: Vec<_> = status.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["generated_at", "host", "version", "ok_count", "fail_count", "total", "services"];
    assert_eq!(keys, wanted);
    assert_eq!(status["generated_at"], "2026-01-05T02:30:00.000Z");
    assert!(status["host"].as_str().is_some_and(|host| !host.is_empty()));
    assert_eq!(
        json!([status["ok_count"], status["fail_count"], status["total"]]),
        json!([1, 1, 2])
    );
    let chat = &status["services"]["chat"];
    assert_eq!((&chat["name"], &chat["ok"]), (&json!("ChatStack"), &json!(true)));
    assert_eq!(chat["systemd"], json!({"ok": true, "unit": "chat", "state": "active"}));
    assert_eq!(chat["processes"]["count"], 1);
    assert!(chat["http"].is_null() && chat["port"].is_null());
    assert_eq!(chat["auto_restart_attempted"], false);
    let lead = &status["services"]["lead"];
    assert_eq!((&lead["ok"], &lead["reason"]), (&json!(false), &json!("unit lead is failed")));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // The umask of the machine may take more away, never give more.
    assert_eq!(mode(&path) & !0o640, 0, "{:o}", mode(&path));
    assert_eq!(mode(path.parent().unwrap()) & !0o750, 0);
}

#[tokio::test]
async fn nothing_is_written_before_anything_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status.json");
    let engine = engine();
    let mut file = ServicesFile::start(Some(path.clone()), Arc::new(RealDisk), Mono(0));
    file.tick(&engine, now(9));
    file.close(&engine, now(9)).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_stops_nothing() {
    let disk = MemoryDisk::default();
    disk.set_failure(Some(Failure::Io));
    let mut engine = engine();
    let mut file = ServicesFile::start(Some("status.json".into()), Arc::new(disk.clone()), Mono(0));
    answer(&mut engine, &mut file, 0);
    file.close(&engine, now(0)).await;
}

#[test]
fn the_file_has_its_usual_place_only_while_there_are_services() {
    assert_eq!(path(None, true).unwrap(), Path::new("/var/lib/chatstack/status.json"));
    assert_eq!(path(None, false), None);
    assert_eq!(path(Some(Path::new("x")), false).unwrap(), Path::new("x"));
}

#[test]
fn what_could_not_be_measured_is_neither_well_nor_failed() {
    let mut board = Board::default();
    let name = CheckName::new("chat");
    let done = engine::event::CheckDone {
        name,
        type_word: "service".into(),
        status: Status::Unknown,
        prev: Status::Pending,
        severity: engine::Severity::P3,
        latency_ms: None,
        attempts: 1,
        details: Details::default(),
        job: None,
    };
    board.apply(&Event { ts: now(0).wall, seq: 1, kind: EventKind::Check(done) });
    let status = render(&board, "here", now(1).wall);
    assert_eq!(
        json!([status["ok_count"], status["fail_count"], status["total"]]),
        json!([0, 0, 1])
    );
    let chat = &status["services"]["chat"];
    assert_eq!((&chat["ok"], &chat["status"]), (&json!(false), &json!("UNKNOWN")));
}
