//! What holds for every page: its size, where it loads from, who may see it.

use engine::{Severity, Status, Timestamp};
use http::{Request, StatusCode};

use crate::{
    history::{History, at, because, secs},
    site::Site,
    stories,
};

fn now() -> Timestamp {
    at("2026-01-05T02:30:20Z")
}

#[tokio::test(start_paused = true)]
async fn the_board_stays_small_however_many_checks_there_are_and_however_they_fail() {
    let mut histories = vec![stories::four(now()), stories::varied(now())];
    histories.extend([1000, 100, 25].map(|checks| stories::large(now(), checks)));
    histories.extend([1, 4, 8, 12, 16, 24, 25, 300].map(all_failing));
    for history in histories {
        let checks = history.board.entries.len();
        let page = Site::at(now(), &history).get("/").await;
        let rows = page.text.matches("<tr class=").count();
        assert!(rows == 200 || checks < 50, "{checks} checks: {rows} rows");
        assert!(page.text.len() <= 60 * 1024, "{checks} checks: {} bytes", page.text.len());
    }
}

#[tokio::test(start_paused = true)]
async fn the_cluster_stays_small_however_many_services_there_are_and_however_they_fail() {
    let mut histories: Vec<_> = [1000, 100, 25].map(|checks| stories::large(now(), checks)).into();
    histories.extend([1, 8, 12, 16, 24, 25, 300].map(all_failing));
    for history in histories {
        let checks = history.board.entries.len();
        let site = Site::at(now(), &history);
        for address in ["/cluster", "/cluster?range=30d"] {
            let page = site.get(address).await.text;
            assert!(page.len() <= 60 * 1024, "{checks} checks: {} bytes", page.len());
            let (rows, lines) =
                (page.matches("class=up").count(), page.matches("class=line").count());
            assert_eq!((rows, lines), (checks.min(24), checks.min(10)));
            assert!(checks <= 24 || page.contains(&format!("and {} more services", checks - 24)));
        }
    }
}

/// Hundreds of failures with reasons that are long and full of quotes.
fn all_failing(checks: usize) -> History {
    let names: Vec<_> = (0..checks).map(|n| format!("customer-facing-service-{n:03}")).collect();
    let cards: Vec<_> = names.iter().map(|name| (name.as_str(), "http", Severity::P1)).collect();
    let mut history = History::started(now() - secs(7200), &cards);
    let reason = "status 503, expected 200; $.status \"down\", expected = \"ok\"; \
                  latency 3120 ms, expected < 3000 ms; $.checks[0].name \"db\", expected \"api\"";
    for n in 0..(600 / checks as u64).max(3) {
        for name in &names {
            let ts = now() - secs(3600) + secs(6 * n);
            history.measured(ts, name, Status::Fail, because(reason), 3_120, 3);
        }
    }
    for name in &names {
        history.measured(now() - secs(3), name, Status::Fail, because(reason), 3_120, 3);
    }
    history
}

#[tokio::test(start_paused = true)]
async fn a_thousand_checks_are_all_within_reach() {
    let site = Site::at(now(), &stories::large(now(), 1000));
    let mut found = std::collections::BTreeSet::new();
    for page in 1..=7 {
        let page = site.get(&format!("/?names={page}")).await.text;
        found.extend(page.split("href=/check/").skip(1).map(|rest| rest[..25].to_owned()));
    }
    assert_eq!(found.len(), 1000);
    let kiosk = site.get("/kiosk").await;
    assert!(kiosk.has("977") && kiosk.text.matches("field red s-fail").count() == 12);
}

#[tokio::test(start_paused = true)]
async fn pages_refresh_with_and_without_script_and_load_nothing_from_elsewhere() {
    let site = Site::at(now(), &stories::four(now()));
    for address in ["/", "/kiosk", "/check/api-availability"] {
        let page = site.get(address).await;
        assert!(page.has("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>"));
        assert!(!page.has("http://") || page.has("8000"), "{address}");
        assert!(!page.has(" style=") && !page.has("<style") && !page.has("onclick"), "{address}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(page.headers["cache-control"], "no-store");
        for part in page.text.split("\"/static/").skip(1) {
            let file = site.get(&format!("/static/{}", part.split('"').next().unwrap())).await;
            assert_eq!(file.status, StatusCode::OK);
            assert!(file.headers["cache-control"].to_str().unwrap().contains("immutable"));
        }
    }
    assert_eq!(site.get("/static/board-00000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_key_closes_everything_but_the_health() {
    let site = Site::empty(now(), Some("s3cret"));
    for address in ["/", "/kiosk", "/api/state", "/metrics", "/nowhere"] {
        let closed = site.get(address).await;
        assert_eq!(closed.status, StatusCode::UNAUTHORIZED, "{address}");
        assert!(closed.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"));
        assert!(!closed.has("s3cret"));
        for proof in ["Bearer s3cret", "Basic eDpzM2NyZXQ="] {
            let open = site.ask(Request::get(address).header("authorization", proof)).await;
            assert_ne!(open.status, StatusCode::UNAUTHORIZED, "{address} {proof}");
        }
    }
    assert_eq!(site.get("/healthz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
