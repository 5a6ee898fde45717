//! The flags that every command takes.

use std::{path::PathBuf, time::Duration};

use clap::Args;

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Flags {
    /// The configuration [default: $CHECKS_FILE or checks.yaml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The file with environment variables [default: .env in the working folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// The interval of all checks without a cron expression: `5` seconds, or `500ms`, `2m`
    #[arg(long, global = true, value_name = "TIME", value_parser = interval)]
    pub(crate) interval: Option<Duration>,
    /// Where the status of all services is written after every tick [default:
    /// $CHATSTACK_STATUS_FILE; when the configuration has `services`,
    /// /var/lib/chatstack/status.json]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) status_file: Option<PathBuf>,
    /// Serve /healthz, /metrics and /push/TOKEN while watching: `HOST:PORT`, or `:PORT` for this
    /// machine only; port 0 takes a free one
    #[arg(long, visible_alias = "addr", global = true, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Let other machines look at --listen without an API_KEY
    #[arg(long, global = true)]
    pub(crate) allow_remote: bool,
    /// Run no restart action
    #[arg(long, global = true)]
    pub(crate) no_restart: bool,
    /// Run no action at all
    #[arg(long, global = true)]
    pub(crate) no_actions: bool,
}

/// Seconds, or a number with a unit.
fn interval(text: &str) -> Result<Duration, String> {
    let seconds = |text: &str| text.parse::<f64>().ok().filter(|s| s.is_finite() && *s > 0.0);
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let with_unit = units.iter().find_map(|(unit, factor)| {
        text.strip_suffix(unit).and_then(seconds).map(|number| number * factor)
    });
    let length = seconds(text).or(with_unit).and_then(|s| Duration::try_from_secs_f64(s).ok());
    length
        .filter(|length| *length >= Duration::from_millis(10))
        .ok_or_else(|| "expected seconds such as 5, or 500ms, 2m; at least 10ms".to_owned())
}
