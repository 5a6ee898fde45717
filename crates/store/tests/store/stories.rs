//! Events for tests: single ones, plausible histories, and what they come to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{
    CheckName, Event, EventKind, NoticeKind, Severity, Status, Timestamp,
    board::Board,
    details::Details,
    event::{
        ActionDone, ActionResult, CheckCard, CheckDone, ConfigLoaded, Delivered, Notice,
        NoticeFacts, Skipped, Started, Stopped,
    },
};
use store::{Disk, MemoryDisk, Paths, Store, line};

/// 2026-01-05T00:00:00Z.
pub(crate) const MONDAY: i64 = 1_767_571_200_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn paths() -> Paths {
    Paths::in_folder(Path::new("/data"))
}

pub(crate) fn segment(day: &str) -> PathBuf {
    Path::new("/data/results").join(day)
}

pub(crate) fn shared(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

pub(crate) fn open(disk: &MemoryDisk, now: i64) -> (Store, store::Opened) {
    Store::open(&paths(), shared(disk), at(now), "pid 1").unwrap()
}

pub(crate) fn event(seq: u64, millis: i64, kind: EventKind) -> Event {
    Event { ts: at(millis), seq, kind }
}

pub(crate) fn check(seq: u64, millis: i64, name: &str, prev: Status, status: Status) -> Event {
    let details = Details { reason: format!("it is {status} — \"so\" \n"), ..Details::default() };
    let done = CheckDone {
        name: CheckName::new(name),
        type_word: "http".to_owned(),
        status,
        prev,
        severity: Severity::P2,
        latency_ms: (status != Status::Fail).then_some(seq % 90),
        attempts: 1 + u32::from(status == Status::Fail),
        details,
        job: None,
    };
    event(seq, millis, EventKind::Check(done))
}

pub(crate) fn ok(seq: u64, millis: i64, name: &str) -> Event {
    check(seq, millis, name, Status::Ok, Status::Ok)
}

pub(crate) fn notice(seq: u64, millis: i64, name: &str) -> Event {
    let notice = Notice {
        id: seq,
        name: Some(CheckName::new(name)),
        kind: NoticeKind::FirstFail,
        severity: Severity::P1,
        raised_at: at(millis),
        subject: format!("[P1][FIRST_FAIL] {name}"),
        body: "two\nlines".to_owned(),
        channels: vec!["console".to_owned(), "email:ops@example.org".to_owned()],
        facts: NoticeFacts::default(),
    };
    event(seq, millis, EventKind::Notify(notice))
}

pub(crate) fn delivery(seq: u64, millis: i64, name: &str, id: u64, ok: bool) -> Event {
    let done = Delivered {
        id,
        name: Some(CheckName::new(name)),
        kind: NoticeKind::FirstFail,
        channel: "console".to_owned(),
        attempt: 1,
        ok,
        error: (!ok).then(|| "refused".to_owned()),
        gave_up: false,
    };
    event(seq, millis, EventKind::Delivery(done))
}

pub(crate) fn action(seq: u64, millis: i64, name: &str, result: ActionResult) -> Event {
    let done = ActionDone {
        name: CheckName::new(name),
        action: "restart api".to_owned(),
        result,
        reason: None,
        helped: None,
    };
    event(seq, millis, EventKind::Action(done))
}

pub(crate) fn config(seq: u64, millis: i64, names: &[&str], ok: bool) -> Event {
    let card = |name: &&str| CheckCard {
        name: CheckName::new(name),
        type_word: "http".to_owned(),
        display_name: Some(name.to_uppercase()),
        severity: Severity::P1,
        interval_ms: 30_000,
    };
    let loaded = ConfigLoaded {
        ok,
        file: "checks.yaml".to_owned(),
        error: (!ok).then(|| "line 3".to_owned()),
        timezone: Some("Asia/Kolkata".to_owned()),
        checks: names.iter().map(card).collect(),
    };
    event(seq, millis, EventKind::Config(loaded))
}

pub(crate) fn start(seq: u64, millis: i64) -> Event {
    event(seq, millis, EventKind::Start(Started { version: "0.1.0".to_owned(), pid: Some(7) }))
}

pub(crate) fn stop(seq: u64, millis: i64) -> Event {
    event(seq, millis, EventKind::Stop(Stopped { reason: "SIGTERM".to_owned() }))
}

pub(crate) fn skip(seq: u64, millis: i64, name: &str) -> Event {
    let skipped = Skipped { name: CheckName::new(name), reason: "still running".to_owned() };
    event(seq, millis, EventKind::Skip(skipped))
}

/// A history of three checks, one event for every pair of a choice and a pause in milliseconds.
pub(crate) fn history(choices: &[(u8, i64)]) -> Vec<Event> {
    let names = ["api", "db", "queue"];
    let mut known = [Status::Pending; 3];
    let mut last_notice = 1;
    let mut millis = MONDAY + 20 * HOUR;
    let mut events = vec![config(1, millis, &names, true)];
    for (seq, (choice, pause)) in (2..).zip(choices) {
        millis += pause;
        let which = usize::from(choice % 3);
        let name = names[which];
        events.push(match choice / 3 {
            0..50 => {
                let statuses = [Status::Ok, Status::Fail, Status::Warn, Status::Unknown];
                let status = statuses[usize::from(choice / 3 % 4)];
                check(seq, millis, name, std::mem::replace(&mut known[which], status), status)
            }
            50..60 => {
                last_notice = seq;
                notice(seq, millis, name)
            }
            60..70 => delivery(seq, millis, name, last_notice, choice % 2 == 0),
            70..75 => action(seq, millis, name, ActionResult::Failed),
            75..80 => config(seq, millis, &names, choice % 2 == 0),
            80..83 => stop(seq, millis),
            _ => skip(seq, millis, name),
        });
    }
    events
}

pub(crate) fn fold(events: &[Event]) -> Board {
    let mut board = Board::default();
    events.iter().for_each(|event| board.apply(event));
    board
}

pub(crate) fn lines(events: &[Event]) -> String {
    let mut out = Vec::new();
    events.iter().for_each(|event| line::encode(event, &mut out));
    String::from_utf8(out).unwrap()
}

/// The bytes of all closed days and of the journal, one behind the other.
pub(crate) fn written(disk: &dyn Disk, paths: &Paths) -> String {
    let mut bytes = Vec::new();
    for name in disk.list(&paths.segments()).unwrap_or_default() {
        bytes.extend(disk.read(&paths.segments().join(name)).unwrap());
    }
    bytes.extend(disk.read(&paths.results).unwrap_or_default());
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn state(disk: &dyn Disk, paths: &Paths) -> Board {
    serde_json::from_slice(&disk.read(&paths.state).unwrap()).unwrap()
}
