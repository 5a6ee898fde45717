//! The operator's page in a browser: it is drawn well, its buttons work, and it keeps itself fresh.
//! Skipped where there is no Chromium.

use tempfile::TempDir;

use crate::browser::{Browser, look};
use crate::stack::{command, http, listen, wait};

#[test]
fn the_operator_s_page_is_fine_in_a_browser_and_its_buttons_work() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let mut app = command("mockapp", folder.path());
    app.args(["--addr=127.0.0.1:0", "--operator"]).env("ADMIN_KEY", "a-teacher's-secret");
    let (_running, url) = listen(app);
    let text = look(&mut browser, &url, "operations");
    for word in ["Operations", "Restart the database", "Run Job", "None so far."] {
        assert!(text.contains(word), "no `{word}` in\n{text}");
    }
    for word in ["Switches", "Inject", "fault"] {
        assert!(!text.contains(word), "`{word}` in\n{text}");
    }
    browser.value("document.getElementById('by').value = 'Ada & Bob'");
    browser.value("document.getElementById('tool-restart-worker').click()");
    let mut says = |what: &str| {
        wait(what, || {
            let text = browser.value("document.body ? document.body.innerText : ''");
            text.as_str().is_some_and(|text| text.contains(what)).then_some(())
        });
    };
    says("Restart the worker is under way");
    says("by Ada & Bob");
    // Nobody loads the page again: its script does.
    says("The worker was stopped and started again.");
    let kept = browser.value("document.getElementById('by').value");
    assert_eq!(kept, "Ada & Bob", "who it was is kept for the next tool");
    assert_eq!(browser.value("document.getElementById('tool-restart-worker').disabled"), false);
    let log = http(&format!("{url}ops"), "GET", "");
    assert!(log.contains(r#""by":"Ada & Bob""#), "{log}");
}
