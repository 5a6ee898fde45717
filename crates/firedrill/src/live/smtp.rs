//! A mail server of our own on loopback: takes what it is sent, keeps it, and can be broken like a
//! real one. Everything is bounded. Reads no mail; `mail` does.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout},
};

use super::mailfault::{Broken, Fault};

/// The longest line of a command or of a mail, in bytes, and the longest mail.
const LONGEST_LINE: u64 = 16 * 1024;
const LONGEST_MAIL: usize = 1 << 20;
/// Mails that are kept, connections at once, and how long a client may stay.
const MOST_MAILS: usize = 10_000;
const MOST_CLIENTS: usize = 64;
const LONGEST_TALK: Duration = Duration::from_secs(120);

type Faults = Vec<Arc<Fault>>;

/// A mail as it was taken: when, and its bytes without the dots of the protocol.
pub(super) type Taken = (Instant, Vec<u8>);

/// The running server. It ends with this handle.
#[derive(Debug)]
pub(super) struct Sink {
    /// Where it listens.
    pub(super) addr: SocketAddr,
    faults: watch::Sender<Faults>,
    taken: mpsc::Receiver<Taken>,
    task: JoinHandle<()>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sink {
    /// Listens on a free port of loopback.
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let (faults, seen) = watch::channel(Faults::new());
        let (taker, taken) = mpsc::channel(MOST_MAILS);
        let task = tokio::spawn(async move {
            if let Err(error) = door(listener, addr, seen, taker).await {
                tracing::error!(%error, "the mail server cannot listen any more");
            }
        });
        Ok(Self { addr, faults, taken, task })
    }

    /// Breaks it in one more way.
    pub(super) fn begin(&self, fault: Arc<Fault>) {
        self.faults.send_modify(|faults| faults.push(fault));
    }

    /// Mends what is broken under this id.
    pub(super) fn end(&self, id: &str) {
        self.faults.send_modify(|faults| faults.retain(|fault| fault.id != id));
    }

    /// What was taken since the last call.
    pub(super) fn take(&mut self) -> Vec<Taken> {
        std::iter::from_fn(|| self.taken.try_recv().ok()).collect()
    }
}

/// Lets clients in while the door is open.
async fn door(
    listener: TcpListener,
    addr: SocketAddr,
    mut faults: watch::Receiver<Faults>,
    taker: mpsc::Sender<Taken>,
) -> io::Result<()> {
    let mut clients = JoinSet::new();
    let mut open = Some(listener);
    let mut present = faults.clone();
    let closed = |faults: &Faults| faults.iter().any(|fault| fault.closes());
    loop {
        let Some(listener) = &open else {
            // The port is held without listening, so that nobody else gets it meanwhile.
            let held = bound(addr)?;
            if faults.wait_for(|faults| !closed(faults)).await.is_err() {
                return Ok(());
            }
            open = Some(held.listen(128)?);
            continue;
        };
        tokio::select! {
            biased;
            _ = faults.wait_for(closed) => open = None,
            Some(_) = clients.join_next(), if !clients.is_empty() => {}
            accepted = listener.accept(), if clients.len() < MOST_CLIENTS => {
                if let Ok((stream, _)) = accepted {
                    let struck = present.borrow_and_update().iter().find(|fault| fault.meets()).cloned();
                    let broken = struck.map(|fault| fault.broken);
                    clients.spawn(timeout(LONGEST_TALK, greet(stream, broken, taker.clone())));
                }
            }
        }
    }
}

fn bound(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

async fn greet(stream: TcpStream, broken: Option<Broken>, taker: mpsc::Sender<Taken>) {
    // Without it a short answer may wait for an acknowledgement; not fatal.
    let _ = stream.set_nodelay(true);
    let (read, write) = stream.into_split();
    let mut talk = Talk { read: BufReader::new(read), write, broken, taker };
    // A client may hang up at any time.
    let _ = match broken {
        Some(Broken::Refuse) => Ok(()),
        Some(Broken::Stall) => talk.ignore().await,
        _ => talk.hold().await,
    };
}

/// A conversation with one client.
struct Talk {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    broken: Option<Broken>,
    taker: mpsc::Sender<Taken>,
}

impl Talk {
    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await
    }

    /// The next line without its end; an error once the client has hung up.
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.read).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if line.pop() != Some(b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(line)
    }

    /// Reads until the client gives up.
    async fn ignore(&mut self) -> io::Result<()> {
        let mut bytes = [0; 1024];
        while self.read.read(&mut bytes).await? > 0 {}
        Ok(())
    }

    async fn hold(&mut self) -> io::Result<()> {
        self.say("220 firedrill.test ESMTP").await?;
        let (mut from, mut to) = (false, false);
        loop {
            let line = self.line().await?;
            let verb = line.split(|byte| *byte == b' ').next().unwrap_or_default();
            match verb.to_ascii_uppercase().as_slice() {
                b"EHLO" => self.say("250-firedrill.test\r\n250-PIPELINING\r\n250 8BITMIME").await?,
                b"HELO" => self.say("250 firedrill.test").await?,
                b"MAIL" => {
                    (from, to) = (true, false);
                    self.say("250 2.1.0 ok").await?;
                }
                b"RCPT" if !from => self.say("503 5.5.1 MAIL comes first").await?,
                b"RCPT" => to |= self.recipient().await?,
                b"DATA" if !to => self.say("503 5.5.1 RCPT comes first").await?,
                b"DATA" => {
                    (from, to) = (false, false);
                    self.mail().await?;
                }
                b"RSET" => {
                    (from, to) = (false, false);
                    self.say("250 2.0.0 ok").await?;
                }
                b"NOOP" => self.say("250 2.0.0 ok").await?,
                b"QUIT" => return self.say("221 2.0.0 bye").await,
                _ => self.say("502 5.5.2 not known here").await?,
            }
        }
    }

    /// Answers a recipient; says whether it was accepted.
    async fn recipient(&mut self) -> io::Result<bool> {
        let refusal = match self.broken {
            Some(Broken::Greylist) => Some("450 4.2.0 Greylisted".to_owned()),
            Some(Broken::Reject) => Some("554 5.7.1 Rejected".to_owned()),
            Some(Broken::Code(code)) => Some(format!("{code} {}.0.0 Not now", code / 100)),
            _ => None,
        };
        self.say(refusal.as_deref().unwrap_or("250 2.1.5 ok")).await?;
        Ok(refusal.is_none())
    }

    async fn mail(&mut self) -> io::Result<()> {
        self.say("354 end with a dot").await?;
        let mut mail = Vec::new();
        loop {
            let line = self.line().await?;
            if line == b"." {
                break;
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            mail.extend_from_slice(b"\r\n");
            if mail.len() > LONGEST_MAIL {
                self.say("552 5.3.4 too long").await?;
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        if let Some(Broken::Slow(by)) = self.broken {
            sleep(by).await;
        }
        let copies = if self.broken == Some(Broken::Dup) { 2 } else { 1 };
        for _ in 0..copies {
            // Full means more mails than any scenario has: the client is told to come again.
            if self.taker.try_send((Instant::now(), mail.clone())).is_err() {
                return self.say("452 4.3.1 full").await;
            }
        }
        match self.broken {
            Some(Broken::LostAck) => Err(io::ErrorKind::ConnectionAborted.into()),
            _ => self.say("250 2.0.0 taken").await,
        }
    }
}
