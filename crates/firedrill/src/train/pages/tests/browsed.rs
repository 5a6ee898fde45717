//! The pages in a real browser: both schemes, a phone, and axe-core. A scripted player plays by
//! mouse and keyboard.

use std::net::SocketAddr;

use tempfile::TempDir;

use super::acted;
use crate::train::{
    pages::{Archive, ranking::append, router},
    samples::record,
};

#[path = "../../../../tests/common/chromium.rs"]
mod chromium;

#[path = "../../../../../../checker/tests/common/skip.rs"]
mod skip;

use chromium::{Browser, axe_core, look};

/// Serves on a thread of its own until the test ends.
fn serve() -> (SocketAddr, acted::Shared, Archive, TempDir) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ranking.jsonl");
    for (team, points) in [("Blue", 58), ("Red", 91), ("The night shift of the eighth floor", 58)] {
        let mut record = record();
        (record.team, record.score.points) = (team.to_owned(), points);
        append(&file, &record, folder.path()).unwrap();
        let own = folder.path().join(format!("20260105-{team}"));
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("exercise.json"), serde_json::to_string(&record).unwrap()).unwrap();
    }
    let archive = Archive::new(Some(folder.path().to_owned()), Some(file));
    let (tell, told) = std::sync::mpsc::channel();
    let ours = archive.clone();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let (desk, view) = acted::desk();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send((listener.local_addr().unwrap(), view)).unwrap();
            axum::serve(listener, router(desk, ours)).await.unwrap();
        });
    });
    let (address, view) = told.recv().unwrap();
    (address, view, archive, folder)
}

#[test]
fn a_player_solves_it_by_mouse_and_keyboard() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (address, view, archive, _folder) = serve();
    browser.visit(&format!("http://{address}/"));
    browser.fill("#name", "Zoë");
    browser.follow("form.who button");
    assert!(browser.text(".top .now").contains("Zoë of Blue"));
    browser.follow("#alerts form button");
    browser.follow("#declare button");
    browser.fill("#cause", "db/db.pool");
    browser.follow("form[action='/duty/diagnose'] button");
    browser.fill("#note", "the pool is empty");
    browser.follow("form[action='/duty/note'] button");
    browser.follow("#tools li:nth-child(2) button");
    browser.click("#hint-state");
    browser.follow("#hint button");
    assert!(browser.text("#log").contains("Look below the app."));
    assert!(browser.text("#mine").contains("asked for a hint → Look below the app."));

    // What happens elsewhere appears by itself, and what is being typed stays.
    browser.fill("#note", "half a thou");
    view.lock().unwrap().checks[0].word = "STALE".to_owned();
    browser.until(
        "the board changes",
        "document.querySelector('#checks').innerText.includes('STALE')",
    );
    assert_eq!(browser.value("document.querySelector('#note').value"), "half a thou");

    browser.click("#resolve-ask");
    browser.follow("form[action='/duty/resolve'] button");
    assert!(browser.text("#state").contains("The exercise is over"));
    browser.follow("#over a");
    assert!(browser.text("h1").contains("being reckoned up"));
    let complaints = std::mem::take(&mut browser.complaints);
    assert!(complaints.iter().all(|said| said.contains("404")), "{complaints:#?}");
    archive.finish(record());
    browser.until("the debrief", "document.querySelector('#score') !== null");
    assert!(browser.text("#answer").contains("no free connections"));
    let done = view.lock().unwrap().done.len();
    assert_eq!(done, 8, "seven deeds and the one of another person");
}

#[test]
fn every_page_of_training_is_fine_in_both_schemes_and_on_a_phone_and_axe_is_content() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = axe_core();
    let (address, view, archive, folder) = serve();
    let file = folder.path().join("debrief.html");
    std::fs::write(&file, crate::train::pages::debrief::html(&record())).unwrap();
    let mut seen = |name: &str, url: &str, words: &[&str]| {
        let text = look(&mut browser, url, name);
        for word in words {
            assert!(
                text.to_lowercase().contains(&word.to_lowercase()),
                "{name}: no `{word}` in\n{text}"
            );
        }
        let found = axe.as_deref().map(|axe| browser.axe(axe)).unwrap_or_default();
        assert!(found.is_empty(), "{name}: axe found\n{}", found.join("\n\n"));
        browser.value("document.cookie = 'firedrill_name=Ann; path=/'; null");
    };
    let at = |path: &str| format!("http://{address}{path}");
    seen("who", &at("/duty"), &["Who are you?"]);
    seen("duty", &at("/duty"), &["On duty", "Acknowledge", "Restart the database", "RETRYING"]);
    seen("mail", &at("/duty/mail/1"), &["Arrived at 4:05"]);
    seen("sealed", &at("/ranking"), &["An exercise is under way", "Red"]);
    view.lock().unwrap().over = true;
    seen("over", &at("/duty"), &["The exercise is over", "Go to the debrief"]);
    archive.finish(record());
    seen("debrief", &at("/debrief"), &["58 of 100", "Nobody there", "undiagnosed"]);
    seen("ranking", &at("/ranking"), &["The pool runs dry", "91", "Past exercises"]);
    seen("file", &format!("file://{}", file.display()), &["58 of 100", "Nobody there"]);
}
