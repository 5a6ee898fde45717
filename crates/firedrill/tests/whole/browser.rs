//! The pages as a browser shows them: nothing complains, nothing is cut off on a phone, and both
//! colour schemes are drawn. Skipped where there is no Chromium.

use engine::Status;

use crate::stack::{Running, Stack};

#[expect(dead_code, reason = "the scripted player needs the rest")]
#[path = "../common/chromium.rs"]
pub(crate) mod chromium;

#[path = "../../../../checker/tests/common/skip.rs"]
#[expect(clippy::duplicate_mod, reason = "the harness of the mail server has it, too")]
pub(crate) mod skip;

use chromium::axe_core;
pub(crate) use chromium::{Browser, look};

/// The shipped checks, at a pace that suits a test and without the remedy, one of them failing.
fn troubled() -> (Stack, Running) {
    let checks = include_str!("../../../../checks.yaml")
        .replace("global:\n", "global:\n  interval_s: 1\n  actions: {enabled: false}\n")
        .replace("retry_backoff_s: 5 ", "retry_backoff_s: 0.1 ");
    let stack = Stack::with(&checks);
    let checker = stack.watch();
    for name in ["api-availability", "db-health", "queue-depth", "job"] {
        stack.until(name, "all is well", |entry| entry.status == Status::Ok);
    }
    stack.post("admin/faults", r#"{"api_down":true}"#);
    stack.until("api-availability", "it fails", |entry| {
        entry.status == Status::Fail && entry.last_notification_at.is_some()
    });
    (stack, checker)
}

#[test]
fn every_page_is_fine_in_a_browser_in_both_schemes_and_on_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (stack, _checker) = troubled();
    let (_board, board) = stack.dashboard();
    let board = board.trim_end_matches('/');
    let pages: [(&str, String, &[&str]); 7] = [
        ("board", format!("{board}/"), &["RED", "FAIL", "GREEN", "api-availability", "503"]),
        ("check", format!("{board}/check/api-availability"), &["RED", "FAIL", "first_fail", "503"]),
        ("cluster", format!("{board}/cluster"), &["api-availability", "db-health"]),
        ("datum", format!("{board}/datum"), &["No status data available"]),
        ("agent", format!("{board}/agent"), &["A check of type host makes it"]),
        ("kiosk", format!("{board}/kiosk"), &["RED", "GREEN", "db-health"]),
        ("panel", stack.mockapp.clone(), &["API Down", "on now", "Active faults"]),
    ];
    let axe = axe_core();
    for (name, url, words) in pages {
        let text = look(&mut browser, &url, name);
        let found = axe.as_deref().map(|axe| browser.axe(axe)).unwrap_or_default();
        assert!(found.is_empty(), "{name}: axe found\n{}", found.join("\n\n"));
        for word in words {
            assert!(
                text.to_lowercase().contains(&word.to_lowercase()),
                "{name}: no `{word}` in\n{text}"
            );
        }
    }
    browser.visit(&format!("{board}/"));
    browser.value("document.body.setAttribute('onclick', 'boom()')");
    assert!(
        browser.complaints.iter().any(|said| said.contains("Content Security Policy")),
        "complaints are heard, and the policy bites: {:?}",
        browser.complaints
    );
}
