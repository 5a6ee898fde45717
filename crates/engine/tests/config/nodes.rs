//! The words of nodes and clusters: they load as they stand, alone or beside checks.

use engine::{
    config::{Nodes, PeerNode, Source, Spec, SystemdSpec, nodes},
    schedule::Schedule,
};

use crate::support::{SEC, data, kinds, load, quiet, vars};

#[test]
fn a_file_of_targets_and_peers_loads_as_it_stands() {
    let config = quiet(&data("seed001.yaml"));
    let Nodes { id, name, data_directory, refresh, targets, peers } = &config.nodes;
    assert_eq!((id.as_deref(), name.as_deref()), (Some("node-a"), Some("Server A")));
    assert_eq!((data_directory.as_str(), *refresh), (".dist/data", 60 * SEC));
    assert_eq!(targets, &["tsunamibot", "nginx"]);
    let [peer] = &peers[..] else { panic!("one peer") };
    assert_eq!((peer.id.as_str(), peer.name.as_deref()), ("node-b", Some("Server B")));
    assert_eq!(peer.base_url.as_str(), "http://192.168.55.120:8080/");
    assert!(peer.enabled && peer.api_key.is_none());
}

#[test]
fn a_target_is_a_systemd_check_at_the_pace_of_the_node() {
    let config = quiet(&data("seed001.yaml"));
    let check = &config.checks[0];
    assert_eq!((check.name.as_str(), check.title()), ("tsunamibot", "Tsunami Bot"));
    assert!(matches!(check.schedule, Schedule::Every(every) if every == 300 * SEC));
    assert_eq!((check.timeout, config.checks[1].timeout), (8 * SEC, 15 * SEC));
    assert_eq!(check.notify_on, kinds("first_fail recovered"));
    let Spec::Systemd(SystemdSpec { unit, use_sudo }) = &check.spec else { panic!("systemd") };
    assert_eq!((unit.as_str(), *use_sudo), ("tsunamibot.service", false));
    assert!(check.actions.is_empty());
}

#[test]
fn every_key_of_a_node_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let nginx = config.check("nginx").expect("the target");
    assert_eq!((nginx.title(), nginx.timeout), ("Reverse Proxy", 8 * SEC));
    assert!(matches!(nginx.schedule, Schedule::Every(every) if every == 420 * SEC));
    assert!(matches!(&nginx.spec, Spec::Systemd(spec) if spec.use_sudo));
    let Nodes { data_directory, refresh, peers, .. } = &config.nodes;
    assert_eq!((data_directory.as_str(), *refresh), ("var/history", 15 * SEC));
    let PeerNode { enabled, api_key, .. } = &peers[0];
    assert_eq!((*enabled, api_key.as_deref()), (false, Some("t0k3n")));
    assert!(!format!("{:?}", peers[0]).contains("t0k3n"));
}

#[test]
fn without_words_of_nodes_a_file_has_their_defaults_and_no_peers() {
    let text = "checks: [{name: a, type: http, url: 'http://x/'}]";
    assert_eq!(quiet(text).nodes, Nodes::default());
    assert_eq!(quiet("peers: []").checks.len(), 0);
    assert_eq!(quiet("peers:\ntargets:\n  - {id: a, service: a.service}").nodes.peers, []);
}

#[test]
fn the_part_of_nodes_can_be_read_without_the_variables_of_the_checks() {
    let text = "peers: [{id: b, base_url: 'http://b:1', api_key: '{TOKEN}'}]\n\
                checks: [{name: a, type: http, url: '{NOT_SET_HERE}/ping'}]";
    assert!(load(text).is_err());
    let found = nodes(Source { file: "checks.yaml", text }, &vars).expect("loads");
    assert_eq!(found.peers[0].api_key.as_deref(), Some("t0k3n"));
}
