//! The command line: flags, process environment and `.env` become [`Options`]; errors become exit codes.
//! The only place that reads the environment and writes to the terminal.

use crate::clock::Clock;
use crate::options::{JobIdSink, Options};
use crate::server::{Server, StartError};
use clap::Parser;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Bad configuration, bad usage, or an address that cannot be had.
const EXIT_USAGE: u8 = 3;

/// Characters of the secret of the admin routes.
const SHORTEST_KEY: usize = 16;

/// A small production stack (API, database, queue, jobs) whose faults are switched from a panel or a script.
#[derive(Debug, Parser)]
#[command(name = "mockapp", version)]
struct Flags {
    /// Where to listen; `:8080` is 127.0.0.1:8080, port 0 takes a free one [env MOCKAPP_ADDR] [default 127.0.0.1:8000]
    #[arg(long)]
    addr: Option<String>,
    /// A second address for the same app, which stays up while net.refuse has closed the first
    #[arg(long)]
    admin_addr: Option<String>,
    /// Where the id of the latest job is written [env LAST_JOB_ID_FILE] [default .last_job_id]
    #[arg(long)]
    job_id_file: Option<PathBuf>,
    /// How long a job runs: seconds, or a duration such as 500ms
    #[arg(long, default_value = "20", value_parser = job_lasts)]
    job_seconds: Duration,
    /// Seed of every fault's draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Allow an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,
    /// Hide everything that shows or moves faults from those without the key in ADMIN_KEY; what
    /// remains are the operator's tools
    #[arg(long)]
    operator: bool,
    /// With --operator: POST /admin/reset needs no key, for a checker's remedies
    #[arg(long, requires = "operator")]
    remedies: bool,
    /// How many times faster goes what takes time by itself, such as a restart: 0.1 to 1000
    #[arg(long, default_value = "1", value_parser = speed)]
    speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    let parsed = text.parse::<f64>().ok().filter(|speed| (0.1..=1_000.0).contains(speed));
    parsed.ok_or_else(|| "expected a number from 0.1 to 1000, such as 10".to_owned())
}

fn job_lasts(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    let parsed = seconds.or_else(|| crate::duration::parse(text));
    let valid = parsed.filter(|lasts| !lasts.is_zero() && *lasts <= Duration::from_secs(86_400));
    valid.ok_or_else(|| {
        "expected seconds such as 20, or 500ms, 2m; more than 0, at most 1d".to_owned()
    })
}

/// Why the command line or the environment was refused.
#[derive(Debug, thiserror::Error)]
enum ConfigError {
    #[error("{name}: `{text}` is not an address; write 127.0.0.1:8000, [::1]:8000 or :8000")]
    Addr { name: &'static str, text: String },
    #[error(".env: {0}")]
    DotEnv(String),
    #[error(
        "ADMIN_KEY: --operator needs a secret of at least {SHORTEST_KEY} characters there, {0}; make one with `openssl rand -hex 16`"
    )]
    AdminKey(&'static str),
    #[error("RUST_LOG: {0}")]
    Log(String),
    #[error("the runtime did not start: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Runs the program; `args` include its name.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let flags = match Flags::try_parse_from(args) {
        Ok(flags) => flags,
        Err(error) => {
            // Nothing can be done about a terminal that is gone.
            let _ = error.print();
            return if error.use_stderr() { EXIT_USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    match started(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "mockapp: {error}");
            EXIT_USAGE.into()
        }
    }
}

fn started(flags: Flags) -> Result<(), ConfigError> {
    let file = dot_env(Path::new(".env"))?;
    let setting =
        |name: &str| set(std::env::var(name).ok()).or_else(|| set(file.get(name).cloned()));
    log_to_stderr(setting("RUST_LOG"))?;
    let options = resolve(flags, &setting)?;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(ConfigError::Runtime)?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> Result<(), ConfigError> {
    let stop = asked_to_stop();
    let server = Server::bind(options, Clock::system()).await?;
    announce(&format!("mockapp listening on http://{}/", server.local_addr()));
    if let Some(addr) = server.admin_addr() {
        announce(&format!("mockapp admin on http://{addr}/"));
    }
    server.serve(stop).await;
    Ok(())
}

/// Stdout is read by whoever started the program on port 0.
fn announce(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed stdout is no reason not to serve.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The handlers are in place when this returns, so that a stop right after the start is orderly.
fn asked_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

fn resolve(
    flags: Flags,
    setting: &impl Fn(&str) -> Option<String>,
) -> Result<Options, ConfigError> {
    let addr = match (set(flags.addr), setting("MOCKAPP_ADDR")) {
        (Some(text), _) => address("--addr", &text)?,
        (None, Some(text)) => address("MOCKAPP_ADDR", &text)?,
        (None, None) => Options::default().addr,
    };
    let admin_addr =
        set(flags.admin_addr).map(|text| address("--admin-addr", &text)).transpose()?;
    let admin_key = flags.operator.then(|| admin_key(setting("ADMIN_KEY"))).transpose()?;
    let file = flags.job_id_file.or_else(|| setting("LAST_JOB_ID_FILE").map(PathBuf::from));
    Ok(Options {
        addr,
        admin_addr,
        job_id: JobIdSink::File(file.unwrap_or_else(|| PathBuf::from(".last_job_id"))),
        job_lasts: flags.job_seconds,
        seed: flags.seed,
        allow_remote: flags.allow_remote,
        api_key: setting("API_KEY"),
        secret_key: setting("SECRET_KEY"),
        operator: flags.operator,
        admin_key,
        remedies: flags.remedies,
        speed: flags.speed,
        ..Options::default()
    })
}

/// The secret as it was set; one that could be guessed is none.
fn admin_key(given: Option<String>) -> Result<String, ConfigError> {
    match given {
        None => Err(ConfigError::AdminKey("and none is set")),
        Some(key) if key.chars().count() < SHORTEST_KEY => {
            Err(ConfigError::AdminKey("and this one is shorter"))
        }
        Some(key) => Ok(key),
    }
}

/// Reads an address; `:8080` and `localhost:8080` are on loopback.
fn address(name: &'static str, text: &str) -> Result<SocketAddr, ConfigError> {
    let local = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':'));
    let parsed = match local {
        Some(port) => port.parse().ok().map(|port: u16| (Ipv4Addr::LOCALHOST, port).into()),
        None => text.parse().ok(),
    };
    parsed.ok_or_else(|| ConfigError::Addr { name, text: text.to_owned() })
}

/// Set but empty is unset.
fn set(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.trim().is_empty())
}

fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let lines =
        dotenvy::from_path_iter(path).map_err(|error| ConfigError::DotEnv(error.to_string()))?;
    lines.collect::<Result<_, _>>().map_err(|error| ConfigError::DotEnv(error.to_string()))
}

fn log_to_stderr(filter: Option<String>) -> Result<(), ConfigError> {
    let filter: Targets = match filter {
        Some(text) => text.parse().map_err(|error| ConfigError::Log(format!("{error}")))?,
        None => Targets::new()
            .with_default(tracing::Level::WARN)
            .with_target("mockapp", tracing::Level::INFO),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // A host program may have set its own subscriber already.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}
