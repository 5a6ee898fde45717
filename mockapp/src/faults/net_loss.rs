//! `net.loss`: segments get lost; what is seen of it is the pause until they are sent again.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::Component;
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetLoss {
    delay_ms: u64,
}

impl Fault for NetLoss {
    const INFO: Info = Info {
        name: "net.loss",
        domain: Domain::Requests,
        about: "The answer's segment is lost with probability p and comes when it is sent again.",
        component: Component::Network,
        plain: "Packets get lost and are sent again",
        cured_by: &[],
        parameters: &[
            ("p", "share of answers, 0 to 1"),
            ("delay_ms", "until it is sent again; 200 when absent, as on Linux"),
        ],
        example: r#"{"fault": "net.loss", "on": "GET /api/ping", "for": "5m", "p": 0.2, "delay_ms": 200}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { delay_ms: fields.whole("delay_ms", 1..=60_000)?.unwrap_or(200) })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        needs_share(Self::INFO.name, envelope)
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        // What is lost is the answer: the application has done its work in time. A ramp makes
        // losses more frequent, not longer.
        plan.wire.stall += Duration::from_millis(self.delay_ms);
    }
}

/// What happens to a share of all segments only must say to which.
pub(super) fn needs_share(name: &str, envelope: &Envelope) -> Result<(), Invalid> {
    match envelope.gate.p {
        Some(_) => Ok(()),
        None => Err(Invalid::at("p", format!("`p` is missing: {name} needs a share from 0 to 1"))),
    }
}
