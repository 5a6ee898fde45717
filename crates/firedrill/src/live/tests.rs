//! Short outages on real programs. They are the executable that cargo builds beside these tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use engine::{NoticeKind, Timestamp, event::ActionResult};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::*;
use crate::scenario::{
    CheckerFlags, Doing, Edge, EditWith, EditedFile, Expect, FaultStep, Healed, Live,
    Moment, PageExpect, Place, Realm, Step, Target, Text,
};

const CHECKS: &str = r#"
global: {interval_s: 20, timeout_s: 10, retries: 1, retry_backoff_s: 5}
checks:
  - {name: api, type: http, url: "{MOCKAPP_BASE}/api/ping", severity: P1}
  - {name: db, type: http, url: "{MOCKAPP_BASE}/db/health", severity: P2}
"#;

const REMEDY: &str = r#"
global: {interval_s: 20, timeout_s: 10, retries: 1, retry_backoff_s: 5}
checks:
  - name: api
    type: http
    url: "{MOCKAPP_BASE}/api/ping"
    severity: P1
    on_fail: {actions: [{type: http_post, url: "{MOCKAPP_BASE}/admin/reset", after_failures: 2}]}
"#;

const LIVE: (f64, Duration) = (20.0, Duration::from_secs(2));

/// A scenario on a configuration of its own, without steps.
fn scenario(folder: &TempDir, checks: &str) -> Scenario {
    let file = folder.path().join("checks.yaml");
    std::fs::write(&file, checks).unwrap();
    Scenario {
        name: "live".to_owned(),
        about: String::new(),
        source: Arc::new(Text { file: "live.yaml".to_owned(), text: String::new() }),
        checks: file,
        start: Timestamp::default(),
        run: None,
        settle: Duration::from_secs(60),
        seed: 1,
        params: Vec::new(),
        flags: CheckerFlags::default(),
        timeline: Vec::new(),
        expect: Expect::default(),
        sometimes: Vec::new(),
        always: Vec::new(),
        live: Live::Yes { scale: LIVE.0, slack: LIVE.1 },
    }
}

fn step(id: &str, at: Moment, doing: Doing) -> Step {
    Step { id: id.to_owned(), at, doing, place: Place { line: 7, ..Place::default() } }
}

fn after(id: &str, edge: Edge, offset: Ms) -> Moment {
    Moment::Anchor { id: id.to_owned(), edge, offset }
}

fn fault(realm: Realm, lasts: Option<u64>, step: Value) -> Doing {
    let Value::Object(step) = step else { panic!("{step}") };
    let kind = step["fault"].as_str().unwrap().to_owned();
    Doing::Fault(FaultStep { kind, step, lasts: lasts.map(Duration::from_secs), realm })
}

fn outage(lasts: Option<u64>) -> Doing {
    fault(Realm::App, lasts, json!({"fault": "http.status", "on": "GET /api/ping", "code": 503}))
}

/// The executable beside the tests.
fn launcher() -> Launcher {
    let tests = std::env::current_exe().unwrap();
    let executable = tests.ancestors().nth(2).unwrap().join("firedrill");
    assert!(executable.exists(), "build it first: cargo build -p firedrill");
    Launcher { executable, log_to_folder: true }
}

async fn played(scenario: &Scenario) -> Played {
    play_with(&launcher(), scenario, LIVE, std::future::pending()).await.unwrap()
}

/// Check and event of each receipt.
fn told(played: &Played) -> Vec<(String, String, &'static str)> {
    let one = |got: &crate::played::Receipt| (got.check.clone().unwrap(), got.event.unwrap());
    let all = played.receipts.iter();
    all.map(|got| (got.channel.clone(), one(got).0, one(got).1.word())).collect()
}

const MAIL: &str = "email:ops@example.test";

fn mails(events: &[&'static str]) -> Vec<(String, String, &'static str)> {
    events.iter().map(|event| (MAIL.to_owned(), "api".to_owned(), *event)).collect()
}

fn within(at: Ms, from: Ms, until: Ms) {
    assert!((from..=until).contains(&at), "{at} is not between {from} and {until}");
}

#[tokio::test]
async fn an_outage_is_found_told_and_over_in_the_scenarios_time() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    scenario.timeline = vec![step("outage", Moment::At(30_000), outage(Some(80)))];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    assert_eq!(told(&played), mails(&["first_fail", "recovered"]));
    let [fault] = played.faults.as_slice() else { panic!("{:?}", played.faults) };
    within(fault.start, 30_000, 31_500);
    within(fault.end.unwrap() - fault.start, 79_900, 82_000);
    assert!(fault.injected >= 4 && fault.matched == fault.injected, "{fault:?}");
    within(played.receipts[0].at - fault.start, 0, 45_000 + played.slack);
    within(played.receipts[1].at - fault.end.unwrap(), 0, 30_000 + played.slack);
    assert_eq!(played.slack, 40_000);
    within(played.end, 170_000, 180_000);
    assert_eq!(played.breaches, []);
    assert!(played.receipts[0].body.contains("api is failing."), "{:?}", played.receipts[0]);
}

#[tokio::test]
async fn the_remedy_ends_an_outage_that_has_no_end_of_its_own() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, REMEDY);
    let later = fault(Realm::App, Some(5), json!({"fault": "noop"}));
    scenario.timeline = vec![
        step("outage", Moment::At(30_000), outage(None)),
        step("later", after("outage", Edge::End, 10_000), later),
    ];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    assert_eq!(told(&played), mails(&["first_fail", "recovered"]));
    let outage = played.faults.iter().find(|fault| fault.id == "outage").unwrap();
    let ran = played.journal.iter().find_map(|(at, event)| match &event.kind {
        engine::EventKind::Action(done) if done.result == ActionResult::Ok => Some(*at),
        _ => None,
    });
    within(outage.end.unwrap(), ran.unwrap() - 2_000, ran.unwrap());
    assert_eq!(played.steps["outage"].1, outage.end);
    within(played.steps["later"].0, outage.end.unwrap() + 10_000, outage.end.unwrap() + 12_000);
    assert_eq!(played.breaches, []);
}

#[tokio::test]
async fn a_checker_that_is_killed_in_an_outage_tells_of_it_once() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    let (target, down) = (Target::Checker, Duration::from_secs(15));
    scenario.timeline = vec![
        step("outage", Moment::At(30_000), outage(Some(120))),
        step("crash", after("outage", Edge::Start, 60_000), Doing::Kill { target, down }),
    ];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    assert_eq!(told(&played), mails(&["first_fail", "recovered"]));
    let [down] = played.downs.as_slice() else { panic!("{:?}", played.downs) };
    assert_eq!(down.why, "kill");
    within(down.from, 90_000, 92_000);
    within(down.to - down.from, 15_000, 15_000 + played.slack);
    assert_eq!(played.breaches, []);
}

#[tokio::test]
async fn a_restart_a_pause_and_an_edit_are_carried_out() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    let with = EditWith::Replace(vec![("name: db".to_owned(), "name: database".to_owned())]);
    let down = Duration::from_secs(5);
    scenario.timeline = vec![
        step("edit", Moment::At(25_000), Doing::Edit { file: EditedFile::Checks, with }),
        step("pause", Moment::At(50_000), Doing::Pause { lasts: Duration::from_secs(30) }),
        step("restart", after("pause", Edge::End, 10_000), Doing::Restart { down }),
    ];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    let whys: Vec<_> = played.downs.iter().map(|down| (down.why, down.to - down.from)).collect();
    let [("pause", paused), ("restart", restarted)] = whys.as_slice() else { panic!("{whys:?}") };
    within(*paused, 30_000, 32_000);
    within(*restarted, 5_000, 5_000 + played.slack);
    let looks: Vec<Ms> = played.looks.iter().map(|(at, _)| *at).collect();
    let quiet = played.downs[0].from + 1_000..played.downs[0].to;
    assert!(!looks.iter().any(|at| quiet.contains(at)), "{looks:?} within {quiet:?}");
    let renamed = played.looks.iter().any(|(_, name)| name == "database");
    assert!(renamed, "the edit was taken up: {:?}", played.looks);
    assert_eq!((told(&played), played.breaches), (vec![], vec![]));
}

#[tokio::test]
async fn mail_that_nobody_takes_comes_late_and_once() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    let refuse = fault(Realm::Mail, Some(60), json!({"fault": "mail.refuse"}));
    scenario.timeline = vec![
        step("mail", Moment::At(20_000), refuse),
        step("outage", Moment::At(30_000), outage(Some(160))),
    ];
    scenario.settle = Duration::from_secs(120);
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    assert_eq!(told(&played), mails(&["first_fail", "recovered"]));
    let mail = played.faults.iter().find(|fault| fault.id == "mail").unwrap();
    assert!(mail.injected > 0 && mail.realm == Realm::Mail, "{mail:?}");
    assert!(played.receipts[0].at > mail.end.unwrap(), "{:?}", played.receipts[0]);
}

#[tokio::test]
async fn a_shut_listener_is_opened_again_and_healed_through_the_other_one() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    let refused = fault(Realm::App, None, json!({"fault": "net.refuse", "until": "heal"}));
    scenario.timeline = vec![
        step("shut", Moment::At(30_000), refused),
        step("open", Moment::At(90_000), Doing::Heal(Healed::All)),
    ];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    let all: BTreeMap<_, Vec<_>> = told(&played).into_iter().fold(BTreeMap::new(), |mut all, one| {
        all.entry(one.1).or_insert_with(Vec::new).push(one.2);
        all
    });
    let both = vec!["first_fail", "recovered"];
    let expected = [("api".to_owned(), both.clone()), ("db".to_owned(), both)];
    assert_eq!(all, BTreeMap::from(expected));
    within(played.steps["shut"].1.unwrap(), 90_000, 92_000);
}

#[tokio::test]
async fn toggles_jobs_pages_and_webhooks_take_part() {
    let folder = TempDir::new().unwrap();
    let checks = format!(
        "{CHECKS}  - {{name: job, type: job, status_url: \"{{MOCKAPP_BASE}}/jobs/{{job_id}}/status\"}}\n"
    )
    .replace(
        "retry_backoff_s: 5}",
        "retry_backoff_s: 5, notify: {channels: [{type: webhook, name: hook, url: \
         \"{MOCKAPP_BASE}/webhook/ops\"}]}}",
    );
    let mut scenario = scenario(&folder, &checks);
    let toggle = |on: bool| -> Doing { Doing::Toggle(Map::from_iter([("db_slow".to_owned(), on.into())])) };
    scenario.timeline = vec![
        step("run", Moment::At(10_000), Doing::RunJob(None)),
        step("slow", Moment::At(60_000), toggle(true)),
        step("fast", Moment::At(120_000), toggle(false)),
    ];
    let page = |at, contains: &[&str]| PageExpect {
        place: Place::default(),
        at: Moment::At(at),
        path: "/".to_owned(),
        contains: contains.iter().map(|text| (*text).to_owned()).collect(),
        lacks: Vec::new(),
    };
    scenario.expect.pages = vec![page(40_000, &["GREEN"]), page(110_000, &["RED"])];
    let played = played(&scenario).await;
    assert_eq!(played.inconclusive, None);
    eprintln!("{:#?}\n{:#?}", played.receipts, played.journal.iter().map(|(a,e)|format!("{a} {:?}", e.kind)).collect::<Vec<_>>());
    let hooks: Vec<_> = told(&played).into_iter().filter(|one| one.0 == "webhook:ops").collect();
    let mails: Vec<_> = told(&played).into_iter().filter(|one| one.0 == MAIL).collect();
    assert_eq!(hooks.iter().map(|one| one.2).collect::<Vec<_>>(), ["first_fail", "recovered"]);
    assert_eq!((hooks.len(), mails.len()), (2, 2));
    let keys: Vec<_> = played.receipts.iter().map(|got| got.key.as_str()).collect();
    assert_eq!((keys[0], keys[2]), (keys[1], keys[3]), "copies have one key");
    for (page, word) in played.pages.iter().zip(["GREEN", "RED"]) {
        let page = page.as_ref().unwrap();
        assert!(page.status == 200 && page.body.contains(word), "{word}: {}", page.body);
    }
    within(played.steps["slow"].1.unwrap(), 120_000, 122_000);
    assert_eq!(played.faults[0].id, "db_slow");
}

#[tokio::test]
async fn what_is_not_green_at_first_proves_nothing() {
    let folder = TempDir::new().unwrap();
    let bad = r#"checks: [{name: api, type: http, url: "{MOCKAPP_BASE}/nothing-here"}]"#;
    let mut scenario = scenario(&folder, bad);
    scenario.timeline = vec![step("outage", Moment::At(60_000), outage(Some(30)))];
    let played = played(&scenario).await;
    let why = played.inconclusive.unwrap();
    assert!(why.starts_with("not everything was OK before the first fault: api is FAIL ("), "{why}");
    assert_eq!(played.faults, []);
}

#[tokio::test]
async fn what_cannot_or_must_not_be_played_live_is_not_begun() {
    let folder = TempDir::new().unwrap();
    let own = |realm| fault(realm, Some(30), json!({"fault": "some.fault"}));
    let (target, down) = (Target::Machine, Duration::from_secs(1));
    let outside = EditedFile::Other("../x".to_owned());
    let edit = Doing::Edit { file: outside, with: EditWith::Text(String::new()) };
    let cases = [
        (CHECKS, own(Realm::Clock), "line 7: some.fault is played in virtual time only"),
        (CHECKS, own(Realm::Disk), "the disk of this machine cannot be broken"),
        (CHECKS, Doing::Kill { target, down }, "a machine cannot be killed live"),
        (CHECKS, edit, "`../x` is not inside the checker's folder"),
        (
            r#"checks: [{name: a, type: http, url: "http://192.0.2.1/"}]"#,
            outage(Some(30)),
            "a is at http://192.0.2.1/, which is not on this machine",
        ),
        (
            r#"checks: [{name: a, type: http, url: "http://127.0.0.1:8000/api/ping"}]"#,
            outage(Some(30)),
            "a is at http://127.0.0.1:8000/api/ping; write {MOCKAPP_BASE}",
        ),
        (
            r#"checks: [{name: a, type: http, url: "{MOCKAPP_BASE}/", on_fail: {actions: [{type: restart, unit: nginx}]}}]"#,
            outage(Some(30)),
            "a would restart nginx on this machine for real",
        ),
    ];
    for (checks, doing, expected) in cases {
        let mut scenario = scenario(&folder, checks);
        scenario.timeline = vec![step("no", Moment::At(30_000), doing)];
        let why = played(&scenario).await.inconclusive.unwrap();
        assert!(why.contains(expected), "{why}");
    }
}

#[tokio::test]
async fn a_first_step_that_comes_too_early_is_named() {
    let folder = TempDir::new().unwrap();
    let mut scenario = scenario(&folder, CHECKS);
    scenario.timeline = vec![step("outage", Moment::At(0), outage(Some(30)))];
    let why = played(&scenario).await.inconclusive.unwrap();
    assert!(why.ends_with("is PENDING (not measured yet); begin later, or play it slower"), "{why}");
}

/// A stack that somebody else started: a mock app and a checker in real time.
struct Others {
    folder: TempDir,
    url: String,
    programs: Vec<crate::programs::Program>,
}

impl Others {
    async fn start(folder: TempDir) -> Self {
        let launcher = launcher();
        let args = ["--addr=127.0.0.1:0".to_owned()];
        let name = crate::programs::Name::Mockapp;
        let mut app = launcher.start(name, &args, folder.path(), &[]).unwrap();
        let url = app.address().await.unwrap();
        app.mute();
        let vars = [("MOCKAPP_BASE", url.trim_end_matches('/').to_owned())];
        let name = crate::programs::Name::Checker;
        let mut checker = launcher.start(name, &[], folder.path(), &vars).unwrap();
        checker.mute();
        let this = Self { folder, url, programs: vec![checker, app] };
        until_file(&this.folder.path().join("state.json")).await;
        this
    }

    async fn stop(self) {
        for program in self.programs {
            program.stop().await;
        }
    }
}

async fn until_file(path: &Path) {
    let end = Instant::now() + Duration::from_secs(15);
    let green = |text: String| text.matches("\"status\":\"OK\"").count() >= 2;
    while !std::fs::read_to_string(path).is_ok_and(green) {
        assert!(Instant::now() < end, "{} never showed two OK", path.display());
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_stack_of_somebody_else_is_drilled_and_only_what_was_begun_is_ended() {
    let folder = TempDir::new().unwrap();
    let checks = CHECKS.replace("interval_s: 20, timeout_s: 10", "interval_s: 1, timeout_s: 1");
    let mut scenario = scenario(&folder, &checks.replace("backoff_s: 5", "backoff_s: 0.1"));
    scenario.timeline = vec![step("outage", Moment::At(500), outage(Some(3)))];
    scenario.settle = Duration::from_secs(3);
    let others = Others::start(folder).await;
    let admin = admin::Admin::new(&others.url);
    let theirs = json!({"fault": "noop", "id": "theirs"}).as_object().cloned().unwrap();
    admin.inject(theirs).await.unwrap();
    let data: PathBuf = others.folder.path().to_owned();
    let never = std::future::pending();
    let played = against(&others.url, &data, false, &scenario, never).await.unwrap();
    assert_eq!(played.inconclusive, None);
    let events: Vec<_> = played.receipts.iter().map(|got| got.event.unwrap()).collect();
    assert_eq!(events, [NoticeKind::FirstFail, NoticeKind::Recovered]);
    assert_eq!(played.faults.len(), 1, "{:?}", played.faults);
    within(played.receipts[0].at - played.faults[0].start, 0, 2_200 + played.slack);

    scenario.timeline = vec![step("endless", Moment::At(100), outage(None))];
    let soon = sleep(Duration::from_millis(2_500));
    let played = against(&others.url, &data, false, &scenario, soon).await.unwrap();
    assert_eq!(played.inconclusive.as_deref(), Some("interrupted"));
    let active: Vec<_> = admin.faults().await.unwrap().into_iter().filter(|one| one.active).collect();
    assert_eq!(active.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["theirs"]);

    let far = against("http://192.0.2.1:8000", &data, false, &scenario, std::future::pending());
    let why = far.await.unwrap().inconclusive.unwrap();
    assert!(why.contains("is not on this machine; say --allow-remote"), "{why}");
    others.stop().await;
}
