//! How the checker on the stage is killed, restarted and stood still, and comes back; keeps the times
//! at which it was away.

use super::{Act, Life, Stage};
use crate::{
    played::Down,
    scenario::{Ms, Target},
};

/// How long after a start that failed the next one is tried, in milliseconds.
const START_AGAIN: Ms = 5_000;

impl Stage<'_> {
    pub(super) async fn kill(&mut self, target: Target, down: Ms) {
        self.leave("kill");
        if let Some(life) = self.life.take() {
            life.kill().await;
        }
        if target == Target::Machine {
            self.world.disk.crash(self.out.own.torn_bytes());
        }
        self.start_in(down);
    }

    /// The checker has come to the storage operation at which it was to die.
    pub(super) async fn die(&mut self) {
        self.leave("kill");
        if let Some(life) = self.life.take() {
            life.kill().await;
        }
        self.world.disk.revive();
        let down = self.out.own.died(self.world);
        self.start_in(down);
    }

    pub(super) fn restart(&mut self, down: Ms) {
        if let Some(life) = self.life.take() {
            self.leave("restart");
            self.restart_after = down;
            self.stopping = true;
            let tell = self.stopped.0.clone();
            tokio::spawn(async move {
                life.stop("SIGTERM").await;
                // The run may be over.
                let _ = tell.send(());
            });
        }
    }

    /// Nobody who is dead can stand still.
    pub(super) fn stand_still(&mut self, lasts: Ms) {
        if let Some(life) = &self.life {
            life.stand_still(true);
            self.still_until = self.still_until.max(self.world.now() + lasts);
            self.leave("pause");
        }
    }

    pub(super) fn go_on(&mut self) {
        if let Some(life) = self.life.as_ref().filter(|_| self.world.now() >= self.still_until) {
            life.stand_still(false);
            self.come_back();
        }
    }

    /// A checker that is killed once more while it is down stays down for the longer of the two.
    pub(super) fn start_in(&mut self, down: Ms) {
        let planned = self.due.iter().filter(|(_, act)| matches!(act, Act::Start));
        let at = planned.map(|((at, _), _)| *at).chain([self.world.now() + down]).max();
        self.due.retain(|_, act| !matches!(act, Act::Start | Act::StartAgain));
        self.schedule(at.unwrap_or_default(), Act::Start);
    }

    pub(super) fn stopped(&mut self) {
        self.stopping = false;
        self.start_in(self.restart_after);
    }

    pub(super) fn start(&mut self) {
        if self.life.is_some() || self.stopping {
            return;
        }
        match Life::start(self.world) {
            Ok(life) => {
                self.life = Some(life);
                self.still_until = 0;
                self.refused = None;
                self.come_back();
            }
            Err(error) => self.try_again(&error),
        }
    }

    /// Whoever watches over the checker starts it again and again; told is only that it never did.
    pub(super) fn try_again(&mut self, error: &str) {
        let first = error.lines().next().unwrap_or_default();
        let text = format!("the checker does not start: {first}");
        let now = self.world.now();
        self.refused.get_or_insert((now, text));
        self.schedule(now + START_AGAIN, Act::StartAgain);
    }

    pub(super) fn leave(&mut self, why: &'static str) {
        self.down.get_or_insert((self.world.now(), why));
    }

    pub(super) fn come_back(&mut self) {
        if let Some((from, why)) = self.down.take() {
            self.out.downs.push(Down { from, to: self.world.now(), why });
        }
    }
}
