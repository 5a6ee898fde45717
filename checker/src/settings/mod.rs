//! Everything that comes from the environment, parsed once at the start.
//! The process environment wins over `.env`; set but empty means unset; nothing is ever written
//! back. Owns the knowledge of which values are secret. Never reads `checks.yaml`.

mod dotenv;
mod hidden;
mod secret;
mod senders;
mod smtp;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use engine::config::http_url;

pub use secret::{MASK, Secret, is_secret_name};
pub use senders::{TelegramVars, TwilioVars};
pub(crate) use smtp::mailbox;
pub use smtp::{Login, Smtp, SmtpTls};

/// The file that is read from the working folder unless another is named.
pub const DOTENV: &str = ".env";

/// Everything that the environment says.
#[derive(Clone, Debug)]
pub struct Settings {
    vars: Vars,
    masks: secret::Masks,
    /// The mail server; absent when `SMTP_HOST` is not set.
    pub smtp: Option<Smtp>,
    /// The configuration file.
    pub checks_file: PathBuf,
    /// Where the state is written.
    pub state_path: PathBuf,
    /// Where the journal is written.
    pub results_path: PathBuf,
    /// Where the id of the latest job is read from, when that was set.
    pub last_job_id_file: Option<PathBuf>,
    /// Where the status of services is written, when that was set.
    pub status_file: Option<PathBuf>,
    /// The program that asks and restarts units.
    pub systemctl_bin: String,
    /// The program that reads the journal.
    pub journalctl_bin: String,
    /// Further certificate authorities, for mail and for HTTPS.
    pub ca_file: Option<PathBuf>,
    /// What a caller from another machine must present.
    pub api_key: Option<Secret>,
    /// A webhook of a workflow engine, with its own JSON.
    pub n8n_webhook_url: Option<Secret>,
    /// A Slack incoming webhook.
    pub slack_webhook_url: Option<Secret>,
    /// A Microsoft Teams incoming webhook.
    pub teams_webhook_url: Option<Secret>,
    /// A Telegram bot.
    pub telegram: TelegramVars,
    /// A Twilio account.
    pub twilio: TwilioVars,
}

/// What is wrong with the environment: every problem on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct SettingsError {
    /// One sentence each.
    pub problems: Vec<String>,
}

impl SettingsError {
    fn one(problem: String) -> Self {
        Self { problems: vec![problem] }
    }
}

/// A `.env` file that has been read: its name for messages and its text.
#[derive(Clone, Copy, Debug)]
pub struct Dotenv<'a> {
    /// What messages call it.
    pub file: &'a str,
    /// What it says.
    pub text: &'a str,
}

impl Settings {
    /// Reads the process environment and `env_file`, or `.env` in the working folder if there is
    /// one.
    ///
    /// # Errors
    /// Lists what does not parse.
    pub fn from_process(env_file: Option<&Path>) -> Result<Self, SettingsError> {
        let path = env_file.unwrap_or(Path::new(DOTENV));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && env_file.is_none() => {
                None
            }
            Err(error) => return Err(SettingsError::one(format!("{}: {error}", path.display()))),
        };
        let file = path.display().to_string();
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let dotenv = text.as_deref().map(|text| Dotenv { file: &file, text });
        Self::load(std::env::vars_os().filter_map(readable), dotenv)
    }

    /// Makes the settings of the given environment.
    ///
    /// # Errors
    /// Lists what does not parse.
    pub fn load(
        env: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<Dotenv<'_>>,
    ) -> Result<Self, SettingsError> {
        let from_file = dotenv.map(|dotenv| dotenv::parse(dotenv.file, dotenv.text)).transpose()?;
        let vars = Vars::layered(from_file.clone().unwrap_or_default(), env);
        let masks = masks(&vars, &from_file.unwrap_or_default());
        let mut reader = Reader { vars: &vars, problems: Vec::new() };
        let settings = Self::typed(&mut reader, masks);
        match reader.problems {
            problems if problems.is_empty() => Ok(Self { vars, ..settings }),
            problems => Err(SettingsError { problems }),
        }
    }

    fn typed(reader: &mut Reader<'_>, masks: secret::Masks) -> Self {
        Self {
            smtp: smtp::read(reader),
            checks_file: reader.path("CHECKS_FILE", "checks.yaml"),
            state_path: reader.path("STATE_PATH", "state.json"),
            results_path: reader.path("RESULTS_PATH", "results.jsonl"),
            last_job_id_file: reader.text("LAST_JOB_ID_FILE").map(PathBuf::from),
            status_file: reader.text("CHATSTACK_STATUS_FILE").map(PathBuf::from),
            systemctl_bin: reader.text("SYSTEMCTL_BIN").unwrap_or_else(|| "systemctl".to_owned()),
            journalctl_bin: reader
                .text("JOURNALCTL_BIN")
                .unwrap_or_else(|| "journalctl".to_owned()),
            ca_file: reader.text("CA_FILE").map(PathBuf::from),
            api_key: reader.text("API_KEY").map(Secret::new),
            n8n_webhook_url: reader.secret_url("N8N_WEBHOOK_URL"),
            slack_webhook_url: reader.secret_url("SLACK_WEBHOOK_URL"),
            teams_webhook_url: reader.secret_url("TEAMS_WEBHOOK_URL"),
            telegram: TelegramVars::read(reader),
            twilio: TwilioVars::read(reader),
            vars: Vars::default(),
            masks,
        }
    }

    /// The variable of that name, for `{NAME}` in the configuration; set but empty is unset.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<String> {
        self.vars.0.get(name).cloned()
    }

    /// The text without any known secret and without user names and passwords in addresses.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.masks.apply(text)
    }

    /// Makes another value known as secret, such as an `Authorization` header of the
    /// configuration.
    pub fn hide(&mut self, value: &str) {
        self.masks.add(value, true);
    }

    /// Why no mail goes to the addresses of the environment, in one sentence; absent when it does.
    #[must_use]
    pub fn mail_off(&self) -> Option<&'static str> {
        match &self.smtp {
            None => Some("mail is off: SMTP_HOST is not set"),
            Some(smtp) if smtp.to.is_empty() => Some("mail is off: MAIL_TO is not set"),
            Some(_) => None,
        }
    }
}

fn masks(vars: &Vars, from_file: &BTreeMap<String, String>) -> secret::Masks {
    const OURS: [&str; 8] = [
        "API_KEY",
        "N8N_WEBHOOK_URL",
        "SECRET_KEY",
        "SLACK_WEBHOOK_URL",
        "SMTP_PASS",
        "TEAMS_WEBHOOK_URL",
        "TELEGRAM_BOT_TOKEN",
        "TWILIO_AUTH_TOKEN",
    ];
    let mut masks = secret::Masks::default();
    let both = vars.0.iter().chain(from_file.iter());
    for (name, value) in both.filter(|(name, _)| is_secret_name(name)) {
        let ours = OURS.contains(&name.as_str()) || from_file.contains_key(name);
        masks.add(value, ours);
    }
    masks
}

/// The variables that are set and not empty. `Debug` tells their names only.
#[derive(Clone, Default)]
struct Vars(BTreeMap<String, String>);

impl Vars {
    fn layered(
        mut below: BTreeMap<String, String>,
        above: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        below.extend(above.into_iter().filter(|(_, value)| !value.trim().is_empty()));
        below.retain(|_, value| !value.trim().is_empty());
        Self(below)
    }
}

impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Reads typed values and gathers what is wrong with them.
struct Reader<'a> {
    vars: &'a Vars,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.vars.0.get(name).map(|value| value.trim().to_owned())
    }

    /// As [`Self::text`], blanks at its ends included.
    fn verbatim(&self, name: &str) -> Option<String> {
        self.vars.0.get(name).cloned()
    }

    fn path(&self, name: &str, default: &str) -> PathBuf {
        self.text(name).unwrap_or_else(|| default.to_owned()).into()
    }

    fn secret_url(&mut self, name: &str) -> Option<Secret> {
        let value = self.text(name)?;
        if let Err(error) = http_url(&value) {
            self.problems.push(format!(
                "{name}: the value (not shown) is not a web address: {error}; \
                 allowed: https://… or http://…"
            ));
        }
        Some(Secret::new(value))
    }

    /// Notes that a value is not allowed. Must not be called with a secret.
    fn refuse(&mut self, name: &str, value: &str, allowed: &str) {
        self.problems.push(format!("{name}: `{value}` is not allowed; allowed: {allowed}"));
    }
}
