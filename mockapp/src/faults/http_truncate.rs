//! `http.truncate`: Content-Length promises more than is sent, then the connection closes.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpTruncate {
    #[serde(skip_serializing_if = "Option::is_none")]
    fraction: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

impl Fault for HttpTruncate {
    const INFO: Info = Info {
        name: "http.truncate",
        domain: Domain::Requests,
        about: "Sends only a fraction of the body that Content-Length promises, then closes.",
        component: Component::Api,
        plain: "Answers break off before their end",
        cured_by: &[Tool::RestartApi],
        parameters: &[
            ("fraction", "share of the body that is sent, 0 to 0.99"),
            ("bytes", "instead: how many bytes of the body are sent"),
        ],
        example: r#"{"fault": "http.truncate", "on": "GET /db/health", "for": "2m", "fraction": 0.5}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let fraction = fields.number("fraction", 0.0..=0.99)?;
        let bytes = fields.whole("bytes", 0..=1_073_741_824)?;
        match (fraction, bytes) {
            (Some(_), Some(_)) => {
                Err(Invalid::at("bytes", "`bytes` and `fraction` exclude each other: keep one"))
            }
            (None, None) => required("fraction", None),
            (fraction, bytes) => Ok(Self { fraction, bytes }),
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        if let Some(fraction) = self.fraction {
            plan.truncate = Some(plan.truncate.unwrap_or(1.0).min(fraction));
        }
        if let Some(bytes) = self.bytes {
            plan.truncate_at = Some(plan.truncate_at.map_or(bytes, |other| other.min(bytes)));
        }
    }
}
