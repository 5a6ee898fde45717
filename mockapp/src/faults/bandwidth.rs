//! `bandwidth`: the answer comes no faster than a slow line carries it.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::Component;

/// Bytes in a kilobit.
const KILOBIT: u64 = 125;
/// Bytes in a kilobyte.
const KILOBYTE: f64 = 1_000.0;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Bandwidth {
    #[serde(skip_serializing_if = "Option::is_none")]
    kbps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
}

impl Fault for Bandwidth {
    const INFO: Info = Info {
        name: "bandwidth",
        domain: Domain::Requests,
        about: "Sends the answer, head included, no faster than this.",
        component: Component::Network,
        plain: "The line carries too little",
        cured_by: &[],
        parameters: &[
            ("kbps", "kilobits (125 bytes) a second, from 1"),
            ("rate", "instead: kilobytes (1000 bytes) a second, from 0.001"),
        ],
        example: r#"{"fault": "bandwidth", "on": "GET /api/ping", "for": "2m", "kbps": 1}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kbps = fields.whole("kbps", 1..=10_000_000)?;
        match (kbps, fields.number("rate", 0.001..=10_000_000.0)?) {
            (Some(_), Some(_)) => {
                Err(Invalid::at("rate", "`rate` and `kbps` exclude each other: keep one"))
            }
            (None, None) => required("kbps", None),
            (kbps, rate) => Ok(Self { kbps, rate }),
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let kilobits = self.kbps.map(|kbps| kbps * KILOBIT);
        let kilobytes = self.rate.map(|rate| (rate * KILOBYTE) as u64);
        let rate = kilobits.or(kilobytes).unwrap_or(KILOBIT).max(1);
        plan.wire.bytes_per_s = Some(plan.wire.bytes_per_s.map_or(rate, |other| other.min(rate)));
    }
}
