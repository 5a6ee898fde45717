//! Where notices go: one route a recipient, each delivered to on its own, one file a kind.
//! A delivery is one attempt with a deadline; whether and when another follows is the engine's
//! decision. Nothing leaves here before the secrets in it are masked.

mod command;
mod console;
mod email;
mod message;
mod ntfy;
mod places;
mod post;
mod senders;
mod slack;
mod teams;
mod telegram;
mod twilio;
mod webhook;

use std::{collections::BTreeSet, sync::Arc};

use engine::{
    config::Config,
    effect::{Delivery, DeliveryError, Route},
    event::ChannelName,
};
use jiff::tz::TimeZone;

pub use console::Console;
pub use places::ChannelError;

use crate::{command::Command, http::HttpClient, mailer::Mailer, settings::Settings};
use message::Message;
use places::{Place, Target};

/// What notices leave through.
#[derive(Clone, Debug)]
pub struct Outlets {
    /// For webhooks.
    pub http: HttpClient,
    /// For mail; absent when there is no mail server.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// For people who look at a terminal.
    pub console: Console,
    /// For programs that take notices.
    pub command: Arc<dyn Command>,
}

/// All places that notices go to, and the means to reach them.
#[derive(Debug)]
pub struct Notifiers {
    places: Vec<Place>,
    off: Vec<String>,
    aliases: Vec<(String, ChannelName)>,
    settings: Settings,
    zone: TimeZone,
    outlets: Outlets,
}

impl Notifiers {
    /// The places that the settings and the configuration name, with one log line for each that
    /// is switched off.
    ///
    /// # Errors
    /// Names the first channel whose address or template is not usable.
    pub fn new(
        settings: &Settings,
        config: &Config,
        outlets: Outlets,
    ) -> Result<Self, ChannelError> {
        let found = places::find(settings, &config.global, outlets.mailer.is_some())?;
        let mut notifiers = Self {
            places: found.places,
            off: found.off,
            aliases: found.aliases,
            settings: settings.hiding(config),
            zone: config.global.timezone.clone(),
            outlets,
        };
        notifiers.look_for_reports_to_nobody(config);
        for reason in &notifiers.off {
            tracing::info!("{reason}");
        }
        Ok(notifiers)
    }

    fn look_for_reports_to_nobody(&mut self, config: &Config) {
        let wanted = config.global.morning_report.iter().flat_map(|report| &report.channels);
        let nobody = wanted.filter(|name| self.meant_by(name).is_empty());
        let told = |name| format!("no morning report goes to `{name}`: there is no such channel");
        self.off.extend(nobody.map(told).collect::<Vec<_>>());
    }

    /// A text without the secrets of the environment and of the configuration.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.settings.mask(text)
    }

    /// The routes in the order in which they are told.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        self.places.iter().map(|place| place.route.clone()).collect()
    }

    /// Why each channel that is switched off is, one sentence each.
    #[must_use]
    pub fn off(&self) -> &[String] {
        &self.off
    }

    /// The routes that the channel names of the configuration stand for: an `email` channel has
    /// one for each recipient. No names at all means every route; a name that stands for no route
    /// is kept, so that it does not turn into every route.
    #[must_use]
    pub fn resolve(&self, names: &[ChannelName]) -> Vec<ChannelName> {
        if names.is_empty() {
            return self.routes().into_iter().map(|route| route.channel).collect();
        }
        let routes = |name: &ChannelName| match self.meant_by(name) {
            routes if routes.is_empty() => vec![name.clone()],
            routes => routes,
        };
        let mut seen = BTreeSet::new();
        names.iter().flat_map(routes).filter(|route| seen.insert(route.clone())).collect()
    }

    fn meant_by(&self, name: &ChannelName) -> Vec<ChannelName> {
        let alias = |route: &ChannelName| self.aliases.iter().any(|(a, r)| a == name && r == route);
        let routes = self.places.iter().map(|place| &place.route.channel);
        routes.filter(|route| *route == name || alias(route)).cloned().collect()
    }

    /// Makes one attempt. `Ok` means that the receiver has accepted the notice.
    ///
    /// # Errors
    /// Says why it did not, secrets masked.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError> {
        let place = self.places.iter().find(|place| place.route.channel == delivery.channel);
        let Some(place) = place else {
            return Err(gone(&delivery.channel));
        };
        let message = Message::of(delivery, &self.settings, &self.zone);
        let masked = |error: DeliveryError| DeliveryError {
            message: self.settings.mask(&error.message),
            ..error
        };
        self.attempt(place, &message, delivery.attempt).await.map_err(masked)
    }

    async fn attempt(
        &self,
        place: &Place,
        message: &Message<'_>,
        attempt: u32,
    ) -> Result<(), DeliveryError> {
        let http = &self.outlets.http;
        match &place.target {
            Target::Console => self.outlets.console.notice(message, None),
            Target::Email(route) => {
                let sent = email::send(self.outlets.mailer.as_deref(), route, message).await;
                self.copy_to_console(message, attempt, &sent);
                sent
            }
            Target::Webhook(webhook) => webhook::send(http, webhook, message).await,
            Target::Slack(url) => slack::send(http, url, message).await,
            Target::Teams(url) => teams::send(http, url, message).await,
            Target::Telegram(bot) => telegram::send(http, bot, message).await,
            Target::Twilio(account) => twilio::send(http, account, message).await,
            Target::Ntfy(topic) => ntfy::send(http, topic, message).await,
            Target::Command(program) => {
                command::send(&*self.outlets.command, program, message).await
            }
        }
    }

    /// A notice whose first mail fails is shown at once: somebody may be looking.
    fn copy_to_console(
        &self,
        message: &Message<'_>,
        attempt: u32,
        sent: &Result<(), DeliveryError>,
    ) {
        if let Err(error) = sent
            && attempt == 1
        {
            let why = format!("mail failed: {}", self.settings.mask(&error.message));
            if let Err(error) = self.outlets.console.notice(message, Some(&why)) {
                tracing::warn!(error = error.message, "the console takes no copy of a notice");
            }
        }
    }
}

fn gone(channel: &ChannelName) -> DeliveryError {
    DeliveryError::refused(format!("there is no channel `{channel}` any more"))
}
