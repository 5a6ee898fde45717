//! The alerts of a recording: those that were told of its troubles, and those that a trouble needs
//! that reaches over an end of the journal. Pure.

use engine::{Event, NoticeKind, Status, Timestamp, event::Notice};

use super::{
    beat::Beat,
    card::notices_of,
    cycles::{Cycle, Cycles, Trouble},
    plan::{Alert, Plan},
    symptom::Symptom,
};
use crate::scenario::Ms;

impl Plan {
    /// The alerts that came of the troubles; answers when the last of them was over.
    pub(super) fn expect(
        &mut self,
        troubles: &[Trouble],
        cycles: &Cycles,
        events: &[Event],
        beat: &Beat,
    ) -> Timestamp {
        let mut until = beat.zero();
        let mut told: Vec<u64> = Vec::new();
        for trouble in troubles {
            let Some(check) = self.find(&trouble.check) else { continue };
            let of = &cycles[&trouble.check];
            let next = of.get(trouble.last + 1);
            let last = next.unwrap_or(&of[trouble.last]).ended;
            until = until.max(last);
            let span = (of[trouble.first].ended, Timestamp::from_millis(last.as_millis() + 1_000));
            for notice in notices(events, &trouble.check, span) {
                if !told.contains(&notice.id) && self.is_played(trouble, notice.kind) {
                    told.push(notice.id);
                    self.alert(check, of, notice, beat);
                }
            }
            self.ends(check, trouble, of, beat);
        }
        self.alerts.retain(|alert| alert.at >= 0);
        until
    }

    fn is_played(&mut self, trouble: &Trouble, kind: NoticeKind) -> bool {
        let strange = matches!(trouble.symptom, Symptom::Strange(_));
        let possible = match kind {
            NoticeKind::FirstFail
            | NoticeKind::Recovered
            | NoticeKind::DeadlineMiss
            | NoticeKind::Reminder
            | NoticeKind::Change => !strange,
            NoticeKind::Warn => !strange && trouble.status == Status::Warn,
            NoticeKind::Unknown
            | NoticeKind::RemedyExhausted
            | NoticeKind::Test
            | NoticeKind::Report => false,
        };
        if !possible {
            let called = self.find(&trouble.check).map(|at| self.checks[at].0.called.clone());
            let called = called.unwrap_or_default();
            self.note(format!("an alert `{kind}` of {called} cannot be played"));
        }
        possible
    }

    fn alert(&mut self, check: usize, of: &[Cycle], notice: &Notice, beat: &Beat) {
        let card = &self.checks[check].0;
        let raised = notice.raised_at.as_millis() + 100;
        let cycle = of.iter().rev().find(|cycle| cycle.ended.as_millis() <= raised);
        let at = cycle.map_or_else(|| beat.at(notice.raised_at), |cycle| beat.over(card, cycle));
        let (check, event, slack) = (card.called.clone(), notice.kind, card.interval);
        self.alerts.push(Alert { check, event, at, slack });
    }

    /// What a trouble needs that reaches over an end of the journal: its first alert, its last.
    fn ends(&mut self, check: usize, trouble: &Trouble, of: &[Cycle], beat: &Beat) {
        let card = self.checks[check].0.clone();
        if trouble.status != Status::Fail || matches!(trouble.symptom, Symptom::Strange(_)) {
            return;
        }
        let mut add = |at: Ms, event: NoticeKind, slack: Ms| {
            if card.notify_on.contains(&event) {
                self.alerts.push(Alert { check: card.called.clone(), event, at, slack });
            }
        };
        if of[trouble.first].done.prev == Status::Fail && trouble.first == 0 {
            add(beat.over(&card, &of[0]), NoticeKind::FirstFail, card.interval);
            self.note(format!("{}: had begun before the journal did", card.called));
        } else if trouble.last + 1 == of.len() {
            let at = beat.tick(&card, &of[trouble.last]) + card.interval;
            add(at, NoticeKind::Recovered, 2 * card.interval);
            self.note(format!(
                "{}: was not over when the journal ended; here it ends",
                card.called
            ));
        }
    }
}

/// The notices of a check in a stretch of time.
fn notices<'a>(
    events: &'a [Event],
    check: &'a str,
    (from, to): (Timestamp, Timestamp),
) -> impl Iterator<Item = &'a Notice> {
    let told = notices_of(events, check).filter(move |(at, _)| *at >= from && *at <= to);
    told.map(|(_, notice)| notice)
}
