//! `net.close_mid`: a tidy FIN after n bytes of the answer, head included.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use crate::wire::{Cut, Ending};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetCloseMid {
    after_bytes: u64,
}

impl Fault for NetCloseMid {
    const INFO: Info = Info {
        name: "net.close_mid",
        domain: Domain::Requests,
        about: "Closes the connection (FIN) after so many bytes of the answer.",
        component: Component::Network,
        plain: "Connections close in the middle of answers",
        cured_by: &[Tool::RestartApi],
        parameters: &[("after_bytes", "bytes sent first, head included; 0 when absent")],
        example: r#"{"fault": "net.close_mid", "on": "GET /api/ping", "for": "2m", "after_bytes": 40}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let after_bytes = fields.whole("after_bytes", 0..=1_073_741_824)?.unwrap_or(0);
        Ok(Self { after_bytes })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.wire.cut = Some(Cut::AfterBytes(self.after_bytes, Ending::Close));
    }
}
