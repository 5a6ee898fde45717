//! What the program was told: flag, process environment, `.env` of the working folder, default.
//! Set but empty means unset. Reads the environment once and never writes it.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{CommandFactory, Parser, Subcommand};

use crate::{cluster::sync::Membership, key::Key, status_source::StatusSource};

const DEFAULT_ADDR: &str = "127.0.0.1:8501";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "dashboard", version, about = "The status board and its history.")]
pub struct Cli {
    /// Where to listen: `HOST:PORT`, or `:PORT` for this machine only; port 0 takes a free one
    /// [env DASHBOARD_ADDR, default 127.0.0.1:8501]
    #[arg(long, value_name = "ADDR")]
    addr: Option<String>,
    /// The snapshot that the checker writes [env STATE_PATH, default state.json]
    #[arg(long, value_name = "PATH", global = true)]
    state: Option<String>,
    /// The journal that the checker writes [env RESULTS_PATH, default results.jsonl]
    #[arg(long, value_name = "PATH", global = true)]
    results: Option<String>,
    /// The configuration of the checker, for the node's name and its peers
    /// [env CHECKS_FILE, default checks.yaml]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// The status of services that the checker writes for other programs [env
    /// CHATSTACK_STATUS_FILE, default: taken from the state]
    #[arg(long, value_name = "PATH")]
    status_file: Option<String>,
    /// The metrics that the agent of a host writes [env METRICS_PATH, default data/metrics.db]
    #[arg(long, value_name = "PATH")]
    metrics: Option<String>,
    /// Let other machines look without an API_KEY
    #[arg(long)]
    allow_remote: bool,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// What else can be asked for.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write a public page without addresses or details into a folder, and end
    Render {
        /// The folder; made when it is missing
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// What stands over the page
        #[arg(long, value_name = "TEXT", default_value = "Status")]
        title: String,
    },
}

/// Whether the program or one of its commands has a flag of that name.
pub(crate) fn is_flag(name: &str) -> bool {
    let mut command = Cli::command();
    command.build();
    let all = std::iter::once(&command).chain(command.get_subcommands());
    let mut flags = all.flat_map(clap::Command::get_arguments);
    flags.any(|flag| flag.get_long().is_some_and(|long| long == name))
}

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub addr: SocketAddr,
    /// `state.json`.
    pub state: PathBuf,
    /// `results.jsonl`.
    pub results: PathBuf,
    /// `data/metrics.db`.
    pub metrics: PathBuf,
    /// The key that visitors must have.
    pub key: Option<Key>,
    /// Where this node and its peers are described.
    pub(crate) membership: Membership,
    /// Where the status of services comes from.
    pub status: StatusSource,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The address is not one.
    #[error(
        "'{0}' is not an address to listen on; write HOST:PORT such as 127.0.0.1:8501, or :8501"
    )]
    Address(String),
    /// Other machines could look at everything.
    #[error(
        "{0} can be reached from other machines; set API_KEY, or pass --allow-remote to let everybody look"
    )]
    Open(SocketAddr),
    /// The age is not one.
    #[error("CHATSTACK_STATUS_STALE: '{0}' is no age; write whole seconds such as 90")]
    Stale(String),
    /// `.env` cannot be understood.
    #[error(
        "{file}:{line}: this line does not parse{hint}; write NAME=value and quote a value with spaces, $ or #"
    )]
    DotenvLine {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The name that the line seems to set; never its value.
        hint: String,
    },
    /// `.env` is there but cannot be read.
    #[error("{file}: {error}")]
    Dotenv {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
}

/// Where a setting that no flag gave is looked up.
#[derive(Debug, Default)]
pub struct Environment {
    process: BTreeMap<String, String>,
    dotenv: BTreeMap<String, String>,
}

impl Environment {
    /// The process environment, then `.env` in `folder`.
    ///
    /// # Errors
    /// When `.env` is there but does not parse.
    pub fn load(folder: &Path) -> Result<Self, SettingsError> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let process = std::env::vars_os().filter_map(text).collect();
        Ok(Self { process, dotenv: dotenv(&folder.join(".env"))? })
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let set = |value: &&String| !value.is_empty();
        let process = self.process.get(name).filter(set);
        process.or_else(|| self.dotenv.get(name).filter(set)).cloned()
    }

    /// The wanted verbosity of the log, `RUST_LOG`.
    #[must_use]
    pub fn log_level(&self) -> tracing::level_filters::LevelFilter {
        let wanted = self.get("RUST_LOG").and_then(|word| word.parse().ok());
        wanted.unwrap_or(tracing::level_filters::LevelFilter::WARN)
    }
}

impl Options {
    /// Puts flags and environment together.
    ///
    /// # Errors
    /// When the address is not one, or would show the board to other machines unasked.
    pub fn resolve(cli: Cli, env: &Arc<Environment>) -> Result<Self, SettingsError> {
        let pick = |flag: Option<String>, name: &str, default: &str| {
            let given = flag.filter(|value| !value.is_empty());
            given.or_else(|| env.get(name)).unwrap_or_else(|| default.to_owned())
        };
        let addr = parse_addr(&pick(cli.addr, "DASHBOARD_ADDR", DEFAULT_ADDR))?;
        let key = env.get("API_KEY").map(Key::new);
        if !addr.ip().is_loopback() && key.is_none() && !cli.allow_remote {
            return Err(SettingsError::Open(addr));
        }
        let file = cli.config.filter(|file| !file.is_empty()).or_else(|| env.get("CHECKS_FILE"));
        let membership = Membership {
            given: file.is_some(),
            file: file.unwrap_or_else(|| "checks.yaml".to_owned()).into(),
            env: Arc::clone(env),
        };
        let status = StatusSource {
            file: Some(pick(cli.status_file, "CHATSTACK_STATUS_FILE", ""))
                .filter(|file| !file.is_empty())
                .map(PathBuf::from),
            stale: stale(env)?,
        };
        Ok(Self {
            membership,
            status,
            addr,
            state: pick(cli.state, "STATE_PATH", "state.json").into(),
            results: pick(cli.results, "RESULTS_PATH", "results.jsonl").into(),
            metrics: pick(cli.metrics, "METRICS_PATH", crate::app::METRICS).into(),
            key,
        })
    }
}

fn stale(env: &Environment) -> Result<Duration, SettingsError> {
    let Some(text) = env.get("CHATSTACK_STATUS_STALE") else {
        return Ok(StatusSource::default().stale);
    };
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or(SettingsError::Stale(text))
}

fn parse_addr(text: &str) -> Result<SocketAddr, SettingsError> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let wrong = || SettingsError::Address(text.to_owned());
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_not_a_port| wrong())?;
    match host {
        "" | "localhost" => Ok(SocketAddr::new(local, port)),
        _ => text.parse().map_err(|_not_an_address| wrong()),
    }
}

fn dotenv(path: &Path) -> Result<BTreeMap<String, String>, SettingsError> {
    let file = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(SettingsError::Dotenv { file, error }),
    };
    let read = |error: dotenvy::Error| dotenv_error(&file, &text, error);
    dotenvy::from_path_iter(path).map_err(read)?.collect::<Result<_, _>>().map_err(read)
}

fn dotenv_error(file: &str, text: &str, error: dotenvy::Error) -> SettingsError {
    let file = file.to_owned();
    let broken = match error {
        dotenvy::Error::LineParse(broken, _) => broken,
        dotenvy::Error::Io(error) => return SettingsError::Dotenv { file, error },
        other @ (dotenvy::Error::EnvVar(_) | _) => {
            return SettingsError::Dotenv { file, error: std::io::Error::other(other.to_string()) };
        }
    };
    // What comes with the error is a part of the line, and may be a secret.
    let part = broken.lines().next().unwrap_or_default();
    let at = text.lines().position(|line| line.contains(part)).unwrap_or_default();
    let named = text.lines().nth(at).and_then(|line| line.split_once('='));
    let hint = named.map(|(name, _)| format!(" (it sets {})", name.trim())).unwrap_or_default();
    SettingsError::DotenvLine { file, line: at + 1, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(args: &[&str], env: &[(&str, &str)]) -> Result<Options, SettingsError> {
        let cli = Cli::try_parse_from(std::iter::once(&"dashboard").chain(args)).unwrap();
        let pairs = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let env = Environment { process: pairs.collect(), dotenv: BTreeMap::new() };
        Options::resolve(cli, &Arc::new(env))
    }

    #[test]
    fn an_address_without_a_host_means_this_machine() {
        for (given, meant) in [
            (":8080", "127.0.0.1:8080"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("localhost:8501", "127.0.0.1:8501"),
            ("[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(resolve(&["--addr", given], &[]).unwrap().addr.to_string(), meant);
        }
    }

    #[test]
    fn the_status_file_and_its_age_come_from_the_environment() {
        assert_eq!(resolve(&[], &[]).unwrap().status, StatusSource::default());
        let env = [("CHATSTACK_STATUS_FILE", "/s.json"), ("CHATSTACK_STATUS_STALE", "10")];
        let status = resolve(&[], &env).unwrap().status;
        assert_eq!((status.file, status.stale.as_secs()), (Some("/s.json".into()), 10));
        let status = resolve(&["--status-file", "/t.json"], &env).unwrap().status;
        assert_eq!(status.file, Some("/t.json".into()));
        for wrong in ["0", "-1", "soon"] {
            let said = resolve(&[], &[("CHATSTACK_STATUS_STALE", wrong)]).unwrap_err().to_string();
            assert!(said.contains(wrong) && said.contains("seconds"), "{said}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_named() {
        for wrong in ["8080", ":port", "example.org:80", "127.0.0.1:99999", "1.2.3.4"] {
            let said = resolve(&["--addr", wrong], &[]).unwrap_err().to_string();
            assert!(said.contains(wrong) && said.contains("HOST:PORT"), "{said}");
        }
    }

    #[test]
    fn other_machines_need_a_key_or_leave() {
        assert!(matches!(resolve(&["--addr", "0.0.0.0:1"], &[]), Err(SettingsError::Open(_))));
        assert!(resolve(&["--addr", "0.0.0.0:1", "--allow-remote"], &[]).is_ok());
        assert!(resolve(&["--addr", "0.0.0.0:1"], &[("API_KEY", "k")]).unwrap().key.is_some());
    }

    #[test]
    fn a_flag_beats_the_environment_and_empty_means_unset() {
        let env = [("STATE_PATH", "env.json"), ("RESULTS_PATH", ""), ("API_KEY", "")];
        let options = resolve(&["--state", "flag.json"], &env).unwrap();
        assert_eq!(options.state, PathBuf::from("flag.json"));
        assert_eq!(options.results, PathBuf::from("results.jsonl"));
        assert!(options.key.is_none());
        assert_eq!(resolve(&[], &env).unwrap().state, PathBuf::from("env.json"));
    }

    #[test]
    fn a_broken_line_of_dotenv_is_named_without_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "STATE_PATH=a.json\nSMTP_PASS=top secret words\n").unwrap();
        let said = dotenv(&path).unwrap_err().to_string();
        assert!(said.contains(".env:2:") && said.contains("SMTP_PASS"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
