//! Services and processes: what their keys mean, alone and in a status monitor's own file.

use std::{sync::Arc, time::Duration};

use engine::{
    Severity,
    config::{ActionKind, Check, ProcessSpec, Restart, ServiceSpec, Spec},
};

use crate::support::{SEC, data, load, quiet};

fn service(check: &Arc<Check>) -> &ServiceSpec {
    let Spec::Service(service) = &check.spec else { panic!("{} is no service", check.name) };
    service
}

/// What the restarts of a check are: unit, through sudo, after how many failures.
fn restarts(check: &Check) -> Vec<(&str, bool, u32)> {
    let found = check.actions.iter().filter_map(|action| match &action.kind {
        ActionKind::Restart { unit, use_sudo, .. } => {
            Some((unit.as_str(), *use_sudo, action.after_failures))
        }
        ActionKind::HttpPost { .. } | ActionKind::Command { .. } => None,
    });
    found.collect()
}

#[test]
fn every_key_of_a_process_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let Spec::Process(spec) = &config.check("workers").expect("is there").spec else {
        panic!("a process")
    };
    let patterns = vec!["gunicorn".to_owned(), "worker.py".to_owned()];
    assert_eq!(spec, &ProcessSpec { patterns, min_count: 2, max_count: Some(8) });
    assert!(spec.fits("/usr/bin/GUNICORN -w 2") && spec.fits("python3 Worker.py"));
    assert!(!spec.fits("python3 work.py"));
    let well: Vec<_> = (0..10).filter(|count| spec.is_well(*count)).collect();
    assert_eq!(well, [2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn every_key_of_a_service_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("shop").unwrap();
    let spec = service(check);
    let http = spec.http.as_ref().unwrap();
    assert_eq!((http.url.as_str(), http.follow_redirects), ("http://127.0.0.1:8000/health", true));
    assert_eq!(spec.expect_status, 204);
    assert_eq!(spec.port.as_ref().unwrap().to_string(), "[::1]:5000");
    assert_eq!(spec.unit.as_deref(), Some("shop.service"));
    assert_eq!(spec.processes.as_ref().unwrap().patterns, ["shop.py"]);
    assert!(spec.require_process);
    assert_eq!(spec.restart, Some(Restart { after: 3, use_sudo: true }));
    assert_eq!(restarts(check), [("shop.service", true, 3)]);
    assert_eq!(check.actions[0].label, "restart shop.service");
}

#[test]
fn every_key_of_a_services_entry_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("chatstack").unwrap();
    assert_eq!((check.title(), check.severity), ("ChatStack <main>", Severity::P2));
    assert_eq!((check.schedule.interval(0.into_timestamp()), check.timeout), (15 * SEC, 3 * SEC));
    assert_eq!(check.retries, 3, "the rest comes from `global`");
    let spec = service(check);
    let http = spec.http.as_ref().unwrap();
    assert_eq!((spec.expect_status, http.follow_redirects), (301, false));
    assert_eq!(spec.port.as_ref().unwrap().to_string(), "127.0.0.1:5001");
    assert_eq!(spec.unit.as_deref(), Some("chatstack"));
    assert_eq!(spec.processes.as_ref().unwrap().patterns, ["chat.py", "uvicorn"]);
    assert!(spec.require_process && spec.restart.is_none() && check.actions.is_empty());
    let lead = service(config.check("LeadFlowTracker").unwrap());
    assert!(lead.port.is_none() && lead.unit.is_none() && lead.processes.is_none());
    assert_eq!(lead.expect_status, 200);
}

trait IntoTimestamp {
    fn into_timestamp(self) -> engine::Timestamp;
}

impl IntoTimestamp for i64 {
    fn into_timestamp(self) -> engine::Timestamp {
        engine::Timestamp::from_millis(self)
    }
}

#[test]
fn a_monitors_own_file_loads_alone_and_becomes_checks() {
    let config = quiet(&data("../../../../deploy/config/monitor.yml"));
    let names: Vec<_> = config.checks.iter().map(|c| (c.name.as_str(), c.title())).collect();
    let expected = [
        ("chatstack", "ChatStack"),
        ("ai-memory", "AI-Memory"),
        ("neurosphere", "NeuroSphere SendText"),
        ("leadflow", "LeadFlowTracker"),
    ];
    assert_eq!(names, expected);
    assert!(config.services);
    assert_eq!(restarts(&config.checks[0]), [("chatstack", false, 2)]);
    assert!(config.checks[3].actions.is_empty(), "without a unit nothing is restarted");
    assert_eq!(config.checks[0].schedule.interval(0.into_timestamp()), Duration::from_secs(30));
}

#[test]
fn a_port_is_only_what_was_written() {
    let config = quiet("services: [{key: a, url: 'https://x.example/', host: x.example}]");
    assert!(service(&config.checks[0]).port.is_none());
    let config = quiet("services: [{key: a, url: 'https://x.example/', port: 444}]");
    assert_eq!(service(&config.checks[0]).port.as_ref().unwrap().to_string(), "x.example:444");
    let config = quiet("checks: [{name: a, type: service, port: 444}]");
    assert_eq!(service(&config.checks[0]).port.as_ref().unwrap().to_string(), "127.0.0.1:444");
}

#[test]
fn a_restart_of_ones_own_takes_the_place_of_the_automatic_one() {
    let own = "on_fail: {actions: [{type: restart, unit: u, after_failures: 4}]}";
    let config = quiet(&format!("checks: [{{name: a, type: service, unit: u, {own}}}]"));
    assert_eq!(restarts(&config.checks[0]), [("u", false, 4)]);
    let config = quiet("checks: [{name: a, type: service, unit: u, auto_restart: false}]");
    assert_eq!(restarts(&config.checks[0]), []);
}

#[test]
fn a_file_without_checks_and_services_says_what_is_missing() {
    let said = load("global: {}").expect_err("is refused").to_string();
    assert!(said.contains("one of these is missing: checks, targets, peers, services"), "{said}");
}
