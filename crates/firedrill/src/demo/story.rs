//! The story, step by step: what is done, what must be seen, and by when.

use std::time::Duration;

use engine::{EventKind, NoticeKind, Timestamp, event::ActionResult};
use tokio::time::{Instant, sleep};

use crate::{
    demo::{
        stack::Stack,
        watch::{Tile, Watch},
    },
    out::say,
};

/// The four checks.
const CHECKS: [&str; 4] = ["api-availability", "db-health", "queue-depth", "job"];
/// One interval of the demo, plus the time that a step may take on a busy machine.
const INTERVAL: Duration = Duration::from_secs(3);
/// Slack for starting programs and for a busy machine.
const SLACK: Duration = Duration::from_secs(10);
/// `interval + 3 × time-out + 2 × back-off` of the demo's checks.
const BOUND: Duration = Duration::from_secs(3 + 3 * 2 + 1);
/// How long people get to look at what has changed.
const LOOK: Duration = Duration::from_secs(6);

/// Tells the story and keeps count of what was not seen.
struct Teller<'a> {
    stack: &'a Stack,
    watch: Watch,
    began: Instant,
    missed: u32,
}

/// Plays the whole story; true when every step was seen.
pub(crate) async fn play(stack: &mut Stack) -> bool {
    let watch = Watch::new(stack.folder());
    let mut teller = Teller { stack, watch, began: Instant::now(), missed: 0 };
    teller.all_green().await;
    teller.outage().await;
    teller.slow_database().await;
    teller.job().await;
    teller.missed == 0
}

impl Teller<'_> {
    fn tell(&self, text: &str) {
        say(&format!("[{:>5.1} s] {text}", self.began.elapsed().as_secs_f64()));
    }

    /// Waits for something to be seen and tells it, or that it was not.
    async fn see<T>(
        &mut self,
        what: &str,
        limit: Duration,
        find: impl FnMut(&mut Watch) -> Option<T>,
    ) -> Option<T> {
        let since = Instant::now();
        let found = self.watch.until(limit, find).await;
        match &found {
            Some(_) => {
                let after = since.elapsed().as_secs_f64();
                self.tell(&format!("  seen: {what} (after {after:.1} s)"));
            }
            None => {
                self.missed += 1;
                self.tell(&format!("  NOT SEEN within {} s: {what}", limit.as_secs()));
            }
        }
        found
    }

    async fn turns(&mut self, check: &'static str, tile: Tile, what: &str, limit: Duration) {
        self.see(what, limit, |watch| (watch.tile(check) == tile).then_some(())).await;
    }

    /// An alert that a channel has accepted.
    async fn alert(&mut self, check: &'static str, kind: NoticeKind, since: Timestamp) {
        let what = format!("the alert {} for {check} went out", kind.word().to_uppercase());
        self.see(&what, BOUND + SLACK, |watch| {
            watch.event(since, |event| {
                let EventKind::Delivery(done) = &event.kind else {
                    return None;
                };
                let name = done.name.as_ref()?.as_str();
                (done.ok && done.kind == kind && name == check).then_some(())
            })
        })
        .await;
    }

    async fn all_green(&mut self) {
        self.tell("The stack starts. Four tiles should be green.");
        self.see("all four tiles are GREEN", INTERVAL + SLACK, |watch| {
            let green = CHECKS.iter().all(|check| watch.tile(check) == Tile::Green);
            (watch.checks() == CHECKS.len() && green).then_some(())
        })
        .await;
        sleep(LOOK).await;
    }

    async fn outage(&mut self) {
        self.tell("API Down: /api/ping answers 503 from now on.");
        let since = self.watch.now();
        self.do_or_miss("admin/faults", r#"{"api_down":true}"#).await;
        let api = CHECKS[0];
        self.turns(api, Tile::Red, "api-availability is RED", INTERVAL + SLACK).await;
        self.alert(api, NoticeKind::FirstFail, since).await;
        self.see("the remedy ran: POST /admin/reset", BOUND, |watch| {
            watch.event(since, |event| {
                let EventKind::Action(done) = &event.kind else {
                    return None;
                };
                (done.result == ActionResult::Ok && done.helped.is_none()).then_some(())
            })
        })
        .await;
        self.turns(api, Tile::Green, "api-availability is GREEN again", INTERVAL + SLACK).await;
        self.alert(api, NoticeKind::Recovered, since).await;
        sleep(LOOK).await;
    }

    async fn slow_database(&mut self) {
        self.tell("DB Slow: the database answers, but too slowly. No remedy is configured for it.");
        let since = self.watch.now();
        self.do_or_miss("admin/faults", r#"{"db_slow":true}"#).await;
        let db = CHECKS[1];
        self.turns(db, Tile::Red, "db-health is RED", INTERVAL + SLACK).await;
        self.alert(db, NoticeKind::FirstFail, since).await;
        sleep(LOOK).await;
        self.tell("Reset: somebody on duty clears the fault.");
        self.do_or_miss("admin/reset", "{}").await;
        self.turns(db, Tile::Green, "db-health is GREEN again", INTERVAL + SLACK).await;
        self.alert(db, NoticeKind::Recovered, since).await;
        sleep(LOOK).await;
    }

    async fn job(&mut self) {
        self.tell("Run Job: the nightly job starts.");
        self.do_or_miss("jobs/run", "{}").await;
        self.job_is("running", INTERVAL + SLACK).await;
        self.job_is("succeeded", Duration::from_secs(6) + INTERVAL + SLACK).await;
        self.turns("job", Tile::Green, "the job's tile stayed GREEN", SLACK).await;
    }

    async fn job_is(&mut self, status: &'static str, limit: Duration) {
        let verb = if status == "running" { "is" } else { "has" };
        let what = format!("the board says that the job {verb} {status}");
        self.see(&what, limit, |watch| watch.job().filter(|(_, seen)| seen == status)).await;
    }

    async fn do_or_miss(&mut self, path: &str, json: &str) {
        if !self.stack.post(path, json).await {
            self.missed += 1;
            self.tell(&format!("  the mock app did not accept POST /{path}"));
        }
    }
}
