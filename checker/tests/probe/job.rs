//! Job checks: the id file is read at every attempt, and what it may hold.

use std::{path::Path, time::Duration};

use checker::probe::fetch;
use engine::{
    config::{Check, CheckName, JobSpec, JobUrl, JsonQuery, Spec, WhenNoJob},
    observation::{JobObservation, Observation},
    schedule::Schedule,
    status::Severity,
    time::Timestamp,
};

use store::{MemoryDisk, disk::Failure};

use crate::server::{OK, answering, hands};

fn check(base: &str) -> Check {
    let spec = JobSpec {
        status_url: JobUrl::parse(&format!("{base}/jobs/{{job_id}}/status")).unwrap(),
        headers: vec![("X-Key".into(), "k".into())],
        job_id_file: ".last_job_id".into(),
        status_path: JsonQuery::parse("$.status").unwrap(),
        success_by: None,
        window_start: jiff::civil::Time::midnight(),
        within: None,
        when_no_job: WhenNoJob::Miss,
    };
    Check {
        name: CheckName::new("nightly"),
        display_name: None,
        enabled: true,
        severity: Severity::P3,
        schedule: Schedule::Every(Duration::from_secs(30)),
        timeout: Duration::from_secs(5),
        retries: 0,
        backoff: Duration::ZERO,
        timezone: jiff::tz::TimeZone::UTC,
        notify_on: std::collections::BTreeSet::new(),
        initial_alert: true,
        reminder_every: Duration::ZERO,
        actions: Vec::new(),
        spec: Spec::Job(spec),
    }
}

/// A disk with that file, written at 42 ms; with no file when there is nothing to write.
fn disk(content: Option<&[u8]>) -> MemoryDisk {
    let disk = MemoryDisk::default();
    disk.set_now(Timestamp::from_millis(42));
    if let Some(content) = content {
        disk.put(Path::new(".last_job_id"), content);
    }
    disk
}

async fn look(base: &str, disk: MemoryDisk) -> JobObservation {
    let Observation::Job(seen) = fetch(&hands(disk), &check(base)).await else {
        panic!("not what was seen of a job")
    };
    seen
}

#[tokio::test]
async fn the_state_of_the_job_in_the_file_is_asked_for() {
    let (address, mut requests) = answering(OK).await;
    let written_at = Some(Timestamp::from_millis(42));
    let seen = look(&format!("http://{address}"), disk(Some(b"job-2.x_1\n"))).await;
    let id = seen.id.unwrap().unwrap();
    assert_eq!((&*id.id, id.written_at), ("job-2.x_1", written_at));
    assert_eq!(seen.exchange.unwrap().result.unwrap().status, 200);
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("GET /jobs/job-2.x_1/status HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-key: k"), "{request}");
}

#[tokio::test]
async fn without_a_file_no_job_has_run_and_nobody_is_asked() {
    let seen = look("http://127.0.0.1:9", disk(None)).await;
    assert!(matches!(seen.id, Ok(None)) && seen.exchange.is_none(), "{seen:?}");
}

#[tokio::test]
async fn an_unusable_file_is_told_by_name_and_nobody_is_asked() {
    let long = "x".repeat(129);
    let contents: [&[u8]; 5] = [b"", b"two words", b"../../etc", b"\xff\xfe", long.as_bytes()];
    for content in contents {
        let seen = look("http://127.0.0.1:9", disk(Some(content))).await;
        let error = seen.id.unwrap_err();
        assert!(error.starts_with(".last_job_id: ") && seen.exchange.is_none(), "{error}");
    }
    let broken = disk(Some(b"job-1"));
    broken.set_failure(Some(Failure::Io));
    let error = look("http://127.0.0.1:9", broken).await.id.unwrap_err();
    assert!(error.starts_with(".last_job_id: "), "{error}");
}
