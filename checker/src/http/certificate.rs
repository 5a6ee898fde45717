//! What is learnt of a server's certificate, above all when it is refused: then its dates, names
//! and issuer travel inside the error, because the handshake keeps nothing else.

use std::{fmt, io, sync::Arc};

use engine::{
    observation::{Certificate, TransportErrorKind},
    time::Timestamp,
};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer, x509::X509Name,
};

use super::address::listed;

/// The facts of one certificate.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) certificate: Certificate,
    not_before: Timestamp,
    issuer: String,
    self_signed: bool,
    names: Vec<String>,
}

impl Leaf {
    /// Reads the DER form; `None` when it is not a certificate.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let at = |time: x509_parser::time::ASN1Time| {
            Timestamp::from_millis(time.timestamp().saturating_mul(1000))
        };
        let validity = parsed.validity();
        let certificate =
            Certificate { not_after: at(validity.not_after), subject: readable(parsed.subject()) };
        Some(Self {
            certificate,
            not_before: at(validity.not_before),
            issuer: readable(parsed.issuer()),
            self_signed: parsed.subject() == parsed.issuer(),
            names: names(&parsed),
        })
    }
}

/// The common name where there is one, else the whole name.
fn readable(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|cn| cn.as_str().ok());
    common.map_or_else(|| name.to_string(), str::to_owned)
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only two kinds of name can name a host")]
fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(dns) => Some((*dns).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => {
                <[u8; 4]>::try_from(*bytes).ok().map(|ip| std::net::Ipv4Addr::from(ip).to_string())
            }
            _ => {
                <[u8; 16]>::try_from(*bytes).ok().map(|ip| std::net::Ipv6Addr::from(ip).to_string())
            }
        },
        _ => None,
    }
}

/// Verifies as usual; a refusal carries what was refused.
#[derive(Debug)]
pub(super) struct Recording {
    strict: Arc<WebPkiServerVerifier>,
}

impl Recording {
    pub(super) const fn new(strict: Arc<WebPkiServerVerifier>) -> Self {
        Self { strict }
    }
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.strict.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        verdict.map_err(|error| match (error, Leaf::read(end_entity)) {
            (Error::InvalidCertificate(cause), Some(leaf)) => {
                Error::Other(OtherError(Arc::new(Refused { cause, leaf })))
            }
            (error, _) => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

/// A certificate that was refused, and why.
#[derive(Debug)]
pub(super) struct Refused {
    cause: CertificateError,
    leaf: Leaf,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate refused: {:?}", self.cause)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The refusal inside the error of a handshake, if it was one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other error is no refusal of ours")]
    pub(super) fn find(error: &io::Error) -> Option<&Self> {
        match error.get_ref()?.downcast_ref::<Error>()? {
            Error::Other(OtherError(inner))
            | Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                inner.downcast_ref()
            }
            _ => None,
        }
    }

    /// The certificate that was refused.
    pub(super) fn certificate(&self) -> &Certificate {
        &self.leaf.certificate
    }

    /// The kind of refusal, and a sentence that names the host.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's list is open; what is not told apart is told as it says it"
    )]
    pub(super) fn explain(&self, host: &str) -> (TransportErrorKind, String) {
        use TransportErrorKind as Kind;
        match &self.cause {
            CertificateError::Expired => (Kind::CertificateExpired, self.expired(host, None)),
            CertificateError::ExpiredContext { not_after, .. } => {
                (Kind::CertificateExpired, self.expired(host, Some(timestamp(*not_after))))
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                let from = self.leaf.not_before.utc_date();
                (
                    Kind::CertificateNotYetValid,
                    format!("certificate of {host} is not valid before {from}"),
                )
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                (Kind::CertificateWrongHost, self.wrong_host(host))
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                (Kind::CertificateUntrusted, self.untrusted(host))
            }
            _ if self.leaf.self_signed => (Kind::CertificateUntrusted, self.untrusted(host)),
            other => (Kind::Tls, format!("certificate of {host} was refused: {other:?}")),
        }
    }

    fn expired(&self, host: &str, not_after: Option<Timestamp>) -> String {
        let own = self.leaf.certificate.not_after;
        match not_after {
            Some(at) if at != own => {
                format!("a certificate that vouches for {host} expired on {}", at.utc_date())
            }
            _ => format!("certificate of {host} expired on {}", own.utc_date()),
        }
    }

    fn wrong_host(&self, host: &str) -> String {
        if self.leaf.names.is_empty() {
            return format!("certificate is not for {host}; it names no host");
        }
        format!("certificate is not for {host}; it is for {}", listed(&self.leaf.names))
    }

    fn untrusted(&self, host: &str) -> String {
        if self.leaf.self_signed {
            return format!("certificate of {host} is self-signed and not trusted");
        }
        let issuer = &self.leaf.issuer;
        format!("certificate of {host} is signed by {issuer}, which is not trusted")
    }
}

fn timestamp(at: UnixTime) -> Timestamp {
    Timestamp::from_millis(i64::try_from(at.as_secs()).unwrap_or(i64::MAX).saturating_mul(1000))
}
