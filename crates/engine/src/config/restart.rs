//! `restart` actions: what is restarted, when, and the one that `log_heartbeat` checks come with.

use std::time::Duration;

use crate::config::{
    section::Section,
    types::{Action, ActionKind, ActionLimits, RestartWhen, Spec},
    unit,
};

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>, watched: Option<&Spec>) -> Option<ActionKind> {
    let when = when(section, watched);
    let own = !section.has("unit");
    let unit = if own { own_unit(section, watched) } else { unit::read(section, &["unit"]) };
    // Who may look at a unit through sudo only may not restart it without.
    let like_the_check = own && watched.is_some_and(Spec::use_sudo);
    let use_sudo = section.bool("use_sudo").unwrap_or(like_the_check);
    Some(ActionKind::Restart { unit: unit?, use_sudo, when: when? })
}

/// The unit that the check looks at.
fn own_unit(section: &Section<'_>, watched: Option<&Spec>) -> Option<String> {
    let unit = watched?.unit();
    if unit.is_none() {
        section.context.report(section.missing("unit"));
    }
    unit.map(str::to_owned)
}

fn when(section: &Section<'_>, watched: Option<&Spec>) -> Option<RestartWhen> {
    let heartbeat = watched.is_none_or(is_heartbeat);
    match section.word("when") {
        Some("always") => Some(RestartWhen::Always),
        Some(_) if heartbeat => Some(RestartWhen::StaleAndNoClients),
        Some(word) => {
            let node = section.find("when")?;
            let problem = node.problem(format!("`{word}` goes with a log_heartbeat check"));
            node.refuse(problem.help("no other type knows of heartbeats and clients"))
        }
        None if section.has("when") => None,
        None => Some(default_when(watched)),
    }
}

fn default_when(watched: Option<&Spec>) -> RestartWhen {
    match watched.is_some_and(is_heartbeat) {
        true => RestartWhen::StaleAndNoClients,
        false => RestartWhen::Always,
    }
}

/// Whether restarts of the check run when nothing says whether they do.
pub(super) fn on_by_default(watched: Option<&Spec>) -> bool {
    !watched.is_some_and(is_heartbeat)
}

fn is_heartbeat(spec: &Spec) -> bool {
    matches!(spec, Spec::LogHeartbeat(_))
}

/// The restart that a `log_heartbeat` check has when none is written: switched off, so that the
/// journal tells what could have been done.
pub(super) fn standing(watched: Option<&Spec>, limits: &ActionLimits) -> Option<Action> {
    let spec = watched.filter(|spec| is_heartbeat(spec))?;
    let unit = spec.unit()?.to_owned();
    Some(Action {
        label: format!("restart {unit}"),
        kind: ActionKind::Restart { unit, use_sudo: false, when: RestartWhen::StaleAndNoClients },
        enabled: false,
        after_failures: 1,
        every: 0,
        cooldown: limits.cooldown,
        max_per_hour: limits.max_per_hour,
        timeout: Duration::from_secs(10),
    })
}
