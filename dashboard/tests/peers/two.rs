//! Two boards, and peers that are not what they should be.

use std::{fs, net::TcpListener};

use crate::boards::{Board, SERVER_B, folder, server_a, wait};

#[test]
fn a_peer_is_shown_and_when_it_is_killed_its_data_stay_and_are_marked_stale() {
    let b_folder = folder("warehouse", SERVER_B);
    let b = Board::start(b_folder.path(), ":0", &[]);
    let a_folder = folder("shop", &server_a(&b.address, "enabled: true"));
    let a = Board::start(a_folder.path(), ":0", &[]);
    let both = wait("the peer's data", || {
        let cluster = a.cluster();
        (cluster["nodes"][1]["services"][0]["id"] == "warehouse").then_some(cluster)
    });
    assert_eq!(both["nodes"][0]["node"]["id"], "node-a");
    assert_eq!(both["nodes"][1]["node"]["id"], "node-b");
    assert_eq!(both["nodes"][1]["source"], "peer");
    assert_eq!(both["nodes"][1]["history"].as_array().unwrap().len(), 60);
    let page = a.page();
    assert!(page.contains("Server B") && page.contains("warehouse"), "{page}");
    assert!(!page.contains("sync error"), "{page}");
    let port = b.address.clone();
    drop(b);
    // What was killed in the middle of an answer is told of in other words first.
    let page =
        wait("the refusal", || Some(a.page()).filter(|page| page.contains("connection refused")));
    assert!(page.contains("Server B - sync error"), "{page}");
    assert!(page.contains("warehouse") && page.contains("STALE"), "{page}");
    let cluster = a.cluster();
    let node = &cluster["nodes"][1];
    assert_eq!(
        (node["stale"].as_bool(), node["services"][0]["id"].as_str()),
        (Some(true), Some("warehouse"))
    );
    assert!(node["error"].as_str().unwrap().contains("connection refused"));
    let _b = Board::start(b_folder.path(), &port, &[]);
    wait("the end of the error", || (!a.page().contains("sync error")).then_some(()));
}

#[test]
fn a_peer_with_a_key_wants_it_from_us_and_a_wrong_one_is_told_as_401() {
    let b_folder = folder("warehouse", SERVER_B);
    let b = Board::start(b_folder.path(), ":0", &[("API_KEY", "open sesame")]);
    assert!(b.get("/api/node/status", None).0.contains("401"));
    assert!(b.get("/api/node/status", Some("open sesame")).0.contains("200"));
    let a_folder = folder("shop", &server_a(&b.address, "api_key: 'wrong'"));
    let a = Board::start(a_folder.path(), ":0", &[]);
    let page = wait("401", || Some(a.page()).filter(|page| page.contains("401")));
    assert!(page.contains("Server B - sync error"), "{page}");
    assert!(!page.contains("wrong key"), "the key is shown");
    let right = server_a(&b.address, "api_key: '{PEER_KEY}'");
    fs::write(a_folder.path().join(".env"), "PEER_KEY='open sesame'\n").unwrap();
    fs::write(a_folder.path().join("config.yaml"), right).unwrap();
    let again = Board::start(a_folder.path(), ":0", &[]);
    wait("its data", || again.page().contains("warehouse").then_some(()));
    assert!(!again.page().contains("sesame"));
    // The one that runs takes up the edited file; it does not know the variable.
    wait("the refused edit", || a.page().contains("PEER_KEY").then_some(()));
}

#[test]
fn a_peer_that_accepts_and_says_nothing_delays_no_page_and_one_with_our_id_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let twin_folder = folder("warehouse", "node_id: node-a\npeers: []\n");
    let twin = Board::start(twin_folder.path(), ":0", &[]);
    let config = server_a(&twin.address, "enabled: true")
        + &format!("  - {{id: slow, base_url: 'http://{}'}}\n", silent.local_addr().unwrap())
        + &format!("  - {{id: tls, base_url: 'https://{}'}}\n", twin.address)
        + "  - {id: off, base_url: 'http://127.0.0.1:1', enabled: false}\n";
    let a_folder = folder("shop", &config);
    let a = Board::start(a_folder.path(), ":0", &[]);
    let (held, _) = silent.accept().unwrap();
    let page = wait("the twin", || Some(a.page()).filter(|page| page.contains("duplicate")));
    assert!(page.contains("duplicate node_id node-a"), "{page}");
    assert!(page.contains(">slow<") && !page.contains("127.0.0.1:1<"), "{page}");
    assert_eq!(a.cluster()["nodes"].as_array().unwrap().len(), 4);
    // A peer that does not speak TLS where it should is told of like any other trouble.
    wait("the broken TLS", || a.page().contains("no TLS with 127.0.0.1").then_some(()));
    drop(held);
}
