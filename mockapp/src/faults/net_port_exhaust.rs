//! `net.port_exhaust`: no descriptor is left: connections beyond a number are not taken up.

use super::condition::Occasion;
use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::ConnectPlan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct NetPortExhaust {
    n: u64,
}

impl Fault for NetPortExhaust {
    const INFO: Info = Info {
        name: "net.port_exhaust",
        domain: Domain::Net,
        about: "Serves so many connections at once; others are established and wait for one to end. The panel's too.",
        component: Component::Network,
        plain: "No connections are left to be had",
        cured_by: &[Tool::RestartApi, Tool::ScaleOut],
        parameters: &[("n", "connections that are served, from 0")],
        example: r#"{"fault": "net.port_exhaust", "for": "2m", "n": 0}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { n: required("n", fields.whole("n", 0..=1_000_000)?)? })
    }

    fn draws(&self) -> bool {
        self.n > 0
    }

    fn locks_out(&self) -> bool {
        true
    }

    /// Those for which there is no room.
    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Connection { links } if *links >= self.n)
    }

    fn on_connect(&self, strike: &Strike, plan: &mut ConnectPlan) {
        plan.room.push((strike.serial, self.n));
    }
}
