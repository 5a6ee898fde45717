//! The state machine of a check: given its state and a verdict, which notices are raised.
//! Pure; the state itself changes only when the resulting event is folded into the board.

use std::time::Duration;

use crate::{
    board::Entry,
    config::Check,
    outcome::Outcome,
    status::{NoticeKind, Status},
};

/// What a cycle means for the people on duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The check went down with this cycle.
    pub opened: bool,
    /// The check came back with this cycle.
    pub closed: bool,
    /// The notices that are raised, in order.
    pub notices: Vec<NoticeKind>,
}

/// Decides what the end of a cycle means. `unannounced` is how long ago a problem of the open
/// incident was last announced, or how long the incident is open when none was.
#[must_use]
pub fn step(entry: &Entry, outcome: &Outcome, check: &Check, unannounced: Duration) -> Step {
    let (from, to) = (entry.status, outcome.status);
    let opened = to == Status::Fail && entry.incident.is_none();
    let closed = to.is_up() && entry.incident.is_some();
    let muted = !check.initial_alert && entry.last_checked_at.is_none();
    let listed = |kind: NoticeKind| check.notify_on.contains(&kind) && !muted;
    let missed_anew = missed_anew(entry, outcome);

    let mut notices = Vec::new();
    if missed_anew && listed(NoticeKind::DeadlineMiss) {
        notices.push(NoticeKind::DeadlineMiss);
    } else if opened {
        notices.push(NoticeKind::FirstFail);
    } else if to == Status::Fail && unannounced >= check.reminder_every {
        notices.push(NoticeKind::Reminder);
    }
    if closed {
        notices.push(NoticeKind::Recovered);
    } else if to != from {
        notices.extend(match to {
            Status::Warn => Some(NoticeKind::Warn),
            Status::Unknown => Some(NoticeKind::Unknown),
            Status::Ok | Status::Fail | Status::Pending => None,
        });
    }
    notices.retain(|kind| listed(*kind));
    let turned = outcome.details.turn.is_some() && check.notify_on.contains(&NoticeKind::Change);
    if notices.is_empty() && (turned || changed(from, to) && listed(NoticeKind::Change)) {
        notices.push(NoticeKind::Change);
    }
    Step { opened, closed, notices }
}

fn changed(from: Status, to: Status) -> bool {
    from != to && (from != Status::Pending || to == Status::Fail)
}

/// Whether a deadline is missed that was not known to be missed before: one announcement a
/// window or job.
fn missed_anew(entry: &Entry, outcome: &Outcome) -> bool {
    let missed = |job: &Option<crate::job::JobState>| {
        job.as_ref().and_then(|job| job.missed.as_ref()).map(|missed| missed.of.clone())
    };
    let now = missed(&outcome.job);
    now.is_some() && now != missed(&entry.job)
}
