//! Being on duty through the forms.

use axum::body::Body;
use http::{Request, StatusCode, header};

use super::{acted, get, is_closed, is_tame, playing, post, send};
use crate::train::{
    desk::Deed,
    pages::{Archive, router},
    samples::HOSTILE,
};

#[tokio::test]
async fn whoever_comes_first_says_their_name() {
    let (pages, ..) = playing();
    let nameless = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::HOST, "localhost:8600");
        request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("tool=restart-db"))
            .unwrap()
    };
    let asked = send(&pages, nameless("GET", "/duty")).await;
    asked.says(&["Who are you?", "action=\"/duty/name\""]);
    is_closed(&asked.text);
    let refused = send(&pages, nameless("POST", "/duty/operate")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "nobody acts without a name");
    refused.says(&["Nothing was done yet"]);
    let named = post(&pages, "/duty/name", "name=Zo%C3%AB+Li").await;
    assert_eq!((named.status, named.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/duty"));
    let cookie = named.header(header::SET_COOKIE);
    assert!(
        cookie.starts_with("firedrill_name=Zo%C3%AB+Li; ") && cookie.contains("SameSite=Strict")
    );
    let empty = post(&pages, "/duty/name", "name=+").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.says(&["role=\"alert\"", "Type your name"]);
}

#[tokio::test]
async fn the_page_shows_what_the_desk_tells_and_the_way_to_board_and_panel() {
    let (pages, ..) = playing();
    let page = get(&pages, "/duty").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says(&[
        "On duty, no incident declared",
        "<b id=\"clock\">4:35</b>",
        "25:25 (2 min 33 s of yours) left",
        "Ann <span class=\"quiet\">of</span> <b>Blue</b>",
        "marketing is proud",
        "href=\"http://127.0.0.1:8501/\"",
        "href=\"http://127.0.0.1:8000/\"",
        "[FAIL] api-availability: status is 503",
        "<button>Acknowledge<span class=\"vh\"> db-health, alert 1</span></button>",
        "href=\"http://127.0.0.1:8501/check/db-health\"",
        "<b>RETRYING</b>",
        "<button>Restart the database</button>",
        "Everything that asks it fails for 30 s.",
        "<optgroup label=\"db\">",
        "<option value=\"db/db.pool\">db: no free connections</option>",
        "It costs 5 points; 2 left.",
        "<b>Bo</b> <span>noted: the database looks slow</span>",
    ]);
    is_closed(&page.text);
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    let inline = regex::Regex::new(r#" (style|on[a-z]+)=""#).unwrap();
    assert_eq!(inline.find(&page.text), None, "nothing inline");
}

#[tokio::test]
async fn every_form_does_its_deed_in_the_name_of_who_sent_it() {
    let (pages, view, _) = playing();
    let table = [
        ("acknowledge", "check=db-health", Deed::Acknowledge { check: "db-health".to_owned() }),
        ("declare", "", Deed::Declare),
        ("note", "text=two%0D%0Alines%20%3Cb%3E", Deed::Note { text: "two\nlines <b>".to_owned() }),
        (
            "diagnose",
            "cause=db/db.pool",
            Deed::Diagnose { component: "db".to_owned(), fault: "db.pool".to_owned() },
        ),
        ("operate", "tool=restart-db", Deed::Operate { tool: "restart-db".to_owned() }),
        ("hint", "left=2", Deed::Hint),
        ("resolve", "", Deed::Resolve),
    ];
    for (word, form, deed) in table {
        let done = post(&pages, &format!("/duty/{word}"), form).await;
        assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/duty"));
        let view = view.lock().unwrap();
        let last = view.done.last().unwrap();
        assert_eq!((last.by.as_str(), &last.deed), ("Ann", &deed), "{word}");
    }
    let page = get(&pages, "/duty").await;
    page.says(&[
        "Acknowledged by Ann at 4:35",
        "named a cause: db, no free connections",
        "used “Restart the database”</span> <span class=\"answer\">done in 20 s",
        "<span class=\"answer\">Look below the app.</span>",
        "lines &#60;b&#62;",
        "The exercise is over",
        "href=\"/debrief\">Go to the debrief",
        "You, at 4:35: said that it is over",
    ]);
    assert!(!page.text.contains("action=\"/duty/"), "nothing can be done any more");
    is_closed(&page.text);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_what_was_typed_is_kept() {
    let (pages, view, _) = playing();
    let long = "x".repeat(2_001);
    for (path, form, status, words) in [
        ("/duty/note", "text=+", 409, "The note is empty."),
        ("/duty/note", &*format!("text={long}"), 409, &*long),
        ("/duty/diagnose", "cause=", 409, "Choose a cause."),
        ("/duty/diagnose", "cause=nonsense", 409, "Choose a cause from the list."),
        ("/duty/operate", "tool=nuke", 409, "there is no tool nuke"),
        ("/duty/hint", "left=3", 409, "asked for this hint in the meantime"),
        ("/duty/fly", "", 404, "There is nothing at /duty/fly."),
        ("/duty/note", &*format!("text={}", "y".repeat(40_000)), 413, "That form cannot be read"),
        ("/duty/hint", "left=many", 422, "That form cannot be read"),
    ] {
        let refused = post(&pages, path, form).await;
        assert_eq!(refused.status.as_u16(), status, "{path} {form:.20}");
        refused.says(&[words, "</html>"]);
        is_closed(&refused.text);
    }
    assert_eq!(view.lock().unwrap().done.len(), 1, "nothing was done");
    let back = get(&pages, "/duty/note").await;
    assert_eq!(back.header(header::LOCATION), "/duty", "the address of a refused form leads back");
}

#[tokio::test]
async fn nobody_comes_from_another_machine_or_site() {
    let (pages, view, _) = playing();
    let request = |host: &str, origin: &str| {
        Request::builder()
            .method("POST")
            .uri("/duty/resolve")
            .header(header::HOST, host)
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, "firedrill_name=Ann")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::empty())
            .unwrap()
    };
    for (host, origin) in [
        ("evil.example", "http://evil.example"),
        ("127.0.0.1:8600", "http://evil.example"),
        ("127.0.0.1:8600", "http://127.0.0.1:8000"),
    ] {
        let refused = send(&pages, request(host, origin)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{host} from {origin}");
        is_closed(&refused.text);
    }
    assert!(!view.lock().unwrap().over);
    let here = send(&pages, request("127.0.0.1:8600", "http://127.0.0.1:8600")).await;
    assert_eq!(here.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn hostile_names_and_texts_are_text() {
    let (pages, view, _) = playing();
    *view.lock().unwrap() = acted::hostile();
    for path in ["/duty", "/duty/mail/1"] {
        let page = get(&pages, path).await;
        is_tame(&page.text);
        is_closed(&page.text);
    }
    let note: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let refused = post(&pages, "/duty/note", &format!("text={note}{}", "z".repeat(2_000))).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    is_tame(&refused.text);
}

#[tokio::test]
async fn an_alert_can_be_read_in_full_and_acknowledged_there() {
    let (pages, ..) = playing();
    let mail = get(&pages, "/duty/mail/2").await;
    mail.says(&["Arrived at 4:25", "Threshold: status 200.", "value=\"api-availability\""]);
    for path in ["/duty/mail/0", "/duty/mail/3", "/duty/mail/x", "/nowhere", "/static/board.css"] {
        assert_eq!(get(&pages, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let wrong = post(&pages, "/duty", "").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    wrong.says(&["does not take POST"]);
}

#[tokio::test]
async fn a_desk_that_nobody_keeps_is_no_error_of_the_page() {
    let (desk, asked) = crate::train::desk::Desk::new();
    drop(asked);
    let archive = Archive::new(None, None);
    let pages = router(desk, archive.clone());
    assert_eq!(get(&pages, "/duty").await.status, StatusCode::GONE);
    assert_eq!(post(&pages, "/duty/declare", "").await.status, StatusCode::GONE);
    archive.finish(crate::train::samples::record());
    assert_eq!(get(&pages, "/duty").await.header(header::LOCATION), "/debrief");
    assert_eq!(get(&pages, "/").await.header(header::LOCATION), "/duty");
}
