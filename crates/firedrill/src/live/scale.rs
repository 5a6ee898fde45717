//! Live runs are shorter than what they play: every length is divided by one number on the way in,
//! every time multiplied by it on the way out. Owns which keys of a fault are times. Pure.

use std::time::Duration;

use engine::time::millis;
use serde_json::{Map, Number, Value};

use crate::scenario::{Ms, duration};

/// Keys whose text is a length, wherever they stand.
const LENGTHS: [&str; 9] =
    ["for", "by", "up", "down", "ramp", "jitter", "window", "trigger", "ttl"];
/// In a shape this one is a length too; outside of it it counts.
const SHAPE_LENGTH: &str = "every";
/// Numbers that are milliseconds but no wait: what a database says of itself is held against a
/// rule that is not scaled.
const NO_WAIT: [(&str, &str); 1] = [("db", "ms")];
/// Numbers per second, of which as many must come in a shorter time.
const RATES: [(&str, &str); 5] = [
    ("queue", "per_s"),
    ("bandwidth", "kbps"),
    ("bandwidth", "rate"),
    ("mem", "mb_per_s"),
    ("app.metastable", "load"),
];

/// What is divided although it is not said: of which fault, with which `kind` if that matters, the
/// key, and what it is when it is absent.
const DEFAULTS: [(&str, &str, &str, &str); 14] = [
    ("app.crash", "", "up", "\"10s\""),
    ("app.metastable", "", "trigger", "\"30s\""),
    ("cache", "cold", "ms", "300"),
    ("cache", "cold", "ttl", "\"1m\""),
    ("cache", "stampede", "ms", "2000"),
    ("cache", "stampede", "ttl", "\"30s\""),
    ("cpu", "", "ms", "10"),
    ("net.loss", "", "delay_ms", "200"),
    ("net.reorder", "", "delay_ms", "20"),
    ("queue", "growth", "per_s", "5"),
    ("queue", "stalled", "per_s", "1"),
    ("queue", "duplicate", "per_s", "1"),
    ("queue", "lost_ack", "per_s", "1"),
    ("queue", "reorder", "per_s", "1"),
];

/// How much shorter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale(pub(super) f64);

impl Scale {
    /// A length of the scenario in real time; never zero when it was not.
    pub(super) fn real(self, length: Duration) -> Duration {
        let real = Duration::from_millis((length.as_secs_f64() * 1000.0 / self.0).round() as u64);
        if length.is_zero() { real } else { real.max(Duration::from_millis(1)) }
    }

    /// The same for a length in milliseconds; nothing is shorter than nothing.
    pub(super) fn real_ms(self, length: Ms) -> Duration {
        self.real(Duration::from_millis(u64::try_from(length).unwrap_or(0)))
    }

    /// A real length in the scenario's time.
    pub(super) fn told(self, real: Duration) -> Ms {
        self.told_ms(millis(real))
    }

    /// Real milliseconds in the scenario's time.
    pub(super) fn told_ms(self, real: i64) -> Ms {
        (real as f64 * self.0).round() as Ms
    }

    /// Seconds of a configuration, but not below a limit.
    pub(super) fn seconds(self, seconds: f64, least: f64) -> f64 {
        let scaled = (seconds / self.0 * 1000.0).round() / 1000.0;
        if seconds < least { seconds } else { scaled.max(least) }
    }

    /// Milliseconds of a configuration or of a fault; never zero when they were not.
    pub(super) fn whole_ms(self, ms: u64) -> u64 {
        u64::try_from(self.real(Duration::from_millis(ms)).as_millis()).unwrap_or(u64::MAX)
    }

    /// A fault as it is injected live.
    pub(super) fn fault(self, kind: &str, step: &Map<String, Value>) -> Map<String, Value> {
        let mut whole = step.clone();
        let of = step.get("kind").and_then(Value::as_str).unwrap_or_default();
        let meant = |fault: &str, with: &str| fault == kind && (with.is_empty() || with == of);
        for (_, _, key, value) in DEFAULTS.iter().filter(|(fault, with, _, _)| meant(fault, with)) {
            let value = || serde_json::from_str(value).unwrap_or_default();
            whole.entry(*key).or_insert_with(value);
        }
        let scaled =
            whole.iter().map(|(key, value)| (key.clone(), self.parameter(kind, key, value)));
        scaled.collect()
    }

    fn parameter(self, kind: &str, key: &str, value: &Value) -> Value {
        if key == "shape" {
            return self.shape(value);
        }
        let waits = !NO_WAIT.contains(&(kind, key));
        match value {
            Value::Number(rate) if RATES.contains(&(kind, key)) => self.rate(rate),
            Value::String(text) if LENGTHS.contains(&key) => self.spelled(text),
            Value::Number(_) if waits && is_ms(key) => {
                value.as_u64().map_or_else(|| value.clone(), |ms| self.whole_ms(ms).into())
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => value.clone(),
        }
    }

    /// A shape, such as `{"flap": {"up": "150s", "down": "30s"}}` or `{"ramp": "5m"}`.
    fn shape(self, value: &Value) -> Value {
        let Value::Object(map) = value else {
            return value.clone();
        };
        let below = |(key, value): (&String, &Value)| {
            let length = LENGTHS.contains(&key.as_str()) || key == SHAPE_LENGTH;
            let text = value.as_str().filter(|_| length);
            let value = text.map_or_else(|| self.shape(value), |text| self.spelled(text));
            (key.clone(), value)
        };
        Value::Object(map.iter().map(below).collect())
    }

    /// So many times as much; a whole number stays one.
    fn rate(self, rate: &Number) -> Value {
        let more = rate.as_f64().unwrap_or_default() * self.0;
        if more.fract() == 0.0 { (more as u64).into() } else { more.into() }
    }

    /// `1h30m` divided; anything else as it is, for the mock app to refuse.
    fn spelled(self, text: &str) -> Value {
        match duration(text) {
            Some(length) => spell(self.real(length)).into(),
            None => text.into(),
        }
    }
}

fn is_ms(key: &str) -> bool {
    key == "ms" || key.ends_with("_ms")
}

/// A length as the mock app reads it.
pub(super) fn spell(length: Duration) -> String {
    format!("{}ms", length.as_millis())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TWENTY: Scale = Scale(20.0);

    #[test]
    fn every_time_of_a_fault_is_divided_and_nothing_else() {
        let cases = [
            (
                json!({"fault": "http.status", "for": "4m", "code": 503, "times": 3, "every": 2}),
                json!({"fault": "http.status", "for": "12000ms", "code": 503, "times": 3, "every": 2}),
            ),
            (
                json!({"fault": "latency.uniform", "min_ms": 100, "max_ms": 2000}),
                json!({"fault": "latency.uniform", "min_ms": 5, "max_ms": 100}),
            ),
            (
                json!({"fault": "latency.fixed", "ms": 10}),
                json!({"fault": "latency.fixed", "ms": 1}),
            ),
            (
                json!({"fault": "job", "kind": "late", "by": "1h30m"}),
                json!({"fault": "job", "kind": "late", "by": "270000ms"}),
            ),
            (
                json!({"fault": "db", "kind": "slow", "ms": 240}),
                json!({"fault": "db", "kind": "slow", "ms": 240}),
            ),
            (
                json!({"fault": "queue", "kind": "growth"}),
                json!({"fault": "queue", "kind": "growth", "per_s": 100}),
            ),
            (
                json!({"fault": "cache", "kind": "cold", "ms": 100}),
                json!({"fault": "cache", "kind": "cold", "ms": 5, "ttl": "3000ms"}),
            ),
            (
                json!({"fault": "mem", "mb_per_s": 0.25, "cap_mb": 100}),
                json!({"fault": "mem", "mb_per_s": 5, "cap_mb": 100}),
            ),
            (
                json!({"fault": "queue", "kind": "stuck"}),
                json!({"fault": "queue", "kind": "stuck"}),
            ),
            (
                json!({"fault": "noop", "shape": {"flap": {"up": "150s", "down": "30s"}}, "p": 0.5}),
                json!({"fault": "noop", "shape": {"flap": {"up": "7500ms", "down": "1500ms"}}, "p": 0.5}),
            ),
            (
                json!({"fault": "noop", "shape": {"ramp": "5m"}}),
                json!({"fault": "noop", "shape": {"ramp": "15000ms"}}),
            ),
            (json!({"fault": "noop", "for": "soon"}), json!({"fault": "noop", "for": "soon"})),
        ];
        for (step, expected) in cases {
            let step = step.as_object().cloned().unwrap();
            let kind = step["fault"].as_str().unwrap().to_owned();
            assert_eq!(Value::Object(TWENTY.fault(&kind, &step)), expected);
        }
    }

    #[test]
    fn times_come_back_as_they_went() {
        for ms in [0, 20, 31_000, 86_400_000] {
            assert_eq!(TWENTY.told(TWENTY.real_ms(ms)), ms);
        }
        assert_eq!(TWENTY.real_ms(5), Duration::from_millis(1), "short, but not nothing");
        assert_eq!(TWENTY.real_ms(-5), Duration::ZERO);
    }

    #[test]
    fn seconds_stop_at_their_limit_but_are_never_raised_above_what_was_said() {
        let cases = [(30.0, 1.5), (5.0, 0.25), (1.0, 0.1), (0.05, 0.05)];
        for (seconds, expected) in cases {
            assert_eq!(TWENTY.seconds(seconds, 0.1), expected, "{seconds}");
        }
    }
}
