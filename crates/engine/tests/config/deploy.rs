//! What is shipped to run the agent in a container.

use serde_json::Value;

use crate::support::{host, quiet};

fn compose() -> Value {
    let text = include_str!("../../../../deploy/docker-compose.yml");
    let yaml: serde_yaml::Value = serde_yaml::from_str(text).expect("YAML");
    serde_json::to_value(yaml).expect("JSON")
}

#[test]
fn the_compose_file_has_the_agent_with_its_mounts_its_user_and_its_zone() {
    let compose = compose();
    let agent = &compose["services"]["monitor-agent"];
    assert_eq!(agent["user"], "${UID}:${DOCKER_GID}");
    assert_eq!(agent["environment"]["TZ"], "America/Lima");
    let mounts: Vec<_> = agent["volumes"].as_array().expect("mounts").iter().collect();
    assert!(mounts.iter().any(|mount| *mount == "./data:/app/data"), "{mounts:?}");
    let socket = "/var/run/docker.sock:/var/run/docker.sock";
    assert!(mounts.iter().any(|mount| *mount == socket), "{mounts:?}");
    assert_eq!(agent["build"]["dockerfile"], "deploy/Dockerfile");
    assert_eq!(agent["environment"]["METRICS_PATH"], "/app/data/metrics.db");
}

#[test]
fn what_the_container_runs_is_one_agent() {
    let config = quiet(include_str!("../../../../deploy/agent.yaml"));
    assert_eq!(config.checks.len(), 1);
    assert_eq!(host(&config.checks[0]).docker_sock, "/var/run/docker.sock");
}

#[test]
fn the_shipped_environments_name_every_variable_of_the_agent() {
    let shipped =
        [include_str!("../../../../.env.example"), include_str!("../../../../deploy/.env.example")];
    for text in shipped {
        for name in ["SECRET_KEY=", "HEARTBEAT_URL=", "N8N_WEBHOOK_URL="] {
            assert!(
                text.lines().any(|line| line.trim_start_matches("# ").starts_with(name)),
                "{name}"
            );
        }
    }
}
