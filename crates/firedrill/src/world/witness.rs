//! An independent user: asks what the checks ask, on a copy of the mock app so that no count is
//! moved, and judges the answer by rules of its own. Shares nothing with the checker but the
//! configuration, so that the checker's opinion can be held against it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use checker::reload::FILE_CAP;
use engine::{
    Check, Timestamp,
    bound::bound,
    config::{Config, Source, Spec, parse},
};
use mockapp::{Accepting, FaultReport, MockApp};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use super::{CHECKS, World, net::pipe, time::Stopwatch};
use crate::{
    naive::{self, Answer, Asked, Worth, machine::worst},
    played::{Sample, Truth},
    scenario::{Ms, variable},
};

/// The most that is read of an answer.
const READ: usize = 1 << 20;
/// The wait between two looks at the beginning of a trouble is a sixth of an interval, at most this.
const PERIOD_MAX: Ms = 5_000;
/// It doubles up to this while every look gets the same.
const PERIOD_LONG: Ms = 30_000;
/// The shortest.
const PERIOD_MIN: Ms = 500;

/// The user, and what it has seen.
pub(super) struct Witness {
    config: Arc<Config>,
    period: Ms,
    looking: JoinSet<()>,
    tell: UnboundedSender<(String, Sample)>,
    told: UnboundedReceiver<(String, Sample)>,
    /// Whether the last look found something wrong with the mock app.
    troubled: bool,
    /// The wait before the next look.
    wait: Ms,
}

/// What is asked on behalf of one check.
struct Question {
    check: Arc<Check>,
    asked: Vec<u8>,
    app: MockApp,
    unsure: bool,
    /// What was found of its other parts.
    own: Option<Worth>,
    watch: Stopwatch,
}

impl Witness {
    /// Reads the configuration under test for itself.
    pub(super) fn new(world: &World) -> Result<Self, String> {
        let config = read(world)?;
        let intervals = config.enabled().map(|check| check.schedule.interval(world.scenario.start));
        let shortest = intervals.min().unwrap_or(Duration::from_secs(30));
        let period = (engine::time::millis(shortest) / 6).clamp(PERIOD_MIN, PERIOD_MAX);
        let (tell, told) = unbounded_channel();
        let looking = JoinSet::new();
        Ok(Self {
            config: Arc::new(config),
            period,
            looking,
            tell,
            told,
            troubled: false,
            wait: period,
        })
    }

    pub(super) fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The longest time that any check may take to find an outage, in milliseconds.
    pub(super) fn longest_bound(&self, now: Timestamp) -> Ms {
        let bounds = self.config.enabled().map(|check| bound(check, now).detect);
        engine::time::millis(bounds.max().unwrap_or_default())
    }

    /// Looks once, and says when to look again: for as long as a fault is active. After something
    /// has changed the looks are close together.
    pub(super) fn look(&mut self, world: &World, changed: bool) -> Option<Ms> {
        let harmful = |fault: &FaultReport| fault.active && fault.fault != "noop";
        let mut active = world.app.faults().iter().any(harmful) || world.machine.has_faults();
        if active || self.troubled {
            // What a fault has done to a log or to a unit may last longer than the fault.
            active |= self.ask_all(world);
            world.machine.set_troubled(active);
        }
        self.wait = if changed { self.period } else { (self.wait * 2).min(PERIOD_LONG) };
        self.troubled = active;
        let now = world.now();
        let change = world.app.next_change().map(|at| world.of(at)).filter(|at| *at > now);
        let change = change.into_iter().chain(world.machine.next_change()).min();
        let again = now + self.wait;
        active.then(|| change.map_or(again, |at| at.min(again)))
    }

    /// Asks on behalf of every check; answers whether the machine is not well for any of them.
    fn ask_all(&mut self, world: &World) -> bool {
        let unsure = world.app.counts_matches();
        let mut ill = false;
        for check in self.config.enabled() {
            let own = world.machine.opinion(check);
            ill |= own.as_ref().is_some_and(|(verdict, _)| *verdict != Truth::Good);
            let Some(asked) = asked(world, check) else {
                self.tell_at_once(world.now(), check, own);
                continue;
            };
            let question = Question {
                check: Arc::clone(check),
                asked,
                app: world.app.fork(),
                unsure,
                own,
                watch: world.watch,
            };
            let tell = self.tell.clone();
            self.looking.spawn(async move {
                let name = question.check.name.to_string();
                // The run may be over.
                let _ = tell.send((name, question.ask().await));
            });
        }
        ill
    }

    fn tell_at_once(&self, now: Ms, check: &Check, worth: Option<Worth>) {
        if let Some((verdict, why)) = worth {
            let sample = Sample { at: now, until: now, verdict, why };
            // The run may be over.
            let _ = self.tell.send((check.name.to_string(), sample));
        }
    }

    /// Gives up what is still being asked.
    pub(super) async fn rest(&mut self) {
        self.looking.shutdown().await;
    }

    /// Everything that was seen, by check and in the order of asking.
    pub(super) fn seen(&mut self) -> BTreeMap<String, Vec<Sample>> {
        let mut seen: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        while let Ok((check, sample)) = self.told.try_recv() {
            seen.entry(check).or_default().push(sample);
        }
        for samples in seen.values_mut() {
            samples.sort_by_key(|sample| (sample.at, sample.until));
        }
        seen
    }
}

/// The configuration under test as it is now.
pub(super) fn read(world: &World) -> Result<Config, String> {
    let bytes = store::Disk::open(&world.memory, std::path::Path::new(CHECKS))
        .and_then(|file| file.read_at(0, FILE_CAP))
        .map_err(|error| error.to_string())?;
    let source = Source::from_bytes(CHECKS, &bytes).map_err(|errors| errors.to_string())?;
    let config = parse(source, &variable).map_err(|errors| errors.to_string())?.config;
    Ok(world.scenario.flags.applied_to(config))
}

/// What a check sends now; nothing for a job when no job has been started, and nothing for types
/// that do not connect.
fn asked(world: &World, check: &Check) -> Option<Vec<u8>> {
    if let Spec::Http(http) = &check.spec {
        return Some(Asked::of(&http.request).bytes());
    }
    if let Spec::Tcp(tcp) = &check.spec {
        return Some(tcp.send.clone().unwrap_or_default().into_bytes());
    }
    if let Spec::Service(service) = &check.spec {
        let http = service.http.as_ref().map(|request| Asked::of(request).bytes());
        return http.or_else(|| service.port.as_ref().map(|_| Vec::new()));
    }
    let Spec::Job(job) = &check.spec else { return None };
    let file = std::path::Path::new(&job.job_id_file);
    let id = store::Disk::read(&world.memory, file).ok()?;
    let id = String::from_utf8(id).ok()?;
    Some(Asked::get(&job.status_url.for_job(id.trim()).ok()?, &job.headers).bytes())
}

impl Question {
    async fn ask(self) -> Sample {
        let at = self.watch.now();
        let answer = match timeout(self.check.timeout, self.exchange()).await {
            Ok(answer) => answer,
            Err(_) => Answer::lost("no answer in time"),
        };
        let until = self.watch.now();
        let (verdict, why) = naive::judge(&self.check, &answer, until - at);
        let verdict = if self.unsure && verdict != Truth::Good { Truth::Unsure } else { verdict };
        let parts = self.own.clone().into_iter().chain([(verdict, why)]).collect();
        let (verdict, why) = worst(parts).unwrap_or((Truth::Unsure, String::new()));
        Sample { at, until, verdict, why }
    }

    async fn exchange(&self) -> Answer {
        match self.app.accepting() {
            Accepting::Refused => return Answer::lost("connection refused"),
            Accepting::Hanging => std::future::pending().await,
            Accepting::Open => {}
        }
        if self.asked.is_empty() && matches!(self.check.spec, Spec::Service(_)) {
            return Answer { got: Vec::new(), broken: false, opened: true };
        }
        let (mut asking, answering) = pipe();
        let app = self.app.clone();
        let mut serving = JoinSet::new();
        serving.spawn(async move { app.serve_connection(answering).await });
        if asking.write_all(&self.asked).await.is_err() {
            return Answer::lost("the connection broke");
        }
        let mut got = Vec::new();
        if let Spec::Tcp(spec) = &self.check.spec {
            while naive::is_waiting(spec, &got) && got.len() < READ {
                if asking.read_buf(&mut got).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            return Answer { got, broken: false, opened: true };
        }
        let mut limited = (&mut asking).take(READ as u64);
        let ended = limited.read_to_end(&mut got).await;
        Answer { got, broken: ended.is_err(), opened: true }
    }
}
