//! Other spellings of a step's keys, and `on` in parts: brought into the form that the rest reads.
//! Owns the table; what a problem is called is turned back into the words that were given.

use super::fields::{Invalid, plain};
use serde_json::{Map, Value};

/// Fault, or the beginning of its name with a `.` at the end; what people write; what it is here.
const OTHERS: &[(&str, &str, &str)] = &[
    ("app.crash", "delay", "down"),
    ("app.crash", "n", "times"),
    ("app.pause", "ms", "for"),
    ("bandwidth", "kb_per_s", "rate"),
    ("bandwidth", "kb_s", "rate"),
    ("bandwidth", "rate_kb_s", "rate"),
    ("cpu", "percent", "share"),
    ("db", "by", "s"),
    ("db", "lag", "s"),
    ("db", "n", "size"),
    ("db", "t", "s"),
    ("drip", "chunk_size", "bytes"),
    ("drip", "delay", "every_ms"),
    ("drip", "delay_ms", "every_ms"),
    ("drip", "every", "every_ms"),
    ("drip", "total", "total_ms"),
    ("http.header", "huge", "huge_bytes"),
    ("http.header", "map", "set"),
    ("http.header", "replace", "set"),
    ("http.header", "slow", "slow_ms"),
    ("http.truncate", "after_bytes", "bytes"),
    ("job", "d", "by"),
    ("latency.", "clip", "max_ms"),
    ("latency.", "clip_ms", "max_ms"),
    ("latency.", "fast", "fast_ms"),
    ("latency.", "jitter", "jitter_ms"),
    ("latency.", "lower", "min_ms"),
    ("latency.", "lower_ms", "min_ms"),
    ("latency.", "max", "max_ms"),
    ("latency.", "mean", "mean_ms"),
    ("latency.", "median", "median_ms"),
    ("latency.", "min", "min_ms"),
    ("latency.", "slow", "slow_ms"),
    ("latency.", "upper", "max_ms"),
    ("latency.", "upper_ms", "max_ms"),
    ("mem", "cap", "cap_mb"),
    ("mem", "mb_s", "mb_per_s"),
    ("mem", "rate", "mb_per_s"),
    ("net.close_mid", "bytes", "after_bytes"),
    ("net.loss", "delay", "delay_ms"),
    ("net.corrupt", "percent", "p"),
    ("net.dup", "percent", "p"),
    ("net.loss", "percent", "p"),
    ("net.reorder", "percent", "p"),
    ("net.reset", "bytes", "after_bytes"),
    ("net.reset", "ms", "after_ms"),
    ("net.timeout", "ms", "after_ms"),
    ("queue", "n", "per_s"),
    ("queue", "n_per_s", "per_s"),
    ("queue", "rate", "per_s"),
];

/// Fault, word of `kind` or `dir` that people write, the one that is read.
const WORDS: &[(&str, &str, &str)] = &[
    ("db", "readonly", "read_only"),
    ("http.malformed_json", "bad_utf_8", "bad_utf8"),
    ("http.malformed_json", "duplicate_key", "dup_key"),
    ("job", "fail_exit", "fail"),
    ("job", "run_twice", "twice"),
    ("job", "skip_run", "skip"),
    ("job", "timezone_shifted", "shifted"),
    ("net.partition", "one_way", "in"),
    ("net.partition", "request", "in"),
    ("net.partition", "response", "out"),
    ("queue", "depth_growth", "growth"),
    ("queue", "duplicate_delivery", "duplicate"),
    ("queue", "growth_rate", "growth"),
    ("queue", "poison_message", "poison"),
    ("queue", "stalled_consumer", "stalled"),
];

/// Keys of numbers, besides those of bytes and milliseconds: they may stand in quotes.
const NUMBERS: [&str; 20] = [
    "alpha", "backoff", "chunks", "code", "every", "fraction", "hops", "k", "kbps", "level", "n",
    "p", "p_slow", "per_s", "quota", "rate", "s", "share", "sigma", "size",
];

/// Keys whose numbers are hundredths.
const PERCENT: &str = "percent";

/// A header that most servers refuse.
const HUGE: u64 = 65_536;

/// The keys that were written otherwise: as given, and as read.
#[derive(Debug, Default)]
pub(crate) struct Renamed(Vec<(&'static str, &'static str)>);

impl Renamed {
    /// The problem in the words of who wrote the step.
    pub(super) fn back(&self, problem: Invalid) -> Invalid {
        self.0.iter().fold(problem, |problem, (given, read)| {
            let message = problem.message.replace(&format!("`{read}`"), &format!("`{given}`"));
            let key = problem.key.map(|key| if key == *read { (*given).to_owned() } else { key });
            Invalid { key, message, ..problem }
        })
    }
}

/// The step in the spelling that is read; a key that stands there in both stays unknown.
pub(crate) fn usual(mut step: Map<String, Value>) -> (Map<String, Value>, Renamed) {
    let fault = step.get("fault").and_then(Value::as_str).unwrap_or_default().to_owned();
    let whose = |name: &str| name == fault || (name.ends_with('.') && fault.starts_with(name));
    let mut renamed = Renamed::default();
    for (_, given, read) in OTHERS.iter().filter(|(name, ..)| whose(name)) {
        if step.contains_key(*read) || !step.contains_key(*given) {
            continue;
        }
        step = step.into_iter().map(|pair| rename(pair, given, read)).collect();
        renamed.0.push((given, read));
    }
    for (_, given, read) in WORDS.iter().filter(|(name, ..)| whose(name)) {
        for value in
            ["kind", "dir"].iter().filter_map(|key| step.get(*key)).cloned().collect::<Vec<_>>()
        {
            if value.as_str().is_some_and(|word| plain(word) == *given) {
                step = step.into_iter().map(|pair| reword(pair, &value, read)).collect();
            }
        }
    }
    step = step.into_iter().map(|(key, value)| number(key, value)).collect();
    in_parts(&mut step);
    if fault == "app.crash" && !step.contains_key("down") {
        // A process that dies and of which is only said for how long.
        step.extend(step.get("for").cloned().map(|length| ("down".to_owned(), length)));
    }
    (step, renamed)
}

/// `"503"` is 503, `30%` is 0.3, and `1500ms` or `2s` are milliseconds where those are meant.
fn number(key: String, value: Value) -> (String, Value) {
    let ms = key == "ms" || key.ends_with("_ms");
    let named = ms || key.ends_with("bytes") || NUMBERS.contains(&key.as_str());
    let Some(text) = value.as_str().map(str::trim).filter(|_| named) else {
        return (key, value);
    };
    let length = |unit: u128| {
        let whole = crate::duration::parse(text)?.as_millis().checked_div(unit)?;
        u64::try_from(whole).ok().map(Value::from)
    };
    let share =
        || Some(Value::from(text.strip_suffix('%')?.trim_end().parse::<f64>().ok()? / 100.0));
    let whole = text.parse::<u64>().ok().map(Value::from);
    let number = whole.or_else(|| text.parse::<f64>().ok().map(Value::from)).or_else(share);
    let read = number.or_else(|| match key.as_str() {
        "s" => length(1_000),
        _ if ms => length(1),
        _ => None,
    });
    (key, read.unwrap_or(value))
}

fn reword((key, value): (String, Value), given: &Value, read: &str) -> (String, Value) {
    let meant = matches!(key.as_str(), "kind" | "dir") && value == *given;
    (key, if meant { Value::from(read) } else { value })
}

fn rename((key, value): (String, Value), given: &str, read: &str) -> (String, Value) {
    if key != given {
        return (key, value);
    }
    let value = match (&value, value.as_u64()) {
        (Value::Number(number), _) if given == PERCENT => Value::from(format!("{number}%")),
        (Value::Bool(true), _) if read == "huge_bytes" => Value::from(HUGE),
        // A length in milliseconds in the place of one with a unit.
        (_, Some(ms)) if read == "for" => Value::from(format!("{ms}ms")),
        _ => value,
    };
    (read.to_owned(), value)
}

/// `on: {method, path, header}`: a route, and what `when` asks of its headers.
fn in_parts(step: &mut Map<String, Value>) {
    let Some(Value::Object(parts)) = step.get("on") else {
        return;
    };
    let known = |key: &String| matches!(key.as_str(), "method" | "path" | "route" | "header");
    let text = |key: &str| parts.get(key).and_then(Value::as_str);
    if !parts.keys().all(known) || step.contains_key("when") && parts.contains_key("header") {
        return;
    }
    let path = text("path").or(text("route")).unwrap_or("/*");
    let on = format!("{} {path}", text("method").unwrap_or("*"));
    let header = parts.get("header").cloned();
    step.insert("on".to_owned(), Value::from(on));
    if let Some(header) = header {
        step.insert("when".to_owned(), Value::from_iter([("header".to_owned(), header)]));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Spec;
    use super::*;
    use serde_json::json;

    fn parsed(step: Value) -> Result<Value, Invalid> {
        let Value::Object(step) = step else { unreachable!("an object") };
        Spec::parse(step).map(|spec| spec.kind.parameters())
    }

    #[test]
    fn what_people_write_is_read_as_what_is_meant() {
        let table = [
            (
                json!({"fault": "latency.uniform", "lower": 1, "upper": "2s"}),
                json!({"min_ms": 1, "max_ms": 2000}),
            ),
            (json!({"fault": "net.timeout", "ms": "1500"}), json!({"after_ms": 1500})),
            (json!({"fault": "cpu", "percent": 90}), json!({"share": 0.9, "ms": 10})),
            (
                json!({"fault": "db", "kind": "replica lag", "t": "10s"}),
                json!({"kind": "replica_lag", "s": 10}),
            ),
            (
                json!({"fault": "http.malformed_json", "kind": "bad UTF-8"}),
                json!({"kind": "bad_utf8"}),
            ),
            (json!({"fault": "queue", "kind": "poison message"}), json!({"kind": "poison"})),
            (json!({"fault": "bandwidth", "kb_s": 1}), json!({"rate": 1.0})),
        ];
        for (step, meant) in table {
            assert_eq!(parsed(step.clone()).unwrap(), meant, "{step}");
        }
    }

    #[test]
    fn a_problem_is_told_in_the_words_that_were_given() {
        let problem = parsed(json!({"fault": "net.timeout", "ms": -1})).unwrap_err();
        assert_eq!(problem.key.as_deref(), Some("ms"));
        assert!(problem.message.starts_with("`ms` must be"), "{problem}");
    }

    #[test]
    fn both_spellings_of_one_key_are_refused() {
        let step = json!({"fault": "net.timeout", "ms": 1, "after_ms": 2});
        assert!(parsed(step).unwrap_err().message.contains("unknown key `ms`"));
    }

    #[test]
    fn where_a_fault_is_on_may_be_said_in_parts() {
        let Value::Object(step) =
            json!({"fault": "noop", "on": {"path": "/db/*", "header": {"x": "1"}}})
        else {
            unreachable!("an object")
        };
        let (step, _) = usual(step);
        assert_eq!(step["on"], "* /db/*");
        assert_eq!(step["when"], json!({"header": {"x": "1"}}));
    }
}
