//! `app.pause`: the process stands still, as under SIGSTOP or a long collection of garbage.

use super::condition::Occasion;
use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct AppPause {}

impl Fault for AppPause {
    const INFO: Info = Info {
        name: "app.pause",
        domain: Domain::App,
        about: "Accepts connections and requests, says nothing until it ends, then answers all of them.",
        component: Component::Api,
        plain: "The process stands still",
        cured_by: &[Tool::RestartApi],
        parameters: &[],
        example: r#"{"fault": "app.pause", "for": "20s"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }

    /// The control plane is another process.
    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Request(_))
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.held_before.push(strike.serial);
    }
}
