//! `net.reset`: a real RST after n bytes of the answer, head included.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use crate::wire::{Cut, Ending};
use std::time::Duration;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetReset {
    after_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_ms: Option<u64>,
}

impl Fault for NetReset {
    const INFO: Info = Info {
        name: "net.reset",
        domain: Domain::Requests,
        about: "Resets the connection (RST) after so many bytes of the answer, or after all of it.",
        component: Component::Network,
        plain: "Connections are torn down abruptly",
        cured_by: &[Tool::RestartApi],
        parameters: &[
            ("after_bytes", "bytes sent first, head included; 0 when absent"),
            ("after_ms", "and so long after them; at once when absent"),
        ],
        example: r#"{"fault": "net.reset", "on": "GET /api/ping", "for": "2m", "after_bytes": 0}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let after_bytes = fields.whole("after_bytes", 0..=1_073_741_824)?.unwrap_or(0);
        let after_ms = fields.whole("after_ms", 1..=LONGEST_MS)?;
        Ok(Self { after_bytes, after_ms })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.wire.cut = Some(Cut::AfterBytes(self.after_bytes, Ending::Reset));
        plan.wire.cut_waits = Duration::from_millis(self.after_ms.unwrap_or(0));
    }
}
