//! `drip`: the head comes at once, the body a few bytes at a time.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use crate::wire::Drops;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Drip {
    #[serde(flatten)]
    drops: Sizes,
}

/// How the body is divided.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(untagged)]
enum Sizes {
    /// Drops of this size, so far apart.
    Each { bytes: u64, every_ms: u64 },
    /// So many drops in all this time.
    InAll { chunks: u64, total_ms: u64 },
}

impl Fault for Drip {
    const INFO: Info = Info {
        name: "drip",
        domain: Domain::Requests,
        about: "Sends the head at once and the body so many bytes at a time.",
        component: Component::Api,
        plain: "Answers trickle in, bit by bit",
        cured_by: &[Tool::ScaleOut],
        parameters: &[
            ("bytes", "bytes per drop, at least 1"),
            ("every_ms", "pause between drops"),
            ("chunks", "instead of both: how many drops"),
            ("total_ms", "with chunks: how long the body takes"),
        ],
        example: r#"{"fault": "drip", "on": "GET /db/health", "for": "2m", "bytes": 2, "every_ms": 400}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let in_all = ["chunks", "total_ms"].iter().any(|key| fields.peek(key).is_some());
        if !in_all {
            let bytes = required("bytes", fields.whole("bytes", 1..=1_048_576)?)?;
            let every_ms = required("every_ms", fields.whole("every_ms", 1..=60_000)?)?;
            return Ok(Self { drops: Sizes::Each { bytes, every_ms } });
        }
        if let Some(key) = ["bytes", "every_ms"].iter().find(|key| fields.peek(key).is_some()) {
            return Err(Invalid::at(key, format!("`{key}` does not go with `chunks`: keep one")));
        }
        let chunks = required("chunks", fields.whole("chunks", 1..=1_000_000)?)?;
        let total_ms = required("total_ms", fields.whole("total_ms", 1..=LONGEST_MS)?)?;
        Ok(Self { drops: Sizes::InAll { chunks, total_ms } })
    }

    fn has_size(&self) -> bool {
        true
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        match self.drops {
            Sizes::Each { bytes, every_ms } => {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                plan.wire.drip = Some(Drops { bytes, every: strike.ms(every_ms as f64) });
            }
            Sizes::InAll { chunks, total_ms } => {
                plan.parts = Some((chunks, strike.ms(total_ms as f64)));
            }
        }
    }
}
