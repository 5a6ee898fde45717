//! `http.truncate`: Content-Length promises more than is sent, then the connection closes.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpTruncate {
    fraction: f64,
}

impl Fault for HttpTruncate {
    const INFO: Info = Info {
        name: "http.truncate",
        domain: Domain::Requests,
        about: "Sends only a fraction of the body that Content-Length promises, then closes.",
        parameters: &[("fraction", "share of the body that is sent, 0 to 0.99")],
        example: r#"{"fault": "http.truncate", "on": "GET /db/health", "for": "2m", "fraction": 0.5}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { fraction: required("fraction", fields.number("fraction", 0.0..=0.99)?)? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.truncate = Some(plan.truncate.unwrap_or(1.0).min(self.fraction));
    }
}
