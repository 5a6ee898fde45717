//! The stopwatch of one exchange: which phase is running, how long each took, and what was learnt
//! on the way. It outlives the exchange when a time-out cuts that short.

use std::time::Duration;

use engine::observation::{Certificate, Exchange, Phase, Phases, Response, TransportError};
use tokio::time::Instant;
use url::Url;

/// What is known of an exchange while it runs.
#[derive(Debug)]
pub(super) struct Trace {
    started: Instant,
    since: Instant,
    running: bool,
    phases: Phases,
    /// The phase that runs, or ran last.
    pub(super) phase: Phase,
    /// The certificate of the last TLS server.
    pub(super) certificate: Option<Certificate>,
    /// Bytes of the body so far.
    pub(super) received: usize,
    /// Redirects that were followed.
    pub(super) redirects: u32,
    /// Where the last redirect led.
    pub(super) redirected_to: Option<Url>,
}

impl Trace {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            since: now,
            running: false,
            phases: Phases::default(),
            phase: Phase::Dns,
            certificate: None,
            received: 0,
            redirects: 0,
            redirected_to: None,
        }
    }

    /// Ends the phase that runs and begins the next at the same instant.
    pub(super) fn begin(&mut self, phase: Phase) {
        self.end();
        self.phase = phase;
        self.running = true;
    }

    /// Ends the phase that runs, if one does; its time is added to what it took on earlier hops.
    pub(super) fn end(&mut self) {
        let now = Instant::now();
        if self.running {
            let taken = micros(now - self.since);
            let sum = self.slot();
            *sum = Some(sum.unwrap_or(0) + taken);
        }
        self.running = false;
        self.since = now;
    }

    /// The time to connect, for messages.
    pub(super) fn connected_after(&self) -> Option<Duration> {
        self.phases.connect_us.map(Duration::from_micros)
    }

    /// The time from the start to the head of the response, for messages.
    pub(super) fn answered_after(&self) -> Duration {
        self.since - self.started
    }

    pub(super) fn finish(mut self, result: Result<Response, TransportError>) -> Exchange {
        let redirects = self.redirects;
        let (phases, certificate) = self.stop();
        Exchange { result, phases, redirects, certificate }
    }

    /// Stops the watch: where the time went, and the certificate that was shown.
    pub(super) fn stop(&mut self) -> (Phases, Option<Certificate>) {
        self.end();
        self.phases.total_us = micros(self.since - self.started);
        (self.phases, self.certificate.take())
    }

    fn slot(&mut self) -> &mut Option<u64> {
        match self.phase {
            Phase::Dns => &mut self.phases.dns_us,
            Phase::Connect => &mut self.phases.connect_us,
            Phase::Tls => &mut self.phases.tls_us,
            Phase::FirstByte => &mut self.phases.first_byte_us,
            Phase::Body => &mut self.phases.body_us,
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
