//! The debrief as a page and as a file.

use http::{StatusCode, header};

use super::{get, is_closed, is_tame, playing};
use crate::{
    scenario::Ms,
    train::{
        desk::Deed,
        pages::debrief::{html, minutes},
        samples::{done, hostile, quiet, record},
    },
};

#[tokio::test]
async fn nothing_is_told_before_it_is_over() {
    let (pages, view, archive) = playing();
    for path in ["/debrief", "/debrief/post-mortem.md", "/debrief/1"] {
        let page = get(&pages, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        page.says(&["The exercise is still running", "data-every="]);
    }
    view.lock().unwrap().over = true;
    get(&pages, "/debrief").await.says(&["The exercise is being reckoned up"]);
    archive.finish(record());
    let page = get(&pages, "/debrief").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says(&["The pool runs dry", "the database has no free connections", "post-mortem.md"]);
    is_closed(&page.text);
    let skeleton = get(&pages, "/debrief/post-mortem.md").await;
    assert_eq!(skeleton.header(header::CONTENT_TYPE), "text/markdown; charset=utf-8");
    skeleton.says(&["# Post-mortem: The pool runs dry"]);
}

#[test]
fn the_debrief_tells_everything_that_was_asked_of_it() {
    let page = html(&record());
    for part in [
        "<b>58</b> of 100 points",
        "the database has no free connections (db.pool in db).",
        "The newsletter brought a crowd",
        "<th scope=\"row\">diagnosis</th><td class=\"r\">20 of 30</td><td>the second cause that was named was right</td>",
        "<tr class=\"minus\"><th scope=\"row\">hints</th><td class=\"r\">-5</td>",
        "<th scope=\"col\" class=\"r\">Nobody there</th><th scope=\"col\" class=\"r\">Remedies alone</th>",
        "<td class=\"r\"><b>10.3 min</b></td><td class=\"r\">17.5 min</td><td class=\"r\">12.2 min</td>",
        "Tools were used 2 times: 1 helped, 1 changed nothing, 0 did harm.",
        "Users were in trouble for 10 min 20 s.",
        "Most of it, 6 min 50 s, went by before the right cause was named.",
        "fault db.pool",
        "users GET /api/ping",
        "state db-health",
        "aria-label=\"Timeline of The pool runs dry, from 0s to 20m\"",
        "GET /api/ping takes 900 ms instead of 20 ms</b>, at 2:35",
        "interval_s: 10 on db-health would have told it 20 s sooner",
        "<li>Look below the app. <span class=\"quiet\">(asked for)</span></li>",
        "<li>Who waits for whom?</li>",
        "<td>used “Restart the database”</td><td>helped, done at 13:00</td>",
        "<td>named a cause: app.crash in app</td><td>wrong</td>",
        "<td>named a cause: db.pool in db</td><td>right</td>",
        "@media print",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(part), "no `{part}` in\n{page}");
    }
    is_closed(&page);
}

#[test]
fn the_file_loads_nothing_and_runs_nothing() {
    for page in [html(&record()), html(&quiet()), html(&hostile())] {
        for word in ["<script", "<link", "<img", "@import", " src=", "url(http", "url(/", "href="] {
            assert!(!page.contains(word), "{word}");
        }
        is_closed(&page);
    }
    is_tame(&html(&hostile()));
}

#[test]
fn a_quiet_day_is_told_as_one() {
    let page = html(&quiet());
    for part in ["Nothing was wrong.", "so no minutes were lost", "There was no sign to see."] {
        assert!(page.contains(part), "no `{part}` in\n{page}");
    }
    let mut alarmed = quiet();
    alarmed.done.insert(0, done(200, "Bo", Deed::Declare, "ok"));
    assert!(
        html(&alarmed).contains("From 3:20 on, people looked for something that was not there.")
    );
}

/// The shares as `name from to`, in seconds.
fn shares(of: &crate::train::record::Record) -> Vec<(&'static str, Ms, Ms)> {
    let of = minutes(of);
    of.shares.iter().map(|share| (share.name, share.from / 1_000, share.to / 1_000)).collect()
}

#[test]
fn the_minutes_follow_each_other_and_add_up_to_the_trouble() {
    let played = record();
    assert_eq!(
        shares(&played),
        [("undetected", 160, 290), ("undiagnosed", 290, 700), ("unmitigated", 700, 780)]
    );
    let mut late = record();
    late.done[0].at = 500_000;
    late.score.detect = Some(140_000);
    assert_eq!(
        shares(&late)[..2],
        [("undetected", 160, 300), ("unacknowledged", 300, 500)],
        "what is acknowledged late is a share of its own"
    );
    let mut nobody = record();
    nobody.done.clear();
    (nobody.score.detect, nobody.score.diagnose) = (None, None);
    assert_eq!(shares(&nobody), [("undetected", 160, 780)]);
    let mut unfelt = record();
    unfelt.users.clear();
    unfelt.score.diagnose = Some(550_000);
    assert_eq!(
        shares(&unfelt),
        [("undetected", 150, 290), ("undiagnosed", 290, 700), ("unmitigated", 700, 780)]
    );
    assert!(minutes(&unfelt).told.starts_with("No request of a user failed"));
}
