//! What is not HTTP but goes the same way: plain conversations with a port, over TLS as well, and
//! where a name leads. The same names, addresses, time-outs and certificates are told apart.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use engine::{
    config::TcpSpec,
    observation::{Conversation, Phase, TALK_CAP, TransportError},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    HttpClient, Inner,
    failure::{Broken, timed_out},
    trace::Trace,
};
use crate::transport::{Stream, Transport};

impl HttpClient {
    /// How bytes reach a target.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.inner.transport
    }

    /// Connects to a port, says what is to be said, and listens until the expected answer has come,
    /// the other side has closed, or enough was read.
    ///
    /// # Errors
    /// Says why the checker itself could not look.
    pub(crate) async fn talk(
        &self,
        spec: &TcpSpec,
        timeout: Duration,
    ) -> Result<Conversation, String> {
        let (mut trace, mut received) = (Trace::start(), Vec::new());
        let talk = self.inner.talk(spec, &mut trace, &mut received);
        let error = match tokio::time::timeout(timeout, talk).await {
            Ok(Ok(())) => None,
            Ok(Err(Broken::Target(error))) => Some(error),
            Ok(Err(Broken::Local(reason))) => return Err(reason),
            Err(_) => Some(timed_out(&trace, &spec.address, timeout)),
        };
        let (phases, certificate) = trace.stop();
        Ok(Conversation { error, received: received.into(), phases, certificate })
    }

    /// The addresses of a name, in the order in which they are to be tried.
    ///
    /// # Errors
    /// Says why the checker itself could not look.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Result<Vec<SocketAddr>, TransportError>, String> {
        match self.inner.transport.resolve(host, port).await {
            Ok(found) => Ok(Ok(found)),
            Err(error) => match Broken::resolve(&error, &*self.inner.transport) {
                Broken::Target(error) => Ok(Err(error)),
                Broken::Local(reason) => Err(reason),
            },
        }
    }
}

impl Inner {
    async fn talk(
        &self,
        spec: &TcpSpec,
        trace: &mut Trace,
        received: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        let mut stream = self.connect(&spec.address, trace).await?;
        if spec.tls {
            let config = self.tls.plain_config().map_err(Broken::Local)?;
            stream = Box::new(self.shake(config, stream, &spec.address, trace).await?);
        }
        let said = converse(&mut stream, spec, trace, received).await;
        said.map_err(|error| Broken::talk(&error, &spec.address, trace))?;
        trace.end();
        if spec.tls {
            // Says goodbye as TLS wants it; what comes of that is no matter.
            let _ = stream.shutdown().await;
        }
        Ok(())
    }
}

async fn converse(
    stream: &mut Box<dyn Stream>,
    spec: &TcpSpec,
    trace: &mut Trace,
    received: &mut Vec<u8>,
) -> std::io::Result<()> {
    if let Some(text) = &spec.send {
        trace.begin(Phase::FirstByte);
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await?;
    }
    let Some(wanted) = &spec.expect else {
        return Ok(());
    };
    trace.begin(Phase::FirstByte);
    // An expression that nothing matches as well still wants to be answered.
    while received.is_empty() || (received.len() < TALK_CAP && !wanted.is_in(received)) {
        let mut limited = (&mut *stream).take((TALK_CAP - received.len()) as u64);
        if limited.read_buf(received).await? == 0 {
            break;
        }
        if trace.received == 0 {
            trace.begin(Phase::Body);
        }
        trace.received = received.len();
    }
    Ok(())
}
