//! Peers behind TLS: one whose authority the operator has named, one whose certificate is for
//! somebody else, and one that nobody vouches for.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::boards::{Board, SERVER_B, folder, wait};

/// An authority of our own: its certificate as PEM, and what signs with it.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap();
    (root.pem(), Issuer::new(params, key))
}

/// A certificate for a host with its key, signed by the authority or, without one, by itself.
fn certificate(
    host: &str,
    issuer: Option<&Issuer<'static, KeyPair>>,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let signed = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let key_der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (signed.unwrap().der().clone(), key_der)
}

/// Stands in front of a board as an operator's proxy does, and speaks TLS; gives its port.
fn in_front_of(
    board: &str,
    (certificate, key): (CertificateDer<'static>, PrivateKeyDer<'static>),
) -> u16 {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let board = board.to_owned();
    std::thread::spawn(move || {
        // Whoever does not like the certificate hangs up: that is no failure of the proxy.
        listener.incoming().flatten().for_each(|stream| drop(forward(&config, stream, &board)));
    });
    port
}

/// One request, and the answer to it.
fn forward(config: &Arc<ServerConfig>, stream: TcpStream, board: &str) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut secure = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        match secure.read(&mut piece)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&piece[..read]),
        }
    }
    let mut plain = TcpStream::connect(board)?;
    plain.write_all(&request)?;
    plain.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer)?;
    secure.write_all(&answer)?;
    secure.conn.send_close_notify();
    secure.flush()
}

#[test]
fn a_peer_over_https_is_heard_when_its_authority_is_trusted_and_told_of_when_it_is_not_its_own() {
    let b_folder = folder("warehouse", SERVER_B);
    let b = Board::start(b_folder.path(), ":0", &[("API_KEY", "open sesame")]);
    let (root, issuer) = authority();
    let good = in_front_of(&b.address, certificate("127.0.0.1", Some(&issuer)));
    let other = in_front_of(&b.address, certificate("shop.example.test", Some(&issuer)));
    let alone = in_front_of(&b.address, certificate("127.0.0.1", None));
    let peer = |id: &str, port: u16, key: &str| {
        format!("  - {{id: {id}, base_url: 'https://127.0.0.1:{port}', api_key: '{key}'}}\n")
    };
    let config = "node_id: node-a\npeer_refresh_seconds: 0.2\npeers:\n".to_owned()
        + &peer("good", good, "open sesame")
        + &peer("keyless", good, "wrong")
        + &peer("other", other, "open sesame")
        + &peer("alone", alone, "open sesame");
    let a_folder = folder("shop", &config);
    let ca = a_folder.path().join("ca.pem");
    fs::write(&ca, root).unwrap();
    let ca = ca.display().to_string();
    let a = Board::start(a_folder.path(), ":0", &[("SSL_CERT_FILE", &ca)]);
    let cluster = wait("an answer of each", || {
        let cluster = a.cluster();
        let nodes = cluster["nodes"].as_array().unwrap();
        let silent = nodes[2..].iter().all(|node| node["error"].is_string());
        (nodes[1]["services"][0]["id"] == "warehouse" && silent).then_some(cluster)
    });
    let error = |at: usize| cluster["nodes"][at]["error"].as_str().unwrap_or("none").to_owned();
    assert_eq!(error(1), "none");
    assert_eq!(error(2), "401 Unauthorized: api_key is missing or wrong");
    assert_eq!(
        error(3),
        "no TLS with 127.0.0.1: its certificate is not for this name; base_url must have the \
         name that stands in it"
    );
    assert_eq!(
        error(4),
        "no TLS with 127.0.0.1: its certificate is not trusted; SSL_CERT_FILE names a file with \
         the authorities that are"
    );
    let page = a.page();
    assert_eq!(page.matches("- sync error").count(), 3, "{page}");
    assert!(!page.contains("sesame"));
}
