//! `net.partition`: packets get lost on the way in, on the way out, or both; they are sent again,
//! so that what was under way arrives when it is over.

use super::condition::Occasion;
use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::net_refuse::whole_listener;
use super::plan::Plan;
use super::strike::Strike;
use crate::stack::Accepting;
use crate::tools::Component;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Dir {
    In,
    Out,
    Both,
}

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetPartition {
    dir: Dir,
}

impl Fault for NetPartition {
    const INFO: Info = Info {
        name: "net.partition",
        domain: Domain::Listener,
        about: "New connections hang. On open ones requests (in, both) or answers (out) arrive when it is over.",
        component: Component::Network,
        plain: "The network is cut, one way or both",
        cured_by: &[],
        parameters: &[("dir", "in, out or both; both when absent")],
        example: r#"{"fault": "net.partition", "for": "30s", "dir": "both"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let words = [("in", Dir::In), ("out", Dir::Out), ("both", Dir::Both)];
        Ok(Self { dir: fields.choice("dir", &words)?.unwrap_or(Dir::Both) })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_listener(Self::INFO.name, envelope)
    }

    fn accepting(&self) -> Accepting {
        Accepting::Hanging
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Request(_))
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        match self.dir {
            Dir::In | Dir::Both => plan.held_before.push(strike.serial),
            Dir::Out => plan.held_after.push(strike.serial),
        }
    }
}
