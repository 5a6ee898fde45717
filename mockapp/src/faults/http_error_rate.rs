//! `http.error_rate`: `http.status` for a share of the requests.

use super::envelope::Envelope;
use super::fields::{Fields, Invalid};
use super::http_status::{answer, take_code};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpErrorRate {
    code: u16,
}

impl Fault for HttpErrorRate {
    const INFO: Info = Info {
        name: "http.error_rate",
        domain: Domain::Requests,
        about: "Answers a share p of the requests with this status.",
        component: Component::Api,
        plain: "Some requests fail, others do not",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("code", "status from 200 to 599"), ("p", "share of requests, 0 to 1")],
        example: r#"{"fault": "http.error_rate", "on": "GET /api/ping", "for": "5m", "code": 500, "p": 0.3}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { code: take_code(fields)? })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        match envelope.gate.p {
            Some(_) => Ok(()),
            None => {
                Err(Invalid::at("p", "`p` is missing: http.error_rate needs a share from 0 to 1"))
            }
        }
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.answer.get_or_insert_with(|| answer(self.code, None));
    }
}
