//! Units of a real systemd: their states, a restart that helps, one that is refused, a budget.

use crate::{booted::Booted, watch::Watch};

const GOOD: &str = "[Service]\nExecStart=/bin/sleep infinity\n";
const BROKEN: &str = "[Service]\nExecStart=/bin/sh -c 'exit 3'\n";
/// Never says that it is ready.
const SLOW: &str =
    "[Service]\nType=notify\nTimeoutStartSec=infinity\nExecStart=/bin/sleep infinity\n";

const UNITS: [(&str, &str); 3] =
    [("good.service", GOOD), ("broken.service", BROKEN), ("slow.service", SLOW)];

#[tokio::test]
async fn real_units_are_told_by_the_words_of_systemctl() {
    let Some(machine) = Booted::with(&UNITS).await else { return };
    machine.systemctl(&["start", "--no-block", "good", "broken", "slow"]);
    machine.until("good", "active").await;
    machine.until("broken", "failed").await;
    machine.until("slow", "activating").await;
    let units = ["good", "broken", "slow", "nosuch"];
    let checks: Vec<_> = units
        .iter()
        .map(|unit| format!("  - {{name: {unit}, type: systemd, unit: {unit}.service}}\n"))
        .collect();
    let watch = Watch::new(&format!("checks:\n{}", checks.concat()))
        .var("SYSTEMCTL_BIN", machine.program("systemctl", false));
    let (code, mut lines) = watch.once(&[]);
    lines.retain(|line| line.starts_with('['));
    lines.retain(|line| !line.contains("][FIRST_FAIL]"));
    lines.sort();
    assert_eq!(
        lines,
        [
            "[FAIL] broken broken.service is failed",
            "[FAIL] nosuch nosuch.service is inactive",
            "[OK] good good.service is active",
            "[WARN] slow slow.service is activating",
        ]
    );
    assert_eq!(code, 2);
}

fn restarting(unit: &str, further: &str) -> String {
    format!(
        "global: {{interval_s: 0.3, actions: {{cooldown_s: 0}}}}
checks:
  - name: it
    type: systemd
    unit: {unit}
    timeout_s: 10
    on_fail: {{actions: [{{type: restart, after_failures: 2, timeout_s: 20{further}}}]}}
"
    )
}

#[tokio::test]
async fn a_killed_unit_is_restarted_after_two_failures_and_no_more_than_its_budget_allows() {
    let Some(machine) = Booted::with(&UNITS).await else { return };
    machine.systemctl(&["start", "good"]);
    let watch = Watch::new(&restarting("good.service", ", max_per_hour: 1"))
        .var("SYSTEMCTL_BIN", machine.program("systemctl", false));
    let _running = watch.start(&[]);
    watch.until("seen well", |watch| watch.cycles("it", "OK") > 0).await;
    assert!(watch.actions().is_empty());

    machine.systemctl(&["kill", "-s", "KILL", "good"]);
    watch.until("helped", |watch| watch.actions().contains(&"helped: true".into())).await;
    assert_eq!(watch.actions(), ["STARTED", "OK good.service restarted", "helped: true"]);
    assert_eq!(machine.state("good"), "active");
    assert_eq!(watch.cycles("it", "FAIL"), 2, "it ran after the second failure");

    machine.systemctl(&["kill", "-s", "KILL", "good"]);
    watch.until("skipped", |watch| watch.actions().len() > 3).await;
    let failed = watch.cycles("it", "FAIL");
    watch.until("watched on", |watch| watch.cycles("it", "FAIL") > failed + 3).await;
    assert_eq!(watch.actions()[3..], ["SKIPPED rate_limited"]);
    assert_eq!(machine.state("good"), "failed");
}

#[tokio::test]
async fn a_restart_that_is_refused_is_told_with_the_reason_and_watching_goes_on() {
    let Some(machine) = Booted::with(&UNITS).await else { return };
    machine.systemctl(&["start", "--no-block", "broken"]);
    machine.until("broken", "failed").await;
    let watch = Watch::new(&restarting("broken.service", ""))
        .var("SYSTEMCTL_BIN", machine.program("systemctl", true));
    let _running = watch.start(&[]);
    watch
        .until("refused and watched on", |watch| {
            watch.actions().contains(&"helped: false".into()) && watch.cycles("it", "FAIL") > 4
        })
        .await;
    let actions = watch.actions();
    assert_eq!((actions[0].as_str(), actions.len()), ("STARTED", 3), "{actions:?}");
    assert!(
        actions[1].starts_with("FAILED ") && actions[1].contains("uthentication"),
        "{actions:?}"
    );
    let told = |line: &serde_json::Value| line["event"] == "notify" && line["kind"] == "first_fail";
    assert_eq!(watch.journal().iter().filter(|line| told(line)).count(), 1);
}

#[test]
fn on_a_machine_without_systemctl_the_check_is_unknown_and_the_others_go_on() {
    let watch = Watch::new(
        "checks:
  - {name: unit, type: systemd, unit: x.service}
  - {name: other, type: command, argv: [echo, fine]}
",
    )
    .var("SYSTEMCTL_BIN", "/nonexistent");
    let (code, lines) = watch.once(&[]);
    assert_eq!(code, 1);
    let unknown = "[UNKNOWN] unit no systemctl on this machine (`/nonexistent` was not found)";
    assert!(lines.iter().any(|line| line.starts_with(unknown)), "{lines:?}");
    assert!(lines.contains(&"[OK] other fine".to_owned()), "{lines:?}");
}
