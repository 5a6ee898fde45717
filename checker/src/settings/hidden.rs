//! Secrets that stand in the configuration instead of the environment: credentials in request
//! headers, and the addresses of incoming webhooks, which are credentials themselves.

use engine::config::{ActionKind, Channel, ChannelKind, Check, Config, Twilio, http_url, mask_url};
use url::Url;

use super::{Secret, Settings};
use crate::http::{base64, basic_authorization};

/// The shortest last part of a path that is taken for the secret of a webhook. Most are words with
/// digits; `firedrill` is not hidden wherever it stands.
const SHORTEST_PART: usize = 8;

impl Settings {
    /// The same settings that also know the secrets of this configuration, and in which forms
    /// the secrets of both are sent.
    #[must_use]
    pub fn hiding(&self, config: &Config) -> Self {
        let mut hiding = self.clone();
        hiding.hide_login();
        let hooks = [&self.n8n_webhook_url, &self.slack_webhook_url, &self.teams_webhook_url];
        for hook in hooks.into_iter().flatten() {
            hiding.hide_hook(hook.expose());
        }
        hiding.hide_bot(self.telegram.token.as_ref().map_or("", Secret::expose));
        hiding.hide_account(&Twilio::default());
        config.checks.iter().for_each(|check| hiding.hide_check(check));
        for key in config.nodes.peers.iter().filter_map(|peer| peer.api_key.as_ref()) {
            hiding.hide(key);
        }
        for channel in &config.global.channels {
            hiding.hide_channel(channel);
        }
        hiding
    }

    /// Hides what the mail server is sent of the password.
    fn hide_login(&mut self) {
        let Some(login) = self.smtp.as_ref().and_then(|smtp| smtp.login.clone()) else {
            return;
        };
        let pass = login.pass.expose();
        self.hide(&base64(pass.as_bytes()));
        self.hide(&base64(format!("\0{}\0{pass}", login.user).as_bytes()));
    }

    fn hide_check(&mut self, check: &Check) {
        self.hide(check.spec.secret().unwrap_or_default());
        check.spec.url().iter().for_each(|url| self.hide_address(url));
        check.spec.headers().iter().for_each(|(name, value)| self.hide_header(name, value));
        for action in &check.actions {
            if let ActionKind::HttpPost { url, .. } = &action.kind {
                self.hide_address(url);
            }
        }
    }

    fn hide_channel(&mut self, channel: &Channel) {
        match &channel.kind {
            ChannelKind::Console | ChannelKind::Email { .. } => {}
            ChannelKind::Webhook { url, headers, .. } => {
                self.hide_hook(url);
                headers.iter().for_each(|(name, value)| self.hide_header(name, value));
            }
            ChannelKind::Slack { url } | ChannelKind::Teams { url } => self.hide_hook(url),
            ChannelKind::Telegram(bot) => {
                self.hide_bot(&bot.token);
                self.hide_api(bot.api.as_deref());
            }
            ChannelKind::Twilio(account) => {
                self.hide_account(account);
                self.hide_api(account.api.as_deref());
            }
            ChannelKind::Ntfy(ntfy) => {
                self.hide_hook(&format!("{}/{}", ntfy.url.trim_end_matches('/'), ntfy.topic));
                self.hide_header("Authorization", &format!("Bearer {}", ntfy.token));
                self.hide_api(Some(&ntfy.url));
            }
            ChannelKind::Command(_) => {}
        }
    }

    /// Hides the token of a bot, and its part behind the colon, which is all that is secret of it.
    fn hide_bot(&mut self, token: &str) {
        self.hide(token);
        self.hide(token.split_once(':').map_or("", |(_, secret)| secret));
    }

    /// Hides the secret of an account, also as it is sent. What is empty comes from the environment.
    fn hide_account(&mut self, account: &Twilio) {
        let (sid, token) = self.twilio.login(account);
        let token = token.as_ref().map_or("", Secret::expose).to_owned();
        self.hide(&token);
        self.hide(&base64(format!("{}:{token}", sid.unwrap_or_default()).as_bytes()));
    }

    fn hide_api(&mut self, api: Option<&str>) {
        if let Some(url) = api.and_then(|api| http_url(api.trim()).ok()) {
            self.hide_address(&url);
        }
    }

    /// Hides the password and the secret-looking values of the query.
    fn hide_address(&mut self, url: &Url) {
        self.hide(url.password().unwrap_or_default());
        let basic = basic_authorization(url).unwrap_or_default();
        self.hide(basic.trim_start_matches("Basic "));
        let is_secret = |key: &str| mask_url(&format!("?{key}=x")).ends_with("=***");
        for (_, value) in url.query_pairs().filter(|(key, _)| is_secret(key)) {
            self.hide(&value);
        }
    }

    /// Hides the address of an incoming webhook: its path, too, is often all that is needed to
    /// use it.
    fn hide_hook(&mut self, written: &str) {
        self.hide(written.trim());
        let Ok(url) = http_url(written.trim()) else {
            return;
        };
        self.hide_address(&url);
        let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        if last.len() >= SHORTEST_PART {
            self.hide(url.path());
        }
        if last.len() >= SHORTEST_PART && last.contains(|c: char| c.is_ascii_digit()) {
            self.hide(last);
        }
    }

    /// Hides the value of a header that carries a credential, and the credential behind a scheme
    /// such as `Bearer`.
    fn hide_header(&mut self, name: &str, value: &str) {
        if is_secret_header(name) {
            self.hide(value);
            self.hide(value.split_once(' ').map_or("", |(_, credential)| credential.trim()));
        }
    }
}

fn is_secret_header(name: &str) -> bool {
    const PARTS: [&str; 6] = ["auth", "cookie", "token", "key", "secret", "pass"];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part)) && name != "idempotency-key"
}
