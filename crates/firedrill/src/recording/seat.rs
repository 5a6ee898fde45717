//! Where a check of the real world sits in the mock app: the route that stands in for its address,
//! what it wants of it, and how its troubles are played there. Pure.

use serde_json::{Map, Value, json};

use super::{
    card::{Card, Wants},
    guess::Rule,
    symptom::Symptom,
};

/// What the mock app's routes answer when all is well.
const ROUTES: [(&str, &str, &str); 3] = [
    ("/api/ping", "status", r#"{"status":"ok"}"#),
    ("/db/health", "latency_ms", r#"{"ok":true,"latency_ms":12}"#),
    ("/queue/health", "depth", r#"{"depth":3,"oldest_age_s":5}"#),
];

/// A place in the mock app.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    /// The method and the route; that of a job's state for a job.
    pub(super) method: &'static str,
    /// See above.
    pub(super) route: String,
    /// What is wanted of the body there.
    pub(super) rules: Vec<Rule>,
    /// Which member stands in for a path of the real body.
    stand_ins: Vec<(String, String)>,
    /// Headers by which faults tell checks on one route apart.
    pub(super) marks: Vec<String>,
    /// Whether route and rules are the check's own.
    pub(super) is_own: bool,
}

impl Seat {
    /// `GET /api/ping`.
    pub(super) fn on(&self) -> String {
        format!("{} {}", self.method, self.route)
    }

    /// A place for a check.
    pub(super) fn of(card: &Card) -> Self {
        match &card.wants {
            Wants::Job(_) => Self::at("GET", "/jobs/*/status", Vec::new(), true),
            Wants::Else => Self::at("GET", "/api/ping", Vec::new(), false),
            Wants::Answer { method, path, rules, .. } if method == "POST" => {
                let own = path.as_deref().is_some_and(|path| path.starts_with("/webhook/"));
                let holds =
                    rules.iter().all(|rule| rule.path == "$.ok" && rule.holds(Some(&json!(true))));
                let route = format!("/webhook/{}", slug(&card.called));
                match holds {
                    true => Self::at("POST", &route, rules.clone(), own),
                    false => Self::stand_in("POST", &route, rules),
                }
            }
            Wants::Answer { path, rules, .. } => {
                own(path.as_deref(), rules).unwrap_or_else(|| match rules.is_empty() {
                    true => Self::at("GET", "/api/ping", Vec::new(), false),
                    false => Self::stand_in("GET", "/db/health", rules),
                })
            }
        }
    }

    fn at(method: &'static str, route: &str, rules: Vec<Rule>, is_own: bool) -> Self {
        let (stand_ins, marks) = (Vec::new(), Vec::new());
        Self { method, route: route.to_owned(), rules, stand_ins, marks, is_own }
    }

    /// Rules of another body, said of this one: a figure of a member that has one, anything else of
    /// one that is true.
    fn stand_in(method: &'static str, route: &str, rules: &[Rule]) -> Self {
        let mut seat = Self::at(method, route, Vec::new(), false);
        for rule in rules {
            let figure = method == "GET" && is_limit(rule) && rule.holds(Some(&json!(12)));
            let member = if figure { "latency_ms" } else { "ok" };
            let path = format!("$.{member}");
            let said = if figure { Rule { path, ..rule.clone() } } else { is_true() };
            if !seat.rules.contains(&said) {
                seat.rules.push(said);
            }
            seat.stand_ins.push((rule.path.clone(), member.to_owned()));
        }
        if !seat.rules.contains(&is_true()) {
            seat.rules.push(is_true());
        }
        seat
    }

    /// The fault that plays a symptom here: its kind and parameters, and what differs from what was
    /// seen, if anything does.
    pub(super) fn fault(
        &self,
        symptom: &Symptom,
    ) -> (&'static str, Vec<(&'static str, Value)>, Option<String>) {
        let plain = |kind| (kind, Vec::new(), None);
        let reset = |how: &str| {
            let text = format!("{how}, which is played as a connection that is reset");
            ("net.reset", vec![("after_bytes", json!(0))], Some(text))
        };
        match symptom {
            Symptom::Code(code) if (300..600).contains(code) => {
                ("http.status", vec![("code", json!(code))], None)
            }
            Symptom::Code(code) => {
                let text = format!("status {code} where another was wanted is played as 500");
                ("http.status", vec![("code", json!(500))], Some(text))
            }
            Symptom::Silence => plain("net.blackhole"),
            Symptom::Refused => reset("a connection was refused"),
            Symptom::Broken("the connection was reset" | "the connection was closed") => {
                ("net.reset", vec![("after_bytes", json!(0))], None)
            }
            Symptom::Broken(how) => reset(how),
            Symptom::Redirected => plain("http.redirect_loop"),
            Symptom::Values(values) => {
                ("http.body_patch", vec![("patch", Value::Object(self.patch(values)))], None)
            }
            Symptom::NotJson => plain("http.html_error_200"),
            Symptom::Empty => plain("http.empty"),
            Symptom::Slow(ms) => ("latency.fixed", vec![("ms", json!(ms))], None),
            Symptom::JobUnknown => ("http.status", vec![("code", json!(404))], None),
            Symptom::Other | Symptom::JobFailed | Symptom::Late | Symptom::Strange(_) => {
                ("http.status", vec![("code", json!(503))], None)
            }
        }
    }

    /// The values that were seen, as a merge patch over the answer here.
    fn patch(&self, values: &[(String, Value)]) -> Map<String, Value> {
        let mut patch = Map::new();
        for (path, value) in values {
            let stand_in = self.stand_ins.iter().find(|(real, _)| real == path);
            let here = stand_in.map_or_else(|| path.clone(), |(_, member)| format!("$.{member}"));
            let breaks = |value: &Value| {
                let found = (!value.is_null()).then_some(value);
                self.rules.iter().any(|rule| rule.path == here && !rule.holds(found))
            };
            match (breaks(value), breaks(&Value::Null)) {
                (true, _) => put(&mut patch, &here, value.clone()),
                (false, true) if stand_in.is_none() => put(&mut patch, &here, Value::Null),
                _ => put(&mut patch, "$.ok", json!(false)),
            }
        }
        patch
    }
}

/// Sets a member of a nested object: `$.a.b`.
fn put(into: &mut Map<String, Value>, path: &str, value: Value) {
    let members = path.trim_start_matches("$.");
    match members.split_once('.') {
        None => {
            into.insert(members.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = into.entry(first).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The route on which the check's own rules hold: that of its path first.
fn own(path: Option<&str>, rules: &[Rule]) -> Option<Seat> {
    let fits = |route: &&(&str, &str, &str)| {
        let body: Value = serde_json::from_str(route.2).unwrap_or_default();
        let found =
            |rule: &Rule| body.get(rule.path.strip_prefix("$.").unwrap_or_default()).cloned();
        rules.iter().all(|rule| is_plain(&rule.path) && rule.holds(found(rule).as_ref()))
    };
    let named = ROUTES.iter().find(|route| path == Some(route.0)).filter(fits);
    let alike = || ROUTES.iter().filter(|_| !rules.is_empty()).find(fits);
    let route = named.or_else(alike)?;
    Some(Seat::at("GET", route.0, rules.to_vec(), true))
}

/// `$.a`, without anything that a merge patch could not say.
fn is_plain(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    path.strip_prefix("$.").is_some_and(|member| member.chars().all(plain))
}

fn is_limit(rule: &Rule) -> bool {
    matches!(rule.key().0, "lt" | "lte" | "gt" | "gte")
}

fn is_true() -> Rule {
    Rule { path: "$.ok".to_owned(), wanted: engine::config::Predicate::Equals(json!(true)) }
}

/// A name as part of an address or a header.
pub(super) fn slug(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Gives every card its seat; those that share a route get a mark each.
pub(super) fn seats(cards: &[Card]) -> Vec<Seat> {
    let mut seats: Vec<Seat> = cards.iter().map(Seat::of).collect();
    let routes: Vec<String> = seats.iter().map(Seat::on).collect();
    for (at, seat) in seats.iter_mut().enumerate() {
        let shared = routes.iter().filter(|route| **route == routes[at]).count() > 1;
        if shared && cards[at].is_answer() {
            seat.marks.push(slug(&cards[at].called));
        }
    }
    seats
}
