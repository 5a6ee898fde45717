//! `noop`: nothing happens; the control that shows that a rehearsal itself raises no alarm.

use super::fields::{Fields, Invalid};
use super::kind::{Domain, Fault, Info};
use crate::tools::Component;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Noop {}

impl Fault for Noop {
    const INFO: Info = Info {
        name: "noop",
        domain: Domain::Anything,
        about: "Does nothing, and counts what it could have been on.",
        component: Component::Api,
        plain: "Nothing is wrong",
        cured_by: &[],
        parameters: &[],
        example: r#"{"fault": "noop", "for": "1m"}"#,
    };

    fn take(_fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {})
    }
}
