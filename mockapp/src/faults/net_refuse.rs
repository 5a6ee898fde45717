//! `net.refuse`: the listener is closed, so connections are really refused; it is bound again at the end.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use crate::stack::Accepting;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetRefuse {}

impl Fault for NetRefuse {
    const INFO: Info = Info {
        name: "net.refuse",
        domain: Domain::Listener,
        about: "Closes the listener: connections are refused, the panel too, until its time is over.",
        component: Component::Network,
        plain: "Connections are refused",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "net.refuse", "for": "30s"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    fn accepting(&self) -> Accepting {
        Accepting::Refused
    }

    fn dismisses(&self) -> bool {
        true
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_listener(Self::INFO.name, envelope)
    }
}

/// A closed listener sees no connections, so that nothing can be decided one by one.
pub(super) fn whole_listener(name: &str, envelope: &Envelope) -> Result<(), Invalid> {
    if envelope.shape.counts_matches() {
        let text = format!("{name} is on the listener as a whole: `shape` may be flap or cron");
        return Err(Invalid::at("shape", text));
    }
    let Some(key) = envelope.gate.first_key() else {
        return Ok(());
    };
    let text = format!(
        "{name} is on the listener as a whole: `p`, `times`, `skip` and `every` are not allowed"
    );
    Err(Invalid::at(key, text))
}
