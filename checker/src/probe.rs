//! Looking at targets: dispatches a check to its kind and brings back raw facts, one file a kind.
//! It never judges what it saw.

mod command;
mod dns;
mod host;
mod http;
mod job;
mod log_heartbeat;
mod ping;
mod process;
mod service;
mod systemd;
mod tcp;

use engine::{
    config::{Check, Spec},
    observation::Observation,
};

use crate::world::Hands;

/// Makes one attempt of a check, within the limit of the check.
pub async fn fetch(hands: &Hands, check: &Check) -> Observation {
    let seen = match &check.spec {
        Spec::Command(spec) => command::fetch(&*hands.command, spec, check.timeout).await,
        Spec::Dns(spec) => dns::fetch(&hands.http, &*hands.disk, spec, check.timeout).await,
        Spec::Host(spec) => host::fetch(hands, check, spec).await,
        Spec::Http(spec) => http::fetch(&hands.http, spec, check.timeout).await,
        Spec::Push(_) if !hands.http.transport().has_network() => {
            Err("this machine has lost its network: nobody could call".to_owned())
        }
        Spec::Push(_) => Ok(Observation::Push { beat: false }),
        Spec::Job(spec) => job::fetch(&hands.http, &*hands.disk, spec, check.timeout).await,
        Spec::LogHeartbeat(spec) => log_heartbeat::fetch(hands, spec, check.timeout).await,
        Spec::Process(spec) => process::fetch(&*hands.processes, spec).await,
        Spec::Service(spec) => Ok(service::fetch(hands, spec, check.timeout).await),
        Spec::Systemd(spec) => {
            systemd::fetch(&*hands.command, &hands.tools, spec, check.timeout).await
        }
        Spec::Ping(spec) => ping::fetch(&hands.http, spec, check.timeout).await,
        Spec::Tcp(spec) => tcp::fetch(&hands.http, spec, check.timeout).await,
    };
    seen.unwrap_or_else(|reason| Observation::Unmeasured { reason })
}
