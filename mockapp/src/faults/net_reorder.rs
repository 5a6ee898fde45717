//! `net.reorder`: segments overtake each other; TCP puts them in order, which costs a little time.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::net_loss::needs_share;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::Component;
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetReorder {
    delay_ms: u64,
}

impl Fault for NetReorder {
    const INFO: Info = Info {
        name: "net.reorder",
        domain: Domain::Requests,
        about: "The answer's first segment is overtaken with probability p, and the answer waits for it.",
        component: Component::Network,
        plain: "Packets overtake each other",
        cured_by: &[],
        parameters: &[
            ("p", "share of answers, 0 to 1"),
            ("delay_ms", "how much later the first one comes; 20 when absent"),
        ],
        example: r#"{"fault": "net.reorder", "on": "GET /api/ping", "for": "5m", "p": 0.5, "delay_ms": 20}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { delay_ms: fields.whole("delay_ms", 1..=60_000)?.unwrap_or(20) })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        needs_share(Self::INFO.name, envelope)
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.wire.stall += Duration::from_millis(self.delay_ms);
    }
}
