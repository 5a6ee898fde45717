//! The operator's tools and the parts of the stack that they are for: one row a tool.
//! Pure data; what a tool does to the stack is in `stack::operate`.

use crate::faults::fields::{Invalid, unknown, wrong};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::time::Duration;

/// A part of the stack, as people on duty name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Component {
    Api,
    Db,
    Queue,
    Job,
    Cache,
    Network,
    Credentials,
}

impl Component {
    pub(crate) const ALL: [Self; 7] = [
        Self::Api,
        Self::Db,
        Self::Queue,
        Self::Job,
        Self::Cache,
        Self::Network,
        Self::Credentials,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Db => "db",
            Self::Queue => "queue",
            Self::Job => "job",
            Self::Cache => "cache",
            Self::Network => "network",
            Self::Credentials => "credentials",
        }
    }
}

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// Something that an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    RestartApi,
    RestartDb,
    RestartWorker,
    DrainQueue,
    FailoverDb,
    RollbackDeploy,
    FlushCache,
    RenewCredentials,
    ScaleOut,
    RunJob,
    CancelJob,
}

/// A tool as it is shown.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) tool: Tool,
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// What it does and what it costs.
    pub(crate) about: &'static str,
    pub(crate) component: Component,
    /// How long it takes at the usual speed.
    takes: Duration,
}

/// All tools, in the order in which they are shown.
pub(crate) const TOOLS: [Row; 11] = [
    Row {
        tool: Tool::RestartApi,
        name: "restart-api",
        label: "Restart the app",
        about: "Stops the app's process and starts it again. Connections are refused until it is up.",
        component: Component::Api,
        takes: Duration::from_secs(10),
    },
    Row {
        tool: Tool::RollbackDeploy,
        name: "rollback-deploy",
        label: "Roll back the release",
        about: "Puts the previous version in place, one instance after the other. What was new is gone.",
        component: Component::Api,
        takes: Duration::from_secs(30),
    },
    Row {
        tool: Tool::ScaleOut,
        name: "scale-out",
        label: "Add capacity",
        about: "Starts more instances behind the same address. Costs money, disturbs nobody.",
        component: Component::Api,
        takes: Duration::from_secs(20),
    },
    Row {
        tool: Tool::RestartDb,
        name: "restart-db",
        label: "Restart the database",
        about: "Stops and starts the database. It answers nothing until it is up.",
        component: Component::Db,
        takes: Duration::from_secs(8),
    },
    Row {
        tool: Tool::FailoverDb,
        name: "failover-db",
        label: "Fail over to the replica",
        about: "Makes the replica the database. Nothing answers until it has taken over.",
        component: Component::Db,
        takes: Duration::from_secs(20),
    },
    Row {
        tool: Tool::RestartWorker,
        name: "restart-worker",
        label: "Restart the worker",
        about: "Stops and starts the consumer of the queue. Messages wait meanwhile.",
        component: Component::Queue,
        takes: Duration::from_secs(5),
    },
    Row {
        tool: Tool::DrainQueue,
        name: "drain-queue",
        label: "Drain the queue",
        about: "Throws away every message that waits. They are lost.",
        component: Component::Queue,
        takes: Duration::from_secs(3),
    },
    Row {
        tool: Tool::FlushCache,
        name: "flush-cache",
        label: "Flush the cache",
        about: "Empties the cache. Answers are slow until it has filled again.",
        component: Component::Cache,
        takes: Duration::from_secs(10),
    },
    Row {
        tool: Tool::RenewCredentials,
        name: "renew-credentials",
        label: "Renew the credentials",
        about: "Issues new tokens and hands them out. Disturbs nobody.",
        component: Component::Credentials,
        takes: Duration::from_secs(5),
    },
    Row {
        tool: Tool::RunJob,
        name: "run-job",
        label: "Run the job",
        about: "Starts the job now, besides its schedule.",
        component: Component::Job,
        takes: Duration::from_secs(1),
    },
    Row {
        tool: Tool::CancelJob,
        name: "cancel-job",
        label: "Cancel the job",
        about: "Ends every job that is under way as failed.",
        component: Component::Job,
        takes: Duration::from_secs(2),
    },
];

impl Tool {
    pub(crate) fn row(self) -> &'static Row {
        // Every tool has its row: a test counts them.
        TOOLS.iter().find(|row| row.tool == self).unwrap_or(&TOOLS[0])
    }

    /// The tool of this name; `Restart_DB` is meant as `restart-db`.
    ///
    /// # Errors
    /// Names the known ones.
    pub(crate) fn named(key: &str, name: &str) -> Result<Self, Invalid> {
        let plain = name.trim().to_lowercase().replace([' ', '_'], "-");
        match TOOLS.iter().find(|row| row.name == plain) {
            Some(row) => Ok(row.tool),
            None => Err(unknown(key, "tool", name, &TOOLS.each_ref().map(|row| row.name))),
        }
    }

    /// The tools of a list in a step.
    pub(crate) fn listed(key: &str, list: &Value) -> Result<Vec<Self>, Invalid> {
        let expected = "a list of tools such as [\"restart-db\"], or [] for none";
        let Some(items) = list.as_array() else {
            return Err(wrong(key, expected, list));
        };
        let tool = |item: &Value| match item.as_str() {
            Some(name) => Self::named(key, name),
            None => Err(wrong(key, expected, list)),
        };
        items.iter().map(tool).collect()
    }
}

impl Row {
    /// How long it takes when everything goes so many times faster.
    pub(crate) fn takes(&self, speed: f64) -> Duration {
        faster(self.takes, speed)
    }
}

/// A length that is so many times shorter, in whole milliseconds and never nothing.
pub(crate) fn faster(length: Duration, speed: f64) -> Duration {
    let ms = (length.as_millis() as f64 / speed).round().max(1.0);
    Duration::from_millis(ms as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_row_of_its_own() {
        for row in &TOOLS {
            assert_eq!(row.tool.row().name, row.name);
            assert_eq!(Tool::named("tool", row.name), Ok(row.tool));
        }
        assert_eq!(Tool::named("tool", " Restart_DB "), Ok(Tool::RestartDb));
    }

    #[test]
    fn a_length_is_divided_and_never_nothing() {
        assert_eq!(faster(Duration::from_secs(10), 4.0), Duration::from_millis(2_500));
        assert_eq!(faster(Duration::from_millis(3), 100.0), Duration::from_millis(1));
    }
}
