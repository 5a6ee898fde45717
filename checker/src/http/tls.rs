//! TLS for targets: which certificates are trusted, and the handshake.
//! The settings are built once, at the first address that needs them, so that plain HTTP checks do
//! not wait for the system's roots to be read. Sessions are never resumed: a monitor must see the
//! certificate that the server shows now.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    client::{Resumption, WebPkiServerVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    time_provider::TimeProvider,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::certificate::Recording;
use crate::{clock::Clock, transport::Stream};

/// The TLS settings of a client. Cheap to clone; the clones share what is read from the system.
#[derive(Clone, Debug)]
pub struct Tls {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    clock: Clock,
    further: Vec<CertificateDer<'static>>,
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    /// Trusts what the system trusts; certificates are held against this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::with(clock, Vec::new())
    }

    /// Trusts the certificates of a PEM file besides those of the system.
    ///
    /// # Errors
    /// Says why the file cannot be used, naming it.
    pub fn with_ca_file(clock: Clock, file: &Path) -> Result<Self, String> {
        let unusable = |why: &dyn std::fmt::Display| format!("CA_FILE {}: {why}", file.display());
        let pem = fs::read(file).map_err(|error| unusable(&error))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let further = certificates.map_err(|error| unusable(&error))?;
        if further.is_empty() {
            return Err(unusable(&"there is no certificate in it"));
        }
        Ok(Self::with(clock, further))
    }

    fn with(clock: Clock, further: Vec<CertificateDer<'static>>) -> Self {
        Self { inner: Arc::new(Inner { clock, further, config: OnceLock::new() }) }
    }

    /// The settings.
    ///
    /// # Errors
    /// Says why this machine cannot verify any certificate.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.inner.config.get_or_init(|| self.inner.build().map(Arc::new)).clone()
    }
}

impl Tls {
    /// The same for those who do not speak HTTP and offer no protocol.
    ///
    /// # Errors
    /// Says why this machine cannot verify any certificate.
    pub(super) fn plain_config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut config = ClientConfig::clone(&*self.config()?);
        config.alpn_protocols.clear();
        Ok(Arc::new(config))
    }
}

impl Inner {
    fn build(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()), provider.clone())
                .build()
                .map_err(|error| format!("no certificate can be verified: {error}"))?;
        let time = Arc::new(WallTime(self.clock.clone()));
        let mut config = ClientConfig::builder_with_details(provider, time)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("no version of TLS can be used: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Recording::new(verifier)))
            .with_no_client_auth();
        config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn roots(&self) -> RootCertStore {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!(%error, "some of the system's root certificates could not be read");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(system.certs);
        roots.add_parsable_certificates(self.further.iter().cloned());
        roots
    }
}

const H2: &[u8] = b"h2";

/// Makes the handshake.
pub(super) async fn handshake(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    stream: Box<dyn Stream>,
) -> io::Result<TlsStream<Box<dyn Stream>>> {
    TlsConnector::from(config).connect(name, stream).await
}

/// Whether both sides agreed on HTTP/2.
pub(super) fn agreed_on_http2(stream: &TlsStream<Box<dyn Stream>>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(H2)
}

/// The certificate that the server showed.
pub(super) fn peer_certificate(
    stream: &TlsStream<Box<dyn Stream>>,
) -> Option<engine::observation::Certificate> {
    let chain = stream.get_ref().1.peer_certificates()?;
    Some(super::certificate::Leaf::read(chain.first()?)?.certificate)
}

/// The checker's own wall clock, so that certificates expire in virtual time as well.
#[derive(Debug)]
struct WallTime(Clock);

impl TimeProvider for WallTime {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.now().wall.as_millis()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}
