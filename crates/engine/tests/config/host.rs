//! A `host` check without keys, and with the variables of the agent that it stands for.

use engine::{
    config::{Config, Source, parse},
    schedule::Schedule,
};

use crate::support::{SEC, host, kinds, load, quiet};

const BARE: &str = "checks: [{name: a, type: agent}]";

/// The configuration of a text among these variables.
fn among(text: &str, vars: &[(&str, &str)]) -> Result<Config, String> {
    let find = |name: &str| {
        let found = vars.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let parsed = parse(Source { file: "checks.yaml", text }, &find);
    parsed.map(|parsed| parsed.config).map_err(|errors| errors.to_string())
}

#[test]
fn an_agent_reports_every_ten_seconds_on_the_clock_and_tells_only_of_changes() {
    for global in ["", "global: {interval_s: 60, initial_alert: true}\n"] {
        let config = quiet(&format!("{global}{BARE}"));
        let check = &config.checks[0];
        assert!(matches!(check.schedule, Schedule::Aligned(every) if every == 10 * SEC));
        assert!(!check.initial_alert);
        assert_eq!(check.notify_on, kinds("change"));
        assert_eq!(check.spec.type_word(), "host");
        let spec = host(check);
        assert_eq!(spec.db, "data/metrics.db");
        assert_eq!(spec.internet_url.as_str(), "https://www.google.com/");
        assert_eq!(spec.docker_sock, "/var/run/docker.sock");
        assert!(spec.heartbeat.is_none() && !spec.require_internet);
    }
}

#[test]
fn what_is_listed_comes_on_top_of_changes_and_an_empty_list_is_silence() {
    let told = |text: &str| quiet(text).checks[0].notify_on.clone();
    let listed = "checks: [{name: a, type: host, notify_on: [first_fail]}]";
    assert_eq!(told(listed), kinds("change first_fail"));
    assert_eq!(told("checks: [{name: a, type: host, notify_on: []}]"), kinds(""));
}

#[test]
fn the_variables_of_the_agent_stand_for_absent_keys() {
    let vars = [
        ("SECRET_KEY", "s3cret"),
        ("HEARTBEAT_URL", "https://worker.example/beat"),
        ("INTERNET_URL", "http://192.0.2.1/"),
        ("DOCKER_SOCK", "/run/d.sock"),
        ("NODE_ID", "lima-1"),
    ];
    let config = among(BARE, &vars).expect("it loads");
    let spec = host(&config.checks[0]);
    let heartbeat = spec.heartbeat.as_ref().expect("a heartbeat");
    assert_eq!(heartbeat.url.as_str(), "https://worker.example/beat");
    assert_eq!(heartbeat.headers[0].1, "Bearer s3cret");
    assert_eq!(spec.internet_url.as_str(), "http://192.0.2.1/");
    assert_eq!(
        (spec.docker_sock.as_str(), spec.node_id.as_deref()),
        ("/run/d.sock", Some("lima-1"))
    );
    let without = among(BARE, &vars[1..]).expect("it loads without a secret");
    assert!(host(&without.checks[0]).heartbeat.is_none());
}

#[test]
fn a_variable_that_is_no_address_is_refused_by_name() {
    let said = among(BARE, &[("HEARTBEAT_URL", "worker")]).expect_err("it is refused");
    assert!(said.contains("HEARTBEAT_URL is not a web address"), "{said}");
}

#[test]
fn a_warning_above_its_limit_is_refused() {
    let text = "checks: [{name: a, type: host, cpu_warn_percent: 90, cpu_crit_percent: 80}]";
    let said = load(text).map(|_| ()).expect_err("it is refused").to_string();
    assert!(said.contains("`cpu_warn_percent` (90) must not be above"), "{said}");
}
