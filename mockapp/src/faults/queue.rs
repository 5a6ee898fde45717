//! `queue`: what goes wrong with a queue, as `GET /queue/health` reports it.

use super::fields::{Fields, Invalid, required};
use super::{Domain, Fault, Info};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueKind {
    Stuck,
    Stalled,
    Growth,
    Poison,
}

const KINDS: [(&str, QueueKind); 4] = [
    ("stuck", QueueKind::Stuck),
    ("stalled", QueueKind::Stalled),
    ("growth", QueueKind::Growth),
    ("poison", QueueKind::Poison),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Queue {
    pub(crate) kind: QueueKind,
    /// Messages that pile up per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_s: Option<f64>,
}

impl Fault for Queue {
    const INFO: Info = Info {
        name: "queue",
        domain: Domain::Queue,
        about: "The queue is stuck at once, its consumer stalls, it grows faster than it drains, or a poison message blocks its head.",
        parameters: &[
            ("kind", "stuck, stalled, growth or poison"),
            (
                "per_s",
                "with stalled or growth: messages that pile up per second; 1 and 5 when absent",
            ),
        ],
        example: r#"{"fault": "queue", "for": "10m", "kind": "growth", "per_s": 5}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let per_s = fields.number("per_s", 0.0..=1_000_000.0)?;
        let grows = matches!(kind, QueueKind::Stalled | QueueKind::Growth);
        if per_s.is_some() && !grows {
            return Err(Invalid::at("per_s", "`per_s` goes with kind stalled or growth only"));
        }
        Ok(Self { kind, per_s })
    }

    fn has_size(&self) -> bool {
        true
    }
}
