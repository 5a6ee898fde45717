//! `net.blackhole`: the connection is accepted, the request read, and then nothing is ever said.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::shell::LONGEST_SILENCE;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetBlackhole {}

impl Fault for NetBlackhole {
    const INFO: Info = Info {
        name: "net.blackhole",
        domain: Domain::Requests,
        about: "Accepts and reads the request, then says nothing until the client gives up.",
        component: Component::Network,
        plain: "Requests are taken and never answered",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "net.blackhole", "on": "GET /api/ping", "for": "2m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.silence.get_or_insert(LONGEST_SILENCE);
    }
}
