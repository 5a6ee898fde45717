//! `app.crash`: the process dies and is started again, once or in a loop.

use super::condition::Occasion;
use super::envelope::Envelope;
use super::fields::{Fields, Invalid, required};
use super::gate::Gate;
use super::job::as_text_always;
use super::kind::{Domain, Fault, Info, Life};
use crate::tools::{Component, Tool};
use std::time::Duration;

/// The longest wait before a restart that a growing wait comes to.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct AppCrash {
    #[serde(serialize_with = "as_text_always")]
    down: Duration,
    #[serde(serialize_with = "as_text_always")]
    up: Duration,
    backoff: f64,
}

impl AppCrash {
    /// How long the process is down after its `nth` death, from 0.
    fn down(&self, nth: u64) -> Duration {
        let longest = self.down.max(LONGEST_BACKOFF).as_millis() as f64;
        let factor = self.backoff.powi(i32::try_from(nth).unwrap_or(i32::MAX));
        Duration::from_millis((self.down.as_millis() as f64 * factor).min(longest) as u64)
    }

    /// From when on it lives and until when, after its `nth` death.
    fn back(&self, before: Duration, nth: u64) -> (Duration, Duration) {
        let back = before + self.down(nth);
        (back, back + self.up)
    }
}

impl Fault for AppCrash {
    const INFO: Info = Info {
        name: "app.crash",
        domain: Domain::App,
        about: "The process dies: open connections break, new ones are refused until it is back. Once, or so many times. Ends by itself.",
        component: Component::Api,
        plain: "The process dies and is started again",
        cured_by: &[Tool::RestartApi, Tool::RollbackDeploy],
        parameters: &[
            ("down", "how long until it is back, such as 10s; as long as `for` when absent"),
            ("times", "how often it dies; 1 when absent"),
            ("up", "with times: how long it lives in between; 10s when absent"),
            (
                "backoff",
                "with times: each restart takes so many times longer, up to 5m; 1 when absent",
            ),
        ],
        example: r#"{"fault": "app.crash", "down": "10s", "times": 3, "up": "20s", "backoff": 2}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        Ok(Self {
            down: required("down", fields.duration("down")?)?,
            up: fields.duration("up")?.unwrap_or(Duration::from_secs(10)),
            backoff: fields.number("backoff", 1.0..=10.0)?.unwrap_or(1.0),
        })
    }

    fn check(&self, envelope: &Envelope) -> Result<(), Invalid> {
        whole_process(Self::INFO.name, envelope)?;
        let gate = Gate { times: None, ..envelope.gate };
        if let Some(key) = gate.first_key() {
            let text =
                "app.crash is on the process as a whole: `p`, `skip` and `every` are not allowed";
            return Err(Invalid::at(key, text));
        }
        if envelope.gate.times.is_some_and(|times| times > 1_000) {
            return Err(Invalid::at("times", "`times` of app.crash must be at most 1000"));
        }
        match envelope.shape.is_const() {
            true => Ok(()),
            false => Err(Invalid::at("shape", "app.crash has a course of its own: no `shape`")),
        }
    }

    /// Its `times` are deaths.
    fn spends(&self) -> bool {
        false
    }

    fn locks_out(&self) -> bool {
        false
    }

    fn wants(&self, _occasion: &Occasion<'_>, _serial: u64) -> bool {
        false
    }

    /// When it is back from the last death.
    fn length(&self, gate: &Gate) -> Option<Duration> {
        let mut end = Duration::ZERO;
        for nth in 0..gate.times.unwrap_or(1) {
            let (back, next) = self.back(end, nth);
            end = if nth + 1 == gate.times.unwrap_or(1) { back } else { next };
        }
        Some(end)
    }

    fn life(&self, gate: &Gate, age: Duration) -> Option<Life> {
        let mut died = Duration::ZERO;
        for nth in 0..gate.times.unwrap_or(1) {
            let (back, next) = self.back(died, nth);
            if age < back {
                return Some(Life { down: true, lasts: Some(back - age) });
            }
            if age < next {
                return Some(Life { down: false, lasts: Some(next - age) });
            }
            died = next;
        }
        Some(Life { down: false, lasts: None })
    }
}

/// A process cannot die for some requests only.
pub(super) fn whole_process(name: &str, envelope: &Envelope) -> Result<(), Invalid> {
    match envelope.when.is_some() {
        true => Err(Invalid::at("when", format!("{name} is on the process as a whole: no `when`"))),
        false => Ok(()),
    }
}
