//! `/metrics` of checker and dashboard as Prometheus reads them: its own tool has nothing to complain
//! of, whatever the checks are called and however they are.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use engine::Status;

use crate::{
    browser::skip,
    push::listening,
    stack::{Stack, http, said, wait},
};

/// Checks of several types and states, and one without any result.
const CHECKS: &str = r#"global: {interval_s: 0.2, notify_on: []}
checks:
  - {name: 'api: one.two - three_4', type: http, url: "{MOCKAPP_BASE}/api/ping"}
  - {name: broken, type: http, url: "{MOCKAPP_BASE}/nowhere", severity: P1}
  - {name: programm ü, type: command, argv: [printf, '%s', 'a\nb']}
  - {name: nothing, type: command, argv: [/no/such/program]}
  - {name: later, type: http, cron: "0 0 1 1 *", url: "{MOCKAPP_BASE}/api/ping"}
"#;

/// What the tool says of a page; nothing when it is content.
fn promtool(page: &str) -> Option<String> {
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped());
    let tool = tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut tool) = tool else {
        skip::skipped("promtool not found");
        return None;
    };
    tool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    (!output.status.success() || !said(&output).is_empty()).then(|| said(&output))
}

/// A page as `curl` gets it: without the head, and whole.
fn page(url: &str) -> String {
    let answer = http(url, "GET", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("200") && head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(!head.contains("chunked"), "{head}");
    body.to_owned()
}

#[test]
fn promtool_has_nothing_against_the_metrics_of_checker_and_dashboard() {
    let stack = Stack::with(CHECKS);
    let (_checker, door) = listening(&stack, &[]);
    stack.until("broken", "it fails", |entry| entry.status == Status::Fail);
    stack.until("nothing", "it is unknown", |entry| entry.status == Status::Unknown);
    let (_board, address) = stack.dashboard();
    let boards = wait("the dashboard's look", || {
        Some(page(&format!("{address}metrics"))).filter(|page| page.contains("broken"))
    });
    for page in [page(&format!("{door}metrics")), boards] {
        assert!(page.lines().count() > 30 && page.contains("programm ü"), "{page}");
        assert_eq!(promtool(&page), None, "{page}");
    }
}
