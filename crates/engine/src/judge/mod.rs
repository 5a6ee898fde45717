//! From facts to verdicts. Pure functions: the same observation always gives the same outcome.
//! One file a check type. Nothing here knows of retries, incidents or notices.

mod command;
mod deadline;
mod dns;
mod findings;
mod host;
mod http;
mod job;
mod log_heartbeat;
mod ping;
mod process;
mod push;
mod rules;
mod service;
mod systemd;
mod tcp;

use crate::{
    board::Entry,
    config::{Check, Spec},
    observation::Observation,
    outcome::Outcome,
    schedule::Schedule,
    time::Timestamp,
};

pub(crate) use push::LAST as LAST_BEAT;

/// The verdict on one attempt of a check whose state before it was `entry`.
#[must_use]
pub fn judge(check: &Check, entry: &Entry, observation: &Observation, now: Timestamp) -> Outcome {
    match (&check.spec, observation) {
        (Spec::Command(spec), Observation::Program(seen)) => {
            command::judge(spec, check.timeout, seen)
        }
        (Spec::Dns(spec), Observation::Dns(seen)) => dns::judge(spec, seen),
        (Spec::Ping(spec), Observation::Ping(seen)) => ping::judge(spec, seen),
        (Spec::Tcp(spec), Observation::Tcp(seen)) => tcp::judge(spec, seen, now),
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
        (Spec::LogHeartbeat(spec), Observation::Log(seen)) => {
            log_heartbeat::judge(spec, &check.timezone, seen, now)
        }
        (Spec::Process(spec), Observation::Process(pids)) => process::judge(spec, pids),
        (Spec::Service(spec), Observation::Service(seen)) => service::judge(spec, seen),
        (Spec::Systemd(spec), Observation::Unit(seen)) => systemd::judge(spec, seen),
        (Spec::Push(spec), Observation::Push { beat }) => {
            let steady = !matches!(check.schedule, Schedule::Cron(_));
            let looks = push::Looks { interval: check.schedule.interval(now), steady };
            push::judge(spec, entry, *beat, looks, now)
        }
        (Spec::Push(_), Observation::Unmeasured { reason }) => push::unheard(entry, reason, now),
        (_, Observation::Unmeasured { reason }) => {
            Outcome::unmeasured(reason.clone(), entry.job.clone())
        }
        (_, _) => {
            Outcome::unmeasured("the probe answered for another type".to_owned(), entry.job.clone())
        }
    }
}
