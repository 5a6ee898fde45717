//! The canonical trace: one JSON line per happening, in the order of time, with nothing in it that
//! could differ between two runs of the same case. Its hash is what determinism is held against.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};
use serde_json::json;

use super::{
    net::Exchange,
    outside::{Seen, What},
};
use crate::{
    played::{Played, Sample},
    scenario::Ms,
};

/// What the checker asked, and what was answered: over the network, by the machine, by the rest.
type Answers<'a> = (&'a [Exchange], &'a BTreeMap<String, Vec<Sample>>, &'a [Seen]);

/// All lines of a run.
pub(super) fn lines(
    played: &Played,
    (exchanges, machine, seen): Answers<'_>,
    journal: &[(Ms, Vec<u8>)],
) -> Vec<String> {
    let mut all: Vec<(Ms, String)> = Vec::new();
    for fault in &played.faults {
        let fields = json!({"id": fault.id, "fault": fault.kind, "matched": fault.matched, "injected": fault.injected});
        all.push((fault.start, line(fault.start, "fault", "begins", &fields)));
        if let Some(end) = fault.end {
            all.push((end, line(end, "fault", "ends", &json!({"id": fault.id}))));
        }
    }
    for exchange in exchanges {
        let fields = json!({
            "asked": text(&exchange.asked), "got": text(&exchange.got),
            "until": exchange.until, "end": format!("{:?}", exchange.end),
        });
        all.push((exchange.at, line(exchange.at, "net", "exchange", &fields)));
    }
    for (check, answers) in machine {
        for answer in answers {
            let fields = json!({"check": check, "verdict": format!("{:?}", answer.verdict), "why": answer.why});
            all.push((answer.at, line(answer.at, "machine", "answers", &fields)));
        }
    }
    for (at, unit) in &played.restarts {
        all.push((*at, line(*at, "machine", "restarts", &json!(unit))));
    }
    for one in seen {
        let fields = json!({"until": one.until, "what": shown(&one.what)});
        all.push((one.at, line(one.at, "outside", "asked", &fields)));
    }
    for beat in &played.beats {
        let fields = json!({"check": beat.check, "status": beat.status});
        all.push((beat.at, line(beat.at, "pusher", "calls", &fields)));
    }
    for (at, bytes) in journal {
        all.push((*at, line(*at, "journal", "line", &json!(text(bytes).trim_end()))));
    }
    for got in &played.receipts {
        let fields = json!({"channel": got.channel, "key": got.key, "subject": got.subject, "body": got.body});
        all.push((got.at, line(got.at, "receiver", "accepts", &fields)));
    }
    for down in &played.downs {
        all.push((down.from, line(down.from, "checker", down.why, &json!({"to": down.to}))));
    }
    for (check, samples) in &played.truth {
        for sample in samples {
            let fields = json!({"check": check, "verdict": format!("{:?}", sample.verdict), "why": sample.why});
            all.push((sample.at, line(sample.at, "witness", "sees", &fields)));
        }
    }
    for asked in &played.users {
        let fields =
            json!({"route": asked.route, "good": asked.good, "took": asked.took, "why": asked.why});
        all.push((asked.at, line(asked.at, "user", "asks", &fields)));
    }
    all.push((played.end, line(played.end, "stage", "ends", &json!({}))));
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, line)| line).collect()
}

/// Messages without their numbers, which count on over all runs of a process.
fn shown(what: &What) -> String {
    let rest = |bytes: &[u8]| text(bytes.get(2..).unwrap_or_default());
    match what {
        What::Name { asked, got } => format!("{} {:?}", rest(asked), got.as_deref().map(rest)),
        What::Echo { .. } | What::Machine { .. } => format!("{what:?}"),
    }
}

fn line(at: Ms, actor: &str, kind: &str, fields: &serde_json::Value) -> String {
    json!({"ms": at, "actor": actor, "kind": kind, "fields": fields}).to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The hash of a trace, in hexadecimal.
pub(crate) fn hash(lines: &[String]) -> String {
    let all = lines.join("\n");
    digest(&SHA256, all.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
