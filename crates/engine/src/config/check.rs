//! One entry of `checks`: what all types share, and the dispatch to the type's own reader.

use std::{collections::BTreeMap, collections::BTreeSet, sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    config::{
        actions,
        channels::severity,
        context::Context,
        global::{Inherited, notices},
        host, http, job, push,
        section::Section,
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
    found.iter().filter_map(|(section, word)| check(section, word, inherited, &mut names)).collect()
}

fn check(
    section: &Section<'_>,
    word: &str,
    inherited: &Inherited,
    names: &mut Names<'_>,
) -> Option<Arc<Check>> {
    let inherited = &*host::inherited(word, inherited);
    let name = section.name_text("name");
    if let Some(name) = &name {
        names.take(section, name);
    }
    let display_name = section.text("display_name");
    let enabled = section.bool("enabled").unwrap_or(true);
    let severity = section.word("severity").and_then(severity).unwrap_or_default();
    let timezone = section.zone("timezone").unwrap_or_else(|| inherited.timezone.clone());
    let schedule = schedule(section, word, inherited, &timezone);
    let timeout = section.seconds("timeout_s").unwrap_or(inherited.timeout);
    let retries = section.small("retries").unwrap_or(inherited.retries);
    let backoff = section.seconds("retry_backoff_s").unwrap_or(inherited.backoff);
    let reminder_every = section.seconds("reminder_every_s").unwrap_or(inherited.reminder_every);
    let on_fail = section.section("on_fail");
    let notify_on = notify_on(section, &on_fail, word, inherited);
    let spec = spec(section, word, inherited);
    let actions = actions::read(&on_fail, &inherited.actions, spec.as_ref());
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
        "agent" | "host" => host::read(section),
        "http" => http::read(section, inherited.limits).map(Spec::Http),
        "job" => job::read(section).map(Spec::Job),
        "push" => push::read(section),
        _ => None,
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

/// The names of the checks so far, with their places.
struct Names<'a> {
    context: &'a Context<'a>,
    seen: BTreeMap<String, Path>,
}

impl Names<'_> {
    fn take(&mut self, section: &Section<'_>, name: &str) {
        let Some(node) = section.find("name") else {
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
