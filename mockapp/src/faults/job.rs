//! `job`: what goes wrong with scheduled work. `fail`, `late` and `hang` act when a job should end,
//! `never_starts` and `twice` when one is started.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid, required};
use super::{Domain, Fault, Info};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    Hang,
    Late,
    Fail,
    NeverStarts,
    Twice,
}

const KINDS: [(&str, JobKind); 5] = [
    ("hang", JobKind::Hang),
    ("late", JobKind::Late),
    ("fail", JobKind::Fail),
    ("never_starts", JobKind::NeverStarts),
    ("twice", JobKind::Twice),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub(crate) by: Option<Duration>,
}

fn as_text<S: serde::Serializer>(by: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&crate::duration::text(by.unwrap_or_default()))
}

impl Fault for Job {
    const INFO: Info = Info {
        name: "job",
        domain: Domain::Job,
        about: "Jobs fail, come late, hang until the fault ends, never start, or run twice.",
        parameters: &[
            ("kind", "hang, late, fail, never_starts or twice"),
            ("by", "with late: how much later the job ends"),
        ],
        example: r#"{"fault": "job", "for": "10m", "kind": "late", "by": "5m"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            kind: required("kind", fields.choice("kind", &KINDS)?)?,
            by: fields.duration("by")?,
        })
    }

    fn has_size(&self) -> bool {
        self.kind == JobKind::Late
    }

    fn check(&self, _envelope: &Envelope) -> Result<(), Invalid> {
        match (self.kind == JobKind::Late, self.by.is_some()) {
            (true, false) => {
                Err(Invalid::at("by", "`by` is missing: a late job needs to know how late"))
            }
            (false, true) => Err(Invalid::at("by", "`by` goes with kind late only")),
            (true, true) | (false, false) => Ok(()),
        }
    }
}
