//! `bandwidth`: the answer comes no faster than a slow line carries it.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;

/// Bytes in a kilobit.
const KILOBIT: u64 = 125;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Bandwidth {
    kbps: u64,
}

impl Fault for Bandwidth {
    const INFO: Info = Info {
        name: "bandwidth",
        domain: Domain::Requests,
        about: "Sends the answer, head included, no faster than this.",
        parameters: &[("kbps", "kilobits (125 bytes) a second, from 1")],
        example: r#"{"fault": "bandwidth", "on": "GET /api/ping", "for": "2m", "kbps": 1}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { kbps: required("kbps", fields.whole("kbps", 1..=10_000_000)?)? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let rate = self.kbps * KILOBIT;
        plan.wire.bytes_per_s = Some(plan.wire.bytes_per_s.map_or(rate, |other| other.min(rate)));
    }
}
