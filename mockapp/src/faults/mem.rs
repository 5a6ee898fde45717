//! `mem`: memory grows until the process is killed; it is started again and grows anew.

use super::app_crash::whole_process;
use super::condition::Occasion;
use super::envelope::Envelope;
use super::fields::{Fields, Invalid, required};
use super::gate::Gate;
use super::kind::{Domain, Fault, Info, Life};
use super::net_refuse::whole_listener;
use crate::tools::{Component, Tool, faster};
use std::time::Duration;

/// How long the process is down at the usual speed.
const RESTART: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Mem {
    mb_per_s: f64,
    cap_mb: u64,
    /// How long the process is down.
    #[serde(skip)]
    restart: Duration,
}

impl Mem {
    /// How long the process lives.
    fn lives(&self) -> Duration {
        Duration::from_millis((self.cap_mb as f64 / self.mb_per_s * 1_000.0).round().max(1.0) as u64)
    }

    /// How much it has taken, so long after the fault began to act.
    pub(crate) fn used_mb(&self, age: Duration) -> u64 {
        let into = Duration::from_millis(self.place_in_turn(age));
        (into.min(self.lives()).as_secs_f64() * self.mb_per_s) as u64
    }

    fn place_in_turn(&self, age: Duration) -> u64 {
        let turn = (self.lives() + self.restart).as_millis();
        u64::try_from(age.as_millis() % turn).unwrap_or(0)
    }
}

impl Fault for Mem {
    const INFO: Info = Info {
        name: "mem",
        domain: Domain::App,
        about: "Memory grows; at the cap the process is killed, refuses connections for 5 s, and grows anew. No memory is really taken.",
        component: Component::Api,
        plain: "Memory grows until the process is killed",
        cured_by: &[Tool::RestartApi, Tool::RollbackDeploy],
        parameters: &[
            ("mb_per_s", "growth, 0.001 to 10000"),
            ("cap_mb", "where it is killed, from 1"),
        ],
        example: r#"{"fault": "mem", "for": "10m", "mb_per_s": 4, "cap_mb": 512}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            mb_per_s: required("mb_per_s", fields.number("mb_per_s", 0.001..=10_000.0)?)?,
            cap_mb: required("cap_mb", fields.whole("cap_mb", 1..=1_000_000)?)?,
            restart: RESTART,
        })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_process(Self::INFO.name, envelope)?;
        whole_listener(Self::INFO.name, envelope)
    }

    fn hasten(&mut self, speed: f64) {
        self.restart = faster(RESTART, speed);
    }

    fn locks_out(&self) -> bool {
        true
    }

    fn wants(&self, _occasion: &Occasion<'_>, _serial: u64) -> bool {
        false
    }

    fn life(&self, _gate: &Gate, age: Duration) -> Option<Life> {
        let (into, lives) = (Duration::from_millis(self.place_in_turn(age)), self.lives());
        let down = into >= lives;
        let end = if down { lives + self.restart } else { lives };
        Some(Life { down, lasts: Some(end.saturating_sub(into)) })
    }
}
