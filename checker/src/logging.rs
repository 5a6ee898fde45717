//! Logs on standard error: `RUST_LOG` chooses, `NO_COLOR` or a pipe keeps them plain.

use std::io::IsTerminal as _;

use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::settings::Settings;

/// Starts logging, once; later calls change nothing.
pub(crate) fn start(settings: &Settings) {
    let wanted = settings.var("RUST_LOG").and_then(|text| text.parse::<Targets>().ok());
    let filter = wanted.unwrap_or_else(|| {
        let chatty = ("tokio_cron_scheduler", tracing::Level::WARN);
        Targets::new().with_default(tracing::Level::INFO).with_targets([chatty])
    });
    let color = settings.var("NO_COLOR").is_none() && std::io::stderr().is_terminal();
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(color).with_target(false);
    // Several programs may run in one process; the first one's choice holds.
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
}
