//! The control plane of a mock app over HTTP: what a script could do with curl. Decides nothing.

use std::{sync::Arc, time::Duration};

use checker::{
    clock::Clock,
    http::{HttpClient, Tls},
    transport::Tcp,
};
use engine::{
    Timestamp,
    config::{HttpRequest, http_url},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// A client of the control plane, and of whatever else is to be fetched.
#[derive(Clone, Debug)]
pub(super) struct Admin {
    http: HttpClient,
    base: String,
    key: Option<String>,
}

/// A fault as the mock app lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) fault: String,
    #[serde(default)]
    pub(super) on: Option<String>,
    pub(super) active: bool,
    pub(super) started_at: Timestamp,
    #[serde(default)]
    pub(super) ended_at: Option<Timestamp>,
    pub(super) matched: u64,
    pub(super) injected: u64,
}

/// A use of a tool, as the mock app lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Used {
    /// Counts from 1.
    pub(crate) id: u64,
    /// The tool.
    pub(crate) tool: String,
    /// Who used it.
    pub(crate) by: String,
    /// When, by the clock on the wall.
    pub(crate) at: Timestamp,
    /// When it was, or will be, done.
    pub(crate) done_at: Timestamp,
    /// `running` or `done`.
    pub(crate) state: String,
    /// What an operator sees of it.
    pub(crate) outcome: String,
    /// The ids of the faults that it has ended.
    pub(crate) cured: Vec<String>,
    /// The ids of those that it has made worse.
    pub(crate) worsened: Vec<String>,
}

/// A body that was posted to `/webhook/{name}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Hook {
    pub(super) seq: u64,
    pub(super) name: String,
    pub(super) received_at: Timestamp,
    #[serde(default)]
    pub(super) idempotency_key: Option<String>,
    #[serde(default)]
    pub(super) body: Value,
}

impl Admin {
    /// A client of the mock app at this address, with or without a slash at its end.
    pub(super) fn new(base: &str) -> Self {
        let http = HttpClient::new(Arc::new(Tcp), Tls::new(Clock::system()));
        Self { http, base: base.trim_end_matches('/').to_owned(), key: None }
    }

    /// The same, showing a key with everything that it asks for.
    pub(super) fn with_key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// What was done with the operator's tools.
    pub(super) async fn operations(&self) -> Result<Vec<Used>, String> {
        #[derive(Deserialize)]
        struct List {
            operations: Vec<Used>,
        }
        self.ask::<List>("/admin/operations").await.map(|list| list.operations)
    }

    /// Uses an operator's tool; answers in how many real seconds it is done.
    pub(super) async fn operate(&self, tool: &str, by: &str) -> Result<f64, String> {
        let answer = self.tell("POST", &format!("/ops/{tool}"), Some(json!({"by": by}))).await?;
        let begun: Value = serde_json::from_str(&answer).unwrap_or_default();
        Ok(begun.get("done_in_s").and_then(Value::as_f64).unwrap_or_default())
    }

    /// Every fault that is or was active.
    pub(super) async fn faults(&self) -> Result<Vec<Listed>, String> {
        #[derive(Deserialize)]
        struct List {
            faults: Vec<Listed>,
        }
        self.ask::<List>("/admin/faults").await.map(|list| list.faults)
    }

    /// What was posted to webhooks, oldest first.
    pub(super) async fn hooks(&self) -> Result<Vec<Hook>, String> {
        #[derive(Deserialize)]
        struct List {
            webhooks: Vec<Hook>,
        }
        self.ask::<List>("/admin/webhooks").await.map(|list| list.webhooks)
    }

    /// Begins a fault.
    pub(super) async fn inject(&self, step: Map<String, Value>) -> Result<(), String> {
        self.tell("POST", "/admin/faults/inject", Some(Value::Object(step))).await.map(drop)
    }

    /// Ends a fault, or switches off the toggle of this name.
    pub(super) async fn end(&self, id: &str) -> Result<(), String> {
        self.tell("DELETE", &format!("/admin/faults/{id}"), None).await.map(drop)
    }

    /// Moves the switches that are named.
    pub(super) async fn toggle(&self, wish: Map<String, Value>) -> Result<(), String> {
        self.tell("PATCH", "/admin/faults", Some(Value::Object(wish))).await.map(drop)
    }

    /// Starts a job.
    pub(super) async fn run_job(&self, name: Option<&str>) -> Result<(), String> {
        let body = name.map_or_else(|| json!({}), |name| json!({"name": name}));
        self.tell("POST", "/jobs/run", Some(body)).await.map(drop)
    }

    /// Ends every fault, sticky ones too.
    pub(super) async fn end_all(&self) -> Result<(), String> {
        // A mock app that does not know the word ends what is not sticky; the rest is ended by name.
        self.tell("POST", "/admin/reset?force=true", Some(json!({}))).await?;
        for fault in self.faults().await?.into_iter().filter(|fault| fault.active) {
            self.end(&fault.id).await?;
        }
        Ok(())
    }

    /// Fetches any page: status and body.
    pub(super) async fn fetch(&self, path: &str) -> Result<(u16, String), String> {
        self.call("GET", path, None).await
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let (status, body) = self.call("GET", path, None).await?;
        let odd = |why: String| format!("GET {}{path} answered {why}", self.base);
        if status != 200 {
            return Err(odd(format!("{status}: is this a mock app?")));
        }
        serde_json::from_str(&body).map_err(|error| odd(format!("something else: {error}")))
    }

    async fn tell(&self, method: &str, path: &str, body: Option<Value>) -> Result<String, String> {
        let (status, answer) = self.call(method, path, body.map(|body| body.to_string())).await?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let error = serde_json::from_str::<Value>(&answer).ok();
        let error = error.and_then(|json| json.get("error")?.as_str().map(str::to_owned));
        let said = error.unwrap_or_else(|| answer.chars().take(200).collect());
        Err(format!("{method} {path} answered {status}: {said}"))
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<(u16, String), String> {
        let url = format!("{}{path}", self.base);
        let kind = ("content-type".to_owned(), "application/json".to_owned());
        let key = self.key.iter().map(|key| ("authorization".to_owned(), format!("Bearer {key}")));
        let request = HttpRequest {
            method: method.to_owned(),
            url: http_url(&url).map_err(|error| format!("{url}: {error}"))?,
            headers: key.chain([kind]).collect(),
            body,
            follow_redirects: false,
            keep_alive: false,
        };
        let exchange = self.http.exchange(&request, PATIENCE).await;
        let response = exchange.result.map_err(|error| format!("{method} {url}: {error}"))?;
        Ok((response.status, String::from_utf8_lossy(&response.body).into_owned()))
    }
}
