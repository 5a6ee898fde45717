//! The keys of the checks that look at systemd units, and their defaults.

use engine::config::{Spec, SystemdSpec};

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
