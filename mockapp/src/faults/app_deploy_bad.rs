//! `app.deploy_bad`: a release that says it is healthy and breaks what people use.

use super::condition::Occasion;
use super::fields::{Fields, Invalid, wrong};
use super::http_status::answer;
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::selector::Selector;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use serde_json::{Value, json};

const USUAL: &str = "/api/*";

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct AppDeployBad {
    routes: Vec<String>,
    #[serde(skip)]
    selectors: Vec<Selector>,
}

impl Fault for AppDeployBad {
    const INFO: Info = Info {
        name: "app.deploy_bad",
        domain: Domain::Requests,
        about: "After a bad release these routes answer 500; the health routes stay green.",
        component: Component::Api,
        plain: "A new release breaks what people use",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[("routes", "list of routes with *; [\"/api/*\"] when absent")],
        example: r#"{"fault": "app.deploy_bad", "for": "10m", "routes": ["/api/*", "POST /jobs/run"]}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let value = fields.take("routes").unwrap_or_else(|| json!([USUAL]));
        let value = if value.is_string() { json!([value]) } else { value };
        let given = value.as_array().filter(|routes| !routes.is_empty());
        let routes: Option<Vec<String>> = given.and_then(|routes| {
            routes.iter().map(|route| route.as_str().map(str::to_owned)).collect()
        });
        let Some(routes) = routes else {
            return Err(wrong("routes", "a list of routes such as [\"/api/*\"]", &value));
        };
        let selectors = routes.iter().map(|route| Selector::parse_route("routes", route));
        Ok(Self { selectors: selectors.collect::<Result<_, _>>()?, routes })
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        let Occasion::Request(asked) = occasion else {
            return false;
        };
        self.selectors.iter().any(|route| route.takes_request(asked.method, asked.path))
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        let body: Value = json!({"error": "internal error", "version": "2.0.0"});
        plan.answer.get_or_insert_with(|| answer(500, Some(&body)));
    }
}
