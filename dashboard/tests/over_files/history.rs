//! A history as the checker writes it: events are folded into a board and written in the form of
//! its files.

use std::time::Duration;

use engine::{
    CheckName, Event, EventKind, NoticeKind, Severity, Status, Timestamp,
    board::{Board, Retrying},
    details::Details,
    event::{
        ActionDone, ActionResult, CheckCard, CheckDone, ConfigLoaded, Delivered, Notice,
        NoticeFacts, Started, Stopped,
    },
};

/// The files of a checker as they grow.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) board: Board,
    pub(crate) results: Vec<u8>,
    seq: u64,
    cards: Vec<CheckCard>,
}

/// An instant from its text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant in RFC 3339")
}

pub(crate) fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

impl History {
    /// A checker that started at `ts` with checks of `name`, type and severity, every 30 s.
    pub(crate) fn started(ts: Timestamp, checks: &[(&str, &str, Severity)]) -> Self {
        let card = |(name, kind, severity): &(&str, &str, Severity)| CheckCard {
            name: CheckName::new(name),
            type_word: (*kind).to_owned(),
            display_name: None,
            severity: *severity,
            interval_ms: 30_000,
        };
        let mut history = Self { cards: checks.iter().map(card).collect(), ..Self::default() };
        history.push(ts, EventKind::Start(Started { version: "0.1.0".into(), pid: Some(4711) }));
        history.configure(ts, Some("Asia/Kolkata"));
        history
    }

    pub(crate) fn configure(&mut self, ts: Timestamp, timezone: Option<&str>) {
        let checks = self.cards.clone();
        self.push(ts, EventKind::Config(ConfigLoaded { checks, ..config(true, None, timezone) }));
    }

    pub(crate) fn refuse(&mut self, ts: Timestamp, error: &str) {
        self.push(ts, EventKind::Config(config(false, Some(error), None)));
    }

    /// Puts one more check into the next configuration.
    pub(crate) fn add(&mut self, name: &str) {
        let name = CheckName::new(name);
        self.cards.push(CheckCard { name, ..self.cards[0].clone() });
    }

    /// What the next configuration says of a check.
    pub(crate) fn card(&mut self, name: &str) -> &mut CheckCard {
        self.cards
            .iter_mut()
            .find(|card| card.name.as_str() == name)
            .expect("a check of the fixture")
    }

    pub(crate) fn push(&mut self, ts: Timestamp, kind: EventKind) -> u64 {
        self.seq += 1;
        let event = Event { ts, seq: self.seq, kind };
        self.board.apply(&event);
        store::line::encode(&event, &mut self.results);
        self.seq
    }

    /// A cycle that ended at `ts`.
    pub(crate) fn cycle(&mut self, ts: Timestamp, name: &str, status: Status, details: Details) {
        self.measured(ts, name, status, details, 12, 1);
    }

    pub(crate) fn measured(
        &mut self,
        ts: Timestamp,
        name: &str,
        status: Status,
        details: Details,
        latency_ms: u64,
        attempts: u32,
    ) {
        let name = CheckName::new(name);
        let entry = self.board.entries.get(name.as_str()).cloned().unwrap_or_default();
        self.push(
            ts,
            EventKind::Check(CheckDone {
                type_word: entry.type_word,
                prev: entry.status,
                severity: entry.severity,
                latency_ms: Some(latency_ms),
                job: entry.job,
                name,
                status,
                attempts,
                details,
            }),
        );
    }

    pub(crate) fn notice(
        &mut self,
        ts: Timestamp,
        name: &str,
        kind: NoticeKind,
        to: &[&str],
    ) -> u64 {
        let entry = self.board.entries[name].clone();
        let id = self.seq + 1;
        let word = kind.word().to_uppercase();
        self.push(
            ts,
            EventKind::Notify(Notice {
                id,
                name: Some(CheckName::new(name)),
                kind,
                severity: entry.severity,
                raised_at: ts,
                subject: format!("[{}][{word}] {name}", entry.severity),
                body: String::new(),
                channels: to.iter().map(|channel| (*channel).to_owned()).collect(),
                facts: NoticeFacts::default(),
            }),
        )
    }

    pub(crate) fn delivery(
        &mut self,
        ts: Timestamp,
        name: &str,
        id: u64,
        channel: &str,
        error: Option<&str>,
    ) {
        self.push(
            ts,
            EventKind::Delivery(Delivered {
                id,
                name: Some(CheckName::new(name)),
                kind: NoticeKind::FirstFail,
                channel: channel.to_owned(),
                attempt: if error.is_some() { 2 } else { 1 },
                ok: error.is_none(),
                error: error.map(str::to_owned),
                gave_up: false,
            }),
        );
    }

    pub(crate) fn action(
        &mut self,
        ts: Timestamp,
        name: &str,
        action: &str,
        (result, reason, helped): (ActionResult, Option<&str>, Option<bool>),
    ) {
        self.push(
            ts,
            EventKind::Action(ActionDone {
                name: CheckName::new(name),
                action: action.to_owned(),
                result,
                reason: reason.map(str::to_owned),
                helped,
            }),
        );
    }

    pub(crate) fn retrying(&mut self, name: &str, failed: u32, reason: &str, next_at: Timestamp) {
        let entry = self.board.entries.get_mut(name).expect("a check of the fixture");
        entry.retrying = Some(Retrying { failed, of: 3, reason: reason.to_owned(), next_at });
    }

    pub(crate) fn stop(&mut self, ts: Timestamp, reason: &str) {
        self.push(ts, EventKind::Stop(Stopped { reason: reason.to_owned() }));
    }

    pub(crate) fn state(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.board).expect("a board is JSON")
    }
}

fn config(ok: bool, error: Option<&str>, timezone: Option<&str>) -> ConfigLoaded {
    ConfigLoaded {
        ok,
        file: "checks.yaml".into(),
        error: error.map(str::to_owned),
        timezone: timezone.map(str::to_owned),
        checks: Vec::new(),
    }
}

pub(crate) fn because(reason: &str) -> Details {
    Details { reason: reason.to_owned(), ..Details::default() }
}
