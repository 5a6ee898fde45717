//! A mail server in memory for virtual worlds: keeps what it accepts and can have every fault of a
//! real one. Clones share one mailbox. Uses the runtime's clock only, so that it can be virtual.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use super::{Mail, MailError, Mailer, SEND_LIMIT};

/// What is wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFault {
    /// Nobody listens.
    Down,
    /// Every message is put off with a 4xx.
    Greylist,
    /// Every message is refused for good with a 5xx.
    Reject,
    /// Every message is answered with this code: a 4xx puts it off, any other refuses it.
    Code(u16),
    /// Nothing is ever answered; the sender gives up at its limit.
    Stall,
    /// The message is accepted but the answer is lost, so that the sender tries again.
    LostAck,
    /// The message is accepted after so long.
    Slow(Duration),
    /// The message arrives twice: a relay behind the server has sent it on two times.
    Twice,
}

/// Says of each message which fault it meets.
type Decide = dyn FnMut(&Mail) -> Option<MailFault> + Send;

/// A mail that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// When, by the runtime's clock.
    pub at: Instant,
    /// What.
    pub mail: Mail,
}

/// A handle on a mail server in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    server: Arc<Mutex<Server>>,
}

#[derive(Default)]
struct Server {
    received: Vec<Received>,
    fault: Option<MailFault>,
    decide: Option<Box<Decide>>,
    refused: BTreeSet<String>,
    attempts: u64,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (received, fault) = (self.received.len(), self.fault);
        write!(f, "Server({received} received, {} attempts, {fault:?})", self.attempts)
    }
}

impl Memory {
    /// A server that accepts everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the server a fault, or heals it.
    pub fn set_fault(&self, fault: Option<MailFault>) {
        self.lock().fault = fault;
    }

    /// Lets somebody decide, message by message, which fault it meets, besides the one that was set.
    pub fn decide_by(&self, decide: impl FnMut(&Mail) -> Option<MailFault> + Send + 'static) {
        self.lock().decide = Some(Box::new(decide));
    }

    /// From now on no mail to this address is accepted.
    pub fn refuse_recipient(&self, address: &str) {
        self.lock().refused.insert(address.to_owned());
    }

    /// Mail to this address is accepted again.
    pub fn accept_recipient(&self, address: &str) {
        self.lock().refused.remove(address);
    }

    /// Everything that was accepted so far, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// What was accepted since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.lock().received)
    }

    /// How often something was to be handed over, with or without success.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.lock().attempts
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Counts an attempt and says which fault it meets.
    fn meet(&mut self, mail: &Mail) -> Option<MailFault> {
        self.attempts += 1;
        self.fault.or_else(|| self.decide.as_mut().and_then(|decide| decide(mail)))
    }

    fn answer(&mut self, mail: &Mail, fault: Option<MailFault>) -> Result<(), MailError> {
        match fault {
            Some(MailFault::Down) => Err(passing("no connection: refused")),
            Some(MailFault::Greylist) => Err(passing("450 4.2.0 Greylisted")),
            Some(MailFault::Reject) => Err(refused("554 5.7.1 Rejected")),
            Some(MailFault::Code(code @ 400..=499)) => Err(passing(&format!("{code} 4.0.0 Later"))),
            Some(MailFault::Code(code)) => Err(refused(&format!("{code} 5.0.0 Rejected"))),
            Some(MailFault::LostAck) => {
                self.accept(mail).and(Err(passing("the connection broke before the answer")))
            }
            Some(MailFault::Twice) => self.accept(mail).and(self.accept(mail)),
            Some(MailFault::Slow(_) | MailFault::Stall) | None => self.accept(mail),
        }
    }

    fn accept(&mut self, mail: &Mail) -> Result<(), MailError> {
        if self.refused.contains(mail.recipient()) {
            return Err(refused(&format!("550 5.1.1 {}: No such user", mail.recipient())));
        }
        self.received.push(Received { at: Instant::now(), mail: mail.clone() });
        Ok(())
    }
}

impl Mailer for Memory {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let fault = self.lock().meet(mail);
            match fault {
                Some(MailFault::Stall) => return Err(stalled(SEND_LIMIT).await),
                Some(MailFault::Slow(by)) if by >= SEND_LIMIT => {
                    return Err(stalled(SEND_LIMIT).await);
                }
                Some(MailFault::Slow(by)) => sleep(by).await,
                Some(
                    MailFault::Down
                    | MailFault::Greylist
                    | MailFault::Reject
                    | MailFault::Code(_)
                    | MailFault::LostAck
                    | MailFault::Twice,
                )
                | None => {}
            }
            self.lock().answer(mail, fault)
        })
    }
}

async fn stalled(limit: Duration) -> MailError {
    sleep(limit).await;
    passing(&format!("the mail server took longer than {} ms", limit.as_millis()))
}

fn passing(message: &str) -> MailError {
    MailError::transient(message.to_owned())
}

fn refused(message: &str) -> MailError {
    MailError { message: message.to_owned(), refused: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::time::Timestamp;

    fn mail() -> Mail {
        Mail {
            from: "monitor@demo.local".parse().unwrap(),
            to: "ops@example.org".parse().unwrap(),
            subject: "s".to_owned(),
            body: "b".to_owned(),
            html: None,
            message_id: "<1@firedrill>".to_owned(),
            date: Timestamp::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_fault_answers_as_a_real_server_with_it_would() {
        let cases = [
            (None, None, 1, 0),
            (Some(MailFault::Down), Some(false), 0, 0),
            (Some(MailFault::Greylist), Some(false), 0, 0),
            (Some(MailFault::Reject), Some(true), 0, 0),
            (Some(MailFault::Code(451)), Some(false), 0, 0),
            (Some(MailFault::Code(550)), Some(true), 0, 0),
            (Some(MailFault::Stall), Some(false), 0, 20),
            (Some(MailFault::LostAck), Some(false), 1, 0),
            (Some(MailFault::Slow(Duration::from_secs(3))), None, 1, 3),
            (Some(MailFault::Slow(Duration::from_secs(60))), Some(false), 0, 20),
            (Some(MailFault::Twice), None, 2, 0),
        ];
        for (fault, refused, kept, seconds) in cases {
            let memory = Memory::new();
            memory.set_fault(fault);
            let start = Instant::now();
            let result = memory.send(&mail()).await;
            assert_eq!(result.err().map(|error| error.refused), refused, "{fault:?}");
            assert_eq!(memory.received().len(), kept, "{fault:?}");
            assert_eq!(start.elapsed().as_secs(), seconds, "{fault:?}");
            memory.set_fault(None);
            assert_eq!(memory.send(&mail()).await, Ok(()), "{fault:?} heals");
        }
    }

    #[tokio::test]
    async fn a_refused_recipient_is_refused_until_it_is_accepted_again() {
        let memory = Memory::new();
        memory.refuse_recipient("ops@example.org");
        assert!(memory.send(&mail()).await.unwrap_err().refused);
        memory.accept_recipient("ops@example.org");
        assert_eq!(memory.send(&mail()).await, Ok(()));
        assert_eq!((memory.take().len(), memory.take().len(), memory.attempts()), (1, 0, 2));
    }
}
