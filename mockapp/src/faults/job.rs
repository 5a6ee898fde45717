//! `job`: what goes wrong with scheduled work, when it is started or when it should end.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use crate::tools::{Component, Tool};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    Hang,
    Late,
    Fail,
    WrongOutput,
    HeartbeatLost,
    NeverStarts,
    Skip,
    Twice,
    Overlap,
    TooFast,
    Shifted,
}

const KINDS: [(&str, JobKind); 11] = [
    ("hang", JobKind::Hang),
    ("late", JobKind::Late),
    ("fail", JobKind::Fail),
    ("wrong_output", JobKind::WrongOutput),
    ("heartbeat_lost", JobKind::HeartbeatLost),
    ("never_starts", JobKind::NeverStarts),
    ("skip", JobKind::Skip),
    ("twice", JobKind::Twice),
    ("overlap", JobKind::Overlap),
    ("too_fast", JobKind::TooFast),
    ("shifted", JobKind::Shifted),
];

impl JobKind {
    /// Whether it acts when a job is started; the others act when one is to end.
    pub(crate) fn is_at_start(self) -> bool {
        match self {
            Self::NeverStarts
            | Self::Skip
            | Self::Twice
            | Self::Overlap
            | Self::TooFast
            | Self::Shifted => true,
            Self::Hang | Self::Late | Self::Fail | Self::WrongOutput | Self::HeartbeatLost => false,
        }
    }

    fn needs_by(self) -> bool {
        matches!(self, Self::Late | Self::Shifted)
    }
}

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<By>,
}

/// How far something is moved in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By {
    /// To an earlier time.
    pub(crate) back: bool,
    pub(crate) length: Duration,
}

impl serde::Serialize for By {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let sign = if self.back { "-" } else { "" };
        to.serialize_str(&format!("{sign}{}", crate::duration::text(self.length)))
    }
}

pub(super) fn as_text<S: serde::Serializer>(
    by: &Option<Duration>,
    to: S,
) -> Result<S::Ok, S::Error> {
    as_text_always(&by.unwrap_or_default(), to)
}

pub(super) fn as_text_always<S: serde::Serializer>(
    by: &Duration,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(&crate::duration::text(*by))
}

impl Job {
    /// Of this kind, which needs no `by`.
    pub(crate) fn plain(kind: JobKind) -> Self {
        Self { kind, by: None }
    }
}

impl Fault for Job {
    const INFO: Info = Info {
        name: "job",
        domain: Domain::Job,
        about: "Jobs hang until the fault ends, come late, fail, succeed with an empty result, end unnoticed, never start, are skipped, run twice, collide with a run that is still under way, succeed in no time, or report times of another zone.",
        component: Component::Job,
        plain: "Scheduled work hangs, fails or is left out",
        cured_by: &[Tool::CancelJob, Tool::RollbackDeploy, Tool::RestartWorker, Tool::ScaleOut],
        parameters: &[
            (
                "kind",
                "hang, late, fail, wrong_output, heartbeat_lost, never_starts, skip, twice, overlap, too_fast or shifted",
            ),
            (
                "by",
                "late: how much later the job ends; shifted: how far its times are off, -5h30m too",
            ),
        ],
        example: r#"{"fault": "job", "for": "10m", "kind": "late", "by": "5m"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let by = if kind == JobKind::Shifted {
            fields.signed("by")?
        } else {
            fields.duration("by")?.map(|length| (false, length))
        };
        Ok(Self { kind, by: by.map(|(back, length)| By { back, length }) })
    }

    /// What is hung, or unheard of, is so until the fault ends.
    fn spends(&self) -> bool {
        !matches!(self.kind, JobKind::Hang | JobKind::HeartbeatLost)
    }

    fn cured_by(&self) -> &'static [Tool] {
        match self.kind {
            JobKind::Hang | JobKind::Overlap => &[Tool::CancelJob],
            JobKind::Late => &[Tool::ScaleOut],
            // What is wrong is the program of the job.
            JobKind::Fail | JobKind::WrongOutput | JobKind::TooFast | JobKind::Shifted => {
                &[Tool::RollbackDeploy]
            }
            // The scheduler lives in the worker.
            JobKind::HeartbeatLost | JobKind::NeverStarts | JobKind::Skip | JobKind::Twice => {
                &[Tool::RestartWorker]
            }
        }
    }

    fn has_size(&self) -> bool {
        self.kind.needs_by()
    }

    fn check(&self, _envelope: &Envelope) -> Result<(), Invalid> {
        match (self.kind.needs_by(), self.by.is_some()) {
            (true, false) if self.kind == JobKind::Late => {
                Err(Invalid::at("by", "`by` is missing: a late job needs to know how late"))
            }
            (true, false) => Err(Invalid::at("by", "`by` is missing: how far are the times off?")),
            (false, true) => Err(Invalid::at("by", "`by` goes with kind late or shifted only")),
            (true, true) | (false, false) => Ok(()),
        }
    }
}
