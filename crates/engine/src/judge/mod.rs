//! From facts to verdicts. Pure functions: the same observation always gives the same outcome.
//! One file a check type. Nothing here knows of retries, incidents or notices.

mod deadline;
mod host;
mod http;
mod job;
mod push;
mod rules;

use crate::{
    board::Entry,
    config::{Check, Spec},
    observation::Observation,
    outcome::Outcome,
    time::Timestamp,
};

pub(crate) use push::LAST as LAST_BEAT;

/// The verdict on one attempt of a check whose state before it was `entry`.
#[must_use]
pub fn judge(check: &Check, entry: &Entry, observation: &Observation, now: Timestamp) -> Outcome {
    match (&check.spec, observation) {
        (Spec::Host(spec), Observation::Host(seen)) => host::judge(spec, entry, seen),
        (Spec::Http(spec), Observation::Http(exchange)) => http::judge(spec, exchange, now),
        (Spec::Job(spec), Observation::Job(seen)) => {
            let before = job::Before {
                job: entry.job.as_ref(),
                checked_at: entry.last_checked_at,
                zone: &check.timezone,
            };
            job::judge(spec, &before, seen, now)
        }
        (Spec::Push(spec), Observation::Push { beat }) => {
            push::judge(spec, entry, *beat, check.schedule.interval(now), now)
        }
        (_, Observation::Unmeasured { reason }) => {
            Outcome::unmeasured(reason.clone(), entry.job.clone())
        }
        (_, _) => {
            Outcome::unmeasured("the probe answered for another type".to_owned(), entry.job.clone())
        }
    }
}
