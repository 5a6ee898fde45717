//! The status monitor as it is deployed: its installer and its hardened unit under a real systemd,
//! which watches a real unit. A restart that is refused is told and monitoring goes on; one that is
//! allowed heals.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::booted::{Booted, PATIENCE};

/// What the status file says of the service, once it is as wanted.
async fn until(machine: &Booted, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let (text, _) = machine.shell("cat /var/lib/chatstack/status.json");
        let status: Value = serde_json::from_str(&text).unwrap_or_default();
        let chat = &status["services"]["chat"];
        if wanted(chat) {
            return chat.clone();
        }
        if Instant::now() > end {
            let (log, _) = machine.shell("journalctl -u status_monitor --no-pager | tail -30");
            panic!("not {what}: {status}\n{log}");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

const CONFIG: &str = "\
global: {interval_s: 0.5, timeout_s: 0.5, actions: {cooldown_s: 0}}
services:
- {key: chat, name: ChatStack, systemd: chat, process_match: ['sleep 98765'], require_process: true}
";

#[tokio::test]
async fn the_installed_monitor_watches_a_real_unit_and_restarts_it_where_it_may() {
    let chat = ("chat.service", "[Service]\nExecStart=/bin/sleep 98765\n");
    let Some(machine) = Booted::with(&[chat]).await else { return };
    fs::write(machine.path("monitor.yml"), CONFIG).unwrap();
    machine.systemctl(&["start", "chat"]);
    machine.bring(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy"), "deploy");
    machine.bring(Path::new(env!("CARGO_BIN_EXE_checker")), "checker");
    machine.must("install -m 0755 /srv/test/checker /usr/local/bin/checker");
    machine.must("install -D -m 0644 /srv/test/monitor.yml /opt/ChatStack/config/monitor.yml");
    for _ in 0..2 {
        machine.must("bash /srv/test/deploy/install_status_monitor.sh /opt/ChatStack");
    }
    let chat = until(&machine, "all is well", |chat| chat["ok"] == true).await;
    assert_eq!(
        (&chat["systemd"]["state"], &chat["processes"]["count"]),
        (&"active".into(), &1.into())
    );
    assert_eq!(
        machine.must("ps -o user= -p $(systemctl show -P MainPID status_monitor)"),
        "status-monitor"
    );
    assert_eq!(machine.must("stat -c '%a %U' /var/lib/chatstack"), "750 status-monitor");
    assert_eq!(machine.must("stat -c %a /var/lib/chatstack/status.json"), "640");

    machine.must("systemctl kill -s KILL chat");
    let refused = until(&machine, "the restart is refused", |chat| {
        let result = chat["auto_restart_result"].as_str();
        result.is_some_and(|result| result.starts_with("FAILED: "))
    })
    .await;
    assert_eq!((&refused["ok"], &refused["systemd"]["state"]), (&false.into(), &"failed".into()));
    assert_eq!(machine.must("systemctl is-active status_monitor"), "active");

    // With leave, which this machine has no polkit to give: as root.
    machine.must("systemctl start chat");
    until(&machine, "it is well again", |chat| chat["ok"] == true).await;
    machine.must(
        "mkdir /etc/systemd/system/status_monitor.service.d && \
         printf '[Service]\nUser=root\nGroup=root\nCapabilityBoundingSet=CAP_DAC_OVERRIDE\n' \
         >/etc/systemd/system/status_monitor.service.d/root.conf && \
         systemctl daemon-reload && systemctl restart status_monitor && systemctl kill -s KILL chat",
    );
    until(&machine, "it is restarted", |chat| {
        chat["ok"] == true && chat["auto_restart_result"] == "OK: chat restarted"
    })
    .await;
    machine.must("systemctl is-active chat");
    let helped = "grep -c '\"result\":\"OK\",\"helped\":true' /var/lib/chatstack/results.jsonl";
    until(&machine, "its help is written down", |_| machine.shell(helped).0 == "1").await;
    assert_eq!(
        machine.must("systemctl stop status_monitor && systemctl show -P Result status_monitor"),
        "success"
    );
    assert_eq!(machine.must(helped), "1");
}
