//! Finds the places of the channels that need an account: what the configuration says of it, and
//! what the environment says where the configuration does not. Sends nothing.

use engine::config::{self, Channel, ChannelKind, Ntfy, http_url};
use url::Url;

use super::{
    ntfy::Topic,
    places::{ChannelError, Found, Place, Target, wrong},
    telegram::{self, Bot},
    twilio::{self, Account},
};
use crate::settings::{Secret, Settings, TwilioVars};

impl Found {
    /// The accounts of the environment, unless a channel of the configuration uses them already.
    pub(super) fn usual_senders(&mut self, settings: &Settings) -> Result<(), ChannelError> {
        let mut usual = Self::default();
        if settings.telegram.token.is_some() {
            let bot = config::Telegram::default();
            let channel = channel("telegram", ChannelKind::Telegram(bot.clone()));
            usual.bot(&channel, &bot, settings)?;
        }
        if settings.twilio.auth_token.is_some() {
            let account = config::Twilio::default();
            let channel = channel("twilio", ChannelKind::Twilio(account.clone()));
            usual.texts(&channel, &account, settings)?;
        }
        self.off.append(&mut usual.off);
        for place in usual.places {
            self.beside_configured(place);
        }
        Ok(())
    }

    /// Somebody whom a channel of the configuration reaches in the same way is told by that alone.
    fn beside_configured(&mut self, mut place: Place) {
        if self.places.iter().any(|known| known.target == place.target) {
            return;
        }
        let route = &mut place.route.channel;
        let name = route.split(':').next().unwrap_or_default().to_owned();
        if self.places.iter().any(|known| known.route.channel == *route) {
            route.push_str(":environment");
        }
        self.aliases.push((name, route.clone()));
        self.places.push(place);
    }

    pub(super) fn bot(
        &mut self,
        channel: &Channel,
        bot: &config::Telegram,
        settings: &Settings,
    ) -> Result<(), ChannelError> {
        let (token, chat_id) = match settings.telegram.of(bot) {
            (Some(token), Some(chat_id)) => (token, chat_id),
            (None, _) => {
                self.lacks(channel, "token", "TELEGRAM_BOT_TOKEN");
                return Ok(());
            }
            (_, None) => {
                self.lacks(channel, "chat_id", "TELEGRAM_CHAT_ID");
                return Ok(());
            }
        };
        let api = api(channel, bot.api.as_deref(), telegram::API)?;
        let bot = Bot::new(api, token, chat_id).map_err(wrong(channel))?;
        self.add(channel, Target::Telegram(bot));
        Ok(())
    }

    /// One route a recipient.
    pub(super) fn texts(
        &mut self,
        channel: &Channel,
        account: &config::Twilio,
        settings: &Settings,
    ) -> Result<(), ChannelError> {
        let (login, from, recipients) = match numbers(&settings.twilio, account) {
            Ok(found) => found,
            Err((key, variable)) => {
                self.lacks(channel, key, variable);
                return Ok(());
            }
        };
        let api = api(channel, account.api.as_deref(), twilio::API)?;
        for to in recipients {
            let route = format!("{}:{to}", channel.name);
            let account = Account::new(&api, login.clone(), from.clone(), to);
            let account = account.map_err(wrong(channel))?;
            self.aliases.push((channel.name.clone(), route.clone()));
            // A number that is written twice is told once.
            if !self.places.iter().any(|place| place.route.channel == route) {
                self.push(route, &channel.severities, Target::Twilio(account));
            }
        }
        Ok(())
    }

    pub(super) fn topic(&mut self, channel: &Channel, ntfy: &Ntfy) -> Result<(), ChannelError> {
        let Some(url) = self.address(channel, &ntfy.url)? else { return Ok(()) };
        if ntfy.topic.is_empty() {
            self.switched_off(channel, "its topic is empty");
            return Ok(());
        }
        let token = (!ntfy.token.is_empty()).then(|| Secret::new(ntfy.token.clone()));
        let Ntfy { topic, title, tags, .. } = ntfy.clone();
        self.add(channel, Target::Ntfy(Topic { url, topic, title, tags, token }));
        Ok(())
    }

    fn lacks(&mut self, channel: &Channel, key: &str, variable: &str) {
        self.switched_off(channel, &format!("it has no {key} and {variable} is not set"));
    }
}

/// Account with secret, sender and recipients.
type Numbers = ((String, Secret), String, Vec<String>);

/// The same, or the key and the variable that say nothing.
fn numbers(
    vars: &TwilioVars,
    account: &config::Twilio,
) -> Result<Numbers, (&'static str, &'static str)> {
    let (sid, token) = vars.login(account);
    let sid = sid.ok_or(("account_sid", "TWILIO_ACCOUNT_SID"))?;
    let token = token.ok_or(("auth_token", "TWILIO_AUTH_TOKEN"))?;
    let from = vars.sender(account).ok_or(("from", "TWILIO_FROM"))?;
    match vars.recipients(account) {
        to if to.is_empty() => Err(("to", "TWILIO_TO")),
        to => Ok(((sid, token), from, to)),
    }
}

fn channel(name: &str, kind: ChannelKind) -> Channel {
    Channel { name: name.to_owned(), kind, severities: <_>::default() }
}

fn api(channel: &Channel, given: Option<&str>, usual: &str) -> Result<Url, ChannelError> {
    http_url(given.unwrap_or(usual)).map_err(wrong(channel))
}
