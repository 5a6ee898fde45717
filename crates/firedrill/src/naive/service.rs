//! What an answer to a service's own address or port is worth.

use engine::config::ServiceSpec;

use super::{Answer, Parts, Worth, bad};
use crate::played::Truth;

pub(super) fn worth(spec: &ServiceSpec, answer: &Answer) -> Worth {
    if spec.http.is_none() {
        return if answer.opened {
            (Truth::Good, "connected".to_owned())
        } else {
            bad(String::from_utf8_lossy(&answer.got))
        };
    }
    match Parts::of(&answer.got) {
        Some(parts) if parts.status == spec.expect_status => {
            let cut = parts.body().is_none();
            if cut {
                bad("the answer is cut short")
            } else {
                (Truth::Good, parts.status.to_string())
            }
        }
        Some(parts) if (300..400).contains(&parts.status) => {
            (Truth::Unsure, "a redirect".to_owned())
        }
        Some(parts) => bad(parts.status.to_string()),
        None => bad(if answer.opened { "no answer" } else { "no connection" }),
    }
}
