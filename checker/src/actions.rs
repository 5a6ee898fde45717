//! Remedies: carries out what the engine wants done when a check fails, and says in one line what
//! came of it. It never decides whether, and its words hold no user, password or query.

use std::time::Duration;

use engine::{
    config::{ActionKind, HttpRequest},
    details::excerpt,
    effect::Run,
};
use jiff::tz::TimeZone;
use url::Url;

use crate::{
    command::{Call, Command, CommandOutcome, Exit, Finished},
    http::{HttpClient, shown},
    systemctl,
};

/// What checks and restarts need to know of the machine: its programs and its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// `systemctl`, or what `SYSTEMCTL_BIN` names instead.
    pub systemctl: String,
    /// `journalctl`, or what `JOURNALCTL_BIN` names instead.
    pub journalctl: String,
    /// `sudo`.
    pub sudo: String,
    /// The zone in which its logs are written, where it is known.
    pub zone: Option<TimeZone>,
}

impl Default for Tools {
    fn default() -> Self {
        let [systemctl, journalctl, sudo] = ["systemctl", "journalctl", "sudo"].map(str::to_owned);
        Self { systemctl, journalctl, sudo, zone: None }
    }
}

/// Runs one action within its limit.
///
/// # Errors
/// Says why it failed.
pub async fn run(
    http: &HttpClient,
    command: &dyn Command,
    tools: &Tools,
    run: &Run,
) -> Result<String, String> {
    match &run.kind {
        ActionKind::HttpPost { url, payload } => post(http, url, payload, run.timeout).await,
        ActionKind::Restart { unit, use_sudo, when: _ } => {
            let argv = systemctl::argv(tools, *use_sudo, "restart", unit);
            let done = execute(command, argv, run.timeout).await;
            done.map_err(|why| systemctl::advice(tools, &why, "restart", unit).unwrap_or(why))?;
            Ok(format!("{unit} restarted"))
        }
        ActionKind::Command { argv } => execute(command, argv.clone(), run.timeout).await,
    }
}

async fn post(
    http: &HttpClient,
    url: &Url,
    payload: &serde_json::Value,
    timeout: Duration,
) -> Result<String, String> {
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.clone(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(payload.to_string()),
        follow_redirects: false,
        keep_alive: false,
    };
    let exchange = http.exchange(&request, timeout).await;
    let response = exchange.result.map_err(|error| error.message)?;
    let said = format!("{} from {}", response.status, shown(url));
    if matches!(response.status, 200..=299) { Ok(said) } else { Err(said) }
}

async fn execute(
    command: &dyn Command,
    argv: Vec<String>,
    timeout: Duration,
) -> Result<String, String> {
    end_of(command, &Call { argv, stdin: None, timeout }).await
}

/// Runs a program to its end; says that it ended well, or how else.
///
/// # Errors
/// Says how it failed, with the beginning of its complaint.
pub(crate) async fn end_of(command: &dyn Command, call: &Call) -> Result<String, String> {
    let program = call.argv.first().cloned().unwrap_or_default();
    match command.run(call).await {
        CommandOutcome::Finished(Finished { exit: Exit::Code(0), .. }) => {
            Ok(format!("{program} ended with exit code 0"))
        }
        CommandOutcome::Finished(finished) => Err(complaint(&program, &finished)),
        CommandOutcome::NotFound => Err(format!("{program}: no such program")),
        CommandOutcome::PermissionDenied => Err(format!("{program}: permission denied")),
        CommandOutcome::TimedOut => {
            let limit = engine::time::humane(call.timeout);
            Err(format!("{program} did not end within {limit} and was killed"))
        }
        CommandOutcome::Failed(error) => Err(format!("{program}: {error}")),
    }
}

/// How a program failed, with the beginning of its complaint.
fn complaint(program: &str, finished: &Finished) -> String {
    let how = match finished.exit {
        Exit::Code(code) => format!("{program} ended with exit code {code}"),
        Exit::Signal(signal) => format!("{program} was ended by signal {signal}"),
    };
    let words = excerpt(finished.stderr.trim_ascii());
    if words.is_empty() { how } else { format!("{how}: {words}") }
}
