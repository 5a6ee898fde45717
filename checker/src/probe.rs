//! Looking at targets: dispatches a check to its kind and brings back raw facts, one file a kind.
//! It never judges what it saw.

mod host;
mod http;
mod job;

use engine::{
    config::{Check, Spec},
    observation::Observation,
};

use crate::world::Hands;

/// Makes one attempt of a check, within the limit of the check.
pub async fn fetch(hands: &Hands, check: &Check) -> Observation {
    let seen = match &check.spec {
        Spec::Host(spec) => host::fetch(hands, check, spec).await,
        Spec::Http(spec) => http::fetch(&hands.http, spec, check.timeout).await,
        Spec::Push(_) => Ok(Observation::Push { beat: false }),
        Spec::Job(spec) => job::fetch(&hands.http, &*hands.disk, spec, check.timeout).await,
    };
    seen.unwrap_or_else(|reason| Observation::Unmeasured { reason })
}
