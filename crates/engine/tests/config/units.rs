//! The keys of the checks that ask programs of the machine, and their defaults.

use engine::config::{
    Action, ActionKind, CommandSpec, Config, ExitMeaning, LogHeartbeatSpec, LogSource, RestartWhen,
    Spec, SystemdSpec,
};

use crate::support::{SEC, data, quiet};

fn systemd(keys: &str) -> (SystemdSpec, std::time::Duration) {
    let config = quiet(&format!("checks: [{{name: a, type: systemd, {keys}}}]"));
    let Spec::Systemd(spec) = &config.checks[0].spec else { panic!("no systemd check") };
    (spec.clone(), config.checks[0].timeout)
}

#[test]
fn every_key_of_a_systemd_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("web server").expect("the check");
    let Spec::Systemd(spec) = &check.spec else { panic!("no systemd check") };
    assert_eq!(spec, &SystemdSpec { unit: "nginx@1.service".into(), use_sudo: true });
    assert_eq!(check.spec.type_word(), "systemd");
}

#[test]
fn a_unit_may_be_called_a_service_and_has_fifteen_seconds() {
    let plain = SystemdSpec { unit: "nginx.service".into(), use_sudo: false };
    assert_eq!(systemd("unit: nginx.service"), (plain.clone(), 15 * SEC));
    assert_eq!(systemd("service: nginx.service, timeout_s: 8"), (plain, 8 * SEC));
}

#[test]
fn a_unit_that_fails_is_not_restarted_unless_an_action_says_so() {
    let config = quiet("checks: [{name: a, type: systemd, unit: a.service}]");
    assert!(config.checks[0].actions.is_empty());
}

fn heartbeat(config: &Config, name: &str) -> LogHeartbeatSpec {
    let check = config.check(name).expect("the check");
    let Spec::LogHeartbeat(spec) = &check.spec else { panic!("no log_heartbeat check") };
    spec.clone()
}

fn restart(action: &Action) -> (&str, bool, RestartWhen, bool) {
    let ActionKind::Restart { unit, use_sudo, when } = &action.kind else { panic!("no restart") };
    (unit, *use_sudo, *when, action.enabled)
}

#[test]
fn every_key_of_a_log_heartbeat_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let spec = heartbeat(&config, "gateway");
    assert_eq!(spec.source, LogSource::Journal("datum@2.service".into()));
    assert_eq!(spec.pattern.regex().as_str(), r"^(?P<time>\S+ \S+) (?P<clients>\d+) miners");
    assert_eq!((spec.min_clients, spec.max_age, spec.lookback), (3, 600 * SEC, 900 * SEC));
    assert_eq!(spec.zone.as_ref().and_then(|zone| zone.iana_name()), Some("Europe/Berlin"));
    assert_eq!(spec.status_file.as_deref(), Some("/tmp/datum_gateway_status.json"));
    let [action] = config.check("gateway").expect("it").actions.as_slice() else { panic!("one") };
    assert_eq!(restart(action), ("datum@2.service", true, RestartWhen::Always, false));
    let file = heartbeat(&config, "gateway by its file");
    assert_eq!(file.source, LogSource::File("/var/log/datum.log".into()));
    assert!(config.check("gateway by its file").expect("it").actions.is_empty());
}

#[test]
fn a_log_heartbeat_check_with_nothing_written_looks_after_datum_gateway() {
    let config = quiet("checks: [{name: datum-gateway, type: log_heartbeat}]");
    let spec = heartbeat(&config, "datum-gateway");
    assert_eq!(spec.source, LogSource::Journal("datum_gateway".into()));
    assert_eq!((spec.min_clients, spec.max_age, spec.lookback), (1, 1800 * SEC, 3600 * SEC));
    assert_eq!((spec.zone, spec.status_file), (None, None));
    let [action] = config.checks[0].actions.as_slice() else { panic!("one action") };
    let off = ("datum_gateway", false, RestartWhen::StaleAndNoClients, false);
    assert_eq!((restart(action), action.label.as_str()), (off, "restart datum_gateway"));
}

#[test]
fn a_lookback_follows_the_age_and_one_setting_switches_the_restart_on() {
    let config = quiet(
        "checks: [{name: a, type: log_heartbeat, unit: x, max_age_minutes: 5, on_fail: {actions: [{type: restart, enabled: true}]}}]",
    );
    assert_eq!(heartbeat(&config, "a").lookback, 600 * SEC);
    let [action] = config.checks[0].actions.as_slice() else { panic!("one action") };
    assert_eq!(restart(action), ("x", false, RestartWhen::StaleAndNoClients, true));
}

#[test]
fn a_restart_without_a_unit_is_of_the_unit_that_the_check_looks_at() {
    let config = quiet(
        "checks: [{name: a, type: systemd, unit: x.service, on_fail: {actions: [{type: restart}]}}]",
    );
    let [action] = config.checks[0].actions.as_slice() else { panic!("one action") };
    assert_eq!(restart(action), ("x.service", false, RestartWhen::Always, true));
}

#[test]
fn a_restart_of_the_checks_own_unit_goes_through_sudo_as_the_check_does_unless_told_otherwise() {
    let through_sudo = |action: &str| {
        let config = quiet(&format!(
            "checks: [{{name: a, type: systemd, unit: x.service, use_sudo: true, on_fail: {{actions: \
             [{{type: restart{action}}}]}}}}]"
        ));
        let [action] = config.checks[0].actions.as_slice() else { panic!("one action") };
        let ActionKind::Restart { use_sudo, .. } = &action.kind else { panic!("a restart") };
        *use_sudo
    };
    assert!(through_sudo(""));
    assert!(!through_sudo(", use_sudo: false"));
    assert!(!through_sudo(", unit: other.service"));
    assert!(through_sudo(", unit: other.service, use_sudo: true"));
}

fn command(config: &Config, name: &str) -> CommandSpec {
    let Spec::Command(spec) = &config.check(name).expect("the check").spec else {
        panic!("no command check")
    };
    spec.clone()
}

#[test]
fn every_key_of_a_command_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let own = command(&config, "own program");
    assert_eq!(own.argv, ["/usr/local/bin/look", "--at", "t0k3n"]);
    assert_eq!(own.exit, ExitMeaning::Wanted(3));
    assert_eq!(own.expect_output.expect("one").regex().as_str(), "^ready: \\d+");
    assert_eq!(command(&config, "plugin").exit, ExitMeaning::Nagios);
    let plain = command(&quiet("checks: [{name: a, type: command, argv: [x]}]"), "a");
    assert_eq!((plain.exit, plain.expect_output), (ExitMeaning::Wanted(0), None));
}
