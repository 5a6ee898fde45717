//! `net.connect_hang`: connecting itself never ends, as behind a firewall that drops packets.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::net_refuse::whole_listener;
use crate::stack::Accepting;
use crate::tools::Component;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetConnectHang {}

impl Fault for NetConnectHang {
    const INFO: Info = Info {
        name: "net.connect_hang",
        domain: Domain::Listener,
        about: "Connecting hangs, as if packets were dropped; the panel too, until its time is over.",
        component: Component::Network,
        plain: "Connecting never succeeds or fails",
        cured_by: &[],
        parameters: &[],
        example: r#"{"fault": "net.connect_hang", "for": "30s"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn accepting(&self) -> Accepting {
        Accepting::Hanging
    }

    fn dismisses(&self) -> bool {
        true
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_listener(Self::INFO.name, envelope)
    }
}
