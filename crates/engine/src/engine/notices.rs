//! Raising notices and sending them on their way.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    board::Entry,
    config::Check,
    effect::{DeliveryError, Effect},
    engine::Engine,
    event::{ChannelName, EventKind, Notice, NoticeFacts},
    outcome::Outcome,
    remedy::Verdict,
    status::{NoticeKind, Severity, Status},
    text::{self, Story},
    time::Now,
};

/// What stands for the id of a notice until it is recorded.
const UNNUMBERED: u64 = 0;

impl Engine {
    /// Writes a notice about the end of a cycle, records it and puts it into the outbox.
    pub(super) fn raise(
        &mut self,
        kind: NoticeKind,
        check: &Check,
        before: &Entry,
        outcome: &Outcome,
        lasted: Option<Duration>,
        now: Now,
    ) {
        let next = if kind.is_problem() { self.prospects(check, now) } else { Vec::new() };
        let after = self.entry(&check.name).clone();
        self.tell(&Story { kind, check, before, after: &after, outcome, lasted, next }, now);
    }

    /// Writes a notice about a check between two cycles.
    pub(super) fn raise_from_entry(
        &mut self,
        kind: NoticeKind,
        check: &Check,
        next: Vec<String>,
        now: Now,
    ) {
        let entry = self.entry(&check.name).clone();
        let outcome = Outcome {
            status: entry.status,
            details: entry.details.clone(),
            latency_ms: entry.latency_ms,
            retry: false,
            job: None,
        };
        let lasted = self.slots.get(&check.name).and_then(|slot| slot.opened);
        let lasted = lasted.map(|opened| now.mono.since(opened));
        let (before, after, outcome) = (&entry, &entry, &outcome);
        self.tell(&Story { kind, check, before, after, outcome, lasted, next }, now);
    }

    fn tell(&mut self, story: &Story<'_>, now: Now) {
        let body = text::body(story, now.wall);
        self.post(story.kind, story.check, body, text::facts(story), now);
    }

    /// Tells the channels that know of a problem that nobody looks any more.
    pub(super) fn farewell(&mut self, check: &Check, now: Now) {
        let entry = self.entry(&check.name);
        let told = entry.incident.as_ref().is_some_and(|open| open.announced_at.is_some());
        if !told || !check.notify_on.contains(&NoticeKind::Recovered) {
            return;
        }
        let reason = "the check was removed from the configuration while it was failing";
        let facts = NoticeFacts {
            from: entry.status,
            to: Status::Unknown,
            since: entry.first_failed_at,
            reason: reason.to_owned(),
            ..NoticeFacts::default()
        };
        let body = format!("{} is no longer watched.\n\nFound:     {reason}\n", check.title());
        self.post(NoticeKind::Recovered, check, body, facts, now);
    }

    /// Sends the morning report on its way.
    pub(super) fn raise_report(
        &mut self,
        subject: String,
        body: String,
        channels: &[ChannelName],
        now: Now,
    ) {
        let wanted = |channel: &ChannelName| {
            let kind = channel.split(':').next().unwrap_or(channel);
            channels.is_empty() || channels.iter().any(|name| name == channel || name == kind)
        };
        let routes = self.setup.routes.iter().map(|route| route.channel.clone());
        let notice = Notice {
            id: UNNUMBERED,
            name: None,
            kind: NoticeKind::Report,
            severity: Severity::P4,
            raised_at: now.wall,
            subject,
            body,
            channels: routes.filter(|channel| wanted(channel)).collect(),
            facts: NoticeFacts::default(),
        };
        self.record_notice(notice, now);
    }

    /// Starts what may be sent now, and gives up what is too old.
    pub(super) fn send(&mut self, now: Now) {
        if self.outbox.is_empty() {
            return;
        }
        let known: BTreeSet<ChannelName> =
            self.setup.routes.iter().map(|route| route.channel.clone()).collect();
        for gone in self.outbox.give_up(now.mono, &known) {
            self.record(EventKind::Delivery(gone), now);
        }
        let started = self.outbox.start(now.mono);
        self.effects.extend(started.into_iter().map(Effect::Deliver));
    }

    /// An attempt to deliver ended.
    pub(super) fn delivered(&mut self, delivery: u64, result: Result<(), DeliveryError>, now: Now) {
        if let Some(done) = self.outbox.finish(delivery, result, now.mono) {
            self.record(EventKind::Delivery(done), now);
        }
    }

    fn post(
        &mut self,
        kind: NoticeKind,
        check: &Check,
        body: String,
        facts: NoticeFacts,
        now: Now,
    ) {
        let wants =
            |severities: &[Severity]| severities.is_empty() || severities.contains(&check.severity);
        let routes = self.setup.routes.iter().filter(|route| wants(&route.severities));
        let notice = Notice {
            id: UNNUMBERED,
            name: Some(check.name.clone()),
            kind,
            severity: check.severity,
            raised_at: now.wall,
            subject: text::subject(kind, check.severity, check.title()),
            body,
            channels: routes.map(|route| route.channel.clone()).collect(),
            facts,
        };
        if let Some(slot) = self.slots.get_mut(&check.name).filter(|_| kind.is_problem()) {
            slot.announced = Some(now.mono);
        }
        self.record_notice(notice, now);
    }

    fn record_notice(&mut self, mut notice: Notice, now: Now) {
        self.open_day(now);
        notice.id = self.last_seq + 1;
        let shared = Arc::new(notice.clone());
        self.record(EventKind::Notify(notice), now);
        for channel in &shared.channels {
            self.outbox.push(channel, &shared, 0, now);
        }
    }

    /// What is going to be done about a failure, for the text of its notice.
    fn prospects(&self, check: &Check, now: Now) -> Vec<String> {
        let line = |action: &crate::config::Action| match self.verdict(&check.name, action, now) {
            Verdict::Run => Some(format!("action `{}` runs now", action.label)),
            Verdict::Skip(reason) => {
                Some(format!("action `{}` is skipped: {}", action.label, reason.word()))
            }
            Verdict::Wait => None,
        };
        check.actions.iter().filter_map(line).collect()
    }
}
