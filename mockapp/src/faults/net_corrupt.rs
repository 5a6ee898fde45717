//! `net.corrupt`: one bit of the answer's body is wrong, and no checksum has noticed.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info, draw_of};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::Component;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetCorrupt {}

impl Fault for NetCorrupt {
    const INFO: Info = Info {
        name: "net.corrupt",
        domain: Domain::Requests,
        about: "Flips one bit of the body, another one each time.",
        component: Component::Network,
        plain: "Bits of answers are flipped on the way",
        cured_by: &[],
        parameters: &[("p", "share of answers, 0 to 1; all when absent")],
        example: r#"{"fault": "net.corrupt", "on": "GET /db/health", "for": "5m", "p": 0.5}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn draws(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Flip(strike.draw.unit(draw_of::BYTES)));
    }
}
