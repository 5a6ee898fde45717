//! Certificates as an operator meets them: `checker once` against servers with good and bad ones.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::stack::{Stack, finish, said};

/// A certificate for a host until the start of a year, not signed yet.
fn params(host: &str, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, host);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

/// Serves a certificate on a port of its own for as long as the test runs; gives the port.
fn https(certificate: CertificateDer<'static>, key: &KeyPair) -> u16 {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config =
        Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // Whoever does not like the certificate hangs up: that is no failure of the server.
        listener.incoming().flatten().for_each(|stream| drop(answer(&config, stream)));
    });
    port
}

fn answer(config: &Arc<ServerConfig>, stream: TcpStream) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut request = BufReader::new(&mut stream).lines();
    while request.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    stream.conn.send_close_notify();
    stream.flush()
}

#[test]
fn every_bad_certificate_is_told_by_its_own_sentence() {
    let mut authority = params("Our Authority", 2090);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let signed = |params: CertificateParams| {
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        https(leaf.der().clone(), &key)
    };
    let (good, expired, other) = (
        signed(params("127.0.0.1", 2090)),
        signed(params("127.0.0.1", 2023)),
        signed(params("shop.example.test", 2090)),
    );
    let key = KeyPair::generate().unwrap();
    let alone = https(params("127.0.0.1", 2090).self_signed(&key).unwrap().der().clone(), &key);
    let checks: String =
        [("good", good), ("expired", expired), ("self-signed", alone), ("wrong-host", other)]
            .map(|(name, port)| {
                format!("  - {{name: {name}, type: http, url: \"https://127.0.0.1:{port}/\"}}\n")
            })
            .concat();
    let stack = Stack::with(&format!("global: {{notify_on: []}}\nchecks:\n{checks}"));
    fs::write(stack.path("ca.pem"), root.pem()).unwrap();
    let output = finish(stack.checker().arg("once").env("CA_FILE", "ca.pem"));
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    let mut lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    let wanted = [
        "[FAIL] expired certificate of 127.0.0.1 expired on 2023-01-01",
        "[FAIL] self-signed certificate of 127.0.0.1 is self-signed and not trusted",
        "[FAIL] wrong-host certificate is not for 127.0.0.1; it is for shop.example.test",
    ];
    assert_eq!(lines[..3], wanted, "{text}");
    assert!(lines.len() == 4 && lines[3].starts_with("[OK] good status 200"), "{text}");
}
