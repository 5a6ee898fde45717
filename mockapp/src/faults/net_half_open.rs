//! `net.half_open`: connections that were open go silent, new ones are fine.

use super::condition::Occasion;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::shell::LONGEST_SILENCE;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetHalfOpen {}

impl Fault for NetHalfOpen {
    const INFO: Info = Info {
        name: "net.half_open",
        domain: Domain::Net,
        about: "Says nothing more on connections that were open when it began; new ones are fine.",
        component: Component::Network,
        plain: "Old connections have gone silent",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "net.half_open", "for": "5m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    /// Requests on a connection that is older than the fault.
    fn wants(&self, occasion: &Occasion<'_>, serial: u64) -> bool {
        matches!(occasion, Occasion::Request(asked) if asked.born.is_some_and(|born| born < serial))
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.silence.get_or_insert(LONGEST_SILENCE);
    }
}
