//! Job checks: the id file is read at every attempt, and what it may hold.

use std::{io, sync::Mutex, time::Duration};

use checker::probe::fetch;
use engine::{
    config::{Check, CheckName, JobSpec, JobUrl, JsonQuery, Spec, WhenNoJob},
    observation::{JobObservation, Observation},
    schedule::Schedule,
    status::Severity,
    time::Timestamp,
};

use crate::server::{OK, answering, client};

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

async fn look(base: &str, file: io::Result<(Vec<u8>, Option<Timestamp>)>) -> JobObservation {
    let file = Mutex::new(Some(file));
    let read = |path: &str| {
        assert_eq!(path, ".last_job_id");
        file.lock().unwrap().take().expect("the file is read once")
    };
    match fetch(&client(), &read, &check(base)).await {
        Observation::Job(seen) => seen,
        other @ (Observation::Http(_) | Observation::Unmeasured { .. }) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_state_of_the_job_in_the_file_is_asked_for() {
    let (address, mut requests) = answering(OK).await;
    let written_at = Some(Timestamp::from_millis(42));
    let seen = look(&format!("http://{address}"), Ok((b"job-2.x_1\n".to_vec(), written_at))).await;
    let id = seen.id.unwrap().unwrap();
    assert_eq!((&*id.id, id.written_at), ("job-2.x_1", written_at));
    assert_eq!(seen.exchange.unwrap().result.unwrap().status, 200);
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("GET /jobs/job-2.x_1/status HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-key: k"), "{request}");
}

#[tokio::test]
async fn without_a_file_no_job_has_run_and_nobody_is_asked() {
    let seen = look("http://127.0.0.1:9", Err(io::ErrorKind::NotFound.into())).await;
    assert!(matches!(seen.id, Ok(None)) && seen.exchange.is_none(), "{seen:?}");
}

#[tokio::test]
async fn an_unusable_file_is_told_by_name_and_nobody_is_asked() {
    let long = "x".repeat(129);
    let contents: [&[u8]; 5] = [b"", b"two words", b"../../etc", b"\xff\xfe", long.as_bytes()];
    for content in contents {
        let seen = look("http://127.0.0.1:9", Ok((content.to_vec(), None))).await;
        let error = seen.id.unwrap_err();
        assert!(error.starts_with(".last_job_id: ") && seen.exchange.is_none(), "{error}");
    }
    let seen = look("http://127.0.0.1:9", Err(io::ErrorKind::PermissionDenied.into())).await;
    assert_eq!(seen.id.unwrap_err(), ".last_job_id: permission denied");
}
