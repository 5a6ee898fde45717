//! A notice for the tests of alerting.

use std::sync::Arc;

use engine::{
    config::CheckName,
    effect::Delivery,
    event::{Notice, NoticeFacts},
    status::{NoticeKind, Severity, Status},
    time::Timestamp,
};

/// 2026-01-05 08:00:00.120 in Kolkata.
pub(crate) const RAISED: Timestamp = Timestamp::from_millis(1_767_580_200_120);

/// The key of [`notice`].
pub(crate) const KEY: &str = "41.1767580200120.first_fail.api-availability";

/// A first failure with everything set; `canary-pass` stands for a secret that leaked into it.
pub(crate) fn notice() -> Notice {
    Notice {
        id: 41,
        name: Some(CheckName::new("api-availability")),
        kind: NoticeKind::FirstFail,
        severity: Severity::P1,
        raised_at: RAISED,
        subject: "[P1][FIRST_FAIL] api-availability".to_owned(),
        body: "Check: api-availability\nFound: <503> & \"canary-pass\"\n".to_owned(),
        channels: Vec::new(),
        facts: NoticeFacts {
            from: Status::Ok,
            to: Status::Fail,
            since: Some(RAISED),
            failures: 1,
            reason: "expected status 200, got 503 (canary-pass)".to_owned(),
            latency_ms: Some(14),
            lasted_ms: None,
            turn: None,
        },
    }
}

/// The first attempt to deliver [`notice`].
pub(crate) fn delivery(channel: &str) -> Delivery {
    of(notice(), channel)
}

/// The first attempt to deliver a notice.
pub(crate) fn of(notice: Notice, channel: &str) -> Delivery {
    Delivery {
        id: 1,
        notice: Arc::new(notice),
        channel: channel.to_owned(),
        attempt: 1,
        late: None,
    }
}
