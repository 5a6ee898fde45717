//! The list `on_fail.actions`.

use std::{collections::BTreeMap, time::Duration};

use url::Url;

use crate::config::{
    mask::mask_url,
    restart,
    section::Section,
    types::{Action, ActionKind, ActionLimits, Spec},
};

/// Reads the actions of a check. Wrong ones have been reported and are left out.
pub(super) fn read(
    on_fail: &Section<'_>,
    limits: &ActionLimits,
    watched: Option<&Spec>,
) -> Vec<Action> {
    let mut labels = BTreeMap::new();
    let found = on_fail.variants("actions");
    let read = found.iter().filter_map(|(section, word)| {
        let action = action(section, word, limits, watched)?;
        warn_other_host(section, &action.kind, watched);
        let label = unique(action.label, &mut labels);
        Some(Action { label, ..action })
    });
    let mut actions: Vec<_> = read.collect();
    if !found.iter().any(|(_, word)| *word == "restart") {
        actions.extend(restart::standing(watched, limits));
    }
    actions
}

fn action(
    section: &Section<'_>,
    word: &str,
    limits: &ActionLimits,
    watched: Option<&Spec>,
) -> Option<Action> {
    let on = word != "restart" || restart::on_by_default(watched);
    let enabled = section.bool("enabled").unwrap_or(on);
    let after_failures = section.small("after_failures").unwrap_or(1);
    let every = section.small("every").unwrap_or(0);
    let cooldown = section.seconds("cooldown_s").unwrap_or(limits.cooldown);
    let max_per_hour = section.small("max_per_hour").unwrap_or(limits.max_per_hour);
    let timeout = section.seconds("timeout_s").unwrap_or(Duration::from_secs(10));
    let kind = kind(section, word, watched)?;
    let label = label(&kind);
    Some(Action { label, kind, enabled, after_failures, every, cooldown, max_per_hour, timeout })
}

fn kind(section: &Section<'_>, word: &str, watched: Option<&Spec>) -> Option<ActionKind> {
    match word {
        "http_post" => {
            let payload = section.json("payload");
            let payload = payload.unwrap_or_else(|| serde_json::Value::Object(<_>::default()));
            section.url("url").map(|url| ActionKind::HttpPost { url, payload })
        }
        "restart" => restart::read(section, watched),
        "command" => argv(section).map(|argv| ActionKind::Command { argv }),
        _ => None,
    }
}

/// A program with its arguments.
pub(super) fn argv(section: &Section<'_>) -> Option<Vec<String>> {
    let argv = section.texts("argv")?;
    let node = section.find("argv")?;
    if argv.first().is_none_or(String::is_empty) {
        let problem = node.problem("`argv` names no program");
        return node.refuse(problem.help("such as argv: [/usr/local/bin/fix, --all]"));
    }
    if argv.iter().any(|part| part.contains('\0')) {
        return node.refuse(node.problem("`argv` holds a NUL character"));
    }
    Some(argv)
}

/// What identifies an action within its check.
pub(super) fn label(kind: &ActionKind) -> String {
    match kind {
        ActionKind::HttpPost { url, .. } => format!("http_post {}", mask_url(url.as_str())),
        ActionKind::Restart { unit, .. } => format!("restart {unit}"),
        ActionKind::Command { argv } => {
            format!("command {}", argv.first().map(String::as_str).unwrap_or_default())
        }
    }
}

/// Labels identify an action within its check: the second of the same gets ` #2`.
fn unique(label: String, seen: &mut BTreeMap<String, u32>) -> String {
    let count = seen.entry(label.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { label } else { format!("{label} #{count}") }
}

/// Resetting another host than the one that is watched is rarely meant.
fn warn_other_host(section: &Section<'_>, kind: &ActionKind, watched: Option<&Spec>) {
    let ActionKind::HttpPost { url, .. } = kind else {
        return;
    };
    let host = watched.and_then(Spec::url);
    let place = |url: &Url| (url.host_str().map(str::to_owned), url.port_or_known_default());
    let Some(node) = section.find("url") else {
        return;
    };
    if url.path().starts_with("/admin/") && host.is_some_and(|host| place(&host) != place(url)) {
        let message = "this remedy is not on the host that the check watches";
        section.context.report(node.problem(message).warning());
    }
}
