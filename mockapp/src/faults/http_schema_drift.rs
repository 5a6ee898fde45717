//! `http.schema_drift`: members of the answer have other names, as after somebody's release.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpSchemaDrift {
    #[serde(serialize_with = "as_map")]
    map: Vec<(String, String)>,
}

fn as_map<S: serde::Serializer>(map: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(map.iter().map(|(old, new)| (old, new)))
}

impl Fault for HttpSchemaDrift {
    const INFO: Info = Info {
        name: "http.schema_drift",
        domain: Domain::Requests,
        about: "Renames members of the JSON at every depth, or nests them.",
        component: Component::Api,
        plain: "Fields of answers have changed their names",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[(
            "map",
            "{old: new}; a dot in the new name nests: {\"depth\": \"queue.depth\"}",
        )],
        example: r#"{"fault": "http.schema_drift", "on": "GET /queue/health", "for": "2m", "map": {"depth": "queue.length"}}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self { map: required("map", fields.texts("map")?)? })
    }

    fn on_request(&self, _strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Rename(self.map.clone()));
    }
}
