//! Whether a run proves anything: what must have happened (`sometimes`), and faults that never bit.

use super::{
    facts::Facts,
    plain,
    times::{resolve, text},
};
use crate::{
    naive::Asked,
    played::FaultSpan,
    scenario::{Doing, FaultStep, Happening, Ms, Realm, Step},
    verdict::Finding,
};
use engine::{Check, bound::bound, config::Spec};

pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<_> = facts
        .scenario
        .sometimes
        .iter()
        .filter(|must| !happened(facts, &must.id, must.what))
        .map(|must| {
            let message =
                format!("`{}.{}` did not happen: the run proves nothing", must.id, word(must.what));
            let actual = Some(counts(facts, &must.id));
            let help = why_not(facts, &must.id);
            Finding { place: Some(must.place), actual, help, ..plain("sometimes", message) }
        })
        .collect();
    let named = |id: &str| facts.scenario.sometimes.iter().any(|must| must.id == id);
    let steps = facts.scenario.timeline.iter().filter(|step| !named(&step.id));
    found.extend(steps.filter_map(|step| toothless(facts, step)));
    found.extend(never_came(facts));
    found
}

/// What would have let the fault of this id strike.
fn why_not(facts: &Facts<'_>, id: &str) -> Vec<String> {
    let step = facts.scenario.timeline.iter().find(|step| step.id == id);
    let span = facts.played.faults.iter().find(|span| span.id == id && span.injected == 0);
    step.zip(span).map(|(step, span)| help(facts, step, Some(span))).unwrap_or_default()
}

/// What was to happen and hung on something that did not: a step, or the end of the run.
fn never_came(facts: &Facts<'_>) -> Vec<Finding> {
    let missing = facts.scenario.timeline.iter().filter(|step| {
        !facts.played.steps.contains_key(&step.id) && !matches!(step.doing, Doing::Fault(_))
    });
    let steps = missing.map(|step| {
        let why =
            resolve(facts, &step.at).err().unwrap_or_else(|| "the run ended before".to_owned());
        let message = format!("this step never came: {why}");
        Finding { place: Some(step.place), ..plain("sometimes", message) }
    });
    let run = facts.scenario.run.as_ref().and_then(|run| resolve(facts, run).err());
    let run = run.map(|why| {
        plain("sometimes", format!("the end of the run hangs on what never came: {why}"))
    });
    steps.chain(run).collect()
}

const fn word(what: Happening) -> &'static str {
    match what {
        Happening::Matched => "matched",
        Happening::Injected => "injected",
        Happening::Ended => "ended",
    }
}

/// The faults of a step: its own, or those that its switches began.
fn spans<'a>(facts: &'a Facts<'_>, id: &str) -> Vec<&'a FaultSpan> {
    let own = facts.played.faults.iter().filter(|span| span.id == id);
    let mut found: Vec<_> = own.collect();
    let step = facts.scenario.timeline.iter().find(|step| step.id == id);
    if let Some(Step { doing: Doing::Toggle(wish), .. }) = step {
        let start = facts.played.steps.get(id).map_or(0, |(start, _)| *start);
        let begun = |span: &&FaultSpan| wish.contains_key(&span.id) && span.start == start;
        found.extend(facts.played.faults.iter().filter(begun));
    }
    found
}

fn happened(facts: &Facts<'_>, id: &str, what: Happening) -> bool {
    let spans = spans(facts, id);
    match what {
        Happening::Matched => spans.iter().any(|span| span.matched > 0),
        Happening::Injected => spans.iter().any(|span| span.injected > 0),
        Happening::Ended => facts.played.steps.get(id).is_some_and(|(_, end)| end.is_some()),
    }
}

fn counts(facts: &Facts<'_>, id: &str) -> String {
    let spans = spans(facts, id);
    if spans.is_empty() {
        return "it never began".to_owned();
    }
    let matched: u64 = spans.iter().map(|span| span.matched).sum();
    let injected: u64 = spans.iter().map(|span| span.injected).sum();
    format!("it was met {matched} times and struck {injected} times")
}

/// A fault that could have struck and never did, so that nothing was rehearsed.
fn toothless(facts: &Facts<'_>, step: &Step) -> Option<Finding> {
    let Doing::Fault(fault) = &step.doing else { return None };
    let span = facts.played.faults.iter().find(|span| span.id == step.id);
    let span = match span {
        Some(span) if span.injected > 0 || fault.kind == "noop" => return None,
        Some(span) if span.matched == 0 && is_story_of_nobody_there(facts, step, span) => {
            return None;
        }
        other => other,
    };
    let message = match span {
        Some(_) => format!("the fault `{}` never bit: the run proves nothing", step.id),
        None => format!("the fault `{}` never began: the run ended before", step.id),
    };
    let help = help(facts, step, span);
    let actual = Some(counts(facts, &step.id));
    Some(Finding { place: Some(step.place), actual, help, ..plain("sometimes", message) })
}

fn help(facts: &Facts<'_>, step: &Step, span: Option<&FaultSpan>) -> Vec<String> {
    let Doing::Fault(fault) = &step.doing else { return Vec::new() };
    let on = fault.step.get("on").and_then(serde_json::Value::as_str);
    if let (Realm::Machine, true, Some(why)) =
        (fault.realm, span.is_some_and(|span| span.matched == 0), unmet(fault))
    {
        return vec![format!("{why} while it held")];
    }
    if let Some(when) = fault.step.get("when").filter(|_| span.is_some_and(|s| s.matched == 0)) {
        return vec![format!("nothing was asked while its `when` held: {when}")];
    }
    let around = matches!(fault.realm, Realm::Network | Realm::Host | Realm::Push);
    let unmet_now = !around && span.is_some_and(|span| span.matched == 0);
    if unmet_now && facts.checks().any(|check| asks(check, on)) {
        let text = "nobody asked while it held: let it last longer than an interval, or move it";
        return vec![text.to_owned()];
    }
    match (span, on.filter(|_| !around)) {
        (Some(span), Some(on)) if span.matched == 0 => {
            let asked: Vec<_> = facts.checks().filter_map(|check| line(check)).collect();
            vec![format!("nothing asked {on} while it held; the checks ask {}", asked.join(", "))]
        }
        (Some(span), _) if span.matched == 0 && unmet(fault).is_some() => {
            unmet(fault).map(|why| vec![format!("{why} while it held")]).unwrap_or_default()
        }
        (Some(span), _) if span.matched > 0 => {
            vec!["raise `p`, lower `skip`, or let it last longer".to_owned()]
        }
        _ => vec![format!("the run ended at {}", text(facts.played.end))],
    }
}

/// What would have met a fault that is on no route, had there been any.
fn unmet(fault: &FaultStep) -> Option<&'static str> {
    match (fault.realm, fault.kind.as_str()) {
        (Realm::App, "job") => Some("no job was started or came to its end"),
        (Realm::App, "remedy") => Some("nobody asked for the remedy"),
        (Realm::Mail, _) => Some("no mail was sent"),
        (Realm::Dns, _) => Some("no name was looked up: the checks ask addresses, or nobody asked"),
        (Realm::Disk, "disk.bit_flip" | "disk.short_read") => {
            Some("the checker, which reads when it starts, was not started")
        }
        (Realm::Disk, "disk.torn_write") => Some("no power failure (`kill: machine`) came"),
        (Realm::Disk, _) => Some("nothing was written"),
        (Realm::Machine, "unit.restart") => Some("no unit was restarted"),
        (Realm::Machine, "sudo") => Some("nothing was run through sudo"),
        (Realm::Machine, "log") => Some("no line was due in the log, which gets one a minute,"),
        (Realm::Machine, _) => Some("nobody asked"),
        (Realm::Network, "dns.answer") => Some("no `dns` check asked for such a name"),
        (Realm::Network, "ping.answer") => Some("no `ping` check asked such a host"),
        (Realm::Network, _) => Some("nobody went by a name or to another machine"),
        (Realm::Host, _) => Some("no `host` check looked at the machine"),
        (Realm::Push, _) => Some("nothing was to call: no `push` check, or `every` is longer"),
        (Realm::App | Realm::Clock | Realm::Checker, _) => None,
    }
}

/// A short outage between two looks, or one while the checker was down, is a story of its own.
fn is_story_of_nobody_there(facts: &Facts<'_>, step: &Step, span: &FaultSpan) -> bool {
    if span.realm != Realm::App {
        return false;
    }
    let Doing::Fault(fault) = &step.doing else { return false };
    let end = span.end.unwrap_or(facts.played.end);
    let down = facts.played.downs.iter().any(|down| down.from < end && span.start < down.to);
    let on = fault.step.get("on").and_then(serde_json::Value::as_str);
    let asked =
        facts.checks().filter(|check| asks(check, on)).min_by_key(|check| detect(facts, check));
    asked.is_some_and(|check| down || end - span.start < detect(facts, check))
}

fn detect(facts: &Facts<'_>, check: &Check) -> Ms {
    engine::time::millis(bound(check, facts.scenario.start).detect)
}

fn line(check: &Check) -> Option<String> {
    if let Spec::Http(http) = &check.spec {
        return Some(Asked::of(&http.request).line());
    }
    if let Spec::Tcp(tcp) = &check.spec {
        // A request that is written out by hand is one all the same.
        let mut words = tcp.send.as_deref()?.split_whitespace();
        return Some(format!("{} {}", words.next()?, words.next()?));
    }
    matches!(check.spec, Spec::Job(_)).then(|| "GET /jobs/*/status".to_owned())
}

/// Whether a check asks what a fault is on.
fn asks(check: &Check, on: Option<&str>) -> bool {
    let line = line(check).unwrap_or_default();
    match on {
        None | Some("net") => true,
        Some("db") => line.contains("/db/"),
        Some("queue") => line.contains("/queue/"),
        Some(on) if on.starts_with("job") => line.contains("/jobs/"),
        Some(on) => {
            let on = if on.contains(' ') { on.to_owned() } else { format!("* {on}") };
            let (method, path) = on.split_once(' ').unwrap_or(("*", "*"));
            let (asked, target) = line.split_once(' ').unwrap_or_default();
            let target = target.split('?').next().unwrap_or_default();
            (method == "*" || method.eq_ignore_ascii_case(asked)) && glob(path.trim(), target)
        }
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}
