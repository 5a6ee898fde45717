//! Notifiers for the tests of alerting, with a console that keeps what it shows.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::{collections::BTreeMap, sync::Arc};

use checker::{
    clock::Clock,
    command::Processes,
    http::{HttpClient, Tls},
    mailer::Mailer,
    notify::{ChannelError, Console, Notifiers, Outlets},
    settings::Settings,
    transport::Tcp,
};
use engine::config::{Config, Source, parse};

/// The settings of an environment, with the canary as `SMTP_PASS`.
pub(crate) fn settings(env: &[(&str, &str)]) -> Settings {
    let canary = [("SMTP_USER", "me"), ("SMTP_PASS", "canary-pass")];
    let all = canary.iter().chain(env).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Settings::load(all.collect::<BTreeMap<_, _>>(), None).unwrap()
}

/// A configuration with one check; `notify` is the text below `notify:` and on.
pub(crate) fn config(notify: &str) -> Config {
    let text = format!(
        "global:
  timezone: Asia/Kolkata
  notify: {notify}
checks:
  \
         - {{name: api, type: http, url: 'http://127.0.0.1:1/', \
         headers: {{Authorization: Bearer canary-header}}}}
"
    );
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &|_| None);
    parsed.unwrap_or_else(|error| panic!("{error:?}")).config
}

/// Notifiers with a captured console.
pub(crate) fn notifiers(
    env: &[(&str, &str)],
    notify: &str,
    mailer: Option<Arc<dyn Mailer>>,
) -> Result<(Notifiers, Console), ChannelError> {
    let console = Console::captured();
    let http = HttpClient::new(Arc::new(Tcp), Tls::new(Clock::system()));
    let command = Arc::new(Processes);
    let outlets = Outlets { http, mailer, console: console.clone(), command };
    Notifiers::new(&settings(env), &config(notify), outlets).map(|made| (made, console))
}
