//! Finds the places that notices go to: what the environment and the configuration name, less
//! what is switched off. Pure; sends nothing.

use std::collections::BTreeSet;

use engine::{
    config::{Channel, ChannelKind, Global, Program, http_url},
    effect::Route,
    event::ChannelName,
    status::Severity,
};
use url::Url;

use super::{email::Letterhead, ntfy::Topic, telegram::Bot, twilio::Account, webhook::Webhook};
use crate::{
    mailer::Mailbox,
    settings::{Secret, Settings, Smtp, mailbox},
};

/// A channel of the configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("channel `{channel}`: {problem}")]
pub struct ChannelError {
    /// Which one.
    pub channel: ChannelName,
    /// Why not.
    pub problem: String,
}

/// A place with the means to reach it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) route: Route,
    pub(super) target: Target,
}

/// How a place is reached.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Console,
    Email(Letterhead),
    Webhook(Webhook),
    Slack(Url),
    Teams(Url),
    Telegram(Bot),
    Twilio(Account),
    Ntfy(Topic),
    Command(Program),
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) places: Vec<Place>,
    /// Why each channel that is switched off is.
    pub(super) off: Vec<String>,
    /// The routes of the channels that have several.
    pub(super) aliases: Vec<(String, ChannelName)>,
}

/// The name of the route to standard output, and of the group of all routes by mail.
const CONSOLE: &str = "console";
const EMAIL: &str = "email";

pub(super) fn find(
    settings: &Settings,
    global: &Global,
    has_mailer: bool,
) -> Result<Found, ChannelError> {
    let mut found = Found::default();
    let smtp = settings.smtp.as_ref().filter(|_| has_mailer);
    found.usual_mail(settings, smtp, global.email);
    for channel in &global.channels {
        found.configured(channel, settings, smtp)?;
    }
    found.usual_hook("n8n", settings.n8n_webhook_url.as_ref(), |url| {
        Target::Webhook(Webhook::workflow(url))
    })?;
    found.usual_hook("slack", settings.slack_webhook_url.as_ref(), Target::Slack)?;
    found.usual_hook("teams", settings.teams_webhook_url.as_ref(), Target::Teams)?;
    found.usual_senders(settings)?;
    if !found.places.iter().any(|place| matches!(place.target, Target::Email(_))) {
        found.last_resort();
    }
    Ok(found)
}

impl Found {
    fn usual_mail(&mut self, settings: &Settings, smtp: Option<&Smtp>, wanted: bool) {
        match (smtp, settings.mail_off()) {
            _ if !wanted => self.off.push("mail is off: notify.email is false".to_owned()),
            (Some(smtp), None) => self.mail(EMAIL, smtp, &smtp.to, &BTreeSet::new()),
            (_, why) => {
                self.off.push(why.unwrap_or("mail is off: there is no mail server").to_owned())
            }
        }
    }

    fn configured(
        &mut self,
        channel: &Channel,
        settings: &Settings,
        smtp: Option<&Smtp>,
    ) -> Result<(), ChannelError> {
        match &channel.kind {
            ChannelKind::Console => self.add(channel, Target::Console),
            ChannelKind::Email { to } => self.configured_mail(channel, to, smtp)?,
            ChannelKind::Webhook { url, headers, template } => {
                if let Some(url) = self.address(channel, url)? {
                    let webhook = Webhook::new(url, headers, template.clone());
                    self.add(channel, Target::Webhook(webhook.map_err(wrong(channel))?));
                }
            }
            ChannelKind::Slack { url } => {
                if let Some(url) = self.address(channel, url)? {
                    self.add(channel, Target::Slack(url));
                }
            }
            ChannelKind::Teams { url } => {
                if let Some(url) = self.address(channel, url)? {
                    self.add(channel, Target::Teams(url));
                }
            }
            ChannelKind::Telegram(bot) => self.bot(channel, bot, settings)?,
            ChannelKind::Twilio(account) => self.texts(channel, account, settings)?,
            ChannelKind::Ntfy(topic) => self.topic(channel, topic)?,
            ChannelKind::Command(program) => self.add(channel, Target::Command(program.clone())),
        }
        Ok(())
    }

    fn configured_mail(
        &mut self,
        channel: &Channel,
        to: &[String],
        smtp: Option<&Smtp>,
    ) -> Result<(), ChannelError> {
        let written = to.iter().map(|address| address.trim()).filter(|address| !address.is_empty());
        let bad =
            |address: &str| format!("`{address}` is not a mail address such as ops@example.org");
        let parse = |address: &str| mailbox(address).ok_or_else(|| bad(address));
        let to: Vec<Mailbox> =
            written.map(parse).collect::<Result<_, _>>().map_err(wrong(channel))?;
        match smtp {
            None => self.switched_off(channel, "SMTP_HOST is not set"),
            Some(smtp) if to.is_empty() && smtp.to.is_empty() => {
                self.switched_off(channel, "it has no recipient and MAIL_TO is not set");
            }
            Some(smtp) => {
                let to = if to.is_empty() { &smtp.to } else { &to };
                self.mail(&channel.name, smtp, to, &channel.severities);
            }
        }
        Ok(())
    }

    /// One route a recipient. Somebody who is named twice is told once, of the severities of both.
    fn mail(&mut self, name: &str, smtp: &Smtp, to: &[Mailbox], severities: &BTreeSet<Severity>) {
        for to in to {
            let channel = format!("{EMAIL}:{}", to.email);
            self.aliases.push((name.to_owned(), channel.clone()));
            let known = self.places.iter_mut().find(|place| place.route.channel == channel);
            if let Some(place) = known {
                widen(&mut place.route.severities, severities);
                continue;
            }
            let target = Target::Email(Letterhead { from: smtp.from.clone(), to: to.clone() });
            self.push(channel, severities, target);
        }
    }

    /// The address of a channel; an empty one switches it off.
    pub(super) fn address(
        &mut self,
        channel: &Channel,
        url: &str,
    ) -> Result<Option<Url>, ChannelError> {
        if url.trim().is_empty() {
            self.switched_off(channel, "its url is empty");
            return Ok(None);
        }
        let unusable = |error: String| format!("its url is not a web address: {error}");
        http_url(url.trim()).map(Some).map_err(|error| wrong(channel)(unusable(error)))
    }

    fn usual_hook(
        &mut self,
        name: &str,
        url: Option<&Secret>,
        target: impl Fn(Url) -> Target,
    ) -> Result<(), ChannelError> {
        let Some(url) = url else { return Ok(()) };
        let problem = |problem| ChannelError { channel: name.to_owned(), problem };
        let target = target(http_url(url.expose()).map_err(problem)?);
        if self.places.iter().any(|place| place.target == target) {
            return Ok(());
        }
        let taken = self.places.iter().any(|place| place.route.channel == name);
        let channel = if taken { format!("{name}:environment") } else { name.to_owned() };
        self.push(channel, &BTreeSet::new(), target);
        Ok(())
    }

    /// Without mail everything is shown on the console, whatever the configuration filters there.
    fn last_resort(&mut self) {
        let console = self.places.iter_mut().find(|place| place.target == Target::Console);
        match console {
            Some(place) => place.route.severities.clear(),
            None => self.push(CONSOLE.to_owned(), &BTreeSet::new(), Target::Console),
        }
    }

    pub(super) fn add(&mut self, channel: &Channel, target: Target) {
        self.push(channel.name.clone(), &channel.severities, target);
    }

    pub(super) fn push(
        &mut self,
        channel: ChannelName,
        severities: &BTreeSet<Severity>,
        target: Target,
    ) {
        let severities = severities.iter().copied().collect();
        self.places.push(Place { route: Route { channel, severities }, target });
    }

    pub(super) fn switched_off(&mut self, channel: &Channel, why: &str) {
        self.off.push(format!("channel `{}` is off: {why}", channel.name));
    }
}

/// Nothing listed means everything.
fn widen(severities: &mut Vec<Severity>, by: &BTreeSet<Severity>) {
    if by.is_empty() {
        severities.clear();
    } else if !severities.is_empty() {
        let both: BTreeSet<_> = severities.iter().chain(by).copied().collect();
        *severities = both.into_iter().collect();
    }
}

pub(super) fn wrong(channel: &Channel) -> impl Fn(String) -> ChannelError {
    let channel = channel.name.clone();
    move |problem| ChannelError { channel: channel.clone(), problem }
}
