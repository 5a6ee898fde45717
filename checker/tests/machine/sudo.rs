//! `use_sudo` through a real sudo: with a rule that wants no password, with one that wants it, and
//! with none at all. Nobody is there to type one, so that nothing may wait for it.

use crate::{
    booted::Booted,
    skip::skipped,
    watch::{PATIENCE_OF_A_CYCLE, Watch},
};

const UNIT: &str = "[Service]\nExecStart=/bin/sleep infinity\n";

/// A machine with a user who may, one whom sudo asks for a password, and one whom it does not know.
async fn machine() -> Option<Booted> {
    if std::process::Command::new("sudo").arg("--version").output().is_err() {
        skipped("sudo not found");
        return None;
    }
    let machine = Booted::with(&[("it.service", UNIT)]).await?;
    let systemctl = machine.must("command -v systemctl");
    machine.must(&format!(
        "for user in allowed asked stranger; do useradd --system $user; done
         cat >/etc/sudoers <<RULES
Defaults secure_path=/usr/sbin:/usr/bin:/sbin:/bin
allowed ALL=(root) NOPASSWD: {systemctl} is-active it.service, {systemctl} restart it.service
asked ALL=(root) {systemctl} is-active it.service, {systemctl} restart it.service
RULES
         chmod 440 /etc/sudoers && rm -rf /etc/sudoers.d && visudo -c && systemctl start it"
    ));
    Some(machine)
}

const CHECKS: &str = "global: {interval_s: 0.3, actions: {cooldown_s: 0}}
checks:
  - name: it
    type: systemd
    unit: it.service
    use_sudo: true
    timeout_s: 20
    on_fail: {actions: [{type: restart, after_failures: 2, timeout_s: 20}]}
";

#[tokio::test]
async fn with_a_rule_for_it_sudo_asks_and_restarts_without_a_password() {
    let Some(machine) = machine().await else { return };
    let watch = Watch::inside(&machine, "allowed", CHECKS);
    assert_eq!(watch.once(&[]), (0, vec!["[OK] it it.service is active".to_owned()]));
    let watch = Watch::inside(&machine, "allowed", CHECKS);
    let _running = watch.start(&[]);
    watch.until("seen well", |watch| watch.cycles("it", "OK") > 0).await;
    machine.must("systemctl kill -s KILL it");
    watch.until("helped", |watch| watch.actions().contains(&"helped: true".into())).await;
    assert_eq!(watch.actions(), ["STARTED", "OK it.service restarted", "helped: true"]);
    assert_eq!(machine.state("it"), "active");
}

#[tokio::test]
async fn where_sudo_would_ask_for_a_password_nothing_is_known_and_nothing_hangs() {
    let Some(machine) = machine().await else { return };
    for user in ["asked", "stranger"] {
        let watch = Watch::inside(&machine, user, CHECKS);
        let before = tokio::time::Instant::now();
        let (code, lines) = watch.once(&[]);
        assert!(before.elapsed() < PATIENCE_OF_A_CYCLE, "{user} waited {:?}", before.elapsed());
        let begins = "[UNKNOWN] it sudo ended with exit code 1: sudo: a password is required";
        assert!(code == 1 && lines.last().is_some_and(|it| it.starts_with(begins)), "{lines:?}");
        assert!(lines.last().is_some_and(|it| it.contains("NOPASSWD")), "{lines:?}");
    }
}

#[tokio::test]
async fn a_restart_that_sudo_refuses_is_failed_with_the_reason_and_watching_goes_on() {
    let Some(machine) = machine().await else { return };
    // It may look for itself, but not restart.
    let checks = CHECKS
        .replace("    use_sudo: true\n", "")
        .replace("{type: restart", "{type: restart, use_sudo: true");
    for user in ["asked", "stranger"] {
        machine.must("systemctl start it");
        let watch = Watch::inside(&machine, user, &checks);
        let running = watch.start(&[]);
        watch.until("seen well", |watch| watch.cycles("it", "OK") > 0).await;
        machine.must("systemctl kill -s KILL it");
        watch
            .until("refused and watched on", |watch| {
                watch.actions().contains(&"helped: false".into()) && watch.cycles("it", "FAIL") > 4
            })
            .await;
        let actions = watch.actions();
        assert_eq!((actions[0].as_str(), actions.len()), ("STARTED", 3), "{actions:?}");
        let begins = "FAILED sudo ended with exit code 1: sudo: a password is required";
        assert!(actions[1].starts_with(begins), "{user}: {actions:?}");
        assert_eq!(machine.state("it"), "failed");
        drop(running);
    }
}
