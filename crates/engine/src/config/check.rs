//! One entry of `checks`: what all types share, and the dispatch to the type's own reader.

use std::{collections::BTreeMap, collections::BTreeSet, sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    config::{
        actions,
        channels::severity,
        command,
        context::{Context, Node},
        dns,
        global::{Inherited, notices},
        host, http, job, log_heartbeat, nodes, ping, process, push,
        section::Section,
        service, services, systemd, tcp,
        types::{Check, CheckName, Spec},
        yaml::Path,
    },
    schedule::Schedule,
    status::NoticeKind,
};

/// Reads the list. Wrong checks have been reported and are left out.
pub(super) fn read(root: &Section<'_>, inherited: &Inherited) -> Vec<Arc<Check>> {
    let mut names = Names::new(root.context, "checks");
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
    checks.extend(nodes::checks(root, inherited, &mut names));
    checks
}

fn check(
    section: &Section<'_>,
    word: &str,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Option<Arc<Check>> {
    let inherited = &*host::inherited(word, inherited);
    let name = section.name_text("name");
    if let (Some(name), Some(node)) = (&name, section.find("name")) {
        names.take(&node, name);
    }
    let identity = (name, section.text("display_name"));
    build(section, word, identity, |zone| spec(section, word, inherited, zone), inherited)
}

/// The check of a section whose name and type have been read.
pub(super) fn build(
    section: &Section<'_>,
    word: &str,
    (name, display_name): (Option<String>, Option<String>),
    spec: impl FnOnce(&TimeZone) -> Option<Spec>,
    inherited: &Inherited,
) -> Option<Arc<Check>> {
    let enabled = section.bool("enabled").unwrap_or(true);
    let severity = section.word("severity").and_then(severity).unwrap_or_default();
    let timezone = section.zone("timezone").unwrap_or_else(|| inherited.timezone.clone());
    let schedule = schedule(section, word, inherited, &timezone);
    let timeout = section.seconds("timeout_s").unwrap_or_else(|| usual_timeout(word, inherited));
    let retries = section.small("retries").unwrap_or(inherited.retries);
    let backoff = section.seconds("retry_backoff_s").unwrap_or(inherited.backoff);
    let reminder_every = section.seconds("reminder_every_s").unwrap_or(inherited.reminder_every);
    let on_fail = section.section("on_fail");
    let notify_on = notify_on(section, &on_fail, word, inherited);
    let spec = spec(&timezone);
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

fn spec(section: &Section<'_>, word: &str, inherited: &Inherited, zone: &TimeZone) -> Option<Spec> {
    match word {
        "agent" | "host" => host::read(section),
        "command" => command::read(section).map(Spec::Command),
        "dns" => dns::read(section).map(Spec::Dns),
        "http" => http::read(section, inherited.limits).map(Spec::Http),
        "job" => job::read(section).map(Spec::Job),
        "log_heartbeat" => {
            let written = section.has("timezone") || inherited.timezone_is_written;
            log_heartbeat::read(section, written.then_some(zone)).map(Spec::LogHeartbeat)
        }
        "ping" => ping::read(section).map(Spec::Ping),
        "process" => process::read(section).map(Spec::Process),
        "push" => push::read(section),
        "service" => service::read(section).map(Spec::Service),
        "systemd" => systemd::read(section).map(Spec::Systemd),
        "tcp" => tcp::read(section).map(Spec::Tcp),
        _ => None,
    }
}

/// The limit of one attempt when none is written: some types have one of their own.
fn usual_timeout(word: &str, inherited: &Inherited) -> Duration {
    match word {
        "systemd" => systemd::TIMEOUT,
        "tcp" => tcp::TIMEOUT,
        _ => inherited.timeout,
    }
}

fn schedule(
    section: &Section<'_>,
    word: &str,
    inherited: &Inherited,
    zone: &TimeZone,
) -> Option<Schedule> {
    let own = section.bool("align");
    let interval = section.seconds("interval_s");
    let cron = section.cron("cron", zone);
    let Some(node) = section.find("cron") else {
        let interval = interval.unwrap_or(inherited.interval);
        let align = own.unwrap_or(host::is_host(word));
        return Some(if align { Schedule::Aligned(interval) } else { Schedule::Every(interval) });
    };
    if section.has("interval_s") {
        let problem = node.problem("`interval_s` and `cron` exclude each other");
        return node.refuse(problem.help("remove one of them"));
    }
    if own == Some(true) {
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
    let silent = own.as_ref().is_some_and(BTreeSet::is_empty);
    let mut all = own.unwrap_or_else(|| {
        let deadline = (word == "job").then_some(NoticeKind::DeadlineMiss);
        let usual = [NoticeKind::FirstFail, NoticeKind::Recovered].into_iter().chain(deadline);
        usual.filter(|_| !host::is_host(word)).collect()
    });
    if host::is_host(word) && !silent {
        all.insert(NoticeKind::Change);
    }
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

/// A check of which only the essential is written, with the rest as `global` has it.
pub(super) fn defaults(
    name: &str,
    every: Duration,
    timeout: Duration,
    inherited: &Inherited,
    spec: Spec,
) -> Check {
    let usual = || [NoticeKind::FirstFail, NoticeKind::Recovered].into();
    Check {
        name: CheckName::new(name),
        display_name: None,
        enabled: true,
        severity: <_>::default(),
        schedule: Schedule::Every(every),
        timeout,
        retries: inherited.retries,
        backoff: inherited.backoff,
        timezone: inherited.timezone.clone(),
        notify_on: inherited.notify_on.clone().unwrap_or_else(usual),
        initial_alert: inherited.initial_alert,
        reminder_every: inherited.reminder_every,
        actions: Vec::new(),
        spec,
    }
}

/// The names of a list so far, with their places.
pub(super) struct Names<'a> {
    context: &'a Context<'a>,
    /// What they are names of.
    what: &'static str,
    seen: BTreeMap<String, Path>,
}

impl<'a> Names<'a> {
    pub(super) const fn new(context: &'a Context<'a>, what: &'static str) -> Self {
        Self { context, what, seen: BTreeMap::new() }
    }

    pub(super) fn take(&mut self, node: &Node<'_>, name: &str) {
        if let Some(first) = self.seen.get(name) {
            let problem = node.problem(format!("there are two {} `{name}`", self.what));
            self.context.report(problem.related("the first one is", first));
        } else {
            self.seen.insert(name.to_owned(), node.path.clone());
        }
    }
}
