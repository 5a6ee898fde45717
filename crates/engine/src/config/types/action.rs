//! What is done when a check fails, and how often it may be. Plain data.

use std::time::Duration;

use url::Url;

/// The limits of all actions; an action may have its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionLimits {
    /// Whether any action runs.
    pub enabled: bool,
    /// Whether `restart` actions run.
    pub restart: bool,
    /// The most runs of one action in any 3,600 s.
    pub max_per_hour: u32,
    /// The least time between two runs of one action.
    pub cooldown: Duration,
}

impl Default for ActionLimits {
    fn default() -> Self {
        Self { enabled: true, restart: true, max_per_hour: 4, cooldown: Duration::from_secs(60) }
    }
}

/// Something that is done when a check fails.
#[derive(Clone, Debug)]
pub struct Action {
    /// Identifies the action within its check: type and target, secrets masked.
    pub label: String,
    /// What is done.
    pub kind: ActionKind,
    /// Its own off switch.
    pub enabled: bool,
    /// Failed cycles in a row before it runs.
    pub after_failures: u32,
    /// Failed cycles between two runs in one incident; 0 means once per incident.
    pub every: u32,
    /// The least time between two runs.
    pub cooldown: Duration,
    /// The most runs in any 3,600 s.
    pub max_per_hour: u32,
    /// The limit of one run.
    pub timeout: Duration,
}

/// The kinds of action.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// An HTTP POST with a JSON body.
    HttpPost {
        /// Where to.
        url: Url,
        /// The JSON body.
        payload: serde_json::Value,
    },
    /// `systemctl restart UNIT`.
    Restart {
        /// The unit.
        unit: String,
        /// Through `sudo -n`.
        use_sudo: bool,
        /// What must hold besides the failure of the check.
        when: RestartWhen,
    },
    /// A program with its arguments; never a shell.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
}

/// What must hold for a restart besides the failure of the check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartWhen {
    /// Nothing.
    #[default]
    Always,
    /// The heartbeat is stale and told of no clients. That there is none at all counts as both.
    StaleAndNoClients,
}
