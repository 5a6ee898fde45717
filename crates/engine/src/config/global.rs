//! The section `global`: what the engine needs as a whole, and what checks inherit.

use std::{collections::BTreeSet, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    config::{
        channels,
        context::{Context, did_you_mean},
        http::Limits,
        section::{Section, items},
        table::Kind,
        types::{ActionLimits, Channel, Global, MorningReport, StoreKind},
        values,
        yaml::Yaml,
    },
    status::NoticeKind,
};

/// What a check takes from `global` when it says nothing itself.
#[derive(Clone)]
pub(super) struct Inherited {
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) retries: u32,
    pub(super) backoff: Duration,
    pub(super) limits: Limits,
    pub(super) timezone: TimeZone,
    /// Whether the zone is a written one.
    pub(super) timezone_is_written: bool,
    pub(super) initial_alert: bool,
    pub(super) notify_on: Option<BTreeSet<NoticeKind>>,
    pub(super) reminder_every: Duration,
    pub(super) actions: ActionLimits,
}

/// Reads the section. What is wrong in it has been reported and reads as its default.
pub(super) fn read(section: &Section<'_>) -> (Global, Inherited) {
    let timezone = section.zone("timezone").unwrap_or_else(default_zone);
    let inherited = inherited(section, timezone.clone());
    let notify = section.section("notify");
    let channels = channels::read(&notify);
    refuse_other_stores(section);
    let global = Global {
        morning_report: morning_report(section, &timezone, &channels),
        timezone,
        spread: section.seconds("spread_s").unwrap_or_default(),
        store: StoreKind::Files,
        keep: section.span("keep").unwrap_or(Duration::from_secs(31 * 86_400)),
        actions: inherited.actions,
        email: notify.bool("email").unwrap_or(true),
        channels,
    };
    (global, inherited)
}

fn default_zone() -> TimeZone {
    TimeZone::get("Asia/Kolkata").unwrap_or(TimeZone::UTC)
}

fn inherited(section: &Section<'_>, timezone: TimeZone) -> Inherited {
    let thresholds = section.section("thresholds");
    let limits = Limits::read(&thresholds, "api_warn_ms", "api_crit_ms", Limits::default());
    let seconds = |key, default| section.seconds(key).unwrap_or(Duration::from_secs(default));
    Inherited {
        interval: seconds("interval_s", 30),
        timeout: seconds("timeout_s", 5),
        retries: section.small("retries").unwrap_or(0),
        backoff: seconds("retry_backoff_s", 5),
        limits,
        timezone,
        timezone_is_written: section.has("timezone"),
        initial_alert: section.bool("initial_alert").unwrap_or(true),
        notify_on: notices(section, "notify_on"),
        reminder_every: seconds("reminder_every_s", 1800),
        actions: action_limits(&section.section("actions")),
    }
}

fn action_limits(section: &Section<'_>) -> ActionLimits {
    let default = ActionLimits::default();
    ActionLimits {
        enabled: section.bool("enabled").unwrap_or(default.enabled),
        restart: section.bool("restart").unwrap_or(default.restart),
        max_per_hour: section.small("max_per_hour").unwrap_or(default.max_per_hour),
        cooldown: section.seconds("cooldown_s").unwrap_or(default.cooldown),
    }
}

/// A list of notice words, if it is there.
pub(super) fn notices(section: &Section<'_>, key: &str) -> Option<BTreeSet<NoticeKind>> {
    let words = section.words(key)?;
    Some(words.into_iter().filter_map(NoticeKind::parse).collect())
}

fn refuse_other_stores(section: &Section<'_>) {
    let Some(node) = section.find("store") else {
        return;
    };
    if node.yaml.as_text() == Some("sqlite") {
        let problem = node.problem("store `sqlite` is not supported yet in this version");
        node.context.report(problem.help("supported: files"));
    } else {
        section.word("store");
    }
}

fn morning_report(
    section: &Section<'_>,
    zone: &TimeZone,
    channels: &[Channel],
) -> Option<MorningReport> {
    let (node, kind) = section.get("morning_report")?;
    if let Yaml::Text(_) = node.yaml {
        let cron = values::cron(&node, &Kind::Cron.expects(), zone)?;
        return Some(MorningReport { cron, channels: Vec::new() });
    }
    let Kind::Report(table) = kind else {
        return None;
    };
    let report = Section::open(&node, table)?;
    let cron = report.cron("cron", zone);
    let names = report.texts("channels").unwrap_or_default();
    known_channels(&report, &names, channels);
    Some(MorningReport { cron: cron?, channels: names })
}

/// Every channel that a report names must exist.
fn known_channels(report: &Section<'_>, names: &[String], channels: &[Channel]) {
    let Some(node) = report.find("channels") else {
        return;
    };
    let own = channels.iter().map(|channel| channel.name.as_str());
    let known: BTreeSet<_> = own.chain(["console", "email"]).collect();
    if !matches!(node.yaml, Yaml::List(_)) {
        return;
    }
    for (item, name) in items(&node, "a list").iter().zip(names) {
        if known.contains(name.as_str()) {
            continue;
        }
        let problem = item.problem(format!("there is no channel `{name}`"));
        let list: Vec<_> = known.iter().copied().collect();
        let problem = problem.help(format!("channels: {}", list.join(", ")));
        let hint = did_you_mean(name, known.iter().copied());
        report.context.report(match hint {
            Some(hint) => problem.label(hint),
            None => problem,
        });
    }
}

/// Whether a variable that replaces a default is set.
pub(super) fn variable(context: &Context<'_>, name: &str) -> Option<String> {
    (context.vars)(name).filter(|value| !value.is_empty())
}
