//! The pages over files in memory: what a person sees.

use std::time::Duration;

use engine::{EventKind, NoticeKind, Severity, Status, Timestamp, event::CheckRemoved};
use http::{Request, StatusCode};

use crate::{
    history::{History, at, because, secs},
    site::Site,
    stories,
};

/// 08:00:20 in India.
const NOW: &str = "2026-01-05T02:30:20Z";

fn now() -> Timestamp {
    at(NOW)
}

/// One check that ended `status` 20 s ago and started two hours ago.
fn one(status: Status) -> History {
    let mut history = History::started(now() - secs(7200), &[("api", "http", Severity::P1)]);
    history.cycle(now() - secs(20), "api", status, because("because of that"));
    history
}

#[tokio::test(start_paused = true)]
async fn each_status_has_its_word_its_colour_and_its_class() {
    for (status, class, colour, word, banner) in [
        (Status::Ok, "tile green s-ok", "GREEN", "OK", "All good"),
        (Status::Warn, "tile amber s-warn", "AMBER", "WARN", "1 warning"),
        (Status::Fail, "tile red s-fail", "RED", "FAIL", "1 failing"),
        (Status::Unknown, "tile grey s-unknown", "GREY", "UNKNOWN", "1 unknown"),
    ] {
        let page = Site::at(now(), &one(status)).get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        for part in [
            format!("class=\"{class}\""),
            format!("<b>{colour}</b>"),
            format!("Status: </span><span>{word}</span>"),
            format!("role=status>{banner}</p>"),
            "because of that".to_owned(),
            "<title>Regular / Morning Checks</title>".to_owned(),
        ] {
            assert!(page.has(&part), "{status}: {part}\n{}", page.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tile_tells_failures_in_a_row_and_since_when() {
    let mut history = one(Status::Fail);
    history.cycle(now() - secs(5), "api", Status::Fail, because("again"));
    let page = Site::at(now(), &history).get("/").await;
    for part in ["Consecutive failures: 2", "FAIL since 08:00:00", "08:00:15</time>", "5 s ago"] {
        assert!(page.has(part), "{part}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_has_not_run_is_pending() {
    let history = History::started(now() - secs(5), &[("api", "http", Severity::P1)]);
    let page = Site::at(now(), &history).get("/").await;
    assert!(page.has("tile grey s-pending") && page.has("Waiting for the first results"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_red_at_once_and_says_what_comes_next() {
    let mut history = one(Status::Ok);
    history.retrying("api", 2, "connection refused", now() + secs(4));
    let page = Site::at(now(), &history).get("/").await;
    let why = "2 of 3 attempts failed: connection refused, next attempt in 4 s";
    assert!(page.has("tile red s-retrying") && page.has(why), "{}", page.text);
    assert!(page.has("1 retrying"));
}

#[tokio::test(start_paused = true)]
async fn silence_of_three_intervals_or_ninety_seconds_is_stale() {
    for (interval_ms, silence, stale) in [
        (30_000, 90, false),
        (30_000, 91, true),
        (1_000, 90, false),
        (1_000, 91, true),
        (60_000, 180, false),
        (60_000, 181, true),
    ] {
        let begin = now() - secs(7200);
        let mut history = History::started(begin, &[("api", "http", Severity::P1)]);
        history.card("api").interval_ms = interval_ms;
        history.configure(begin, None);
        history.cycle(now() - secs(silence), "api", Status::Fail, because("down"));
        let page = Site::at(now(), &history).get("/").await;
        assert_eq!(page.has("tile grey s-stale"), stale, "{interval_ms} {silence}");
        assert_eq!(page.has("Stale: no measurement for"), stale);
        assert_eq!(page.has("Last seen FAIL: down"), stale);
    }
}

#[tokio::test(start_paused = true)]
async fn a_board_goes_stale_while_its_files_stay_as_they_are() {
    let site = Site::at(now(), &one(Status::Ok));
    assert!(site.get("/").await.has("All good"));
    tokio::time::advance(secs(71)).await;
    assert!(site.get("/").await.has("Stale: no measurement for 1 min 31 s"));
    assert_eq!(site.get("/healthz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn times_are_in_the_zone_of_the_configuration() {
    for (zone, heading, time) in [
        (None, "Time (IST)", "<td>08:00:00"),
        (Some("Asia/Kolkata"), "Time (IST)", "<td>08:00:00"),
        (Some("America/Lima"), "Time (America/Lima, UTC-05)", "<td>21:30:00"),
        (Some("UTC"), "Time (UTC)", "<td>02:30:00"),
    ] {
        let mut history = one(Status::Ok);
        history.configure(now(), zone);
        let page = Site::at(now(), &history).get("/").await;
        assert!(page.has("Last 24h Results"));
        assert!(page.has(heading) && page.has(time), "{zone:?}\n{}", page.text);
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_ends_exactly_a_day_ago() {
    let day = secs(24 * 3600);
    let mut history = History::started(now() - secs(30 * 3600), &[("api", "http", Severity::P1)]);
    history.cycle(now() - day - secs(60), "api", Status::Ok, because("too old"));
    history.cycle(now() - day + secs(60), "api", Status::Ok, because("just inside"));
    let page = Site::at(now(), &history).get("/").await;
    assert!(!page.has("<td>too old") && page.has("<td>just inside"), "{}", page.text);
    assert!(page.has("Sunday 4 January 2026"), "the day before has its date");
}

#[tokio::test(start_paused = true)]
async fn tiles_stand_in_the_order_of_the_configuration() {
    let checks = ["zeta", "alpha", "mid"].map(|name| (name, "http", Severity::P3));
    let history = History::started(now(), &checks);
    let page = Site::at(now(), &history).get("/").await.text;
    let place = |name: &str| page.find(&format!("<h2>{name}</h2>")).unwrap();
    assert!(place("zeta") < place("alpha") && place("alpha") < place("mid"));
}

#[tokio::test(start_paused = true)]
async fn a_removed_check_has_no_tile_and_no_page() {
    let mut history = one(Status::Fail);
    history.notice(now(), "api", NoticeKind::FirstFail, &["email"]);
    let name = engine::CheckName::new("api");
    history.push(now(), EventKind::CheckRemoved(CheckRemoved { name }));
    assert!(history.board.entries["api"].removed, "its notice keeps the entry");
    let site = Site::at(now(), &history);
    assert!(site.get("/").await.has("No data yet"));
    assert_eq!(site.get("/check/api").await.status, StatusCode::NOT_FOUND);
}

fn busy() -> History {
    let mut history = History::started(
        now() - secs(7200),
        &[("api", "http", Severity::P1), ("db", "http", Severity::P2)],
    );
    for n in 0..130 {
        let ts = now() - secs(7000) + secs(n * 30);
        history.cycle(ts, "api", Status::Ok, because(&format!("api cycle {n}.")));
        let status = if n < 125 { Status::Ok } else { Status::Fail };
        history.cycle(ts, "db", status, because(&format!("db cycle {n}.")));
    }
    let id = history.notice(now(), "db", NoticeKind::FirstFail, &["email"]);
    history.delivery(now(), "db", id, "email", None);
    history
}

#[tokio::test(start_paused = true)]
async fn filters_and_pages_live_in_the_address() {
    let site = Site::at(now(), &busy());
    for (address, has, lacks) in [
        ("/", "<td>db cycle 129.", "<td>db cycle 0."),
        ("/?page=2", "<td>db cycle 0.", "<td>db cycle 129."),
        ("/?page=99", "<td>db cycle 0.", "<td>db cycle 129."),
        ("/?name=api", "<td>api cycle 0.", "<td>db<td>"),
        ("/?status=FAIL", "<td>db cycle 125.", "<td>api cycle"),
        ("/?status=fail,warn", "<option selected value=\"FAIL,WARN\"", "<td>api<td>"),
        ("/?show=changes", "OK → FAIL", "<td>api cycle 5."),
        ("/?show=notices", "[P2][FIRST_FAIL] db", "<td>db cycle"),
        ("/?show=notices&name=db&status=", "first_fail accepted by email", "<td>api<td>"),
        ("/?show=actions", "No action ran in the last 24 hours.", "<table"),
        ("/?name=nix", "No result of the last 24 hours fits this filter.", "<table"),
        ("/?name=api&show=changes&page=1", "href=\"/?name=api&#38;show=notices\"", "<td>db<td>"),
    ] {
        let page = site.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(page.has(has) && !page.has(lacks), "{address}: {has}\n{}", page.text);
    }
    let first = site.get("/").await;
    assert!(first.has("page 1 of 2") && first.has("href=\"/?page=2\">Older"));
    assert_eq!(first.text.matches("<tr class=").count(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_means_nothing_is_refused_by_name() {
    let site = Site::at(now(), &one(Status::Ok));
    for (query, named) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=many", "page"),
        ("status=BROKEN", "OK, WARN, FAIL, UNKNOWN"),
        ("status=OK,", "status"),
        ("show=everything", "all, changes, notices, actions"),
    ] {
        for path in ["/", "/check/api"] {
            let page = site.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(page.has(named) && page.has("allowed:"), "{query}\n{}", page.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_the_files_is_text_and_never_markup() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;";
    let mut history = History::started(now() - secs(60), &[(evil, evil, Severity::P1)]);
    history.card(evil).display_name = Some(evil.to_owned());
    history.configure(now() - secs(60), None);
    let details = engine::details::Details {
        body: Some(evil.to_owned()),
        expectations: vec![engine::details::Expectation {
            what: evil.into(),
            expected: evil.into(),
            actual: evil.into(),
            ok: false,
        }],
        ..because(evil)
    };
    history.cycle(now() - secs(9), evil, Status::Fail, details);
    let id = history.notice(now(), evil, NoticeKind::FirstFail, &[evil]);
    history.delivery(now(), evil, id, evil, Some(evil));
    history.refuse(now(), evil);
    history.stop(now(), evil);
    let site = Site::at(now(), &history);
    let path = format!(
        "/check/{}",
        url::form_urlencoded::byte_serialize(evil.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    );
    for address in [
        "/",
        "/kiosk",
        path.as_str(),
        "/check/%3Cscript%3E",
        "/%3Cscript%3E",
        "/?page=%3Cscript%3E",
    ] {
        let page = site.get(address).await;
        assert!(!page.has("<script>") && !page.has("<img"), "{address}\n{}", page.text);
        assert!(page.has("&#60;script&#62;") || page.has("%3Cscript%3E"), "{address}");
    }
    assert_eq!(site.get(&path).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_check_shows_expected_and_actual_the_times_and_the_alerts() {
    let site = Site::at(now(), &stories::varied(now()));
    let page = site.get("/check/api-availability").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<code>$.status</code> <b>&#34;down&#34;</b>, expected <span>= &#34;ok&#34;</span>",
        "First byte 7.4 ms",
        "Open incident",
        "accepted 412 ms after it was raised",
        "not accepted at attempt 2, will be tried again: HTTP 503 from the receiver",
        "email last proven 10 min 49 s ago",
        "<dt>Did it help</dt><dd>no</dd>",
        "<dt>Runs in the last hour</dt><dd>1</dd>",
        "&#60;db-1&#62; &#38; &#60;db-2&#62;",
        "Last 60 cycles: 38 OK, 22 FAIL",
    ] {
        assert!(page.has(part), "{part}\n{}", page.text);
    }
    assert!(!page.has("<td>db-health"), "only its own results");
    let job = site.get("/check/nightly-report").await;
    assert!(job.has("<dt>Latest job</dt><dd>20260105-0810</dd>") && job.has("<dd>running</dd>"));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_check_gets_the_list_of_those_that_exist() {
    let page = Site::at(now(), &stories::four(now())).get("/check/nix").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.has("No check is called “nix”.") && page.has("href=/check/db-health>Database health")
    );
}

#[tokio::test(start_paused = true)]
async fn other_paths_and_methods_get_a_friendly_page() {
    let site = Site::at(now(), &one(Status::Ok));
    let missing = site.get("/nowhere").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.has("There is nothing at /nowhere.") && missing.has("Back to the board"));
    let posted = site.ask(Request::post("/")).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(posted.has("it takes GET, not POST"));
    let api = site.get("/api/nowhere").await;
    assert_eq!(
        (api.status, api.json()["error"].as_str()),
        (StatusCode::NOT_FOUND, Some("not_found"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_visitor_must_know_first_stands_above_the_tiles() {
    let mut history = one(Status::Ok);
    history.refuse(now() - secs(9), "checks.yaml:7:3: unknown key 'expct_status'");
    history.results.extend_from_slice(b"{not json\n{\"half\": \"a line");
    let page = Site::at(now(), &history).get("/").await;
    assert!(page.has("Configuration refused") && page.has("checks.yaml:7:3: unknown key"));
    assert!(page.has("The one before stays in force"));
    assert!(page.has("1 line of the results could not be understood"), "the torn tail is no line");
    assert!(!page.has("The checker is stopped"));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_checker_is_named_until_it_starts_again() {
    let mut history = one(Status::Ok);
    history.stop(now() - secs(9), "SIGTERM");
    let page = Site::at(now(), &history).get("/").await;
    assert!(page.has("The checker is stopped") && page.has("SIGTERM"), "{}", page.text);
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_state_leaves_the_last_good_copy_and_says_so() {
    let site = Site::at(now(), &one(Status::Warn));
    assert!(site.get("/").await.has("s-warn"));
    site.put("state.json", b"{\"api\": {\"status\": \"O");
    tokio::time::advance(secs(2)).await;
    let page = site.get("/").await;
    assert!(page.has("tile amber s-warn") && page.has("State unreadable"), "{}", page.text);
    assert_eq!(site.get("/healthz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/api/state").await.json()["api"]["shown"], "WARN");
}

#[tokio::test(start_paused = true)]
async fn files_are_read_once_while_they_stay_and_again_when_they_change() {
    let site = Site::at(now(), &one(Status::Ok));
    site.get("/").await;
    let reads = site.app.reads();
    tokio::time::advance(secs(2)).await;
    site.get("/").await;
    assert_eq!(site.app.reads(), reads, "nothing changed");
    site.put("state.json", &one(Status::Fail).state());
    tokio::time::advance(Duration::from_millis(1_000)).await;
    assert!(site.get("/").await.has("tile red s-fail"), "a hand-edited state shows at once");
}

#[tokio::test(start_paused = true)]
async fn without_data_every_page_says_so() {
    let site = Site::empty(now(), None);
    let page = site.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.has("No data yet") && page.has("state.json") && page.has("tile") && page.has("IST")
    );
    assert!(site.get("/kiosk").await.has("No data yet"));
}
