//! The writer on a thread of its own, because a sync takes milliseconds and the driver must not
//! wait for it; and the same interface in line, for virtual time. Messages only, no locks.

use std::{
    fmt, io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use engine::{CheckName, Event, Mono, Timestamp, board::Retrying};

use crate::{Store, writer::is_important};

/// Called once everything recorded before is on disk, or told why it is not.
pub type WhenDurable = Box<dyn FnOnce(Result<(), String>) + Send>;

/// How long plain results are held back, so that the thread is woken for many of them at once.
/// They are synced as soon as they arrive there: this is the grouping of [`Store`] at its sender.
const HOLD: Duration = Duration::from_millis(200);

/// How many batches are taken before the disk gets its turn.
const BATCHES: usize = 1_000;

enum Message {
    Record(Event),
    Retrying(CheckName, Option<Retrying>),
    Prune(Timestamp),
    WhenDurable(WhenDurable),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record(_) => "Record",
            Self::Retrying(..) => "Retrying",
            Self::Prune(_) => "Prune",
            Self::WhenDurable(_) => "WhenDurable",
        })
    }
}

/// A store on a thread of its own. Dropping it waits until everything is written.
#[derive(Debug)]
pub struct StoreThread {
    messages: Option<Sender<Vec<Message>>>,
    held: Vec<Message>,
    held_until: Option<Mono>,
    /// The latest time that the caller told.
    now: Mono,
    changes: Receiver<Option<String>>,
    health: Option<String>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl StoreThread {
    /// Moves a store to its own thread. The clock must be the one that the store is used with.
    pub fn spawn(store: Store, clock: impl Fn() -> Mono + Send + 'static) -> io::Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let (health, changes) = mpsc::channel();
        let body = move || Worker { store, clock, health, told: None }.run(&inbox);
        let thread = thread::Builder::new().name("store".to_owned()).spawn(body)?;
        Ok(Self {
            messages: Some(messages),
            held: Vec::new(),
            held_until: None,
            now: Mono::default(),
            changes,
            health: None,
            thread: Some(thread),
        })
    }

    /// See [`Store::record`].
    pub fn record(&mut self, event: Event) {
        let important = is_important(&event);
        self.hold(Message::Record(event));
        if important {
            self.send();
        }
    }

    /// See [`Store::retrying`].
    pub fn retrying(&mut self, name: CheckName, retrying: Option<Retrying>) {
        self.hold(Message::Retrying(name, retrying));
    }

    /// See [`Store::prune`].
    pub fn prune(&mut self, keep_from: Timestamp) {
        self.hold(Message::Prune(keep_from));
    }

    /// Calls back, on the thread, once everything recorded before is on disk. Where the disk does
    /// not work it calls back at once with the reason, because alerts must go out all the same.
    pub fn when_durable(&mut self, done: WhenDurable) {
        self.hold(Message::WhenDurable(done));
        self.send();
    }

    /// Hands over what has been held back long enough.
    pub fn tick(&mut self, now: Mono) {
        self.now = now;
        if self.held_until.is_some_and(|until| until <= now) {
            self.send();
        }
    }

    /// When the next tick has something to hand over.
    #[must_use]
    pub const fn next_tick(&self) -> Option<Mono> {
        self.held_until
    }

    /// See [`Store::health`].
    pub fn health(&mut self) -> Option<String> {
        if let Some(newest) = self.changes.try_iter().last() {
            self.health = newest;
        }
        self.health.clone()
    }

    /// Waits until everything is written and the lock is free.
    pub fn close(mut self) -> io::Result<()> {
        self.finish()
    }

    fn hold(&mut self, message: Message) {
        self.held.push(message);
        self.held_until.get_or_insert(self.now + HOLD);
    }

    fn send(&mut self) {
        self.held_until = None;
        let batch = std::mem::take(&mut self.held);
        let refused = match &self.messages {
            Some(messages) => messages.send(batch).err().map(|refused| refused.0),
            None => Some(batch),
        };
        for message in refused.unwrap_or_default() {
            match message {
                Message::WhenDurable(done) => done(Err(STOPPED.to_owned())),
                Message::Record(_) | Message::Retrying(..) | Message::Prune(_) => {
                    tracing::error!("{STOPPED}");
                }
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.messages.is_some() {
            self.send();
        }
        drop(self.messages.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(done)) => done,
            Some(Err(_)) => Err(io::Error::other(STOPPED)),
            None => Ok(()),
        }
    }
}

const STOPPED: &str = "the thread that writes the store has stopped";

impl Drop for StoreThread {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::error!(%error, "the store was not closed properly");
        }
    }
}

struct Worker<C> {
    store: Store,
    clock: C,
    health: Sender<Option<String>>,
    told: Option<String>,
}

impl<C: Fn() -> Mono> Worker<C> {
    fn run(mut self, inbox: &Receiver<Vec<Message>>) -> io::Result<()> {
        while let Some(first) = self.wait(inbox) {
            let mut tickets = Vec::new();
            self.store.set_now((self.clock)());
            let batches = first.into_iter().chain(inbox.try_iter().take(BATCHES));
            batches.flatten().for_each(|message| self.take(message, &mut tickets));
            self.store.end_group();
            self.answer(tickets);
            self.store.tick((self.clock)());
            self.tell();
        }
        self.store.set_now((self.clock)());
        self.store.close()
    }

    /// The next batch, or nothing but the time; `None` once nobody can send any more.
    fn wait(&self, inbox: &Receiver<Vec<Message>>) -> Option<Option<Vec<Message>>> {
        let Some(due) = self.store.next_tick() else {
            return inbox.recv().ok().map(Some);
        };
        match inbox.recv_timeout(due.since((self.clock)())) {
            Ok(message) => Some(Some(message)),
            Err(RecvTimeoutError::Timeout) => Some(None),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    fn take(&mut self, message: Message, tickets: &mut Vec<WhenDurable>) {
        match message {
            Message::Record(event) => self.store.record(&event),
            Message::Retrying(name, retrying) => self.store.retrying(&name, retrying),
            Message::Prune(keep_from) => {
                self.store.prune(keep_from);
            }
            Message::WhenDurable(done) => tickets.push(done),
        }
    }

    fn answer(&mut self, tickets: Vec<WhenDurable>) {
        if !tickets.is_empty() {
            let done = self.store.sync((self.clock)()).map_err(|error| error.to_string());
            tickets.into_iter().for_each(|ticket| ticket(done.clone()));
        }
    }

    fn tell(&mut self) {
        let health = self.store.health();
        if health != self.told {
            self.told.clone_from(&health);
            // Nobody listens any more once the handle is being dropped.
            let _ = self.health.send(health);
        }
    }
}

/// A store, on a thread of its own or in line.
#[derive(Debug)]
pub enum Writer {
    /// Writes when its owner calls [`Writer::tick`]; for virtual time.
    Inline(Box<Store>),
    /// Writes on a thread of its own.
    Thread(StoreThread),
}

impl Writer {
    /// See [`Store::record`].
    pub fn record(&mut self, event: Event) {
        match self {
            Self::Inline(store) => store.record(&event),
            Self::Thread(thread) => thread.record(event),
        }
    }

    /// See [`Store::retrying`].
    pub fn retrying(&mut self, name: CheckName, retrying: Option<Retrying>) {
        match self {
            Self::Inline(store) => store.retrying(&name, retrying),
            Self::Thread(thread) => thread.retrying(name, retrying),
        }
    }

    /// See [`Store::prune`].
    pub fn prune(&mut self, keep_from: Timestamp) {
        match self {
            Self::Inline(store) => {
                store.prune(keep_from);
            }
            Self::Thread(thread) => thread.prune(keep_from),
        }
    }

    /// See [`StoreThread::when_durable`]; in line it calls back before it returns.
    pub fn when_durable(&mut self, now: Mono, done: WhenDurable) {
        match self {
            Self::Inline(store) => done(store.sync(now).map_err(|error| error.to_string())),
            Self::Thread(thread) => thread.when_durable(done),
        }
    }

    /// See [`Store::health`].
    pub fn health(&mut self) -> Option<String> {
        match self {
            Self::Inline(store) => store.health(),
            Self::Thread(thread) => thread.health(),
        }
    }

    /// See [`Store::tick`].
    pub fn tick(&mut self, now: Mono) {
        match self {
            Self::Inline(store) => store.tick(now),
            Self::Thread(thread) => thread.tick(now),
        }
    }

    /// See [`Store::next_tick`].
    #[must_use]
    pub fn next_tick(&self) -> Option<Mono> {
        match self {
            Self::Inline(store) => store.next_tick(),
            Self::Thread(thread) => thread.next_tick(),
        }
    }

    /// See [`Store::close`].
    pub fn close(self) -> io::Result<()> {
        match self {
            Self::Inline(store) => store.close(),
            Self::Thread(thread) => thread.close(),
        }
    }
}
