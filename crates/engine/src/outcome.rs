//! A verdict on one attempt: what the observation means for the check.

use serde_json::Value;

use crate::{details::Details, effect::Mask, job::JobState, status::Status};

/// A verdict on one attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was found.
    pub status: Status,
    /// Why.
    pub details: Details,
    /// Duration of the attempt in milliseconds, when there was an exchange.
    pub latency_ms: Option<u64>,
    /// Whether another attempt could find something better.
    pub retry: bool,
    /// What is to be remembered of the job.
    pub job: Option<JobState>,
}

impl Outcome {
    /// Takes secrets out of every text that is going to be written, shown or sent.
    pub fn hide(&mut self, mask: &Mask) {
        let details = &mut self.details;
        details.reason = mask.apply(&details.reason);
        for seen in &mut details.expectations {
            seen.actual = mask.apply(&seen.actual);
        }
        details.body = details.body.take().map(|body| mask.apply(&body));
        if let Some(turn) = &mut details.turn {
            turn.url = turn.url.take().map(|url| mask.apply(&url));
        }
        details.facts.values_mut().for_each(|fact| hide_all(fact, mask));
    }

    /// The checker could not look.
    #[must_use]
    pub fn unmeasured(reason: String, job: Option<JobState>) -> Self {
        let details = Details { reason, ..Details::default() };
        Self { status: Status::Unknown, details, latency_ms: None, retry: false, job }
    }
}

fn hide_all(value: &mut Value, mask: &Mask) {
    match value {
        Value::String(text) => *text = mask.apply(text),
        Value::Array(list) => list.iter_mut().for_each(|one| hide_all(one, mask)),
        Value::Object(map) => map.values_mut().for_each(|one| hide_all(one, mask)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
