//! One entry of `checks`: what all types share, and the dispatch to the type's own reader.

use std::{collections::BTreeMap, collections::BTreeSet, sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    config::{
        actions,
        channels::severity,
        context::Context,
        global::{Inherited, notices},
        http, job, process,
        section::Section,
        service, services, systemd,
        types::{Check, CheckName, Spec},
        yaml::Path,
    },
    schedule::Schedule,
    status::NoticeKind,
};

/// Reads the list. Wrong checks have been reported and are left out.
pub(super) fn read(root: &Section<'_>, inherited: &Inherited) -> Vec<Arc<Check>> {
    let mut names = Names { context: root.context, seen: BTreeMap::new() };
    let found = root.variants("checks");
    if found.is_empty()
        && let Some(node) = root.find("checks")
        && matches!(node.yaml, super::yaml::Yaml::List(list) if list.is_empty())
    {
        root.context.report(node.problem("there are no checks").warning());
    }
    let own =
        found.iter().filter_map(|(section, word)| check(section, word, inherited, &mut names));
    let mut checks: Vec<_> = own.collect();
    checks.extend(services::read(root, inherited, &mut names));
    checks
}

fn check(
    section: &Section<'_>,
    word: &str,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Option<Arc<Check>> {
    let name = section.name_text("name");
    if let Some(name) = &name {
        names.take(section, "name", name);
    }
    let identity = (name, section.text("display_name"));
    build(section, word, identity, spec(section, word, inherited), inherited)
}

/// The check of a section whose name and type have been read.
pub(super) fn build(
    section: &Section<'_>,
    word: &str,
    (name, display_name): (Option<String>, Option<String>),
    spec: Option<Spec>,
    inherited: &Inherited,
) -> Option<Arc<Check>> {
    let enabled = section.bool("enabled").unwrap_or(true);
    let severity = section.word("severity").and_then(severity).unwrap_or_default();
    let timezone = section.zone("timezone").unwrap_or_else(|| inherited.timezone.clone());
    let schedule = schedule(section, inherited, &timezone);
    let timeout = section.seconds("timeout_s").unwrap_or(default_timeout(word, inherited));
    let retries = section.small("retries").unwrap_or(inherited.retries);
    let backoff = section.seconds("retry_backoff_s").unwrap_or(inherited.backoff);
    let reminder_every = section.seconds("reminder_every_s").unwrap_or(inherited.reminder_every);
    let on_fail = section.section("on_fail");
    let notify_on = notify_on(section, &on_fail, word, inherited);
    let actions = actions::read(&on_fail, &inherited.actions, spec.as_ref());
    let actions = service::with_restart(actions, spec.as_ref(), &inherited.actions);
    warn_long_timeout(section, schedule.as_ref(), timeout);
    Some(Arc::new(Check {
        name: CheckName::new(&name?),
        display_name,
        enabled,
        severity,
        schedule: schedule?,
        timeout,
        retries,
        backoff,
        timezone,
        notify_on,
        initial_alert: inherited.initial_alert,
        reminder_every,
        actions,
        spec: spec?,
    }))
}

fn spec(section: &Section<'_>, word: &str, inherited: &Inherited) -> Option<Spec> {
    match word {
        "http" => http::read(section, inherited.limits).map(Spec::Http),
        "job" => job::read(section).map(Spec::Job),
        "process" => process::read(section).map(Spec::Process),
        "service" => service::read(section).map(Spec::Service),
        "systemd" => systemd::read(section).map(Spec::Systemd),
        _ => None,
    }
}

/// Types that need more time than most say so; all others take the global limit.
fn default_timeout(word: &str, inherited: &Inherited) -> Duration {
    match word {
        "systemd" => systemd::TIMEOUT,
        _ => inherited.timeout,
    }
}

fn schedule(section: &Section<'_>, inherited: &Inherited, zone: &TimeZone) -> Option<Schedule> {
    let align = section.bool("align").unwrap_or(false);
    let interval = section.seconds("interval_s");
    let cron = section.cron("cron", zone);
    let Some(node) = section.find("cron") else {
        let interval = interval.unwrap_or(inherited.interval);
        return Some(if align { Schedule::Aligned(interval) } else { Schedule::Every(interval) });
    };
    if section.has("interval_s") {
        let problem = node.problem("`interval_s` and `cron` exclude each other");
        return node.refuse(problem.help("remove one of them"));
    }
    if align {
        let problem = node.problem("`align` goes with `interval_s`, not with `cron`");
        return node.refuse(problem.help("remove `align`: a cron expression has its own slots"));
    }
    cron.map(Schedule::Cron)
}

/// `notify_on` (or what stands for it when absent) and `on_fail.notify` together.
fn notify_on(
    section: &Section<'_>,
    on_fail: &Section<'_>,
    word: &str,
    inherited: &Inherited,
) -> BTreeSet<NoticeKind> {
    let own = notices(section, "notify_on").or_else(|| inherited.notify_on.clone());
    let mut all = own.unwrap_or_else(|| {
        let deadline = (word == "job").then_some(NoticeKind::DeadlineMiss);
        [NoticeKind::FirstFail, NoticeKind::Recovered].into_iter().chain(deadline).collect()
    });
    all.extend(notices(on_fail, "notify").unwrap_or_default());
    all
}

fn warn_long_timeout(section: &Section<'_>, schedule: Option<&Schedule>, timeout: Duration) {
    let Some(Schedule::Every(interval) | Schedule::Aligned(interval)) = schedule else {
        return;
    };
    if timeout <= *interval {
        return;
    }
    let seconds = (timeout.as_secs_f64(), interval.as_secs_f64());
    let message = format!(
        "the timeout of {} s is longer than the interval of {} s: cycles will be skipped",
        seconds.0, seconds.1
    );
    let node = section.find("timeout_s").or_else(|| section.find("interval_s"));
    let problem = node.map_or_else(|| section.problem(&message), |node| node.problem(&message));
    section.context.report(problem.warning());
}

/// The names of the checks so far, with their places.
pub(super) struct Names<'a> {
    context: &'a Context<'a>,
    seen: BTreeMap<String, Path>,
}

impl Names<'_> {
    /// Notes a name that stands at `key`; the second of the same is refused.
    pub(super) fn take(&mut self, section: &Section<'_>, key: &str, name: &str) {
        let Some(node) = section.find(key) else {
            return;
        };
        if let Some(first) = self.seen.get(name) {
            let problem = node.problem(format!("there are two checks `{name}`"));
            self.context.report(problem.related("the first one is", first));
        } else {
            self.seen.insert(name.to_owned(), node.path);
        }
    }
}
