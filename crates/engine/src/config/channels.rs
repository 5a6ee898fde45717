//! The list `global.notify.channels`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{
        section::Section,
        senders,
        types::{Channel, ChannelKind},
        yaml::Path,
    },
    status::Severity,
};

/// Reads the channels. Wrong ones have been reported and are left out.
pub(super) fn read(notify: &Section<'_>) -> Vec<Channel> {
    let mut seen = BTreeMap::new();
    let found = notify.variants("channels");
    found.iter().filter_map(|(section, word)| channel(section, word, &mut seen)).collect()
}

fn channel(
    section: &Section<'_>,
    word: &str,
    seen: &mut BTreeMap<String, Path>,
) -> Option<Channel> {
    let name = match section.has("name") {
        true => section.name_text("name"),
        false => Some(word.to_owned()),
    };
    let severities = severities(section);
    let kind = kind(section, word);
    let name = name?;
    if let Some(first) = seen.get(&name) {
        let problem = section.problem(format!("there are two channels `{name}`"));
        let problem = problem.related("the first one is", first);
        section.context.report(problem.help("give each a `name` of its own"));
    }
    seen.entry(name.clone()).or_insert_with(|| section.path.clone());
    Some(Channel { name, kind: kind?, severities })
}

fn kind(section: &Section<'_>, word: &str) -> Option<ChannelKind> {
    match word {
        "console" => Some(ChannelKind::Console),
        "email" => Some(ChannelKind::Email { to: recipients(section) }),
        "webhook" => {
            let headers = section.headers("headers").into_iter().collect();
            let template = section.free_text("template");
            section.url_or_nothing("url").map(|url| ChannelKind::Webhook { url, headers, template })
        }
        "slack" => section.url_or_nothing("url").map(|url| ChannelKind::Slack { url }),
        "teams" => section.url_or_nothing("url").map(|url| ChannelKind::Teams { url }),
        "telegram" => Some(ChannelKind::Telegram(senders::telegram(section))),
        "twilio" => Some(ChannelKind::Twilio(senders::twilio(section))),
        "ntfy" => senders::ntfy(section).map(ChannelKind::Ntfy),
        "command" => senders::program(section).map(ChannelKind::Command),
        _ => None,
    }
}

/// Addresses; one text may hold several, separated by commas, as `MAIL_TO` does.
fn recipients(section: &Section<'_>) -> Vec<String> {
    let texts = section.texts("to").unwrap_or_default();
    let all = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    let all: Vec<_> = all.filter(|one| !one.is_empty()).map(str::to_owned).collect();
    if let Some(node) = section.find("to")
        && let Some(bad) = all.iter().find(|one| !is_address(one))
    {
        let index = texts.iter().position(|text| text.contains(bad.as_str()));
        let problem = match (node.yaml, index) {
            (crate::config::yaml::Yaml::List(list), Some(index)) if index < list.len() => {
                node.item(index, &list[index]).problem("this is no mail address")
            }
            _ => node.problem("this is no mail address"),
        };
        section.context.report(problem.help("such as ops@example.org"));
    }
    all
}

fn is_address(text: &str) -> bool {
    let bare = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
    let parts = bare.split_once('@');
    parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !bare.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn severities(section: &Section<'_>) -> BTreeSet<Severity> {
    let words = section.words("severities").unwrap_or_default();
    words.into_iter().filter_map(severity).collect()
}

/// The severity of a word.
pub(super) fn severity(word: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.word() == word)
}
