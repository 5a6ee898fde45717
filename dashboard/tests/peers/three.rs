//! Three boards that all know each other, and one of them that dies.

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::boards::{Board, folder, wait};

/// What each of the nodes watches.
const NODES: [(&str, &str); 3] = [("a", "shop"), ("b", "warehouse"), ("c", "billing")];

/// A node with nobody else.
fn alone(id: &str) -> String {
    format!("node_id: node-{id}\nnode_name: Server {id}\npeer_refresh_seconds: 0.2\npeers: []\n")
}

/// The same with the other nodes as its peers.
fn with_peers(own: usize, boards: &[Board]) -> String {
    let others = NODES.iter().zip(boards).enumerate().filter(|(at, _)| *at != own);
    let peers: String = others
        .map(|(_, ((id, _), board))| {
            format!(
                "  - {{id: node-{id}, name: Server {id}, base_url: 'http://{}'}}\n",
                board.address
            )
        })
        .collect();
    alone(NODES[own].0).replace("peers: []", &format!("peers:\n{peers}"))
}

/// What a node knows of each node, by the name of its first service, and whether that is stale.
fn known(cluster: &Value) -> Vec<(String, bool)> {
    let nodes = cluster["nodes"].as_array().unwrap();
    let mut known: Vec<_> = nodes
        .iter()
        .map(|node| {
            let service = node["services"][0]["id"].as_str().unwrap_or("nothing");
            (service.to_owned(), node["stale"] == true)
        })
        .collect();
    known.sort();
    known
}

#[test]
fn three_nodes_show_each_other_and_the_two_that_are_left_keep_what_the_third_said() {
    let folders: Vec<_> = NODES.iter().map(|(id, service)| folder(service, &alone(id))).collect();
    let mut boards: Vec<_> =
        folders.iter().map(|folder| Board::start(folder.path(), ":0", &[])).collect();
    // The addresses are known only now; the edit is taken up by the boards that run.
    for (own, folder) in folders.iter().enumerate() {
        fs::write(folder.path().join("config.yaml"), with_peers(own, &boards)).unwrap();
    }
    let all = |stale: bool| {
        let of = |name: &str| (name.to_owned(), stale && name == "billing");
        vec![of("billing"), of("shop"), of("warehouse")]
    };
    for board in &boards {
        wait("all three", || (known(&board.cluster()) == all(false)).then_some(()));
        let page = board.page();
        for name in ["Server a", "Server b", "Server c", "shop", "warehouse", "billing"] {
            assert!(page.contains(name), "{name} is missing");
        }
        assert!(!page.contains("sync error") && !page.contains("STALE"), "{page}");
    }
    drop(boards.pop());
    for board in &boards {
        wait("its silence", || (known(&board.cluster()) == all(true)).then_some(()));
        let page = board.page();
        assert!(page.contains("Server c - sync error") && page.contains("billing"), "{page}");
        assert_eq!(page.matches("- sync error").count(), 1, "one line for one node: {page}");
        assert_eq!(page.matches("STALE").count(), 1, "{page}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
fn a_peer_that_never_answers_delays_neither_a_page_nor_the_news_of_another_peer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let b_folder = folder("warehouse", &alone("b"));
    let b = Board::start(b_folder.path(), ":0", &[]);
    let peers = format!(
        "peers:\n  - {{id: slow, base_url: 'http://{}'}}\n  - {{id: b, base_url: 'http://{}'}}\n",
        silent.local_addr().unwrap(),
        b.address
    );
    let a_folder = folder("shop", &alone("a").replace("peers: []\n", &peers));
    let a = Board::start(a_folder.path(), ":0", &[]);
    // The silent one is being asked from now on, for ten seconds.
    let (_held, _) = silent.accept().unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        assert!(a.page().contains(">slow<"));
    }
    wait("the other peer", || a.page().contains("warehouse").then_some(()));
    assert!(began.elapsed() < Duration::from_secs(9), "the pages waited {:?}", began.elapsed());
    assert!(!a.page().contains("sync error"), "the silent one has not been given up yet");
}
