//! `remedy`: what goes wrong with the cure, `POST /admin/reset`.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid, required};
use super::job::as_text;
use super::kind::{Domain, Fault, Info};
use crate::tools::Component;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RemedyKind {
    Fails,
    Hangs,
    Worse,
    Late,
}

const KINDS: [(&str, RemedyKind); 4] = [
    ("fails", RemedyKind::Fails),
    ("hangs", RemedyKind::Hangs),
    ("worse", RemedyKind::Worse),
    ("late", RemedyKind::Late),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Remedy {
    pub(crate) kind: RemedyKind,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub(crate) by: Option<Duration>,
}

impl Fault for Remedy {
    const INFO: Info = Info {
        name: "remedy",
        domain: Domain::Remedy,
        about: "POST /admin/reset fails with 500, hangs, makes every application route answer 503, or resets later than it says.",
        component: Component::Api,
        plain: "The reset itself goes wrong",
        cured_by: &[],
        parameters: &[
            ("kind", "fails, hangs, worse or late"),
            ("by", "with late: how much later everything is reset"),
        ],
        example: r#"{"fault": "remedy", "for": "10m", "kind": "late", "by": "90s"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            kind: required("kind", fields.choice("kind", &KINDS)?)?,
            by: fields.duration("by")?,
        })
    }

    fn check(&self, _envelope: &Envelope) -> Result<(), Invalid> {
        match (self.kind == RemedyKind::Late, self.by.is_some()) {
            (true, false) => {
                Err(Invalid::at("by", "`by` is missing: a late remedy needs to know how late"))
            }
            (false, true) => Err(Invalid::at("by", "`by` goes with kind late only")),
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// What it has made worse stays so until it ends.
    fn spends(&self) -> bool {
        self.kind != RemedyKind::Worse
    }

    fn has_size(&self) -> bool {
        self.kind == RemedyKind::Late
    }
}
