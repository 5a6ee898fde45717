//! The public page: what it says, and what it never says.

use engine::{
    NoticeKind, Severity, Status,
    details::{Details, Expectation},
    event::ActionResult,
};
use serde_json::json;

use crate::{
    history::{History, at, because, secs},
    site::Site,
    stories,
};

/// Whatever must stay inside has this word in it.
const CANARY: &str = "canary";

fn page(site: &Site) -> String {
    let files = dashboard::public_files(&site.app, "Our <services>").unwrap();
    files.into_iter().find(|(name, _)| *name == "index.html").unwrap().1
}

/// A finding in which every field that may hold text holds a canary.
fn telling() -> Details {
    let word = |what: &str| format!("http://{CANARY}-{what}.internal:8443/{CANARY}");
    Details {
        reason: format!("expected 200, got 503 from {}", word("reason")),
        code: Some(503),
        expectations: vec![Expectation {
            what: word("what"),
            expected: word("expected"),
            actual: word("actual"),
            ok: false,
        }],
        body: Some(word("body")),
        job_id: Some(word("job")),
        facts: json!({"unit": word("fact")}).as_object().unwrap().clone(),
        ..Details::default()
    }
}

fn secretive() -> History {
    let start = at("2026-01-05T02:00:00Z");
    let checks = [("shop", "http", Severity::P1), ("db", "http", Severity::P2)];
    let mut history = History::started(start, &checks);
    history.card("shop").display_name = Some("Web <shop>".to_owned());
    history.configure(start + secs(1), Some("Asia/Kolkata"));
    history.cycle(start + secs(2), "db", Status::Warn, telling());
    history.cycle(start + secs(3), "shop", Status::Ok, telling());
    history.cycle(start + secs(33), "shop", Status::Fail, telling());
    let to = format!("email:{CANARY}@example.org");
    let id = history.notice(start + secs(33), "shop", NoticeKind::FirstFail, &[&to]);
    history.delivery(start + secs(34), "shop", id, &to, Some("550 canary"));
    let action = format!("http_post http://{CANARY}.internal/reset");
    let failed = (ActionResult::Failed, Some("canary is down"), None);
    history.action(start + secs(35), "shop", &action, failed);
    history.refuse(start + secs(40), "checks.yaml:3: canary");
    history.retrying("db", 1, "canary refused", start + secs(70));
    history
}

#[tokio::test(start_paused = true)]
async fn no_address_host_reason_or_detail_gets_onto_the_public_page() {
    let now = at("2026-01-05T02:01:00Z");
    let mut history = secretive();
    for stopped in [false, true] {
        if stopped {
            history.stop(now, "canary pulled the plug");
        }
        let site = Site::at(now, &history);
        let board = site.get("/").await.text + &site.get("/check/shop").await.text;
        assert!(board.matches(CANARY).count() > 10, "the board itself tells all of it");
        for (name, text) in dashboard::public_files(&site.app, "Status").unwrap() {
            for trace in [CANARY, "http://", "https://", "internal", "503", "/data", "checks.yaml"]
            {
                // The icon names its own vocabulary.
                let text = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!text.contains(trace), "{name} has {trace}: {text}");
            }
            assert!(!text.contains("<script"), "{name}");
        }
        assert_eq!(page(&site).contains("Nothing is measured at present."), stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn it_tells_names_words_since_when_uptime_and_the_last_measurement() {
    let page = page(&Site::at(at("2026-01-05T02:01:00Z"), &secretive()));
    for part in [
        "<title>Our &#60;services&#62;: 1 failing, 1 retrying</title>",
        "<h2>Web &#60;shop&#62;</h2>",
        "<h2>db</h2>",
        "<b>FAIL</b>",
        "<b>RETRYING</b>",
        "FAIL since 07:30:33, 27 s",
        "52.63 % up in 57 s",
        "measured <time datetime=2026-01-05T02:00:33.000Z>07:30:33</time>",
        "to 07:31:00: FAIL",
        "As of Monday 5 January 2026, <time datetime=2026-01-05T02:01:00.000Z>07:31:00</time> IST.",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_says_so_when_it_is_stale_and_when_there_is_nothing() {
    let later = at("2026-01-05T05:00:00Z");
    let stale = page(&Site::at(later, &secretive()));
    assert!(stale.contains("Stale: no measurement for 2 h 59 min"), "{stale}");
    assert!(stale.matches("<b>STALE</b>").count() == 2 && !stale.contains("100.00 %"), "{stale}");
    let empty = page(&Site::empty(later, None));
    assert!(empty.contains("No data yet") && empty.contains("Nothing was measured yet"), "{empty}");
}

#[tokio::test(start_paused = true)]
async fn a_day_has_48_cells_and_only_a_day_without_fault_has_a_hundred_percent() {
    let now = at("2026-01-05T12:00:00Z");
    let site = Site::at(now, &stories::four(now));
    let page = page(&site);
    assert_eq!(page.matches("<i class=s-").count() % 48, 0);
    let mut history = History::started(now - secs(7_200), &[("a", "http", Severity::P3)]);
    for n in 0..240 {
        history.cycle(now - secs(7_200 - 30 * n), "a", Status::Ok, because("fine"));
    }
    let site = Site::at(now, &history);
    assert!(self::page(&site).contains("100.00 % up in 2 h"), "{}", self::page(&site));
}
