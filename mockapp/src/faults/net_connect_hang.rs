//! `net.connect_hang`: connecting itself never ends, as behind a firewall that drops packets.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::net_refuse::whole_listener;
use super::{Domain, Fault, Info};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetConnectHang {}

impl Fault for NetConnectHang {
    const INFO: Info = Info {
        name: "net.connect_hang",
        domain: Domain::Listener,
        about: "Connecting hangs, as if packets were dropped; the panel too, until its time is over.",
        parameters: &[],
        example: r#"{"fault": "net.connect_hang", "for": "30s"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_listener(Self::INFO.name, envelope)
    }
}
