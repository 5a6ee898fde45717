//! `queue`: what goes wrong with a queue, as `GET /queue/health` reports it.

use super::fields::{Fields, Invalid, required};
use super::kind::{Domain, Fault, Info};
use crate::tools::{Component, Tool};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueKind {
    Stuck,
    Stalled,
    Growth,
    Poison,
    Duplicate,
    LostAck,
    Reorder,
}

const KINDS: [(&str, QueueKind); 7] = [
    ("stuck", QueueKind::Stuck),
    ("stalled", QueueKind::Stalled),
    ("growth", QueueKind::Growth),
    ("poison", QueueKind::Poison),
    ("duplicate", QueueKind::Duplicate),
    ("lost_ack", QueueKind::LostAck),
    ("reorder", QueueKind::Reorder),
];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Queue {
    pub(crate) kind: QueueKind,
    /// Messages that it happens to per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_s: Option<f64>,
}

impl Fault for Queue {
    const INFO: Info = Info {
        name: "queue",
        domain: Domain::Queue,
        about: "The queue is stuck at once, its consumer stalls, it grows faster than it drains, a poison message blocks its head, messages are delivered twice or in the wrong order, or acknowledgements get lost.",
        component: Component::Queue,
        plain: "Messages wait, come twice or get out of order",
        cured_by: &[Tool::RestartWorker, Tool::DrainQueue, Tool::ScaleOut],
        parameters: &[
            ("kind", "stuck, stalled, growth, poison, duplicate, lost_ack or reorder"),
            (
                "per_s",
                "not with stuck or poison: messages a second that it happens to; 5 with growth, else 1, when absent",
            ),
        ],
        example: r#"{"fault": "queue", "for": "10m", "kind": "growth", "per_s": 5}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let per_s = fields.number("per_s", 0.0..=1_000_000.0)?;
        if per_s.is_some() && matches!(kind, QueueKind::Stuck | QueueKind::Poison) {
            return Err(Invalid::at("per_s", "`per_s` does not go with kind stuck or poison"));
        }
        Ok(Self { kind, per_s })
    }

    fn cured_by(&self) -> &'static [Tool] {
        match self.kind {
            QueueKind::Growth => &[Tool::ScaleOut],
            QueueKind::Poison => &[Tool::DrainQueue],
            QueueKind::Stuck
            | QueueKind::Stalled
            | QueueKind::Duplicate
            | QueueKind::LostAck
            | QueueKind::Reorder => &[Tool::RestartWorker],
        }
    }

    fn has_size(&self) -> bool {
        true
    }
}
