//! The configuration under test as it is run live: every length divided, defaults that are lengths
//! written out, so that they are divided as well. Pure text in, text out.

use engine::config::{Config, Source, Spec, parse};
use serde_json::{Map, Value, json};

use super::scale::Scale;

/// The shortest interval and reminder that the grammar takes, and the shortest limit that the slow
/// database of the mock app, whose quarter of a second is never divided, keeps on a busy machine.
/// In seconds.
const LEAST_INTERVAL: f64 = 0.1;
const LEAST_LIMIT: f64 = 0.3;

/// Waits that are counted from turn to turn end a little early: two turns of a real machine are
/// never exactly so long apart, and just missing one would cost a whole interval.
const FROM_TURN_TO_TURN: [&str; 2] = ["reminder_every_s", "cooldown_s"];
const EARLY: f64 = 0.1;

/// A key in seconds: the least it may become, and what it is when it is absent.
type Seconds = (&'static str, f64, Option<f64>);

const GLOBAL: [Seconds; 5] = [
    ("interval_s", LEAST_INTERVAL, Some(30.0)),
    ("timeout_s", LEAST_LIMIT, Some(5.0)),
    ("retry_backoff_s", 0.0, Some(5.0)),
    ("reminder_every_s", LEAST_INTERVAL, Some(1800.0)),
    ("spread_s", 0.0, None),
];
const LIMITS: [Seconds; 1] = [("cooldown_s", 0.0, Some(60.0))];
const CHECK: [Seconds; 4] = [
    ("interval_s", LEAST_INTERVAL, None),
    ("timeout_s", LEAST_LIMIT, None),
    ("retry_backoff_s", 0.0, None),
    ("reminder_every_s", LEAST_INTERVAL, None),
];
/// A `tcp` check has a limit of its own when none is written.
const TCP: [Seconds; 4] = [CHECK[0], ("timeout_s", LEAST_LIMIT, Some(4.0)), CHECK[2], CHECK[3]];
const ACTION: [Seconds; 2] = [("cooldown_s", 0.0, None), ("timeout_s", LEAST_LIMIT, Some(10.0))];
const MILLIS: [&str; 4] = ["api_warn_ms", "api_crit_ms", "warn_ms", "crit_ms"];

/// A configuration, read with the address of a mock app.
pub(super) fn read(file: &str, text: &str, base: &str) -> Result<Config, String> {
    let vars = |name: &str| match name {
        "MOCKAPP_BASE" => Some(base.to_owned()),
        other => crate::scenario::variable(other),
    };
    let parsed = parse(Source { file, text }, &vars);
    parsed.map(|parsed| parsed.config).map_err(|errors| errors.to_string())
}

/// The text with every length divided. One that the engine refuses stays as it is, so that the
/// checker refuses it too.
pub(super) fn scaled(text: &str, scale: Scale) -> String {
    let good = read("checks.yaml", text, "http://127.0.0.1:1").is_ok();
    match serde_yaml::from_str::<Value>(text) {
        Ok(Value::Object(mut root)) if good => {
            divide_all(&mut root, scale);
            format!("{:#}\n", Value::Object(root))
        }
        _ => text.to_owned(),
    }
}

/// What cannot be played so much shorter, in a sentence each: deadlines are whole minutes.
pub(super) fn unscalable(config: &Config, scale: Scale) -> Vec<String> {
    let told = |check: &std::sync::Arc<engine::Check>| {
        let Spec::Job(job) = &check.spec else {
            return None;
        };
        let minutes = job.within?.as_secs_f64() / 60.0;
        let whole = minutes / scale.0;
        (whole < 1.0 || whole.fract() != 0.0).then(|| {
            format!(
                "minutes_after_start: {minutes} of {} cannot be divided by {}: it is whole \
                 minutes; play it with another scale",
                check.name, scale.0
            )
        })
    };
    config.enabled().filter_map(told).collect()
}

fn divide_all(root: &mut Map<String, Value>, scale: Scale) {
    if !root.get("global").is_some_and(Value::is_object) {
        root.insert("global".to_owned(), json!({}));
    }
    with_map(root.get_mut("global"), |global| {
        divide(global, &GLOBAL, scale);
        with_map(global.get_mut("thresholds"), |limits| divide(limits, &[], scale));
        let actions = global.entry("actions").or_insert_with(|| json!({}));
        if actions.is_null() {
            *actions = json!({});
        }
        with_map(Some(actions), |actions| divide(actions, &LIMITS, scale));
    });
    each_map(root.get_mut("checks"), |check| {
        let is_tcp = check.get("type").is_some_and(|word| word == "tcp");
        divide(check, if is_tcp { &TCP } else { &CHECK }, scale);
        with_map(check.get_mut("on_fail"), |on_fail| {
            each_map(on_fail.get_mut("actions"), |action| divide(action, &ACTION, scale));
        });
    });
}

/// Divides the lengths of one mapping and of those that are merged into it. What a merged mapping
/// says is no default's to replace.
fn divide(map: &mut Map<String, Value>, keys: &[Seconds], scale: Scale) {
    let merged = map.get("<<").map(Value::to_string).unwrap_or_default();
    for (key, least, default) in keys {
        let inherited = merged.contains(&format!("\"{key}\""));
        match (map.get(*key).map(Value::as_f64), default) {
            (Some(Some(seconds)), _) => {
                map.insert((*key).to_owned(), seconds_of(key, seconds, *least, scale).into());
            }
            (None, Some(default)) if !inherited => {
                map.insert((*key).to_owned(), seconds_of(key, *default, *least, scale).into());
            }
            (Some(None) | None, _) => {}
        }
    }
    for key in MILLIS {
        if let Some(ms) = map.get(key).and_then(Value::as_u64) {
            map.insert(key.to_owned(), scale.whole_ms(ms).into());
        }
    }
    if let Some(minutes) = map.get("minutes_after_start").and_then(Value::as_f64) {
        let whole = (minutes / scale.0).round().max(1.0) as u64;
        map.insert("minutes_after_start".to_owned(), whole.into());
    }
    let stated: Vec<Seconds> = keys.iter().map(|(key, least, _)| (*key, *least, None)).collect();
    each_map(map.get_mut("<<"), |merged| divide(merged, &stated, scale));
}

fn seconds_of(key: &str, seconds: f64, least: f64, scale: Scale) -> f64 {
    let real = scale.seconds(seconds, least);
    let early = FROM_TURN_TO_TURN.contains(&key) && real > 5.0 * EARLY;
    if early { real - EARLY } else { real }
}

fn with_map(value: Option<&mut Value>, mut change: impl FnMut(&mut Map<String, Value>)) {
    value.and_then(Value::as_object_mut).into_iter().for_each(&mut change);
}

/// Every mapping of a list, or the one mapping that stands in its place.
fn each_map(value: Option<&mut Value>, mut change: impl FnMut(&mut Map<String, Value>)) {
    match value {
        Some(Value::Array(items)) => {
            for item in items {
                with_map(Some(item), &mut change);
            }
        }
        other => with_map(other, change),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TWENTY: Scale = Scale(20.0);

    fn divided(text: &str) -> Config {
        read("checks.yaml", &scaled(text, TWENTY), "http://127.0.0.1:1").unwrap()
    }

    #[test]
    fn every_length_and_every_default_is_divided() {
        let config = divided(
            "checks:\n  - {name: a, type: http, url: \"{MOCKAPP_BASE}/\", on_fail: {actions: \
             [{type: http_post, url: \"{MOCKAPP_BASE}/admin/reset\", payload: {timeout_s: 5}}]}}\n",
        );
        let check = config.check("a").unwrap();
        let ms = Duration::from_millis;
        let schedule = check.schedule.interval(engine::Timestamp::default());
        assert_eq!((schedule, check.timeout, check.backoff), (ms(1500), ms(300), ms(250)));
        assert_eq!(check.reminder_every, ms(89_900));
        assert_eq!(config.global.actions.cooldown, ms(2900));
        let action = &check.actions[0];
        assert_eq!((action.cooldown, action.timeout), (ms(2900), ms(500)));
        let engine::config::ActionKind::HttpPost { payload, .. } = &action.kind else {
            panic!("{action:?}");
        };
        assert_eq!(payload["timeout_s"], 5, "what is posted is nobody's time");
    }

    #[test]
    fn the_usual_limit_of_a_type_is_divided_too() {
        let config = read(
            "checks.yaml",
            &scaled("checks: [{name: a, type: tcp, target: 127.0.0.1}]", Scale(10.0)),
            "http://127.0.0.1:1",
        );
        assert_eq!(config.unwrap().checks[0].timeout, Duration::from_millis(400));
    }

    #[test]
    fn what_is_said_is_divided_down_to_what_a_machine_can_keep() {
        let config = divided(
            "global: {interval_s: 1, timeout_s: 1, thresholds: {api_warn_ms: 1000, api_crit_ms: \
             3000}, spread_s: 4, actions: {cooldown_s: 10}}\nchecks:\n  - {name: a, type: http, \
             url: \"http://127.0.0.1/\", warn_ms: 5, crit_ms: null, retry_backoff_s: 0}\n  - \
             {name: b, type: job, status_url: \"http://127.0.0.1/{job_id}\", minutes_after_start: \
             40, success_by: 23:59}\n",
        );
        let ms = Duration::from_millis;
        let check = config.check("a").unwrap();
        let schedule = check.schedule.interval(engine::Timestamp::default());
        assert_eq!((schedule, check.timeout, check.backoff), (ms(100), ms(300), ms(0)));
        assert_eq!((config.global.spread, config.global.actions.cooldown), (ms(200), ms(500)));
        let Spec::Http(http) = &check.spec else { panic!("{check:?}") };
        assert_eq!((http.warn, http.crit), (Some(ms(1)), None));
        let Spec::Job(job) = &config.check("b").unwrap().spec else { panic!("no job") };
        assert_eq!(job.within, Some(ms(120_000)));
        assert_eq!(job.success_by, Some(jiff::civil::time(23, 59, 0, 0)));
    }

    #[test]
    fn anchors_and_merge_keys_are_divided_once() {
        let config = divided(
            "checks:\n  - &a {name: a, type: http, url: \"http://127.0.0.1/\", interval_s: 60}\n  \
             - {<<: *a, name: b, timeout_s: 8}\n",
        );
        for name in ["a", "b"] {
            let schedule = &config.check(name).unwrap().schedule;
            let interval = schedule.interval(engine::Timestamp::default());
            assert_eq!(interval, Duration::from_secs(3), "{name}");
        }
        assert_eq!(config.check("b").unwrap().timeout, Duration::from_millis(400));
    }

    #[test]
    fn a_broken_text_stays_broken() {
        for text in ["checks: [", "checks: []\nchecks: []\n", "checks: 5\n", "- 1\n"] {
            assert_eq!(scaled(text, TWENTY), text);
        }
    }

    #[test]
    fn deadlines_that_are_no_whole_minutes_any_more_are_named() {
        let job = |minutes| {
            let text = format!(
                "checks: [{{name: j, type: job, status_url: \"http://127.0.0.1/{{job_id}}\", \
                 minutes_after_start: {minutes}}}]"
            );
            read("checks.yaml", &text, "").unwrap()
        };
        assert!(unscalable(&job(40), TWENTY).is_empty());
        for minutes in [10, 30] {
            let told = unscalable(&job(minutes), TWENTY);
            assert!(told[0].contains("of j cannot be divided by 20"), "{told:?}");
        }
    }
}
