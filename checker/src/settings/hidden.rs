//! Secrets that stand in the configuration instead of the environment: credentials in request
//! headers, and the addresses of incoming webhooks, which are credentials themselves.

use engine::config::{Channel, ChannelKind, Config, Spec};

use super::Settings;

impl Settings {
    /// The same settings that also know the secrets of this configuration.
    #[must_use]
    pub fn hiding(&self, config: &Config) -> Self {
        let mut hiding = self.clone();
        for (name, value) in config
            .checks
            .iter()
            .flat_map(|check| headers_of(&check.spec))
        {
            hiding.hide_header(name, value);
        }
        for channel in &config.global.channels {
            hiding.hide_channel(channel);
        }
        hiding
    }

    fn hide_channel(&mut self, channel: &Channel) {
        match &channel.kind {
            ChannelKind::Console | ChannelKind::Email { .. } => {}
            ChannelKind::Webhook { headers, .. } => {
                headers
                    .iter()
                    .for_each(|(name, value)| self.hide_header(name, value));
            }
            ChannelKind::Slack { url } | ChannelKind::Teams { url } => self.hide(url.trim()),
        }
    }

    /// Hides the value of a header that carries a credential, and the credential behind a scheme
    /// such as `Bearer`.
    fn hide_header(&mut self, name: &str, value: &str) {
        if is_secret_header(name) {
            self.hide(value);
            self.hide(
                value
                    .split_once(' ')
                    .map_or("", |(_, credential)| credential.trim()),
            );
        }
    }
}

fn headers_of(spec: &Spec) -> &[(String, String)] {
    match spec {
        Spec::Http(http) => &http.request.headers,
        Spec::Job(job) => &job.headers,
    }
}

fn is_secret_header(name: &str) -> bool {
    const PARTS: [&str; 6] = ["auth", "cookie", "token", "key", "secret", "pass"];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part)) && name != "idempotency-key"
}
