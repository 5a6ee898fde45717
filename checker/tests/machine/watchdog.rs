//! A unit that systemd itself watches: what its states are called while its pings stop, and what the
//! check makes of them.

use crate::{booted::Booted, watch::Watch};

/// Pings five times a second for as long as a file is there; what is left then pings no more.
fn pinging(further: &str) -> String {
    format!(
        "[Service]
Type=notify
NotifyAccess=all
WatchdogSec=1
LimitCORE=0
{further}
ExecStart=/bin/sh -c 'systemd-notify --ready; while [ -e /run/well ]; do systemd-notify WATCHDOG=1; \
sleep 0.2; done; exec sleep infinity'
"
    )
}

async fn machine(further: &str) -> Option<Booted> {
    let machine = Booted::with(&[("it.service", &pinging(further))]).await?;
    machine.must("touch /run/well && systemctl start it");
    Some(machine)
}

fn watched(machine: &Booted) -> Watch {
    let checks = "global: {interval_s: 0.2, notify_on: [first_fail, recovered, warn]}\n\
                  checks: [{name: it, type: systemd, unit: it.service, timeout_s: 20}]\n";
    Watch::new(checks).var("SYSTEMCTL_BIN", machine.program("systemctl", false))
}

/// The reason of the last cycle that ended with a status.
fn reason(watch: &Watch, status: &str) -> String {
    let journal = watch.journal();
    let cycles = journal.iter().filter(|line| line["event"] == "check" && line["status"] == status);
    cycles.map(|line| line["details"].to_string()).next_back().unwrap_or_default()
}

#[tokio::test]
async fn a_unit_that_stops_its_pings_is_failed_for_systemctl_and_for_the_check() {
    let Some(machine) = machine("Restart=no").await else { return };
    let watch = watched(&machine);
    let _running = watch.start(&[]);
    // Longer than its limit, so that the pings are what keeps it.
    watch.until("kept by its pings", |watch| watch.cycles("it", "OK") > 8).await;
    assert_eq!(watch.cycles("it", "FAIL"), 0);
    machine.must("rm /run/well");
    watch.until("seen to fail", |watch| watch.cycles("it", "FAIL") > 0).await;
    machine.until("it", "failed").await;
    assert_eq!(machine.must("systemctl show -P Result it"), "watchdog");
    watch
        .until("told of the state", |watch| reason(watch, "FAIL").contains("it.service is failed"))
        .await;
    machine.must("touch /run/well && systemctl start it");
    watch
        .until("seen well again", |watch| watch.kinds("it").iter().any(|kind| kind == "recovered"))
        .await;
    // A look while systemd still stops it is a warning on the way.
    let kinds = watch.kinds("it");
    let told: Vec<_> = kinds.iter().filter(|kind| *kind != "warn").collect();
    assert_eq!(told, ["first_fail", "recovered"]);
}

#[tokio::test]
async fn a_unit_that_systemd_restarts_by_its_watchdog_is_a_warning_while_it_waits_for_its_start() {
    let Some(machine) = machine("Restart=on-watchdog\nRestartSec=3").await else { return };
    let watch = watched(&machine);
    let _running = watch.start(&[]);
    watch.until("seen well", |watch| watch.cycles("it", "OK") > 0).await;
    machine.must("rm /run/well");
    machine.until("it", "activating").await;
    watch.until("seen to wait", |watch| watch.cycles("it", "WARN") > 0).await;
    machine.must("touch /run/well");
    machine.until("it", "active").await;
    let well = watch.cycles("it", "OK");
    watch.until("seen well again", |watch| watch.cycles("it", "OK") > well).await;
    assert!(reason(&watch, "WARN").contains("it.service is activating"), "{:?}", watch.journal());
    let restarts: u32 = machine.must("systemctl show -P NRestarts it").parse().unwrap();
    assert!(restarts > 0);
    assert_eq!(watch.kinds("it").first().map(String::as_str), Some("warn"));
}
