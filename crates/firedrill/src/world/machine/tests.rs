//! The modelled machine through the checker's seams: the words and codes of a real systemd 252, and
//! what a restart does to it.

use std::time::Duration;

use checker::{
    clock::Clock,
    command::{Call, Command, CommandOutcome, Exit},
    processes::ProcessTable,
};
use engine::config::{Source, parse};
use serde_json::{Value, json};
use store::MemoryDisk;
use tokio::{
    sync::{Notify, mpsc::unbounded_channel},
    time::sleep,
};

use super::*;
use crate::{naive::machine::worst, played::Truth, world::chance::Chance};

const CHECKS: &str = r"
checks:
  - {name: web, type: systemd, unit: nginx}
  - {name: shop, type: service, unit: shop, process_match: gunicorn, require_process: true}
  - {name: gateway, type: log_heartbeat, max_age_minutes: 5, min_clients: 3, timezone: Asia/Kolkata}
  - {name: feed, type: log_heartbeat, file: feed.log, on_fail: {actions: [{type: restart, unit: feed}]}}
  - {name: disk, type: command, argv: [check_disk], nagios: true}
  - {name: ledger, type: command, argv: [verify], expect_exit: 4, expect_output: '^balanced \d+$'}
";

struct Bench {
    machine: Machine,
    hands: Arc<Hands>,
    config: Config,
    disk: MemoryDisk,
    watch: Stopwatch,
}

fn bench() -> Bench {
    let watch = Stopwatch::start();
    let clock = Clock::virtual_from("2026-01-05T02:30:00Z".parse().unwrap());
    let disk = MemoryDisk::default();
    let machine = Machine::new(watch, clock.clone(), disk.clone());
    let source = Source { file: "checks.yaml", text: CHECKS };
    let config = parse(source, &|_: &str| None).unwrap().config;
    machine.furnish(&config).unwrap();
    let (notes, _) = unbounded_channel();
    let hands = machine.hands(&Watched::new(disk.clone(), clock, watch, notes, false));
    Bench { machine, hands, config, disk, watch }
}

impl Bench {
    fn breaks(&self, faults: &[Value]) {
        let fault = |step: &Value| {
            let (kind, step) = (step["fault"].as_str().unwrap(), step.as_object().unwrap());
            let spent = Arc::new(Notify::new());
            let chance = Chance::new((kind, step), 1, self.watch, spent);
            Fault::of(kind, kind, step, chance).unwrap()
        };
        self.machine.set_faults(faults.iter().map(fault).collect());
    }

    async fn run(&self, line: &str) -> CommandOutcome {
        let argv = line.split(' ').map(|word| word.replace('_', " ")).collect();
        let timeout = Duration::from_secs(10);
        self.hands.run(&Call { argv, stdin: None, timeout }).await
    }

    /// Exit code, output and complaint.
    async fn said(&self, line: &str) -> (i32, String, String) {
        let CommandOutcome::Finished(finished) = self.run(line).await else {
            panic!("{line} does not end");
        };
        let Exit::Code(code) = finished.exit else { panic!("{line} is killed") };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (code, text(finished.stdout), text(finished.stderr))
    }

    fn opinion(&self, name: &str) -> Truth {
        let check = self.config.enabled().find(|check| check.name.as_str() == name).unwrap();
        self.machine.opinion(check).unwrap().0
    }
}

fn own(code: i32, stdout: &str, stderr: &str) -> (i32, String, String) {
    (code, stdout.to_owned(), stderr.to_owned())
}

#[tokio::test(start_paused = true)]
async fn on_a_good_day_all_that_the_configuration_names_is_there_and_well() {
    let bench = bench();
    assert_eq!(bench.said("systemctl is-active nginx").await, own(0, "active\n", ""));
    let journal = "journalctl -u other --since 3_minutes_ago --no-pager --reverse";
    assert_eq!(bench.said(journal).await, own(0, "-- No entries --\n", ""));
    let listed = bench.hands.list().await.unwrap();
    assert_eq!((listed.len(), &*listed[0].command_line), (1, "/usr/local/bin/gunicorn"));
    assert_eq!(bench.said("verify").await, own(4, "balanced 0\n", ""));
    assert_eq!(bench.run("nobody named me").await, CommandOutcome::NotFound);
    for check in bench.config.enabled() {
        assert_eq!(bench.opinion(check.name.as_str()), Truth::Good, "{}", check.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_has_a_line_a_minute_in_the_zone_of_the_check_newest_first() {
    let bench = bench();
    sleep(Duration::from_secs(81)).await;
    let argv = ["journalctl", "-u", "datum_gateway", "--since", "2 minutes ago", "--no-pager"];
    let argv = argv.map(str::to_owned).to_vec();
    let call = Call { argv, stdin: None, timeout: Duration::from_secs(10) };
    let CommandOutcome::Finished(finished) = bench.hands.run(&call).await else { panic!() };
    let text = String::from_utf8(finished.stdout).unwrap();
    let wanted = "Jan 05 02:31:20 vm datum_gateway[812]: 2026-01-05 08:01:20 Server stats: 3 clients\n\
                  Jan 05 02:30:20 vm datum_gateway[812]: 2026-01-05 08:00:20 Server stats: 3 clients\n";
    assert_eq!(text, wanted);
    let file = store::Disk::read(&bench.disk, Path::new("feed.log")).unwrap();
    assert!(file.ends_with(b"\n2026-01-05 08:01:20 Server stats: 2 clients\n"), "{file:?}");
}

#[tokio::test(start_paused = true)]
async fn every_state_of_a_unit_is_told_with_the_code_of_the_real_systemctl() {
    let bench = bench();
    for (kind, word) in [
        ("failed", "failed"),
        ("inactive", "inactive"),
        ("activating", "activating"),
        ("not_found", "inactive"),
    ] {
        bench.breaks(&[json!({"fault": "unit", "unit": "nginx", "kind": kind})]);
        let wanted = own(3, &format!("{word}\n"), "");
        assert_eq!(bench.said("systemctl is-active nginx.service").await, wanted);
        assert_eq!(bench.said("systemctl is-active shop").await.0, 0);
    }
    let missing = own(5, "", "Failed to restart nginx.service: Unit nginx.service not found.\n");
    assert_eq!(bench.said("systemctl restart nginx").await, missing);
}

#[tokio::test(start_paused = true)]
async fn a_restart_takes_two_seconds_and_heals_its_unit_though_nobody_waits_for_it() {
    let bench = bench();
    let failed = |unit: &str| json!({"fault": "unit", "unit": unit, "kind": "failed"});
    bench.breaks(&[failed("nginx")]);
    let restart = bench.run("/usr/bin/sudo -n systemctl restart nginx");
    assert!(tokio::time::timeout(Duration::from_millis(500), restart).await.is_err());
    assert_eq!(bench.said("systemctl is-active nginx").await.1, "activating\n");
    sleep(Duration::from_millis(1_600)).await;
    assert_eq!(bench.said("systemctl is-active nginx").await, own(0, "active\n", ""));
    assert_eq!(bench.machine.take_healed(), ["unit"]);
    assert_eq!(bench.machine.take_restarts(), [(0, "nginx.service".to_owned())]);

    bench.breaks(&[failed("shop")]);
    assert_eq!(bench.said("systemctl restart nginx").await, own(0, "", ""));
    assert_eq!(bench.said("systemctl is-active shop").await.1, "failed\n", "another unit");
}

#[tokio::test(start_paused = true)]
async fn a_sticky_fault_survives_a_restart_and_one_without_a_name_where_there_are_several_units() {
    let bench = bench();
    for fault in [
        json!({"fault": "unit", "unit": "nginx", "kind": "failed", "sticky": true}),
        json!({"fault": "unit", "kind": "failed"}),
    ] {
        bench.breaks(&[fault]);
        assert_eq!(bench.said("systemctl restart nginx").await, own(0, "", ""));
        assert_eq!(bench.said("systemctl is-active nginx").await.1, "failed\n");
        assert!(bench.machine.take_healed().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_goes_wrong_says_so_in_the_words_of_the_real_one() {
    let bench = bench();
    let wrong = |kind: &str| json!({"fault": "unit.restart", "unit": "nginx", "kind": kind});
    bench.breaks(&[wrong("fails")]);
    let (code, _, said) = bench.said("systemctl restart nginx").await;
    assert!(code == 1 && said.starts_with("Job for nginx.service failed because"), "{said}");
    bench.breaks(&[wrong("refused")]);
    let (code, _, said) = bench.said("systemctl restart nginx").await;
    assert!(code == 1 && said.contains("Interactive authentication required."), "{said}");
    bench.breaks(&[wrong("hangs")]);
    assert_eq!(bench.run("systemctl restart nginx").await, CommandOutcome::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn what_keeps_systemctl_and_journalctl_from_answering_leaves_everybody_blind() {
    let bench = bench();
    for (fault, kind, check) in [
        ("systemctl", "missing", "web"),
        ("systemctl", "no_permission", "web"),
        ("systemctl", "not_booted", "web"),
        ("systemctl", "hangs", "web"),
        ("journalctl", "missing", "gateway"),
        ("journalctl", "no_permission", "gateway"),
        ("journalctl", "no_journal", "gateway"),
        ("journalctl", "hangs", "gateway"),
        ("program", "missing", "disk"),
        ("process", "hidden", "shop"),
    ] {
        bench.breaks(&[json!({"fault": fault, "kind": kind})]);
        assert_eq!(bench.opinion(check), Truth::Blind, "{fault} {kind}");
    }
    bench.breaks(&[json!({"fault": "sudo", "kind": "password"})]);
    let refused = own(1, "", "sudo: a password is required\n");
    assert_eq!(bench.said("sudo -n systemctl is-active nginx").await, refused);
    assert_eq!(bench.opinion("web"), Truth::Good, "it does not go through sudo");
}

#[tokio::test(start_paused = true)]
async fn a_failed_unit_takes_its_processes_and_its_log_with_it() {
    let bench = bench();
    bench.breaks(&[json!({"fault": "unit", "kind": "failed"})]);
    assert!(bench.hands.list().await.unwrap().is_empty());
    sleep(Duration::from_secs(259)).await;
    assert_eq!(bench.opinion("gateway"), Truth::Good, "the last heartbeat is not five minutes old");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(bench.opinion("gateway"), Truth::Bad);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_a_restart_heals_gets_its_next_line_at_the_next_minute() {
    let bench = bench();
    bench.breaks(&[json!({"fault": "log", "log": "feed.log", "kind": "clients"})]);
    sleep(Duration::from_secs(25)).await;
    assert_eq!(bench.opinion("feed"), Truth::Slow);
    bench.said("systemctl restart feed").await;
    assert_eq!(bench.machine.take_healed(), ["log"]);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.opinion("feed"), Truth::Good);
}

#[tokio::test(start_paused = true)]
async fn the_looks_of_a_user_spend_nothing_and_know_that_a_count_may_change_them() {
    let bench = bench();
    bench.breaks(&[json!({"fault": "unit", "unit": "nginx", "kind": "failed", "times": 1})]);
    assert_eq!((bench.opinion("web"), bench.opinion("web")), (Truth::Unsure, Truth::Unsure));
    assert_eq!(bench.said("systemctl is-active nginx").await.1, "failed\n");
    assert_eq!(bench.said("systemctl is-active nginx").await.1, "active\n");
}

#[test]
fn one_part_that_is_bad_outweighs_all_others() {
    let parts = [Truth::Good, Truth::Blind, Truth::Bad, Truth::Unsure];
    let parts = parts.map(|truth| (truth, String::new())).to_vec();
    assert_eq!(worst(parts).unwrap().0, Truth::Bad);
}
