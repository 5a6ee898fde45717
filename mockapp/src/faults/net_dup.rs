//! `net.dup`: segments arrive twice; TCP throws the second one away, and nothing is seen of it.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::net_loss::needs_share;
use crate::tools::Component;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetDup {}

impl Fault for NetDup {
    const INFO: Info = Info {
        name: "net.dup",
        domain: Domain::Requests,
        about: "The answer's segment arrives twice with probability p. TCP drops the copy: it is counted, and nobody may notice it.",
        component: Component::Network,
        plain: "Packets arrive twice",
        cured_by: &[],
        parameters: &[("p", "share of answers, 0 to 1")],
        example: r#"{"fault": "net.dup", "on": "GET /api/ping", "for": "5m", "p": 0.5}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        needs_share(Self::INFO.name, envelope)
    }
}
