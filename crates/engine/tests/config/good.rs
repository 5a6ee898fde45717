//! Files that load, and the values that they give.

use std::time::Duration;

use engine::{
    Severity,
    config::{ActionKind, Config, Level, Predicate, WhenNoJob, mask_url},
    schedule::Schedule,
};
use serde_json::json;

use crate::support::{SEC, data, http, job, kinds, load, quiet};

/// A configuration of one check with further keys.
fn one(keys: &str) -> String {
    format!("checks: [{{name: a, type: http, url: 'http://127.0.0.1/', {keys}}}]")
}

#[test]
fn the_example_of_the_manual_loads_with_four_checks_and_no_warning() {
    let config = quiet(&data("seed.yaml"));
    let names: Vec<_> = config.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["api-availability", "db-health", "queue-depth", "job"]);
    let severities: Vec<_> = config.checks.iter().map(|check| check.severity).collect();
    assert_eq!(severities, [Severity::P1, Severity::P2, Severity::P2, Severity::P1]);
    for check in &config.checks {
        assert!(matches!(check.schedule, Schedule::Every(every) if every == 30 * SEC));
        assert_eq!((check.retries, check.backoff, check.timeout), (2, 5 * SEC, 5 * SEC));
        assert_eq!(check.timezone.iana_name(), Some("Asia/Kolkata"));
        assert!(check.enabled && check.initial_alert && check.display_name.is_none());
    }
    the_http_checks_of_the_example(&config);
    the_job_of_the_example(&config);
}

#[test]
fn the_shipped_file_describes_the_same_four_checks() {
    let shipped = quiet(include_str!("../../../../checks.yaml"));
    assert_eq!(format!("{shipped:#?}"), format!("{:#?}", quiet(&data("seed.yaml"))));
}

fn the_http_checks_of_the_example(config: &Config) {
    let api = http(&config.checks[0]);
    assert_eq!(api.request.url.as_str(), "http://127.0.0.1:8000/api/ping");
    assert_eq!((api.request.method.as_str(), api.expect_status), ("GET", Some(200)));
    assert_eq!((api.warn, api.crit), (Some(SEC), Some(3 * SEC)));
    assert_eq!(config.checks[0].notify_on, kinds("first_fail recovered"));
    let [reset] = config.checks[0].actions.as_slice() else { panic!("one action") };
    assert_eq!(reset.label, "http_post http://127.0.0.1:8000/admin/reset");
    let ActionKind::HttpPost { payload, .. } = &reset.kind else { panic!("http_post") };
    assert_eq!(payload, &json!({}));
    assert_eq!((reset.after_failures, reset.every, reset.max_per_hour), (1, 0, 4));
    assert_eq!((reset.cooldown, reset.timeout, reset.enabled), (60 * SEC, 10 * SEC, true));
    let rules = |index: usize| {
        let rules = http(&config.checks[index]).expect_jsonpath.iter();
        rules
            .map(|rule| (rule.query.text().to_owned(), rule.predicates.clone()))
            .collect::<Vec<_>>()
    };
    let rule = |path: &str, predicate| (path.to_owned(), vec![predicate]);
    let db =
        [rule("$.ok", Predicate::Equals(json!(true))), rule("$.latency_ms", Predicate::Lt(100.0))];
    assert_eq!(rules(1), db);
    let queue =
        [rule("$.depth", Predicate::Lt(50.0)), rule("$.oldest_age_s", Predicate::Lt(300.0))];
    assert_eq!(rules(2), queue);
    assert_eq!(http(&config.checks[1]).expect_status, None);
}

fn the_job_of_the_example(config: &Config) {
    let check = &config.checks[3];
    let job = job(check);
    assert_eq!(job.status_url.text(), "http://127.0.0.1:8000/jobs/{job_id}/status");
    assert_eq!(job.job_id_file, ".last_job_id");
    assert_eq!(job.status_path.text(), "$.status");
    assert_eq!((job.success_by, job.within, job.when_no_job), (None, None, WhenNoJob::Miss));
    assert_eq!(check.notify_on, kinds("deadline_miss recovered"));
}

#[test]
fn a_check_that_says_little_takes_the_rest_from_global_and_from_defaults() {
    let config = quiet(&one(""));
    let check = &config.checks[0];
    assert!(matches!(check.schedule, Schedule::Every(every) if every == 30 * SEC));
    assert_eq!((check.retries, check.timeout, check.backoff), (0, 5 * SEC, 5 * SEC));
    assert_eq!((check.severity, check.reminder_every), (Severity::P3, 1800 * SEC));
    assert_eq!((http(check).warn, http(check).crit), (None, None));
    assert!(http(check).request.follow_redirects);
    assert_eq!(config.global.keep, 31 * 86_400 * SEC);
}

#[test]
fn notices_come_from_the_check_then_from_global_then_from_its_type() {
    let job = "type: job, status_url: 'http://x/{job_id}'";
    let table = [
        ("", "type: http, url: 'http://x/'", "first_fail recovered"),
        ("", job, "first_fail recovered deadline_miss"),
        ("notify_on: [warn]", job, "warn"),
        ("notify_on: []", job, ""),
        ("notify_on: [warn]", "type: http, url: 'http://x/', notify_on: []", ""),
        ("notify_on: [warn]", "type: http, url: 'http://x/', notify_on: [change]", "change"),
        (
            "",
            "type: http, url: 'http://x/', notify_on: [], on_fail: {notify: [first_fail]}",
            "first_fail",
        ),
        (
            "",
            "type: http, url: 'http://x/', on_fail: {notify: [reminder, first_fail]}",
            "first_fail recovered reminder",
        ),
    ];
    for (global, check, expected) in table {
        let config = quiet(&format!("global: {{{global}}}\nchecks: [{{name: a, {check}}}]"));
        assert_eq!(config.checks[0].notify_on, kinds(expected), "{global} / {check}");
    }
}

#[test]
fn latency_limits_are_inherited_overridden_and_switched_off() {
    let table = [
        ("", Some(100), Some(200)),
        ("warn_ms: 50", Some(50), Some(200)),
        ("crit_ms: null", Some(100), None),
        ("warn_ms: null, crit_ms: null", None, None),
        ("warn_ms: 300, crit_ms: 300", Some(300), Some(300)),
    ];
    for (keys, warn, crit) in table {
        let global = "global: {thresholds: {api_warn_ms: 100, api_crit_ms: 200}}\n";
        let config = quiet(&format!("{global}{}", one(keys)));
        let spec = http(&config.checks[0]);
        let ms = |value: Option<u64>| value.map(Duration::from_millis);
        assert_eq!((spec.warn, spec.crit), (ms(warn), ms(crit)), "{keys}");
    }
}

#[test]
fn times_of_day_are_text_with_and_without_quotes() {
    for (written, hour, minute) in
        [("23:59", 23, 59), ("'23:59'", 23, 59), ("7:05", 7, 5), ("00:00", 0, 0), ("0:00", 0, 0)]
    {
        let text = format!(
            "checks: [{{name: a, type: job, status_url: 'http://x/{{job_id}}', success_by: {written}}}]"
        );
        let config = quiet(&text);
        let expected = jiff::civil::time(hour, minute, 0, 0);
        assert_eq!(job(&config.checks[0]).success_by, Some(expected), "{written}");
    }
}

#[test]
fn the_file_of_job_ids_comes_from_the_check_then_from_the_environment() {
    let vars = |name: &str| (name == "LAST_JOB_ID_FILE").then(|| "env/last".to_owned());
    let load = |keys: &str| {
        let text =
            format!("checks: [{{name: a, type: job, status_url: 'http://x/{{job_id}}'{keys}}}]");
        let source = engine::config::Source { file: "checks.yaml", text: &text };
        let config = engine::config::parse(source, &vars).expect("loads").config;
        job(&config.checks[0]).job_id_file.clone()
    };
    assert_eq!(load(""), "env/last");
    assert_eq!(load(", job_id_file: own"), "own");
}

#[test]
fn the_morning_report_may_be_a_cron_expression_alone() {
    let config = quiet(&format!("global: {{morning_report: '0 8 * * *'}}\n{}", one("")));
    let report = config.global.morning_report.expect("a report");
    assert_eq!((report.cron.text(), report.channels.len()), ("0 8 * * *", 0));
}

#[test]
fn anchors_and_merge_keys_are_resolved_and_own_keys_win() {
    let config = quiet(
        "checks:
  - &base {name: a, type: http, url: 'http://x/a', retries: 4, timeout_s: 1}
  - {<<: *base, name: b, url: 'http://x/b'}
  - {name: c, <<: [{retries: 9}, *base]}
",
    );
    let read = |index: usize| {
        let check = &config.checks[index];
        (http(check).request.url.path().to_owned(), check.retries, check.timeout)
    };
    assert_eq!(read(1), ("/b".into(), 4, SEC));
    assert_eq!(read(2), ("/a".into(), 9, SEC));
}

#[test]
fn empty_sections_a_byte_order_mark_and_windows_line_ends_are_no_problem() {
    let text = format!("\u{feff}global:\n{}", one("on_fail: ,")).replace('\n', "\r\n");
    assert_eq!(quiet(&text).checks.len(), 1);
}

#[test]
fn a_redirect_that_is_expected_is_not_followed() {
    let config = quiet(&one("expect_status: 302"));
    assert!(!http(&config.checks[0]).request.follow_redirects);
    let config = quiet(&one("expect_status: 302, follow_redirects: true"));
    assert!(http(&config.checks[0]).request.follow_redirects);
}

#[test]
fn what_is_odd_but_possible_is_a_warning_at_its_place() {
    let action = "on_fail: {actions: [{type: http_post, url: 'http://10.0.0.1/admin/reset'}]}";
    let table = [
        (one("timeout_s: 40"), "the timeout of 40 s is longer than the interval of 30 s"),
        (one("interval_s: 2"), "the timeout of 5 s is longer than the interval of 2 s"),
        (one(action), "not on the host that the check watches"),
        ("checks: []".to_owned(), "there are no checks"),
    ];
    for (text, expected) in table {
        let parsed = load(&text).expect("loads");
        let [warning] = parsed.warnings.as_slice() else { panic!("{text}: one warning") };
        assert_eq!((warning.level, warning.line), (Level::Warning, 1));
        assert!(warning.to_string().contains(expected), "{warning}");
        assert!(warning.to_string().contains(": warning: "), "{warning}");
    }
}

#[test]
fn the_secret_parts_of_addresses_are_hidden() {
    let table = [
        ("http://127.0.0.1:8000/admin/reset", "http://127.0.0.1:8000/admin/reset"),
        ("http://user:pw@h/p", "http://***@h/p"),
        ("http://u@h", "http://***@h"),
        ("http://a@b@h/p@q", "http://***@h/p@q"),
        ("https://h/p?token=1&x=2&API_KEY=3#f", "https://h/p?token=***&x=2&API_KEY=***#f"),
        ("https://h/p#access_token=1", "https://h/p#access_token=***"),
        ("https://hooks.slack.com/services/T/B/X", "https://hooks.slack.com/***"),
        ("https://acme.webhook.office.com:443/x?y=1", "https://acme.webhook.office.com:443/***"),
        ("https://nothooks.slack.com.example.org/x", "https://nothooks.slack.com.example.org/x"),
        ("{BASE}/x?secret=1", "{BASE}/x?secret=***"),
        ("", ""),
    ];
    for (url, expected) in table {
        assert_eq!(mask_url(url), expected);
    }
}
