//! Heartbeats in a real journal, and in the answers of a journalctl that is told what to say.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::{
    booted::{Booted, script},
    watch::Watch,
};

const PLAIN: &str = "checks: [{name: datum-gateway, type: log_heartbeat}]\n";

/// A unit that writes a heartbeat of so long ago when it starts, and then lives on.
fn gateway(ago: &str, clients: u32) -> String {
    format!(
        "[Service]\nExecStart=/bin/sh -c 'echo \"$$(date -d \"{ago}\" \"+%%F %%T.%%3N\") [main] INFO: \
         Server stats: {clients} clients / 14.36 Th/s\"; exec sleep infinity'\n"
    )
}

async fn beating(ago: &str, clients: u32) -> Option<Booted> {
    let machine = Booted::with(&[("datum_gateway.service", &gateway(ago, clients))]).await?;
    machine.systemctl(&["start", "datum_gateway"]);
    let until = tokio::time::Instant::now() + crate::booted::PATIENCE;
    loop {
        let said = machine.inside(&["journalctl", "-u", "datum_gateway", "--no-pager"]).stdout;
        if String::from_utf8_lossy(&said).contains("Server stats: ") {
            return Some(machine);
        }
        assert!(tokio::time::Instant::now() < until, "the journal has no heartbeat");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn over(machine: &Booted, checks: &str) -> Watch {
    Watch::new(checks)
        .var("JOURNALCTL_BIN", machine.program("journalctl", false))
        .var("SYSTEMCTL_BIN", machine.program("systemctl", false))
}

#[tokio::test]
async fn a_heartbeat_in_a_real_journal_is_told_in_the_known_words_with_nothing_configured() {
    let Some(machine) = beating("174 seconds ago", 2).await else { return };
    let watch = over(&machine, PLAIN);
    let (code, lines) = watch.once(&["--only", "datum-gateway"]);
    let ok = "[OK] Last heartbeat 2.9 min ago with 2 clients — all good.".to_owned();
    let later = ok.replace("2.9", "3.0");
    assert!(code == 0 && (lines == [ok] || lines == [later]), "{code} {lines:?}");
}

#[tokio::test]
async fn a_gateway_that_is_stale_and_without_clients_is_restarted_for_real_once_that_is_enabled() {
    let Some(machine) = beating("45 minutes ago", 0).await else { return };
    let run = |machine: &Booted| {
        machine.inside(&["systemctl", "show", "-P", "InvocationID", "datum_gateway"]).stdout
    };
    let before = run(&machine);
    let watch = over(&machine, PLAIN);
    let (code, lines) = watch.once(&["--only", "datum-gateway"]);
    let words = "[FAIL] Last heartbeat was 45.0 min ago (max 30) with 0 clients.";
    assert!(code == 2 && lines.last().is_some_and(|line| line == words), "{code} {lines:?}");
    assert_eq!(watch.actions(), ["SKIPPED disabled"]);
    assert_eq!(run(&machine), before);
    let enabled = PLAIN.replace(
        "log_heartbeat",
        "log_heartbeat, on_fail: {actions: [{type: restart, enabled: true}]}",
    );
    let watch = over(&machine, &enabled);
    watch.once(&[]);
    assert_eq!(watch.actions(), ["STARTED", "OK datum_gateway restarted"]);
    assert_ne!(run(&machine), before);
    machine.until("datum_gateway", "active").await;
}

#[tokio::test]
async fn a_stranger_who_may_not_read_the_journal_measures_nothing() {
    let Some(machine) = beating("1 minute ago", 2).await else { return };
    let watch = Watch::new(PLAIN).var("JOURNALCTL_BIN", machine.program("journalctl", true));
    let (code, lines) = watch.once(&[]);
    assert_eq!(code, 1);
    let begins = "[UNKNOWN] the checker may not read the journal: ";
    assert!(lines.last().is_some_and(|line| line.starts_with(begins)), "{lines:?}");
}

/// A checker whose journalctl prints what a shell script prints.
fn scripted(keys: &str, shell: &str) -> Watch {
    let watch = Watch::new(&PLAIN.replace("log_heartbeat", &format!("log_heartbeat{keys}")));
    let text = format!("#!/bin/sh\necho \"$@\" >> {}\n{shell}\n", watch.path("argv").display());
    let program = script(&watch.path("journalctl"), &text);
    watch.var("JOURNALCTL_BIN", program)
}

fn line(ago: &str, clients: u32) -> String {
    format!(
        "echo \"$(date -d '{ago}' '+%F %T.%3N') [main] INFO: Server stats: {clients} clients / 1 Th/s\""
    )
}

#[test]
fn the_known_lines_and_exit_codes_come_byte_for_byte() {
    let cases = [
        (
            "",
            line("174 seconds ago", 2),
            0,
            "[OK] Last heartbeat 2.9 min ago with 2 clients — all good.",
        ),
        (
            ", min_clients: 2",
            line("306 seconds ago", 1),
            1,
            "[WARN] Heartbeat is recent (5.1 min ago) but only 1 clients.",
        ),
        ("", String::new(), 2, "[FAIL] No recent heartbeat found in journal logs."),
        (
            "",
            line("45 minutes ago", 2),
            2,
            "[FAIL] Last heartbeat was 45.0 min ago (max 30) with 2 clients.",
        ),
    ];
    for (keys, shell, code, words) in cases {
        let watch = scripted(keys, &shell);
        let (ended, lines) = watch.once(&["--only", "datum-gateway"]);
        assert_eq!((ended, lines.last().map(String::as_str)), (code, Some(words)), "{lines:?}");
        let argv = fs::read_to_string(watch.path("argv")).unwrap();
        assert!(
            argv.starts_with("-u datum_gateway --since ") && argv.contains(" --no-pager"),
            "{argv}"
        );
    }
}

#[test]
fn the_status_file_has_its_keys_and_is_not_written_by_a_dry_run() {
    let status = |shell: &str| {
        let watch = scripted(", status_file: status.json", shell);
        watch.once(&["--dry-run"]);
        assert!(!watch.path("status.json").exists());
        watch.once(&[]);
        let mode = fs::metadata(watch.path("status.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        let text = fs::read_to_string(watch.path("status.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let fine = status(
        "echo '2025-08-16 14:31:12.5 Server stats: 7 clients'; "
            .replace("2025-08-16 14:31:12.5", "'$(date '+%F %T')'")
            .as_str(),
    );
    assert_eq!(
        (&fine["ok"], &fine["clients"], &fine["minutes_ago"]),
        (&true.into(), &7.into(), &0.0.into())
    );
    let at = fine["last_heartbeat"].as_str().unwrap();
    assert!(at.len() == 19 && at.as_bytes()[10] == b'T', "{at}");
    let warn = status(&line("1 minute ago", 0));
    assert_eq!((&warn["ok"], &warn["status"]), (&false.into(), &"WARN".into()));
    let none = status("");
    for key in ["last_heartbeat", "minutes_ago", "clients"] {
        assert!(none[key].is_null() && none.get(key).is_some(), "{none}");
    }
    assert_eq!((&none["ok"], &none["status"]), (&false.into(), &"FAIL".into()));
    assert!(none["checked_at"].as_str().is_some_and(|at| at.ends_with('Z')));
}
