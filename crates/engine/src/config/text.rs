//! Values that are text: variables filled in, then names, addresses, headers and paths.
//! Messages quote what stands in the file, never what a variable held.

use std::collections::BTreeMap;

use url::Url;

use crate::config::{
    context::{Node, Problem},
    expand::{Expanded, expand},
    json_query::JsonQuery,
    marks::Part,
    mask::mask_url,
    section::{Section, check_repeated, items, not_text},
    table::Kind,
    template::{JOB_ID, JobUrl, http_url},
    values::json,
    yaml::Yaml,
};

/// The text of a node with its variables filled in.
pub(super) fn expanded(node: &Node<'_>, expects: &str) -> Option<String> {
    filled(node, expects, unset).map(|expanded| expanded.text)
}

fn filled(
    node: &Node<'_>,
    expects: &str,
    complain: fn(&Node<'_>, &str, &[String]) -> Problem,
) -> Option<Expanded> {
    let Yaml::Text(text) = node.yaml else {
        let problem = node.mismatch(expects);
        let plain = expects.starts_with("text");
        let quotable = plain && matches!(node.yaml, Yaml::Bool(_) | Yaml::Num(_));
        return node.refuse(if quotable { problem.help("put it in quotes") } else { problem });
    };
    match expand(text, node.context.vars) {
        Ok(expanded) => Some(expanded),
        Err(missing) => node.refuse(complain(node, text, &missing)),
    }
}

fn unset(node: &Node<'_>, _: &str, missing: &[String]) -> Problem {
    let names = missing.join(", ");
    let problem = node.problem(format!("`{}` uses {names}, which is not set", node.key));
    fixes(problem, missing).help(format!(
        "`{{{0}:-…}}` has a default, `{{{{{0}}}}}` stands for `{{{0}}}` itself",
        missing.first().map(String::as_str).unwrap_or_default()
    ))
}

fn unset_url(node: &Node<'_>, text: &str, missing: &[String]) -> Problem {
    let message = format!("Invalid URL '{}': {} is not set", mask_url(text), missing.join(", "));
    fixes(node.problem(message), missing)
}

fn unset_channel(node: &Node<'_>, text: &str, missing: &[String]) -> Problem {
    let name = missing.first().map(String::as_str).unwrap_or_default();
    let off = format!("`{{{name}:-}}` switches the channel off while {name} is not set");
    unset_url(node, text, missing).help(off)
}

fn fixes(problem: Problem, missing: &[String]) -> Problem {
    missing.iter().fold(problem, |problem, name| {
        let value = if name == "MOCKAPP_BASE" { "http://127.0.0.1:8000" } else { "…" };
        problem.help(format!(
            "put `{name}={value}` in a file `.env` in the folder where you run this (see \
             .env.example), or set it in the environment"
        ))
    })
}

impl Section<'_> {
    /// Text that is not empty and has no control characters.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let (node, kind) = self.get(key)?;
        one_line(&node, &kind.expects())
    }

    /// Text of any shape.
    pub(super) fn free_text(&self, key: &str) -> Option<String> {
        let (node, kind) = self.get(key)?;
        expanded(&node, &kind.expects())
    }

    /// The name of a check or of a channel.
    pub(super) fn name_text(&self, key: &str) -> Option<String> {
        let (node, kind) = self.get(key)?;
        let text = one_line(&node, &kind.expects())?;
        let problem = |what: &str| {
            node.problem(format!("`{}` {what}", node.key))
                .help("1 to 100 characters: letters, digits, blanks, `-`, `_`, `.`, `:`; no slash")
        };
        if text.chars().count() > 100 {
            return node.refuse(problem("is longer than 100 characters"));
        }
        if text.contains(['/', '\\']) || text == "." || text == ".." {
            return node.refuse(problem("must not hold a slash or be made of dots"));
        }
        if text.trim() != text {
            return node.refuse(problem("must not begin or end with a blank"));
        }
        Some(text)
    }

    pub(super) fn url(&self, key: &str) -> Option<Url> {
        let (node, kind) = self.get(key)?;
        let url = filled(&node, &kind.expects(), unset_url)?;
        if url.text.contains(JOB_ID) {
            let written = mask_url(node.written());
            let problem =
                node.problem(format!("Invalid URL '{written}': {JOB_ID} has no meaning here"));
            return node.refuse(
                problem.help("it stands for the latest job in the `status_url` of a job check"),
            );
        }
        address(&node, &url, http_url)
    }

    /// An address; empty when that switches its owner off.
    pub(super) fn url_or_nothing(&self, key: &str) -> Option<String> {
        let (node, kind) = self.get(key)?;
        let url = filled(&node, &kind.expects(), unset_channel)?;
        if url.text.is_empty() {
            return Some(url.text);
        }
        address(&node, &url, http_url).map(|_| url.text)
    }

    pub(super) fn job_url(&self, key: &str) -> Option<JobUrl> {
        let (node, kind) = self.get(key)?;
        let url = filled(&node, &kind.expects(), unset_url)?;
        address(&node, &url, JobUrl::parse)
    }

    pub(super) fn json_path(&self, key: &str) -> Option<JsonQuery> {
        let (node, kind) = self.get(key)?;
        let text = expanded(&node, &kind.expects())?;
        match JsonQuery::parse(&text) {
            Ok(query) => Some(query),
            Err(why) => node.refuse(bad_path(&node, &text, &why)),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let (node, kind) = self.get(key)?;
        if matches!(node.yaml, Yaml::List(_)) {
            let found = items(&node, "");
            return Some(found.iter().filter_map(|item| expanded(item, "text")).collect());
        }
        if matches!(kind, Kind::TextOrTexts) {
            return expanded(&node, &kind.expects()).map(|one| vec![one]);
        }
        node.wrong(&kind.expects())
    }

    /// Header names and values, in the order of the file.
    pub(super) fn headers(&self, key: &str) -> Vec<(String, String)> {
        let Some((node, kind)) = self.get(key) else {
            return Vec::new();
        };
        let Yaml::Map(entries) = node.yaml else {
            node.wrong::<()>(&kind.expects());
            return Vec::new();
        };
        check_repeated(node.context, &node.path, entries);
        let mut seen = BTreeMap::new();
        let pairs = entries.iter().filter_map(|entry| {
            let path = node.below(&entry.via);
            let Some(name) = entry.key.as_text() else {
                return node.refuse(not_text(&path, &entry.key));
            };
            let pair =
                header(&Node { yaml: &entry.value, path: path.clone(), key: name, ..node.clone() });
            if let Some(other) = seen.insert(name.to_ascii_lowercase(), name)
                && other != name
            {
                let message = format!("the headers `{other}` and `{name}` are the same one");
                node.context.report(Problem::new(&path, Part::Key, message));
            }
            pair
        });
        pairs.collect()
    }

    /// A request body and whether it was written as JSON data.
    pub(super) fn body(&self, key: &str) -> Option<(String, bool)> {
        let (node, kind) = self.get(key)?;
        match node.yaml {
            Yaml::Map(_) | Yaml::List(_) => json(&node).map(|value| (value.to_string(), true)),
            Yaml::Null
            | Yaml::Bool(_)
            | Yaml::Num(_)
            | Yaml::NotFinite
            | Yaml::Text(_)
            | Yaml::Tagged => expanded(&node, &kind.expects()).map(|text| (text, false)),
        }
    }
}

/// The library names a position; its other words are about its own grammar.
fn bad_path(node: &Node<'_>, text: &str, why: &str) -> Problem {
    let problem = node.problem(format!("bad JSONPath `{}`", node.written()));
    if !text.starts_with('$') {
        return problem.help("a JSONPath begins with `$`, the root of the JSON: $.status");
    }
    let position = why.split_once("--> 1:").map(|(_, rest)| rest);
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    match position.map(digits).filter(|digits| !digits.is_empty()) {
        Some(column) => problem.help(format!("it goes wrong at its character {column}")),
        None => problem,
    }
}

fn one_line(node: &Node<'_>, expects: &str) -> Option<String> {
    let text = expanded(node, expects)?;
    if text.trim().is_empty() {
        return node.refuse(node.problem(format!("`{}` is empty", node.key)));
    }
    if text.contains(char::is_control) {
        return node.refuse(node.problem(format!("`{}` holds a control character", node.key)));
    }
    Some(text)
}

fn address<T>(node: &Node<'_>, url: &Expanded, parse: fn(&str) -> Result<T, String>) -> Option<T> {
    let error = match parse(&url.text) {
        Ok(address) => return Some(address),
        Err(error) => error,
    };
    let written = node.written();
    let problem = node.problem(format!("Invalid URL '{}': {error}", mask_url(written)));
    node.refuse(match url.names.as_slice() {
        [] if written.contains('{') && !written.contains(JOB_ID) => {
            problem.help("variables are written in capitals, such as {MOCKAPP_BASE}")
        }
        [] => problem,
        _ if error.contains(JOB_ID) => problem,
        names => problem.help(format!("look at the value of {}", names.join(", "))),
    })
}

/// Headers that the client writes by itself.
const OWN_HEADERS: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

fn header(node: &Node<'_>) -> Option<(String, String)> {
    let name = node.key;
    let at_key = |message: String| Problem::new(&node.path, Part::Key, message);
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return node.refuse(at_key(format!("`{name}` is no header name")));
    }
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return node.refuse(at_key(format!("the header `{name}` is written by the client")));
    }
    let value = expanded(node, "text")?;
    if value.contains(|c: char| c.is_control() && c != '\t') {
        return node.refuse(node.problem(format!("the header `{name}` holds a control character")));
    }
    Some((name.to_owned(), value))
}
