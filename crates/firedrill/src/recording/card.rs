//! What is known of a check that is to be played again: from its configuration when that is given,
//! else from what the journal shows. Pure. Holds no address, header, body or name of the real world
//! but the check's own name, and that only when it is none.

use std::collections::BTreeSet;

use engine::{
    Check, Config, Event, EventKind, NoticeKind, Severity, Status,
    config::{JsonRule, Predicate, Spec, WhenNoJob},
    event::{CheckCard, Notice},
    schedule::Schedule,
    time::millis,
};

use super::{
    cycles::Cycle,
    guess::{self, Rule},
};
use crate::scenario::Ms;

/// A check.
#[derive(Clone, Debug)]
pub(super) struct Card {
    /// Its name in the journal.
    pub(super) name: String,
    /// Its name in the scenario.
    pub(super) called: String,
    /// Its type.
    pub(super) type_word: String,
    /// How much it matters.
    pub(super) severity: Severity,
    /// The time between two turns, in milliseconds.
    pub(super) interval: Ms,
    /// When it is due, if not at intervals: the expression and its zone.
    pub(super) cron: Option<String>,
    /// The zone of its deadlines.
    pub(super) zone: Option<String>,
    /// The limit of one attempt, in milliseconds.
    pub(super) timeout: Ms,
    /// Attempts after the first.
    pub(super) retries: u32,
    /// The wait between two, in milliseconds.
    pub(super) backoff: Ms,
    /// What it tells of.
    pub(super) notify_on: BTreeSet<NoticeKind>,
    /// The least time between two reminders, in milliseconds.
    pub(super) reminder_every: Ms,
    /// What is wanted of the answer.
    pub(super) wants: Wants,
}

/// What a check wants.
#[derive(Clone, Debug)]
pub(super) enum Wants {
    /// An answer over HTTP.
    Answer {
        /// The method.
        method: String,
        /// The path, when the configuration is known; never shown.
        path: Option<String>,
        /// Rules for the body.
        rules: Vec<Rule>,
        /// From which latency on it warns, in milliseconds.
        warn: Option<Ms>,
        /// From which latency on it fails.
        crit: Option<Ms>,
    },
    /// A job that succeeds in time.
    Job(Deadlines),
    /// Something that the mock app has not; an answer stands in for it.
    Else,
}

/// The deadlines of a job, as text of a configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    /// Minutes after its start.
    pub(super) minutes: Option<u64>,
    /// `success_by` and `window_start`.
    pub(super) by: Option<(String, String)>,
    /// Whether no job at all is well.
    pub(super) none_is_well: bool,
}

impl Card {
    /// The card of a configured check.
    pub(super) fn configured(check: &Check, at: engine::Timestamp) -> Self {
        let wants = wants(&check.spec);
        Self {
            name: check.name.as_str().to_owned(),
            called: String::new(),
            type_word: type_of(&wants).to_owned(),
            severity: check.severity,
            interval: millis(check.schedule.interval(at)),
            cron: match &check.schedule {
                Schedule::Cron(cron) => Some(cron.text().to_owned()),
                Schedule::Every(_) | Schedule::Aligned(_) => None,
            },
            zone: check.timezone.iana_name().map(str::to_owned),
            timeout: millis(check.timeout),
            retries: check.retries,
            backoff: millis(check.backoff),
            notify_on: check.notify_on.clone(),
            reminder_every: millis(check.reminder_every),
            wants,
        }
    }

    /// The card of a check of which only its traces are known.
    pub(super) fn guessed(card: &CheckCard, cycles: &[Cycle], events: &[Event]) -> Self {
        let name = card.name.as_str();
        let fails = || cycles.iter().filter(|cycle| cycle.done.status == Status::Fail);
        let attempts = fails().map(|cycle| cycle.done.attempts).max().unwrap_or(1);
        let interval = i64::try_from(card.interval_ms).unwrap_or(30_000);
        let timeout = guess::timeout(cycles).unwrap_or(5_000);
        let notices = || notices_of(events, name).map(|(at, notice)| (at, notice.kind));
        let told: BTreeSet<_> = notices().map(|(_, kind)| kind).collect();
        let is_job = card.type_word == "job";
        let usual = guess::usual_notices(cycles, is_job);
        Self {
            name: name.to_owned(),
            called: String::new(),
            type_word: card.type_word.clone(),
            severity: card.severity,
            interval,
            cron: None,
            zone: guess::zone(cycles),
            timeout,
            retries: attempts.saturating_sub(1),
            backoff: guess::backoff(cycles, interval, attempts).unwrap_or(5_000),
            notify_on: usual.into_iter().chain(told).collect(),
            reminder_every: guess::reminders(notices()).unwrap_or(1_800_000),
            wants: guess::wants(&card.type_word, cycles),
        }
    }

    /// How long a cycle takes in which every attempt takes so long, in milliseconds.
    pub(super) fn cycle(&self, attempts: u32, each: Ms) -> Ms {
        let attempts = Ms::from(attempts.max(1));
        attempts * each + (attempts - 1) * self.backoff
    }

    /// Whether it asks over HTTP and is no job.
    pub(super) fn is_answer(&self) -> bool {
        !matches!(self.wants, Wants::Job(_))
    }
}

/// Every enabled check of a configuration.
pub(super) fn of_config(config: &Config, at: engine::Timestamp) -> Vec<Card> {
    config.enabled().map(|check| Card::configured(check, at)).collect()
}

/// Names for the scenario: the real ones, but for those that look like an address.
pub(super) fn christen(cards: &mut [Card]) -> usize {
    let plain = |name: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
        name.len() <= 60 && name.chars().all(fits)
    };
    let mut hidden = 0;
    for (at, card) in cards.iter_mut().enumerate() {
        card.called = if plain(&card.name) {
            card.name.clone()
        } else {
            hidden += 1;
            format!("check-{}", at + 1)
        };
    }
    hidden
}

/// The notices of one check, with their times.
pub(super) fn notices_of<'a>(
    events: &'a [Event],
    name: &'a str,
) -> impl Iterator<Item = (engine::Timestamp, &'a Notice)> {
    let own = move |notice: &&Notice| notice.name.as_ref().is_some_and(|of| of.as_str() == name);
    events.iter().filter_map(move |event| {
        let EventKind::Notify(notice) = &event.kind else { return None };
        Some((event.ts, notice)).filter(|(_, notice)| own(notice))
    })
}

fn wants(spec: &Spec) -> Wants {
    if let Spec::Http(http) = spec {
        return Wants::Answer {
            method: http.request.method.clone(),
            path: Some(http.request.url.path().to_owned()),
            rules: http.expect_jsonpath.iter().flat_map(rules).collect(),
            warn: http.warn.map(millis),
            crit: http.crit.map(millis),
        };
    }
    let Spec::Job(job) = spec else { return Wants::Else };
    let text = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    Wants::Job(Deadlines {
        minutes: job.within.map(|within| within.as_secs() / 60),
        by: job.success_by.map(|by| (text(by), text(job.window_start))),
        none_is_well: job.when_no_job == WhenNoJob::Ok,
    })
}

fn rules(rule: &JsonRule) -> Vec<Rule> {
    let one =
        |wanted: &Predicate| Rule { path: rule.query.text().to_owned(), wanted: wanted.clone() };
    rule.predicates.iter().map(one).collect()
}

fn type_of(wants: &Wants) -> &'static str {
    match wants {
        Wants::Answer { .. } => "http",
        Wants::Job(_) => "job",
        Wants::Else => "other",
    }
}
