//! `cache`: cold after a restart, recomputed by everybody at once, or never emptied.

use super::condition::Occasion;
use super::fields::{Fields, Invalid, required};
use super::job::as_text_always;
use super::kind::{Domain, Fault, Info, draw_of, reads};
use super::latency_fixed::LONGEST_MS;
use super::plan::Plan;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum CacheKind {
    Cold,
    Stampede,
    Stale,
}

const KINDS: [(&str, CacheKind); 3] =
    [("cold", CacheKind::Cold), ("stampede", CacheKind::Stampede), ("stale", CacheKind::Stale)];

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Cache {
    kind: CacheKind,
    ms: u64,
    #[serde(serialize_with = "as_text_always")]
    ttl: Duration,
}

impl Fault for Cache {
    const INFO: Info = Info {
        name: "cache",
        domain: Domain::Requests,
        about: "GETs miss the cache until it is warm, wait together for what has just expired, or get what was right once.",
        component: Component::Cache,
        plain: "Stored answers are cold, stale or expire at once",
        cured_by: &[Tool::FlushCache, Tool::ScaleOut],
        parameters: &[
            ("kind", "cold, stampede or stale"),
            ("ms", "what a miss, or computing anew, takes; 300 and 2000 when absent"),
            (
                "ttl",
                "cold: warm after so long, 1m when absent; stampede: what is cached expires so often, 30s",
            ),
        ],
        example: r#"{"fault": "cache", "on": "GET /db/health", "for": "5m", "kind": "stampede", "ms": 2000, "ttl": "30s"}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let kind = required("kind", fields.choice("kind", &KINDS)?)?;
        let (ms, ttl) = (fields.whole("ms", 1..=LONGEST_MS)?, fields.duration("ttl")?);
        if let (CacheKind::Stale, Some(key)) = (kind, ms.map(|_| "ms").or(ttl.map(|_| "ttl"))) {
            return Err(Invalid::at(key, format!("`{key}` goes with kind cold or stampede only")));
        }
        let (usual_ms, usual_s) = if kind == CacheKind::Cold { (300, 60) } else { (2_000, 30) };
        let ttl = ttl.unwrap_or(Duration::from_secs(usual_s));
        Ok(Self { kind, ms: ms.unwrap_or(usual_ms), ttl })
    }

    fn draws(&self) -> bool {
        self.kind == CacheKind::Cold
    }

    fn cured_by(&self) -> &'static [Tool] {
        match self.kind {
            // Another flush would only make it cold again.
            CacheKind::Cold => &[Tool::ScaleOut],
            CacheKind::Stampede => &[Tool::FlushCache, Tool::ScaleOut],
            CacheKind::Stale => &[Tool::FlushCache],
        }
    }

    fn has_size(&self) -> bool {
        self.kind != CacheKind::Stale
    }

    fn wants(&self, occasion: &Occasion<'_>, _serial: u64) -> bool {
        matches!(occasion, Occasion::Request(asked) if reads(asked))
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        match self.kind {
            CacheKind::Stale => {
                plan.frozen_by.get_or_insert(strike.serial);
            }
            CacheKind::Cold => {
                let warmth = strike.age.as_secs_f64() / self.ttl.as_secs_f64();
                let missed = strike.draw.unit(draw_of::LATENCY) >= warmth;
                plan.latency += strike.ms(if missed { self.ms as f64 } else { 0.0 });
            }
            CacheKind::Stampede => {
                // Whoever comes while it is computed waits for the rest of it.
                let expired = (strike.age.as_millis() % self.ttl.as_millis()) as f64;
                plan.latency += strike.ms((self.ms as f64 - expired).max(0.0));
            }
        }
    }
}
