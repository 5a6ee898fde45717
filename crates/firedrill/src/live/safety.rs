//! What must not be played live, and what cannot be: looked at before anything is touched. Live
//! runs stay on this machine, and run nothing on it but the programs under test.

use std::{net::IpAddr, time::Duration};

use checker::mailer::SEND_LIMIT;
use engine::{
    NoticeKind,
    config::{Action, ActionKind, ChannelKind, Config, Ntfy, Spec, Telegram, Twilio},
    outbox::{CHANNEL_WAIT_MAX, FIRST_WAIT},
};
use url::{Host, Url};

use super::{config::unscalable, scale::Scale};
use crate::scenario::{
    Doing, EditedFile, FaultStep, PageExpect, Realm, Scenario, Step, Target, variable,
};

/// What is there to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// A stack of our own.
    Own,
    /// A mock app and a checker that somebody else started.
    Foreign,
}

/// Why a scenario cannot be played live; nothing when it can. The configuration has been read with
/// another address of the mock app than the usual one.
pub(super) fn refused(
    scenario: &Scenario,
    config: &Config,
    scale: Scale,
    ground: Ground,
) -> Option<String> {
    let steps = scenario.timeline.iter().find_map(|step| refused_step(step, ground));
    let checks = || match ground {
        Ground::Own => dangerous(scenario, config),
        Ground::Foreign => None,
    };
    let short = || too_short(scenario, config, scale).or_else(|| stale(scenario, scale));
    steps.or_else(checks).or_else(short).or_else(|| {
        let pages = ground == Ground::Foreign && !scenario.expect.pages.is_empty();
        pages.then(|| "it expects pages, and no dashboard is known here".to_owned())
    })
}

fn refused_step(step: &Step, ground: Ground) -> Option<String> {
    let line = step.place.line;
    let why = match &step.doing {
        Doing::Fault(fault) => refused_fault(fault, ground)?,
        Doing::Kill { target: Target::Machine, .. } => "a machine cannot be killed live".to_owned(),
        Doing::Edit { file: EditedFile::Other(path), .. } if !stays_inside(path) => {
            format!("`{path}` is not inside the checker's folder")
        }
        Doing::Kill { .. } | Doing::Restart { .. } | Doing::Pause { .. } | Doing::Edit { .. } => {
            if ground == Ground::Own {
                return None;
            }
            "a checker that somebody else started is neither stopped nor edited".to_owned()
        }
        Doing::Toggle(_) | Doing::Heal(_) | Doing::RunJob(_) => return None,
    };
    Some(format!("line {line}: {why}"))
}

fn refused_fault(fault: &FaultStep, ground: Ground) -> Option<String> {
    if fault.step.get("shape").is_some_and(|shape| shape.get("cron").is_some()) {
        return Some(
            "a cron expression follows the clock on the wall, not the scenario".to_owned(),
        );
    }
    let part = match (fault.realm, ground) {
        (Realm::App, _) | (Realm::Mail, Ground::Own) => return None,
        (Realm::Mail, Ground::Foreign) => "the mail server of a checker that somebody else started",
        (Realm::Clock, _) => "the clock of this machine",
        (Realm::Disk, _) => "the disk of this machine",
        (Realm::Dns, _) => "the resolver of this machine",
        (Realm::Network, _) => "the network of this machine",
        (Realm::Host, _) => "the load of this machine",
        (Realm::Push, _) => "a call from outside",
        (Realm::Checker, _) => "a storage operation of a real checker",
        (Realm::Machine, _) => "units, logs, processes and programs of this machine",
    };
    Some(format!("{} is played in virtual time only: {part} cannot be broken", fault.kind))
}

fn stays_inside(path: &str) -> bool {
    let parts = std::path::Path::new(path).components();
    parts.into_iter().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Anything that would reach beyond the stack that we start.
fn dangerous(scenario: &Scenario, config: &Config) -> Option<String> {
    let far = addresses(config).into_iter().find(|(_, address)| !is_near(address));
    if let Some((what, address)) = far {
        return Some(format!(
            "{what} is at {address}, which is not on this machine; live runs stay on loopback"
        ));
    }
    if let Some(why) = program(config) {
        return Some(why);
    }
    let base = variable("MOCKAPP_BASE");
    let fixed = |address: &str| {
        let of = |base: &str| {
            address.starts_with(base) || address.strip_prefix("tcp") == base.strip_prefix("http")
        };
        base.as_deref().is_some_and(of)
    };
    if let Some((what, address)) = addresses(config).into_iter().find(|one| fixed(&one.1)) {
        return Some(format!(
            "{what} is at {address}; write {{MOCKAPP_BASE}}, because the mock app is elsewhere live"
        ));
    }
    let flags = &scenario.flags;
    let runs = |action: &Action| match &action.kind {
        _ if flags.no_actions || !action.enabled || !config.global.actions.enabled => None,
        ActionKind::Restart { .. } if flags.no_restart || !config.global.actions.restart => None,
        ActionKind::Restart { unit, .. } => Some(format!("restart {unit}")),
        ActionKind::Command { argv } => Some(format!("run {}", argv.join(" "))),
        ActionKind::HttpPost { .. } => None,
    };
    config.enabled().find_map(|check| {
        let what = check.actions.iter().find_map(runs)?;
        Some(format!(
            "{} would {what} on this machine for real; add `flags: [--no-actions]` or play it in \
             virtual time",
            check.name
        ))
    })
}

/// Every address that the checker would ask or write to.
fn addresses(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for check in config.enabled() {
        let url = check.spec.url().map(|url| url.to_string()).or_else(|| reached(&check.spec));
        found.extend(url.map(|url| (check.name.to_string(), url)));
        let posts = check.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::HttpPost { url, .. } => Some(url.to_string()),
            ActionKind::Restart { .. } | ActionKind::Command { .. } => None,
        });
        found.extend(posts.map(|url| (format!("an action of {}", check.name), url)));
    }
    let channels = config.global.channels.iter().filter_map(|channel| match &channel.kind {
        ChannelKind::Webhook { url, .. }
        | ChannelKind::Slack { url }
        | ChannelKind::Teams { url }
        | ChannelKind::Ntfy(Ntfy { url, .. }) => Some((channel, url.clone())),
        // Without credentials they are off: a live run has none in its environment.
        ChannelKind::Telegram(Telegram { token: secret, api, .. }) if !secret.is_empty() => {
            Some((channel, api_of(api, TELEGRAM_API)))
        }
        ChannelKind::Twilio(Twilio { auth_token: secret, api, .. }) if !secret.is_empty() => {
            Some((channel, api_of(api, TWILIO_API)))
        }
        ChannelKind::Telegram(_) | ChannelKind::Twilio(_) => None,
        ChannelKind::Console | ChannelKind::Email { .. } | ChannelKind::Command(_) => None,
    });
    let written = channels.filter(|(_, url)| !url.trim().is_empty());
    found.extend(written.map(|(channel, url)| (format!("channel {}", channel.name), url)));
    found
}

/// What a check that does not speak HTTP reaches, written like an address. The name server of this
/// machine is asked by everything that runs on it.
fn reached(spec: &Spec) -> Option<String> {
    if let Spec::Tcp(tcp) = spec {
        return Some(format!("tcp://{}", tcp.target));
    }
    if let Spec::Dns(dns) = spec {
        return dns.server.as_ref().map(|server| format!("dns://{server}"));
    }
    let Spec::Ping(ping) = spec else { return None };
    let brackets = ping.host.contains(':');
    Some(if brackets { format!("icmp://[{}]", ping.host) } else { format!("icmp://{}", ping.host) })
}

/// Where a channel writes to that names no address.
const TELEGRAM_API: &str = "https://api.telegram.org/";
const TWILIO_API: &str = "https://api.twilio.com/";

fn api_of(written: &Option<String>, usual: &str) -> String {
    written.clone().unwrap_or_else(|| usual.to_owned())
}

/// A channel that would start a program. Nobody can say of one what it does.
fn program(config: &Config) -> Option<String> {
    config.global.channels.iter().find_map(|channel| {
        let ChannelKind::Command(program) = &channel.kind else { return None };
        Some(format!(
            "channel {} would run {} on this machine for real; play it in virtual time",
            channel.name,
            program.argv.join(" ")
        ))
    })
}

/// Whether an address is on this machine.
pub(super) fn is_near(address: &str) -> bool {
    let Ok(url) = Url::parse(address.trim()) else {
        return false;
    };
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        // Behind a scheme that is not the web's an address is not read as one.
        Some(Host::Domain(name)) => {
            let near = |ip: IpAddr| ip.is_loopback();
            name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(near)
        }
        None => false,
    }
}

/// Deadlines of jobs that cannot come so much earlier, when one is to be missed. Otherwise they come
/// later than they should, where nobody waits for them.
fn too_short(scenario: &Scenario, config: &Config, scale: Scale) -> Option<String> {
    let missed = scenario.expect.alerts.iter().any(|alert| alert.event == NoticeKind::DeadlineMiss);
    unscalable(config, scale).into_iter().next().filter(|_| missed)
}

/// A board that is to say STALE, which it does after 90 s, however short an interval is.
fn stale(scenario: &Scenario, scale: Scale) -> Option<String> {
    let says = |page: &PageExpect| page.contains.iter().any(|text| text.contains("STALE"));
    let page = scenario.expect.pages.iter().find(|page| says(page)).filter(|_| scale.0 > 1.0)?;
    let line = page.place.line;
    Some(format!("line {line}: the board says STALE after 90 s, which cannot be divided"))
}

/// How much later than in virtual time a notice may come that did not go out at once: what the
/// checker waits between two deliveries, and the limit of one, are the same at every scale. In
/// real time.
pub(super) fn delivery_slack(scenario: &Scenario, config: &Config, scale: Scale) -> Duration {
    if scale.0 <= 1.0 {
        return Duration::ZERO;
    }
    let is_web = |kind: &ChannelKind| match kind {
        ChannelKind::Webhook { .. }
        | ChannelKind::Slack { .. }
        | ChannelKind::Teams { .. }
        | ChannelKind::Telegram(_)
        | ChannelKind::Twilio(_)
        | ChannelKind::Ntfy(_) => true,
        ChannelKind::Console | ChannelKind::Email { .. } | ChannelKind::Command(_) => false,
    };
    let webhooks = config.global.channels.iter().any(|channel| is_web(&channel.kind));
    let waits = scenario.timeline.iter().filter_map(|step| match &step.doing {
        Doing::Fault(fault) if stops_notices(fault, webhooks) => {
            let lasts = fault.lasts.map_or(CHANNEL_WAIT_MAX, |lasts| scale.real(lasts));
            // The waits double, so that the next one is as long as all before it.
            let wait = (lasts + FIRST_WAIT).min(CHANNEL_WAIT_MAX);
            let hangs = matches!(fault.kind.as_str(), "mail.stall" | "mail.slow");
            Some(if hangs { wait + SEND_LIMIT } else { wait })
        }
        Doing::Fault(_)
        | Doing::Toggle(_)
        | Doing::Heal(_)
        | Doing::RunJob(_)
        | Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. } => None,
    });
    waits.max().unwrap_or_default()
}

/// Whether notices cannot be delivered while a fault lasts.
fn stops_notices(fault: &FaultStep, webhooks: bool) -> bool {
    let on = fault.step.get("on").and_then(serde_json::Value::as_str);
    match fault.realm {
        Realm::Mail => true,
        Realm::App => webhooks && on.is_none_or(|on| on.contains("/webhook") || on.contains('*')),
        Realm::Network => fault.kind == "checker.offline",
        Realm::Clock | Realm::Disk | Realm::Dns | Realm::Checker => false,
        Realm::Machine | Realm::Host | Realm::Push => false,
    }
}
