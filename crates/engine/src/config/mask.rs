//! Hides the secret parts of an address before it is shown or stored.
//! Works on text, since addresses with placeholders are shown too.

const HIDDEN: &str = "***";

/// Parts of a query key that make its value a secret.
const SECRET_WORDS: [&str; 10] =
    ["token", "key", "secret", "pass", "pwd", "auth", "sig", "credential", "session", "code"];

/// Hosts of incoming webhooks, whose path is the secret.
const SECRET_PATHS: [&str; 6] = [
    "hooks.slack.com",
    "webhook.office.com",
    "api.telegram.org",
    "discord.com",
    "discordapp.com",
    "logic.azure.com",
];

/// The address with its user information, the secret-looking values of its query and the paths
/// of well-known webhook hosts replaced by `***`.
#[must_use]
pub fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return mask_tail(url);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
    let user = user.map(|_| format!("{HIDDEN}@")).unwrap_or_default();
    let tail = if has_secret_path(host) && tail.len() > 1 {
        format!("/{HIDDEN}")
    } else {
        mask_tail(tail)
    };
    format!("{scheme}://{user}{host}{tail}")
}

fn has_secret_path(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    SECRET_PATHS.iter().any(|known| {
        host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Path, query and fragment with the secret values hidden.
fn mask_tail(tail: &str) -> String {
    tail.split_inclusive(['?', '&', ';', '#']).map(mask_pair).collect()
}

/// One `key=value` with the separator that follows it.
fn mask_pair(pair: &str) -> String {
    let Some((key, value)) = pair.split_once('=') else {
        return pair.to_owned();
    };
    let separator = value.chars().last().filter(|c| matches!(c, '?' | '&' | ';' | '#'));
    let lower = key.to_ascii_lowercase();
    if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
        format!("{key}={HIDDEN}{}", separator.map(String::from).unwrap_or_default())
    } else {
        pair.to_owned()
    }
}
