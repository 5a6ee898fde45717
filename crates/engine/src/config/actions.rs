//! The list `on_fail.actions`.

use std::{collections::BTreeMap, time::Duration};

use url::Url;

use crate::config::{
    mask::mask_url,
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
        let action = action(section, word, limits)?;
        warn_other_host(section, &action.kind, watched);
        let label = unique(action.label, &mut labels);
        Some(Action { label, ..action })
    });
    read.collect()
}

fn action(section: &Section<'_>, word: &str, limits: &ActionLimits) -> Option<Action> {
    let enabled = section.bool("enabled").unwrap_or(true);
    let after_failures = section.small("after_failures").unwrap_or(1);
    let every = section.small("every").unwrap_or(0);
    let cooldown = section.seconds("cooldown_s").unwrap_or(limits.cooldown);
    let max_per_hour = section.small("max_per_hour").unwrap_or(limits.max_per_hour);
    let timeout = section.seconds("timeout_s").unwrap_or(Duration::from_secs(10));
    let kind = kind(section, word)?;
    let label = label(&kind);
    Some(Action { label, kind, enabled, after_failures, every, cooldown, max_per_hour, timeout })
}

fn kind(section: &Section<'_>, word: &str) -> Option<ActionKind> {
    match word {
        "http_post" => {
            let payload = section.json("payload");
            let payload = payload.unwrap_or_else(|| serde_json::Value::Object(<_>::default()));
            section.url("url").map(|url| ActionKind::HttpPost { url, payload })
        }
        "restart" => {
            let use_sudo = section.bool("use_sudo").unwrap_or(false);
            unit(section).map(|unit| ActionKind::Restart { unit, use_sudo })
        }
        "command" => argv(section).map(|argv| ActionKind::Command { argv }),
        _ => None,
    }
}

/// A unit name that systemd would accept and that cannot be taken for an option.
fn unit(section: &Section<'_>) -> Option<String> {
    let unit = section.text("unit")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    if unit.chars().all(allowed) && !unit.starts_with('-') {
        return Some(unit);
    }
    let node = section.find("unit")?;
    let problem = node.problem("this is no name of a systemd unit");
    node.refuse(problem.help("letters, digits and : - _ . \\ @, not beginning with a dash"))
}

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

fn label(kind: &ActionKind) -> String {
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
