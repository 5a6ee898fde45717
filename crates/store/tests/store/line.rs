//! Lines: what stands on them and that they come back.

use engine::{
    CheckName, Event, EventKind, NoticeKind, Severity, Status,
    details::{Details, Expectation, Turn},
    event::{
        ActionDone, ActionResult, CheckCard, CheckDone, CheckRemoved, ConfigLoaded, Delivered,
        Notice, NoticeFacts, Skipped, Started, Stopped,
    },
    job::{JobState, Missed},
    observation::{Phases, TransportErrorKind},
};
use proptest::{option, prelude::*};
use store::line::{LineError, decode, encode};

use crate::stories::{MONDAY, at, ok};

fn line(event: &Event) -> String {
    let mut out = Vec::new();
    encode(event, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_begins_with_time_number_and_word_and_keeps_its_order() {
    let written = line(&ok(41, MONDAY + 9_000_123, "db-health"));
    let begin = concat!(
        r#"{"ts":"2026-01-05T02:30:00.123Z","seq":41,"event":"check","name":"db-health","#,
        r#""type":"http","status":"OK","prev":"OK","severity":"P2","latency_ms":41,"attempts":1,"#,
        r#""details":{"reason":"it is OK"#
    );
    assert!(written.starts_with(begin), "{written}");
    assert!(written.ends_with("}}\n"), "{written}");
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let event = ok(1, MONDAY, "api");
    let more = line(&event).replacen('{', r#"{"weather":{"rain":[1,2]},"#, 1);
    assert_eq!(decode(more.as_bytes()).unwrap(), event);
}

#[test]
fn what_is_no_event_is_told_apart() {
    let unknown = br#"{"ts":"2026-01-05T00:00:00.000Z","seq":1,"event":"party"}"#;
    assert!(matches!(decode(unknown), Err(LineError::UnknownEvent(word)) if word == "party"));
    let half = line(&ok(1, MONDAY, "api"));
    for bad in ["", "{", "[]", "null", "{}", &half[..half.len() / 2], "\0\0\0", "\u{fffd}"] {
        assert!(matches!(decode(bad.as_bytes()), Err(LineError::Malformed(_))), "{bad:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z-]{1,12}", any::<String>(), Just("a\"b\\c\n\u{2028}ü🔥\u{0}".to_owned())]
}

fn name() -> impl Strategy<Value = CheckName> {
    text().prop_map(|text| CheckName::new(&text))
}

fn status() -> impl Strategy<Value = Status> {
    use Status::{Fail, Ok, Pending, Unknown, Warn};
    proptest::sample::select(vec![Ok, Warn, Fail, Unknown, Pending])
}

fn time() -> impl Strategy<Value = engine::Timestamp> {
    (-62_000_000_000_000..250_000_000_000_000_i64).prop_map(at)
}

fn details() -> impl Strategy<Value = Details> {
    let rule = (text(), text(), any::<bool>()).prop_map(|(what, actual, ok)| Expectation {
        what,
        expected: "< 50".to_owned(),
        actual,
        ok,
    });
    let phases = (option::of(any::<u64>()), any::<u64>()).prop_map(|(dns_us, total_us)| Phases {
        dns_us,
        total_us,
        ..Phases::default()
    });
    (
        text(),
        option::of(any::<u16>()),
        option::of(phases),
        proptest::collection::vec(rule, 0..3),
        option::of(text()),
        option::of(time()),
    )
        .prop_map(|(reason, code, phases, expectations, body, certificate_until)| Details {
            reason,
            error: code.map(|_| TransportErrorKind::Refused),
            code,
            phases,
            expectations,
            certificate_until,
            job_id: body.clone(),
            turn: body.as_ref().map(|body| Turn {
                what: body.clone(),
                previous: serde_json::Value::Null,
                current: serde_json::json!(code),
                url: Some(body.clone()),
            }),
            facts: body
                .iter()
                .map(|body| (body.clone(), serde_json::json!({"seen": [body, code]})))
                .collect(),
            body,
            late_by_s: None,
        })
}

fn job() -> impl Strategy<Value = JobState> {
    (option::of(text()), option::of(time()), text()).prop_map(|(id, started_at, of)| JobState {
        missed: started_at.map(|deadline| Missed {
            rule: of.clone(),
            reason: of.clone(),
            of,
            deadline,
        }),
        id,
        started_at,
        ..JobState::default()
    })
}

fn check() -> impl Strategy<Value = EventKind> {
    let judged = (status(), status(), option::of(any::<u64>()), any::<u32>());
    (name(), judged, details(), option::of(job())).prop_map(
        |(name, (status, prev, latency_ms, attempts), details, job)| {
            EventKind::Check(CheckDone {
                name,
                type_word: "job".to_owned(),
                status,
                prev,
                severity: Severity::P4,
                latency_ms,
                attempts,
                details,
                job,
            })
        },
    )
}

fn notify() -> impl Strategy<Value = EventKind> {
    let texts = (text(), text(), proptest::collection::vec(text(), 0..3));
    (any::<u64>(), option::of(name()), time(), texts, option::of(any::<u64>())).prop_map(
        |(id, name, raised_at, (subject, body, channels), latency_ms)| {
            let facts = NoticeFacts {
                since: Some(raised_at),
                failures: 2,
                latency_ms,
                lasted_ms: latency_ms,
                ..NoticeFacts::default()
            };
            let (kind, severity) = (NoticeKind::DeadlineMiss, Severity::P1);
            EventKind::Notify(Notice {
                id,
                name,
                kind,
                severity,
                raised_at,
                subject,
                body,
                channels,
                facts,
            })
        },
    )
}

fn small() -> impl Strategy<Value = EventKind> {
    let card = |name: CheckName| CheckCard {
        name,
        type_word: "tcp".to_owned(),
        display_name: None,
        severity: Severity::P3,
        interval_ms: 5,
    };
    (name(), text(), option::of(text()), any::<u32>(), 0..7_u8).prop_map(
        move |(name, text, reason, number, which)| match which {
            0 => EventKind::Delivery(Delivered {
                id: number.into(),
                name: reason.is_some().then_some(name),
                kind: NoticeKind::Report,
                channel: text,
                attempt: number,
                ok: reason.is_none(),
                gave_up: reason.is_some(),
                error: reason,
            }),
            1 => EventKind::Action(ActionDone {
                name,
                action: text,
                result: ActionResult::Skipped,
                helped: reason.as_ref().map(|_| true),
                reason,
            }),
            2 => EventKind::Start(Started { version: text, pid: reason.map(|_| number) }),
            3 => EventKind::Stop(Stopped { reason: text }),
            4 => EventKind::Config(ConfigLoaded {
                ok: reason.is_none(),
                file: text,
                timezone: reason.clone(),
                error: reason,
                checks: vec![card(name)],
            }),
            5 => EventKind::CheckRemoved(CheckRemoved { name }),
            _ => EventKind::Skip(Skipped { name, reason: text }),
        },
    )
}

proptest! {
    #[test]
    fn every_event_comes_back_from_its_one_line(
        ts in time(),
        seq in any::<u64>(),
        kind in prop_oneof![check(), notify(), small(), small()],
    ) {
        let event = Event { ts, seq, kind };
        let written = line(&event);
        prop_assert_eq!(written.matches('\n').count(), 1);
        prop_assert_eq!(decode(written.as_bytes()).unwrap(), event);
    }
}
