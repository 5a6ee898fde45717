//! A `service` check: its parts, all looked at at the same time. A part that cannot be looked at
//! does not keep the others from being told.

use std::time::Duration;

use engine::{
    config::ServiceSpec,
    observation::{Observation, ServiceSeen},
};

use crate::{probe::process::fitting, systemctl, world::Hands};

/// What was seen of each part.
pub(super) async fn fetch(hands: &Hands, spec: &ServiceSpec, limit: Duration) -> Observation {
    let http = async {
        match &spec.http {
            Some(request) => Some(hands.http.probe(request, limit).await),
            None => None,
        }
    };
    let port = async {
        match &spec.port {
            Some(at) => Some(hands.http.knock(at, limit).await),
            None => None,
        }
    };
    let unit = async {
        match &spec.unit {
            Some(unit) => Some(state(hands, unit, limit).await),
            None => None,
        }
    };
    let processes = async {
        match &spec.processes {
            Some(wanted) => Some(fitting(&*hands.processes, wanted).await),
            None => None,
        }
    };
    let (http, port, unit, processes) = tokio::join!(http, port, unit, processes);
    Observation::Service(Box::new(ServiceSeen { http, port, unit, processes }))
}

/// The state of a unit; asking needs no rights, so that it never goes through sudo.
async fn state(hands: &Hands, unit: &str, limit: Duration) -> Result<String, String> {
    let asked = systemctl::is_active(&*hands.command, &hands.tools, unit, false, limit).await;
    asked.map(|seen| seen.state).map_err(|why| why.to_string())
}
